"""The gate in front of every route: host and origin, request size, login, rates, headers, figures.

Pure ASGI, so that streams pass through untouched and a client that leaves is seen. Decisions come from `qa.api.access`.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.api.access import COOKIE, SECURITY_HEADERS, UPLOAD_COOKIE, is_loopback
from qa.api.service import Service, error_response

MAX_BODY = 1_048_576
BODY_SECONDS = 30.0
_TOO_LARGE = f"a request may have at most {MAX_BODY} bytes. Send less text."
_OPEN_PATHS = ("/login", "/logout", "/health")
_COUNTED = ("/v1/chat/completions", "/api/ask", "/api/chat", "/api/search")
_FILES = "/api/files/"  # what is put there is measured where it is stored
_NOT_YOURS = (
    "adding and removing documents is for who has the upload token: send it as 'Authorization: Bearer TOKEN', or enter it at /documents."
)
_LOG = logging.getLogger("footnote")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")


class Guard:
    """ASGI middleware; see the module."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # the server sends no body to it
            scope = {**scope, "method": "GET"}
        started = time.monotonic()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            response = self._refusal(scope)
            if response is not None:
                await response(scope, receive, send_with_headers)
            else:
                await self._app(scope, _limited(receive, file=_is_file(scope)), send_with_headers)
        finally:
            self._report(scope, status, time.monotonic() - started)

    def _refusal(self, scope: Scope) -> Response | None:
        """The response that ends the request here, or None; sets `scope["state"]["owner"]`."""
        headers = Headers(scope=scope)
        path: str = scope["path"]
        refusal = self._wrong_origin(headers, scope["method"]) or self._wrong_size(headers, math.inf if _is_file(scope) else MAX_BODY)
        if refusal is not None:
            return refusal
        owner = self._owner(headers)
        scope.setdefault("state", {})["owner"] = owner or ""
        if owner is None and not (path in _OPEN_PATHS or path.startswith("/static/")):
            self._service.metrics.refused.labels("login").inc()
            return _login_needed(scope, headers)
        scope["state"]["writer"] = owner is not None and self._service.access.writes(
            headers.get("authorization", ""), _cookie(headers, UPLOAD_COOKIE)
        )
        if _is_file(scope) and not scope["state"]["writer"]:
            return error_response(403, _NOT_YOURS)
        if path in _COUNTED:
            wait = self._service.rates.wait(f"{owner}@{_client(scope)}")
            if wait:
                self._service.metrics.refused.labels("rate").inc()
                return error_response(
                    429, f"too many questions from this client. Try again in {wait} s.", code="rate_limit", retry_after=wait
                )
        return None

    def _owner(self, headers: Headers) -> str | None:
        access = self._service.access
        if access.open:
            return "local"
        return access.bearer_name(headers.get("authorization", "")) or access.session_name(_cookie(headers, COOKIE))

    def _wrong_origin(self, headers: Headers, method: str) -> Response | None:
        """A page of another site must not reach a local server, neither by its address nor by a name bound to it."""
        host = headers.get("host", "")
        if self._service.access.local_names_only and not is_loopback(_host_name(host)):
            return error_response(421, f"this server answers to localhost only, got Host {host[:100]!r}. Use http://127.0.0.1.")
        origin = headers.get("origin")
        if origin is not None and method not in ("GET", "HEAD", "OPTIONS") and _netloc(origin) != host:
            return error_response(403, "requests from pages of other sites are refused.")
        return None

    def _wrong_size(self, headers: Headers, most: float) -> Response | None:
        length = headers.get("content-length", "0")
        if not length.isdigit():
            return error_response(400, "Content-Length must be a number.")
        return _too_large() if int(length) > most else None

    def _report(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS") else "other"
        self._service.metrics.requests.labels(method, route, str(status)).inc()
        self._service.metrics.latency.labels(route).observe(seconds)
        level = logging.DEBUG if scope["path"] in ("/health", "/metrics") else logging.INFO if status < 400 else logging.WARNING
        _LOG.log(level, "%s %s %s %.0f ms %s", method, quote(scope["path"])[:200], status, seconds * 1000, _client(scope))


def _is_file(scope: Scope) -> bool:
    return scope["method"] == "PUT" and str(scope["path"]).startswith(_FILES)


def _cookie(headers: Headers, name: str) -> str:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        cookie = None
    return cookie.value if cookie else ""


def _limited(receive: Receive, *, file: bool) -> Receive:
    """`receive` that counts the body's bytes (a client may lie about their length) and their time. A file is measured where it is
    stored, and may take longer, piece by piece."""
    most, seconds = (math.inf, math.inf) if file else (MAX_BODY, BODY_SECONDS)
    size, started = 0, time.monotonic()
    complete = False

    async def limited() -> Message:
        nonlocal size, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout(min(BODY_SECONDS, started + seconds - time.monotonic())):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, f"the request's body must arrive within {BODY_SECONDS:.0f} s") from error
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if size > most:
                raise HTTPException(413, _TOO_LARGE)
        return message

    return limited


def _too_large() -> Response:
    response = error_response(413, _TOO_LARGE)
    response.headers["Connection"] = "close"
    return response


def _login_needed(scope: Scope, headers: Headers) -> Response:
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        query = scope["query_string"].decode("latin-1")
        target = quote(scope["path"], safe="/") + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(target, safe='')}", status_code=303)
    problem = "the token or session is wrong or has ended" if "authorization" in headers or "cookie" in headers else "a token is needed"
    response = error_response(401, f"{problem}: send 'Authorization: Bearer TOKEN', or log in at /login.", code="invalid_api_key")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else "unknown"


def _host_name(host: str) -> str:
    """The name or address in a Host header; "" for what is no such header, which is nobody's name."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""


def _netloc(origin: str) -> str | None:
    """Host and port of an Origin header; None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None

"""The pages: chat, search, documents, stored document, API documentation, login. All are files of ours; no text of a document is in them.

Documents reach the page as JSON and are shown by `textContent` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from qa.api.access import COOKIE, SESSION_SECONDS
from qa.api.service import error_response, service_of

STATIC = Path(__file__).with_name("static")
router = APIRouter(include_in_schema=False)
_NAME = '    <label>Name <input name="name" autocomplete="username" required autofocus></label>\n'
_PASSWORD = '    <label>{} <input name="password" type="password" autocomplete="current-password" required{}></label>'


class _Fresh(StaticFiles):
    """Static files that the browser asks for again: a new version of the program shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def static_files() -> StaticFiles:
    """Scripts, styles and the icon."""
    return _Fresh(directory=STATIC)


@dataclass(frozen=True, slots=True)
class _Page:
    """What a page has of its own, beside its middle (`NAME.html`) and its script (`NAME.js`)."""

    title: str
    styles: str
    kind: str = ""
    skip: tuple[str, str] | None = None
    chat: bool = False


_PAGES = {
    "chat": _Page("footnote", "chat upload talk viewer", "app", ("question", "Skip to the question"), chat=True),
    "search": _Page("Search – footnote", "search", "finder", ("words", "Skip to the search")),
    "documents": _Page("Documents – footnote", "documents upload viewer", "library", ("search", "Skip to the list")),
    "document": _Page("Document – footnote", "page viewer"),
    "docs": _Page("API – footnote", "page viewer"),
    "login": _Page("Log in – footnote", "page"),
}
_LINKS = {"chat": ("/", "Chat"), "search": ("/search", "Search"), "documents": ("/documents", "Documents"), "docs": ("/docs", "API")}
_MENU = """    <button id="menu" class="icon" type="button" aria-label="Conversations" title="Conversations" aria-expanded="false"
      aria-controls="threads">
      <svg aria-hidden="true"><use href="/static/icons.svg#menu"></use></svg>
    </button>
"""
_STATUS = '    <p id="status" role="status"></p>\n'
_LOGOUT = '    <form id="logout" method="post" action="/logout" hidden><button class="quiet" type="submit">Log out</button></form>\n'


@cache
def _page(name: str, fields: str = "") -> str:
    """The shell that all pages have around the page's own middle. Nothing that a user or a document said is in it."""
    page = _PAGES[name]
    styles = [f'  <link rel="stylesheet" href="/static/{style}.css">' for style in ("base", *page.styles.split())]
    styles += ['  <link rel="stylesheet" href="/static/print.css" media="print">'] if page.chat else []
    here = {name: ' aria-current="page"'}
    links = [f'      <a class="quiet" href="{to}"{here.get(which, "")}>{text}</a>' for which, (to, text) in _LINKS.items()]
    return Template((STATIC / "shell.html").read_text(encoding="utf-8")).substitute(
        title=page.title,
        styles="\n".join(styles),
        name=name,
        kind=page.kind,
        skip='  <a class="skip" href="#{}">{}</a>\n'.format(*page.skip) if page.skip else "",
        menu=_MENU if page.chat else "",
        status=_STATUS if page.chat else "",
        links="\n".join(links),
        logout=_LOGOUT if page.chat else "",
        main=Template((STATIC / f"{name}.html").read_text(encoding="utf-8")).substitute(fields=fields).rstrip(),
    )


@router.get("/")
async def chat_page() -> Response:
    """The chat."""
    return HTMLResponse(_page("chat"))


@router.get("/search")
async def search_page() -> Response:
    """Passages and documents for some words; which, and from where, is read from the address by the page's script."""
    return HTMLResponse(_page("search"))


@router.get("/documents")
async def documents_page() -> Response:
    """The list of documents, and where they are added and removed."""
    return HTMLResponse(_page("documents"))


@router.get("/document")
async def document_page(source: Annotated[str, Query(max_length=4096)] = "") -> Response:
    """A stored document as plain text; `source` and the marked range (`#c120-180`) are read by the page's script."""
    return HTMLResponse(_page("document"))


@router.get("/docs")
async def docs_page() -> Response:
    """The API's documentation, from /openapi.json."""
    return HTMLResponse(_page("docs"))


@router.get("/favicon.ico")
async def icon() -> Response:
    """Browsers ask for it without being told."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


@router.get("/login")
async def login_page(request: Request) -> Response:
    """A name and password form, or a token form."""
    if service_of(request).access.users:
        return HTMLResponse(_page("login", _NAME + _PASSWORD.format("Password", "")))
    return HTMLResponse(_page("login", _PASSWORD.format("Token", " autofocus")))


@router.post("/login")
async def login(request: Request) -> Response:
    """Check a login form; a session cookie on success."""
    service = service_of(request)
    wait = service.logins.wait(request.client.host if request.client else "unknown")
    if wait:
        return error_response(429, f"too many logins from this address. Try again in {wait} s.", retry_after=wait)
    try:
        form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=5)
    except ValueError:
        return error_response(400, "the login form has a name and a password, and no more.")
    name, password = (form.get(field, [""])[0] for field in ("name", "password"))
    who = await run_in_threadpool(service.access.login, name, password)
    target = _own_path(request.query_params.get("next", "/"))
    if who is None:
        return RedirectResponse(f"/login?failed=1&next={quote(target, safe='')}", status_code=303)
    response = RedirectResponse(target, status_code=303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, service.access.session(who), max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=secure)
    return response


@router.post("/logout")
async def logout() -> Response:
    """Forget the session."""
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def _own_path(target: str) -> str:
    """A path of this server; anything that could lead elsewhere becomes the start page."""
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if own else "/"

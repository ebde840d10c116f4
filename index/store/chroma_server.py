"""A Chroma server in place of the embedded one: address, token, TLS, time limit, and what its failures mean to a user.

Knows the HTTP side only; what is stored and when is the business of `store` and `vector_writer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import ConfigError
from index.redact import redacted_url
from index.store.vectors import ChromaStore, chroma_errors, import_chromadb, quiet

if TYPE_CHECKING:
    from index.config import StoreSettings

_PORT = 8000  # what `chroma run` takes when it is told none


def open_server(settings: StoreSettings, name: str, *, create: bool = False) -> ChromaStore:
    """The collection `name` on the Chroma server at `settings.url`; with `create` made when absent, as are tenant and database.

    Raises `ConfigError` for an address that is none and `StoreError` when the server does not answer in `settings.timeout_s`
    seconds, refuses the token, or lacks what was asked for.
    """
    check_server(settings)
    chromadb = import_chromadb()
    errors = chromadb.errors
    explain = Explain(settings)
    with chroma_errors("open", explain):
        try:
            client = _connect(chromadb, settings)
        except (errors.NotFoundError, errors.InvalidArgumentError):
            if not create:
                raise
            _make_place(chromadb, settings)
            client = _connect(chromadb, settings)
    # The client's own requests wait without end otherwise, and it has no setting for it.
    client._server._session.timeout = settings.timeout_s
    try:
        return ChromaStore(client, name, create=create, explain=explain)
    except BaseException:
        client.close()
        raise


def check_server(settings: StoreSettings) -> None:
    """Ask the server for a sign of life, with the same token and trust. Raises what `open_server` raises."""
    import httpx

    address(settings)
    options = {"timeout": settings.timeout_s, "headers": _headers(settings), "verify": _trust(settings)}
    with chroma_errors("reach", Explain(settings)), closing(httpx.Client(**options)) as client:
        client.get(f"{str(settings.url).rstrip('/')}/api/v2/heartbeat").raise_for_status()


def address(settings: StoreSettings) -> tuple[str, int, bool]:
    """Host, port, and whether TLS is spoken. Raises `ConfigError` for an address that is none."""
    shape = f"store.url must look like http://HOST:PORT, got {redacted_url(settings.url or '')!r}. Mend it in footnote.toml."
    try:
        url = urlsplit(settings.url or "")
        port = url.port
    except ValueError as error:
        raise ConfigError(shape) from error
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/") or url.query or url.username:
        raise ConfigError(shape)
    secure = url.scheme == "https"
    return url.hostname, port or (443 if secure else _PORT), secure


class Explain:
    """Failures of one server in a user's words."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings

    def __call__(self, doing: str, error: BaseException) -> str:
        """What could not be done, why, and what to do."""
        settings = self._settings
        why, fix = self._reason(list(_chain(error)))
        after = " Then run footnote index again: it goes on where it stopped." if doing == "write to" else ""
        return f"cannot {doing} the vectors on {redacted_url(settings.url or '')}: {why}. {fix}{after}"

    def _reason(self, chain: list[BaseException]) -> tuple[str, str]:
        import httpx

        settings = self._settings
        for error in chain:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else _code(error)
            if "CERTIFICATE_VERIFY" in str(error):
                return "its certificate is not to be trusted", "Name the file of its authority's certificate in store.ca."
            if "[SSL" in str(error):
                return "it does not speak TLS there", "Write http:// in store.url, or mend the port."
            if isinstance(error, httpx.TimeoutException):
                return f"no answer within {settings.timeout_s:g} s", "See what keeps the server, or raise store.timeout_s."
            if isinstance(error, httpx.ConnectError):
                return f"it does not answer ({_line(error)})", "Start the server, or mend store.url."
            if isinstance(error, httpx.TransportError):
                return f"the connection was lost ({_line(error) or type(error).__name__})", "See whether the server still runs."
            if status in (401, 403):
                return f"it refuses the token ({status})", "Mend store.token."
            if isinstance(error, httpx.HTTPStatusError):
                return f"it answered {status}", "See the server's log, or mend store.url."
            if "Collection [" in str(error) and status == 404:
                return "it does not have those of this index", "Run footnote index on its folder: it embeds them again."
            if status in (400, 404) and ("enant" in str(error) or "atabase" in str(error)):
                place = f"tenant {settings.tenant!r} with database {settings.database!r}"
                return f"it must have {place} ({_line(error)})", "footnote index makes them; or mend store.tenant and store.database."
        return _line(chain[0]) or type(chain[0]).__name__, "See the server's log."


def _connect(chromadb: Any, settings: StoreSettings) -> Any:
    host, port, secure = address(settings)
    place = {"tenant": settings.tenant, "database": settings.database}
    return chromadb.HttpClient(host=host, port=port, ssl=secure, headers=_headers(settings), settings=_options(chromadb, settings), **place)


def _make_place(chromadb: Any, settings: StoreSettings) -> None:
    """Make tenant and database where they are missing."""
    host, port, secure = address(settings)
    options = _options(chromadb, settings)
    options.chroma_api_impl = "chromadb.api.fastapi.FastAPI"
    options.chroma_server_host, options.chroma_server_http_port = host, port
    options.chroma_server_ssl_enabled, options.chroma_server_headers = secure, _headers(settings)
    admin = chromadb.AdminClient(options)
    try:
        admin.get_tenant(settings.tenant)
    except chromadb.errors.NotFoundError:
        admin.create_tenant(settings.tenant)
    try:
        admin.get_database(settings.database, settings.tenant)
    except chromadb.errors.NotFoundError:
        admin.create_database(settings.database, settings.tenant)


def _options(chromadb: Any, settings: StoreSettings) -> Any:
    options = quiet(chromadb)
    options.chroma_server_ssl_verify = _trust(settings)
    return options


def _trust(settings: StoreSettings) -> Any:
    """What httpx takes for `verify`."""
    import ssl

    if not address(settings)[2]:
        return False  # no TLS to verify, and loading the authorities takes longer than a query
    if settings.ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"store.ca must be a file of PEM certificates, got {str(settings.ca)!r} ({error}). Mend it.") from error


def _headers(settings: StoreSettings) -> dict[str, str]:
    """The token as Chroma's own service takes it, and as a proxy in front of a server of one's own checks it."""
    if settings.token is None:
        return {}
    token = settings.token.get_secret_value()
    return {"X-Chroma-Token": token, "Authorization": f"Bearer {token}"}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that it was raised from: Chroma wraps what its HTTP client raises."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _code(error: BaseException) -> int:
    code = getattr(error, "code", None)
    return int(code()) if callable(code) else 0


def _line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:200].rstrip(".")

"""`footnote chat`, `footnote serve`, `footnote mcp`, `footnote adduser`, and `footnote eval export-feedback`.

Assembles the parts; what they need beyond the core is loaded inside the commands.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import UsageError

if TYPE_CHECKING:
    from qa.config import Settings
    from qa.engine_protocol import AnswerEngine, Shelf

Db = Annotated[Path | None, typer.Option("--db", help="folder of the index", show_default=".footnote")]
NoLlm = Annotated[bool, typer.Option("--no-llm", help="answer with extracts only")]

_EXTRAS = {"web": ("fastapi", "uvicorn", "prompt_toolkit", "prometheus_client"), "mcp": ("mcp",)}


def register(app: typer.Typer) -> None:
    """Add the commands to `app`; `export-feedback` joins the group `eval` when that is there."""
    app.command()(chat)
    app.command()(serve)
    app.command()(mcp)
    app.command()(adduser)
    for group in app.registered_groups:
        if group.name == "eval" and group.typer_instance is not None:
            group.typer_instance.command("export-feedback")(export_feedback)


def require(extra: str, command: str) -> None:
    """Raise `UsageError` naming the extra when one of its packages is not installed."""
    missing = [name for name in _EXTRAS[extra] if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"'footnote {command}' needs the package {missing[0]}. Install it: pip install 'footnote[{extra}]'")


def chat(
    db: Db = None,
    no_llm: NoLlm = False,
    since: Annotated[str | None, typer.Option("--since", help="documents published since this date")] = None,
    until: Annotated[str | None, typer.Option("--until", help="documents published until this date")] = None,
    within: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="GLOB", help='only documents whose source fits, such as "reports/*"; may be repeated'),
    ] = None,
) -> None:
    """Ask questions in a conversation in the terminal; questions may also come through a pipe, one a line."""
    piped = not sys.stdin.isatty()
    if not piped:
        require("web", "chat")
    from qa.chat.input import piped_lines, prompted_lines
    from qa.chat.later import LaterEngine
    from qa.chat.terminal import Chat

    store = _store(db)
    with _shelf(store) as shelf:  # read at once; the models load while somebody types
        engine = LaterEngine(lambda: _open(db, no_llm), shelf)
        try:
            conversation = Chat(engine, since=since, until=until, sources=within or ())
            if piped:
                engine.start()
                conversation.run(piped_lines(sys.stdin))
            else:
                conversation.run(prompted_lines(store / "chat_history", engine.start, lambda: None if no_llm else _hint(db)))
        finally:
            engine.close()


def serve(
    db: Db = None,
    no_llm: NoLlm = False,
    host: Annotated[str, typer.Option("--host", help="address to listen on; others than loopback need FOOTNOTE_TOKEN")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="port; 0 takes a free one")] = 8000,
    users: Annotated[Path | None, typer.Option("--users", help="file of users who may log in (see 'footnote adduser')")] = None,
    files: Annotated[
        Path | None,
        typer.Option("--files", help="folder for documents that are added on the page; indexed too", show_default="beside the index"),
    ] = None,
    queue: Annotated[int, typer.Option("--queue", min=1, max=10_000, help="questions that may wait; more are answered 429")] = 16,
    rate: Annotated[float, typer.Option("--rate", min=0, help="questions a minute and client; 0: no limit")] = 120,
) -> None:
    """Serve the web chat at /, an OpenAI-compatible API at /v1, a plain API at /api; ends on Ctrl-C or SIGTERM.

    Without an index the page asks for documents. Adding and removing them is for whoever reaches a server on this machine; with a
    token, users or another --host it needs a token of its own, FOOTNOTE_UPLOAD_TOKEN.
    """
    require("web", "serve")
    from qa.api.access import TOKEN_VARIABLE, UPLOAD_VARIABLE, access_for
    from qa.files.service import open_files
    from qa.threads.store import threads_path
    from qa.web.app import create_app
    from qa.web.server import bind, run

    access = access_for(host, os.environ.get(TOKEN_VARIABLE) or None, users, os.environ.get(UPLOAD_VARIABLE) or None)
    settings = _settings(db, no_llm, files)
    if files is not None and not access.writable:
        raise UsageError(
            f"--files is for adding documents, which needs a token of its own here. Set {UPLOAD_VARIABLE}, or leave out --files."
        )
    store = settings.store.path
    sock = bind(host, port)
    _log_to_stderr()
    kept = partial(open_files, settings) if access.writable else None
    app = create_app(lambda: _open(db, no_llm), threads_path(store), access, queue=queue, questions_per_minute=rate, files=kept)
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    typer.echo(f"footnote listens on http://{shown}:{sock.getsockname()[1]}/ (Ctrl-C ends it)", err=True)
    run(app, sock)
    # Stores are closed and answers sent; the interpreter would still spend seconds unloading models (5 s on a busy machine).
    logging.shutdown()
    sys.stderr.flush()
    os._exit(0)


def mcp(db: Db = None, no_llm: NoLlm = False) -> None:
    """Serve the tools ask, search and get_document, and the documents, to a Model Context Protocol client on stdio."""
    require("mcp", "mcp")
    from qa.api.mcp import run_stdio

    _log_to_stderr()
    run_stdio(lambda: _open(db, no_llm))


def adduser(
    name: Annotated[str, typer.Argument(help="name of the user", show_default=False)],
    users: Annotated[Path, typer.Option("--users", help="the user list; made when it is not there")] = Path("footnote-users.txt"),
) -> None:
    """Add a user of the web chat, or change their password; the password is asked for, or read from a pipe."""
    from qa.api.access import write_user

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    write_user(users, name, password)
    typer.echo(f"{name} is in {users}. Serve with: footnote serve --users {users}")


def export_feedback(
    out: Annotated[Path, typer.Argument(help="file to write, JSON Lines", show_default=False)],
    db: Db = None,
) -> None:
    """Write the answers rated in the web chat as candidates for an eval set; read them before you use them."""
    from qa.threads.feedback import export_feedback as export
    from qa.threads.store import threads_path

    count = export(threads_path(_store(db)), out)
    typer.echo(f"{count} rated answer{'' if count == 1 else 's'} written to {out}")


def _flags(db: Path | None, no_llm: bool) -> dict[str, Any]:
    flags: dict[str, Any] = {}
    if db is not None:
        flags["store"] = {"path": db}
    if no_llm:
        flags["llm"] = {"kind": "none"}
    return flags


def _store(db: Path | None) -> Path:
    return _settings(db).store.path


def _settings(db: Path | None, no_llm: bool = False, files: Path | None = None) -> Settings:
    from index.config import load_settings
    from qa.config import Settings

    return load_settings(Settings, _flags(db, no_llm) | ({"uploads": {"folder": files}} if files else {}))


def _shelf(store: Path) -> AbstractContextManager[Shelf]:
    """The documents of the index, without any model. Raises `NoIndex`, `IndexMismatch`."""
    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading

    return closing(Catalog(open_for_reading(store)))


def _hint(db: Path | None) -> None:
    from index.config import load_settings
    from index.screen.plain import for_terminal
    from qa.config import Settings
    from qa.llm.hint import hint

    if said := hint(load_settings(Settings, _flags(db, False))):
        typer.echo(for_terminal(said), err=True)


def _open(db: Path | None, no_llm: bool) -> AnswerEngine:
    from index.config import load_settings
    from qa.config import Settings
    from qa.engine import open_engine

    engine: AnswerEngine = open_engine(load_settings(Settings, _flags(db, no_llm)))
    return engine


def _log_to_stderr() -> None:
    """Our own lines on stderr; stdout belongs to protocols. Questions are never logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name, level in (("footnote", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)

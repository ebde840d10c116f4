"""The web application: page, plain API and OpenAI-compatible API behind one gate.

Assembles routers, error handlers and the life of the shared service. Knows nothing of ports and signals (`qa.web.server`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from index.errors import FootnoteError
from index.version import __version__
from qa.api import documents as api_documents
from qa.api import openai as api_openai
from qa.api import routes as api_routes
from qa.api.access import Access, RateLimit
from qa.api.engine_host import EngineHost
from qa.api.guard import Guard
from qa.api.metrics import Metrics
from qa.api.models import ErrorBody
from qa.api.service import ClientGone, Service, error_response, footnote_error_response
from qa.api.work_queue import WorkQueue
from qa.engine_protocol import Opener
from qa.files import routes as file_routes
from qa.files.folder import UploadRefused
from qa.files.service import Files
from qa.threads.store import ThreadStore
from qa.web import chat as web_chat
from qa.web import conversations as web_conversations
from qa.web import page as web
from qa.web import viewer
from qa.web import writers as web_writers
from qa.web.starters import Starters

LOGINS_PER_MINUTE = 10
ROUTERS = (
    web.router, web_chat.router, web_conversations.router, web_writers.router, viewer.router,
    file_routes.router, api_documents.router, api_routes.router, api_openai.router,
)  # fmt: skip
_LOG = logging.getLogger("footnote")


def create_app(
    opener: Opener,
    threads: Path,
    access: Access | None = None,
    *,
    workers: int = 1,
    queue: int = 16,
    questions_per_minute: float = 0,
    files: Callable[[Callable[[], None]], Files] | None = None,
) -> FastAPI:
    """The application around one engine, which `opener` opens when the application starts.

    `threads` is the conversations file; `queue` how many questions may wait; 0 questions a minute means no rate limit. `files` gives the
    folder of uploads and is told whom to tell of each indexing run; None where documents are neither added nor removed.
    """
    service = Service(
        host=EngineHost(opener),
        queue=WorkQueue(workers, queue),
        threads=ThreadStore(threads),
        access=access or Access(),
        rates=RateLimit(questions_per_minute),
        logins=RateLimit(LOGINS_PER_MINUTE, burst=LOGINS_PER_MINUTE),
        metrics=Metrics(),
    )

    starters = Starters(service)
    kept = files(service.host.indexed) if files is not None else None
    if kept is not None:
        service.ending.append(kept.indexer.stop)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        service.host.start()
        if kept is not None:
            kept.start()
        yield
        starters.stop()
        service.drain()
        if kept is not None:
            kept.indexer.join()
        # A worker in the middle of native code cannot be interrupted; its engine is then left to the process's end.
        if service.queue.join(1.0):
            service.host.close()
            service.threads.close()

    app = FastAPI(
        title="footnote",
        version=__version__,
        summary="Answers from your own documents; every statement carries a footnote to a verbatim quote.",
        docs_url=None,  # FastAPI's own documentation pages load scripts from a CDN; /docs is served from qa/web/static
        redoc_url=None,
        # Nothing is traced, counted or exported by the framework, whatever OTEL_* variables say.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False},
        lifespan=life,
        responses={
            400: {"model": ErrorBody, "description": "malformed JSON, or a question that cannot be used"},
            401: {"model": ErrorBody, "description": "token missing or wrong"},
            413: {"model": ErrorBody, "description": "request too large"},
            422: {"model": ErrorBody, "description": "a value breaks a rule"},
        },
    )
    app.state.service = service
    app.state.starters = starters
    app.state.files = kept
    app.state.pictures = viewer.Pictures()
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", web.static_files(), name="static")
    _handle_errors(app)
    app.add_middleware(Guard, service=service)
    return app


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(FootnoteError)
    async def ours(_request: Request, error: FootnoteError) -> Response:
        return footnote_error_response(error)

    @app.exception_handler(UploadRefused)
    async def refused(_request: Request, error: UploadRefused) -> Response:
        return error_response(error.status, str(error))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        plain = {
            404: "there is nothing at this address; /docs lists what there is.",
            405: f"{request.method} cannot be used here; see /docs.",
        }
        detail = str(error.detail)
        framework = detail in ("Not Found", "Method Not Allowed")
        response = error_response(error.status_code, plain[error.status_code] if framework else detail)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        problem = error.errors()[0]
        if problem["type"] == "json_invalid":
            return error_response(400, f"the body must be valid JSON: {problem.get('ctx', {}).get('error', problem['msg'])}.")
        where = ".".join(str(part) for part in problem["loc"] if part not in ("body", "query", "path"))
        if not where:
            return error_response(422, "the body must be a JSON object. Send it with 'Content-Type: application/json'.")
        return error_response(422, f"{where}: {problem['msg'].removeprefix('Value error, ').rstrip('.')}.", param=where)

    @app.exception_handler(ClientGone)
    async def gone(_request: Request, _error: ClientGone) -> Response:
        return Response(status_code=499)  # nobody reads it; the log does

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        _LOG.error("unexpected error at %s", request.url.path, exc_info=error)
        return error_response(500, "an unexpected error; the server's log has it.")

"""The plain API: /api/ask, /api/search, /api/passage, /health, /metrics.

Turns requests into calls of the shared service; knows nothing of the page or of OpenAI's formats.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from qa.api.documents import MAX_OFFSET, MISSING, stored
from qa.api.models import (
    AskRequest,
    AskResponse,
    ErrorBody,
    Health,
    Question,
    SearchResponse,
    Since,
    Sources,
    Until,
    ask_response,
    search_response,
)
from qa.api.service import service_of, while_connected
from qa.retrieve.passages import PassageView, passage_view
from qa.retrieve.search import shown

router = APIRouter()
BUSY: dict[int | str, dict[str, Any]] = {
    429: {"model": ErrorBody, "description": "too many questions; see Retry-After"},
    503: {"model": ErrorBody, "description": "no index, or models not ready; see Retry-After"},
}


@router.post("/api/ask", responses=BUSY, tags=["answers"], summary="Ask a question")
async def ask(request: Request, body: AskRequest) -> AskResponse:
    """One question, one Answer JSON: every `[n]` in `answer` is a citation with a verbatim quote and its offsets."""
    service = service_of(request)
    asked = service.ask(body.question, history=body.turns(), since=body.since, until=body.until, sources=body.sources)
    answer = await while_connected(request, asked)
    return ask_response(answer)


@router.get("/api/search", responses=BUSY, tags=["answers"], summary="Search passages")
async def search(
    request: Request,
    q: Annotated[Question, Query()],
    k: Annotated[int, Query(ge=1, le=100)] = 10,
    since: Since | None = None,
    until: Until | None = None,
    sources: Annotated[Sources, Query(alias="in")] = [],  # noqa: B006  FastAPI copies it
) -> SearchResponse:
    """The best passages for a question or some words, best first, with where the words stand in them; nothing is written or verified."""
    service = service_of(request)
    limits = {"since": since, "until": until}
    found = await while_connected(request, service.with_engine(lambda engine: list(engine.search(q, k=k, sources=sources, **limits))))
    return search_response(await service.with_shelf(lambda shelf: shown(shelf, q, found)))


@router.get(
    "/api/passage", responses={**MISSING, 400: {"model": ErrorBody}, 503: BUSY[503]}, tags=["documents"], summary="A quote in its paragraph"
)
async def passage(
    request: Request, source: str, start: Annotated[int, Query(ge=0, le=MAX_OFFSET)], end: Annotated[int, Query(ge=1, le=MAX_OFFSET)]
) -> PassageView:
    """The characters `start:end` of a document with the paragraph around them, the date, and how the date is known."""
    return await service_of(request).with_shelf(lambda shelf: passage_view(stored(shelf, source), start, end))


@router.get("/health", responses={503: {"model": Health}}, tags=["server"], summary="Ready?")
async def health(
    request: Request, quiet: Annotated[bool, Query(description="answer 200 in any case; the state is in the body")] = False
) -> Response:
    """200 only when the models are loaded and the stores can be read, else 503 with the reason."""
    trouble = 200 if quiet else 503
    service = service_of(request)
    host = service.host
    if service.stopping:
        return JSONResponse(Health(status="stopping").model_dump(), status_code=trouble, headers={"Retry-After": "10"})
    state, problem, empty = host.state, host.reason, host.no_index and bool(request.state.owner)
    host.retry()
    if state == "ready":
        problem = await service.stores_problem()
        state = "unavailable" if problem else "ready"
    if state != "ready":
        # Who has not logged in learns the state, not the path or address in the reason.
        reason = problem if request.state.owner else ""
        return JSONResponse(
            Health(status=state, reason=reason, empty=empty).model_dump(), status_code=trouble, headers={"Retry-After": "2"}
        )
    count = await service.with_shelf(lambda shelf: shelf.counts().documents) if request.state.owner else None
    return JSONResponse(Health(status="ready", documents=count, empty=count == 0, login=not service.access.open).model_dump())


@router.get("/metrics", tags=["server"], summary="Prometheus figures", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Counters and histograms in Prometheus' text format."""
    service = service_of(request)
    service.metrics.waiting.set(service.queue.waiting)
    service.metrics.running.set(service.queue.running)
    service.metrics.ready.set(service.host.state == "ready" and not service.stopping)
    return Response(service.metrics.text(), media_type=service.metrics.content_type)

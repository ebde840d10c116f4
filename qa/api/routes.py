"""The plain API: /api/ask, /api/search, /api/documents, /api/passage, /health, /metrics.

Turns requests into calls of the shared service; knows nothing of the page or of OpenAI's formats.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from index.catalog.reader import DocumentInfo as Listed
from index.schema import Document
from qa.api.models import (
    AskRequest,
    AskResponse,
    DocumentFull,
    DocumentInfo,
    DocumentList,
    ErrorBody,
    Health,
    Question,
    SearchHit,
    SearchResponse,
    Since,
    Sources,
    Until,
    ask_response,
)
from qa.api.service import service_of, while_connected
from qa.engine_protocol import Shelf
from qa.retrieve.passages import PassageView, date_known, date_text, passage_view

router = APIRouter()
BUSY: dict[int | str, dict[str, Any]] = {
    429: {"model": ErrorBody, "description": "too many questions; see Retry-After"},
    503: {"model": ErrorBody, "description": "no index, or models not ready; see Retry-After"},
}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "no such document"}}
MAX_OFFSET = 2**40


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
    """The best passages for a question, best first; nothing is written or verified."""
    service = service_of(request)
    limits = {"since": since, "until": until}
    found = await while_connected(request, service.with_engine(lambda engine: list(engine.search(q, k=k, sources=sources, **limits))))
    hits = [SearchHit(**{name: getattr(passage, name) for name in SearchHit.model_fields}) for passage in found]
    return SearchResponse(hits=hits)


@router.get("/api/documents", responses={503: BUSY[503]}, tags=["documents"], summary="List documents")
async def documents(
    request: Request, offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> DocumentList:
    """The indexed documents, by source."""
    listed = await service_of(request).with_shelf(lambda shelf: shelf.documents())
    return DocumentList(total=len(listed), documents=[document_info(document) for document in listed[offset : offset + limit]])


@router.get("/api/documents/{source:path}", responses={**MISSING, 503: BUSY[503]}, tags=["documents"], summary="Read a document")
async def document(request: Request, source: str) -> DocumentFull:
    """A document with its text as stored; the offsets of citations count its characters (Unicode code points)."""
    found = await service_of(request).with_shelf(lambda shelf: stored(shelf, source))
    return DocumentFull(
        **document_info(found).model_dump(), author=found.author, format=found.format, characters=len(found.text), text=found.text
    )


@router.get(
    "/api/passage", responses={**MISSING, 400: {"model": ErrorBody}, 503: BUSY[503]}, tags=["documents"], summary="A quote in its paragraph"
)
async def passage(
    request: Request, source: str, start: Annotated[int, Query(ge=0, le=MAX_OFFSET)], end: Annotated[int, Query(ge=1, le=MAX_OFFSET)]
) -> PassageView:
    """The characters `start:end` of a document with the paragraph around them, the date, and how the date is known."""
    return await service_of(request).with_shelf(lambda shelf: passage_view(stored(shelf, source), start, end))


@router.get("/health", responses={503: {"model": Health}}, tags=["server"], summary="Ready?")
async def health(request: Request) -> Response:
    """200 only when the models are loaded and the stores can be read, else 503 with the reason."""
    service = service_of(request)
    host = service.host
    if service.stopping:
        return JSONResponse(Health(status="stopping").model_dump(), status_code=503, headers={"Retry-After": "10"})
    host.retry()
    state, problem = host.state, host.reason
    if state == "ready":
        problem = await service.stores_problem()
        state = "unavailable" if problem else "ready"
    if state != "ready":
        # Who has not logged in learns the state, not the path or address in the reason.
        reason = problem if request.state.owner else ""
        return JSONResponse(Health(status=state, reason=reason).model_dump(), status_code=503, headers={"Retry-After": "2"})
    count = await service.with_shelf(lambda shelf: shelf.counts().documents) if request.state.owner else None
    return JSONResponse(Health(status="ready", documents=count, login=not service.access.open).model_dump())


@router.get("/metrics", tags=["server"], summary="Prometheus figures", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Counters and histograms in Prometheus' text format."""
    service = service_of(request)
    service.metrics.waiting.set(service.queue.waiting)
    service.metrics.running.set(service.queue.running)
    service.metrics.ready.set(service.host.state == "ready" and not service.stopping)
    return Response(service.metrics.text(), media_type=service.metrics.content_type)


def stored(shelf: Shelf, source: str) -> Document:
    """The document of that source; 404 when there is none."""
    try:
        found = shelf.document(source)
    except UnicodeEncodeError:  # a lone surrogate names no stored document
        found = None
    if found is None:
        raise HTTPException(404, f"no document {source[:200]!r}; /api/documents lists them.")
    return found


def document_info(document: Document | Listed) -> DocumentInfo:
    """What a list shows of a document."""
    return DocumentInfo(
        source=document.source,
        title=document.title,
        publisher=document.publisher,
        published=date_text(document.published),
        date_known=date_known(document.published),
        language=document.language,
    )

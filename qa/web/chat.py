"""What the chat page talks to: questions as an event stream, conversations, ratings, starters.

Knows nothing of HTML; the page is in qa/web/static.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from index.errors import FootnoteError
from qa.api.models import ErrorBody, Question, Since, Until
from qa.api.routes import BUSY
from qa.api.service import Service, service_of
from qa.api.threads import StoredTurn, ThreadInfo, Verdict
from qa.retrieve.dedup import ONE_VOICE, shared, with_sources
from qa.schema import Answer, StreamEvent
from qa.web.starters import Starters
from qa.write.markdown import answer_markdown

router = APIRouter(tags=["chat page"])
_LOG = logging.getLogger("footnote")
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "no such conversation of yours"}}


class ChatQuestion(BaseModel):
    """A question in a conversation; without `thread` it starts one."""

    model_config = ConfigDict(extra="forbid")

    question: Question
    thread: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")
    since: Since | None = None
    until: Until | None = None


class Rating(BaseModel):
    """Thumbs up or down for an answer; null withdraws it."""

    model_config = ConfigDict(extra="forbid")

    turn: str = Field(pattern="^[0-9a-f]{32}$")
    verdict: Verdict | None
    comment: str = Field(default="", max_length=2000)


class StarterList(BaseModel):
    """Questions to start with; `complete` when no more are being looked for."""

    questions: list[str]
    complete: bool


@router.post("/api/chat", responses={**BUSY, **UNKNOWN}, summary="Ask in a conversation", response_class=StreamingResponse)
async def chat(request: Request, body: ChatQuestion) -> Response:
    """Server-sent events: `thread`, then `step` and `claim`, then one `answer`; `error` when it fails on the way."""
    service, owner = service_of(request), request.state.owner
    if body.thread is not None and not await run_in_threadpool(service.threads.owns, owner, body.thread):
        raise HTTPException(404, "no such conversation.")
    history = await run_in_threadpool(service.threads.history, owner, body.thread) if body.thread else []
    ahead = service.queue.waiting + service.queue.running
    events = await service.submit(body.question, history=history, since=body.since, until=body.until)
    thread = body.thread
    if thread is None:
        thread = await run_in_threadpool(service.threads.start, owner, body.question)
    lines = _events(service, events, thread, body.question, ahead)
    return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(service: Service, events: AsyncIterator[StreamEvent], thread: str, question: str, ahead: int) -> AsyncIterator[str]:
    yield _event("thread", {"thread": thread})
    if ahead:
        yield _event("step", {"text": f"waiting for {ahead} other question{'s' if ahead > 1 else ''}"})
    steps: list[str] = []
    try:
        async for event in events:
            if event.kind == "step":
                steps.append(event.text)
                yield _event("step", {"text": event.text})
            elif event.kind == "claim":
                yield _event("claim", {"text": event.text, "citations": [citation.model_dump() for citation in event.citations]})
            elif event.answer is not None:
                payload = {**turn_payload(event.answer), "steps": steps}
                turn = uuid.uuid4().hex
                await run_in_threadpool(service.threads.add_turn, thread, question, payload, turn)
                yield _event("answer", {"turn": turn, **payload})
    except FootnoteError as error:
        _LOG.warning("an answer failed: %s", error)
        yield _event("error", {"message": str(error)})


def turn_payload(answer: Answer) -> dict[str, Any]:
    """What the page shows of an answer and what a conversation keeps."""
    return {
        "answer": answer.model_dump(mode="json"),
        "text": with_sources(answer),
        "related": [citation.model_dump(mode="json") for citation in answer.related],
        "notes": [*answer.notes, *([ONE_VOICE] if shared(answer) else [])],
        "markdown": answer_markdown(answer),
    }


@router.get("/api/threads", summary="List conversations")
async def threads(request: Request) -> list[ThreadInfo]:
    """Your conversations, last used first."""
    return await run_in_threadpool(service_of(request).threads.threads, request.state.owner)


@router.get("/api/threads/{thread}", responses=UNKNOWN, summary="Read a conversation")
async def thread(request: Request, thread: Id) -> list[StoredTurn]:
    """The turns of one conversation, in order."""
    store, owner = service_of(request).threads, request.state.owner
    if not await run_in_threadpool(store.owns, owner, thread):
        raise HTTPException(404, "no such conversation.")
    return await run_in_threadpool(store.turns, owner, thread)


@router.delete("/api/threads/{thread}", responses=UNKNOWN, status_code=204, summary="Delete a conversation")
async def delete_thread(request: Request, thread: Id) -> None:
    """Delete one conversation with its ratings."""
    if not await run_in_threadpool(service_of(request).threads.forget, request.state.owner, thread):
        raise HTTPException(404, "no such conversation.")


@router.post("/api/feedback", responses=UNKNOWN, status_code=204, summary="Rate an answer")
async def feedback(request: Request, body: Rating) -> None:
    """Stored as a candidate for the eval set; `footnote eval export-feedback` writes them out."""
    store = service_of(request).threads
    if not await run_in_threadpool(store.rate, request.state.owner, body.turn, body.verdict, body.comment):
        raise HTTPException(404, "no such answer.")


@router.get("/api/starters", responses={503: BUSY[503]}, summary="Questions to start with")
async def starting_questions(request: Request) -> StarterList:
    """Questions made from the names in the indexed documents that the engine could answer; ask again until `complete`."""
    found: Starters = request.app.state.starters
    questions, complete = await found.current()
    return StarterList(questions=questions, complete=complete)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"

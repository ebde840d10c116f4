"""What the chat page talks to: questions as an event stream, and questions to start with.

Knows nothing of HTML; the page is in qa/web/static.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from index.errors import FootnoteError
from qa.api.models import ErrorBody, Question, Since, Sources, Until
from qa.api.routes import BUSY
from qa.api.service import Service, service_of
from qa.retrieve.dedup import ONE_VOICE, shared, with_sources
from qa.schema import Answer, StreamEvent
from qa.web.starters import Starters
from qa.write.markdown import answer_markdown

router = APIRouter(tags=["chat page"])
_LOG = logging.getLogger("footnote")
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "no such conversation of yours"}}


class ChatQuestion(BaseModel):
    """A question in a conversation; without `thread` it starts one.

    With `instead` the answer takes the place of that turn and of all behind it, once it is complete: an edited question, or another try.
    """

    model_config = ConfigDict(extra="forbid")

    question: Question
    thread: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")
    since: Since | None = None
    until: Until | None = None
    sources: Sources = []
    instead: str | None = Field(default=None, pattern="^[0-9a-f]{32}$", description="turn of `thread` whose place the answer takes")


class StarterList(BaseModel):
    """Questions to start with; `complete` when no more are being looked for."""

    questions: list[str]
    complete: bool


@router.post("/api/chat", responses={**BUSY, **UNKNOWN}, summary="Ask in a conversation", response_class=StreamingResponse)
async def chat(request: Request, body: ChatQuestion) -> Response:
    """Server-sent events: `thread`, then `step` and `claim`, then one `answer`; `error` when it fails on the way."""
    service, owner = service_of(request), request.state.owner
    if body.instead is not None and body.thread is None:
        raise HTTPException(422, "instead: names a turn of `thread`, which is missing.")
    if body.thread is not None and not await run_in_threadpool(service.threads.owns, owner, body.thread, body.instead):
        raise HTTPException(404, "no such conversation." if body.instead is None else "no such answer in this conversation.")
    kept = service.threads.history
    history = await run_in_threadpool(kept, owner, body.thread, before=body.instead) if body.thread else []
    ahead = service.queue.waiting + service.queue.running
    events = await service.submit(body.question, history=history, since=body.since, until=body.until, sources=body.sources)
    thread = body.thread
    if thread is None:
        thread = await run_in_threadpool(service.threads.start, owner, body.question)
    lines = _events(service, events, thread, body, ahead)
    return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(service: Service, events: AsyncIterator[StreamEvent], thread: str, asked: ChatQuestion, ahead: int) -> AsyncIterator[str]:
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
                limits = {"since": asked.since, "until": asked.until, "sources": asked.sources}
                payload = {**turn_payload(event.answer), "steps": steps, "limits": limits}
                turn = uuid.uuid4().hex
                await run_in_threadpool(service.threads.add_turn, thread, asked.question, payload, turn, asked.instead)
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
        "why": answer.why.model_dump(mode="json") if answer.why else None,
    }


@router.get("/api/starters", responses={503: BUSY[503]}, summary="Questions to start with")
async def starting_questions(request: Request) -> StarterList:
    """Questions made from the names in the indexed documents that the engine could answer; ask again until `complete`."""
    found: Starters = request.app.state.starters
    questions, complete = await found.current()
    return StarterList(questions=questions, complete=complete)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"

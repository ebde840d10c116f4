"""Conversations over HTTP: listed, searched, renamed, pinned, exported, deleted; and the rating of answers. Knows nothing of HTML."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from qa.api.models import ErrorBody, storable
from qa.api.service import service_of
from qa.threads.export import FORMATS, answer_of, file_name
from qa.threads.store import MAX_TITLE, Reason, StoredTurn, ThreadInfo, Verdict

router = APIRouter(tags=["conversations"])
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "no such conversation of yours"}}


class ThreadChange(BaseModel):
    """What is to be changed of a conversation."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, AfterValidator(storable)] | None = Field(default=None, max_length=MAX_TITLE, pattern=r"\S")
    pinned: bool | None = None


class Rating(BaseModel):
    """Thumbs up or down for an answer, with the reason; null withdraws it."""

    model_config = ConfigDict(extra="forbid")

    turn: str = Field(pattern="^[0-9a-f]{32}$")
    verdict: Verdict | None
    reason: Reason | None = Field(default=None, description="of a bad answer: what is wrong with it")
    comment: Annotated[str, AfterValidator(storable)] = Field(default="", max_length=2000)


@router.get("/api/threads", summary="List conversations")
async def threads(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> list[ThreadInfo]:
    """Your conversations, pinned ones first, then last used first. `q`: those that hold each of these words in title, questions or
    answers."""
    return await run_in_threadpool(service_of(request).threads.threads, request.state.owner, q)


@router.get("/api/threads/{thread}", responses=UNKNOWN, summary="Read a conversation")
async def thread(request: Request, thread: Id) -> list[StoredTurn]:
    """The turns of one conversation, in order."""
    return (await _read(request, thread))[1]


@router.patch("/api/threads/{thread}", responses=UNKNOWN, summary="Rename or pin a conversation")
async def change_thread(request: Request, thread: Id, body: ThreadChange) -> ThreadInfo:
    """A title that another conversation of yours has gets a number behind it, so look at the one that comes back."""
    store = service_of(request).threads
    changed = await run_in_threadpool(store.change, request.state.owner, thread, title=body.title, pinned=body.pinned)
    if changed is None:
        raise HTTPException(404, "no such conversation.")
    return changed


@router.get("/api/threads/{thread}/export", responses=UNKNOWN, summary="A conversation as a file", response_class=Response)
async def export_thread(request: Request, thread: Id, format: Literal["md", "docx", "pdf"] = "md") -> Response:
    """`md`: Markdown with footnotes; `docx`: Word with real footnotes; `pdf`: with the fonts of this machine, refused (400) where
    none has its letters."""
    about, turns = await _read(request, thread)
    kind, write = FORMATS[format]
    data = await run_in_threadpool(write, about.title, [answer_of(turn.payload) for turn in turns])
    name = quote(file_name(about.title, format))
    return Response(data, media_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


@router.delete("/api/threads/{thread}", responses=UNKNOWN, status_code=204, summary="Delete a conversation")
async def delete_thread(request: Request, thread: Id) -> None:
    """Delete one conversation with its ratings."""
    if not await run_in_threadpool(service_of(request).threads.forget, request.state.owner, thread):
        raise HTTPException(404, "no such conversation.")


@router.post("/api/feedback", responses=UNKNOWN, status_code=204, summary="Rate an answer")
async def feedback(request: Request, body: Rating) -> None:
    """Stored as a candidate for the eval set; `footnote eval export-feedback` writes them out."""
    store = service_of(request).threads
    if not await run_in_threadpool(store.rate, request.state.owner, body.turn, body.verdict, body.comment, body.reason):
        raise HTTPException(404, "no such answer.")


async def _read(request: Request, thread: str) -> tuple[ThreadInfo, list[StoredTurn]]:
    store, owner = service_of(request).threads, request.state.owner
    about = await run_in_threadpool(store.thread, owner, thread)
    if about is None:
        raise HTTPException(404, "no such conversation.")
    return about, await run_in_threadpool(store.turns, owner, thread)

"""Adding and removing documents: /api/files, /api/index, DELETE /api/documents, /api/originals.

Turns requests into wishes of the folder and the indexer. Knows nothing of pages.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from index.catalog.inventory import FileRow
from index.errors import StoreError
from index.formats.registry import ENDINGS
from qa.api.access import SESSION_SECONDS, UPLOAD_COOKIE
from qa.api.documents import MISSING, NO_INDEX, stored
from qa.api.models import ErrorBody
from qa.api.service import ClientGone, error_response, service_of
from qa.engine_protocol import Shelf
from qa.files.folder import Incoming, Outcome, UploadRefused
from qa.files.indexer import State
from qa.files.service import AT_ONCE, Files

router = APIRouter(tags=["adding documents"])
NOT_YOURS: dict[int | str, dict[str, Any]] = {403: {"model": ErrorBody, "description": "the upload token is needed, or uploads are off"}}
NO_FILE: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "no such file"}}
REFUSED: dict[int | str, dict[str, Any]] = {
    **NOT_YOURS,
    409: {"model": ErrorBody, "description": "a folder has this name, or a file that of its folder"},
    415: {"model": ErrorBody, "description": "a kind of file that is not read, or a form in place of a file"},
    429: {"model": ErrorBody, "description": "too many files at once; see Retry-After"},
    507: {"model": ErrorBody, "description": "the disk is full"},
}
PIECE = 1_000_000  # bytes that are written at once
SLOW_S, SLOWEST = 30.0, 1_000  # a file that takes longer has to come with that many bytes a second
_SHOWN_FAILURES = 200
_OFF = "adding documents is off on this server. Start it with FOOTNOTE_UPLOAD_TOKEN set to at least 16 random characters."
_INLINE = {".pdf": "application/pdf", ".txt": "text/plain; charset=utf-8"}


class Received(BaseModel):
    """A file that was taken."""

    path: str
    bytes: int
    outcome: Outcome = Field(description="`same`: a file of this name and content was there")


class Failure(BaseModel):
    """A file, or a document in it, that could not be indexed."""

    source: str
    reason: str
    path: str | None = Field(description="its path for DELETE /api/files/{path}; null for a file that was not uploaded")


class Indexing(BaseModel):
    """The run under way and what the last one did."""

    state: State
    stage: str = Field(description="`models`, `read`, `finish`; empty when nothing runs")
    done: int
    total: int = Field(description="files and records to be read, as far as they are known")
    runs: int = Field(description="runs that ended since the server started")
    finished: str = Field(description="when the last one ended, UTC")
    problem: str = Field(description="why it failed, or why it waits")
    new: int
    changed: int
    removed: int
    failed: list[Failure]
    not_read: list[str] = Field(description="files and pages that were left out, with the reason")


class FilesState(BaseModel):
    """Whether and what may be added here."""

    writable: bool = Field(description="whether you may add and remove documents")
    unlockable: bool = Field(description="whether the upload token would let you")
    folder: str | None = Field(description="where the files are kept; shown to who may write")
    max_file_bytes: int
    quota_bytes: int
    used_bytes: int
    endings: list[str]
    indexing: Indexing


class UploadToken(BaseModel):
    """The token that `FOOTNOTE_UPLOAD_TOKEN` holds."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=1000)


class Removed(BaseModel):
    """What is being removed; it is gone when `runs` of /api/files has risen."""

    sources: list[str]
    file_kept: bool = Field(description="whether the file stays on the disk: it lies outside the folder of uploads")


@router.get("/api/files", summary="May I add documents?")
async def state(request: Request) -> FilesState:
    """Limits and readable endings, the indexing run under way, and what the last one could not read, by name."""
    files = _files(request)
    writer = files is not None and request.state.writer
    if files is None:
        return FilesState(
            writable=False, unlockable=False, folder=None, max_file_bytes=0, quota_bytes=0, used_bytes=0, endings=[], indexing=_nothing()
        )
    used = await run_in_threadpool(lambda: files.folder.used)
    return FilesState(
        writable=writer,
        unlockable=not writer,
        folder=str(files.folder.root) if writer else None,
        max_file_bytes=files.folder.max_bytes,
        quota_bytes=files.folder.quota,
        used_bytes=used,
        endings=list(ENDINGS),
        indexing=await run_in_threadpool(_indexing, files, writer),
    )


@router.put("/api/files/{path:path}", responses=REFUSED, status_code=201, summary="Add a document")
async def put(request: Request, path: str) -> Received:
    """The body is the file, `path` its name, with folders: `Contracts/2026/lease.pdf`; the outermost folder is its collection. A file of
    that name is replaced. It is indexed by itself within seconds; /api/files tells how far that is, and what could not be read."""
    files = _writable(request)
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HTTPException(415, f"{path[:100]}: the body must be the file itself, got a form that holds it. Send it like: curl -T FILE")
    if files.receiving >= AT_ONCE:
        raise HTTPException(429, f"{AT_ONCE} files are being received already. Send this one again.", {"Retry-After": "1"})
    files.receiving += 1
    try:
        length = request.headers.get("content-length")
        incoming = await run_in_threadpool(files.folder.begin, path, int(length) if length else None)
        try:
            await _receive(request, incoming)
            outcome = await asyncio.shield(run_in_threadpool(incoming.commit))
        except ClientDisconnect as error:
            raise ClientGone from error
        finally:
            incoming.discard()
    finally:
        files.receiving -= 1
    if outcome != "same":
        files.indexer.want()
    return Received(path=incoming.path, bytes=incoming.size, outcome=outcome)


async def _receive(request: Request, incoming: Incoming) -> None:
    started = time.monotonic()
    held = bytearray()
    size = 0
    async for piece in request.stream():
        held += piece
        size += len(piece)
        seconds = time.monotonic() - started
        if seconds > SLOW_S and size < seconds * SLOWEST:
            raise HTTPException(408, f"{incoming.path}: must come with at least {SLOWEST} bytes a second. Send it again.")
        if len(held) >= PIECE:
            await run_in_threadpool(incoming.write, bytes(held))
            held.clear()
    if held:
        await run_in_threadpool(incoming.write, bytes(held))


@router.delete("/api/files/{path:path}", responses={**NOT_YOURS, **NO_FILE}, status_code=202, summary="Remove a file")
async def delete_file(request: Request, path: str) -> None:
    """Delete an uploaded file, one that could not be read too; its documents leave the index within seconds."""
    files = _writable(request)
    await run_in_threadpool(files.folder.remove, path)
    files.indexer.want(removal=True)


@router.delete("/api/documents/{source:path}", responses={**NOT_YOURS, **MISSING, **NO_INDEX}, status_code=202, summary="Remove a document")
async def delete_document(request: Request, source: str) -> Removed:
    """Take a document out of the index, and delete its file where that was uploaded. A document that lies with others in one file (a mail
    and its attachments, an archive, rows of a table) goes with all of that file."""
    files = _writable(request)

    def find(shelf: Shelf) -> tuple[FileRow | None, list[str]]:
        stored(shelf, source)
        row = shelf.file_of(source)
        name = row.source if row else source
        return row, [one.source for one in shelf.documents() if one.source == name or one.source.startswith(f"{name}#")] or [source]

    row, sources = await service_of(request).with_shelf(find)
    path = files.within(row.place) if row else None
    if path is None:
        files.indexer.want(forget=[source] if row is None else [row.source])
        return Removed(sources=sources, file_kept=True)
    with suppress(UploadRefused):  # deleted by hand already: the run finds it gone
        await run_in_threadpool(files.folder.remove, path)
    files.indexer.want(removal=True)
    return Removed(sources=sources, file_kept=False)


@router.post("/api/index", responses=NOT_YOURS, status_code=202, summary="Look for changes")
async def index(request: Request) -> None:
    """Bring the index up to date with the folder of uploads and with every folder that was ever indexed, as `footnote index` does."""
    _writable(request).indexer.want(everywhere=True)


@router.post("/api/unlock", responses=NOT_YOURS, status_code=204, summary="Enter the upload token")
async def unlock(request: Request, body: UploadToken) -> Response:
    """A cookie that lets this browser add and remove documents, as long as a login lasts. Programs send the token as a bearer token."""
    service = service_of(request)
    wait = service.logins.wait(request.client.host if request.client else "unknown")
    if wait:
        return error_response(429, f"too many attempts from this address. Try again in {wait} s.", retry_after=wait)
    cookie = service.access.unlock(body.token)
    if cookie is None:
        raise HTTPException(403, "that is not the upload token.")
    response = Response(status_code=204)
    secure = request.url.scheme == "https"
    response.set_cookie(UPLOAD_COOKIE, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=secure)
    return response


@router.get(
    "/api/originals/{source:path}",
    responses={**MISSING, **NO_INDEX, 409: {"model": ErrorBody, "description": "the file is not what was indexed any more"}},
    summary="The original file",
    response_class=Response,
)
async def original(request: Request, source: str) -> Response:
    """The file that a document was read from, byte for byte as it was indexed; one that has changed since, or is gone, is not given."""
    row, data = await original_of(request, source)
    name = row.source.rsplit("/", 1)[-1]
    kind = _INLINE.get(Path(name).suffix.lower())
    headers = {
        # A page or picture of somebody else's must not act as one of ours: it is saved, not shown.
        "Content-Disposition": f"{'inline' if kind else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" + ("" if kind else "; sandbox"),
    }
    return Response(data, media_type=kind or "application/octet-stream", headers=headers)


async def original_of(request: Request, source: str) -> tuple[FileRow, bytes]:
    """The file row and the content of a document's original. Raises 404 and 409."""

    def find(shelf: Shelf) -> FileRow:
        stored(shelf, source)
        row = shelf.file_of(source)
        if row is None:
            raise StoreError(f"the index does not say where {source!r} came from. Index its folder again.")
        return row

    row = await service_of(request).with_shelf(find)
    return row, await run_in_threadpool(_unchanged, row)


def _unchanged(row: FileRow) -> bytes:
    """What was indexed, and nothing else: whatever lies at that place now, it is given only when its content is the same."""
    try:
        descriptor = os.open(row.place, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as handle:
            data = handle.read(row.size + 1) if os.fstat(handle.fileno()).st_size == row.size else b""
    except OSError as error:
        raise HTTPException(409, f"the original of {row.source!r} is not there any more ({error.strerror}).") from error
    if hashlib.sha256(data).hexdigest() != row.hash:
        raise HTTPException(409, f"the original of {row.source!r} has changed since it was indexed.")
    return data


def _files(request: Request) -> Files | None:
    files: Files | None = request.app.state.files
    return files


def _writable(request: Request) -> Files:
    files = _files(request)
    if files is None:
        raise HTTPException(403, _OFF)
    if not request.state.writer:
        raise HTTPException(403, "adding and removing documents needs the upload token: 'Authorization: Bearer TOKEN', or /documents.")
    return files


def _indexing(files: Files, writer: bool) -> Indexing:
    indexer = files.indexer
    report = indexer.report
    running = indexer.state == "running"
    failed = list(report.failed.items())[:_SHOWN_FAILURES] if report else []
    return Indexing(
        state=indexer.state,
        stage=indexer.progress.stage if running else "",
        done=indexer.progress.done if running else 0,
        total=indexer.progress.total if running else 0,
        runs=indexer.runs,
        finished=indexer.finished,
        problem=indexer.problem if writer else "",
        new=report.new if report else 0,
        changed=report.changed if report else 0,
        removed=report.removed if report else 0,
        failed=[
            Failure(source=source, reason=reason, path=name if files.folder.place(name := source.partition("#")[0]) else None)
            for source, reason in failed
        ],
        not_read=list(report.unread.values())[:_SHOWN_FAILURES] if report else [],
    )


def _nothing() -> Indexing:
    zero = {"done": 0, "total": 0, "runs": 0, "new": 0, "changed": 0, "removed": 0}
    return Indexing(state="idle", stage="", finished="", problem="", failed=[], not_read=[], **zero)

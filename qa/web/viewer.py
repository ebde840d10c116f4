"""A document as it is shown beside the chat: set out by its structure, and a PDF's pages as pictures with the quote's place.

Gives places in the stored text, never markup; the page's script makes text nodes of them. Knows nothing of answers.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from index.errors import LoadError
from index.formats.pdf.picture import Picture, Quote, picture_of
from index.schema import Document
from index.structure.layout import PartKind, parts_of
from qa.api.documents import MAX_OFFSET, MISSING, NO_INDEX, document_full, stored
from qa.api.models import DocumentFull, ErrorBody
from qa.api.service import service_of
from qa.cite import place_of
from qa.engine_protocol import Shelf
from qa.files.routes import original_of

router = APIRouter(tags=["documents"])
AROUND = 200  # characters around a quote that tell which of two equal ones it is
KEPT = 24  # pictures
AT_ONCE = 2
LONGEST_QUOTE = 20_000
_UNDRAWN: dict[int | str, dict[str, Any]] = {
    **MISSING,
    **NO_INDEX,
    409: {"model": ErrorBody, "description": "no PDF, one that cannot be drawn, or not what was indexed any more"},
}
Place = tuple[int, int]


class Part(BaseModel):
    """A heading, paragraph, list, table, group of names with values, or code: places in the text, as (start, end)."""

    kind: PartKind
    lines: list[list[Place]] = Field(description="lines of a paragraph, items, rows, pairs; each of one or more cells")
    level: int = Field(description="of a heading, 1 outermost")
    headed: bool = Field(description="whether the first line of a table names its columns")
    names: list[str] = Field(description="columns of a table whose cells name them each")
    numbers: list[str] = Field(description="of a list's items; empty for a bullet")
    indents: list[int]


class Spot(BaseModel):
    """Where a page, slide, sheet or chapter begins."""

    place: str
    start: int


class Layout(DocumentFull):
    """A document with what it is set out by; page furniture is in `text` and in no part."""

    parts: list[Part]
    places: list[Spot]
    pictures: bool = Field(description="whether its pages can be had as pictures")


class MarkedPage(BaseModel):
    """The boxes of a quote on one page: left, top, right, bottom, in shares of the page from its upper left corner."""

    page: int
    boxes: list[tuple[float, float, float, float]]


class Marks(BaseModel):
    """Where a quote stands in a PDF; `marks` is empty where it is not found on the drawn page."""

    pages: int
    page: int = Field(description="the page where the quote begins")
    marks: list[MarkedPage]


@dataclass
class Pictures:
    """Pages that were drawn, the last ones kept; few are drawn at once, each in a process of its own."""

    draw: Callable[..., Picture] = picture_of
    kept: OrderedDict[tuple[str, int, int, Quote | None], Picture] = field(default_factory=OrderedDict)
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def page(self, digest: str, data: bytes, page: int, width: int = 0, quote: Quote | None = None) -> Picture:
        """A page of the file with that digest. Raises `LoadError`."""
        key = (digest, page, width, quote)
        async with self.turn:
            if key not in self.kept:
                self.kept[key] = await run_in_threadpool(self.draw, data, page, width=width, quote=quote)
                while len(self.kept) > KEPT:
                    self.kept.popitem(last=False)
            self.kept.move_to_end(key)
            return self.kept[key]


@router.get("/api/layout/{source:path}", responses={**MISSING, **NO_INDEX}, summary="A document set out")
async def layout(request: Request, source: str) -> Layout:
    """The stored text with its structure: what is a heading, a list, a table, and where pages, slides and sheets begin."""
    return await service_of(request).with_shelf(lambda shelf: layout_of(shelf, source))


def layout_of(shelf: Shelf, source: str) -> Layout:
    """The document of that source, set out; 404 when there is none."""
    document = stored(shelf, source)
    parts = [
        Part(
            kind=part.kind,
            lines=[[(cell.start, cell.end) for cell in line] for line in part.lines],
            level=part.level,
            headed=part.headed,
            names=list(part.names),
            numbers=[line[0].label for line in part.lines] if part.kind == "list" else [],
            indents=list(part.indents),
        )
        for part in parts_of(document)
    ]
    places = [Spot(place=place_of(document, span.start) or span.label, start=span.start) for span in document.pages]
    pictures = document.format == "pdf" and "#" not in source and shelf.file_of(source) is not None
    return Layout(**document_full(document).model_dump(), parts=parts, places=places, pictures=pictures)


@router.get("/api/pictures/{source:path}", responses=_UNDRAWN, summary="A page of a PDF as a picture", response_class=Response)
async def picture(
    request: Request,
    source: str,
    page: Annotated[int, Query(ge=1, le=100_000)],
    width: Annotated[int, Query(ge=100, le=2400, description="pixels")] = 1000,
) -> Response:
    """A PNG of the page, drawn from the original file."""
    found = await _drawn(request, source, page, width=width)
    return Response(found.png, media_type="image/png", headers={"Cache-Control": "private, max-age=600"})


@router.get(
    "/api/marks/{source:path}",
    responses={**_UNDRAWN, 400: {"model": ErrorBody, "description": "a range outside of the document"}},
    summary="Where a quote stands in a PDF",
)
async def marks(
    request: Request, source: str, start: Annotated[int, Query(ge=0, le=MAX_OFFSET)], end: Annotated[int, Query(ge=1, le=MAX_OFFSET)]
) -> Marks:
    """The characters `start:end` of the stored text on the pages of the original."""
    asked = await service_of(request).with_shelf(lambda shelf: quotes_on_pages(stored(shelf, source), start, end))
    if not asked:
        raise HTTPException(400, f"a range must lie inside the text and hold less than {LONGEST_QUOTE} characters, got {start}-{end}.")
    found = [await _drawn(request, source, page, quote=quote) for page, quote in asked]
    marked = [
        MarkedPage(page=one.page, boxes=[(box.left, box.top, box.right, box.bottom) for box in one.boxes]) for one in found if one.boxes
    ]
    return Marks(pages=found[0].pages, page=asked[0][0], marks=marked)


def quotes_on_pages(document: Document, start: int, end: int) -> list[tuple[int, Quote]]:
    """The characters `start:end` of a PDF's text by page, each piece with what is around it there; none for a range outside."""
    text = document.text
    if not 0 <= start < end <= len(text) or end - start > LONGEST_QUOTE:
        return []
    found = []
    for span in document.pages:
        a, b = max(start, span.start), min(end, span.end)
        if a < b:
            quote = Quote(text[a:b], text[max(span.start, a - AROUND) : a], text[b : min(span.end, b + AROUND)])
            found.append((int(span.label), quote))
    return found


async def _drawn(request: Request, source: str, page: int, width: int = 0, quote: Quote | None = None) -> Picture:
    document = await service_of(request).with_shelf(lambda shelf: stored(shelf, source))
    if document.format != "pdf":
        raise HTTPException(409, f"{source[:200]!r} is no PDF, so it has no pages to draw. Read its text.")
    row, data = await original_of(request, source)
    if row.source != document.source:
        raise HTTPException(409, f"{source[:200]!r} lies in another file, so its pages cannot be drawn. Read its text.")
    pictures: Pictures = request.app.state.pictures
    try:
        return await pictures.page(row.hash, data, page, width, quote)
    except LoadError as error:
        raise HTTPException(409, str(error)) from error

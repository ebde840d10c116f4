"""The indexed documents: /api/documents, listed, searched and sorted, and one read whole.

Only reads; what adds and removes documents is in `qa.files`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.convertors import PathConvertor, register_url_convertor

from index.catalog.listing import Listed, collection_of, listed
from index.schema import Document
from index.screen.dates import date_known, date_text
from qa.api.models import DocumentFull, DocumentInfo, DocumentList, ErrorBody
from qa.api.service import service_of
from qa.engine_protocol import Shelf

router = APIRouter(tags=["documents"])
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "no such document"}}
NO_INDEX: dict[int | str, dict[str, Any]] = {503: {"model": ErrorBody, "description": "no index, or models not ready; see Retry-After"}}
MAX_OFFSET = 2**40
Order = Literal["source", "title", "date", "format", "pages", "size"]


@router.get("/api/documents", responses=NO_INDEX, summary="List documents")
async def documents(
    request: Request,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    q: Annotated[str, Query(max_length=200, description="words that stand in title, source, author or publisher")] = "",
    collection: Annotated[str | None, Query(max_length=1000, description="only this collection; empty: documents in none")] = None,
    sort: Order = "source",
    descending: bool = False,
    together: Annotated[bool, Query(description="rows of a table, a mail and its attachments and the like as one entry")] = False,
) -> DocumentList:
    """The indexed documents. `collections` counts all of them by collection: the outermost folder that they lie in."""
    asked = Asked(q, collection, sort, descending, together)
    return await service_of(request).with_shelf(lambda shelf: document_list(shelf, asked, offset, limit))


class _AnyPath(PathConvertor):
    """Sources hold whatever a file's name may: Starlette's own convertor stops at a line break."""

    regex = "(?s:.*)"


register_url_convertor("path", _AnyPath())


@router.get("/api/documents/{source:path}", responses={**MISSING, **NO_INDEX}, summary="Read a document")
async def document(request: Request, source: str) -> DocumentFull:
    """A document with its text as stored; the offsets of citations count its characters (Unicode code points)."""
    return await service_of(request).with_shelf(lambda shelf: document_full(stored(shelf, source)))


def document_full(document: Document) -> DocumentFull:
    """A document with its text."""
    pages = len({span.label for span in document.pages})
    return DocumentFull(**_shared(document), pages=pages or None, characters=len(document.text), text=document.text)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which documents of the list, in which order."""

    q: str = ""
    collection: str | None = None
    sort: Order = "source"
    descending: bool = False
    together: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the list: a document, or with `together` a file of several."""

    shown: Listed
    title: str | None
    inside: int
    characters: int


def document_list(shelf: Shelf, asked: Asked, offset: int, limit: int) -> DocumentList:
    """A page of the list, with how many there are of each collection."""
    everything = listed(shelf, order=asked.sort, reverse=asked.descending)
    entries = _together(everything) if asked.together else [_Entry(one, one.info.title, 0, one.info.characters) for one in everything]
    if asked.together and asked.sort == "title":  # what stands for several got a title of its own
        entries.sort(key=lambda one: (one.title or "").casefold(), reverse=asked.descending)
    words = asked.q.casefold().split()
    found = [
        one
        for one in entries
        if asked.collection in (None, collection_of(one.shown.info.source)) and all(word in _searched(one) for word in words)
    ]
    collections = dict(sorted(Counter(collection_of(one.shown.info.source) for one in entries).items()))
    return DocumentList(total=len(found), documents=[_info(one) for one in found[offset : offset + limit]], collections=collections)


def _together(everything: Sequence[Listed]) -> list[_Entry]:
    """One entry for each file: its own document where it has one, else the first of those in it under the file's name."""
    files: dict[str, list[Listed]] = {}
    for one in everything:
        files.setdefault(one.info.source.partition("#")[0], []).append(one)
    made = []
    for name, inside in files.items():
        whole = next((one for one in inside if one.info.source == name), None)
        first = whole or inside[0]
        title = first.info.title if whole or len(inside) == 1 else name.rsplit("/", 1)[-1]
        made.append(_Entry(first, title, len(inside) - (whole is not None), sum(one.info.characters for one in inside)))
    return made


def _searched(one: _Entry) -> str:
    info = one.shown.info
    return " ".join(part for part in (info.source, one.title, info.author, info.publisher) if part).casefold()


def _info(one: _Entry) -> DocumentInfo:
    shared = {**_shared(one.shown.info), "title": one.title}
    return DocumentInfo(**shared, pages=one.shown.pages or None, characters=one.characters, inside=one.inside)


def _shared(document: Any) -> dict[str, Any]:
    return {
        "source": document.source,
        "title": document.title,
        "author": document.author,
        "publisher": document.publisher,
        "published": date_text(document.published),
        "date_known": date_known(document.published),
        "language": document.language,
        "format": document.format,
        "collection": collection_of(document.source),
    }


def stored(shelf: Shelf, source: str) -> Document:
    """The document of that source; 404 when there is none."""
    try:
        found = shelf.document(source)
    except UnicodeEncodeError:  # a lone surrogate names no stored document
        found = None
    if found is None:
        raise HTTPException(404, f"no document {source[:200]!r}; /api/documents lists them.")
    return found

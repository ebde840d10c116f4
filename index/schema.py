"""The words of the index: Document, Chunk, and the spans inside a document's text.

Every offset in this project counts Python characters (Unicode code points) in `Document.text`, half-open:
`text[start:end]`. This module knows nothing of files, stores or models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Precision = Literal["day", "month", "year"]
DateSource = Literal["markup", "dateline", "byline", "end of text", "text", "file name", "record"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters with a label that says why it was marked."""

    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """When a document was published and how that is known; all None when it does not say.

    `date` is ISO `YYYY-MM-DD`; with precision "month" or "year" the missing parts are 01.
    """

    date: str | None = None
    precision: Precision | None = None
    how: DateSource | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One source as stored: its text never changes after loading, so offsets hold.

    `source` is the path relative to the indexed root, with `/` (a record or archive member adds `#...`).
    `pages` label ranges of the text: page numbers of a PDF, slides, sheets.
    `furniture` marks menus, headline lists, cookie lines: kept in the text, left out of chunks.
    """

    source: str
    text: str
    format: str
    content_hash: str
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: Published = field(default_factory=Published)
    language: str | None = None
    pages: tuple[Span, ...] = ()
    furniture: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A retrievable piece of a document: `document.text[start:end] == text`."""

    id: str
    source: str
    ordinal: int
    start: int
    end: int
    text: str

"""The words of the index: Document, Chunk, and the spans inside a document's text.

Every offset in this project counts Python characters (Unicode code points) in `Document.text`, half-open:
`text[start:end]`. This module knows nothing of files, stores or models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Precision = Literal["day", "month", "year"]
DateSource = Literal["markup", "dateline", "byline", "end of text", "text", "file name", "record", "updated", "valid from"]


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
    `boilerplate` marks menus, headline lists, cookie lines: kept in the text, left out of chunks.
    `blocks` marks what the format itself says of a piece of text, in order and not overlapping: "heading 1" to "heading 6", "item" (of a
    list), "row" (of a table), "header" (its column names), "pair" (a name and its value), "code", "quote", "caption", "note", "masthead"
    (who wrote when). Text between blocks is prose, or tells its structure by its lines (`index.structure`).
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
    boilerplate: tuple[Span, ...] = ()
    blocks: tuple[Span, ...] = ()


UnitKind = Literal["sentence", "row", "item", "pair", "code", "heading", "lead", "question", "caption", "masthead", "header"]
EVIDENCE_KINDS: frozenset[UnitKind] = frozenset({"sentence", "row", "item", "pair", "code"})


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece of a document that is read as one: `text[start:end]`.

    Kinds in `EVIDENCE_KINDS` can be evidence; the others ("lead" is a lead-in such as "The steps are:") only give context.
    `path` holds the positions (in the document's list of units) of the headings above, outermost first; `hangs` the position of
    the unit that this one is not understood without: the lead-in of a list item, the column names of a row, the question above an
    answer, the sentence before one that refers back.
    """

    start: int
    end: int
    kind: UnitKind
    path: tuple[int, ...] = ()
    hangs: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A retrievable piece of a document: `document.text[start:end] == text`.

    `context` is what it is not understood without (title, headings, column names); the embedders and the word index read it with the text.
    """

    id: str
    source: str
    ordinal: int
    start: int
    end: int
    text: str
    context: str = ""

    @property
    def read(self) -> str:
        """What the embedders and the word index read."""
        return f"{self.context}\n{self.text}" if self.context else self.text

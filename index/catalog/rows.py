"""Rows of the catalog's tables as data: documents, what is known of them, places within a text. Runs no statement."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from index.schema import DateSource, Document, Precision, Published, Span


class Row(Protocol):
    """Values by column name: a row of SQLite, or one of an export."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is known of a document without its text. `cluster`: near-copies share the number."""

    source: str
    title: str | None
    publisher: str | None
    author: str | None
    published: Published
    language: str | None
    format: str
    cluster: int
    chunks: int
    characters: int


def document_of(row: Row) -> Document:
    """A row of the documents' table, with its text, as a document."""
    return Document(
        source=row["source"],
        text=row["text"],
        format=row["format"],
        content_hash=row["content_hash"],
        title=row["title"],
        author=row["author"],
        publisher=row["publisher"],
        published=_published(row),
        language=row["language"],
        pages=_spans(row["pages"]),
        boilerplate=_spans(row["furniture"]),
        blocks=_spans(row["blocks"]),
    )


def info_of(row: Row) -> DocumentInfo:
    """A row of the documents' table as what is known of the document; one without a cluster is one of its own."""
    cluster = -row["id"] if row["cluster"] is None else row["cluster"]
    return DocumentInfo(
        row["source"], row["title"], row["publisher"], row["author"], _published(row), row["language"], row["format"], cluster,
        row["chunks"], row["characters"],
    )  # fmt: skip


def text_and_context(read: str, length: int) -> tuple[str, str]:
    """A row of `passages` parted again: the chunk's text of that many characters, and the context above it."""
    return read[len(read) - length :], read[: len(read) - length].removesuffix("\n")


def written_spans(spans: Iterable[Span]) -> str:
    """Places as they are stored."""
    return json.dumps([[s.start, s.end, s.label] for s in spans], ensure_ascii=False)


def _published(row: Row) -> Published:
    return Published(row["published"], cast("Precision | None", row["precision"]), cast("DateSource | None", row["how"]))


def _spans(data: str) -> tuple[Span, ...]:
    return tuple(Span(*span) for span in json.loads(data))

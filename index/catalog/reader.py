"""The catalog, read side: documents, chunks, BM25. Shows only what is visible (see catalog_schema).

Safe to use from many threads: each has its own connection. Knows nothing of vectors beyond their keys.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from index.catalog import codes as catalog_codes
from index.catalog import search
from index.catalog.bm25 import FOLDER as WORDS
from index.catalog.bm25 import Words
from index.catalog.chosen import Choices, Chosen
from index.catalog.inventory import FILE, FileRow, file_row
from index.catalog.rows import DocumentInfo, document_of, info_of, text_and_context
from index.catalog.search import DOCUMENTS, SHOWN
from index.catalog.spelling import nearest_word
from index.catalog.tables import connect, locked, read_meta
from index.errors import StoreError
from index.schema import Chunk, Document
from index.store.roots import how_to_build_anew
from index.store.vectors import Vectors

_ALIKE = 200  # chunks whose words are compared with a misspelt one
_ATTEMPTS = 5  # at a search that the writer overtakes


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of visible things. Each row of a table file is a document; `undated_rows` are those of them among the `undated`."""

    documents: int
    chunks: int
    characters: int
    undated: int
    clusters: int
    furniture_characters: int
    files: int
    undated_rows: int


class Catalog:
    """Reads the catalog of one index. Sources that are not visible are as good as absent."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.Lock()
        self._connections: list[sqlite3.Connection] = []
        self._words = Words(path.parent / WORDS)
        self._choices = Choices()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
            self._local = threading.local()

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Run one reading statement. Raises `StoreError` when SQLite does."""
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise locked(self._path, error) or StoreError(
                f"the catalog {self._path} cannot be read: {error}. {how_to_build_anew(self._path.parent)}"
            ) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within the block this thread sees one state, whatever is written meanwhile; keep it short. May be nested."""
        connection = self._connection()
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.rollback()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self._path)
            with self._lock:
                self._connections.append(connection)
            self._local.connection = connection
        return connection

    def meta(self) -> dict[str, str]:
        """The facts about the index as a whole (embedder, budget, generation)."""
        return {row["key"]: str(row["value"]) for row in self.rows("SELECT key, value FROM meta")}

    def generation(self) -> int:
        """The number that rises whenever new documents become visible."""
        return int(self.rows("SELECT value FROM meta WHERE key = 'generation'")[0][0])

    def document(self, source: str) -> Document | None:
        """The document as stored, None when there is none."""
        found = self.rows(f"SELECT d.*, t.text FROM documents d JOIN texts t ON t.document = d.id WHERE d.source = ? AND {SHOWN}", source)
        return document_of(found[0]) if found else None

    def text_of(self, source: str) -> str:
        """The stored text that offsets refer to. Raises `StoreError` for an unknown source."""
        found = self.rows(f"SELECT t.text FROM documents d JOIN texts t ON t.document = d.id WHERE d.source = ? AND {SHOWN}", source)
        if not found:
            raise StoreError(f"the index has no document {source!r}. 'footnote status --json' lists the sources.")
        return str(found[0]["text"])

    def file_of(self, source: str) -> FileRow | None:
        """The file that a document was read from, as it was then."""
        found = self.rows(f"SELECT {FILE} FROM documents d JOIN files f ON f.id = d.file WHERE d.source = ? AND {SHOWN}", source)
        return file_row(found[0]) if found else None

    def documents(self, within: Chosen | None = None) -> list[DocumentInfo]:
        """All documents, by source; `within` keeps those that are chosen."""
        columns = "id, source, title, publisher, author, published, precision, how, language, format, cluster, chunks, characters"
        rows = self.rows(f"SELECT {columns} FROM documents d WHERE {SHOWN} ORDER BY source")
        return [info_of(row) for row in rows if within is None or row["id"] in within.ids]

    def page_counts(self) -> dict[str, int]:
        """How many pages, slides, sheets or chapters the documents have that have any, by source."""
        rows = self.rows(f"SELECT source, pages FROM documents d WHERE pages <> '[]' AND {SHOWN}")
        return {row["source"]: len({label for *_, label in json.loads(row["pages"])}) for row in rows}

    def infos(self, sources: Iterable[str]) -> dict[str, DocumentInfo]:
        """What is known of these documents, by source; sources that are not visible are left out."""
        columns = "id, source, title, publisher, author, published, precision, how, language, format, cluster, chunks, characters"
        sql = f"SELECT {columns} FROM documents d WHERE d.source IN (%s) AND {SHOWN}"
        return {row["source"]: info_of(row) for row in search.in_steps(self.rows, sql, list(sources))}

    def clusters(self, sources: Iterable[str]) -> dict[str, int]:
        """The cluster of near-copies that each of these documents belongs to; near-copies share the number."""
        return {source: info.cluster for source, info in self.infos(sources).items()}

    def copies(self, sources: Iterable[str], most: int) -> dict[str, list[str]]:
        """The near-copies of each of these documents, by source, at most `most`; documents without any are left out."""
        sql = f"SELECT source FROM documents d WHERE cluster = ? AND source <> ? AND {SHOWN} ORDER BY source LIMIT ?"
        found = {s: [row["source"] for row in self.rows(sql, cluster, s, most)] for s, cluster in self.clusters(sources).items()}
        return {source: copies for source, copies in found.items() if copies}

    def chunks(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """The visible ones among these chunks, by id."""
        return {chunk.id: chunk for chunk in self._chunks("c.id", ids)}

    def chunks_of(self, source: str) -> list[Chunk]:
        """A document's chunks in order; empty for an unknown source."""
        return sorted(self._chunks("d.source", [source]), key=lambda c: c.ordinal)

    def _chunks(self, column: str, values: Sequence[str]) -> Iterator[Chunk]:
        sql = (
            "SELECT c.id, d.source, c.ordinal, c.start, c.end, p.text FROM chunks c JOIN documents d ON d.id = c.document "
            f"JOIN passages p ON p.row = c.row WHERE {column} IN (%s) AND {SHOWN}"
        )
        for row in search.in_steps(self.rows, sql, values):
            text, context = text_and_context(row["text"], row["end"] - row["start"])
            yield Chunk(row["id"], row["source"], row["ordinal"], row["start"], row["end"], text, context)

    def chunks_by_vector(
        self, keys: Sequence[str], *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """Ids of the visible chunks that share each vector, sorted; `since`, `until` and `sources` as in `bm25`."""
        chosen = self.chosen(sources, since, until)
        dates, values = search.between(since, until)
        shown = f"c.vector IN (%s) AND {SHOWN}{dates}"
        sql = f"SELECT c.vector, c.id, d.id AS document FROM chunks c JOIN {DOCUMENTS} ON d.id = c.document WHERE {shown} ORDER BY c.id"
        found: dict[str, list[str]] = {}
        for row in search.in_steps(self.rows, sql, keys, values):
            if chosen is None or row["document"] in chosen.ids:
                found.setdefault(row["vector"], []).append(row["id"])
        return found

    def bm25(
        self, query: str, limit: int, *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[tuple[str, float]]:
        """Chunks that hold any word of the query: (chunk id, BM25 score), best first, ties by id.

        Words of a document's title count as words of its chunks. `query` is free text; stop words do not count. `since` and `until`
        (ISO dates, both inclusive) keep documents whose publication date, as precisely as it is known, may fall between them;
        undated documents are then left out. `sources` keep the documents that any of them names (see `chosen.choose`).
        """
        found: list[tuple[str, float]] = []
        for _ in range(_ATTEMPTS):
            with self.snapshot():
                version = self._words_version()
                if version is None:
                    return []
                chosen = self.chosen(sources, since, until)
                found = search.bm25(self.rows, partial(self._words.search, version), query, limit, (since, until), chosen)
            if self._words_version() == version:
                break  # else rows of what we saw may have been dropped before we searched
        return found

    def chosen(self, sources: Sequence[str], since: str | None = None, until: str | None = None) -> Chosen | None:
        """The documents that `sources` name, within the dates; None without any. Raises `UsageError` for one that names none."""
        with self.snapshot():
            return self._choices.chosen(self.rows, self.generation(), sources, since, until)

    def nearest_word(self, word: str) -> str | None:
        """The word itself, in small letters, when a visible document holds it; else the one of theirs that is the same in other letters
        ("Sæby" for "Saeby"), or one slip of the keys away; else None."""
        with self.snapshot():
            version = self._words_version()
            rows = [] if version is None else self._words.alike(version, word, _ALIKE)
            return nearest_word(word, search.texts_of(self.rows, rows) if rows else [])

    def _words_version(self) -> int | None:
        """The number that changes whenever the word index does; None before it was first written."""
        found = self.rows("SELECT value FROM meta WHERE key = 'words'")
        return int(found[0][0]) if found else None

    def share(self, since: str | None, until: str | None, sources: Sequence[str] = ()) -> tuple[int, int]:
        """How many visible chunks lie within the dates and `sources` (as in `bm25`), and how many there are."""
        dated, every = self._choices.share(self.rows, self.generation(), since, until)
        return (chosen.chunks if (chosen := self.chosen(sources, since, until)) else dated), every

    def nearest(
        self, vector: Vectors, limit: int, *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[tuple[str, float]] | None:
        """The visible chunks within dates and `sources` (as in `bm25`) nearest to `vector` (dim,), all of them compared: (chunk id,
        cosine similarity, off by .0004), best first, ties by id. None where their codes are lacking."""
        with self.snapshot():
            return catalog_codes.nearest(self.rows, vector, limit, (since, until), self.chosen(sources, since, until))

    def counts(self) -> Counts:
        """How much is visible; counted again only after somebody has written."""
        version = self.rows("PRAGMA data_version")[0][0]
        kept: tuple[int, Counts] | None = getattr(self._local, "counts", None)
        if kept is None or kept[0] != version:
            kept = self._local.counts = (version, Counts(*search.count(self.rows)))
        return kept[1]

    def tally(self, column: Literal["format", "language"]) -> dict[str, int]:
        """How many documents have each value, most frequent first, ties by name."""
        sql = f"SELECT coalesce({column}, 'unknown') AS value, count(*) AS number FROM documents d WHERE {SHOWN} GROUP BY 1"
        return {row["value"]: row["number"] for row in self.rows(f"{sql} ORDER BY number DESC, value")}


__all__ = ["Catalog", "Counts", "DocumentInfo", "read_meta"]

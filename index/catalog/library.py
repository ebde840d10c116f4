"""An index opened for reading: the catalog and the vectors, kept in step while another process writes.

Knows nothing of embedders: whoever queries brings the vector.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from index.catalog import codes
from index.catalog.reader import Catalog
from index.catalog.tables import open_for_reading
from index.config import IndexConfig
from index.errors import IndexMismatch, NoIndex, StoreError
from index.store.coded import CodedVectors
from index.store.generations import Generations, OpenVectors
from index.store.vectors import Vectors, VectorStore
from index.text.names import path_kept

_PATIENCE_S = 10.0
_EMPTY = "the index holds no documents yet. Run: footnote index FOLDER"
# Up to this many chunks within dates and sources are all compared by their codes in the catalog: exact but for .0004. Where there are
# more, the store is asked for more than is wanted and what lies outside is dropped. At 300,000 chunks, ms for 200 of those within:
# 552 codes 1.1, 2,821 codes 3.3, 8,700 codes 8.6, 17,414 codes 24 or store 34, 26,281 codes 35 or store 23, 73,931 codes 108 or store 10.
COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class LibraryMeta:
    """Facts about the index as a whole. `built` is ISO, UTC; `embedder` is the name that the settings gave."""

    embedder: str
    fingerprint: str
    dim: int
    chunk_tokens: int
    built: str
    roots: tuple[str, ...]


class ChunkVectors:
    """Nearest chunks by vector. Follows the writer: a newer generation is opened when the catalog names one."""

    def __init__(self, catalog: Catalog, pointer: Catalog, generations: Generations) -> None:
        self._catalog = catalog
        self._pointer = pointer  # outside of snapshots: what they point to may be gone
        self._generations = generations
        self._open: OpenVectors | None = None
        self._coded: tuple[str, CodedVectors] | None = None
        self._lock = threading.Lock()

    def query(
        self, vector: Vectors, limit: int, *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[tuple[str, float]]:
        """The `limit` visible chunks nearest to `vector` (dim,): (chunk id, cosine similarity), best first, ties by id.

        `since`, `until` and `sources` as in `Catalog.bm25`. Chunks of equal text share a vector and all come. Raises `StoreError` when
        the vectors cannot be read.
        """
        if limit <= 0:
            return []
        inside, total = self._catalog.share(since, until, sources)
        limited = bool(since or until or sources)
        if inside <= COMPARED and (limited or (not self._generations.in_place and self.codes() is None)):
            compared = self._catalog.nearest(vector, limit, since=since, until=until, sources=sources)
            if compared is not None:
                return compared
        wanted = min(limit * total // max(inside, 1), total) + limit if inside < total else limit
        with self._lock:
            waiting = self._waiting(vector, limit, since, until, sources)  # first: what is written meanwhile is then in the store
            store = self._searched()
            while True:
                near = store.query(vector, wanted)
                ids = self._catalog.chunks_by_vector([key for key, _ in near], since=since, until=until, sources=sources)
                found = list((waiting | {chunk: score for key, score in near for chunk in ids.get(key, ())}).items())
                if len(found) >= limit or len(near) < wanted:
                    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]
                wanted *= 2

    def _waiting(self, vector: Vectors, limit: int, since: str | None, until: str | None, sources: Sequence[str]) -> dict[str, float]:
        """The nearest chunks whose vectors may not be in the store yet."""
        after = self._pointer.meta().get("pending_after")
        if after is None:
            return {}
        catalog, dates = self._catalog, (since, until)
        with catalog.snapshot():
            return dict(codes.nearest(catalog.rows, vector, limit, dates, catalog.chosen(sources, since, until), int(after)) or ())

    def open(self) -> None:
        """Open what a search needs: the first one then need not wait. Raises `NoIndex` before the first build, `StoreError`."""
        if "vectors" not in self._pointer.meta():
            raise NoIndex(_EMPTY)
        if self.codes() is None and (self._generations.in_place or self._catalog.share(None, None)[1] > COMPARED):
            self.count()

    def count(self) -> int:
        """Stored vectors (chunks of equal text count once)."""
        with self._lock:
            return self._current().store.count()

    @contextmanager
    def store(self) -> Iterator[VectorStore]:
        """The vectors as they are stored, for whoever checks them."""
        with self._lock:
            yield self._current().store

    def close(self) -> None:
        """Let go of the vectors."""
        with self._lock:
            self._let_go()
        self._pointer.close()

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _searched(self) -> CodedVectors | VectorStore:
        """What a search asks: the codes, or else Chroma, whose memory they spare."""
        codes = self.codes()
        if codes is None:
            return self._current().store
        self._let_go()
        return codes

    def codes(self) -> CodedVectors | None:
        """The codes of the generation that the catalog names; None on a server, and where they are missing or damaged."""
        while True:
            name = self._pointer.meta().get("vectors", "")
            if self._coded is None or self._coded[0] != name:
                codes = self._generations.codes(name)
                if codes is None and name != self._pointer.meta().get("vectors", ""):
                    continue  # removed meanwhile
                self._coded = None if codes is None else (name, codes)
            return None if self._coded is None else self._coded[1]

    def _current(self) -> OpenVectors:
        """The generation that the catalog names, opened. The writer may move on between looking and opening: look again."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            facts = self._pointer.meta()
            name = facts.get("vectors")
            if name is None:
                raise NoIndex(_EMPTY)
            if self._open is not None and self._open.name == name:
                return self._open
            self._let_go()
            # A generation that is just being removed looks damaged too; then the catalog names another by now.
            if not self._generations.is_intact(facts) and self._generations.has(name) and facts == self._pointer.meta():
                raise StoreError("the vectors of this index are damaged. Run footnote index again: it makes them anew.")
            self._open = self._generations.open(name)
            if self._open is None:
                if time.monotonic() > deadline:
                    raise StoreError(f"the vectors {name!r} of this index are gone. Run footnote index again: it mends them.")
                time.sleep(0.02)


class Library:
    """The read side of an index, safe to use from several threads; a context manager."""

    def __init__(self, path: Path, catalog: Catalog, vectors: ChunkVectors, meta: LibraryMeta) -> None:
        self.path = path
        self.catalog = catalog
        self.vectors = vectors
        self.meta = meta

    def close(self) -> None:
        """Close both stores."""
        self.vectors.close()
        self.catalog.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_library(settings: IndexConfig) -> Library:
    """Open the index at `settings.store.path` for reading.

    Raises `NoIndex` when there is none, `IndexMismatch` when it was built with another embedder or by another layout,
    `StoreError` when it cannot be read.
    """
    folder = settings.store.path
    path = open_for_reading(folder)
    catalog = Catalog(path)
    try:
        facts = catalog.meta()
        if "embedder" not in facts:
            raise NoIndex(f"the index at {folder} holds no documents yet. Run: footnote index FOLDER --db {folder}")
        check_embedder(facts, settings)
        roots = tuple(path_kept(row["path"]) for row in catalog.rows("SELECT path FROM roots ORDER BY path"))
    except BaseException:
        catalog.close()
        raise
    meta = LibraryMeta(facts["embedder"], facts["fingerprint"], int(facts["dim"]), int(facts["chunk_tokens"]), facts["built"], roots)
    return Library(folder, catalog, ChunkVectors(catalog, Catalog(path), Generations(settings.store, facts["id"])), meta)


def check_embedder(facts: dict[str, str], settings: IndexConfig, fingerprint: str | None = None) -> None:
    """Raise `IndexMismatch` when the index was built with another embedder than the settings name.

    `fingerprint` (weights and pooling), where the embedder is loaded, tells two of the same name apart.
    """
    built, asked = facts.get("embedder"), settings.models.embedder
    if built is None or (built == asked and fingerprint in (None, facts.get("fingerprint"))):
        return
    if built != asked:
        what, fix = f"{built!r}, the settings name {asked!r}", f"Set models.embedder to {built!r}"
    else:
        what, fix = f"{built!r} with other weights or pooling than are there now", "Put the model back as it was"
    raise IndexMismatch(
        f"the index at {settings.store.path} was built with the embedder {what}. {fix}, or build a new index: "
        "footnote index FOLDER --db NEW_FOLDER"
    )

"""The vectors of a small change: they wait in the catalog, and Chroma is not even opened.

Stands in for `index.store.writer.VectorWriter` during one build. A later, larger change brings the store up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from index.catalog.writer import CatalogWriter
from index.store import pending
from index.store.coded import Coded
from index.store.vectors import Vectors
from index.store.writer import Encode
from index.sync.plan import Plan

# A change is small up to so many files, of so many bytes together.
FILES, BYTES = 64, 2_000_000


def is_small(plan: Plan, catalog: CatalogWriter) -> bool:
    """Whether what is to be done may wait in the catalog: little of it, and not much waits already."""
    size = sum(task.row.size for task in plan.to_read)
    files = max(len(plan.to_read), len(plan.removed))
    return 0 < files <= FILES and size <= BYTES and catalog.may_wait()


class Known(Collection[str]):
    """The vector keys of the catalog's chunks, asked for one by one: all of them together take a third of a second at 300,000."""

    def __init__(self, catalog: CatalogWriter) -> None:
        self._catalog = catalog

    def __contains__(self, key: object) -> bool:
        return self._catalog.has_key(str(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._catalog.keys())

    def __len__(self) -> int:
        return self._catalog.count_chunks()


class LateVectors:
    """Vectors on the way in that wait in the catalog."""

    in_place = False
    late = True

    def __init__(self, catalog: CatalogWriter, encode: Encode) -> None:
        self._catalog, self._encode = catalog, encode
        facts = catalog.meta()
        self.name = facts["vectors"]
        self._written = int(facts.get("vectors_written", 0))
        self.have: Collection[str] = Known(catalog)
        self._claimed: set[str] = set()
        self.embedded = 0

    def claim(self, texts: Mapping[str, str]) -> dict[str, str]:
        """See `VectorWriter.claim`."""
        missing = {key: text for key, text in texts.items() if key not in self._claimed and key not in self.have}
        self._claimed.update(missing)
        return missing

    def add(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Keep claimed vectors (len(keys), dim)."""
        if keys:
            with self._catalog.transaction() as db:
                pending.keep(db, keys, vectors)
            self.embedded += len(keys)

    def repair(self, used: Collection[str], texts_of: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
        """Nothing: the store is not looked at."""

    def collect(self, used: Collection[str]) -> None:
        """Nothing: what is no longer used waits too."""

    def pages(self, keys: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """Those of these keys that wait."""
        return self._catalog.waiting(keys)

    def seal(self, codes: Coded | None = None) -> dict[str, str | int]:
        """The published store stays the published one."""
        return {"vectors": self.name, "vectors_written": self._written}

    def resume(self, generation: int) -> None:
        """Nothing is to be opened."""

    def mark(self) -> None:
        """There is no server here."""

    def close(self) -> None:
        """Nothing is open."""

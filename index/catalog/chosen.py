"""Documents chosen by source, folder or pattern, and the rows of their chunks: what limits a search to them.

Found once for each state of the index and kept. Knows SQL and names of sources, nothing of words or vectors.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from index.catalog.bm25 import FEW_RANGES
from index.catalog.search import Rows, between, in_steps, share
from index.errors import UsageError
from index.text.names import shown_name

T = TypeVar("T")
KEPT = 32  # choices remembered
SHARES_KEPT = 256
FEW_ROWS = 20_000  # of more, in many ranges, the word index is not told: more is searched for than is wanted, and what lies outside dropped
_GLOB = set("*?[")
# Documents that are hidden for a moment, while their file is read again, may show again in the same generation: whoever searches looks.
_NOW = "(SELECT value FROM meta WHERE key = 'generation')"
_KNOWN = f"d.born <= {_NOW} AND (d.died = 0 OR d.died > {_NOW})"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`ids` of documents and how many `chunks` they have. `ranges` of rows hold all their chunks, first and last row of each;
    None where they are too many to be told."""

    ids: frozenset[int]
    chunks: int
    ranges: tuple[tuple[int, int], ...] | None

    @property
    def listed(self) -> str:
        """The ids as SQLite's json_each takes them."""
        return json.dumps(sorted(self.ids))


def choose(rows: Rows, sources: Sequence[str], since: str | None, until: str | None) -> Chosen:
    """The visible documents within the dates (as in `Catalog.bm25`) that any of `sources` names: a document's source, a file's with
    all that is in it (`box.mbox`), a folder's (`reports/`), or a pattern (`reports/*.pdf`; `*` also matches `/`).

    Raises `UsageError` naming the first of `sources` that names no document, whatever its date.
    """
    found: dict[int, int] = {}
    for source in map(shown_name, sources):
        named = _named(rows, source)
        if not named:
            raise UsageError(
                f"no document is named by {source!r}. Write a source, a folder (reports/) or a pattern (reports/*.pdf); "
                "'footnote list' shows what there is."
            )
        found.update(named)
    dates, values = between(since, until)
    if dates:
        within = in_steps(rows, f"SELECT d.id FROM documents d WHERE d.id IN (%s){dates}", sorted(found), values)
        found = {int(row[0]): found[row[0]] for row in within}
    return Chosen(frozenset(found), sum(found.values()), _ranges(rows, sorted(found), sum(found.values())))


def _named(rows: Rows, source: str) -> dict[int, int]:
    """Ids and numbers of chunks of the documents that one of the sources names."""
    columns = f"SELECT d.id, d.chunks FROM documents d WHERE {_KNOWN} AND"
    if source.endswith("/"):
        found = rows(f"{columns} d.source >= ? AND d.source < ?", source, f"{source[:-1]}0")  # "0" comes after "/"
    else:
        found = rows(f"{columns} d.source = ?", source)
        found += rows(f"{columns} d.file = (SELECT id FROM files WHERE source = ?)", source)
        if not found and _GLOB & set(source):
            found = rows(f"{columns} d.source GLOB ?", source.replace("[!", "[^"))
    return {int(row["id"]): int(row["chunks"]) for row in found}


def _ranges(rows: Rows, ids: Sequence[int], chunks: int) -> tuple[tuple[int, int], ...] | None:
    sql = "SELECT min(row), max(row) FROM chunks WHERE document IN (%s) GROUP BY document"
    joined: list[tuple[int, int]] = []
    for first, last in sorted((int(row[0]), int(row[1])) for row in in_steps(rows, sql, ids)):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined) if len(joined) <= FEW_RANGES or chunks <= FEW_ROWS else None


class Choices:
    """What was asked last of one index, each found once for a state of the index; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chosen: dict[Hashable, Chosen] = {}
        self._shares: dict[Hashable, tuple[int, int]] = {}

    def chosen(self, rows: Rows, generation: int, sources: Sequence[str], since: str | None, until: str | None) -> Chosen | None:
        """See `choose`; None where nothing is chosen, which means every document."""
        if not sources:
            return None
        return self._kept(self._chosen, (generation, *sources, since, until), KEPT, lambda: choose(rows, sources, since, until))

    def share(self, rows: Rows, generation: int, since: str | None, until: str | None) -> tuple[int, int]:
        """See `search.share`."""
        return self._kept(self._shares, (generation, since, until), SHARES_KEPT, lambda: share(rows, since, until))

    def _kept(self, kept: dict[Hashable, T], key: Hashable, most: int, find: Callable[[], T]) -> T:
        with self._lock:
            if key in kept:
                return kept[key]
        found = find()
        with self._lock:
            if len(kept) >= most:
                kept.clear()
            kept[key] = found
        return found

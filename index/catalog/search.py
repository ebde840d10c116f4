"""Search in the catalog: which of the best rows by words show, and which chunks a limit of dates leaves.

The words are asked for a few rows more than are wanted; only those are looked up. Knows nothing of vectors beyond their keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from index.catalog.bm25 import day_number
from index.structure.units import RECORDS
from index.text.terms import query_words


class Chosen(Protocol):
    """Documents that a search is limited to (`index.catalog.chosen`)."""

    @property
    def ids(self) -> Collection[int]:
        """Their rows in `documents`."""

    @property
    def ranges(self) -> Ranges | None:
        """Rows of chunks that hold all of theirs; None where they are too many to be told."""


Rows = Callable[..., list[sqlite3.Row]]
"""Runs one reading statement with its values."""
Ranges = Sequence[tuple[int, int]]
Search = Callable[[Sequence[str], int, int | None, int | None, Ranges | None], list[tuple[int, float]]]
"""The best rows by words: words, limit, first and last day, ranges of rows -> (row, BM25 score), best first."""

SHOWN = "d.born <= (SELECT value FROM meta WHERE key = 'generation') AND d.died > (SELECT value FROM meta WHERE key = 'generation')"
DOCUMENTS = "documents d INDEXED BY documents_shown"  # whether and when is all that is asked of them: SQLite would look up the whole row
STEP = 500  # values in one IN (...): SQLite allows 999 in old versions
_SPARE = 50  # rows looked at beyond those wanted: hidden ones, and those that tie with the last one wanted


def in_steps(rows: Rows, sql: str, values: Sequence[object], more: Sequence[object] = ()) -> Iterator[sqlite3.Row]:
    """The rows of a statement with one `IN (%s)`, for any number of values."""
    for i in range(0, len(values), STEP):
        step = values[i : i + STEP]
        yield from rows(sql % ",".join("?" * len(step)), *step, *more)


def between(since: str | None, until: str | None) -> tuple[str, list[str]]:
    """A condition on the publication date, and its values: a month or a year counts as all of its days."""
    sql, values = "", []
    if since:
        sql, values = " AND d.published_to >= ?", [since]
    if until:
        sql, values = f"{sql} AND d.published <= ?", [*values, until]
    return sql, values


def share(rows: Rows, since: str | None, until: str | None) -> tuple[int, int]:
    """How many visible chunks lie within the dates, and how many there are."""
    sql = f"SELECT coalesce(sum(chunks), 0) FROM documents d WHERE {SHOWN}"
    dates, values = between(since, until)
    return int(rows(sql + dates, *values)[0][0]), int(rows(sql)[0][0])


def bm25(
    rows: Rows, search: Search, query: str, limit: int, dates: tuple[str | None, str | None], chosen: Chosen | None = None
) -> list[tuple[str, float]]:
    """See `Catalog.bm25`."""
    words = query_words(query)
    if not words or limit <= 0 or (chosen and not chosen.ids):
        return []
    within, values = between(*dates)
    named = (
        f"SELECT c.row, c.id, d.id AS document FROM chunks c JOIN {DOCUMENTS} ON d.id = c.document WHERE c.row IN (%s) AND {SHOWN}{within}"
    )
    wanted = limit + _SPARE
    while True:
        best = search(words, wanted, day_number(dates[0]), day_number(dates[1]), chosen.ranges if chosen else None)
        found_rows = in_steps(rows, named, [row for row, _ in best], values)
        ids = {row[0]: row[1] for row in found_rows if chosen is None or row["document"] in chosen.ids}
        found = sorted(((ids[row], score) for row, score in best if row in ids), key=lambda pair: (-pair[1], pair[0]))
        # Those that tie with the last one wanted must all have been seen, for their ids to decide.
        if len(best) < wanted or (len(found) >= limit and found[limit - 1][1] > best[-1][1]):
            return found[:limit]
        wanted *= 4


def count(rows: Rows) -> sqlite3.Row:
    """The numbers of `reader.Counts`, in its order."""
    records = ", ".join(f"'{name}'" for name in RECORDS)
    return rows(
        "SELECT count(*), coalesce(sum(chunks), 0), coalesce(sum(characters), 0), coalesce(sum(published IS NULL), 0), "
        f"count(DISTINCT coalesce(cluster, -id)), coalesce(sum(furniture_characters), 0), "
        f"count(DISTINCT file), coalesce(sum(published IS NULL AND format IN ({records})), 0) FROM documents d WHERE {SHOWN}"
    )[0]


def records_of(rows: Rows, file: str, most: int) -> dict[str, int]:
    """The visible records of a file ("a.csv#row-2") in their order, and their rows in `documents`; at most `most`, any of them."""
    sql = f"SELECT id, source FROM documents d WHERE source > ? AND source < ? AND {SHOWN} LIMIT ?"
    found = {row["source"]: row["id"] for row in rows(sql, f"{file}#row-", f"{file}#row.", most)}  # "." comes after "-"
    return {source: found[source] for source in sorted(found, key=lambda source: (len(source), source))}


def texts_of(rows: Rows, numbers: Sequence[int]) -> list[str]:
    """The texts of the visible chunks among these row numbers."""
    sql = (
        f"SELECT p.text FROM chunks c JOIN {DOCUMENTS} ON d.id = c.document JOIN passages p ON p.row = c.row "
        f"WHERE c.row IN (%s) AND {SHOWN}"
    )
    return [str(row[0]) for row in in_steps(rows, sql, list(numbers))]

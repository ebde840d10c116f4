"""Search in the catalog as SQL: BM25 over chunks, and which chunks a limit of dates leaves.

The full-text table is asked first and alone, for a few rows more than are wanted; only those are joined with documents.
Joining before sorting cost three times as much. Knows nothing of vectors beyond their keys.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence

from index.terms import any_of, query_words

Rows = Callable[..., list[sqlite3.Row]]
"""Runs one reading statement with its values."""

SHOWN = "d.born <= (SELECT value FROM meta WHERE key = 'generation') AND d.died > (SELECT value FROM meta WHERE key = 'generation')"
STEP = 500  # values in one IN (...): SQLite allows 999 in old versions
# Up to this many chunks within the dates are named to the stores one by one; where there are more, the stores are asked for
# more than is wanted and what lies outside is dropped.
FEW = 2000
# Scoring a chunk costs about 0.9 us, meeting it in a list of a word 0.07: of common words' chunks only those are scored that
# hold a rarer word. Headlines as queries, made text: at 60,000 chunks 12 ms instead of 14, of the best 24 chunks 1.000 the same;
# at 300,000 41 ms instead of 70 and .94 (2,000 kept: 32 ms, .89; 40,000 scored: 51 ms, .97).
SCORED = 20_000
KEPT = 5000  # of those, how many are scored with all words
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


def vector_keys(rows: Rows, since: str | None, until: str | None) -> list[str]:
    """The vector keys of the visible chunks within the dates."""
    dates, values = between(since, until)
    # CROSS JOIN keeps the order: for DISTINCT, SQLite would walk every chunk by its key (at 60,000 chunks 170 ms instead of 1).
    sql = f"SELECT DISTINCT c.vector FROM documents d CROSS JOIN chunks c ON c.document = d.id WHERE {SHOWN}{dates}"
    return [row[0] for row in rows(sql, *values)]


def frequency(rows: Rows, word: str) -> int:
    """How many chunks hold the word in their text or title."""
    return int(rows("SELECT count(*) FROM terms WHERE terms MATCH ?", any_of([word]))[0][0])


def rarest(words: Sequence[str], count: Callable[[str], int]) -> list[str]:
    """The words, rarest first, that together occur in at most `SCORED` chunks; the rarest one in any case."""
    rare: list[str] = []
    total = 0
    for number, word in sorted((count(word), word) for word in words):
        total += number
        if rare and total > SCORED:
            break
        rare.append(word)
    return rare


def bm25(
    rows: Rows,
    query: str,
    limit: int,
    dates: tuple[str | None, str | None],
    title_weight: float,
    inside: tuple[int, int] | None,
    count: Callable[[str], int],
) -> list[tuple[str, float]]:
    """See `Catalog.bm25`; `inside` is the `share` of the dates, None without dates; `count` gives a word's `frequency`."""
    words = query_words(query)
    if not words or limit <= 0 or (inside is not None and not inside[0]):
        return []
    within, values = between(*dates)
    columns = None if title_weight else "text"
    wanted = limit + _SPARE
    if inside is not None and inside[0] > FEW:
        wanted = wanted * inside[1] // inside[0] + _SPARE
    named = f"SELECT c.row, c.id FROM chunks c JOIN documents d ON d.id = c.document WHERE c.row IN (%s) AND {SHOWN}{within}"
    while True:
        if inside is not None and inside[0] <= FEW:
            only = f"SELECT c.row FROM documents d CROSS JOIN chunks c ON c.document = d.id WHERE {SHOWN}{within}"
            best = rows(_ranked(only), title_weight, any_of(words, columns), *values, wanted)
        else:
            best = _best(rows, words, columns, title_weight, wanted, count)
        ids = {row[0]: row[1] for row in in_steps(rows, named, [row[0] for row in best], values)}
        found = sorted(((ids[row], -float(score)) for row, score in best if row in ids), key=lambda pair: (-pair[1], pair[0]))
        # Those that tie with the last one wanted must all have been seen, for their ids to decide.
        if len(best) < wanted or (len(found) >= limit and found[limit - 1][1] > -float(best[-1][1])):
            return found[:limit]
        wanted *= 4


def _best(
    rows: Rows, words: Sequence[str], columns: str | None, title_weight: float, wanted: int, count: Callable[[str], int]
) -> list[sqlite3.Row]:
    """The best `wanted` rows of the full-text table with their scores (negative), best first.

    Where the words occur in very many chunks, only those that hold one of the rarer words are scored.
    """
    every = any_of(words, columns)
    rare = rarest(words, count) if len(words) > 1 else words
    if len(rare) < len(words):
        some = [row[0] for row in rows(_ranked(), title_weight, any_of(rare, columns), max(KEPT, 4 * wanted))]
        if len(some) >= wanted:
            return rows(_ranked("SELECT value FROM json_each(?)"), title_weight, every, json.dumps(some), wanted)
    return rows(_ranked(), title_weight, every, wanted)


def _ranked(only: str = "") -> str:
    """The statement that ranks rows of the full-text table; `only` selects those that count."""
    # "+": without it SQLite would look every row up in the full-text table by itself.
    condition = f" AND +rowid IN ({only})" if only else ""
    return f"SELECT rowid, bm25(terms, 1.0, ?) AS score FROM terms WHERE terms MATCH ?{condition} ORDER BY score, rowid LIMIT ?"

"""Keeping the word index in step with the catalog's chunks: what is to be written to it, and when.

It holds every row that is shown, and may hold more. So new rows go in before the generation that shows them, and rows go out
after they were deleted here: `gone` remembers them until then. `meta` says how far it got: `words` is a number that rises with
every change, `words_to` the last row written, `words_dead` how many rows were dropped since all was last written anew. A
writer that is killed leaves at most rows that nobody asks for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from index.catalog import bm25 as words
from index.catalog.bm25 import Entry, day_number
from index.catalog.tables import read_meta

# tantivy goes on counting dropped rows when it weighs words, until their segment is merged. So a small index is written anew after each
# deletion (FEW_ROWS take 0.3 s), a large one when a tenth is dead: its scores differ that little from a fresh one's.
FEW_ROWS = 5000
DEAD_SHARE = 0.1


def add_new(db: sqlite3.Connection, folder: Path) -> dict[str, int]:
    """Write the words of rows that are not there yet (of all, where they are lost); returns the facts to note. Part of a transaction."""
    facts = read_meta(db)
    if not in_step(db, folder):
        db.execute("DELETE FROM gone")
        return rewrite(db, folder)
    done, last = int(facts["words_to"]), _last_row(db)
    if last <= done:
        return {}
    words.write(folder, _entries(db, done), after=done)
    return {"words": _next(facts), "words_to": last}


def drop_gone(db: sqlite3.Connection, folder: Path) -> dict[str, int]:
    """Drop the words of deleted rows; returns the facts to note, with which `gone` is to be emptied."""
    gone = [row[0] for row in db.execute("SELECT row FROM gone")]
    if not gone:
        return {}
    facts = read_meta(db)
    dead, rows = int(facts["words_dead"]) + len(gone), db.execute("SELECT count(*) FROM chunks").fetchone()[0]
    if rows <= FEW_ROWS or dead > DEAD_SHARE * rows:
        return rewrite(db, folder)
    words.write(folder, (), after=int(facts["words_to"]), gone=gone)
    return {"words": _next(facts), "words_dead": dead}


def rewrite(db: sqlite3.Connection, folder: Path) -> dict[str, int]:
    """Write all words anew; returns the facts to note, with which `gone` is to be emptied."""
    facts = read_meta(db)
    words.write(folder, _entries(db, 0), after=None)
    return {"words": _next(facts), "words_to": max(_last_row(db), int(facts.get("words_to", 0))), "words_dead": 0}


def in_step(db: sqlite3.Connection, folder: Path) -> bool:
    """Whether the word index is there and holds what it should."""
    facts = read_meta(db)
    if "words" not in facts:
        return False
    to = int(facts["words_to"])
    expected = db.execute("SELECT (SELECT count(*) FROM chunks WHERE row <= ?) + (SELECT count(*) FROM gone)", (to,)).fetchone()[0]
    return words.count(folder, to) == int(expected)


def next_row(db: sqlite3.Connection) -> int:
    """A row number that no chunk ever had: words are dropped by it after its row was."""
    return max(_last_row(db), int(read_meta(db).get("words_to", 0))) + 1


def _last_row(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(row), 0) FROM chunks").fetchone()[0])


def _next(facts: dict[str, str]) -> int:
    return int(facts.get("words", 0)) + 1


def _entries(db: sqlite3.Connection, after: int) -> Iterator[Entry]:
    """The words of each row above `after`: of its text with its context, and of its document's title where they do not begin with it."""
    sql = (
        "SELECT c.row, d.title, p.text, d.published, d.published_to FROM chunks c JOIN passages p ON p.row = c.row "
        "JOIN documents d ON d.id = c.document WHERE c.row > ? ORDER BY c.row"
    )
    for row, title, text, first, last in db.execute(sql, (after,)):
        yield Entry(row, f"{title}\n{text}" if title and not text.startswith(title) else text, day_number(first), day_number(last))

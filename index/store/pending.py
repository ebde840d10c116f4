"""Vectors that are not yet in the vectors' own store, kept in the catalog: so a small change costs little.

Importing Chroma takes a third of a second, and writing to it costs what the index is large (its graph is read whole, a copy is made
first, see `index.store.generations`), so a change of a few chunks waits here until enough have come together or a large change comes.
`meta` says from which document on vectors may be waiting (`pending_after`), and how many chunks came or went since the store was in step
(`pending`). Vectors that are no longer used wait in the store likewise; their texts are gone from the catalog, so no search gives them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from index.store.vectors import Vectors

_STEP = 500  # values in one IN (...)
TABLE = "CREATE TABLE IF NOT EXISTS pending (key TEXT PRIMARY KEY, vector BLOB NOT NULL)"
# So many chunks (or that share of all) may wait: 1.5 KB each, and the next larger change writes them.
MOST_WAITING, MOST_SHARE = 1000, 0.01


def keep(db: sqlite3.Connection, keys: Sequence[str], vectors: Vectors) -> None:
    """Note vectors (len(keys), dim) that wait."""
    rows = [(key, vector.tobytes()) for key, vector in zip(keys, np.asarray(vectors, dtype="<f4"), strict=True)]
    db.executemany("INSERT OR REPLACE INTO pending VALUES (?, ?)", rows)


def pages(db: sqlite3.Connection, keys: Sequence[str] | None = None) -> Iterator[tuple[list[str], Vectors]]:
    """Those that wait, of all or of these keys, in pages: (keys, float32 array (n, dim))."""
    if keys is None:
        keys = [row[0] for row in db.execute("SELECT key FROM pending")] if is_made(db) else []
    for i in range(0, len(keys) if is_made(db) else 0, _STEP):
        step = keys[i : i + _STEP]
        rows = db.execute(f"SELECT key, vector FROM pending WHERE key IN ({','.join('?' * len(step))})", step).fetchall()
        if rows:
            yield [row[0] for row in rows], np.stack([np.frombuffer(row[1], dtype="<f4") for row in rows]).astype(np.float32)


def is_made(db: sqlite3.Connection) -> bool:
    """Whether the table is there: an earlier version made none."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'pending'").fetchone() is not None


def clear(db: sqlite3.Connection) -> None:
    """All of them are in the store."""
    db.execute("DELETE FROM pending")
    db.execute("DELETE FROM meta WHERE key IN ('pending', 'pending_after')")


def has_room(facts: Mapping[str, str], chunks: int) -> bool:
    """Whether a small change may wait, in an index of so many chunks; one of none begins anew, maybe with another embedder."""
    return chunks > 0 and int(facts.get("pending", 0)) < max(MOST_WAITING, MOST_SHARE * chunks)


def settle(db: sqlite3.Connection, facts: Mapping[str, str], new: int, *, late: bool) -> None:
    """Before the generation `new` shows: none waits any more, or, when it is `late`, how many chunks come and go with it, and after which
    document vectors may be waiting. Part of a transaction."""
    if not late:
        clear(db)
        return
    sql = "SELECT coalesce(sum(chunks), 0), min(iif(born = ?, id, NULL)) FROM documents WHERE born = ? OR died <= ?"
    changed, first = db.execute(sql, (new, new, new)).fetchone()
    newest = db.execute("SELECT coalesce(max(id), 0) FROM documents").fetchone()[0]
    # A row id may come again, when the newest documents left: so the least counts.
    after = min(int(facts.get("pending_after", newest)), newest if first is None else first - 1)
    rows = [("pending", int(facts.get("pending", 0)) + changed), ("pending_after", after)]
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

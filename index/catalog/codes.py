"""The codes of each document's vectors in the catalog, and the search of those within some dates.

Made from the stored vectors before a document shows. Where they are lacking (an index of an older version, until the next run)
the search says so, and the vectors' own store has to do. Knows SQL and codes, nothing of Chroma.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

import numpy as np

from index.catalog.chosen import Chosen
from index.catalog.search import SHOWN, STEP, Rows, between, in_steps
from index.store.vectors import Vectors, VectorStore
from index.text.codes import cosines, pack, record_size

Pages = Callable[[Sequence[str]], Iterator[tuple[list[str], Vectors]]]
"""Fetches stored vectors: keys -> pages of (keys, float32 array (n, dim)); absent keys are left out."""

_LACKING = "NOT EXISTS (SELECT 1 FROM codes WHERE document = d.id)"
_ALIKE = 0.98  # cosine of a vector and its code; .9996 as a rule
SEARCHED = 20  # of each page of vectors, those that are also searched for
_CHUNKS = 2000  # or one document, if it has more: fetched and written at a time


def is_lacking(db: sqlite3.Connection) -> bool:
    """Whether a document that shows has no codes."""
    return db.execute(f"SELECT 1 FROM documents d WHERE {SHOWN} AND {_LACKING} LIMIT 1").fetchone() is not None


def write_missing(db: sqlite3.Connection, generation: int, pages: Pages, *, new_only: bool = False) -> None:
    """Write the codes of documents that this generation shows and that have none; of those with a vector missing, nothing.
    `new_only`: all others are known to have theirs."""
    born = "=" if new_only else "<="
    sql = f"SELECT d.id, d.chunks FROM documents d WHERE d.born {born} ? AND d.died > ? AND {_LACKING} ORDER BY d.id"
    ids: list[int] = []
    number = 0
    for id, chunks in db.execute(sql, (generation, generation)).fetchall():
        if ids and (number + chunks > _CHUNKS or len(ids) == STEP):
            _write(db, ids, pages)
            ids, number = [], 0
        ids.append(id)
        number += chunks
    if ids:
        _write(db, ids, pages)


def _write(db: sqlite3.Connection, ids: Sequence[int], pages: Pages) -> None:
    marks = ",".join("?" * len(ids))
    chunks = db.execute(f"SELECT document, vector FROM chunks WHERE document IN ({marks}) ORDER BY document, ordinal", ids).fetchall()
    packed = _known(db, {row["vector"] for row in chunks})
    for keys, vectors in pages(sorted({row["vector"] for row in chunks} - packed.keys())):
        size, records = record_size(vectors.shape[1]), pack(vectors)
        packed.update((key, records[i * size : (i + 1) * size]) for i, key in enumerate(keys))
    codes: dict[int, bytes | None] = dict.fromkeys(ids, b"")
    for document, rows in groupby(chunks, key=lambda row: int(row["document"])):
        found = [packed.get(row["vector"]) for row in rows]
        codes[document] = None if None in found else b"".join(one for one in found if one)
    db.executemany("INSERT INTO codes VALUES (?, ?)", [(id, code) for id, code in codes.items() if code is not None])


def agree(rows: Rows, store: VectorStore, documents: Sequence[int]) -> bool:
    """Whether every vector of these documents is there and fits its code (they were written to different files), and a search for
    some finds them: HNSW leaves some that no walk reaches, so most will do."""
    codes: dict[str, bytes] = {}
    for blob, keys in _coded(rows, documents):
        size = len(blob) // max(len(keys), 1)
        codes.update((key, blob[n * size : (n + 1) * size]) for n, key in enumerate(keys))
    late = waiting(rows, sorted(codes))
    fitting, searched, met = sum(bool(cosines(codes[key], vector)[0] > _ALIKE) for key, vector in late.items()), 0, 0
    for keys, vectors in store.pages(sorted(codes.keys() - late.keys())):
        if any(len(codes[key]) != record_size(vectors.shape[1]) for key in keys):
            return False
        fitting += sum(bool(cosines(codes[key], vector)[0] > _ALIKE) for key, vector in zip(keys, vectors, strict=True))
        for vector in vectors[:SEARCHED]:
            near = store.query(vector, 1)
            searched, met = searched + 1, met + bool(near and near[0][1] > _ALIKE)
    return fitting == len(codes) and met >= searched / 2


def stored_keys(rows: Rows) -> set[str]:
    """The vectors that the store must hold: those of all that shows, but for those that wait."""
    sql = f"SELECT DISTINCT c.vector FROM chunks c JOIN documents d ON d.id = c.document WHERE {SHOWN}"
    return {row[0] for row in rows(f"{sql} AND c.vector NOT IN (SELECT key FROM pending)" if _may_wait(rows) else sql)}


def waiting(rows: Rows, keys: Sequence[str]) -> dict[str, Vectors]:
    """Those of these vectors that are not in the store yet."""
    if not _may_wait(rows):
        return {}
    found = in_steps(rows, "SELECT key, vector FROM pending WHERE key IN (%s)", keys)
    return {row["key"]: np.frombuffer(row["vector"], dtype="<f4").astype(np.float32) for row in found}


def _may_wait(rows: Rows) -> bool:
    """Whether there is a place to wait: an earlier version made none."""
    return bool(rows("SELECT 1 FROM sqlite_master WHERE name = 'pending'"))


def _coded(rows: Rows, documents: Sequence[int]) -> Iterator[tuple[bytes, list[str]]]:
    """Of each document its codes and the keys of its vectors, in the same order."""
    blobs = {row[0]: row[1] for row in in_steps(rows, "SELECT document, codes FROM codes WHERE document IN (%s)", documents)}
    sql = "SELECT document, vector FROM chunks WHERE document IN (%s) ORDER BY document, ordinal"
    for id, group in groupby(in_steps(rows, sql, documents), key=lambda row: int(row[0])):
        if id in blobs:
            yield blobs[id], [row[1] for row in group]


def coded(db: sqlite3.Connection, generation: int) -> Iterator[tuple[bytes, list[str]]] | None:
    """The codes of all documents with the keys of their vectors, some documents at a time; None where not all are there of those that
    this generation shows."""
    sql = (
        "SELECT DISTINCT 1.0 * coalesce(length(k.codes), 0) / d.chunks FROM documents d LEFT JOIN codes k ON k.document = d.id "
        "WHERE d.chunks > 0 AND d.born <= ? AND d.died > ?"
    )
    sizes = [row[0] for row in db.execute(sql, (generation, generation))]
    return _coded_pages(db, sizes[0]) if len(sizes) == 1 and sizes[0] else None


def _coded_pages(db: sqlite3.Connection, size: float) -> Iterator[tuple[bytes, list[str]]]:
    ids = [row[0] for row in db.execute("SELECT document FROM codes ORDER BY document").fetchall()]
    for i in range(0, len(ids), STEP):
        found = _coded(lambda sql, *values: db.execute(sql, values).fetchall(), ids[i : i + STEP])
        whole = [(blob, keys) for blob, keys in found if len(blob) == size * len(keys)]
        yield b"".join(blob for blob, _ in whole), [key for _, keys in whole for key in keys]


def _known(db: sqlite3.Connection, keys: Collection[str]) -> dict[str, bytes]:
    """The codes of these vectors that another document has already, as the one before an edit has those of its unchanged chunks."""
    sql = (
        "SELECT c.ordinal, d.chunks, k.codes FROM chunks c JOIN codes k ON k.document = c.document JOIN documents d ON d.id = c.document "
        "WHERE c.vector = ? LIMIT 1"
    )
    found = {}
    for key in keys:
        for ordinal, chunks, codes in db.execute(sql, (key,)):
            size = len(codes) // max(chunks, 1)
            found[key] = bytes(codes[ordinal * size : (ordinal + 1) * size])
    return found


def nearest(
    rows: Rows,
    vector: Vectors,
    limit: int,
    dates: tuple[str | None, str | None],
    chosen: Chosen | None = None,
    after: int = 0,
) -> list[tuple[str, float]] | None:
    """See `Catalog.nearest`. To be run in a snapshot."""
    (within, values), table = between(*dates), "documents d"
    if after:  # few: by their ids, not through the index of all documents, which SQLite would take
        within, table = f"{within} AND d.id > {after:d}", "documents d NOT INDEXED"
    if chosen is not None:
        within, values = f"{within} AND d.id IN (SELECT value FROM json_each(?))", [*values, chosen.listed]
    sql = f"SELECT d.id, d.chunks, k.codes FROM {table} LEFT JOIN codes k ON k.document = d.id WHERE {SHOWN}{within}"
    found = rows(sql, *values)
    if any(codes is None or len(codes) != chunks * record_size(len(vector)) for _, chunks, codes in found):
        return None
    scores = cosines(b"".join(codes for _, _, codes in found), vector)
    # Those that tie with the last one wanted come along, for their ids to decide.
    best = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit]) if len(scores) > limit else np.arange(len(scores))
    starts = np.cumsum([0, *(chunks for _, chunks, _ in found)])
    owners = np.searchsorted(starts, best, side="right") - 1
    ids = _chunks_of(rows, sorted({found[owner][0] for owner in owners}))
    pairs = [(ids[found[owner][0]][at - starts[owner]], float(scores[at])) for at, owner in zip(best, owners, strict=True)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:limit]


def _chunks_of(rows: Rows, documents: Sequence[int]) -> dict[int, list[str]]:
    """The ids of the chunks of each document, in the order of its codes."""
    sql = "SELECT document, id FROM chunks WHERE document IN (%s) ORDER BY document, ordinal"
    return {document: [row[1] for row in group] for document, group in groupby(in_steps(rows, sql, documents), key=lambda row: int(row[0]))}

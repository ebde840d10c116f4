"""The SQL of export and import: what an index shows, as rows in a fixed order, and the way back in.

Coming in, all of it is one transaction of the caller's, so what was there before is shown until its end. Knows nothing of
Parquet nor of vectors beyond their keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.catalog.inventory import FileRow
from index.catalog.rows import text_and_context
from index.catalog.search import SHOWN
from index.catalog.tables import NOTE_GONE
from index.catalog.writer import CatalogWriter
from index.text.names import path_kept

# A file that a killed run had staged counts as unread, as it does for the next build.
_ROWS = {
    "files": (
        "SELECT place, root, source, size, mtime, ctime, seen, "
        "CASE WHEN born > (SELECT value FROM meta WHERE key = 'generation') THEN '' ELSE hash END AS hash, recipe "
        "FROM files WHERE place NOT LIKE 'removed//%' ORDER BY place"
    ),
    # A removed file's documents are hidden, so every document shown has a file with its place.
    "documents": (
        "SELECT d.source, f.place AS file, d.fingerprint, d.content_hash, d.format, d.title, d.author, d.publisher, d.published, "
        "d.precision, d.how, d.language, d.signature, d.pages, d.furniture, d.blocks, t.text FROM documents d "
        f"JOIN files f ON f.id = d.file JOIN texts t ON t.document = d.id WHERE {SHOWN} ORDER BY d.source"
    ),
    "chunks": (
        "SELECT d.source, c.ordinal, c.id, c.start, c.end, c.vector, p.text AS context FROM documents d JOIN chunks c ON c.document = d.id "
        f"JOIN passages p ON p.row = c.row WHERE {SHOWN} ORDER BY d.source, c.ordinal"
    ),
}


def exported_rows(db: sqlite3.Connection, table: str, batch: int) -> Iterator[dict[str, list[Any]]]:
    """The columns of `files`, `documents` or `chunks` in batches of rows, sorted."""
    cursor = db.execute(_ROWS[table])
    names = [column[0] for column in cursor.description]
    while rows := cursor.fetchmany(batch):
        columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
        if table == "chunks":
            lengths = (end - start for start, end in zip(columns["start"], columns["end"], strict=True))
            columns["context"] = [text_and_context(read, n)[1] for read, n in zip(columns["context"], lengths, strict=True)]
        yield columns


def copies(db: sqlite3.Connection) -> dict[str, str]:
    """For each shown document that has been compared: the first source (in the order of names) among its near-copies."""
    sql = f"SELECT d.source, min(d.source) OVER (PARTITION BY d.cluster) FROM documents d WHERE d.cluster NOT NULL AND {SHOWN}"
    return {row[0]: row[1] for row in db.execute(sql)}


def shown_keys(db: sqlite3.Connection) -> list[str]:
    """The vector keys of all shown chunks, sorted."""
    sql = f"SELECT DISTINCT c.vector FROM chunks c JOIN documents d ON d.id = c.document WHERE {SHOWN} ORDER BY 1"
    return [row[0] for row in db.execute(sql)]


def shows_documents(db: sqlite3.Connection) -> bool:
    """Whether the index shows anything."""
    return db.execute(f"SELECT 1 FROM documents d WHERE {SHOWN} LIMIT 1").fetchone() is not None


def empty(catalog: CatalogWriter) -> None:
    """Delete every row but the facts about the index, as part of the caller's transaction."""
    with catalog.transaction() as db:
        db.execute(NOTE_GONE)
        for table in ("passages", "chunks", "codes", "texts", "documents", "files", "roots"):
            db.execute(f"DELETE FROM {table}")


def note_copies(catalog: CatalogWriter, groups: Mapping[str, str]) -> None:
    """Number the clusters as a build does: by the least row id. `groups`: source -> any name of its cluster."""
    ids = {row[0]: row[1] for row in catalog.db.execute("SELECT source, id FROM documents ORDER BY id")}
    least: dict[str, int] = {}
    for source, id in ids.items():
        if source in groups:
            least.setdefault(groups[source], id)
    with catalog.transaction() as db:
        db.executemany("UPDATE documents SET cluster = ? WHERE id = ?", [(least[groups[s]], id) for s, id in ids.items() if s in groups])


def file_rows(batch: Mapping[str, Sequence[Any]]) -> Iterator[FileRow]:
    """A batch of the files' table as rows."""
    names = ("place", "root", "source", "size", "mtime", "ctime", "seen", "hash", "recipe")
    rows = zip(*(batch[name] for name in names), strict=True)
    return (FileRow(path_kept(place), path_kept(root), *rest) for place, root, *rest in rows)

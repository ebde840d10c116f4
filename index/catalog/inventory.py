"""What the writer asks of the catalog: files as last read, documents to compare with, vector keys in use.

Unlike the read side it sees staged and hidden rows. SQL only; changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.catalog.tables import read_meta
from index.store import pending
from index.store.vectors import Vectors
from index.text.names import path_kept

FILE = "f.place, f.root, f.source, f.size, f.mtime, f.ctime, f.seen, f.hash, f.recipe, f.id"  # the columns of a FileRow


class FileRow(NamedTuple):
    """A file as last indexed. `place` is its absolute path; times in nanoseconds; `seen` is when the file was looked at."""

    place: str
    root: str
    source: str
    size: int
    mtime: int
    ctime: int
    seen: int
    hash: str
    recipe: str
    id: int = 0


class Inventory:
    """Questions to the catalog behind `db`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def meta(self) -> dict[str, str]:
        """All facts about the index."""
        return read_meta(self.db)

    @property
    def next_generation(self) -> int:
        """The generation in which staged documents will show."""
        return int(self.meta()["generation"]) + 1

    def files(self) -> dict[str, FileRow]:
        """All files by place."""
        return read_files(self.db)

    def has_documents(self) -> bool:
        """Whether any document is shown or staged."""
        return self.db.execute("SELECT 1 FROM documents WHERE died > 0 LIMIT 1").fetchone() is not None

    def count_documents(self, files: Iterable[int]) -> Counter[str]:
        """How many documents these files have, by format."""
        wanted, counts = set(files), Counter[str]()
        for file, format, number in self.db.execute("SELECT file, format, count(*) FROM documents WHERE died > 0 GROUP BY file, format"):
            if file in wanted:
                counts[format] += number
        return counts

    def known_documents(self, file: int) -> dict[str, tuple[int, str]]:
        """The documents of a file that a reload may keep: source -> (id, fingerprint)."""
        rows = self.db.execute("SELECT source, id, fingerprint FROM documents WHERE file = ? AND born < ?", (file, self.next_generation))
        return {row["source"]: (row["id"], row["fingerprint"]) for row in rows}

    def keys_of(self, document: int) -> list[str]:
        """The vector keys of a document's chunks."""
        return [row[0] for row in self.db.execute("SELECT vector FROM chunks WHERE document = ?", (document,))]

    def members(self) -> dict[str, tuple[int, bytes, int | None]]:
        """Of the documents that will show, by source: row id, signature, cluster (None: to be found)."""
        sql = "SELECT source, id, signature, cluster FROM documents WHERE died > ? ORDER BY source"
        return {row[0]: (row[1], row[2], row[3]) for row in self.db.execute(sql, (self.next_generation,))}

    def keys(self) -> set[str]:
        """The vector keys of all chunks."""
        return {row[0] for row in self.db.execute("SELECT DISTINCT vector FROM chunks")}

    def has_key(self, key: str) -> bool:
        """Whether any chunk has this vector key."""
        return self.db.execute("SELECT 1 FROM chunks WHERE vector = ? LIMIT 1", (key,)).fetchone() is not None

    def count_chunks(self) -> int:
        """How many chunks the documents have that show."""
        return int(self.db.execute("SELECT coalesce(sum(chunks), 0) FROM documents WHERE died > 0").fetchone()[0])

    def may_wait(self) -> bool:
        """Whether the vectors of a small change may wait here, see `index.store.pending`."""
        return pending.has_room(self.meta(), self.count_chunks())

    def waiting(self, keys: Sequence[str] | None = None) -> Iterator[tuple[list[str], Vectors]]:
        """The vectors that wait, of all or of these keys, in pages."""
        return pending.pages(self.db, keys)

    def lacks_clusters(self) -> bool:
        """Whether a document that will show has not been compared with the others."""
        sql = "SELECT 1 FROM documents WHERE cluster IS NULL AND died > ? LIMIT 1"
        return self.db.execute(sql, (self.next_generation,)).fetchone() is not None

    def surviving_keys(self) -> set[str]:
        """The vector keys that will be in use once the next generation shows."""
        new = self.next_generation
        rows = self.db.execute("SELECT DISTINCT c.vector FROM chunks c JOIN documents d ON d.id = c.document WHERE d.died > ?", (new,))
        return {row[0] for row in rows}

    def texts_of_keys(self, keys: Sequence[str]) -> dict[str, str]:
        """What was embedded for each of these vector keys (at most 500)."""
        marks = ",".join("?" * len(keys))
        sql = f"SELECT c.vector, t.text FROM chunks c JOIN passages t ON t.row = c.row WHERE c.vector IN ({marks})"
        return {row[0]: row[1] for row in self.db.execute(sql, list(keys))}


def read_files(connection: sqlite3.Connection) -> dict[str, FileRow]:
    """All files of a catalog by place."""
    rows = connection.execute(f"SELECT {FILE} FROM files f WHERE place NOT LIKE 'removed//%'")
    return {row.place: row for row in map(file_row, rows)}


def file_row(row: sqlite3.Row) -> FileRow:
    """A row of the columns `FILE`."""
    made = FileRow._make(row)
    return made if made.place.startswith("/") else made._replace(place=path_kept(made.place), root=path_kept(made.root))


def read_roots(connection: sqlite3.Connection) -> list[str]:
    """The folders and files that were ever given to be indexed."""
    return [path_kept(row["path"]) for row in connection.execute("SELECT path FROM roots ORDER BY path")]

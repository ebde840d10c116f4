"""What the writer asks of the catalog: files as last read, documents to compare with, vector keys in use.

Unlike the read side it sees staged and hidden rows. SQL only; changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from index.catalog.tables import read_meta
from index.store import pending
from index.store.vectors import Vectors
from index.text.names import CODED, kept_path, path_kept

_BY_FORMAT = "SELECT format, count(*) FROM documents WHERE died > 0"
_FEW = 500  # files that are asked for one by one rather than with all others
_STEP = 500  # values in one IN (...)
_REMOVED = "removed//"
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

    def known_files(self) -> KnownFiles:
        """The files as they were last indexed."""
        return KnownFiles(self.db)

    def has_documents(self) -> bool:
        """Whether any document is shown or staged."""
        return self.db.execute("SELECT 1 FROM documents WHERE died > 0 LIMIT 1").fetchone() is not None

    def count_documents(self, files: Collection[int]) -> Counter[str]:
        """How many documents these files (ids) have, by format; where nearly all are meant, those of the others are taken away."""
        if len(files) <= _FEW:
            return _by_format(self.db, files)
        every = Counter({row[0]: row[1] for row in self.db.execute(f"{_BY_FORMAT} GROUP BY format")})
        return every - _by_format(self.db, {row[0] for row in self.db.execute("SELECT id FROM files")}.difference(files))

    def known_documents(self, file: int) -> dict[str, tuple[int, str]]:
        """The documents of a file that a reload may keep: source -> (id, fingerprint)."""
        rows = self.db.execute("SELECT source, id, fingerprint FROM documents WHERE file = ? AND born < ?", (file, self.next_generation))
        return {row["source"]: (row["id"], row["fingerprint"]) for row in rows}

    def keys_of(self, document: int) -> list[str]:
        """The vector keys of a document's chunks."""
        return [row[0] for row in self.db.execute("SELECT vector FROM chunks WHERE document = ?", (document,))]

    def members(self) -> dict[str, tuple[int, bytes, int | None]]:
        """Of the documents that will show, by source: row id, signature, cluster (None: to be found)."""
        # As they lie in the table: their signatures are most of it, and any other order takes twice as long.
        rows = self.db.execute("SELECT source, id, signature, cluster FROM documents NOT INDEXED WHERE died > ?", (self.next_generation,))
        return {source: (id, signature, cluster) for source, id, signature, cluster in rows}

    def keys(self) -> set[str]:
        """The vector keys of all chunks."""
        return {row[0] for row in self.db.execute("SELECT DISTINCT vector FROM chunks")}

    def count_keys(self) -> int:
        """How many vector keys all chunks have."""
        return int(self.db.execute("SELECT count(DISTINCT vector) FROM chunks").fetchone()[0])

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


class KnownFiles:
    """The files of a catalog, asked for as they are needed; without a connection there are none."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._db = connection

    def under(self, places: Iterable[str]) -> dict[str, FileRow]:
        """Those at these places and below them, by place."""
        found: dict[str, FileRow] = {}
        for place in places:
            inside = place.rstrip("/") + "/"
            above = f"{inside[:-1]}0"  # "0" is the sign after the slash
            where = "place = ? OR (place > ? AND place < ?)"
            found.update((row.place, row) for row in self._rows(where, kept_path(place), kept_path(inside), kept_path(above)))
            # What is not UTF-8 is kept in another form, out of that order.
            coded = self._rows("place > ? AND place < ?", CODED, f"{CODED[:-1]}0")
            found.update((row.place, row) for row in coded if row.place == place or row.place.startswith(inside))
        return found

    def at(self, place: str) -> FileRow | None:
        """The file at this place."""
        return next(self._rows("place = ?", kept_path(place)), None)

    def place_of(self, source: str) -> str | None:
        """Where the file that goes by this source is."""
        row = next(self._rows("source = ?", source), None)
        return None if row is None or row.place.startswith(_REMOVED) else row.place

    def has_inside(self, source: str) -> bool:
        """Whether a file goes by the name of a part of this one: `source` and a `#` begin it."""
        return next(self._rows("source > ? AND source < ?", f"{source}#", f"{source}$"), None) is not None  # "$" is the sign after "#"

    def _rows(self, where: str, *values: str) -> Iterator[FileRow]:
        if self._db is None:
            return iter(())
        cursor = self._db.cursor()
        cursor.row_factory = None
        return map(file_row, cursor.execute(f"SELECT {FILE} FROM files f WHERE {where}", values))


def _by_format(db: sqlite3.Connection, files: Collection[int]) -> Counter[str]:
    ids, counts = list(files), Counter[str]()
    for i in range(0, len(ids), _STEP):
        step = ids[i : i + _STEP]
        for format, number in db.execute(f"{_BY_FORMAT} AND file IN ({','.join('?' * len(step))}) GROUP BY format", step):
            counts[format] += number
    return counts


def file_row(row: Iterable[Any]) -> FileRow:
    """A row of the columns `FILE`."""
    made = FileRow._make(row)
    return made if made.place[0] == "/" else made._replace(place=path_kept(made.place), root=path_kept(made.root))


def read_roots(connection: sqlite3.Connection) -> list[str]:
    """The folders and files that were ever given to be indexed."""
    return [path_kept(row["path"]) for row in connection.execute("SELECT path FROM roots ORDER BY path")]

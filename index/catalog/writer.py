"""The catalog, write side: every change of what is visible is one transaction here.

One writer at a time (see lock). Documents are staged invisibly and shown all at once by `publish`; `hide` takes effect at
once. The words of chunks follow (see catalog_words).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.catalog import bm25_sync as catalog_words
from index.catalog import codes as catalog_codes
from index.catalog.bm25 import FOLDER as WORDS
from index.catalog.inventory import FileRow, Inventory
from index.catalog.rows import written_spans
from index.catalog.tables import FILE_NAME, FOREVER, NOTE_GONE, check_layout, connect, create, is_created, locked, upgrade
from index.errors import StoreError
from index.schema import Chunk, Document
from index.store import pending
from index.store.generations import Generations
from index.store.roots import how_to_build_anew, note_roots
from index.store.seal import is_sealed, seal_of
from index.text.names import kept_path


@dataclass(frozen=True, slots=True)
class Staged:
    """A document on its way in: `keys[i]` is the vector key of `chunks[i]`."""

    document: Document
    chunks: Sequence[Chunk]
    keys: Sequence[str]
    fingerprint: str
    signature: bytes


class CatalogWriter(Inventory):
    """Writes the catalog at `folder`, creating it when absent. Raises `StoreError` for whatever SQLite refuses."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.words = folder / WORDS
        self._row = 0
        super().__init__(connect(self._path, write=True))
        try:
            with self.errors():
                if not is_created(self.db):
                    create(self.db)
                upgrade(self.db)
                check_layout(self.meta(), folder)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what SQLite raises into a `StoreError`."""
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise StoreError(f"the catalog {self._path} is damaged ({error}). {how_to_build_anew(self._path.parent)}") from error
            raise locked(self._path, error) or StoreError(
                f"the catalog {self._path} cannot be written: {error}. Free space or mend the disk, then run footnote index again; "
                "nothing that was shown before is lost."
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; inside another one, a part of that."""
        if self.db.in_transaction:
            yield self.db
            return
        with self.errors():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.rollback()
                raise
            self.db.execute("COMMIT")

    def set_meta(self, facts: Mapping[str, str | int]) -> None:
        """Set some of the facts, all or none."""
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))

    def recover(self) -> None:
        """Drop what a killed writer had staged, and rows that were hidden. Its files count as unread."""
        new = self.next_generation
        with self.transaction() as db:
            self._purge("born >= ?", new)
            db.execute("UPDATE files SET hash = '', born = 0 WHERE born >= ?", (new,))
            db.execute("UPDATE documents SET died = ? WHERE died = ?", (FOREVER, new))
        self.purge(hidden=True)

    def purge(self, *, hidden: bool) -> None:
        """Delete the rows of documents that a newer one replaced; with `hidden`, of hidden ones too, and of removed files."""
        with self.transaction() as db:
            self._purge("died < ?" if hidden else "died > 0 AND died < ?", self.next_generation)
            if hidden:
                db.execute("DELETE FROM files WHERE place > 'removed//' AND place < 'removed/0'")

    def _purge(self, condition: str, value: int) -> None:
        gone = f"SELECT id FROM documents WHERE {condition}"
        chunks = f"SELECT row FROM chunks WHERE document IN ({gone})"
        self.db.execute(f"{NOTE_GONE} AND document IN ({gone})", (value,))
        self.db.execute(f"DELETE FROM passages WHERE row IN ({chunks})", (value,))
        self.db.execute(f"DELETE FROM chunks WHERE document IN ({gone})", (value,))
        self.db.execute(f"DELETE FROM texts WHERE document IN ({gone})", (value,))
        self.db.execute(f"DELETE FROM codes WHERE document IN ({gone})", (value,))
        self.db.execute(f"DELETE FROM documents WHERE {condition}", (value,))

    def hide(self, *, changed: Sequence[int] = (), removed: Sequence[int] = ()) -> None:
        """Make the documents of these files invisible now; the removed files are forgotten, the changed count as unread."""
        with self.transaction() as db:
            _leave_clusters(db, "file", [*changed, *removed])
            db.executemany("UPDATE documents SET died = 0 WHERE file = ?", [(file,) for file in [*changed, *removed]])
            db.executemany("UPDATE files SET hash = '' WHERE id = ?", [(file,) for file in changed])
            # Documents keep pointing at the row's id until they are purged, so the row must go with them, not before.
            db.executemany(
                "UPDATE files SET source = 'removed//' || id, place = 'removed//' || id WHERE id = ?", [(file,) for file in removed]
            )
            self.set_meta({"dirty": 1})

    def file_id(self, row: FileRow) -> int:
        """The id of the file's row, which is made, as unread, when absent; a known file may come under another source."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO files (place, root, source, size, mtime, ctime, seen, hash, recipe, born) "
                "VALUES (?, ?, ?, 0, 0, 0, 0, '', '', 0) "
                "ON CONFLICT (place) DO UPDATE SET root = excluded.root, source = excluded.source",
                (kept_path(row.place), kept_path(row.root), row.source),
            )
            return int(db.execute("SELECT id FROM files WHERE place = ?", (kept_path(row.place),)).fetchone()[0])

    def stage(
        self, staged: Iterable[tuple[int, Staged]], finished: Iterable[FileRow], confirmed: Iterable[int], dying: Iterable[int]
    ) -> None:
        """One batch: documents (with their file's id) to show next, files that are now read to their end, documents found
        unchanged (shown again at once when hidden), documents that leave when the next generation shows."""
        new, dying = self.next_generation, list(dying)
        with self.transaction() as db:
            self.set_meta({"dirty": 1})
            _leave_clusters(db, "id", dying)
            db.executemany("UPDATE documents SET died = min(died, ?) WHERE id = ?", [(new, id) for id in dying])
            db.executemany("UPDATE documents SET died = ? WHERE id = ? AND died = 0", [(FOREVER, id) for id in confirmed])
            for file, one in staged:
                self._row = _insert(db, new, file, one, self._row or catalog_words.next_row(db))
            db.executemany(
                "UPDATE files SET root = ?, source = ?, size = ?, mtime = ?, ctime = ?, seen = ?, hash = ?, recipe = ?, born = ? "
                "WHERE place = ?",
                [
                    (kept_path(f.root), f.source, f.size, f.mtime, f.ctime, f.seen, f.hash, f.recipe, new, kept_path(f.place))
                    for f in finished
                ],
            )

    def publish(self, facts: Mapping[str, str | int], *, late: bool = False) -> None:
        """Show everything staged and set `facts`; the words of what shows are there first. `late`: vectors wait, see `pending`."""
        new = self.next_generation
        with self.transaction():
            pending.settle(self.db, self.meta(), new, late=late)
            self.set_meta({**facts, **catalog_words.add_new(self.db, self.words), "generation": new})

    def add_codes(self, pages: catalog_codes.Pages, *, new_only: bool = False) -> None:
        """Write the codes of what the next generation shows from vectors that `pages` fetches; `new_only`: of what is staged alone."""
        with self.transaction() as db:
            catalog_codes.write_missing(db, self.next_generation, pages, new_only=new_only)

    def coded(self) -> Iterator[tuple[bytes, list[str]]] | None:
        """The codes of all vectors with their keys, in pages; None where some are missing of what the next generation shows."""
        return catalog_codes.coded(self.db, self.next_generation)

    def lacks_codes(self) -> bool:
        """Whether codes are missing: an older version wrote the index, or vectors were."""
        return catalog_codes.is_lacking(self.db)

    def mend_words(self) -> None:
        """Write the words anew where they are lost, touched by others or not those of this catalog."""
        if not self.has_documents():
            return
        facts = self.meta()
        sound = is_sealed(self.words, facts.get("words", ""), facts.get("seal_words"))
        if not sound or not catalog_words.in_step(self.db, self.words):
            if not sound:
                shutil.rmtree(self.words, ignore_errors=True)
            self._note_words(catalog_words.rewrite(self.db, self.words))

    def _note_words(self, facts: Mapping[str, int]) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM gone")
            self.set_meta(facts)

    def touch(self, rows: Sequence[FileRow]) -> None:
        """Note new times of files whose content is the same."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE files SET size = ?, mtime = ?, ctime = ?, seen = ? WHERE id = ?",
                [(row.size, row.mtime, row.ctime, row.seen, row.id) for row in rows],
            )

    def add_roots(self, roots: Iterable[str]) -> None:
        """Remember what was indexed."""
        with self.transaction() as db:
            db.executemany("INSERT OR IGNORE INTO roots VALUES (?)", [(kept_path(root),) for root in roots])
            note_roots(self._path.parent, [row[0] for row in db.execute("SELECT path FROM roots ORDER BY path")])

    def forget(self, source: str) -> list[str]:
        """Hide a document, or all documents of a file, now; returns their sources. The file counts as unread."""
        if self.meta().get("dirty") == "1":
            self.recover()
        with self.transaction() as db:
            rows = db.execute(
                "SELECT d.id, d.source, d.file FROM documents d JOIN files f ON f.id = d.file "
                "WHERE d.died > 0 AND (d.source = ? OR f.source = ?)",
                (source, source),
            ).fetchall()
            _leave_clusters(db, "id", [row["id"] for row in rows])
            db.executemany("UPDATE documents SET died = 0 WHERE id = ?", [(row["id"],) for row in rows])
            db.executemany("UPDATE files SET hash = '' WHERE id = ?", [(row["file"],) for row in rows])
            if rows:
                self.set_meta({"dirty": 1})
        return sorted(row["source"] for row in rows)

    def compact(self) -> None:
        """Drop the words of deleted rows, give their space back to the disk."""
        with self.errors():
            if facts := catalog_words.drop_gone(self.db, self.words):
                self._note_words(facts)
            self.db.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page only
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def seal_stores(catalog: CatalogWriter, generations: Generations) -> None:
    """Note the files of words and vectors as this writer leaves them."""
    facts = catalog.meta()
    now = {"seal_words": seal_of(catalog.words, facts.get("words", "")), "seal_vectors": generations.seal(facts)}
    if any(facts.get(name) != seal for name, seal in now.items()):
        with catalog.transaction():
            catalog.set_meta(now)


def forget_vectors(catalog: CatalogWriter) -> None:
    """Start anew with vectors: the next generation begins empty."""
    with catalog.transaction() as db:
        db.execute("DELETE FROM meta WHERE key IN ('vectors', 'vectors_written')")
        pending.clear(db)


def set_clusters(catalog: CatalogWriter, clusters: Mapping[str, int]) -> None:
    """Note which documents are near-copies of each other."""
    with catalog.transaction() as db:
        db.executemany(
            "UPDATE documents SET cluster = ? WHERE source = ? AND cluster IS NOT ?",
            [(number, source, number) for source, number in clusters.items()],
        )


def doubt(catalog: CatalogWriter, documents: Sequence[int]) -> None:
    """Have these documents (row ids) read again by the next build, and the words written anew."""
    ids = [(id,) for id in documents]
    with catalog.transaction() as db:
        db.executemany("UPDATE files SET hash = '' WHERE id IN (SELECT file FROM documents WHERE id = ?)", ids)
        db.executemany("UPDATE documents SET fingerprint = '' WHERE id = ?", ids)
        db.execute("DELETE FROM meta WHERE key = 'words'")


def distrust_vectors(catalog: CatalogWriter) -> None:
    """Have the vectors and their codes made again, from the texts, by the next build."""
    with catalog.transaction() as db:
        db.execute("DELETE FROM codes")
        pending.clear(db)
        catalog.set_meta({"vectors": ""})


def _leave_clusters(db: sqlite3.Connection, column: str, values: Sequence[int]) -> None:
    """The near-copies of documents that go have to be sorted again: without a bridge between them they may part."""
    sql = f"UPDATE documents SET cluster = NULL WHERE cluster IN (SELECT cluster FROM documents WHERE {column} = ? AND cluster NOT NULL)"
    db.executemany(sql, [(value,) for value in values])


def _last_day(document: Document) -> str | None:
    """The last day that the publication date may mean, for comparison as text."""
    date, precision = document.published.date, document.published.precision
    if date is None or precision in (None, "day"):
        return date
    return f"{date[:7]}-31" if precision == "month" else f"{date[:4]}-12-31"


def _insert(db: sqlite3.Connection, born: int, file: int, one: Staged, row: int) -> int:
    """Write a document, its chunks from this row number on; returns the next free one."""
    d = one.document
    values = (
        file, d.source, born, FOREVER, one.fingerprint, d.content_hash, d.format, d.title, d.author, d.publisher,
        d.published.date, _last_day(d), d.published.precision, d.published.how, d.language, len(d.text),
        sum(s.end - s.start for s in d.boilerplate), len(one.chunks), one.signature,
        written_spans(d.pages), written_spans(d.boilerplate), written_spans(d.blocks),
    )  # fmt: skip
    columns = (
        "file, source, born, died, fingerprint, content_hash, format, title, author, publisher, published, published_to, precision, "
        "how, language, characters, furniture_characters, chunks, signature, pages, furniture, blocks"
    )
    marks = ", ".join("?" * len(values))
    id = db.execute(f"INSERT INTO documents ({columns}) VALUES ({marks})", values).lastrowid
    db.execute("INSERT INTO texts VALUES (?, ?)", (id, d.text))
    rows = range(row, row + len(one.chunks))
    db.executemany(
        "INSERT INTO chunks (row, id, document, ordinal, start, end, vector) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(at, c.id, id, c.ordinal, c.start, c.end, key) for at, c, key in zip(rows, one.chunks, one.keys, strict=True)],
    )
    db.executemany("INSERT INTO passages VALUES (?, ?)", [(at, c.read) for at, c in zip(rows, one.chunks, strict=True)])
    return rows.stop

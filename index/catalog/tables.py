"""The catalog's tables and how a connection to them is opened. SQL only; reading and writing live elsewhere.

A row of `documents` is visible when `born <= generation < died`, where `generation` is a number in `meta`. The writer
prepares documents with `born = generation + 1`; raising the number shows them all at once. `died = 0` hides at once.
"""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

from index.errors import IndexMismatch, NoIndex, StoreError
from index.store import pending, write_ahead
from index.store.disk import is_full
from index.store.roots import how_to_build_anew, noted_roots

LAYOUT = "4"
PATIENCE_S = 30.0  # for another program's lock on the file
FOREVER = 2**62
READER_CACHE_KB = 16_000  # each thread that reads; SQLite's own 2 MB hold a small part of the keys that one search looks up
FILE_NAME = "catalog.sqlite3"

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY, place TEXT NOT NULL UNIQUE, root TEXT NOT NULL, source TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, seen INTEGER NOT NULL,
    hash TEXT NOT NULL, recipe TEXT NOT NULL, born INTEGER NOT NULL);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files, source TEXT NOT NULL,
    born INTEGER NOT NULL, died INTEGER NOT NULL, fingerprint TEXT NOT NULL, content_hash TEXT NOT NULL,
    format TEXT NOT NULL, title TEXT, author TEXT, publisher TEXT,
    published TEXT, published_to TEXT, precision TEXT, how TEXT, language TEXT,
    characters INTEGER NOT NULL, furniture_characters INTEGER NOT NULL, chunks INTEGER NOT NULL,
    cluster INTEGER, signature BLOB, pages TEXT NOT NULL, furniture TEXT NOT NULL,
    blocks TEXT NOT NULL DEFAULT '[]');
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_file ON documents (file);
CREATE INDEX documents_cluster ON documents (cluster);
CREATE TABLE texts (document INTEGER PRIMARY KEY REFERENCES documents, text TEXT NOT NULL);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, document INTEGER NOT NULL REFERENCES documents, ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, vector TEXT NOT NULL);
CREATE INDEX chunks_id ON chunks (id);
CREATE INDEX chunks_document ON chunks (document);
CREATE TABLE codes (document INTEGER PRIMARY KEY REFERENCES documents, codes BLOB NOT NULL);
CREATE TABLE passages (row INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE gone (row INTEGER PRIMARY KEY);
"""

# What is counted after each change, without the rows themselves, which are thirty times as large.
COUNTED = (
    "CREATE INDEX IF NOT EXISTS documents_counted ON documents "
    "(died, born, format, language, chunks, characters, furniture_characters, published, cluster);"
)

# What a search looks up, without the rows themselves: the documents within some dates, whether a document shows, the chunks of a vector.
INDEXES = """
CREATE INDEX IF NOT EXISTS documents_dates ON documents (published_to, published, died, born, chunks);
CREATE INDEX documents_shown ON documents (id, born, died, published_to, published);
CREATE INDEX chunks_vector ON chunks (vector, document, id);
"""

UPGRADES = {
    # Layout 1 kept the words in a table of SQLite's full-text search, which held the texts too.
    "1": """
CREATE TABLE passages (row INTEGER PRIMARY KEY, text TEXT NOT NULL);
INSERT INTO passages SELECT rowid, text FROM terms;
DROP TABLE terms;
CREATE TABLE gone (row INTEGER PRIMARY KEY);
""",
    "2": f"""
CREATE TABLE codes (document INTEGER PRIMARY KEY REFERENCES documents, codes BLOB NOT NULL);
DROP INDEX chunks_vector;
{INDEXES}
""",
    # What the format says of a document's structure; filled when its file is read again, which the loader's version sees to.
    "3": "ALTER TABLE documents ADD COLUMN blocks TEXT NOT NULL DEFAULT '[]';",
}

# The words of a row stay where they are until it is dropped there too (see catalog_words); what was never written needs no dropping.
NOTE_GONE = (
    "INSERT OR IGNORE INTO gone SELECT row FROM chunks WHERE row <= (SELECT coalesce(max(value), 0) FROM meta WHERE key = 'words_to')"
)


def connect(path: Path, *, write: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode; readers see committed states and never wait for the writer.

    Raises `StoreError` when the file cannot be opened as a database.
    """
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        if write:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            write_ahead.switch_on(connection, PATIENCE_S)
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KB}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if path.parent.is_dir() and is_full(path.parent):  # readers too keep a small file beside the catalog
            raise StoreError(
                f"the disk under {path.parent} is full, so the catalog cannot be opened. Free space; nothing is lost."
            ) from error
        raise locked(path, error) or StoreError(
            f"the catalog must be a readable SQLite file, got {path} ({error}). {how_to_build_anew(path.parent)}"
        ) from error
    return connection


def locked(path: Path, error: sqlite3.Error) -> StoreError | None:
    """What to tell when another program keeps the catalog locked; None when that is not what happened."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return None
    return StoreError(
        f"the catalog {path} must not be locked by other programs, one kept it for more than {PATIENCE_S:g} s. "
        "Close it (a database browser, a backup), then try again; nothing is lost."
    )


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, all or none, and give the index its id."""
    facts = f"('layout', '{LAYOUT}'), ('generation', 0), ('id', '{uuid.uuid4().hex}')"
    connection.executescript(f"BEGIN IMMEDIATE;{TABLES}{INDEXES}{COUNTED}INSERT INTO meta VALUES {facts};COMMIT;")


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables of an older version up to date, all or none."""
    connection.execute(pending.TABLE)
    connection.execute(COUNTED)
    connection.execute("DROP INDEX IF EXISTS documents_died")  # the one above begins as it did
    layout = read_meta(connection).get("layout")
    if layout in UPGRADES:
        steps = "".join(sql for old, sql in UPGRADES.items() if old >= layout)
        connection.executescript(f"BEGIN IMMEDIATE;{steps}UPDATE meta SET value = '{LAYOUT}' WHERE key = 'layout';COMMIT;")


def is_created(connection: sqlite3.Connection) -> bool:
    """Whether the tables exist."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is not None


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """All of `meta`, values as text."""
    return {row["key"]: str(row["value"]) for row in connection.execute("SELECT key, value FROM meta")}


def open_for_reading(folder: Path) -> Path:
    """The catalog file of the index at `folder`, checked.

    Raises `NoIndex` when there is none and `IndexMismatch` when its layout is another.
    """
    path = folder / FILE_NAME
    missing = NoIndex(f"there is no index at {folder}. Run: footnote index FOLDER --db {folder}")
    if noted_roots(folder):
        missing = NoIndex(f"the catalog of the index at {folder} is gone. {how_to_build_anew(folder)}")
    if not path.is_file():
        raise missing
    connection = connect(path)
    try:
        if not is_created(connection):
            raise missing
        check_layout(read_meta(connection), folder)
    finally:
        connection.close()
    return path


def check_layout(meta: dict[str, str], folder: Path) -> None:
    """Raise `IndexMismatch` when the index was written by a version with other tables."""
    layout = meta.get("layout")
    if layout != LAYOUT:
        mend = (
            f"Run: footnote index FOLDER --db {folder}, which brings it up to date and embeds nothing again"
            if layout in UPGRADES
            else "Build a new one: footnote index FOLDER --db NEW_FOLDER"
        )
        raise IndexMismatch(f"the index at {folder} has layout {layout!r}, this version reads {LAYOUT!r}. {mend}")

"""Checking an index against itself: counts, quotes against texts, words, vectors and codes against chunks; and mending what is wrong.

The catalog holds the truth, so everything else is made again from it. What is wrong in the catalog is read again from the
documents' folders; a catalog that cannot be read is set aside. Knows nothing of how findings are shown.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from index.catalog import bm25_sync
from index.catalog.bm25 import FOLDER as WORDS
from index.catalog.codes import agree, stored_keys, waiting
from index.catalog.library import check_embedder, open_library
from index.catalog.reader import Catalog
from index.catalog.search import SHOWN
from index.catalog.tables import FILE_NAME, connect, is_created, open_for_reading
from index.catalog.writer import CatalogWriter, distrust_vectors, doubt
from index.config import IndexConfig
from index.errors import IndexMismatch, ModelError, NoIndex, StoreError
from index.store.generations import Generations
from index.store.lock import writer_lock
from index.store.roots import noted_roots
from index.store.writer import vector_key
from index.sync.build import LOCK_NAME, build
from index.sync.pipeline import Pipeline, default_pipeline
from index.sync.report import ProgressCallback, Report

DOCUMENTS = 500  # looked at closely, drawn by chance
TEXTS = 16  # embedded again and compared with what is stored
_NEAR = 0.98  # cosine of two vectors of one text: which kernels run depends on the machine

# What the catalog's tables must agree on, and what is wrong where a row is found.
_COUNTS = {
    "documents whose chunks are not all there": (
        f"SELECT d.id FROM documents d WHERE {SHOWN} AND d.chunks <> (SELECT count(*) FROM chunks c WHERE c.document = d.id)"
    ),
    "documents without their text": f"SELECT d.id FROM documents d WHERE {SHOWN} AND d.id NOT IN (SELECT document FROM texts)",
    "documents of no file": f"SELECT d.id FROM documents d WHERE {SHOWN} AND d.file NOT IN (SELECT id FROM files)",
    "chunks without their passage": (
        f"SELECT d.id FROM chunks c JOIN documents d ON d.id = c.document WHERE {SHOWN} AND c.row NOT IN (SELECT row FROM passages)"
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a part of an index ("catalog", "words", "codes", "vectors"); `documents` (row ids) are those to be read again."""

    part: str
    detail: str
    documents: tuple[int, ...] = ()


def check_index(settings: IndexConfig, pipeline: Pipeline | None = None) -> list[Fault]:
    """What is wrong with the index at `settings.store.path`; nothing is changed.

    All counts are compared, and of up to `DOCUMENTS` documents all chunks and vectors. Raises `NoIndex` when there is none,
    and `IndexMismatch` for another embedder or layout.
    """
    folder = settings.store.path
    try:
        with closing(Catalog(open_for_reading(folder))) as catalog:
            check_embedder(catalog.meta(), settings)
            damage = [row[0] for row in catalog.rows("PRAGMA quick_check(3)") if row[0] != "ok"]
            if damage:
                return [Fault("catalog", f"SQLite finds it damaged: {str(damage[0]).splitlines()[-1][:120]}")]
            ids = [row[0] for row in catalog.rows(f"SELECT d.id FROM documents d WHERE {SHOWN} ORDER BY random() LIMIT {DOCUMENTS}")]
            faults = [*_counted(catalog), *_quoted(catalog, ids)]
        return faults or [*_words(folder), *_codes(settings), *_vectors(settings, ids, pipeline or default_pipeline(settings))]
    except (NoIndex, IndexMismatch):
        raise
    except StoreError as error:
        return [Fault("catalog", str(error))]


def mend(settings: IndexConfig, pipeline: Pipeline | None = None, progress: ProgressCallback | None = None) -> Report:
    """Make the index what its texts and its documents' folders say; returns the report of the build that did it.

    A catalog that cannot be read is renamed to `catalog.sqlite3.damaged-...` and built anew from the folders that it knew; folders
    that are not there now (a disk that is not mounted) keep what the catalog holds of them. Raises `NoIndex` when there is
    nothing to mend and what `index.sync.build.build` raises.
    """
    folder = settings.store.path
    pipeline = pipeline or default_pipeline(settings)
    if not _is_readable(folder):
        if not noted_roots(folder):
            raise NoIndex(f"nothing tells what the index at {folder} was made of. Run: footnote index FOLDER --db {folder}")
        with writer_lock(folder / LOCK_NAME):
            _set_aside(folder)
        faults: list[Fault] = []
    else:
        faults = check_index(settings, pipeline)
    _doubt(settings, faults)
    roots = noted_roots(folder) or _roots(folder)
    return build([root for root in roots if root.exists()], settings, pipeline=pipeline, progress=progress)


def _counted(catalog: Catalog) -> Iterator[Fault]:
    for what, sql in _COUNTS.items():
        if found := tuple(row[0] for row in catalog.rows(sql)):
            yield Fault("catalog", f"{len(set(found))} {what}", found)


def _quoted(catalog: Catalog, ids: Sequence[int]) -> Iterator[Fault]:
    """Chunks that are not what their offsets say of their document's text, or not what their checksum (the key of the vector) says."""
    wrong, fingerprint = [], catalog.meta().get("fingerprint", "")
    sql = "SELECT c.start, c.end, c.vector, p.text FROM chunks c JOIN passages p ON p.row = c.row WHERE c.document = ?"
    for id in ids:
        text = "".join(row[0] for row in catalog.rows("SELECT text FROM texts WHERE document = ?", id))
        chunks = catalog.rows(sql, id)
        if any(not read.endswith(text[start:end]) or vector_key(fingerprint, read) != key for start, end, key, read in chunks):
            wrong.append(id)
    if wrong:
        yield Fault("catalog", f"{len(wrong)} of {len(ids)} documents looked at have chunks that do not stand in their text", tuple(wrong))


def _words(folder: Path) -> Iterator[Fault]:
    """Whether the word index has every chunk, and finds some of them by a word of theirs."""
    with closing(connect(folder / FILE_NAME)) as db:
        if not bm25_sync.in_step(db, folder / WORDS):
            yield Fault("words", "the index of words does not hold what the catalog does")
            return
    with closing(Catalog(folder / FILE_NAME)) as catalog:
        try:
            catalog.bm25("a word", 1)
        except StoreError as error:
            yield Fault("words", str(error))


def _codes(settings: IndexConfig) -> Iterator[Fault]:
    """Whether the file of codes that is searched is as it was written and has all that Chroma must have."""
    if settings.store.url is not None:
        return
    with open_library(settings) as library:
        keys, codes = stored_keys(library.catalog.rows), library.vectors.codes()
        if codes is None and keys:
            yield Fault("codes", "the file of the vectors' codes is missing or damaged; searches ask Chroma")
        elif codes is not None and not (codes.is_whole() and keys <= codes.keys()):
            yield Fault("codes", "the file of the vectors' codes is not as it was written, or not of all vectors")


def _vectors(settings: IndexConfig, ids: Sequence[int], pipeline: Pipeline) -> Iterator[Fault]:
    with open_library(settings) as library:
        catalog = library.catalog
        keys, texts = len(stored_keys(catalog.rows)), _texts(catalog, ids[:TEXTS])
        if not (keys or texts):
            return
        try:
            stored = library.vectors.count()
            if stored < keys:
                yield Fault("vectors", f"{keys - stored} of {keys} are missing")
                return
            with library.vectors.store() as store:
                if not agree(catalog.rows, store, ids):
                    yield Fault("vectors", "those of some documents are missing, changed or not found")
                    return
                vectors = waiting(catalog.rows, list(texts))
                vectors |= {key: vector for keys, found in store.pages(list(texts)) for key, vector in zip(keys, found, strict=True)}
        except StoreError as error:
            yield Fault("vectors", str(error))
            return
    with suppress(ModelError):  # a model that is missing is a finding of its own
        embedder = pipeline.load_embedder(settings)
        fresh = embedder.encode(list(texts.values()))
        wrong = sum(float(vectors[key] @ new) < _NEAR for key, new in zip(texts, fresh, strict=True))
        if wrong:
            yield Fault("vectors", f"{wrong} of {len(texts)} looked at are not those of their texts")


def _texts(catalog: Catalog, ids: Sequence[int]) -> dict[str, str]:
    """What was embedded for the first chunk of each of these documents, by vector key."""
    sql = "SELECT c.vector, p.text FROM chunks c JOIN passages p ON p.row = c.row WHERE c.document = ? AND c.ordinal = 0"
    return {row[0]: row[1] for id in ids for row in catalog.rows(sql, id)}


def _is_readable(folder: Path) -> bool:
    """Whether SQLite finds the catalog whole; False when it is gone."""
    if not (folder / FILE_NAME).is_file():
        return False
    try:
        with closing(connect(folder / FILE_NAME)) as db:
            return is_created(db) and [row[0] for row in db.execute("PRAGMA quick_check(1)")] == ["ok"]
    except (StoreError, sqlite3.Error):
        return False


def _set_aside(folder: Path) -> None:
    """Rename a catalog that cannot be read, with what SQLite keeps beside it."""
    mark = time.strftime("damaged-%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            (folder / f"{FILE_NAME}{suffix}").rename(folder / f"{FILE_NAME}.{mark}{suffix}")


def _doubt(settings: IndexConfig, faults: Sequence[Fault]) -> None:
    """Write into the catalog that what is wrong is not to be believed, so that the build that follows makes it again."""
    if not faults:
        return
    folder = settings.store.path
    with writer_lock(folder / LOCK_NAME), closing(CatalogWriter(folder)) as catalog:
        doubt(catalog, [id for fault in faults if fault.part == "catalog" for id in fault.documents])
        if any(fault.part == "vectors" for fault in faults):
            distrust_vectors(catalog)
        if any(fault.part == "codes" for fault in faults):
            facts = catalog.meta()
            Generations(settings.store, facts["id"]).drop_codes(facts["vectors"])


def _roots(folder: Path) -> list[Path]:
    """What an index of an older version was made of, which has no file that tells."""
    if not (folder / FILE_NAME).is_file():
        return []
    with closing(connect(folder / FILE_NAME)) as db:
        return [Path(row[0]) for row in db.execute("SELECT path FROM roots ORDER BY path")] if is_created(db) else []

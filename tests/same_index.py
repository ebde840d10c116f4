"""Whether two indexes hold the same: every row of the catalogs, every vector."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.catalog.library import Library, open_library
from index.catalog.tables import FILE_NAME
from index.config import IndexConfig
from index.text.codes import pack


def catalog_bytes(db: Path, scratch: Path) -> bytes:
    """The catalog's file as SQLite writes it from its rows, without what tells one run from another: when, where, which index."""
    scratch.unlink(missing_ok=True)
    copy = scratch.with_suffix(".copy")
    with closing(sqlite3.connect(db / FILE_NAME)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("UPDATE files SET seen = 0")
        target.execute("DELETE FROM meta WHERE key IN ('id', 'built', 'backend', 'vectors', 'vectors_written') OR key LIKE 'seal_%'")
        target.commit()
        target.execute("VACUUM INTO ?", (str(scratch),))
    copy.unlink()
    data = scratch.read_bytes()
    scratch.unlink()
    return data


def contents(settings: IndexConfig) -> dict[str, tuple[object, ...]]:
    """What an index shows, by source: everything known of the document, its text, its chunks with their ids and vectors' keys.

    Unlike the file's bytes this does not depend on how many runs it took.
    """
    with open_library(settings) as library:
        catalog = library.catalog
        keys: dict[str, set[str]] = {}
        for row in catalog.rows("SELECT id, vector FROM chunks"):
            keys.setdefault(row["id"], set()).add(row["vector"])
        return {
            info.source: (info, catalog.document(info.source), [(chunk, keys[chunk.id]) for chunk in catalog.chunks_of(info.source)])
            for info in catalog.documents()
        }


def vectors_of(settings: IndexConfig) -> dict[str, list[float]]:
    """The vector of every chunk by its key, whether stored or waiting in the catalog."""
    with open_library(settings) as library:
        count_vectors(library)
        store = library.vectors._current().store
        held = {key: vector.tolist() for keys, page in store.pages(store.ids()) for key, vector in zip(keys, page, strict=True)}
        rows = library.catalog.rows("SELECT key, vector FROM pending")
        waiting = {row["key"]: np.frombuffer(row["vector"], "<f4").tolist() for row in rows}
        keys = {row["vector"] for row in library.catalog.rows("SELECT vector FROM chunks")}
        found = {key: vector for key, vector in (held | waiting).items() if key in keys}
        assert_codes_fit(library, found)
    return found


def count_vectors(library: Library) -> int:
    """How many vectors the index has for its chunks, in Chroma or waiting in the catalog: none lacks, and Chroma holds no other, but for
    those of what left while changes wait."""
    catalog, facts = library.catalog, library.catalog.meta()
    with library.vectors.store() as store:
        held = set(store.ids())
    waiting = {row["key"] for row in catalog.rows("SELECT key FROM pending")}
    used = {row["vector"] for row in catalog.rows("SELECT vector FROM chunks")}
    assert used <= held | waiting
    assert len((held | waiting) - used) <= int(facts.get("pending", 0))
    assert not waiting or "pending_after" in facts
    return len(used)


def assert_codes_fit(library: Library, vectors: Mapping[str, Sequence[float]]) -> None:
    """The codes of every document are those of its chunks' vectors."""
    documents: dict[int, list[str]] = {}
    for row in library.catalog.rows("SELECT document, vector FROM chunks ORDER BY document, ordinal"):
        documents.setdefault(row["document"], []).append(row["vector"])
    codes = {row["document"]: row["codes"] for row in library.catalog.rows("SELECT document, codes FROM codes")}
    assert codes.keys() == {row["id"] for row in library.catalog.rows("SELECT id FROM documents")}
    for document, keys in documents.items():
        assert codes[document] == pack(np.array([vectors[key] for key in keys], dtype=np.float32))


def assert_same(a: IndexConfig, b: IndexConfig, scratch: Path) -> None:
    """Equal catalogs, to the byte, and equal vectors up to what a server's number format keeps."""
    assert catalog_bytes(a.store.path, scratch / "a") == catalog_bytes(b.store.path, scratch / "b")
    one, two = vectors_of(a), vectors_of(b)
    assert one.keys() == two.keys()
    np.testing.assert_array_equal([one[key] for key in sorted(one)], [two[key] for key in sorted(one)])

"""Vectors by key in Chroma: cosine, no telemetry, no metadata (what may be shown is the catalog's to say).

Keys are hashes of the embedded text, so a key's vector never changes and equal texts share one. An embedded Chroma folder
must have one process at a time that writes, and none that reads meanwhile: two processes on one folder damaged it when
tried (chromadb 1.5.9); `generations` sees to that.
"""

from __future__ import annotations

import ctypes
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import as_store_error, short_reason
from index.imports import hidden, stubbed, when_called

Vectors = NDArray[np.float32]
Explain = Callable[[str, BaseException], str]
"""What could not be done ("read") and why, as a message for a user."""
_PAGE = 2000
# How many neighbours HNSW keeps in view while it searches. Share of the 100 nearest found, and milliseconds of processor a query, at 100
# (Chroma's default), 200, 400, 800: 10,000 real chunks .924, .974, .994, .999 and 1.0, 1.1, 1.3, 1.8; 60,000 made ones .864, .927, .971.
SEARCH_EF = 400
WIDEN_ATTEMPTS = 4  # 1.2 s in all


class VectorStore(Protocol):
    """What the writer and the readers need of a place for vectors."""

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store `vectors` (n, dim) under `ids`, replacing."""

    def delete(self, ids: Sequence[str]) -> None:
        """Remove these ids; absent ones are no error."""

    def query(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """The nearest ids to `vector` (dim,) with their cosine similarity, best first, ties by id."""

    def count(self) -> int:
        """How many vectors there are."""

    def ids(self) -> list[str]:
        """All ids."""

    def pages(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """The vectors of these ids, in pages."""

    def stamp(self) -> str:
        """What `mark` last wrote, "" before."""

    def mark(self, stamp: str) -> None:
        """Write a word beside the vectors, by which a later run knows that they are as it left them."""

    def close(self) -> None:
        """Let go of files and connections."""


def explain_folder(doing: str, error: BaseException) -> str:
    """What a failure of an embedded store means to a user."""
    return f"cannot {doing} the vector store: {short_reason(error)}. Check the disk, then run footnote index again."


def _widen(collection: Any) -> None:
    """Let an existing collection be searched as widely as a new one; while somebody else holds its database it stays as it is until
    the next write."""
    from chromadb.errors import InternalError

    for attempt in range(WIDEN_ATTEMPTS):
        try:
            collection.modify(configuration={"hnsw": {"ef_search": SEARCH_EF}})
            return
        except InternalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.2 * (attempt + 1))


class ChromaStore:
    """One Chroma collection, in a folder or on a server."""

    def __init__(self, client: Any, name: str, *, create: bool, explain: Explain = explain_folder) -> None:
        self._client = client
        self._errors = partial(chroma_errors, explain=explain)
        with self._errors("open"):
            if create:
                configuration = {"hnsw": {"space": "cosine", "ef_search": SEARCH_EF}}
                self._collection = client.get_or_create_collection(name, configuration=configuration, embedding_function=None)
                if self._collection.configuration_json["hnsw"]["ef_search"] != SEARCH_EF:  # made by an earlier version
                    _widen(self._collection)
            else:
                self._collection = client.get_collection(name, embedding_function=None)
            self._batch = min(_PAGE, int(client.get_max_batch_size()))

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store `vectors` (n, dim) under `ids`, replacing what was there."""
        for i in range(0, len(ids), self._batch):
            with self._errors("write to"):
                self._collection.upsert(ids=list(ids[i : i + self._batch]), embeddings=vectors[i : i + self._batch])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove these ids; absent ones are no error."""
        for i in range(0, len(ids), self._batch):
            with self._errors("write to"):
                self._collection.delete(ids=list(ids[i : i + self._batch]))

    def query(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """The nearest ids to `vector` (dim,) with their cosine similarity, best first, ties by id.

        Approximate: HNSW may leave some that no walk reaches (3 of 6,000 lines of one price list; 1 in 7 of the tests' hashed words).
        """
        if limit <= 0:
            return []
        with self._errors("read"):  # not bounded by count(): that took longer than the query itself, the more the larger the store
            found = self._collection.query(query_embeddings=vector.reshape(1, -1), n_results=limit, include=["distances"])
        pairs = [(str(key), 1.0 - float(d)) for key, d in zip(found["ids"][0], found["distances"][0], strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def count(self) -> int:
        """How many vectors there are."""
        with self._errors("read"):
            return int(self._collection.count())

    def ids(self) -> list[str]:
        """All ids, in no particular order."""
        with self._errors("read"):
            return [str(key) for key in self._collection.get(include=[])["ids"]]

    def pages(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """The vectors of these ids, in pages: (ids, float32 array (n, dim)); absent ids are left out."""
        for i in range(0, len(ids), self._batch):
            with self._errors("read"):
                found = self._collection.get(ids=list(ids[i : i + self._batch]), include=["embeddings"])
            if found["ids"]:
                yield [str(key) for key in found["ids"]], np.asarray(found["embeddings"], dtype=np.float32)

    def stamp(self) -> str:
        """What `mark` had written when the collection was opened, "" before."""
        return str((self._collection.metadata or {}).get("stamp", ""))

    def mark(self, stamp: str) -> None:
        """Write a word beside the vectors."""
        with self._errors("write to"):
            self._collection.modify(metadata={"stamp": stamp})

    def close(self) -> None:
        """Let go of files, connections and memory."""
        self._client.close()
        # The C library keeps what the closed index has freed, and a build opens one after the other. Elsewhere than on glibc
        # there is no such call and nothing to do.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def open_folder(folder: Path, *, create: bool = False) -> ChromaStore:
    """The collection in an embedded Chroma's folder. Raises `StoreError` when absent or damaged."""
    chromadb = import_chromadb()
    with chroma_errors("open", explain_folder):
        try:
            client = chromadb.PersistentClient(path=str(folder), settings=quiet(chromadb))
        except BaseException:
            # A client whose start failed stays in the library's memory half-made, to be handed out again for this path.
            chromadb.api.client.SharedSystemClient._identifier_to_system.pop(str(folder), None)
            raise
    return ChromaStore(client, "chunks", create=create)


def copy_vectors(source: VectorStore, target: VectorStore, ids: Iterable[str]) -> None:
    """Copy the vectors of `ids`, page by page."""
    for keys, vectors in source.pages(sorted(ids)):
        target.upsert(keys, vectors)


def import_chromadb() -> Any:
    """The library, told to report nothing, without what it imports for others: half the time that it takes."""
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    traces, schemas = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", "jsonschema"
    with (
        hidden("httpx._main"),  # its command line
        stubbed(traces, OTLPSpanExporter=when_called(traces, "OTLPSpanExporter")),
        stubbed(schemas, validate=when_called(schemas, "validate"), ValidationError=ValueError),  # of embedders that Chroma would call
    ):
        import chromadb

    logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)
    return chromadb


def quiet(chromadb: Any) -> Any:
    """Settings of a client that reports nothing."""
    return chromadb.config.Settings(anonymized_telemetry=False)


def chroma_errors(doing: str, explain: Explain) -> AbstractContextManager[None]:
    """Turn whatever Chroma or its HTTP client raises into a `StoreError`."""
    return as_store_error(partial(explain, doing))

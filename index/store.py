"""Vectors by key in Chroma: cosine, no telemetry, no metadata (what may be shown is the catalog's to say).

Keys are hashes of the embedded text, so a key's vector never changes and equal texts share one. An embedded Chroma folder
must have one process at a time that writes, and none that reads meanwhile: two processes on one folder damaged it when
tried (chromadb 1.5.9); `generations` sees to that.
"""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from index.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from index.config import StoreSettings

Vectors = NDArray[np.float32]
_PAGE = 2000


class VectorStore(Protocol):
    """What the writer and the readers need of a place for vectors."""

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store `vectors` (n, dim) under `ids`, replacing."""

    def delete(self, ids: Sequence[str]) -> None:
        """Remove these ids; absent ones are no error."""

    def query(self, vector: Vectors, limit: int, only: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The nearest ids to `vector` (dim,) with their cosine similarity, best first, ties by id; `only` among these, if given."""

    def count(self) -> int:
        """How many vectors there are."""

    def ids(self) -> list[str]:
        """All ids."""

    def pages(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """The vectors of these ids, in pages."""

    def close(self) -> None:
        """Let go of files and connections."""


class ChromaStore:
    """One Chroma collection, in a folder or on a server."""

    def __init__(self, client: Any, name: str, *, create: bool) -> None:
        self._client = client
        with _chroma_errors("open"):
            if create:
                configuration = {"hnsw": {"space": "cosine"}}
                self._collection = client.get_or_create_collection(name, configuration=configuration, embedding_function=None)
            else:
                self._collection = client.get_collection(name, embedding_function=None)
            self._batch = min(_PAGE, int(client.get_max_batch_size()))

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store `vectors` (n, dim) under `ids`, replacing what was there."""
        for i in range(0, len(ids), self._batch):
            with _chroma_errors("write to"):
                self._collection.upsert(ids=list(ids[i : i + self._batch]), embeddings=vectors[i : i + self._batch])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove these ids; absent ones are no error."""
        for i in range(0, len(ids), self._batch):
            with _chroma_errors("write to"):
                self._collection.delete(ids=list(ids[i : i + self._batch]))

    def query(self, vector: Vectors, limit: int, only: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The nearest ids to `vector` (dim,) with their cosine similarity, best first, ties by id. Approximate (HNSW).

        With `only` (some thousands at most) among these ids. Raises `StoreError` when the store lacks one of them.
        """
        with _chroma_errors("read"):
            limit = min(limit, self._collection.count() if only is None else len(only))
            if limit <= 0:
                return []
            found = self._collection.query(
                query_embeddings=vector.reshape(1, -1), n_results=limit, include=["distances"], ids=None if only is None else list(only)
            )
        pairs = [(str(key), 1.0 - float(d)) for key, d in zip(found["ids"][0], found["distances"][0], strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def count(self) -> int:
        """How many vectors there are."""
        with _chroma_errors("read"):
            return int(self._collection.count())

    def ids(self) -> list[str]:
        """All ids, in no particular order."""
        with _chroma_errors("read"):
            return [str(key) for key in self._collection.get(include=[])["ids"]]

    def pages(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """The vectors of these ids, in pages: (ids, float32 array (n, dim)); absent ids are left out."""
        for i in range(0, len(ids), self._batch):
            with _chroma_errors("read"):
                found = self._collection.get(ids=list(ids[i : i + self._batch]), include=["embeddings"])
            if found["ids"]:
                yield [str(key) for key in found["ids"]], np.asarray(found["embeddings"], dtype=np.float32)

    def close(self) -> None:
        """Let go of files, connections and memory."""
        self._client.close()
        # The C library keeps what the closed index has freed, and a build opens one after the other. Elsewhere than on glibc
        # there is no such call and nothing to do.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def open_folder(folder: Path, *, create: bool = False) -> ChromaStore:
    """The collection in an embedded Chroma's folder. Raises `StoreError` when it is absent or damaged."""
    chromadb = _chromadb()
    with _chroma_errors("open"):
        client = chromadb.PersistentClient(path=str(folder), settings=_quiet(chromadb))
    return ChromaStore(client, "chunks", create=create)


def open_server(settings: StoreSettings, name: str, *, create: bool = False) -> ChromaStore:
    """The collection `name` on the Chroma server at `settings.url`. Raises `StoreError` when it does not answer."""
    url = urlsplit(settings.url or "")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError(f"store.url must look like http://HOST:PORT, got {settings.url!r}. Mend it in footnote.toml.")
    headers = {"X-Chroma-Token": settings.token.get_secret_value()} if settings.token else None
    chromadb = _chromadb()
    with _chroma_errors(f"reach {settings.url} as"):
        client = chromadb.HttpClient(
            host=url.hostname,
            port=url.port or (443 if url.scheme == "https" else 8000),
            ssl=url.scheme == "https",
            headers=headers,
            tenant=settings.tenant,
            database=settings.database,
            settings=_quiet(chromadb),
        )
    return ChromaStore(client, name, create=create)


def copy_vectors(source: VectorStore, target: VectorStore, ids: Iterable[str]) -> None:
    """Copy the vectors of `ids`, page by page."""
    for keys, vectors in source.pages(sorted(ids)):
        target.upsert(keys, vectors)


def _chromadb() -> Any:
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb

    logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)
    return chromadb


def _quiet(chromadb: Any) -> Any:
    return chromadb.config.Settings(anonymized_telemetry=False)


@contextmanager
def _chroma_errors(doing: str) -> Iterator[None]:
    """Turn whatever Chroma, its Rust core or its HTTP client raises into a `StoreError`."""
    try:
        yield
    except BaseException as error:
        # A panic of the Rust core is no `Exception`; anything else of that rank (Ctrl-C) is not Chroma's.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise StoreError(f"cannot {doing} the vector store: {reason}. Check the disk or server, then run footnote index again.") from error

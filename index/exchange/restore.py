"""Bringing an export back as an index: nothing is read again from the documents' folder, nothing is embedded.

The vectors come first, into a generation (or a server's collection) that nothing points to; then one transaction replaces
the catalog's rows and moves the pointer. Whoever reads meanwhile, and whoever comes after a kill, sees the index as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.catalog.inventory import FileRow
from index.catalog.rows import document_of
from index.catalog.tables import FILE_NAME
from index.catalog.writer import CatalogWriter, Staged, seal_stores
from index.config import IndexConfig
from index.errors import IndexMismatch, StoreError, UsageError
from index.exchange.catalog import empty, file_rows, note_copies, shows_documents
from index.exchange.tables import Manifest, read_configuration, read_manifest, read_table, verify_files
from index.redact import redacted
from index.schema import Chunk
from index.store.generations import Generations
from index.store.lock import writer_lock
from index.store.vectors import Vectors
from index.store.writer import VectorWriter
from index.sync.build import LOCK_NAME, make_folder, remove_empty
from index.sync.report import ProgressCallback
from index.text.names import path_kept, shown_name

_DOCUMENTS = 200  # a batch


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in; `differing` are settings that are others here: (option, at export, here)."""

    documents: int
    chunks: int
    vectors: int
    differing: list[tuple[str, Any, Any]]


def import_index(
    source: Path,
    settings: IndexConfig,
    *,
    overwrite: bool = False,
    moved: Mapping[str, str] | None = None,
    weights: str | None = None,
    progress: ProgressCallback | None = None,
) -> Imported:
    """Make the index at `settings.store.path` (and `settings.store.url`) show what the export in the folder `source` holds.

    `overwrite` allows an index that shows documents to be replaced. `moved` maps folders of the export to where they are now.
    `weights` is the sha256 of the embedder's weights where they are installed. Raises `StoreError` when the export is none,
    damaged or incomplete, `IndexMismatch` when it was made with another embedder, `UsageError` for an index that is in use
    or a wrong `moved`, `IndexBusy`; then the index is what it was.
    """
    manifest = read_manifest(source)
    _check_embedder(source, manifest, settings, weights)
    places = _Places(manifest, dict(moved or {}))
    progress = progress or (lambda stage, done, total: None)
    progress("checking the export", 0, 1)
    verify_files(source, manifest)
    progress("checking the export", 1, 1)
    folder = settings.store.path
    make_folder(folder)
    with writer_lock(folder / LOCK_NAME):
        new = not (folder / FILE_NAME).exists()
        try:
            with closing(CatalogWriter(folder)) as catalog:
                if shows_documents(catalog.db) and not overwrite:
                    raise UsageError(
                        f"an import replaces documents only when asked to, and the index at {folder} shows some. "
                        "Give another --db, or --overwrite."
                    )
                _replace(catalog, source, manifest, settings, places, progress)
        except BaseException:
            if new:
                Generations(settings.store, "").sweep()
                remove_empty(folder)
            raise
    return Imported(manifest.rows("documents"), manifest.rows("chunks"), manifest.rows("vectors"), _differing(source, settings))


def _replace(
    catalog: CatalogWriter, source: Path, manifest: Manifest, settings: IndexConfig, places: _Places, progress: ProgressCallback
) -> None:
    facts = catalog.meta()
    generations = Generations(settings.store, facts["id"])
    incoming = _Incoming(source, manifest)
    # On a server readers share the collection, and the same keys mean the same vectors; in a folder the copy starts empty.
    before = catalog.keys() if generations.in_place else set()
    vectors = VectorWriter(generations, {"generation": facts["generation"]}, incoming.encode)
    try:
        incoming.store(vectors, progress)
        with catalog.transaction():
            empty(catalog)
            _stage(catalog, source, manifest, incoming.keys, places, progress)
            catalog.add_roots(places.roots)
            catalog.add_codes(vectors.pages)
            sealed = vectors.seal(catalog.coded)
            model = manifest.embedder
            about = {"embedder": model.name, "fingerprint": model.fingerprint, "built": manifest.built}
            catalog.publish({**sealed, **about, "dim": model.dim, "chunk_tokens": manifest.chunk_tokens, "dirty": 0})
    except BaseException:
        if vectors.in_place:
            with suppress(StoreError):  # the server may be what failed; what stays there is dropped by the next build
                vectors.collect(before)
        vectors.close()
        generations.sweep(facts.get("vectors", ""))
        raise
    if vectors.in_place:
        vectors.collect(incoming.keys)
        vectors.mark()
        vectors.close()
    generations.sweep(str(sealed["vectors"]))
    catalog.compact()
    seal_stores(catalog, generations)


class _Incoming:
    """The vectors of an export, a batch at a time, in the place of an embedder."""

    def __init__(self, source: Path, manifest: Manifest) -> None:
        self._source, self._manifest = source, manifest
        self._batch: dict[str, Vectors] = {}
        self.keys: set[str] = set()

    def encode(self, keys: Sequence[str]) -> Vectors:
        """The vectors of keys of the present batch."""
        return np.stack([self._batch[key] for key in keys])

    def store(self, vectors: VectorWriter, progress: ProgressCallback) -> None:
        """Hand all vectors to the writer."""
        total = self._manifest.rows("vectors")
        for batch in read_table(self._source, "vectors", self._manifest):
            if not np.isfinite(batch["vector"]).all():
                raise StoreError(f"every vector must be finite, {self._source / 'vectors.parquet'} holds others. Export again.")
            self._batch = dict(zip(batch["key"], batch["vector"], strict=True))
            vectors.ensure({key: key for key in self._batch})
            self.keys.update(self._batch)
            progress("importing vectors", len(self.keys), total)


def _stage(catalog: CatalogWriter, source: Path, manifest: Manifest, keys: set[str], places: _Places, progress: ProgressCallback) -> None:
    ids: dict[str, int] = {}
    for batch in read_table(source, "files", manifest):
        rows = [places.now(row) for row in file_rows(batch)]
        ids |= {told: catalog.file_id(row) for told, row in zip(batch["place"], rows, strict=True)}
        catalog.stage([], rows, [], [])
    chunks = _Chunks(source, manifest, keys)
    groups: dict[str, str] = {}
    done, total = 0, manifest.rows("documents")
    for batch in read_table(source, "documents", manifest, _DOCUMENTS):
        staged = []
        for values in zip(*batch.values(), strict=True):
            row = dict(zip(batch, values, strict=True))
            if row["file"] not in ids:
                raise _inconsistent(source, f"the document {row['source']!r} has no file")
            if row["copy_of"] is not None:
                groups[row["source"]] = row["copy_of"]
            staged.append((ids[row["file"]], chunks.take(row)))
        catalog.stage(staged, [], [], [])
        done += len(staged)
        progress("importing documents", done, total)
    chunks.must_be_used_up()
    note_copies(catalog, groups)


class _Chunks:
    """The chunks of documents, asked for in the order of sources, which is theirs too."""

    def __init__(self, source: Path, manifest: Manifest, keys: set[str]) -> None:
        self._source, self._keys = source, keys
        self._rows = self._read(manifest)
        self._next = next(self._rows, None)

    def _read(self, manifest: Manifest) -> Iterator[tuple[str, int, str, int, int, str, str]]:
        for batch in read_table(self._source, "chunks", manifest):
            yield from zip(*(batch[n] for n in ("source", "ordinal", "id", "start", "end", "vector", "context")), strict=True)

    def take(self, row: Mapping[str, Any]) -> Staged:
        """The document of a row with its chunks."""
        document = document_of(row)
        chunks, vectors = [], []
        while self._next is not None and self._next[0] == document.source:
            _, ordinal, id, start, end, key, context = self._next
            if not 0 <= start < end <= len(document.text):
                raise _inconsistent(self._source, f"a chunk of {document.source!r} lies outside its text")
            if key not in self._keys:
                raise _inconsistent(self._source, f"a chunk of {document.source!r} has no vector")
            chunks.append(Chunk(id, document.source, ordinal, start, end, document.text[start:end], context))
            vectors.append(key)
            self._next = next(self._rows, None)
        return Staged(document, chunks, vectors, row["fingerprint"], row["signature"])

    def must_be_used_up(self) -> None:
        """Raise `StoreError` when a chunk is left whose document did not come."""
        if self._next is not None:
            raise _inconsistent(self._source, f"a chunk of {self._next[0]!r} has no document in its place")


class _Places:
    """Where the export's files are on this machine."""

    def __init__(self, manifest: Manifest, moved: dict[str, str]) -> None:
        self._moved = {old.rstrip("/") or "/": os.path.realpath(Path(new).expanduser()) for old, new in moved.items()}
        roots = [path_kept(root) for root in manifest.roots]
        for old in self._moved:
            if not any(root == old or root.startswith(f"{old}/") for root in roots):
                has = ", ".join(map(shown_name, roots))
                raise UsageError(f"--moved needs a folder of the export in front, got {old!r}. It has: {has}.")
        self.roots = [self._path(root) for root in roots]

    def now(self, row: FileRow) -> FileRow:
        """The row with its place here."""
        return row._replace(place=self._path(row.place), root=self._path(row.root))

    def _path(self, path: str) -> str:
        for old, new in self._moved.items():
            if path == old or path.startswith(f"{old}/"):
                return new + path[len(old) :]
        return path


def _check_embedder(source: Path, manifest: Manifest, settings: IndexConfig, weights: str | None) -> None:
    theirs, ours = manifest.embedder, settings.models.embedder
    if theirs.name != ours:
        raise IndexMismatch(
            f"the export at {source} was made with the embedder {theirs.name!r}, the settings name {ours!r}. "
            f"Set models.embedder to {theirs.name!r} (in footnote.toml, or FOOTNOTE_MODELS__EMBEDDER)."
        )
    if None not in (weights, theirs.weights_sha256) and weights != theirs.weights_sha256:
        raise IndexMismatch(
            f"the export at {source} was made with {theirs.name!r} of sha256 {str(theirs.weights_sha256)[:12]}..., "
            f"the one installed here has {str(weights)[:12]}... Install the same weights, or index the documents anew."
        )


def _inconsistent(source: Path, how: str) -> StoreError:
    return StoreError(f"the tables of an export must fit each other, in {source} {how}. Export again.")


def _differing(source: Path, settings: IndexConfig) -> list[tuple[str, Any, Any]]:
    here = redacted(settings.model_dump(mode="json"))  # as the export holds them
    found = []
    for section, options in read_configuration(source).items():
        own = here.get(section, {})
        found += [(f"{section}.{name}", then, own[name]) for name, then in options.items() if name in own and own[name] != then]
    return found

"""Writing what an index shows into a folder in the open format of `exchange`: a backup, a move, or a way out.

Beside the folder first, then renamed: a folder of that name is a whole export or none.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from index.catalog.inventory import Inventory
from index.catalog.tables import connect, open_for_reading
from index.config import IndexConfig
from index.errors import NoIndex, StoreError, UsageError
from index.exchange.catalog import copies, exported_rows, shown_keys
from index.exchange.tables import (
    CONFIGURATION,
    FORMAT,
    TABLES,
    VERSION,
    EmbedderFacts,
    FileFacts,
    Manifest,
    arrow_schema,
    facts_of,
    parquet,
    write_configuration,
    write_manifest,
)
from index.redact import redacted
from index.store import pending
from index.store.durable import sync, sync_tree
from index.store.generations import Generations
from index.store.lock import writer_lock
from index.sync.build import LOCK_NAME
from index.sync.report import ProgressCallback
from index.version import __version__

_BATCH = 2000
_MACHINE = {"store"}  # where things are is the machine's affair
_MAY_HOLD_SECRETS = {"options"}  # free-form arguments of a language model's class


def export_index(target: Path, settings: IndexConfig, *, weights: str | None = None, progress: ProgressCallback | None = None) -> Manifest:
    """Export the index at `settings.store.path` to the new folder `target`.

    `weights` is the sha256 of the embedder's weights where they are installed. Nothing may write to the index meanwhile.
    Raises `UsageError` when `target` is there already, `NoIndex`, `IndexBusy`, `StoreError` when a store or the disk fails.
    """
    parquet()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise UsageError(f"an export needs a folder of its own, {target} exists already. Give a new name, or remove it.")
    path = open_for_reading(settings.store.path)
    partial = target.absolute().with_name(f".{target.absolute().name}.partial-{os.getpid()}")
    try:
        with writer_lock(settings.store.path / LOCK_NAME), closing(connect(path)) as db:
            partial.mkdir(parents=True)
            manifest = _write(partial, Inventory(db), settings, weights, progress or (lambda stage, done, total: None))
            sync_tree(partial)  # who reads "exported" may remove what it was made of
            partial.replace(target)
            sync(target.absolute().parent)
    except OSError as error:
        where = error.filename or partial
        raise StoreError(
            f"an export needs to write, {where} gave: {error.strerror or error}. Free space, mend permissions, or export elsewhere."
        ) from error
    except sqlite3.Error as error:
        raise StoreError(f"the catalog {path} cannot be read: {error}. Check the disk, or export again.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _write(folder: Path, catalog: Inventory, settings: IndexConfig, weights: str | None, progress: ProgressCallback) -> Manifest:
    facts = catalog.meta()
    if "vectors" not in facts:
        raise NoIndex(f"the index at {settings.store.path} holds no documents yet. Run: footnote index FOLDER --db {settings.store.path}")
    dim = int(facts["dim"])
    copy_of = copies(catalog.db)
    keys = shown_keys(catalog.db)
    tables: dict[str, Iterable[Mapping[str, Sequence[Any]]]] = {
        "files": exported_rows(catalog.db, "files", _BATCH),
        "documents": _with_copies(exported_rows(catalog.db, "documents", _BATCH // 10), copy_of),
        "chunks": exported_rows(catalog.db, "chunks", _BATCH),
        "vectors": _vectors(catalog.db, settings, facts, keys),
    }
    files: dict[str, FileFacts] = {}
    for done, (table, batches) in enumerate(tables.items()):
        progress(f"exporting {table}", done, len(tables))
        rows = _write_table(folder / f"{table}.parquet", table, dim, batches)
        files[f"{table}.parquet"] = facts_of(folder / f"{table}.parquet", rows)
    if files["vectors.parquet"].rows != len(keys):
        raise StoreError("some vectors of this index are missing. Run footnote index on its folder: it mends them; then export.")
    write_configuration(folder, _configuration(settings))
    files[CONFIGURATION] = facts_of(folder / CONFIGURATION)
    manifest = Manifest(
        format=FORMAT,
        version=VERSION,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        by=f"footnote {__version__}",
        built=facts["built"],
        chunk_tokens=int(facts["chunk_tokens"]),
        roots=[row[0] for row in catalog.db.execute("SELECT path FROM roots ORDER BY path")],
        embedder=EmbedderFacts(name=facts["embedder"], fingerprint=facts["fingerprint"], dim=dim, weights_sha256=weights),
        files=files,
    )
    write_manifest(folder, manifest)
    return manifest


def _write_table(path: Path, table: str, dim: int, batches: Iterable[Mapping[str, Sequence[Any]]]) -> int:
    import pyarrow

    schema, rows = arrow_schema(table, dim), 0
    # Row groups follow the batches that come in; the default number of rows would gather a million texts first.
    with parquet().ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            arrays = [_array(pyarrow, batch[field.name], field.type) for field in schema]
            writer.write_batch(pyarrow.RecordBatch.from_arrays(arrays, schema=schema))
            rows += len(arrays[0])
    return rows


def _array(pyarrow: Any, values: Any, kind: Any) -> Any:
    if pyarrow.types.is_fixed_size_list(kind):
        return pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(values.reshape(-1), type=pyarrow.float32()), kind.list_size)
    return pyarrow.array(values, type=kind)


def _with_copies(batches: Iterable[dict[str, list[Any]]], copy_of: Mapping[str, str]) -> Iterator[dict[str, list[Any]]]:
    for batch in batches:
        yield {**batch, "copy_of": [copy_of.get(source) for source in batch["source"]]}


def _vectors(db: sqlite3.Connection, settings: IndexConfig, facts: Mapping[str, str], keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    opened = Generations(settings.store, facts["id"]).open(facts["vectors"])
    if opened is None:
        raise StoreError("the vectors of this index are gone. Run footnote index on its folder: it mends them; then export.")
    with closing(opened):
        for i in range(0, len(keys), _BATCH):
            wanted = keys[i : i + _BATCH]
            waiting = list(pending.pages(db, wanted))
            late = {key for page, _ in waiting for key in page}
            for found, vectors in [*opened.store.pages([key for key in wanted if key not in late]), *waiting]:
                order = sorted(range(len(found)), key=found.__getitem__)
                yield {"key": [found[n] for n in order], "vector": vectors[order]}


def _configuration(settings: IndexConfig) -> dict[str, Any]:
    """The settings as plain data, but for the store's section, secrets, and what may hold some."""
    plain: dict[str, Any] = redacted(settings.model_dump(mode="json", exclude=_MACHINE))
    for name, section in plain.items():
        kept = getattr(settings, name)
        plain[name] = {
            option: value
            for option, value in section.items()
            if option not in _MAY_HOLD_SECRETS and not isinstance(getattr(kept, option), SecretStr)
        }
    return plain


__all__ = ["TABLES", "export_index"]

"""The open format that an index is exported to: a folder of Parquet and JSON files and a manifest that vouches for them.

    manifest.json        format version, embedder, counts, and bytes, rows and sha256 of every other file
    configuration.json   the settings in effect, without the store's address and without secrets
    files.parquet        the files that were read: place, size, times, content hash
    documents.parquet    the documents: text, title, dates and how they are known, near-copies, furniture
    chunks.parquet       the chunks: `text` of the document from `start` to `end` (in characters), key of the vector,
                         what the embedder read above the text
    vectors.parquet      key, vector (float32, length 1)

Rows are sorted, so two exports of one index are equal byte by byte but for the manifest's date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import StoreError, UsageError

if TYPE_CHECKING:
    import pyarrow

FORMAT, VERSION = "footnote export", 2
MANIFEST, CONFIGURATION = "manifest.json", "configuration.json"
TABLES: Mapping[str, Mapping[str, str]] = {
    "files": {
        "place": "string", "root": "string", "source": "string", "size": "int64", "mtime": "int64", "ctime": "int64", "seen": "int64",
        "hash": "string", "recipe": "string",
    },
    "documents": {
        "source": "string", "file": "string", "fingerprint": "string", "content_hash": "string", "format": "string", "title": "string",
        "author": "string", "publisher": "string", "published": "string", "precision": "string", "how": "string", "language": "string",
        "copy_of": "string", "signature": "binary", "pages": "string", "furniture": "string", "blocks": "string", "text": "large_string",
    },
    "chunks": {
        "source": "string", "ordinal": "int64", "id": "string", "start": "int64", "end": "int64", "vector": "string", "context": "string",
    },
    "vectors": {"key": "string", "vector": "vector"},
}  # fmt: skip
"""Columns of each table with their Arrow types; "vector" is a fixed-size list of float32."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileFacts(_Strict):
    """What the manifest says of one file."""

    bytes: int
    sha256: str
    rows: int | None = None


class EmbedderFacts(_Strict):
    """Which model the vectors are from; `weights_sha256` is None when the model was not installed at export."""

    name: str
    fingerprint: str
    dim: int
    weights_sha256: str | None


class Manifest(_Strict):
    """The manifest, without the checksum of itself."""

    format: str
    version: int
    written: str
    by: str
    built: str
    chunk_tokens: int
    roots: list[str]
    embedder: EmbedderFacts
    files: dict[str, FileFacts]

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return self.files[f"{table}.parquet"].rows or 0


def parquet() -> Any:
    """The library that reads and writes Parquet. Raises `UsageError` when the extra is not installed."""
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise UsageError("export and import need pyarrow, which is not installed. Run: pip install 'footnote[export]'") from error
    return pyarrow.parquet


def arrow_schema(table: str, dim: int) -> pyarrow.Schema:
    """The Arrow schema of a table; `dim` is the length of a vector."""
    import pyarrow

    kinds = {"vector": pyarrow.list_(pyarrow.float32(), dim)}
    return pyarrow.schema([(name, kinds.get(kind) or getattr(pyarrow, kind)()) for name, kind in TABLES[table].items()])


def facts_of(path: Path, rows: int | None = None) -> FileFacts:
    """Size and checksum of a file."""
    with path.open("rb") as handle:
        return FileFacts(bytes=path.stat().st_size, sha256=file_digest(handle, "sha256").hexdigest(), rows=rows)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with the checksum of itself."""
    body = manifest.model_dump(mode="json")
    _write_json(folder / MANIFEST, {**body, "sha256": _own_checksum(body)})


def write_configuration(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings."""
    _write_json(folder / CONFIGURATION, settings)


def read_configuration(folder: Path) -> dict[str, Any]:
    """The settings at export."""
    found: dict[str, Any] = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))
    return found


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the export in `folder`. Raises `StoreError` when it is no export, a damaged one, or from another version."""
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(
            f"an export holds {MANIFEST}, {folder} has none that can be read. Give the folder that 'footnote export' wrote."
        ) from error
    except ValueError as error:
        raise _damaged(path, "is no valid JSON") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise StoreError(f"only a {FORMAT} can be imported, {path} is something else. Give the folder that 'footnote export' wrote.")
    if data.get("version") != VERSION:
        raise StoreError(
            f"this version of footnote imports exports of version {VERSION}, got {data.get('version')!r} in {path}. "
            "Use the footnote that wrote it, or export again."
        )
    own = data.pop("sha256", None)
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise _damaged(path, "lacks what a manifest holds") from error
    if own != _own_checksum(manifest.model_dump(mode="json")):
        raise _damaged(path, "was changed after it was written")
    if set(manifest.files) != {CONFIGURATION, *(f"{table}.parquet" for table in TABLES)}:
        raise _damaged(path, "does not list the files of an export")
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Raise `StoreError` when a file is missing or is not the one that was written; reads all of them once."""
    for name, facts in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise StoreError(f"an export must be complete, {path} is missing. Copy the whole folder again, or export again.")
        size = path.stat().st_size
        if size != facts.bytes:
            raise _damaged(path, f"has {size} bytes instead of {facts.bytes}")
        if facts_of(path).sha256 != facts.sha256:
            raise _damaged(path, "differs from its checksum")


def read_table(folder: Path, table: str, manifest: Manifest, batch: int = 2000) -> Iterator[dict[str, list[Any]]]:
    """A table's columns in batches of at most `batch` rows; vectors come as one float32 array (rows, dim).

    Raises `StoreError` when the table is not as the format says.
    """
    path = folder / f"{table}.parquet"
    rows = 0
    try:
        with parquet().ParquetFile(path) as file:
            if not file.schema_arrow.equals(arrow_schema(table, manifest.embedder.dim)):
                raise _damaged(path, f"has other columns than version {VERSION} of the format")
            for found in file.iter_batches(batch_size=batch):
                rows += found.num_rows
                yield {name: _values(found.column(name), kind, manifest.embedder.dim) for name, kind in TABLES[table].items()}
    except OSError as error:  # Arrow's own errors are OSErrors and ValueErrors
        raise _damaged(path, "cannot be read as Parquet") from error
    if rows != manifest.rows(table):
        raise _damaged(path, f"has {rows} rows instead of {manifest.rows(table)}")


def _values(column: Any, kind: str, dim: int) -> Any:
    return column.flatten().to_numpy(zero_copy_only=False).reshape(-1, dim) if kind == "vector" else column.to_pylist()


def _damaged(path: Path, how: str) -> StoreError:
    return StoreError(f"an export must be as it was written, {path} {how}. Copy it again from where it was made, or export again.")


def _own_checksum(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")

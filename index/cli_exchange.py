"""Commands of backup and moving: export, import. Parses, calls, prints; decides nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.config import IndexConfig, load_settings
from index.errors import ModelMissing, UsageError

if TYPE_CHECKING:
    from rich.console import Console

_EXPORT_EXAMPLES = """Examples:

  footnote export ~/backup/2026-11-23

  footnote export ~/backup/today --db /srv/archive/db --json

The folder holds Parquet and JSON, which other tools read too:

  duckdb -c "select source, published, title from '~/backup/today/documents.parquet'"
"""
_IMPORT_EXAMPLES = """Examples:

  footnote import ~/backup/2026-11-23 --db restored

  footnote import ~/backup/2026-11-23 --db .footnote --overwrite

  footnote import /media/usb/export --moved /home/ann/articles=/srv/articles

  FOOTNOTE_STORE__URL=http://chroma:8000 footnote import ~/backup/2026-11-23 --db /srv/db
"""

Db = Annotated[Path | None, typer.Option("--db", help="Folder of the index; .footnote when not given.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer, settings_class: type[IndexConfig] = IndexConfig) -> None:
    """Add the commands to `app`. `settings_class` holds every section that footnote.toml may have."""

    @app.command("export", epilog=_EXPORT_EXAMPLES)
    def export_command(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the export.", show_default=False)],
        db: Db = None,
        as_json: Json = False,
    ) -> None:
        """Write the index (texts, chunks, vectors, settings) into a folder of Parquet and JSON files."""
        from index.exchange.export import export_index
        from index.screen.report import progress_bar

        settings = load_settings(settings_class, {"store": {"path": db}} if db else None)
        with progress_bar(_console(stderr=True)) as progress:
            manifest = export_index(folder, settings, weights=_weights(settings), progress=progress)
        size = sum(facts.bytes for facts in manifest.files.values())
        counts = {table: manifest.rows(table) for table in ("files", "documents", "chunks", "vectors")}
        if as_json:
            typer.echo(json.dumps({"folder": str(folder), **counts, "bytes": size}))
        else:
            numbers = f"{counts['documents']} documents, {counts['chunks']} chunks, {counts['vectors']} vectors"
            _console().print(f"Exported {numbers} to {folder} ({size / 1e6:.1f} MB).", markup=False)

    @app.command("import", epilog=_IMPORT_EXAMPLES)
    def import_command(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="What 'footnote export' wrote.", show_default=False)],
        db: Db = None,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an index that holds documents.")] = False,
        moved: Annotated[
            list[str] | None, typer.Option("--moved", metavar="OLD=NEW", help="A folder of documents that is elsewhere now; repeatable.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Make an index out of an export, without reading or embedding the documents again."""
        from dataclasses import asdict

        from index.exchange.restore import import_index
        from index.screen.report import progress_bar

        settings = load_settings(settings_class, {"store": {"path": db}} if db else None)
        places = dict(_pair(text) for text in moved or [])
        with progress_bar(_console(stderr=True)) as progress:
            done = import_index(folder, settings, overwrite=overwrite, moved=places, weights=_weights(settings), progress=progress)
        if as_json:
            typer.echo(json.dumps(asdict(done)))
            return
        console = _console()
        numbers = f"{done.documents} documents, {done.chunks} chunks, {done.vectors} vectors"
        console.print(f"Imported {numbers} into {settings.store.path}.", markup=False)
        for option, then, now in done.differing:
            console.print(f"{option} was {then!r} when this was exported, here it is {now!r}.", markup=False)


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise UsageError(f"--moved takes OLD=NEW, got {text!r}. Example: --moved /home/ann/articles=/srv/articles")
    return old, new


def _weights(settings: IndexConfig) -> str | None:
    """The checksum of the embedder's weights; None where the model is not installed, which keeps nobody from making a backup."""
    from index.models.registry import locate, verify_checksum

    try:
        return verify_checksum(locate(settings.models.embedder))
    except ModelMissing:
        return None


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)

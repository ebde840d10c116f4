"""Commands of the index: index, status, forget, and those of `cli_documents`. Parses, calls, prints; decides nothing.

Errors are raised as they are: whoever composes the command line turns a `FootnoteError` into lines and an exit code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from index.config import IndexConfig, load_settings
from index.errors import UsageError
from index.redact import redacted
from index.screen.plain import json_text, one_line
from index.text.names import path_kept, shown_name

if TYPE_CHECKING:
    from rich.console import Console

    from index.sync.pipeline import Pipeline
    from index.sync.report import Report

DbOption = Annotated[Path | None, typer.Option("--db", help="Folder of the index; .footnote when not given.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer, settings_class: type[IndexConfig] = IndexConfig) -> None:
    """Add the commands to `app`. `settings_class` holds every section that footnote.toml may have."""
    from index.cli_documents import add_documents

    @app.command("index")
    def index_command(
        paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders and files to index.")],
        db: DbOption = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done; write nothing.")] = False,
        watch: Annotated[bool, typer.Option("--watch", help="Stay, and follow changes until Ctrl-C.")] = False,
        engine: Annotated[Literal["local", "ray"], typer.Option(help="Read and embed in this process, or on Ray's workers.")] = "local",
        ray_address: Annotated[
            str | None, typer.Option(metavar="ADDRESS", help="Ray cluster, HOST:PORT; workers on this machine when not given.")
        ] = None,
        as_json: JsonOption = False,
    ) -> None:
        """Build or update the index of folders and files."""
        settings = _settings(settings_class, db)
        with _pipeline(engine, ray_address, settings, paths) as pipeline:
            if watch and not dry_run:
                failed = _follow(paths, settings, pipeline, as_json=as_json)
            else:
                failed = _build_and_print(paths, settings, pipeline, dry_run=dry_run, as_json=as_json)
        if failed:
            raise typer.Exit(1)

    @app.command("status")
    def status_command(db: DbOption = None, as_json: JsonOption = False) -> None:
        """What the index holds, and the settings in effect."""
        settings = _settings(settings_class, db)
        _print_status(_status(settings), as_json=as_json)

    add_documents(app, settings_class)

    @app.command("forget")
    def forget_command(source: Annotated[str, typer.Argument(help="A source, or a file of several.")], db: DbOption = None) -> None:
        """Remove a source from the index now. The file itself is left alone."""
        from index.sync.build import forget

        removed = forget(shown_name(source), _settings(settings_class, db))
        _console().print(
            f"Removed {len(removed)} from the index: {one_line(', '.join(removed[:5]))}{' ...' if len(removed) > 5 else ''}. "
            "While the file stays in its folder, the next 'footnote index' adds it again.",
            markup=False,
        )


def _settings(settings_class: type[IndexConfig], db: Path | None) -> IndexConfig:
    return load_settings(settings_class, {"store": {"path": db}} if db else None)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


@contextmanager
def _pipeline(engine: str, ray_address: str | None, settings: IndexConfig, paths: list[Path]) -> Iterator[Pipeline | None]:
    """What a build is made of on the engine that was asked for; None for what it is made of as a rule."""
    if engine == "ray":
        from index.sync.engine_ray import ray_pipeline
        from index.sync.pipeline import default_pipeline

        with ray_pipeline(default_pipeline(settings), ray_address, paths) as pipeline:
            yield pipeline
    elif ray_address is None:
        yield None
    else:
        raise UsageError(f"--ray-address goes with --engine ray, got {ray_address!r} without it. Add --engine ray.")


def _follow(paths: list[Path], settings: IndexConfig, pipeline: Pipeline | None, *, as_json: bool) -> bool:
    """Build, then after every change; True when a document failed. The models are loaded once."""
    from index.sync.pipeline import default_pipeline, keep_models
    from index.sync.watch import follow

    kept = keep_models(pipeline or default_pipeline(settings))

    def build(changed: Sequence[str] | None) -> bool:
        return _build_and_print(paths, settings, kept, as_json=as_json, changed=changed, quiet=changed is None)

    failed = _build_and_print(paths, settings, kept, as_json=as_json)
    return follow(paths, settings, build, failed=failed)


def _build_and_print(
    paths: list[Path],
    settings: IndexConfig,
    pipeline: Pipeline | None,
    *,
    dry_run: bool = False,
    as_json: bool = False,
    changed: Sequence[str] | None = None,
    quiet: bool = False,
) -> bool:
    """Build with a progress bar on stderr, the report on stdout (`quiet`: unless nothing came of it); True when a document failed."""
    from index.screen.report import print_plan, print_report, progress_bar
    from index.sync.build import build

    with progress_bar(_console(stderr=True)) as progress:
        report: Report = build(paths, settings, dry_run=dry_run, progress=progress, pipeline=pipeline, changed=changed)
    if quiet and not (report.new or report.changed or report.removed):
        return bool(report.failed)
    if as_json:
        typer.echo(json_text(report.as_json()))
    elif dry_run:
        print_plan(_console(), report)
    else:
        print_report(_console(), report)
    return bool(report.failed)


def _open_catalog(settings: IndexConfig) -> Any:
    """The catalog alone: showing text needs neither vectors nor the right embedder."""
    from contextlib import closing

    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading

    return closing(Catalog(open_for_reading(settings.store.path)))


def _status(settings: IndexConfig) -> dict[str, Any]:
    folder = settings.store.path
    with _open_catalog(settings) as catalog:
        facts, counts = catalog.meta(), catalog.counts()
        formats, languages = catalog.tally("format"), catalog.tally("language")
        sources = [info.source for info in catalog.documents()]
        roots = [shown_name(path_kept(row["path"])) for row in catalog.rows("SELECT path FROM roots ORDER BY path")]
    return {
        "path": shown_name(str(folder)),
        "documents": counts.documents,
        "files": counts.files,
        "chunks": counts.chunks,
        "characters": counts.characters,
        "undated": counts.undated,
        "undated_rows": counts.undated_rows,
        "duplicates": counts.documents - counts.clusters,
        "formats": formats,
        "languages": languages,
        "embedder": facts.get("embedder"),
        "fingerprint": facts.get("fingerprint"),
        "backend": facts.get("backend", "unknown"),
        "chunk_tokens": int(facts.get("chunk_tokens", 0)),
        "built": facts.get("built"),
        "roots": roots,
        "bytes": {
            "catalog": _size(folder, "catalog.sqlite3*"),
            "words": _size(folder, "words/**/*"),
            "vectors": _size(folder, "vectors/**/*"),
            "all": _size(folder, "**/*"),
        },
        "settings": redacted(settings.model_dump(mode="json")),
        "sources": sources,
    }


def _size(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def _print_status(status: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json_text(status))
        return
    from index.screen.report import print_status

    print_status(_console(), status)

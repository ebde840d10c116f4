"""`footnote list` and `footnote show`: which documents the index holds, and one of them. Parses, calls, prints; decides nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from index.config import IndexConfig, load_settings
from index.errors import UsageError
from index.screen.plain import json_text
from index.text.names import shown_name

if TYPE_CHECKING:
    from index.catalog.reader import Catalog
    from index.schema import Document

DbOption = Annotated[Path | None, typer.Option("--db", help="Folder of the index; .footnote when not given.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Order = Literal["source", "title", "date", "format", "pages", "size"]


def add_documents(app: typer.Typer, settings_class: type[IndexConfig]) -> None:
    """Add the two commands to `app`."""

    @app.command(
        "list", epilog='Examples:  footnote list  |  footnote list "reports/*.pdf" --sort date --reverse  |  footnote list --json | jq .'
    )
    def list_command(
        pattern: Annotated[
            str, typer.Argument(metavar="[GLOB]", help='Only sources that match, such as "mail/*" or "*.pdf".', show_default=False)
        ] = "*",
        sort: Annotated[Order, typer.Option(help="By what the lines are ordered.")] = "source",
        reverse: Annotated[bool, typer.Option("--reverse", help="The other way round: newest or largest first.")] = False,
        db: DbOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """The documents of the index: title, date, format, pages, size in characters."""
        from index.catalog.listing import listed
        from index.dates.versions import later_versions

        with _catalog(settings_class, db) as catalog:
            found = listed(catalog, shown_name(pattern), sort, reverse=reverse, later=later_versions(catalog))
            counts = catalog.counts()
            total = counts.documents
        if as_json:
            typer.echo(json_text({"documents": [one.as_json() for one in found], "total": total}))
            return
        if not found and total:
            raise UsageError(f"no source matches {pattern!r}; the index holds {total}. 'footnote list' shows them all.")
        from index.screen.documents import print_list

        print_list(found, total, counts.files)

    @app.command("show", epilog="Examples:  footnote show report.pdf  |  footnote show report.pdf --raw > report.txt")
    def show_command(
        source: Annotated[str, typer.Argument(help="A source as footnotes name it.")],
        db: DbOption = None,
        raw: Annotated[
            bool | None,
            typer.Option(
                "--raw/--rendered",
                help="The stored text as it is, which footnote offsets refer to (the default where another program reads), or set out.",
                show_default="rendered on a terminal",
            ),
        ] = None,
        boilerplate: Annotated[bool, typer.Option("--furniture", help="Show what was left out as page furniture, and why.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """A source as it was read, with headings, lists and tables set out, and what is known about it."""
        with _catalog(settings_class, db) as catalog:
            document = _document(catalog, shown_name(source))
        if as_json:
            from dataclasses import asdict

            data = asdict(document)
            typer.echo(json_text({**data, "furniture": data.pop("boilerplate")}))
            return
        from rich.console import Console

        from index.screen.report import print_document

        raw = not sys.stdout.isatty() if raw is None else raw
        print_document(Console(stderr=True, highlight=False, soft_wrap=True), document, boilerplate=boilerplate, text=raw)
        if not raw and not boilerplate:
            from index.screen.documents import print_structure

            print_structure(document)


@contextmanager
def _catalog(settings_class: type[IndexConfig], db: Path | None) -> Iterator[Catalog]:
    """The catalog alone: showing text needs neither vectors nor the right embedder."""
    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading

    settings = load_settings(settings_class, {"store": {"path": db}} if db else None)
    with closing(Catalog(open_for_reading(settings.store.path))) as catalog:
        yield catalog


def _document(catalog: Catalog, source: str) -> Document:
    document = catalog.document(source)
    if document is not None:
        return document
    from difflib import get_close_matches

    sources = [info.source for info in catalog.documents()]
    parts = sorted((s for s in sources if s.startswith(f"{source}#")), key=lambda part: (len(part), part))
    if len(parts) > 1:
        said = f"{source!r} was read as {len(parts)} documents, {parts[0]!r} to {parts[-1]!r}"
        raise UsageError(f"{said}. Name one; 'footnote list \"{source}#*\"' lists them.")
    near = parts or get_close_matches(source, sources, 3, 0.5)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "'footnote list' shows the sources."
    raise UsageError(f"the index has no source {source!r}. {hint}")

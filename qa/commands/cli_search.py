"""`footnote search`: passages that hold given words, with those words highlighted. Needs no model. Parses, calls, prints."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import UsageError
from index.screen.plain import json_text

if TYPE_CHECKING:
    from qa.retrieve.search import FoundPassage

Db = Annotated[Path | None, typer.Option("--db", help="folder of the index", show_default=".footnote")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog='Examples:  footnote search pump warranty  |  footnote search "E-204" --in "manuals/*.pdf" --limit 20')(search)


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="words to look for; their other forms are found too")],
    within: Annotated[
        list[str] | None, typer.Option("--in", metavar="GLOB", help='only in these sources, such as "mail/*"; may be repeated')
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="only documents published since this date")] = None,
    until: Annotated[str | None, typer.Option("--until", help="only documents published until this date")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="passages at most")] = 10,
    db: Db = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Find passages by their words, best first, with source and page. No question is answered and no model is loaded."""
    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading
    from index.config import load_settings
    from index.text.names import shown_name
    from qa.config import Settings
    from qa.question.days import limits
    from qa.retrieve.search import find

    settings = load_settings(Settings, {"store": {"path": db}} if db else None)
    asked = shown_name(" ".join(words))
    first, last = limits(since, until)
    with closing(Catalog(open_for_reading(settings.store.path))) as catalog:
        found = find(catalog, asked, limit, since=first, until=last, sources=within or ())
    if as_json:
        typer.echo(json_text({"words": asked, "passages": [_as_json(one) for one in found]}))
        return
    if not found:
        where = f" in {', '.join(within)}" if within else ""
        raise UsageError(f"no passage holds any of these words{where}: {asked!r}. Try other words, or 'footnote list' for what is indexed.")
    _print(found)


def _as_json(found: FoundPassage) -> dict[str, Any]:
    passage = found.passage
    return {
        "source": passage.source,
        "title": passage.title,
        "published": passage.published,
        "page": found.page,
        "where": found.where,
        "heading": found.context,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "highlights": [list(place) for place in found.highlights],
        "score": round(passage.score, 4),
    }


def _print(found: list[FoundPassage]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from index.screen.console import result_console
    from index.screen.plain import one_line

    console = result_console()
    for n, one in enumerate(found, start=1):
        passage = one.passage
        head = ", ".join(one_line(part) for part in (passage.title, passage.published, one.where) if part)
        console.print(Text.assemble((f"{n:2} ", "bold cyan"), (one_line(passage.source), "bold"), ("  " + head, "dim")), soft_wrap=True)
        line = Text()
        for text, lit in one.pieces():
            line.append(text, "bold yellow" if lit else "")
        console.print(Padding(line, (0, 0, 0, 3), expand=False))

"""Documents on a terminal: a list of them, and one set out by its structure. Knows only the data it is given.

Everything shown comes from documents and is untrusted: no markup is read in it, no control character reaches the terminal.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from index.catalog.listing import Listed
from index.schema import Document, Span
from index.screen.plain import for_terminal, in_files, one_line
from index.structure.layout import Part, parts_of

_STYLES = {"heading": "bold", "question": "bold", "caption": "italic"}


def print_list(documents: Sequence[Listed], total: int, files: int) -> None:
    """One line a document, and how many there are in how many files."""
    grid = Table(box=box.SIMPLE, pad_edge=False)
    later = any(one.later_version for one in documents)
    for name in ("source", "title", "date", "format", "pages", "size", *(["later version"] if later else [])):
        grid.add_column(name, overflow="fold", justify="right" if name in ("pages", "size") else "left", no_wrap=name == "date")
    for one in documents:
        info = one.info
        cells = (info.source, info.title or "", one.date or "", info.format, str(one.pages or ""), f"{info.characters:,}")
        grid.add_row(*(Text(one_line(cell)) for cell in (*cells, *([one.later_version or ""] if later else []))))
    console = _console()
    console.print(grid)
    console.print(Text(f"{len(documents)} of {total} documents{in_files(total, files)}; size in characters of text"))


def print_structure(document: Document) -> None:
    """The document's text by its units: headings, paragraphs, lists, tables and names with values set out; page furniture left out."""
    console = _console()
    for n, part in enumerate(parts_of(document)):
        if n:
            console.print()
        console.print(_shown(document.text, part))


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def _shown(text: str, part: Part) -> RenderableType:
    if part.kind == "table":
        rows = [[_line(text, cell) for cell in line] for line in part.lines]
        names = list(part.names) if part.names else rows[0] if part.headed else []
        return _grid([one_line(name) for name in names], rows[1:] if part.headed else rows)
    if part.kind == "list":
        return _items(text, part)
    if part.kind == "pairs":
        return _pairs([[_line(text, cell) for cell in line] for line in part.lines])
    if part.kind == "code":
        return Padding(Text("\n".join(for_terminal(text[c.start : c.end]) for line in part.lines for c in line)), (0, 0, 0, 4))
    said = "\n".join(_line(text, cell) for line in part.lines for cell in line)
    if part.kind in _STYLES:
        return Text.assemble(("#" * (part.level - 1) + " " if part.level > 1 else "", "dim"), (said, _STYLES[part.kind]))
    return Text(said, "dim" if part.kind == "masthead" else "")


def _line(text: str, span: Span) -> str:
    return one_line(text[span.start : span.end])


def _grid(names: list[str], body: list[list[str]]) -> RenderableType:
    grid = Table(box=box.SIMPLE_HEAD if names else None, show_header=bool(names), pad_edge=False)
    for n in range(max(map(len, [names, *body]))):
        column = [row[n] for row in body if n < len(row) and row[n]]
        right = bool(column) and all(cell[0].isdigit() or cell[0] in "-+−" for cell in column)
        grid.add_column(Text(names[n] if n < len(names) else ""), overflow="fold", justify="right" if right else "left")
    for row in body:
        grid.add_row(*(Text(cell) for cell in row))
    return grid


def _items(text: str, part: Part) -> RenderableType:
    """Items behind their number or a bullet, indented as in the text."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for (item,), indent in zip(part.lines, part.indents, strict=True):
        grid.add_row(Text(" " * min(indent, 12) + (item.label or "•")), Text(_line(text, item)))
    return grid


def _pairs(pairs: Sequence[Sequence[str]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", max_width=40, overflow="fold")
    grid.add_column(overflow="fold")
    for pair in pairs:
        grid.add_row(Text(pair[0]), Text(pair[1] if len(pair) > 1 else ""))
    return grid

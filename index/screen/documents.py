"""Documents on a terminal: a list of them, and one set out by its structure. Knows only the data it is given.

Everything shown comes from documents and is untrusted: no markup is read in it, no control character reaches the terminal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from index.catalog.listing import Listed
from index.schema import Document, Unit
from index.screen.plain import for_terminal, one_line
from index.structure.units import units_of

_GAP = re.compile(r"\t+| {3,}")
_NUMBER = re.compile(r"[([]?(?:\d{1,3}|[a-zA-Z])[.)\]]")
_TOGETHER = ({"row", "header"}, {"item"}, {"pair"}, {"code"}, {"sentence", "lead"}, {"masthead"})
_STYLES = {"heading": "bold", "question": "bold", "caption": "italic"}


def print_list(documents: Sequence[Listed], total: int) -> None:
    """One line a document, and how many there are."""
    grid = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("source", "title", "date", "format", "pages", "size"):
        grid.add_column(name, overflow="fold", justify="right" if name in ("pages", "size") else "left", no_wrap=name == "date")
    for one in documents:
        info = one.info
        cells = (info.source, info.title or "", one.date or "", info.format, str(one.pages or ""), f"{info.characters:,}")
        grid.add_row(*(Text(one_line(cell)) for cell in cells))
    console = _console()
    console.print(grid)
    console.print(Text(f"{len(documents)} of {total} documents; size in characters of text"))


def print_structure(document: Document) -> None:
    """The document's text by its units: headings, paragraphs, lists, tables and names with values set out; page furniture left out."""
    console = _console()
    for n, part in enumerate(_parts(document)):
        if n:
            console.print()
        console.print(part)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def _parts(document: Document) -> Iterator[RenderableType]:
    for group in _groups(document, units_of(document)):
        kind = group[0].kind
        if kind == "row" and len(group) == 1 and "\n" in _text(document, group[0]):  # a record, a line for each of its fields
            yield _pairs([one_line(line).partition(": ") for line in _text(document, group[0]).split("\n")])
        elif kind in ("row", "header"):
            yield _table([_cells(_text(document, unit)) for unit in group], headed=kind == "header")
        elif kind == "item":
            yield _items(document, group)
        elif kind == "pair":
            yield _pairs([_line(document, unit).partition(": ") for unit in group])
        elif kind == "code":
            yield Padding(Text("\n".join(_text(document, unit) for unit in group)), (0, 0, 0, 4))
        elif kind in _STYLES:
            depth = "#" * len(group[0].path) if kind == "heading" else ""
            yield Text.assemble((f"{depth} ".lstrip(), "dim"), (_line(document, group[0]), _STYLES[kind]))
        else:
            yield Text(_prose(document, group), "dim" if kind == "masthead" else "")


def _groups(document: Document, units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units that are set out as one: rows of a table, items of a list, sentences of a paragraph."""
    held: list[Unit] = []
    for unit in units:
        if held and not (_alike(held[-1], unit) and not _parted(document, held[-1], unit)):
            yield held
            held = []
        held.append(unit)
    if held:
        yield held


def _alike(one: Unit, other: Unit) -> bool:
    return one.path == other.path and any({one.kind, other.kind} <= kinds for kinds in _TOGETHER)


def _parted(document: Document, one: Unit, other: Unit) -> bool:
    """Whether a new table, list or paragraph begins: at column names below rows, where numbers follow bullets, at a blank line."""
    if other.kind == "header":
        return one.kind == "row"
    if other.kind == "item":
        return _number(document, one) == "" != _number(document, other)
    return other.kind in ("sentence", "lead") and document.text.count("\n", one.end, other.start) > 1


def _text(document: Document, unit: Unit) -> str:
    return for_terminal(document.text[unit.start : unit.end])


def _line(document: Document, unit: Unit) -> str:
    return one_line(document.text[unit.start : unit.end])


def _prose(document: Document, group: Sequence[Unit]) -> str:
    text = _line(document, group[0])
    for before, unit in pairwise(group):
        text += ("\n" if "\n" in document.text[before.end : unit.start] else " ") + _line(document, unit)
    return text


def _cells(row: str) -> list[str]:
    cells = row.strip("| ").split("|") if "|" in row else _GAP.split(row)
    return [one_line(cell) for cell in cells]


def _table(rows: list[list[str]], *, headed: bool) -> RenderableType:
    """Rows under their column names, which stand above them or in each cell ("Year: 2024 | Fee: 3"); an empty cell may be missing."""
    named = [dict(_pair(cell) for cell in row) for row in rows]
    if not headed and all("" not in row for row in named):
        names = list(dict.fromkeys(name for row in named for name in row))
        return _grid(names, [[row.get(name, "") for name in names] for row in named])
    return _grid(rows[0], rows[1:]) if headed else _grid([], rows)


def _pair(cell: str) -> tuple[str, str]:
    name, colon, value = cell.partition(": ")
    return (name, value) if colon else ("", cell)


def _grid(names: list[str], body: list[list[str]]) -> RenderableType:
    grid = Table(box=box.SIMPLE_HEAD if names else None, show_header=bool(names), pad_edge=False)
    for n in range(max(map(len, [names, *body]))):
        column = [row[n] for row in body if n < len(row) and row[n]]
        right = bool(column) and all(cell[0].isdigit() or cell[0] in "-+−" for cell in column)
        grid.add_column(Text(names[n] if n < len(names) else ""), overflow="fold", justify="right" if right else "left")
    for row in body:
        grid.add_row(*(Text(cell) for cell in row))
    return grid


def _items(document: Document, group: Sequence[Unit]) -> RenderableType:
    """Items behind their number or a bullet, indented as in the text."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for unit in group:
        before = _before(document, unit)
        indent = len(before) - len(before.lstrip())
        grid.add_row(Text(" " * min(indent, 12) + (_number(document, unit) or "•")), Text(_line(document, unit)))
    return grid


def _before(document: Document, unit: Unit) -> str:
    return document.text[document.text.rfind("\n", 0, unit.start) + 1 : unit.start]


def _number(document: Document, unit: Unit) -> str:
    """The number of an item: "2.", "(b)"; "" for a bullet."""
    mark = _before(document, unit).strip()
    return mark if _NUMBER.fullmatch(mark) else ""


def _pairs(pairs: Sequence[tuple[str, str, str]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", max_width=40, overflow="fold")
    grid.add_column(overflow="fold")
    for name, _, value in pairs:
        grid.add_row(Text(name.strip("*_ ")), Text(value.strip("*_ ")))
    return grid

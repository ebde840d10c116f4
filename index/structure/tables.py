"""Tables to rows that can be read alone: `- Year: 2025 | Cars: 30,000`, each a block of its own.

Merged cells are filled, header rows are told from the rows below them and joined, a row that spans the whole table names
the rows under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.structure.blocks import Block
from index.text.headers import TIME_NAME, names_columns

MAX_COLUMNS = 1000  # a cell may span, as in HTML
MAX_FILLED = 2_000_000  # characters that merged cells of a table may be repeated to
_LIKE = 50  # rows below the first one that it is compared with
MAX_NAME = 200  # characters; what is longer is a text and not the name of a column, and would be repeated in each row
_NUMBER = re.compile(r"[^\w]*\d[\d.,'’ \u00a0\u202f]*\s*[%‰°\w€$£/]{0,4}[^\w]*")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as written: its text, how many rows and columns it covers, and whether the format calls it a header."""

    text: str = ""
    rows: int = 1
    columns: int = 1
    head: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A place of the grid: what stands there, and the place (row, column) that it was written in."""

    text: str = ""
    head: bool = False
    origin: tuple[int, int] = (-1, -1)


def table_blocks(rows: Sequence[Sequence[Cell]], heads: int | None = None) -> list[Block]:
    """The rows of a table as blocks: "row" lines with their column names, or "pair" lines where it lists properties.

    `heads` is how many rows at the top name the columns; None decides by the marked cells, else by how the rows look.
    """
    grid = [row for row in fill(rows) if any(cell.text for cell in row)]
    blocks: list[Block] = []
    while grid and len(grid) > 1 and spans_all(grid[0]):  # a title inside the table
        blocks.append(Block(_first(grid[0]), "caption"))
        grid = grid[1:]
    if not grid:
        return blocks
    if lists_properties(grid):
        return [*blocks, *_pairs(grid)]
    count = header_rows(grid) if heads is None else min(heads - len(blocks), len(grid) - 1)
    names = column_names(grid[: max(count, 0)])
    return [*blocks, *row_blocks(grid[max(count, 0) :], names)]


def plain_table(rows: Sequence[Sequence[str]], heads: int | None = None) -> list[Block]:
    """`table_blocks` of rows of texts, without merged cells."""
    return table_blocks([[Cell(text) for text in row] for row in rows], heads)


def fill(rows: Sequence[Sequence[Cell]]) -> list[list[Filled]]:
    """A grid in which every place that a cell covers holds its text."""
    grid: list[list[Filled]] = []
    waiting: dict[int, tuple[int, Filled]] = {}  # column -> rows still to fill, and with what
    spent = 0
    for number, row in enumerate(rows):
        out: list[Filled] = []
        cells = iter(row)
        cell = next(cells, None)
        last = max(waiting, default=-1)
        while cell is not None or len(out) <= last:
            held = waiting.get(len(out))
            if held is not None:
                left, filled = held
                waiting[len(out)] = (left - 1, filled)
                out.append(filled)
            elif cell is None:
                out.append(Filled())
            else:
                filled = Filled(" ".join(cell.text.split()), cell.head, (number, len(out)))
                width, height = min(max(cell.columns, 1), MAX_COLUMNS), min(max(cell.rows, 1), len(rows) - number)
                spent += (width * height - 1) * (len(filled.text) + 1)
                if spent > MAX_FILLED:
                    width = height = 1
                for _ in range(width):
                    if len(out) in waiting:
                        break  # two merged cells claim one place: the upper one has it
                    waiting |= {len(out): (height - 1, filled)} if height > 1 else {}
                    out.append(filled)
                cell = next(cells, None)
        waiting = {column: held for column, held in waiting.items() if held[0] > 0}
        grid.append(out)
    return grid


def header_rows(grid: Sequence[Sequence[Filled]]) -> int:
    """How many rows at the top of a filled grid name its columns; 0 where none does, never all of them."""
    marked = 0
    while marked < len(grid) - 1 and all(cell.head for cell in grid[marked] if cell.text) and _short(grid[marked]):
        marked += 1
    if marked:
        return marked
    if len(grid) < 2 or not _short(grid[0]) or not _names_columns(grid):
        return 0
    count = 1
    # A name that spans several columns, or stands beside a cell that reaches down, has its second half in the next row.
    while count < min(len(grid) - 1, 4) and _goes_on(grid[count - 1], grid[count]):
        count += 1
    return count


def column_names(rows: Sequence[Sequence[Filled]]) -> list[str]:
    """The name of each column: what stands above it in the header rows, joined by commas, nothing twice."""
    width = max((len(row) for row in rows), default=0)
    names = []
    for column in range(width):
        parts = dict.fromkeys(row[column].text for row in rows if column < len(row) and row[column].text)
        names.append(", ".join(parts))
    return names


def row_blocks(rows: Iterable[Sequence[Filled]], names: Sequence[str]) -> list[Block]:
    """Rows with their column names; a row that one cell spans names the rows below it."""
    blocks: list[Block] = []
    section = ""
    for row in rows:
        if spans_all(row):
            blocks.append(Block(f"- {_first(row)}", "row"))
            section = _first(row) if _short(row) else ""
            continue
        lead = [section] if section else []
        blocks.append(Block("- " + " | ".join([*lead, *_named(row, names)]), "row"))
    return [block for block in blocks if block.text != "- "]


@dataclass(frozen=True, slots=True)
class SheetState:
    """How far a sheet has been read: the names of the columns of its last table, and the last row under them."""

    names: tuple[str, ...] = ()
    last: tuple[Filled, ...] = ()


def sheet_blocks(grid: Sequence[Sequence[Filled]], before: SheetState) -> tuple[list[Block], SheetState]:
    """A region of a spreadsheet as blocks, and what the next region needs to know.

    Lines of one cell above and below are text. A region that looks as the last rows of the region above did, without title and
    names of its own, goes on with that one's names.
    """
    rows = list(grid)
    above: list[Block] = []
    while rows and _is_line(rows[0], len(rows)):
        above.append(Block(_first(rows.pop(0))))
    below: list[Block] = []
    while len(rows) > 1 and _is_line(rows[-1], len(rows)) and _is_remark(_first(rows[-1])):
        below.insert(0, Block(_first(rows.pop())))
    if not rows:
        return [*above, *below], SheetState()
    if lists_properties(rows):
        return [*above, *_pairs(rows), *below], SheetState()
    if before.names and len(before.names) == len(rows[0]) and not above and _looks_like(rows[0], before.last):
        return [*row_blocks(rows, before.names), *below], SheetState(before.names, tuple(rows[-1]))
    count = header_rows(rows)
    names = tuple(column_names(rows[:count]))
    return [*above, *row_blocks(rows[count:], names), *below], SheetState(names, tuple(rows[-1]))


def _looks_like(row: Sequence[Filled], other: Sequence[Filled]) -> bool:
    """Whether a row has numbers where the other has them, and is not marked as header."""
    if all(cell.head for cell in row if cell.text):
        return False
    return not any(_NUMBER.fullmatch(b.text) and a.text and not _NUMBER.fullmatch(a.text) for a, b in zip(row, other, strict=False))


def _is_line(row: Sequence[Filled], rows: int) -> bool:
    """A row that holds one text only (a title, a remark), in a region of several columns or rows."""
    origins = {cell.origin for cell in row if cell.text}
    return len(origins) == 1 and (len(row) > 1 or rows == 1)


def _is_remark(text: str) -> bool:
    """Whether the only text of a last row says something of the table ("x = on duty", a sentence) rather than being a row ("Total")."""
    return len(text) > 30 or text.endswith((".", "!")) or " = " in text


def _named(row: Sequence[Filled], names: Sequence[str]) -> list[str]:
    """The filled cells with their columns' names. Where columns have none, an empty cell keeps its place among filled ones."""
    parts: list[str] = []
    filled = max((column for column, cell in enumerate(row) if cell.text), default=-1) + 1
    for column, cell in enumerate(row[:filled]):
        if not names and column and cell.origin == row[column - 1].origin and cell.origin[0] >= 0:
            continue
        if not cell.text:
            parts += [] if names else [""]
            continue
        name = names[column] if column < len(names) else ""
        parts.append(f"{name}: {cell.text}" if name else cell.text)
    return parts


def _short(row: Sequence[Filled]) -> bool:
    return all(len(cell.text) <= MAX_NAME for cell in row)


def _names_columns(grid: Sequence[Sequence[Filled]]) -> bool:
    first = grid[0]
    filled = [cell for cell in first if cell.text]
    texts = {cell.text: cell.origin for cell in filled}
    if len(texts) < 2 or len(texts) < len({cell.origin for cell in filled}):
        return False
    return names_columns([[cell.text for cell in row] for row in grid[: 1 + _LIKE]])


def _goes_on(above: Sequence[Filled], row: Sequence[Filled]) -> bool:
    """Whether `row` still names columns: a cell of the row above reaches into it, or spans several of its names."""
    reaches = any(a.text and a.origin == b.origin for a, b in zip(above, row, strict=False))
    wide = any(a.text and a.origin == b.origin for a, b in pairwise(above))
    own = [cell.text for cell, up in zip(row, above, strict=False) if cell.text and cell.origin != up.origin]
    return (reaches or wide) and bool(own) and not any(_NUMBER.fullmatch(text) and not TIME_NAME.fullmatch(text) for text in own)


def spans_all(row: Sequence[Filled]) -> bool:
    """One merged cell from edge to edge (a row of a single column is none)."""
    return len(row) > 1 and bool(row[0].text) and row[0].origin[0] >= 0 and all(cell.origin == row[0].origin for cell in row)


def _first(row: Sequence[Filled]) -> str:
    return next(cell.text for cell in row if cell.text)


def lists_properties(grid: Sequence[Sequence[Filled]]) -> bool:
    """Columns in twos, of which the first names what the second holds: marked as header (`th` beside `td`), or with a colon."""
    if not all(len(row) % 2 == 0 and row[0].text and row[1].text for row in grid):
        return False
    twos = [(row[at], row[at + 1]) for row in grid for at in range(0, len(row), 2) if row[at].text or row[at + 1].text]
    return all(name.head and not value.head for name, value in twos) or all(name.text.endswith(":") for name, _ in twos)


def _pairs(grid: Sequence[Sequence[Filled]]) -> list[Block]:
    twos = [(row[at].text, row[at + 1].text) for row in grid for at in range(0, len(row), 2)]
    return [Block(f"{name.rstrip(': ')}: {value}", "pair") for name, value in twos if name and value]

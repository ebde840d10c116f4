"""Excel files: sheets as pages, tables as rows with their column names, values as the cells show them.

Needs openpyxl, of the extra `formats`. Tables are parted by empty rows and columns; merged cells are filled. Hidden sheets are
left out and named.
"""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.errors import LoadError, NotRead
from index.formats.archive import BROKEN, Limits, open_zip, read_member
from index.formats.extract import Extract
from index.formats.office.excel_numbers import shown_date, shown_number
from index.structure.blocks import Block, paged
from index.structure.tables import Filled, SheetState, header_rows, sheet_blocks

MAX_CELLS = 10_000_000  # of a sheet, the empty ones before a filled one too: 80 MB of references while it is read
_MAX_MERGES = 100_000
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_HEAD_ROWS = 4  # at the top of a table, whose cells are asked whether they are bold

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column; from 0


def read_xlsx(data: bytes, source: str, limits: Limits, problems: list[LoadError] | None = None) -> list[Extract]:
    """One document with a page span per sheet, labelled by its name; every row repeats its column names."""
    try:
        import openpyxl  # type: ignore[import-untyped]
    except ImportError as error:
        raise LoadError(
            f"{source}: Excel files need openpyxl, which is not installed. Install the extra: pip install 'footnote[formats]'."
        ) from error
    archive = open_zip(data, source, limits, "Excel file")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        pages = []
        hidden = []
        room = _Room(source, limits.max_bytes)
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                hidden.append(repr(sheet.title))
                continue
            path = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
            merges = _merges(read_member(archive, path, source, limits)) if path in archive.NameToInfo else {}
            pages.append((sheet.title, _sheet_blocks(sheet, merges, room)))
    except (*BROKEN, RuntimeError, TypeError, AttributeError, SyntaxError) as error:  # what openpyxl raises on damaged files
        raise LoadError(f"{source}: must be a readable Excel file, found a broken one ({_one_line(error)}). Save it again.") from error
    if hidden and problems is not None:
        problems.append(NotRead(f"{source}: sheet {', '.join(hidden[:20])} is hidden and was not read. Show it, if it shall be found."))
    made = paged(pages)
    title = " ".join((book.properties.title or "").split()) or None
    author = " ".join((book.properties.creator or "").split())
    return [
        Extract(
            text=made.text,
            format="xlsx",
            identity=data,
            title=title,
            author=author if author and author != "openpyxl" else None,
            pages=made.pages,
            blocks=made.blocks,
            prose=False,
        )
    ]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120]


def _merges(sheet: bytes) -> dict[int, list[Merge]]:
    """The merged ranges that a sheet states, by their first row."""
    found: dict[int, list[Merge]] = {}
    for number, match in enumerate(_MERGE.finditer(sheet)):
        if number == _MAX_MERGES:
            break
        first, last = int(match[2]) - 1, int(match[4]) - 1
        left, right = _column(match[1]), _column(match[3])
        if 0 <= first <= last and left <= right:
            found.setdefault(first, []).append((first, left, last, right))
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


@dataclass(slots=True)
class _Room:
    """What the cells of a workbook may still say: a file holds a text once and any number of cells refer to it."""

    source: str
    most: int
    said: int = 0

    def take(self, texts: Sequence[str]) -> None:
        """Raises `LoadError` when it is too much."""
        self.said += sum(map(len, texts))
        if self.said > self.most:
            rule = f"the text of its cells must be at most {self.most / 1e6:g} MB, and is more"
            raise LoadError(f"{self.source}: {rule}. Split it, or raise index.max_file_mb.")


def _sheet_blocks(sheet: Any, merges: Mapping[int, Sequence[Merge]], room: _Room) -> list[Block]:
    """Raises `LoadError` for a sheet of more than `MAX_CELLS`, and for too much text."""
    sheet.reset_dimensions()  # the size that a file states is filled up with empty cells, and costs the file nothing
    blocks: list[Block] = []
    state = SheetState()
    for rows in _regions(sheet, room):
        grid = _fill_merges(rows, merges)
        for part in _side_by_side(grid):
            made, state = sheet_blocks(part, state)
            blocks += made
    return [Block(sheet.title, "heading 1"), *blocks] if blocks else []


def _regions(sheet: Any, room: _Room) -> Iterator[list[tuple[int, list[Filled]]]]:
    """Runs of rows that hold something, with their numbers (from 0): an empty row parts them."""
    region: list[tuple[int, list[Filled]]] = []
    cells = 0
    for number, row in enumerate(sheet.iter_rows()):
        cells += len(row)
        if cells > MAX_CELLS:
            raise LoadError(f"{room.source}: a sheet must have at most {MAX_CELLS:,} cells, {sheet.title!r} has more. Split it.")
        texts = [_shown(cell) for cell in row]
        room.take(texts)
        if not any(texts):
            if region:
                yield _without_bold(region)
            region = []
            continue
        bold = len(region) < _HEAD_ROWS and all(_is_bold(cell) for cell, text in zip(row, texts, strict=True) if text)
        region.append((number, [Filled(text, bold, (number, column)) for column, text in enumerate(texts)]))
    if region:
        yield _without_bold(region)


def _without_bold(region: list[tuple[int, list[Filled]]]) -> list[tuple[int, list[Filled]]]:
    """Bold type names columns only where other rows are not bold."""
    if not all(cell.head for _, row in region[:_HEAD_ROWS] for cell in row if cell.text):
        return region
    return [(number, [Filled(cell.text, False, cell.origin) for cell in row]) for number, row in region]


def _is_bold(cell: Any) -> bool:
    font = getattr(cell, "font", None)
    return bool(font is not None and font.b)


def _fill_merges(rows: list[tuple[int, list[Filled]]], merges: Mapping[int, Sequence[Merge]]) -> list[list[Filled]]:
    """The rows of a region, equally long, with merged ranges filled by what stands at their upper left."""
    width = max(len(row) for _, row in rows)
    at = {number: position for position, (number, _) in enumerate(rows)}
    grid = [row + [Filled()] * (width - len(row)) for _, row in rows]
    for first, left, last, right in (merge for number, _ in rows for merge in merges.get(number, ())):
        if left >= width:
            continue
        corner = grid[at[first]][left]
        for number in range(first, min(last, rows[-1][0]) + 1 if corner.text else first):
            if number in at:
                for column in range(left, min(right + 1, width)):
                    grid[at[number]][column] = corner
    return grid


def _side_by_side(grid: list[list[Filled]]) -> Iterator[list[list[Filled]]]:
    """Tables beside each other: an empty column parts them when each has two columns at least."""
    width = len(grid[0])
    empty = [not any(row[column].text for row in grid) for column in range(width)]
    parts: list[list[int]] = [[]]
    for column in range(width):
        if empty[column]:
            parts.append([])
        else:
            parts[-1].append(column)
    parts = [part for part in parts if part]
    if len(parts) < 2 or min(len(part) for part in parts) < 2 or not all(_has_header(grid, part) for part in parts):
        parts = [[column for part in parts for column in part]]
    for part in parts:
        lines = [[row[column] for column in part] for row in grid]
        yield [line for line in lines if any(cell.text for cell in line)]


def _has_header(grid: list[list[Filled]], columns: Sequence[int]) -> bool:
    rows = [[row[column] for column in columns] for row in grid[:8]]
    return header_rows([row for row in rows if sum(bool(cell.text) for cell in row) > 1]) > 0


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return shown_date(value, cell.number_format or "")
    if isinstance(value, int | float):
        return shown_number(value, cell.number_format or "") if math.isfinite(value) else str(value)
    return " ".join(str(value).split())

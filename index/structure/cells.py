"""The cells of a table's row, and what the letters and signs in them stand for where the document explains them.

"N" under "Tue" says nothing; "N = night shift" above or below the table says what. Knows units, no questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.schema import Unit

_BAR = re.compile(r"\|")
_GAP = re.compile(r"\t+| {3,}")
_NAMED = re.compile(r"([^:|\n]+): +")
_MARK = re.compile(r"[^\W\d_]{1,2}|[^\w\s|]{1,2}|[^\W\d_][\d+*-]")  # N, OC, x, ●, –, E2
_PARTS = re.compile(r"[^\S\n]*[,;|\n][^\S\n]*|\t+| {3,}")
_SAYS = re.compile(r"[\"“'(]?(?P<mark>[^\s\"”'):=]{1,2})[\"”')]?(?P<sign>\s*[=:]|\s+[–—-]|\s+(?:means|stands for)\b)?\s+(?P<meaning>\S.*)")
_EQUALS = re.compile(r"(?<!\S)[\"“'(]?(?P<mark>[^\s\"”'):=]{1,2})[\"”')]?\s*=\s*")
_TITLE = re.compile(r"[^\W\d_][\w ]{2,24}:\s+")  # "Key: ..."
LONGEST = 400  # characters of a line that explains; a longer one is text


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row, `text[start:end]`, and the name of its column, empty where the row and its header do not tell."""

    column: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gloss:
    """What stands in the cell from `start` to `at`, in words, the name of its column, and the unit of the document that explains it."""

    start: int
    at: int
    column: str
    text: str
    unit: Unit


def cells_of(text: str, row: Unit, header: Unit | None) -> list[Cell]:
    """The filled cells of a row, in order; `header` is the unit that holds its column names, where one stands above it."""
    heads = _places(text, header.start, header.end) if header is not None else []
    places = _places(text, row.start, row.end)
    if len(heads) == len(places):
        names = [text[a:b] for a, b in heads]
    else:
        names = _names_above(text, heads, places) if heads and "|" not in text[row.start : row.end] else [""] * len(places)
    cells = []
    for n, (start, end) in enumerate(places):
        named = _NAMED.match(text, start, end)
        if named is not None:
            cells.append(Cell(named[1].strip(), named.end(), end))
        elif start < end:
            cells.append(Cell(names[n], start, end))
    return cells


def _names_above(text: str, heads: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]) -> list[str]:
    """The column names that cells set by spaces stand below, where cells are missing; all empty where two would share one."""

    def column(at: int) -> int:
        return at - (text.rfind("\n", 0, at) + 1)

    starts = [0, *(column(start) for start, _ in heads[1:])]
    edges = [*zip(starts, [*starts[1:], 10**9], strict=True)]
    found = []
    for start, end in places:
        left, right = column(start), column(start) + end - start
        found.append(max(range(len(edges)), key=lambda n: min(right, edges[n][1]) - max(left, edges[n][0])))
    return [text[slice(*heads[n])] for n in found] if len(set(found)) == len(found) else [""] * len(found)


def cell_texts(text: str, start: int, end: int) -> list[str]:
    """The cells of the row `text[start:end]` in order, empty ones too."""
    return [text[a:b] for a, b in _places(text, start, end)]


def _places(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the cells of a row stand, empty ones too, between bars or wide gaps. A unit leaves out bars at its ends."""
    if "|" not in text[start:end]:
        bars = list(_GAP.finditer(text, start, end))
    else:
        first = text.rfind("\n", 0, start) + 1
        last = len(text) if text.find("\n", end) < 0 else text.find("\n", end)
        if "|" in text[first:start] and not text[first:start].strip("| \t"):
            start = text.index("|", first) + 1
        elif text[first:start].startswith("- ") and not text[first + 1 : start].strip("| "):
            start = first + 2  # of a row that a format made, the first cell may be empty
        if "|" in text[end:last] and not text[end:last].strip("| \t"):
            end = text.rindex("|", end, last)
        bars = list(_BAR.finditer(text, start, end))
    edges = [start, *(edge for bar in bars for edge in bar.span()), end]
    return [_trimmed(text, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def is_mark(value: str) -> bool:
    """Whether a cell holds a letter or sign that stands for something: "N", "x", "●"."""
    return _MARK.fullmatch(value) is not None


def glosses_of(text: str, units: Sequence[Unit], rows: Sequence[Unit]) -> tuple[Gloss, ...]:
    """What the marks in `rows` stand for, in order; `units` are all of the document's. A mark that several lines explain is taken as the
    line says that stands under the same headings, else by the nearest."""
    marked: list[tuple[Unit, Cell, str]] = []
    for row in rows:
        if row.kind == "row":
            cells = cells_of(text, row, units[row.hangs] if row.hangs is not None else None)
            marked += [(row, cell, text[cell.start : cell.end]) for cell in cells if is_mark(text[cell.start : cell.end])]
    if not marked:
        return ()
    said = list(_explained(text, units, {value for _, _, value in marked}))
    found = []
    for row, cell, value in marked:
        own = [(unit, meaning) for mark, meaning, unit in said if mark == value and not (unit.start <= cell.start < unit.end)]
        if own:
            unit, meaning = min(own, key=lambda one: (one[0].path != row.path, abs(one[0].start - row.start)))
            found.append(Gloss(cell.start, cell.end, cell.column, meaning, unit))
    return tuple(found)


def _explained(text: str, units: Sequence[Unit], marks: set[str]) -> Iterator[tuple[str, str, Unit]]:
    """Mark, meaning and unit of every line that explains some of the marks."""
    for unit in units:
        if unit.end - unit.start > LONGEST or unit.kind in ("header", "code"):
            continue
        line = text[unit.start : unit.end]
        if unit.kind == "row" and "=" not in line and line[:2].strip(" :") not in marks:  # of thousands of rows none explains
            continue
        for mark, meaning in _meanings(line, marks):
            if sum(c.isalpha() for c in meaning) > 1 and not is_mark(meaning):
                yield mark, meaning, unit


def _meanings(line: str, marks: set[str]) -> Iterator[tuple[str, str]]:
    signs = [found for found in _EQUALS.finditer(line) if found["mark"] in marks]
    if signs:
        for n, found in enumerate(signs):
            end = signs[n + 1].start() if n + 1 < len(signs) else len(line)
            yield found["mark"], re.split(r"\s*[;|\n]\s*|\. |\s{3,}|,\s*$", line[found.end() : end])[0].strip(" ,.")
        return
    title = _TITLE.match(line)
    parts = [part for part in _PARTS.split(line[title.end() :] if title and not _SAYS.match(line) else line) if part]
    said = [_SAYS.fullmatch(part) for part in parts]
    if all(found and found["mark"] in marks and (found["sign"] or len(parts) > 1) for found in said):
        yield from ((found["mark"], found["meaning"].strip(" .")) for found in said if found)

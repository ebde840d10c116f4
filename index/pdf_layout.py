"""The lines of a PDF page in reading order: columns one after the other, tables as rows with their column names.

PDFium gives lines across the whole page. Here each is cut where a wide gap stands between two words; runs of lines with several parts
are columns of prose when the parts are long, and a table when they are short. Knows text and boxes, nothing of PDFium.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from index.extract import table_lines

WIDE = 0.75  # times the height of a line: a wider gap between two words parts columns; justified prose stays below
PROSE = 24  # characters: parts that are longer in the median are prose
FEWEST = 2  # lines that make a table, columns of prose need twice as many


@dataclass(frozen=True, slots=True)
class Part:
    """Words of one line without a wide gap between them: text and box in points (y grows upwards)."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line in reading order; `row` marks a row of a table, `fresh` one that does not continue the line before; `edge` is the right
    edge of its column, 0 where that is the page's."""

    part: Part
    row: bool = False
    fresh: bool = False
    edge: float = 0.0


def ordered(lines: Sequence[Sequence[Part]], header: list[str] | None = None) -> tuple[list[Ordered], list[str] | None]:
    """The lines of a page (each a list of parts from left to right) in reading order.

    `header` holds the column names of a table that ends the page before; returns those of a table that ends this one, else None.
    """
    visual = _merged(lines)
    found: list[Ordered] = []
    last: list[str] | None = None
    at = 0
    while at < len(visual):
        end = at
        while end < len(visual) and len(visual[end]) > 1:
            end += 1
        # A line of one part inside a table is a cell that wrapped, a note, or a column of prose that is shorter than its neighbour.
        while end > at and end + 1 < len(visual) and len(visual[end + 1]) > 1 and _beside(visual[at:end], visual[end][0]):
            end += 1
            while end < len(visual) and len(visual[end]) > 1:
                end += 1
        run = visual[at:end]
        parts = [p for line in run for p in line]
        if len(run) >= FEWEST and len(_bands(parts)) > 1:
            prose = median(len(p.text) for p in parts) >= PROSE and len(run) >= 2 * FEWEST
            last = None
            if prose:
                found += _columns(run)
            else:
                rows, last = _table(run, header if not found else None)
                found += rows
            at = end
            continue
        for line in visual[at : max(end, at + 1)]:
            joined = line[0] if len(line) == 1 else _one(line)
            found.append(Ordered(joined))
            last = None
        at = max(end, at + 1)
    return found, last


def _merged(lines: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """Lines of the same height as one, from the top of the page down where they came out of order."""
    merged: list[list[Part]] = []
    for line in lines:
        if not line:
            continue
        before = merged[-1] if merged else None
        if before is not None and _level(before[0], line[0]) and line[0].left >= before[-1].right:
            before.extend(line)
        else:
            merged.append(list(line))
    return merged


def _level(one: Part, other: Part) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap > 0.6 * min(one.top - one.bottom, other.top - other.bottom)


def _beside(run: Sequence[Sequence[Part]], part: Part) -> bool:
    """Whether a part stands in one of the run's columns and close below it."""
    bands = _bands([p for line in run for p in line])
    height = max(part.top - part.bottom, 1.0)
    near = run[-1][0].bottom - part.top < 1.2 * height
    return near and any(left - 2 <= part.left and part.right <= right + 2 for left, right in bands)


def _bands(parts: Sequence[Part]) -> list[tuple[float, float]]:
    """The columns from left to right: stretches of the width that more than a few of the lines cover; a heading over two columns or a
    cell that is too long for its own joins nothing."""
    ends = sorted([(p.left, 1) for p in parts] + [(p.right, -1) for p in parts])
    lines = len({round(p.top) for p in parts})
    few = lines // 10
    bands: list[tuple[float, float]] = []
    depth, begun = 0, 0.0
    for x, step in ends:
        if step > 0 and depth == few:
            begun = x
        depth += step
        if step < 0 and depth == few:
            if bands and begun - bands[-1][1] < 1:
                bands[-1] = (bands[-1][0], x)
            else:
                bands.append((begun, x))
    return bands


def _column(part: Part, bands: Sequence[tuple[float, float]]) -> int:
    """The column that a part lies in for the most part."""
    return max(range(len(bands)), key=lambda n: (min(part.right, bands[n][1]) - max(part.left, bands[n][0]), -n))


def _columns(run: Sequence[Sequence[Part]]) -> list[Ordered]:
    """Columns of prose, each from top to bottom, the left one first."""
    bands = _bands([p for line in run for p in line])
    found: list[Ordered] = []
    for n, (_, right) in enumerate(bands):
        column = [p for line in run for p in line if _column(p, bands) == n]
        found += [Ordered(p, fresh=i == 0 and not found, edge=right) for i, p in enumerate(column)]
    return found


def _table(run: Sequence[Sequence[Part]], header: list[str] | None) -> tuple[list[Ordered], list[str] | None]:
    """The rows of a table, each as one line with its column names, and the names."""
    bands = _bands([p for line in run for p in line])
    rows: list[list[str]] = []
    places: list[list[Part]] = []
    for line in run:
        cells = [" ".join(p.text for p in line if _column(p, bands) == n) for n in range(len(bands))]
        tight = bool(places) and places[-1][0].bottom - line[0].top < 0.35 * (line[0].top - line[0].bottom)
        if rows and not cells[0] and tight and sum(map(bool, cells)) < len(bands):
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
            places.append(list(line))
    if header is not None and len(header) == len(bands) and rows[0] != header:
        rows, places = [header, *rows], [places[0], *places]
    made = table_lines(rows)
    shift = len(rows) - len(made)
    named = shift == 1
    lines = [Ordered(_as(text, _one(place)), row=True) for text, place in zip(made, places[shift:], strict=False)]
    return lines, rows[0] if named else None


def _one(line: Sequence[Part]) -> Part:
    text = " ".join(p.text for p in line)
    return Part(text, line[0].left, line[-1].right, max(p.top for p in line), min(p.bottom for p in line))


def _as(text: str, place: Part) -> Part:
    return Part(text, place.left, place.right, place.top, place.bottom)

"""The short answer of a table row: the cell under the column that the question names.

A reader is trained on sentences and takes a neighbour's figure easily. Rows say "2025: 14.85 | 2026: 16.25", or stand under a header row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.schema import Unit
from qa.english.lexicon import content_stems
from qa.read.protocol import Span

_BAR = re.compile(r" *\| *")
_NAMED = re.compile(r"([^:|]+): +")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row, `text[start:end]`, and the name of its column, empty where the row and its header do not tell."""

    column: str
    start: int
    end: int


def short_of_row(question: str, text: str, row: Unit, units: Sequence[Unit], short: Span | None) -> Span | None:
    """The short answer of a row: the cell that the question asks for, else the reader's, cut to the cell that it begins in.

    `units` are all of the document's, `short` is the reader's span of `text`.
    """
    cells = cells_of(text, row, units[row.hangs] if row.hangs is not None else None)
    asked = asked_cell(question, text, cells)
    inside = short is not None and asked is not None and asked.start <= short[0] and short[1] <= asked.end
    if asked is not None and not inside:
        return asked.start, asked.end
    begun = next((c for c in cells if short is not None and c.start <= short[0] < c.end), None)
    return (short[0], min(short[1], begun.end)) if short is not None and begun is not None else short


def cells_of(text: str, row: Unit, header: Unit | None) -> list[Cell]:
    """The cells of a row, in order; `header` is the unit that holds its column names, where one stands above it."""
    names = _BAR.split(text[header.start : header.end].strip(" |")) if header is not None else []
    parts: list[tuple[int, int]] = []
    at = row.start
    for bar in [*_BAR.finditer(text, row.start, row.end), None]:
        end = row.end if bar is None else bar.start()
        parts.append((at, end))
        at = end if bar is None else bar.end()
    parts = [(a, b) for a, b in parts if a < b]
    cells = []
    for n, (start, end) in enumerate(parts):
        named = _NAMED.match(text, start, end)
        if named is not None:
            cells.append(Cell(named[1].strip(), named.end(), end))
        else:
            cells.append(Cell(names[n] if len(names) == len(parts) else "", start, end))
    return cells


def asked_cell(question: str, text: str, cells: Sequence[Cell]) -> Cell | None:
    """The cell under the column of which the question has most words, None where no column or several are as near.

    A cell whose value the question has names the row ("line 4"), so its column is not asked for.
    """
    words = set(content_stems(question))
    rest = [c for c in cells if not _values(text, c) <= words]
    named = sorted(((len(words & set(content_stems(c.column))), c) for c in rest), key=lambda pair: -pair[0])
    if not named or named[0][0] == 0 or (len(named) > 1 and named[1][0] == named[0][0]):
        return None
    return named[0][1]


def _values(text: str, cell: Cell) -> set[str]:
    return set(content_stems(text[cell.start : cell.end]))

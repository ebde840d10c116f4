"""The short answer of a table row, the cell under the column that the question names, and the row with the names of its columns.

A reader is trained on sentences and takes a neighbour's figure easily. Rows say "2025: 14.85 | 2026: 16.25", or stand under a header row.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.schema import Unit
from index.structure.cells import Cell, cells_of, is_mark
from qa.english.lexicon import abbreviates, content_stems
from qa.read.protocol import Span


def short_of_row(question: str, text: str, row: Unit, units: Sequence[Unit], short: Span | None) -> Span | None:
    """The short answer of a row: the cell that the question asks for, else the reader's, cut to the cell that it begins in.

    `units` are all of the document's, `short` is the reader's span of `text`.
    """
    cells = cells_of(text, row, units[row.hangs] if row.hangs is not None else None)
    asked = asked_cell(question, text, cells)
    if asked is not None and is_mark(text[asked.start : asked.end]) and not _values(text, cells[0]) & set(content_stems(question)):
        return cells[0].start, cells[0].end  # who or what has the cross, which says nothing itself
    inside = short is not None and asked is not None and asked.start <= short[0] and short[1] <= asked.end
    if asked is not None and not inside:
        return asked.start, asked.end
    begun = next((c for c in cells if short is not None and c.start <= short[0] < c.end), None)
    return (short[0], min(short[1], begun.end)) if short is not None and begun is not None else short


def asked_cell(question: str, text: str, cells: Sequence[Cell]) -> Cell | None:
    """The cell under the column of which the question has most words, None where no column or several are as near.

    A cell whose value the question has names the row ("line 4"), so its column is not asked for.
    """
    words = set(content_stems(question))
    rest = [c for c in cells if not _values(text, c) <= words]
    asked = question.split()
    named = [(len(words & set(content_stems(c.column))) or any(abbreviates(c.column, word) for word in asked), c) for c in rest]
    named.sort(key=lambda pair: -pair[0])
    if not named or named[0][0] == 0 or (len(named) > 1 and named[1][0] == named[0][0]):
        return None
    return named[0][1]


def named_row(text: str, row: Unit, header: Unit) -> str:
    """A row with the column names of its header line: "Ship: Heron | Berths: 12"; empty where the two have not as many cells."""
    cells = cells_of(text, row, header)
    return " | ".join(f"{c.column}: {text[c.start : c.end]}" for c in cells) if all(c.column for c in cells) else ""


def _values(text: str, cell: Cell) -> set[str]:
    return set(content_stems(text[cell.start : cell.end]))

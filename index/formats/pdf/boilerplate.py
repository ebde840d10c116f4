"""What repeats at the edge of a PDF's pages: running heads, running feet and page numbers.

Told by place and words (numbers apart), without knowing what a page says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from index.formats.pdf.layout import Row, rows_of
from index.formats.pdf.text import row_text
from index.formats.pdf.words import Word

_DIGITS = re.compile(r"\d+")
_EDGE_ROWS = 3
_PAGE_NUMBER = re.compile(r"\W{0,3}(?:\d{1,4}|[ivxlc]{1,7})\W{0,3}")


def part_boilerplate(pages: Sequence[Sequence[Word]]) -> list[tuple[list[str], list[Word], list[str]]]:
    """For each page: the rows of boilerplate above its text, its other words, and the rows of boilerplate below.

    What repeats is given once, with the first page that has it.
    """
    rows = [rows_of(words) for words in pages]
    edges = [_edges(of_page) for of_page in rows]
    running = _running(rows, edges)
    seen: set[str] = set()
    out = []
    for of_page, edge in zip(rows, edges, strict=True):
        above: list[str] = []
        below: list[str] = []
        words: list[Word] = []
        for number, row in enumerate(of_page):
            key = _key(row) if number in edge else ""
            if number not in edge or not (key in running or _is_page_number(row, number in (0, len(of_page) - 1))):
                words += row.words
            elif key not in seen:
                seen.add(key)
                (above if number < len(of_page) / 2 else below).append(row_text(row.words))
        out.append((above, words, below))
    return out


def _edges(rows: Sequence[Row]) -> set[int]:
    """Rows that a wider gap parts from the text, at most three at the top and three at the bottom."""
    gaps = [a.bottom - b.top for a, b in pairwise(rows)]
    if not gaps:
        return set()
    usual = max(median(gaps), 0.0)
    wide = [number for number, gap in enumerate(gaps) if gap > usual + 0.5 * (rows[number].top - rows[number].bottom)]
    if len(rows) == 2:  # a line of text and a number
        return {0, 1}
    top = max((number for number in wide if number < _EDGE_ROWS), default=-1)
    bottom = min((number for number in wide if number >= len(gaps) - _EDGE_ROWS), default=len(gaps))
    return {*range(top + 1), *range(bottom + 1, len(rows))}


def _key(row: Row) -> str:
    return _DIGITS.sub("#", row_text(row.words)).casefold()


def _running(rows: Sequence[Sequence[Row]], edges: Sequence[set[int]]) -> set[str]:
    """Keys of rows that stand at one height on at least three pages and a third of all (on both of two), and are no sentence."""
    places: dict[str, Counter[int]] = {}
    for of_page, edge in zip(rows, edges, strict=True):
        for number in edge:
            key = _key(of_page[number])
            if len(key) < 120 and not (key.endswith(".") and key.count(" ") > 6) and not _heads_table(of_page, number):
                places.setdefault(key, Counter())[round(of_page[number].bottom / 4)] += 1
    enough = 2 if len(rows) == 2 else max(3, len(rows) // 3)
    return {key for key, found in places.items() if any(found[at] + found.get(at + 1, 0) >= enough for at in found)}


def _heads_table(rows: Sequence[Row], number: int) -> bool:
    """Several cells close above another row: column names that a table repeats on each page."""
    row = rows[number]
    if number + 1 >= len(rows) or number > len(rows) / 2:
        return False
    gaps = [b.left - a.right for a, b in pairwise(row.words)]
    return any(gap > row.words[0].size for gap in gaps) and row.bottom - rows[number + 1].top < 0.7 * (row.top - row.bottom)


def _is_page_number(row: Row, outermost: bool) -> bool:
    return outermost and _PAGE_NUMBER.fullmatch(row_text(row.words)) is not None

"""A table of a PDF page: rows of words and the strips between its columns to a grid of cells.

Lines of a wrapped cell are joined; drawn lines between the rows decide where there are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from index.formats.pdf.words import HYPHENS, Word
from index.structure.tables import Cell

Line = Sequence[Word]
Vertical = tuple[float, float, float]  # x, bottom, top
Placed = dict[tuple[int, int], list[Word]]  # words by the columns (first, last) that their cell covers


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its cells, row by row, the left edges of its columns, how high it stands, and whether lines or bold type show its rows.

    `strips` are free of words and part its columns.
    """

    cells: tuple[tuple[Cell, ...], ...]
    edges: tuple[float, ...]
    top: float
    bottom: float
    ruled: bool
    strips: tuple[tuple[float, float], ...] = ()


def make_grid(
    lines: Sequence[Line], strips: Sequence[tuple[float, float]], rules: Sequence[float], vertical: Sequence[Vertical], em: float
) -> Grid:
    """Cells of a table. `rules` are the heights of horizontal lines from the top, `vertical` the lines between its columns."""
    shared = _shared(strips)
    borders = [(left + right) / 2 for left, right in shared]
    placed = [_joined(_place(line, borders), _open(line, shared, vertical), len(borders) + 1) for line in lines]
    groups = _groups(lines, placed, rules, bool(vertical), em)
    bold = [all(word.bold for word in line) for line in lines]
    heads = next((i for i, group in enumerate(groups) if not all(bold[n] for n in group)), 0)
    rows = []
    for number, group in enumerate(groups):
        texts: dict[tuple[int, int], list[str]] = {}
        for line in group:
            for span, words in placed[line].items():
                texts.setdefault(span, []).append(join_words(words))
        rows.append(_cells(texts, len(borders) + 1, number < heads))
    edges = [min((w.left for line in lines for w in line), default=0.0), *_drawn(shared, vertical)]
    boxes = [word for line in lines for word in line]
    return Grid(tuple(rows), tuple(edges), max(w.top for w in boxes), min(w.bottom for w in boxes), bool(rules) or heads > 0, tuple(shared))


def _drawn(strips: Sequence[tuple[float, float]], vertical: Sequence[Vertical]) -> list[float]:
    """The borders between columns: the drawn lines, and where there is none the middle of the strip."""
    middles = [(left + right) / 2 for left, right in strips]
    lines = [[x for x, _, _ in vertical if left - 2 <= x <= right + 2] for left, right in strips]
    return [min(xs, key=lambda x: abs(x - middle)) if xs else middle for xs, middle in zip(lines, middles, strict=True)]


def join_words(words: Sequence[Word]) -> str:
    """The words of a line as text; raised ones stand close to the word before."""
    out = ""
    for word in words:
        out += (" " if out and not word.raised else "") + word.text
    return out


def _open(line: Line, strips: Sequence[tuple[float, float]], vertical: Sequence[Vertical]) -> list[bool]:
    """For each border, whether the line between the columns is drawn elsewhere and not here: a cell spans it."""
    middle = sum(word.middle for word in line) / len(line)
    out = []
    for left, right in strips:
        here = [(bottom, top) for x, bottom, top in vertical if left - 2 <= x <= right + 2]
        out.append(bool(here) and not any(bottom - 1 <= middle <= top + 1 for bottom, top in here))
    return out


def _joined(placed: Placed, spanned: Sequence[bool], width: int) -> Placed:
    """Cells with the empty places that they span, where no line parts them."""
    if not any(spanned):
        return placed
    out: Placed = {}
    taken = -1
    for (first, last), words in sorted(placed.items()):
        while first - 1 > taken and spanned[first - 1]:
            first -= 1
        nearest = min((begin for begin, _ in placed if begin > last), default=width)
        while last + 1 < nearest and spanned[last]:
            last += 1
        out[first, last] = words
        taken = last
    return out


def _shared(strips: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where columns part: strips that overlap are one, of what they share."""
    borders: list[tuple[float, float]] = []
    for left, right in sorted(strips):
        if borders and left < borders[-1][1]:
            borders[-1] = (max(left, borders[-1][0]), min(right, borders[-1][1]))
        else:
            borders.append((left, right))
    return borders


def _place(line: Line, borders: Sequence[float]) -> Placed:
    """The words of a line by the columns (first, last) that their cell covers."""
    placed: Placed = {}
    span: tuple[int, int] | None = None
    reach = 0.0
    for word in line:
        first = sum(word.left >= border for border in borders)
        last = max(first, sum(word.right > border for border in borders))
        if span is not None and word.left - reach < 0.6 * word.size and (first != span[1] or last != span[1]):
            words = placed.pop(span)  # a cell that runs on over a border
            span = (span[0], max(last, span[1]))
            placed[span] = [*words, word]
        else:
            span = (first, last) if span is None or first > span[1] else (span[0], max(last, span[1]))
            held = next((s for s in placed if s[0] <= first <= s[1]), None)
            words = placed.pop(held) if held is not None else []
            span = (min(span[0], held[0]), max(span[1], held[1])) if held is not None else span
            placed[span] = [*words, word]
        reach = word.right
    return placed


def _cells(texts: dict[tuple[int, int], list[str]], width: int, head: bool) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    column = 0
    for (first, last), lines in sorted(texts.items()):
        if first < column:  # lines of a cell that reach differently far
            if cells:
                cells[-1] = Cell(_wrap([cells[-1].text, *lines]), 1, cells[-1].columns, head)
            continue
        cells += [Cell(head=head)] * (first - column)
        cells.append(Cell(_wrap(lines), 1, last - first + 1, head))
        column = last + 1
    return (*cells, *[Cell(head=head)] * (width - column))


def _wrap(lines: Sequence[str]) -> str:
    out = ""
    for line in lines:
        if out and out[-1] in HYPHENS:
            out = out[:-1] + line
        else:
            out += (" " if out else "") + line
    return out.translate(dict.fromkeys(map(ord, HYPHENS), "-"))


def _groups(lines: Sequence[Line], placed: Sequence[Placed], rules: Sequence[float], framed: bool, em: float) -> list[list[int]]:
    """Lines that make one row of the table together."""
    tops = [max(w.top for w in line) for line in lines]
    bottoms = [min(w.bottom for w in line) for line in lines]
    middles = [(top + bottom) / 2 for top, bottom in zip(tops, bottoms, strict=True)]
    by_rules: list[list[int]] = []
    for number, middle in enumerate(middles):
        between = number and any(middle < rule < middles[number - 1] for rule in rules)
        if not by_rules or between:
            by_rules.append([])
        by_rules[-1].append(number)
    full = max(len(cells) for cells in placed)
    unwrapped = all(sum(len(placed[n]) == full for n in group) <= 1 for group in by_rules)
    gaps = [bottoms[n] - tops[n + 1] for n in range(len(lines) - 1)]
    inside = [gaps[n] for group in by_rules for n in group[:-1]]
    across = [gaps[group[-1]] for group in by_rules[:-1]]
    set_apart = framed and len(by_rules) > 2 and bool(inside) and min(across) > max(inside) + 0.2 * em
    if (unwrapped or set_apart) and len(by_rules) > 1 and (framed or len(by_rules) > 2):
        return by_rules
    usual = median(gaps) if gaps else 0.0
    groups = [[0]]
    for number, gap in enumerate(gaps, start=1):
        close = gap < usual - 0.25 * em
        first_empty = min(span[0] for span in placed[number]) > 0
        part = first_empty and len(placed[number]) < full and set(_columns(placed[number])) <= set(_columns(placed[number - 1]))
        if (close and len(placed[number]) < full) or (part and gap <= usual + 0.1 * em):
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _columns(placed: Placed) -> list[int]:
    return [column for first, last in placed for column in range(first, last + 1)]


def same_columns(a: Grid, b: Grid, slack: float = 24.0) -> bool:
    """Whether two tables stand in the same columns: as many, at the same places or parted by strips that overlap."""
    if len(a.edges) != len(b.edges) or abs(a.edges[0] - b.edges[0]) >= slack:
        return False
    near = [abs(x - y) < slack for x, y in zip(a.edges[1:], b.edges[1:], strict=True)]
    overlap = [min(x[1], y[1]) >= max(x[0], y[0]) for x, y in zip(a.strips, b.strips, strict=True)]
    return all(map(any, zip(near, overlap, strict=True)))

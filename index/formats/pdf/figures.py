"""Charts that a page draws, told by their bars and curves: their labels stand apart from its text and its tables.

The numbers at an axis are short, and stand in rows and columns: left among the text they would make a table of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from index.formats.pdf.layout import Piece, Row, Rules, arrange, rows_of
from index.formats.pdf.tables import Grid
from index.formats.pdf.words import Word

Box = tuple[float, float, float, float]  # left, bottom, right, top

_LEAST = 40.0  # points: what is smaller in one direction is a sign or a rule
_BARS = 3  # on one base
_HIGH = 3  # heights of a word
_MANY = 500  # of a page
_EACH = 3  # words in a bar or a slice: its name and its share
_SAME = 1.0  # points between edges that stand on one line
_FAR = 0.3  # of its height or width: labels around a pie
_LABEL = 4  # words; what is longer is text


@dataclass(frozen=True, slots=True)
class Labels:
    """The rows of words in and around a chart."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Chart:
    box: Box
    words: tuple[Word, ...]
    lying: bool  # its bars lie: a name and its number stand in one row, as in a table


def arrange_page(words: Sequence[Word], rules: Rules) -> list[Piece | Labels]:
    """Pieces of a page in reading order: rows of running text, tables, and the labels of each chart after what stands above it."""
    charts = _charts(words, rules)
    if not charts:
        return list(arrange(words, rules))
    taken = {id(word) for chart in charts for word in chart.words}
    outside = _without(rules, [chart.box for chart in charts])
    rules = replace(rules, columns=())
    pieces: list[Piece | Labels] = list(arrange([word for word in words if id(word) not in taken], outside))
    for chart in sorted(charts, key=lambda c: -c.box[3]):
        at_axis = [word for word in chart.words if word.right <= chart.box[0]]
        others = [word for word in chart.words if word.right > chart.box[0]]
        own: list[Piece] = arrange(chart.words, rules) if chart.lying else [rows_of(at_axis), rows_of(others)]
        pieces = _put(pieces, chart.box, [Labels(tuple(piece)) if isinstance(piece, list) else piece for piece in own])
    return pieces


def _charts(words: Sequence[Word], rules: Rules) -> list[_Chart]:
    """The charts of a page; one of very many marks is a map or a drawing."""
    rules = replace(rules, columns=())
    if len(rules.bars) + len(rules.curves) > _MANY:
        return []
    found: list[_Chart] = []
    for marks, lying in _marks(words, rules):
        box = _with_axes(marks, rules)
        along = 1 if lying else 0  # marks go along most of their axis; a stroke in a cell of a table does not
        if marks[along + 2] - marks[along] < (box[along + 2] - box[along]) / 2 or min(box[2] - box[0], box[3] - box[1]) < _LEAST:
            continue
        if any(_touch(box, chart.box, 0) for chart in found):
            continue
        bare = box == marks
        labels = _labels(words, box, bare)
        inside = [word for part in labels for word in part if _inside(word, box)]
        scattered = bare and len(inside) > _EACH * sum(_touch(mark, box, 0) for mark in (*rules.bars, *rules.curves))
        if len(labels) > 1 and not scattered and (lying or not _is_table(inside, rules)):
            found.append(_Chart(box, tuple(word for part in labels for word in part), lying))
    return found


def _is_table(words: Sequence[Word], rules: Rules) -> bool:
    """Whether words stand in cells, most of them filled: the shape beneath is a background or an ornament."""
    grids = [piece.cells for piece in arrange(words, rules) if isinstance(piece, Grid)] if words else []
    return any(3 * sum(bool(c.text) for row in rows for c in row) >= 2 * sum(map(len, rows)) for rows in grids if len(rows) > 2)


def _marks(words: Sequence[Word], rules: Rules) -> Iterator[tuple[Box, bool]]:
    """The boxes around bars on one base and around curves that touch, the widest first; whether they are bars that lie."""
    bars = [bar for bar in rules.bars if _is_bar(bar, words)]
    groups = [(_around(group), lying) for base, far, lying in ((1, 3, False), (0, 2, True)) for group in _on_one_base(bars, base, far)]
    wide = max(word.right for word in words) - min(word.left for word in words)  # what curves over all of it is a background
    groups += [(b, False) for b in _joined(rules.curves) if max(b[2] - b[0], b[3] - b[1]) >= 1.5 * _LEAST and b[2] - b[0] < 0.9 * wide]
    yield from sorted(groups, key=lambda group: (group[0][0] - group[0][2]) * (group[0][3] - group[0][1]))


def _is_bar(box: Box, words: Sequence[Word]) -> bool:
    """Whether a box is empty, or holds but a word and is far higher: cells of a table fit what they hold."""
    held = [word for word in words if _inside(word, box)]
    return not held or (len(held) == 1 and box[3] - box[1] >= _HIGH * (held[0].top - held[0].bottom))


def _on_one_base(bars: Sequence[Box], base: int, far: int) -> Iterator[list[Box]]:
    """Bars whose edge `base` is on one line while the edges `far` differ: the coloured cells of a table end on one line too."""
    left: list[list[Box]] = []
    for bar in sorted(bars, key=lambda b: b[base]):
        if left and bar[base] - left[-1][-1][base] <= _SAME:
            left[-1].append(bar)
        else:
            left.append([bar])
    across = 1 - base
    for group in left:
        near: list[list[Box]] = []
        for bar in sorted(group, key=lambda b: b[across]):
            wide = bar[across + 2] - bar[across]
            if near and bar[across] - max(b[across + 2] for b in near[-1]) <= max(4 * wide, _LEAST):
                near[-1].append(bar)
            else:
                near.append([bar])
        for part in near:
            ends = [bar[far] for bar in part]
            if len(part) >= _BARS and max(ends) - min(ends) > 2 * _SAME:
                yield part


def _joined(boxes: Sequence[Box]) -> list[Box]:
    """Boxes, those that touch as one."""
    out: list[Box] = []
    for box in boxes:
        while near := [other for other in out if _touch(box, other, 2 * _SAME)]:
            out = [other for other in out if other not in near]
            box = _around([box, *near])
        out.append(box)
    return out


def _with_axes(marks: Box, rules: Rules) -> Box:
    """The box with the axes and the lines of the grid, which touch it or each other."""
    lines = [(left, y, right, y) for left, right, y in rules.horizontal] + [(x, bottom, x, top) for x, bottom, top in rules.vertical]
    box = marks
    while near := [line for line in lines if _touch(line, box, 2 * _SAME)]:
        lines = [line for line in lines if line not in near]
        box = _around([box, *near])
    return box


def _labels(words: Sequence[Word], box: Box, bare: bool) -> list[list[Word]]:
    """The labels in a chart and close to its edges, further off one without axes; none when text stands in it."""
    labels: list[list[Word]] = []
    parts = [part for row in rows_of(words) for part in _parts(row)]
    starts = {round(part[0].left) for part in parts if len(part) > _LABEL}  # of lines of text
    reach = _FAR * min(box[2] - box[0], box[3] - box[1]) if bare else 0.0
    long = count = 0
    for part in parts:
        around = _around([(word.left, word.bottom, word.right, word.top) for word in part])
        if _touch(box, ((around[0] + around[2]) / 2, (around[1] + around[3]) / 2) * 2, 0):
            count += 1
            long += len(part) > _LABEL
        elif len(part) > _LABEL or not _beside(box, around, part[0].size, reach, starts):
            continue
        labels.append(part)
    return [] if 5 * long > count else labels


def _beside(box: Box, part: Box, size: float, reach: float, starts: Set[int]) -> bool:
    """Whether words stand close to an edge of a chart, and along it; a short line of text above or below it begins where others do."""
    x, y = (part[0] + part[2]) / 2, (part[1] + part[3]) / 2
    apart_x, apart_y = max(box[0] - part[2], part[0] - box[2]), max(box[1] - part[3], part[1] - box[3])
    along_x, along_y = box[0] - size <= x <= box[2] + size, box[1] - size <= y <= box[3] + size
    text = any(round(part[0]) + n in starts for n in (-1, 0, 1))
    far = max(size, reach)
    return (along_y and apart_x <= far) or (along_x and apart_y <= far and not text)


def _parts(row: Row) -> list[list[Word]]:
    """The words of a row, parted where the space is wider than one between words: labels may stand close."""
    parts = [[row.words[0]]]
    for before, word in pairwise(row.words):
        if word.left - before.right >= 0.6 * word.size:
            parts.append([])
        parts[-1].append(word)
    return parts


def _without(rules: Rules, boxes: Sequence[Box]) -> Rules:
    """The lines that stand in no chart."""

    def free(line: Box) -> bool:
        return not any(b[0] - 3 <= line[0] and b[1] - 3 <= line[1] and line[2] <= b[2] + 3 and line[3] <= b[3] + 3 for b in boxes)

    return replace(
        rules,
        horizontal=tuple(h for h in rules.horizontal if free((h[0], h[2], h[1], h[2]))),
        vertical=tuple(v for v in rules.vertical if free((v[0], v[1], v[0], v[2]))),
    )


def _put(pieces: Sequence[Piece | Labels], box: Box, own: Sequence[Piece | Labels]) -> list[Piece | Labels]:
    """Pieces with those of a chart after the row or table that stands above it next, or before what stands below."""
    places: list[tuple[bool, float, int, int]] = []  # below, how far, the piece, and how many of its rows come before the chart
    for number, piece in enumerate(pieces):
        if isinstance(piece, list):
            if min(row.left for row in piece) >= box[2] or max(row.right for row in piece) <= box[0]:
                continue  # another column
            for at, row in enumerate(piece):
                below = (row.top + row.bottom) / 2 < (box[1] + box[3]) / 2
                places.append((below, abs((row.top if below else row.bottom) - box[1 if below else 3]), number, at + (not below)))
        elif not isinstance(piece, Labels) and piece.edges[0] < box[2]:
            below = (piece.top + piece.bottom) / 2 < (box[1] + box[3]) / 2
            places.append((below, abs((piece.top if below else piece.bottom) - box[1 if below else 3]), number, 0 if below else -1))
    if not places:
        return [*pieces, *own]
    _, _, number, at = min(places)
    piece = pieces[number]
    if not isinstance(piece, list):
        return [*pieces[: number + (at == -1)], *own, *pieces[number + (at == -1) :]]
    halves = [half for half in (piece[:at], piece[at:]) if half]
    middle = [*halves[:1], *own, *halves[1:]] if at else [*own, *halves]
    return [*pieces[:number], *middle, *pieces[number + 1 :]]


def _inside(word: Word, box: Box) -> bool:
    return box[0] <= (word.left + word.right) / 2 <= box[2] and box[1] <= word.middle <= box[3]


def _touch(a: Box, b: Box, slack: float) -> bool:
    return a[0] <= b[2] + slack and b[0] <= a[2] + slack and a[1] <= b[3] + slack and b[1] <= a[3] + slack


def _around(boxes: Sequence[Box]) -> Box:
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))

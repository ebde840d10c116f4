"""The words of a PDF page in reading order: columns of lines, and tables as grids.

Rows of words are looked at for gutters: strips that stay free of words over several rows. A gutter between running texts
parts columns, which are read one after the other; gutters between short cells make a table. Lines that the page draws
tell a table from columns and its rows from wrapped lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import mean, median

from index.formats.pdf.frames import Frame, find_frames, framed, goes_on, table_ends
from index.formats.pdf.tables import Grid, make_grid
from index.formats.pdf.words import Word

MARK = re.compile(r"[•▪◦‣·●○■□►–—*\-\uf0b7\uf0a7]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\d{1,2}")
_MAX_DEPTH = 8  # columns inside columns
_MANY_WORDS = 6000  # a page of more is a list or a drawing; it is read row by row


@dataclass(frozen=True, slots=True)
class Rules:
    """Straight lines that a page draws: horizontal ones as (left, right, y), vertical ones as (x, bottom, top).

    Beside them its filled boxes and the boxes around its curves and slanted lines, as (left, bottom, right, top), and the strips between
    the columns of a table that the page before ends with.
    """

    horizontal: tuple[tuple[float, float, float], ...] = ()
    vertical: tuple[tuple[float, float, float], ...] = ()
    bars: tuple[tuple[float, float, float, float], ...] = ()
    curves: tuple[tuple[float, float, float, float], ...] = ()
    columns: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Words on one height, from left to right."""

    words: tuple[Word, ...]

    @property
    def top(self) -> float:
        """The highest edge of its words."""
        return max(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """The lowest edge of its words."""
        return min(word.bottom for word in self.words)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(word.right for word in self.words)


@dataclass(frozen=True, slots=True)
class Gutter:
    """A strip free of words between `left` and `right`, over `rows[first:last]`; `both` counts rows with words on either side."""

    left: float
    right: float
    first: int
    last: int
    both: int


Piece = list[Row] | Grid


def arrange(words: Sequence[Word], rules: Rules) -> list[Piece]:
    """Pieces of a page in reading order: rows of running text, or a table."""
    return [piece for piece in _arrange(list(words), rules, 0) if isinstance(piece, Grid) or piece]


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Words by height, from the top; raised words belong to the row whose height they reach into."""
    rows: list[list[Word]] = []
    for word in sorted((w for w in words if not w.raised), key=lambda w: -w.middle):
        first = rows[-1][0] if rows else None
        if first is not None and first.bottom < word.middle < first.top and word.bottom < first.middle < word.top:
            rows[-1].append(word)
        else:
            rows.append([word])
    _add_raised(rows, sorted((w for w in words if w.raised), key=lambda w: -w.middle))
    return [Row(tuple(sorted(row, key=lambda w: w.left))) for row in rows]


def _add_raised(rows: list[list[Word]], raised: list[Word]) -> None:
    at = 0
    for word in raised:
        while at < len(rows) - 1 and rows[at][0].bottom > word.middle:
            at += 1
        if rows:
            here = rows[max(at - 1, 0) : at + 2]
            near = min(here, key=lambda row: min(abs(w.right - word.left) + abs(w.middle - word.middle) for w in row))
            near.append(word)
        else:
            rows.append([word])


def _arrange(words: list[Word], rules: Rules, depth: int) -> Iterator[Piece]:
    rows = rows_of(words)
    if depth == _MAX_DEPTH or len(words) > _MANY_WORDS or (len(rows) < 2 and not rules.vertical and not rules.columns):
        yield rows
        return
    em = median(word.size for word in words)
    gutters = find_gutters(rows, em)
    texts = [part for gutter in gutters for part in _unruled(gutter, rows, rules) if _parts_texts(part, rows, rules, em)]
    parting = max(texts, key=lambda g: (g.last - g.first, g.right - g.left), default=None)
    if parting is None:
        yield from _bands(rows, gutters, rules, em)
        return
    rules = replace(rules, columns=())
    inside = [word for row in rows[parting.first : parting.last] for word in row.words]
    middle = (parting.left + parting.right) / 2
    parts = (
        [word for row in rows[: parting.first] for word in row.words],
        [word for word in inside if word.right <= middle],
        [word for word in inside if word.right > middle],
        [word for row in rows[parting.last :] for word in row.words],
    )
    for part in parts:
        if part:
            yield from _arrange(part, rules, depth + 1)


def find_gutters(rows: Sequence[Row], em: float) -> list[Gutter]:
    """Strips of 3/4 of the font's size and more that stay free over rows with words on both sides."""
    found: list[Gutter] = []
    active: list[Gutter] = []
    for number in range(len(rows)):
        words = _around(rows, number)
        gaps = [(a, b) for a, b in _gaps(words) if b - a >= 0.75 * em]
        goes_on: list[Gutter] = []
        taken: set[tuple[float, float]] = set()
        for gutter in active:
            best = max(gaps, key=lambda gap: min(gap[1], gutter.right) - max(gap[0], gutter.left), default=(0.0, 0.0))
            left, right = max(best[0], gutter.left), min(best[1], gutter.right)
            if right - left < 0.75 * em:
                found.append(gutter)
                continue
            taken.add(best)
            inner = best[0] > float("-inf") and best[1] < float("inf")
            goes_on.append(Gutter(left, right, gutter.first, number + 1, gutter.both + inner))
        for gap in gaps:
            if gap not in taken and gap[0] > float("-inf") and gap[1] < float("inf"):
                goes_on.append(Gutter(*gap, number, number + 1, 1))
        active = goes_on
    return [g for g in [*found, *active] if g.both >= 3 or (g.both == 2 and g.right - g.left >= 1.2 * em)]


def _around(rows: Sequence[Row], number: int) -> list[Word]:
    """The words of a row, and of neighbours that it overlaps: columns need not stand on one height."""
    row = rows[number]
    words = list(row.words)
    for other in (*rows[max(number - 1, 0) : number], *rows[number + 1 : number + 2]):
        if min(row.top, other.top) - max(row.bottom, other.bottom) > 0.25 * (row.top - row.bottom):
            words += other.words
    return sorted(words, key=lambda w: w.left)


def _gaps(words: Sequence[Word]) -> Iterator[tuple[float, float]]:
    """Free intervals left of, between and right of the words."""
    reach = float("-inf")
    for word in words:
        if word.left > reach:
            yield (reach, word.left)
        reach = max(reach, word.right)
    yield (reach, float("inf"))


def _crossing(gutter: Gutter, rows: Sequence[Row], rules: Rules) -> list[float]:
    """The heights of the lines that cross a gutter."""
    top, bottom = rows[gutter.first].top, rows[gutter.last - 1].bottom
    return [y for left, right, y in rules.horizontal if left < gutter.left and right > gutter.right and bottom <= y <= top]


def _unruled(gutter: Gutter, rows: Sequence[Row], rules: Rules) -> list[Gutter]:
    """A gutter, or its stretches above and below the lines that cross it: columns of text may stand over a table."""
    crossing = _crossing(gutter, rows, rules)
    if len(crossing) < 2:
        return [gutter]
    first = next((n for n in range(gutter.first, gutter.last) if rows[n].bottom < max(crossing)), gutter.last)
    last = next((n for n in range(gutter.last, gutter.first, -1) if rows[n - 1].top > min(crossing)), gutter.first)
    return [replace(gutter, first=a, last=b) for a, b in ((gutter.first, first), (last, gutter.last)) if b - a > 2]


def _parts_texts(gutter: Gutter, rows: Sequence[Row], rules: Rules, em: float) -> bool:
    """Whether both sides of a gutter are running text: segments of several words that fill their column."""
    inside = rows[gutter.first : gutter.last]
    if len(_crossing(gutter, rows, rules)) > 1:
        return False
    middle = (gutter.left + gutter.right) / 2
    words = [word for row in inside for word in row.words]
    sides = ([w for w in words if w.right <= middle], [w for w in words if w.left >= middle])
    return all(_is_text(found, em) or _is_text(_beside_tables(found, em), em) for found in map(rows_of, sides))


def _is_text(rows: Sequence[Row], em: float) -> bool:
    segments = [part for row in rows for part in segments_of(row, em)]
    if len(segments) < 3:
        return False
    widths = [part[-1].right - part[0].left for part in segments]
    return mean(len(part) for part in segments) >= 3.5 and median(widths) >= 0.6 * max(widths)


def _beside_tables(rows: Sequence[Row], em: float) -> list[Row]:
    """The rows of a column above and below the tables in it; none when they are the fewer."""
    tables = {number for gutter in find_gutters(rows, em) for number in range(gutter.first, gutter.last)}
    return [row for number, row in enumerate(rows) if number not in tables] if 2 * len(tables) < len(rows) else []


def segments_of(row: Row, em: float) -> list[list[Word]]:
    """The words of a row, parted where the space between two is wider than between words."""
    parts = [[row.words[0]]]
    for before, word in pairwise(row.words):
        if word.left - before.right >= 0.9 * em:
            parts.append([])
        parts[-1].append(word)
    return parts


def _bands(rows: list[Row], gutters: Sequence[Gutter], rules: Rules, em: float) -> Iterator[Piece]:
    """Rows in turn: those that gutters cover together are a table, the others are text."""
    text: list[Row] = []
    lines = [row.words for row in rows]
    frames = framed(lines, find_frames(rules.horizontal, rules.vertical, lines))
    before = goes_on(lines, rules.columns, rules.vertical, em) if rules.columns and frames[0] is None else None
    known = framed(lines, [before]) if before is not None else frames
    gutters = [g for g in gutters if not _marks_items(g, rows, known)]
    if before is not None:  # where a strip of the page before is free here too, its own width counts
        here = [(g.left, g.right) for g in gutters if g.first < sum(frame is not None for frame in known)]
        free = [x for x, strip in zip(before.inner, rules.columns, strict=True) if not any(_overlap(strip, other) for other in here)]
        known = framed(lines, [replace(before, inner=tuple(free))])
        frames = [b or a for a, b in zip(frames, known, strict=True)]
    for piece in _pieces(rows, gutters, frames, rules, em):
        if isinstance(piece, list):
            text += piece
            continue
        yield from ([text] if text else [])
        yield piece
        text = []
    yield from ([text] if text else [])


def _overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return min(a[1], b[1]) > max(a[0], b[0])


def _marks_items(gutter: Gutter, rows: Sequence[Row], frames: Sequence[Frame | None]) -> bool:
    """Whether only bullets and numbers stand left of a gutter, and no line in it: a list, not a table."""
    for row, frame in zip(rows[gutter.first : gutter.last], frames[gutter.first : gutter.last], strict=True):
        left = [word for word in row.words if word.right <= gutter.left + 1]
        if len(left) > 1 or (left and not is_mark(left[0].text)):
            return False
        if frame is not None and any(gutter.left - 1 <= x <= gutter.right + 1 for x in frame.inner):
            return False
    return True


def is_mark(text: str) -> bool:
    """Whether a word is a bullet or number as lists have them."""
    return MARK.fullmatch(text) is not None


def _pieces(rows: list[Row], gutters: Sequence[Gutter], frames: Sequence[Frame | None], rules: Rules, em: float) -> Iterator[Piece]:
    tied = {number for g in gutters for number in range(g.first, g.last - 1)}  # this row and the next share a gutter
    tied -= _apart(rows, gutters)
    cells = [_has_cells(row, _strips(gutters, n, n + 1, [row]), frames[n], em) for n, row in enumerate(rows)]
    tied |= {number for number, (a, b) in enumerate(pairwise(frames)) if a is not None and a is b}
    tied -= table_ends([row.words for row in rows], cells, frames)
    start = 0
    for number in range(len(rows)):
        if number in tied:
            continue
        band = rows[start : number + 1]
        if len(band) > 1 or (rules.columns and frames[number] is not None):
            yield from _table(band, _strips(gutters, start, number + 1, band), frames[start : number + 1], rules, em)
        else:
            yield band
        start = number + 1


def _strips(gutters: Sequence[Gutter], first: int, last: int, band: Sequence[Row]) -> list[tuple[float, float]]:
    """The gutters of rows `first` to `last` that have words on both sides in one of them."""
    return [(g.left, g.right) for g in gutters if g.first < last and g.last > first and any(_parts(g, row) for row in band)]


def _has_cells(row: Row, strips: Sequence[tuple[float, float]], frame: Frame | None, em: float) -> bool:
    """Whether the words of a row stand in several columns."""
    free = [(a.right, b.left) for a, b in pairwise(row.words)]
    drawn = frame.inner if frame is not None else ()
    return any(
        any(b - a >= 0.75 * em and left <= b and right >= a for left, right in strips) or any(a - 1 <= x <= b + 1 for x in drawn)
        for a, b in free
    )


def _apart(rows: Sequence[Row], gutters: Sequence[Gutter]) -> set[int]:
    """Rows below which a table ends: a wide gap follows, and rows in other columns."""
    gaps = [a.bottom - b.top for a, b in pairwise(rows)]
    usual = median(gaps) if gaps else 0.0
    wide = [n for n, gap in enumerate(gaps) if gap > max(2 * usual, 0.8 * (rows[n].top - rows[n].bottom))]
    return {n for n in wide if [g for g in gutters if g.first <= n < g.last] != [g for g in gutters if g.first <= n + 1 < g.last]}


def _table(
    band: list[Row], strips: Sequence[tuple[float, float]], frames: Sequence[Frame | None], rules: Rules, em: float
) -> Iterator[Piece]:
    """A table without the rows of text that only touch its gutters from above and below."""
    cells = [number for number, row in enumerate(band) if _has_cells(row, strips, frames[number], em)]
    if not cells:
        yield band
        return
    first, last = cells[0], cells[-1] + 1
    while first and frames[first] is not None and frames[first - 1] is frames[first]:
        first -= 1
    while last < len(band) and frames[last - 1] is not None and frames[last] is frames[last - 1]:
        last += 1
    last = _empty_below(band, cells, _wrapped_below(band, last), rules, em)
    if first:
        yield band[:first]
    inside = [row.words for row in band[first:last]]
    horizontal = [y for _, _, y in rules.horizontal if band[last - 1].bottom - em <= y <= band[first].top + em]
    vertical = [rule for rule in rules.vertical if rule[1] < band[first].top and rule[2] > band[last - 1].bottom]
    drawn = [x for frame in dict.fromkeys(frames[first:last]) if frame is not None for x in frame.inner]
    words = [word for line in inside for word in line]
    free = [(x - 0.5, x + 0.5) for x in drawn if 2 * sum(w.left < x - 1 and w.right > x + 1 for w in words) <= len(inside)]
    yield make_grid(inside, [*strips, *free], sorted(horizontal, reverse=True), vertical, em)
    if last < len(band):
        yield band[last:]


def _parts(gutter: Gutter, row: Row) -> bool:
    """Whether a row has words on both sides of a gutter and none in it."""
    return any(a.right <= gutter.right and b.left >= gutter.left for a, b in pairwise(row.words))


def _wrapped_below(band: list[Row], last: int) -> int:
    """The end of a table when the row after it begins right of the first column: it goes on with a cell."""
    left = min(row.left for row in band[:last])
    while last < len(band) and band[last].left > left + 5:
        if band[last - 1].bottom - band[last].top >= 0.5 * (band[last].top - band[last].bottom):
            break
        last += 1
    return last


def _empty_below(band: list[Row], cells: Sequence[int], last: int, rules: Rules, em: float) -> int:
    """The end of a table when only the first column goes on: with a row above a line across, or lines closer than rows are."""
    table = band[cells[0] : last]
    left, right = min(row.left for row in table), max(row.right for row in table)
    across = [y for a, b, y in rules.horizontal if a <= left + 2 * em and b >= right - 2 * em]
    widest = max((a.bottom - b.top for a, b in pairwise(table)), default=0.0)
    usual = median([band[number - 1].bottom - band[number].top for number in cells[1:]]) if len(cells) > 2 else 0.0
    second = min((word.left for n in cells for a, word in pairwise(band[n].words) if word.left - a.right >= 0.75 * em), default=left)
    end = last
    for number in range(last, len(band)):
        row = band[number]
        gap = band[number - 1].bottom - row.top
        if gap > widest + 0.25 * em or row.words[0].size > 1.1 * em or row.words[0].bold:
            break
        if (gap < usual - 0.25 * em and row.right < second) or any(row.bottom - em <= y <= row.bottom + 0.3 * em for y in across):
            end = number + 1
    return end

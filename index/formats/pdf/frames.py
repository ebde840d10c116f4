"""Tables that a PDF page draws lines between the columns of: where each begins and ends, and where its columns part.

Also where a table ends that draws none, below which a heading and another table follow. Knows lines of words and drawn lines only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from index.formats.pdf.words import Word

Line = Sequence[Word]
Drawn = tuple[float, float, float]  # a horizontal line as (left, right, y), a vertical one as (x, bottom, top)
_TOUCH = 1.0  # points
_NARROW = 8.0  # points: no column, but the edge of a box in one
_MOST = 100_000  # pairs of lines that are compared
_FAR = 1.5  # heights of a line: between rows of a table there is less
_LARGER = 1.12  # times the size of a table's words: a heading


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines around the cells of one table: its sides, how far the lines between its columns reach, and where those stand.

    It is not drawn where a table of the page before goes on.
    """

    left: float
    bottom: float
    right: float
    top: float
    inner: tuple[float, ...]
    drawn: bool = True

    def holds(self, line: Line) -> bool:
        """Whether a line of words stands between the lines."""
        sides = self.left - _TOUCH <= line[0].left and max(word.right for word in line) <= self.right + _TOUCH
        return sides and self.bottom < _middle(line) < self.top


def find_frames(horizontal: Sequence[Drawn], vertical: Sequence[Drawn], lines: Sequence[Line]) -> list[Frame]:
    """The tables of a page that draw lines across them and between columns, past half of the words' lines at least; from the top."""
    down = _whole(vertical)
    across = [(left, right, y) for y, left, right in _whole([(y, left, right) for left, right, y in horizontal])]
    if not down or len(down) * len(across) > _MOST:
        return []
    found = []
    for columns, rows in _touching(down, across):
        left = min(*(x for x, _, _ in columns), *(a for a, _, _ in rows))
        right = max(*(x for x, _, _ in columns), *(b for _, b, _ in rows))
        between = [line for line in columns if left + _NARROW < line[0] < right - _NARROW]
        if not between or len({round(y) for _, _, y in rows}) < 2:
            continue
        frame = Frame(left, min(a for _, a, _ in between), right, max(b for _, _, b in between), ())
        heights = [_middle(line) for line in lines if frame.holds(line)]
        inner: list[float] = []
        for x in sorted({x for x, _, _ in between}):
            beside = sum(any(abs(at - x) <= _TOUCH and a < y < b for at, a, b in between) for y in heights)
            if 2 * beside >= max(len(heights), 1) and (not inner or x - inner[-1] > _NARROW):
                inner.append(x)
        if inner:
            found.append(replace(frame, inner=tuple(inner)))
    return _with_sections(sorted(found, key=lambda frame: -frame.top), lines)


def _with_sections(frames: Sequence[Frame], lines: Sequence[Line]) -> list[Frame]:
    """Frames as wholes of which a row that spans all columns parts the lines between these, the outer sides being open."""
    out: list[Frame] = []
    for frame in frames:
        above = out[-1] if out else None
        if above is not None and [round(x) for x in above.inner] == [round(x) for x in frame.inner]:
            parting = [line for line in lines if frame.top <= _middle(line) <= above.bottom]
            if len(parting) == 1 and _fills(parting[0], frame.top, above.bottom):
                out[-1] = replace(above, bottom=frame.bottom)
                continue
        out.append(frame)
    return out


def _fills(line: Line, bottom: float, top: float) -> bool:
    """Whether a line of words has as little space above as below it, as in a cell."""
    above, below, height = top - _top(line), _bottom(line) - bottom, _top(line) - _bottom(line)
    return max(above, below) <= 0.6 * height and abs(above - below) <= 0.25 * height


def _whole(parts: Sequence[Drawn]) -> list[Drawn]:
    """Lines (place, from, to) of which each is drawn in pieces, as wholes."""
    out: list[Drawn] = []
    at = float("-inf")
    for place, start, end in sorted((round(p), a, b) for p, a, b in parts):
        if out and place == at and start <= out[-1][2] + _TOUCH:
            out[-1] = (out[-1][0], out[-1][1], max(end, out[-1][2]))
        else:
            out.append((place, start, end))
        at = place
    return out


def _touching(down: Sequence[Drawn], across: Sequence[Drawn]) -> Iterator[tuple[list[Drawn], list[Drawn]]]:
    """Lines that hang together: the vertical ones, and the horizontal ones that join them."""
    group = list(range(len(down)))
    joins = []
    for left, right, y in across:
        near = [n for n, (x, _, _) in enumerate(down) if left - _TOUCH <= x <= right + _TOUCH]
        met = [n for n in near if down[n][1] - _TOUCH <= y <= down[n][2] + _TOUCH]
        joins.append(met)
        old = {group[n] for n in met}
        group = [min(old) if g in old else g for g in group]
    for name in sorted(set(group)):
        rows = [line for line, met in zip(across, joins, strict=True) if met and group[met[0]] == name]
        if rows:
            yield [line for line, g in zip(down, group, strict=True) if g == name], rows


def framed(lines: Sequence[Line], frames: Sequence[Frame]) -> list[Frame | None]:
    """For each line of words the frame that it stands in."""
    return [next((frame for frame in frames if frame.holds(line)), None) for line in lines]


def goes_on(lines: Sequence[Line], columns: Sequence[tuple[float, float]], vertical: Sequence[Drawn], em: float) -> Frame | None:
    """The lines at the top of a page that stand in the columns of the table before it, parted by strips free of words; None without any.

    A single line in two columns is none, unless a drawn line parts it: a running head and its number stand so too.
    """
    inner = []
    for left, right in columns:
        places = ((left + right) / 2, right - 1, left + 1)
        inner += [next((x for x in places if not any(w.left < x < w.right for w in lines[0])), 0.0)]
    end = 0
    for number, line in enumerate(lines):
        far = number and _bottom(lines[number - 1]) - _top(line) > _FAR * (_top(line) - _bottom(line))
        if far or line[0].size >= _LARGER * lines[0][0].size or any(word.left < x < word.right for word in line for x in inner):
            break
        parted = sum(any(b.left - a.right >= 0.75 * em and a.right <= x <= b.left for a, b in pairwise(line)) for x in inner)
        if parted < len(inner) and not number:
            break
        if 2 * parted >= len(inner):
            end = number + 1
    drawn = any(bottom < _middle(lines[0]) < top and left - 1 <= x <= right + 1 for x, bottom, top in vertical for left, right in columns)
    if end < (1 if len(inner) > 1 or drawn else 2) or 0.0 in inner:
        return None
    words = [word for line in lines[:end] for word in line]
    sides = min(w.left for w in words), max(w.right for w in words)
    return Frame(sides[0], min(w.bottom for w in words), sides[1], max(w.top for w in words), tuple(inner), drawn=False)


def table_ends(lines: Sequence[Line], cells: Sequence[bool], inside: Sequence[Frame | None]) -> set[int]:
    """Lines below which a table ends though its gutters go on; `cells` tells which lines have words in several columns."""
    ends = set()
    inside = [frame if frame is not None and frame.drawn else None for frame in inside]
    for number, (frame, following) in enumerate(pairwise(inside)):
        if frame is following:
            continue
        outside = number + 1 if following is None else number
        if (frame is not None and following is not None) or not cells[outside]:
            ends.add(number)
    rows = [line for line, has in zip(lines, cells, strict=True) if has]
    if not rows:
        return ends
    left, size = min(line[0].left for line in rows), median(word.size for line in rows for word in line)
    for first, last in _single(cells, inside):
        for number in range(first, last):
            heading = [word for line in lines[number:last] for word in line]
            if min(word.left for word in heading) > left + heading[0].size:
                continue
            if min(word.size for word in heading) >= _LARGER * size or _heads_another(lines, cells, number, last):
                ends |= set(range(number - 1, last))
                break
    return ends


def _single(cells: Sequence[bool], inside: Sequence[Frame | None]) -> Iterator[tuple[int, int]]:
    """Lines (first, end) outside frames that have no cells and stand between lines that have."""
    first = 0
    for number, has in enumerate(cells):
        if has or inside[number] is not None:
            if 0 < first < number and has:
                yield first, number
            first = number + 1


def _heads_another(lines: Sequence[Line], cells: Sequence[bool], first: int, last: int) -> bool:
    """Whether lines between rows of cells are set off from those above, and the column names of another table stand below."""
    below, following = lines[last], next((lines[n] for n in range(last + 1, len(lines)) if cells[n]), None)
    if following is None:
        return False
    above = [n for n in range(first) if cells[n]]
    names = all(word.bold for word in below) and not all(word.bold for word in following)
    sure = names and not _has_figure(below) and all(word.bold for line in lines[first:last] for word in line)
    again = any([word.text for word in lines[n]] == [word.text for word in below] for n in above)
    words = not _has_figure(below) and _has_figure(following) and not _has_figure(lines[above[0]])
    if not (names or again or words):
        return False
    gaps = [_bottom(lines[n - 1]) - _top(lines[n]) for n in above if n]
    further = _bottom(lines[first - 1]) - _top(lines[first]) - max(median(gaps), 0.0) if gaps else 0.0
    return further > (0.1 if sure else 0.6) * (_top(lines[first]) - _bottom(lines[first]))


def _has_figure(line: Line) -> bool:
    return any(c.isdigit() for word in line for c in word.text)


def _middle(line: Line) -> float:
    return sum(word.middle for word in line) / len(line)


def _top(line: Line) -> float:
    return max(word.top for word in line)


def _bottom(line: Line) -> float:
    return min(word.bottom for word in line)

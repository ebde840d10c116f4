"""A document set out: headings, paragraphs, lists, tables, names with values and code, as places in its text.

Made from the document's units, so page furniture is left out. Whoever shows it takes the text from the places: nothing is added to it, and
a quote is found in it by its offsets. Knows nothing of screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index.schema import Document, Span, Unit
from index.structure.units import units_of
from index.text.sentences import trim

PartKind = Literal["heading", "question", "prose", "list", "table", "pairs", "code", "caption", "masthead"]

_GAP = re.compile(r"\t+| {3,}")
_COLON = re.compile(r":(?:\*\*|__)? ")
_NUMBER = re.compile(r"[([]?(?:\d{1,3}|[a-zA-Z])[.)\]]")
_TOGETHER = ({"row", "header"}, {"item"}, {"pair"}, {"code"}, {"sentence", "lead"}, {"masthead"})
_KINDS: dict[str, PartKind] = {
    "row": "table", "header": "table", "item": "list", "pair": "pairs", "sentence": "prose", "lead": "prose",
    "heading": "heading", "question": "question", "code": "code", "caption": "caption", "masthead": "masthead",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A piece that is set out as one. `lines` are those of a paragraph, the items of a list, the rows of a table, pairs of a name and its
    value; each of one or more cells. An item's label is its number ("2.", "(b)"), "" for a bullet.

    `names` are the columns of a table whose cells name them each ("Year: 2024 | Fee: 3"); `headed` says that the first line names them.
    `level` is that of a heading, 1 outermost, and `indents` how deep each item of a list stands, in characters.
    """

    kind: PartKind
    lines: tuple[tuple[Span, ...], ...]
    level: int = 0
    headed: bool = False
    names: tuple[str, ...] = ()
    indents: tuple[int, ...] = ()

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return min(cell.start for line in self.lines for cell in line)


def parts_of(document: Document) -> list[Part]:
    """The document's text in order."""
    return [_part(document.text, group) for group in _groups(document.text, units_of(document))]


def _part(text: str, group: Sequence[Unit]) -> Part:
    kind = group[0].kind
    if kind == "row" and len(group) == 1 and "\n" in text[group[0].start : group[0].end]:  # a record, a line for each of its fields
        return Part("pairs", tuple(_pair(text, line) for line in _lines(text, group[0].start, group[0].end)))
    if kind in ("row", "header"):
        return _table(text, group)
    if kind == "item":
        indents = tuple(len(before) - len(before.lstrip()) for before in (_before(text, unit) for unit in group))
        return Part("list", tuple((Span(unit.start, unit.end, _number(text, unit)),) for unit in group), indents=indents)
    if kind == "pair":
        return Part("pairs", tuple(_pair(text, Span(unit.start, unit.end)) for unit in group))
    if kind in ("sentence", "lead", "masthead"):
        return Part(_KINDS[kind], tuple((span,) for span in _paragraph(text, group)))
    level = len(group[0].path) + 1 if kind == "heading" else 0
    return Part(_KINDS[kind], tuple((Span(unit.start, unit.end),) for unit in group), level)


def _groups(text: str, units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units that are set out as one: rows of a table, items of a list, sentences of a paragraph."""
    held: list[Unit] = []
    for unit in units:
        if held and not (_alike(held[-1], unit) and not _parted(text, held[-1], unit)):
            yield held
            held = []
        held.append(unit)
    if held:
        yield held


def _alike(one: Unit, other: Unit) -> bool:
    return one.path == other.path and any({one.kind, other.kind} <= kinds for kinds in _TOGETHER)


def _parted(text: str, one: Unit, other: Unit) -> bool:
    """Whether a new table, list or paragraph begins: at column names below rows, where numbers follow bullets, at a blank line."""
    if other.kind == "header":
        return one.kind == "row"
    if other.kind == "item":
        return _number(text, one) == "" != _number(text, other)
    return other.kind in ("sentence", "lead") and text.count("\n", one.end, other.start) > 1


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for line in text[start:end].split("\n"):
        if line.strip():
            yield trim(text, at, at + len(line))
        at += len(line) + 1


def _paragraph(text: str, group: Sequence[Unit]) -> Iterator[Span]:
    """Neighbouring units of a line as one, with what stands between them."""
    start, end = group[0].start, group[0].end
    for unit in group[1:]:
        if "\n" in text[end : unit.start]:
            yield Span(start, end)
            start = unit.start
        end = unit.end
    yield Span(start, end)


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _cells(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The cells of a row between bars, empty ones too, or between gaps. A unit leaves out bars and blanks at its ends."""
    first, last = text.rfind("\n", 0, start) + 1, _line_end(text, end)
    if "|" in text[first:start] and not text[first:start].strip("| \t"):
        start = text.index("|", first) + 1
    if "|" in text[end:last] and not text[end:last].strip("| \t"):
        end = text.rindex("|", end, last)
    inner = text[start:end]
    cells, at = [], 0
    gaps = [m.span() for m in (re.finditer(r"\|", inner) if "|" in inner else _GAP.finditer(inner))]
    for left, right in [*gaps, (len(inner), len(inner))]:
        cells.append(trim(text, start + at, start + left) if inner[at:left].strip() else Span(start + at, start + at))
        at = right
    return tuple(cells)


def _pair(text: str, span: Span) -> tuple[Span, ...]:
    """A name and its value without marks of Markdown; the value alone where no colon parts them."""
    colon = _COLON.search(text, span.start, span.end)
    return (_bare(text, span.start, colon.start()), _bare(text, colon.end(), span.end)) if colon else (span,)


def _bare(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in "*_ ":
        start += 1
    while start < end and text[end - 1] in "*_ ":
        end -= 1
    return Span(start, end)


def _table(text: str, group: Sequence[Unit]) -> Part:
    """Rows under their column names, which stand above them or in each cell; an empty cell may then be missing."""
    headed = group[0].kind == "header"
    rows = [_cells(text, unit.start, unit.end) for unit in group]
    pairs = [[_pair(text, cell) for cell in row] for row in rows]
    if not headed and all(len(pair) == 2 for row in pairs for pair in row):
        named = [{" ".join(text[name.start : name.end].split()): value for name, value in row} for row in pairs]
        names = tuple(dict.fromkeys(name for row in named for name in row))
        ends = [Span(unit.end, unit.end) for unit in group]
        return Part("table", tuple(tuple(row.get(n, end) for n in names) for row, end in zip(named, ends, strict=True)), names=names)
    return Part("table", tuple(rows), headed=headed)


def _before(text: str, unit: Unit) -> str:
    return text[text.rfind("\n", 0, unit.start) + 1 : unit.start]


def _number(text: str, unit: Unit) -> str:
    """The number of an item: "2.", "(b)"; "" for a bullet."""
    mark = _before(text, unit).strip()
    return mark if _NUMBER.fullmatch(mark) else ""

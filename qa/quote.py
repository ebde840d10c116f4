"""A run of neighbouring units as one quote, with what it is not understood without: the sentence, lead-in, question or day before it.

Knows units and where they stand; knows nothing of questions and scores.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.dates.quoted import said_on
from index.dates.words import sole_date
from index.schema import Document, Unit
from index.structure.line_kinds import STAMP
from qa.cite import page_of, place_of
from qa.schema import Evidence

GAP = 24  # characters between neighbouring units: line breaks, list marks, bars
AROUND = 4000  # characters before and behind a unit that are looked at as its section
SHORT_ENTRY = 150  # characters up to which an entry of a log is quoted whole: its notes mean little without each other


def neighbours(text: str, before: Unit, after: Unit) -> bool:
    """Whether nothing but marks stands between two units of the same kind of block under the same headings."""
    if after.kind == "row":  # a row is understood by itself, and a table is no answer
        return False
    between = text[before.end : after.start]
    if after.kind == "sentence" and between.count("\n") > 1:  # another paragraph
        return False
    if before.path != after.path or not close(text, before, after):
        return False
    return after.start < before.end or before.kind == after.kind


def close(text: str, before: Unit, after: Unit) -> bool:
    """Whether nothing but marks stands between two units, whatever they are."""
    return after.start - before.end <= GAP and sum(c.isalpha() for c in text[before.end : after.start]) <= 1


def section_around(text: str, units: Sequence[Unit], unit: Unit) -> str:
    """What stands under the same headings as a unit, near it."""
    near = (u for u in units if u.path == unit.path and unit.start - AROUND < u.start and u.end < unit.end + AROUND)
    return "\n".join(text[u.start : u.end] for u in near)


def day_above(document: Document, units: Sequence[Unit], unit: Unit) -> Unit | None:
    """The heading above a unit that is nothing but a date: the day of an entry in a diary, minutes or a log."""
    return next((units[n] for n in reversed(unit.path) if sole_date(document.text[units[n].start : units[n].end])), None)


def evidence_of(
    document: Document, units: Sequence[Unit], run: Sequence[Unit], *, score: float, context: str = "", short: tuple[int, int] | None = None
) -> Evidence:
    """A run of neighbouring units as one quote, with the sentence before when it is not understood without; `units` are all of the
    document's, `short` is the short answer inside."""
    first, last = run[0], run[-1]
    begun, ended = _entry(document.text, units, first), _entry(document.text, units, last)
    start = begun[0] if begun is not None else _before(document.text, units, first)
    end = ended[1] if ended is not None and ended[1] - ended[0] <= SHORT_ENTRY else last.end
    day = day_above(document, units, first)
    if day is not None and not document.text[day.end : start].strip():
        start = day.start
    path = [units[n] for n in first.path if units[n] is not day]
    return Evidence(
        source=document.source, start=start, end=end, quote=document.text[start:end], score=score, context=context,
        title=document.title, publisher=document.publisher, published=said_on(document, start).date, page=page_of(document, start),
        place=place_of(document, start) or (document.text[day.start : day.end] if day is not None else None),
        heading=tuple(document.text[unit.start : unit.end] for unit in path),
        highlight=short,
    )  # fmt: skip


def _before(text: str, units: Sequence[Unit], first: Unit) -> int:
    """Where the quote begins of a unit that is not understood without what it hangs on, or its own start."""
    before = units[first.hangs] if first.hangs is not None else None
    if before is None:
        return first.start
    if before.kind == first.kind == "sentence":
        needed = neighbours(text, before, first)
    elif before.kind == "question":  # "No, cash only." says nothing without what was asked
        needed = not text[before.end : first.start].strip()
    else:  # "must not be entered by:" belongs to the quote: its items alone may say the opposite
        needed = before.kind == "lead" and first.kind == "item" and close(text, before, first)
    return before.start if needed else first.start


def _entry(text: str, units: Sequence[Unit], unit: Unit) -> tuple[int, int] | None:
    """Where the entry of a log begins that a unit is part of, with its day or time, and where it ends; None for any other unit."""
    n = unit.hangs if unit.hangs is not None and units[unit.hangs].kind == unit.kind else units.index(unit)
    if unit.kind not in ("sentence", "item") or not STAMP.match(text, units[n].start):
        return None
    return units[n].start, max((u.end for u in units if u.hangs == n), default=units[n].end)

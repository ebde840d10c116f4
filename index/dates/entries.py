"""The dated entries of a document that grows (a changelog, a list of corrections, a log, notices on a board) or tells what happened when.

An entry opens with its day or days, as a heading (`## 2026-05-03`) or before its text (`**3 May.** The crane ...`); a day without a year
takes that of the heading above or of the file name. The days must run in one direction, and the document must be called what grows so, or
run newest first under three headings: the days of a programme or a timetable are not those on which it was written. A timeline does not
date its document, and has to be called so or to tell of the past alone. Knows nothing of how a document was read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath

from index.dates.words import YEAR, find_dates
from index.schema import Precision, Span

_GROWS = re.compile(
    r"(?i)\b(?:change ?log|changes|corrections?|errata|release notes|releases|(?:\w+ )?log(?:book)?|journal|notices|minutes"
    r"|änderungen|änderungsprotokoll|berichtigungen|korrekturen|logbuch|protokolle?|aushänge|mitteilungen)\b"
)
_TELLS = re.compile(r"(?i)\b(?:time ?line|chronology|chronicle|chronik|chronologie|zeitleiste|zeittafel)\b")
_PLANNED = re.compile(
    r"(?i)\b(?:program(?:me)?|schedule|time ?table|calendar|agenda|events|deadlines|rota|roster|plan|programm|termine|fristen|kalender"
    r"|fahrplan|spielplan)\b"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)"
_WORD = r"[^\W\d_]{3,10}"
_WITH_YEAR = (
    rf"{YEAR}-\d\d-\d\d|\d{{1,2}}\.\d{{1,2}}\.{YEAR}|\d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_WORD}\.?,?\s+{YEAR}"
    rf"|{_WORD}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{YEAR}|{_WORD}\s+{YEAR}"
)
_WITHOUT = rf"\d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_WORD}|{_WORD}\s+\d{{1,2}}(?:st|nd|rd|th)?"
_TO = r"\s*(?:[-–—/]|to|until|and|bis|und)\s*"  # "5 to 17 March", "28 February – 2 March": the first day is that of the entry
_OPENS = re.compile(
    rf"(?i)(?P<marks>[\s#*_>•–—-]*)(?P<version>\[?(?:version |v)?\d+(?:\.\d+)+[^\]\s]*\]?\s*[–—:,(-]+\s*)?"
    rf"(?:{_WEEKDAY}\.?,?\s+)?(?P<first>\d{{1,2}}\.?{_TO}(?=\d{{1,2}}\D))?(?:(?P<full>{_WITH_YEAR})|(?P<day>{_WITHOUT}))(?!\w)"
    rf"(?:{_TO}(?:{_WITH_YEAR}|{_WITHOUT})(?!\w))?"
)
_RUN_IN = re.compile(r"[*_]*(?:[.:–—]|\s-\s|,?\s+\d{1,2}[:.]\d\d\b|\s*[*_]{2})")  # what parts the day from the text of its entry
_RANGE = re.compile(rf"{YEAR}\s?[-/–]\s?\d\d")
_LINE = re.compile(r"[^\n]+")
_TITLED = 2  # lines in which a document is called something
_SHORT = 10  # words of a line that may be a heading
_DEEPEST = 6  # level of a heading
_HEADINGS = 3  # headings newest first that no programme has
_DAYS = 3  # of a list of what happened that is not called one


@dataclass(frozen=True, slots=True)
class Entry:
    """`text[start:end]` was written on a day, or in a month; `iso` is `YYYY-MM-DD`, a missing day is 01."""

    start: int
    end: int
    iso: str
    precision: Precision


@dataclass(frozen=True, slots=True)
class _Opening:
    """The line at `start` opens with a day: as a line of its own or a heading, of what level (0: no marked one)."""

    start: int
    iso: str
    precision: Precision
    heads: bool
    level: int


@lru_cache(maxsize=8)  # texts may be large
def find_entries(text: str, source: str = "", blocks: tuple[Span, ...] = ()) -> tuple[Entry, ...]:
    """The entries in order; none in a document that has not two on different days. `blocks` are what the format marked."""
    levels = _levels(blocks)
    stem, titles = _called(text, source)
    if _PLANNED.search(titles):
        return ()
    grows = _GROWS.search(titles) is not None
    found = list(_openings(text, levels, _year(stem), without_year=grows))
    heads = [opening for opening in found if opening.heads and (grows or opening.level)]
    entries = heads if len({opening.iso for opening in heads}) > 1 else [opening for opening in found if not opening.heads] if grows else []
    days = [opening.iso for opening in entries]
    falls = days == sorted(days, reverse=True)
    if len(set(days)) < 2 or not (falls or days == sorted(days)) or not (grows or (falls and len(entries) >= _HEADINGS)):
        return ()
    return _entries(text, entries, levels)


@lru_cache(maxsize=8)
def find_told(text: str, own: str, source: str = "", blocks: tuple[Span, ...] = (), *, foreign: bool = True) -> tuple[Entry, ...]:
    """The entries of a timeline, or of a list of three days and more that all have passed on the document's `own` day (`YYYY-MM-DD`). In a
    timeline a day of no known year is of the document's. `foreign` is whether month names of other languages than English are looked for:
    "3. What ..." of a numbered list costs a look-up then."""
    levels = _levels(blocks)
    stem, titles = _called(text, source)
    if _PLANNED.search(titles):
        return ()
    called = _TELLS.search(titles) is not None
    found = list(_openings(text, levels, _year(stem) or (own[:4] if called else None), without_year=True, foreign=foreign))
    heads = [opening for opening in found if opening.heads and (called or opening.level)]
    entries = max(heads, [opening for opening in found if not opening.heads], key=len)
    days = [opening.iso for opening in entries]
    past = called or max(days, default="") <= own
    if len(set(days)) < (2 if called else _DAYS) or not past or days not in (sorted(days), sorted(days, reverse=True)):
        return ()
    made = _entries(text, entries, levels)
    paragraph = text.find("\n\n", made[-1].start)
    if entries[-1].heads or paragraph < 0:
        return made
    return (*made[:-1], replace(made[-1], end=min(made[-1].end, paragraph)))  # behind the last of a list the text may go on


def _entries(text: str, openings: Sequence[_Opening], levels: dict[int, int]) -> tuple[Entry, ...]:
    ends = [after.start for _, after in pairwise(openings)] + [len(text)]
    marked = _headings(text, levels)
    return tuple(Entry(o.start, _end(o, end, marked), o.iso, o.precision) for o, end in zip(openings, ends, strict=True))


def _levels(blocks: Sequence[Span]) -> dict[int, int]:
    """The level of each heading that the format marked, by where it starts."""
    return {block.start: int(block.label[-1]) for block in blocks if block.label.startswith("heading ")}


def _called(text: str, source: str) -> tuple[str, str]:
    """What the name of a document's file says, and that with its first lines."""
    stem = re.sub(r"[-_]+", " ", PurePosixPath(source.rpartition("#")[2]).stem)
    return stem, " \n".join([stem, *(match.group() for match, _ in zip(_LINE.finditer(text), range(_TITLED), strict=False))])


def _openings(text: str, levels: dict[int, int], year: str | None, *, without_year: bool, foreign: bool = True) -> Iterator[_Opening]:
    above, opening = "", None
    for match in _LINE.finditer(text):
        line, before, above = match.group(), above, match.group().strip()
        first = not before or text[match.start() - 2 : match.start()] == "\n\n"
        follows = opening is not None and not opening.heads
        level = _level(line, match.start(), levels)
        opening = _opens(line, match.start(), level, year if without_year else None, first or follows, foreign)
        if opening is not None:
            yield opening
            year = opening.iso[:4]
        elif level or (first and len(line.split()) <= _SHORT):  # a line with a whole date says when the document was made or changed
            year = year or _year(line) if find_dates(line) else _year(line) or year


def _opens(line: str, start: int, level: int, year: str | None, first: bool, foreign: bool) -> _Opening | None:
    """The day that a line opens with, where it is a line of its own, a heading or what an entry begins with."""
    match = _OPENS.match(line)
    if match is None or (match["version"] and not level) or (match["day"] and year is None):
        return None
    rest = line[match.end() :]
    heads = level > 0 or not re.search(r"\w", rest)
    item = re.match(r"\s*[*•–—-]", line) is not None
    if not (first or level or item or re.match(rf"\s*{YEAR}-\d\d-\d\d", line)) or not (heads or _RUN_IN.match(rest)):
        return None
    hits = find_dates(match["full"] or f"{match['day']} {year}", months=heads, foreign=foreign)
    if not hits:
        return None
    begins = int(re.sub(r"\D", "", match["first"] or "0"))
    iso = f"{hits[0].iso[:8]}{begins:02}" if 0 < begins < hits[0].value.day else hits[0].iso
    return _Opening(start, iso, hits[0].precision, heads, level)


def _end(opening: _Opening, end: int, marked: Sequence[tuple[int, int]]) -> int:
    """Where an entry ends: at the first heading of its level or above, any where it has none itself, else at the next entry."""
    for at, level in marked[bisect_right(marked, (opening.start, _DEEPEST)) :]:
        if at >= end:
            return end
        if level <= (opening.level or _DEEPEST):
            return at
    return end


def _headings(text: str, levels: dict[int, int]) -> list[tuple[int, int]]:
    lines = ((match.start(), _level(match.group(), match.start(), levels)) for match in _LINE.finditer(text))
    return [(at, level) for at, level in lines if level]


def _level(line: str, start: int, levels: dict[int, int]) -> int:
    """The level of a heading that the format or a mark of Markdown says it is, else 0."""
    marked = re.match(r"(#{1,6})\s", line)
    return levels.get(start) or (len(marked[1]) if marked else 0)


def _year(line: str) -> str | None:
    """The year that a heading or a file name gives: the only one, and no span of years."""
    years = set(re.findall(rf"(?<!\d){YEAR}(?!\d)", line))
    return years.pop() if len(years) == 1 and not _RANGE.search(line) else None

"""When the things told in a text happened: `on May 23`, `next year`, `in the first nine months of 2013`.

A phrase that names its year stands for itself. A phrase that does not is resolved against the publication date, as far as
that is known (a weekday needs its day, `last June` its month, `next year` its year), and is left open otherwise: None,
never a guess. Day and month without a year mean the nearest such day, `the 12th` the nearest 12th, a bare weekday the most
recent one. English, Russian and Korean. Knows nothing of tense and of anaphora (`the same year`).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from index.dates.words import ALL_MONTHS, FULL_MONTHS, MONTHS, YEAR, valid
from index.schema import Precision, Published

Range = tuple[date, date]

_D = r"(?:0?[1-9]|[12]\d|3[01])"
_ORD = r"(?:st|nd|rd|th)?"
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_COUNT = rf"(?:{'|'.join(_NUMBERS)}|\d{{1,3}})"
_STEP = {"last": -1, "past": -1, "previous": -1, "this": 0, "current": 0, "next": 1, "coming": 1}
_RELATIVE = {
    "yesterday": ("day", -1), "today": ("day", 0), "tomorrow": ("day", 1),
    "вчера": ("day", -1), "сегодня": ("day", 0), "завтра": ("day", 1),
    "어제": ("day", -1), "오늘": ("day", 0), "내일": ("day", 1),
    "в прошлом году": ("year", -1), "в этом году": ("year", 0), "в следующем году": ("year", 1), "в будущем году": ("year", 1),
    "지난해": ("year", -1), "작년": ("year", -1), "올해": ("year", 0), "내년": ("year", 1),
    "지난달": ("month", -1), "이번 달": ("month", 0), "다음 달": ("month", 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventDate:
    """A time expression at `text[start:end]`; `first` and `last` day are None when it stays open."""

    start: int
    end: int
    phrase: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The publication date to count from, as far as it is known."""

    day: date | None
    precision: Precision | None

    def at_least(self, precision: Precision) -> date | None:
        """The date when it is known to this precision, else None."""
        order = {"year": 0, "month": 1, "day": 2}
        if self.day is None or self.precision is None or order[self.precision] < order[precision]:
            return None
        return self.day


Groups = dict[str, str | None]
Resolver = Callable[[Groups, Anchor], Range | None]


def resolve_event_date(phrase: str, published: Published | None = None) -> Range | None:
    """First and last day that the first time expression in `phrase` means, both included; None when open or absent."""
    for event in find_event_dates(phrase, published):
        return (event.first, event.last) if event.first and event.last else None
    return None


def find_event_dates(text: str, published: Published | None = None) -> list[EventDate]:
    """All time expressions in `text`, in order, never overlapping; the longest match at a place wins."""
    stated = published.date if published is not None else None
    anchor = Anchor(date.fromisoformat(stated), published.precision) if published and stated else Anchor(None, None)
    found: list[tuple[int, int, int, Range | None]] = []
    for rank, (pattern, resolve) in enumerate(_RULES):
        for match in pattern.finditer(text):
            found.append((match.start(), -match.end(), rank, resolve(match.groupdict() | {"": match.group()}, anchor)))
    events: list[EventDate] = []
    for start, minus_end, _, span in sorted(found, key=lambda f: f[:3]):
        if not events or start >= events[-1].end:
            first, last = span or (None, None)
            events.append(EventDate(start, -minus_end, text[start:-minus_end], first, last))
    return events


def _whole_month(year: int, month: int, until: int | None = None) -> Range:
    last = until or month
    return date(year, month, 1), date(year, last, monthrange(year, last)[1])


def _whole_year(year: int) -> Range:
    return date(year, 1, 1), date(year, 12, 31)


def _number(word: str) -> int:
    return _NUMBERS.get(word.lower()) or int(word)


def _month_number(name: str) -> int:
    return int(name) if name.isdigit() else MONTHS[name.lower()]


def _days(groups: Groups, anchor: Anchor) -> Range | None:
    """`June 12-13, 2024`, `12 June`, `December 9 and 10`, `6월 12일`: without a year the occurrence nearest to publication."""
    month, first = _month_number(groups["m"] or ""), int(groups["a"] or 0)
    last = int(groups.get("b") or first)
    stated = groups.get("y")
    year = int(stated) if stated else None
    if year is None:
        day = anchor.at_least("month")
        if day is None:
            return None
        options = [d for y in (day.year - 1, day.year, day.year + 1) if (d := valid(y, month, first))]
        if not options:
            return None
        year = min(options, key=lambda d: abs((d - day).days)).year
    begin, end = valid(year, month, first), valid(year, month, last)
    return (begin, end) if begin and end and begin <= end else None


def _month(groups: Groups, anchor: Anchor) -> Range | None:
    """`June 2024`, `in December`, `last June`, `next March`, `2024년 6월`."""
    month = _month_number(groups["m"] or "")
    year = groups.get("y")
    if year:
        return _whole_month(int(year), month)
    day = anchor.at_least("month")
    if day is None:
        return None
    which = (groups.get("which") or "").lower()
    if which in ("last", "past"):
        return _whole_month(day.year - (month >= day.month), month)
    if which in ("next", "coming"):
        return _whole_month(day.year + (month <= day.month), month)
    if which == "this":
        return _whole_month(day.year, month)
    distance = (month - day.month + 6) % 12 - 6  # the nearest: from six months back to five ahead
    return _whole_month(day.year + (day.month + distance - 1) // 12, month)


def _year(groups: Groups, anchor: Anchor) -> Range | None:
    return _whole_year(int(groups["y"] or 0))


def _years(groups: Groups, anchor: Anchor) -> Range | None:
    first, last = int(groups["a"] or 0), int(groups["b"] or 0)
    return (date(first, 1, 1), date(last, 12, 31)) if first <= last else None


def _part_of_year(groups: Groups, anchor: Anchor) -> Range | None:
    """`the first nine months of 2013`, `the second quarter of last year`."""
    day = anchor.at_least("year")
    if groups["y"]:
        year = int(groups["y"])
    elif day is not None and groups["rel"]:
        year = day.year + _STEP[groups["rel"].lower()]
    else:
        return None
    ordinal = _ORDINALS[(groups["ord"] or "").lower()]
    unit = (groups["unit"] or "").lower()
    if unit == "months":
        count = _number(groups["n"] or "1")
        return _whole_month(year, 1, count) if ordinal == 1 and count <= 12 else None
    length = 3 if unit == "quarter" else 6
    begin = (ordinal - 1) * length + 1
    return _whole_month(year, begin, begin + length - 1) if begin + length <= 13 else None


def _relative_unit(groups: Groups, anchor: Anchor) -> Range | None:
    """`last year`, `this week`, `next month`."""
    return _shift((groups["unit"] or "").lower(), _STEP[(groups["which"] or "").lower()], anchor)


def _relative_word(groups: Groups, anchor: Anchor) -> Range | None:
    unit, amount = _RELATIVE[(groups[""] or "").lower()]
    return _shift(unit, amount, anchor)


def _counted(groups: Groups, anchor: Anchor) -> Range | None:
    """`three years ago`, `in two weeks`."""
    sign = -1 if groups.get("ago") else 1
    return _shift((groups["unit"] or "").lower(), sign * _number(groups["n"] or "1"), anchor)


def _shift(unit: str, amount: int, anchor: Anchor) -> Range | None:
    need: Precision = "day" if unit in ("day", "week") else "month" if unit == "month" else "year"
    day = anchor.at_least(need)
    if day is None:
        return None
    if unit == "day":
        moved = day + timedelta(days=amount)
        return moved, moved
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=amount)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        index = day.year * 12 + day.month - 1 + amount
        return _whole_month(index // 12, index % 12 + 1)
    return _whole_year(day.year + amount) if 0 < day.year + amount < 10000 else None


def _weekday(groups: Groups, anchor: Anchor) -> Range | None:
    """`on Friday`: that day or the most recent one; `last Friday` before the day itself; `next Friday` after it."""
    day = anchor.at_least("day")
    if day is None:
        return None
    back = (day.weekday() - _WEEKDAYS.index((groups["w"] or "").lower())) % 7
    which = (groups["which"] or "").lower()
    if which in ("next", "coming"):
        found = day + timedelta(days=7 - back)
    elif which in ("last", "past"):
        found = day - timedelta(days=back or 7)
    else:
        found = day - timedelta(days=back)
    return found, found


def _day_only(groups: Groups, anchor: Anchor) -> Range | None:
    """`on the 12th`: the nearest 12th, the earlier one of two as near."""
    day = anchor.at_least("day")
    if day is None:
        return None
    options = []
    for step in (-1, 0, 1):
        index = day.year * 12 + day.month - 1 + step
        candidate = valid(index // 12, index % 12 + 1, int(groups["d"] or 0))
        if candidate:
            options.append(candidate)
    found = min(options, key=lambda d: (abs((d - day).days), d))
    return found, found


def _rule(pattern: str, resolve: Resolver) -> tuple[re.Pattern[str], Resolver]:
    return re.compile(pattern, re.IGNORECASE), resolve


_TO = r"(?:\s*[-–—]\s*|\s+(?:and|to|и|по)\s+)"
_UNIT = r"(?P<unit>day|week|month|year)"
_NOT_A_DAY = r"(?![\d%]|[.,]\d|\s*(?:per cent|percent|pct|million|billion|mln|bln))"
_WHICH_MONTH = r"(?:(?P<which>last|past|next|coming|this)|in|since|until|by|during|throughout|early|late|mid|end of|в)"
_BEFORE_YEAR = r"(?:in|since|by|for|during|until|till|from|of|year|over|в|с|до)\s+(?:the\s+)?(?:year\s+|end of\s+)?"
_PART = r"(?P<unit>months|quarter|half)\s+(?:alone\s+)?of\s+"
_RULES = [
    _rule(rf"(?<![\d.-])(?P<y>{YEAR})-(?P<m>0[1-9]|1[0-2])-(?P<a>{_D})(?!\d)", _days),
    _rule(rf"\b(?P<m>{ALL_MONTHS})\.?\s+(?P<a>{_D}){_ORD}(?:{_TO}(?P<b>{_D}){_ORD})?(?:,?\s+(?P<y>{YEAR}))?{_NOT_A_DAY}", _days),
    _rule(rf"(?<![\d.,])(?P<a>{_D}){_ORD}(?:{_TO}(?P<b>{_D}){_ORD})?\s+(?:of\s+)?(?P<m>{FULL_MONTHS})\b(?:,?\s+(?P<y>{YEAR}))?", _days),
    _rule(
        rf"\b(?:the\s+)?(?P<ord>{'|'.join(_ORDINALS)})\s+(?:(?P<n>{_COUNT})\s+)?{_PART}(?:(?P<y>{YEAR})|(?P<rel>last|this|next)\s+year)",
        _part_of_year,
    ),
    _rule(rf"\b(?P<m>{ALL_MONTHS})\.?,?\s+(?:of\s+)?(?P<y>{YEAR})\b", _month),
    _rule(rf"\b{_WHICH_MONTH}[\s-]+(?P<m>{FULL_MONTHS})\b(?!,?\s+(?:of\s+)?\d)", _month),
    _rule(rf"\b(?:between\s+|from\s+|years\s+)?(?P<a>{YEAR})\s*(?:and|to|[-–—])\s*(?P<b>{YEAR})(?!\d)", _years),
    _rule(rf"\b{_BEFORE_YEAR}(?P<y>{YEAR})(?!\d|[.,]\d|-\d|\s*(?:people|jobs|companies|cars))", _year),
    _rule(rf"\b(?P<which>last|past|previous|this|current|next|coming)\s+{_UNIT}\b", _relative_unit),
    _rule(rf"\b(?P<n>{_COUNT})\s+{_UNIT}s?\s+(?P<ago>ago|earlier)\b", _counted),
    _rule(rf"\bin\s+(?P<n>{_COUNT})\s+{_UNIT}s?(?:'s?)?(?:\s+time)?\b", _counted),
    _rule(rf"\b(?:(?P<which>last|past|next|coming|this)\s+|on\s+)(?P<w>{'|'.join(_WEEKDAYS)})\b", _weekday),
    _rule(rf"\bon\s+the\s+(?P<d>{_D})(?:st|nd|rd|th)\b(?!\s+(?:of|anniversary|day|floor|meeting|century))", _day_only),
    _rule("|".join(rf"\b{word}" + (r"\b" if word[0] < "가" else "") for word in sorted(_RELATIVE, key=len, reverse=True)), _relative_word),
    _rule(rf"(?:(?P<y>{YEAR})년\s?)?(?<!\d)(?P<m>0?[1-9]|1[0-2])월\s?(?P<a>{_D})일", _days),
    _rule(rf"(?P<y>{YEAR})년\s?(?P<m>0?[1-9]|1[0-2])월", _month),
    _rule(rf"(?P<y>{YEAR})년", _year),
]

"""The time that a question speaks of: relative words made absolute, and spans that an answer's sentence must fall into.

"What was signed last June?" is asked as "... in June 2024?" when the stated day is in 2025; "since 2013" and "before May 2020" are open on
one side. Reads dates by the same rules as documents are read. Knows the question's text and one sentence at a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from index.event_dates import EventDate, find_event_dates
from index.schema import Published

_RELATIVE = re.compile(
    r"^(?:on |in |the )?(?:last|past|previous|this|current|next|coming)\s+\w+|yesterday|tomorrow|"
    r"\b(?:days?|weeks?|months?|years?) ago\b|\bin \w+ (?:days|weeks|months|years)$",
    re.IGNORECASE,
)
_LEADS = re.compile(r"\b(?:in|on|of|since|from|by|until|till|during|for|after|before|between|and)\s+(?:the\s+)?$", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|after)\s+(?:the\s+(?:start|beginning|end)\s+of\s+)?(?:in\s+|early\s+|late\s+)?$", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:before|until|till|up\s+to|prior\s+to)\s+(?:the\s+(?:start|beginning|end)\s+of\s+)?$", re.IGNORECASE)
_OPEN_YEAR = re.compile(
    r"\b(?P<lead>since|after|before|prior\s+to|until|till|up\s+to)\s+(?:the\s+(?:start|beginning|end)\s+of\s+)?(?:early\s+|late\s+)?"
    r"(?P<year>(?:1[89]|20)\d\d)\b(?!\s*[,-]?\s*\d)",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:before|prior\s+to)\s+(?:the\s+(?:start|beginning)\s+of\s+)?$", re.IGNORECASE)
# A report of what happened in a month often appears in the weeks after it.
REPORTED_WITHIN = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day that count, both included; None on an open side. `start`, `end`: where the question says so."""

    first: date | None
    last: date | None
    start: int
    end: int

    @property
    def is_open(self) -> bool:
        """Whether one side is open ("since May 2024")."""
        return self.first is None or self.last is None


def absolute(question: str, as_of: date) -> str:
    """The question with "last year", "in June last", "two years ago" told as dates, counted from `as_of`."""
    day = Published(as_of.isoformat(), "day")
    for found in reversed(find_event_dates(question, day)):
        if found.first is None or found.last is None or not _RELATIVE.search(found.phrase):
            continue
        before, days = question[: found.start], (found.last - found.first).days
        if 0 < days < 27:
            continue  # a week has no name of its own
        lead = "" if _LEADS.search(before) else "on " if days == 0 else "in "
        question = before + lead + _told(found.first, found.last) + question[found.end :]
    return question


def spans(question: str) -> tuple[Span, ...]:
    """The spans that a question with absolute dates names: months and days, and years behind "since" or "before"."""
    found = [_from_year(m) for m in _OPEN_YEAR.finditer(question)]
    for event in find_event_dates(question):
        if event.first is None or event.last is None or any(s.start <= event.start < s.end for s in found):
            continue
        until_there = question[: event.start] + re.sub(r"[\w]*\d.*$|\b[A-Z].*$", "", event.phrase)
        before = until_there if until_there.endswith(" ") else until_there + " "
        if lead := _SINCE.search(before):
            found.append(Span(event.first, None, lead.start(), event.end))
        elif lead := _UNTIL.search(before):
            last = event.first - timedelta(days=1) if _BEFORE.search(before) else event.last
            found.append(Span(None, last, lead.start(), event.end))
        elif (event.last - event.first).days < 32:
            found.append(Span(event.first, event.last, event.start, event.end))
    return tuple(sorted(found, key=lambda s: s.start))


def _from_year(match: re.Match[str]) -> Span:
    year, lead = int(match["year"]), match["lead"].lower()
    if lead in ("since", "after"):
        return Span(date(year, 1, 1), None, match.start(), match.end())
    last = date(year - 1, 12, 31) if lead.startswith(("before", "prior")) else date(year, 12, 31)
    return Span(None, last, match.start(), match.end())


def without_open(question: str, limits: Sequence[Span]) -> str:
    """The question without its open spans: no sentence repeats "since 12 June 2024", the rule alone sees to it."""
    for span in reversed(limits):
        if span.is_open:
            question = (question[: span.start].rstrip(" ,") + question[span.end :]).lstrip(" ,")
    return question


def falls_into(span: Span, text: str, before: Sequence[str], published: Published) -> bool:
    """Whether a sentence may tell of the span: by a date of its own, else by one right before it, else by its publication."""
    own = _ranges(text, published)
    if own:
        return any(_overlap(span, r) for r in own)
    if any(_overlap(span, r) for sentence in before for r in _ranges(sentence, published)):
        return True
    if published.date is None:
        # A page without a date may tell of the years since 2010; that it tells of the weeks since a visit is not known.
        return span.is_open and (span.first or span.last or date.min).strftime("%m%d") in ("0101", "1231")
    day = date.fromisoformat(published.date)
    if span.last is None:
        return _last_day(day, published) >= (span.first or day)
    return (span.first or day) <= day <= span.last + (REPORTED_WITHIN if span.first is not None else timedelta(0))


def years_in(text: str, published: Published) -> frozenset[int]:
    """The calendar years that the time expressions of a sentence mean, "last year" included where the publication date tells."""
    return frozenset(y for first, last in _ranges(text, published) if (last - first).days < 800 for y in range(first.year, last.year + 1))


@lru_cache(maxsize=8192)
def _ranges(text: str, published: Published) -> tuple[tuple[date, date], ...]:
    events: list[EventDate] = find_event_dates(text, published)
    return tuple((e.first, e.last) for e in events if e.first is not None and e.last is not None)


def _overlap(span: Span, found: tuple[date, date]) -> bool:
    return (span.first is None or found[1] >= span.first) and (span.last is None or found[0] <= span.last)


def _last_day(day: date, published: Published) -> date:
    if published.precision == "year":
        return day.replace(month=12, day=31)
    return day + timedelta(days=30) if published.precision == "month" else day


def _told(first: date, last: date) -> str:
    days = (last - first).days
    if days == 0:
        return f"{first.day} {first:%B} {first.year}"
    if days < 32:
        return f"{first:%B} {first.year}"
    return str(first.year)

"""Dates in a question: "since May 2024", "last month", "latest", as limits on the publication date of the documents.

A bare year ("in 2022") is no limit here: it may be the year of the event, and `qa.constraints` looks for it in the
sentence. Relative words are resolved by dateparser against a stated day, not by a model.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from index.errors import UsageError
from index.event_dates import find_event_dates
from index.schema import Published
from qa.query import Query

_SINCE = re.compile(
    r"\b(?:published|reported|written|articles?|reports?|news)\s+(?:\w+\s+)?(?:since|after|from)\s+(?P<when>[\w ,-]+?)(?:[?.!]|$)",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\b(?:published|reported|news|articles?|reports?)\b.*?\b"
    r"(?P<when>today|yesterday|this week|last week|this month|last month|this year|last year)\b",
    re.IGNORECASE,
)
_NEWEST = re.compile(r"\b(?:latest|newest|most recent|most up[- ]to[- ]date)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """Publication dates that count, ISO, both inclusive; `newest`: only the newest source is asked for."""

    since: str | None = None
    until: str | None = None
    newest: bool = False

    def told(self) -> str:
        """The limits in words, for the screen."""
        parts = [
            f"since {self.since}" if self.since else "",
            f"until {self.until}" if self.until else "",
            "newest first" if self.newest else "",
        ]
        return "".join(f", {p}" for p in parts if p)


def window_of(query: Query, since: str | None, until: str | None, as_of: str | None) -> Window:
    """The limits that the caller and the question set together; the caller's win. Raises `UsageError` for a date that is none."""
    day = stated_day(as_of)
    since = iso_day(since, "--since") if since else None
    until = iso_day(until, "--until") if until else None
    if since and until and since > until:
        raise UsageError(f"--since must not be later than --until: {since} is after {until}. Exchange them.")
    asked = _SINCE.search(query.text)
    spoken = _LAST.search(query.text)
    if since is None and until is None:
        if asked and (when := _first_day(asked["when"], day)):
            since = when.isoformat()
        elif spoken:
            since, until = _period(spoken["when"].lower(), day)
    return Window(since, until, bool(_NEWEST.search(query.text)))


def limits_publication(question: str) -> bool:
    """Whether the question's time words speak of when documents were published."""
    return bool(_SINCE.search(question) or _LAST.search(question))


def stated_day(as_of: str | None) -> date:
    """The day that relative words are counted from: `answer.as_of`, else today. Raises `UsageError`."""
    return date.fromisoformat(iso_day(as_of, "answer.as_of")) if as_of else date.today()


def _first_day(text: str, day: date) -> date | None:
    """The first day of the time that the words begin with ("May 2024 say about trade")."""
    found = find_event_dates(text, Published(day.isoformat(), "day"))
    return found[0].first if found and found[0].start < 5 else _parse(text, day)


def iso_day(text: str, option: str) -> str:
    """A day as YYYY-MM-DD. Raises `UsageError`."""
    found = _parse(text, date.today())
    if found is None:
        raise UsageError(f"{option} takes a date, got {text!r}. Write it like 2024-06-12.")
    return found.isoformat()


def _parse(text: str, day: date) -> date | None:
    with suppress(ValueError):  # not ISO: dateparser reads the other ways of writing a date
        return date.fromisoformat(text.strip())
    import dateparser

    settings = {"RELATIVE_BASE": datetime(day.year, day.month, day.day), "PREFER_DAY_OF_MONTH": "first", "PREFER_DATES_FROM": "past"}
    found = dateparser.parse(text.strip(), languages=["en"], settings=settings)
    return found.date() if found else None


def _period(words: str, day: date) -> tuple[str, str]:
    monday = day - timedelta(days=day.weekday())
    first = day.replace(day=1)
    last_month = (first - timedelta(days=1)).replace(day=1)
    periods = {
        "today": (day, day),
        "yesterday": (day - timedelta(days=1), day - timedelta(days=1)),
        "this week": (monday, day),
        "last week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "this month": (first, day),
        "last month": (last_month, first - timedelta(days=1)),
        "this year": (day.replace(month=1, day=1), day),
        "last year": (date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)),
    }
    start, end = periods[words]
    return start.isoformat(), end.isoformat()

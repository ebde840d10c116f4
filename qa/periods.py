"""The year, half-year, quarter or month that a sentence itself gives for a figure of its own ("In 2022 trade was $6 billion").

Takes only what the sentence says outright: one period in the figure's own clause, or right behind the figure. A day, "last year", "by
the end of 2023", "to date", a plan and a date of speaking ("In June the minister spoke of ...") give none. Knows no documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from index.event_dates import find_event_dates
from qa.polarity import find_cues
from qa.quantities import Quantity, find_quantities

_DURING = re.compile(r"\b(?:in|during|for|throughout)\s+$", re.IGNORECASE)
_LEADING = re.compile(r"^(?:in|during|for|throughout)\s+", re.IGNORECASE)
# Between a figure and its period: no other clause, nobody who tells of it, no sum that has grown until then.
_APART = re.compile(
    r"[;:()—–“”\"]|,\s*(?:and|but|while|which|who|where|when|after|before)\b|\b(?:that|which|who|while|whereas|because|although)\b"
    r"|\b(?:said|says|spoke|speaks|told|tells?|reported|reports|announced|stated|noted|recalled|wrote|estimated|put|puts|signed|agreed|promised)\b",
    re.IGNORECASE,
)
_GROWN = re.compile(
    r"\b(?:to date|so far|in total|in all|altogether|cumulative(?:ly)?|accumulated|since|until|till|up to now|as of|compared|from|than"
    r"|against|after|before)\b",
    re.IGNORECASE,
)
_RIGHT_BEHIND = re.compile(r"^\s*(?:[A-Za-z-]+\s+){0,2}$")
_FAR = 100  # letters between the two


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, and the words of the sentence for it, without "in"."""

    first: date
    last: date
    words: str


def period_of(text: str, value: Quantity) -> Period | None:
    """The period that `text` gives for its quantity `value`; None when it gives none, or none that is certain."""
    if text[value.start : value.end] != value.text or any(c.kind not in ("negation", "ongoing") for c in find_cues(text)):
        return None
    events = find_event_dates(text)
    figures = [q for q in find_quantities(text) if q.kind == value.kind]
    for event in events:
        given = _LEADING.match(event.phrase)
        start = event.start + (given.end() if given else 0)
        if event.first is None or event.last is None or not _DURING.search(text[:start]):
            continue
        if not 27 <= (event.last - event.first).days <= 366:
            continue
        between = text[value.end : event.start] if event.start >= value.end else text[event.end : value.start]
        behind = event.start >= value.end and _RIGHT_BEHIND.match(between)
        alone = len(events) == len(figures) == 1 and len(between) <= _FAR and not _GROWN.search(text)
        if (behind or alone) and not _APART.search(between) and not _GROWN.search(between):
            return Period(event.first, event.last, text[start : event.end])
    return None

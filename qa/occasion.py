"""Occasions that a question counts from ("since the visit", "before the summit in Oslo"), and the day that the documents give for them.

Finds the phrase and reads the day out of a sentence; looking the sentence up is the engine's work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from index.event_dates import find_event_dates
from qa.select import Choice

_OCCASION = re.compile(
    r"\b(?:since|after|before)\s+(?P<what>(?:the|this|that|his|her|their|its|[A-Z][\w-]+(?:['’]s)?)\s+(?:[\w'’-]+\s+){0,4}?"
    r"(?:visit|trip|summit|forum|meeting|talks|ceremony|elections?|conference|signing|opening|launch|session|round\s?table|exhibition|fair|"
    r"congress|referendum)"
    r"(?:\s+(?:of|to|in|by|with|between|at)\s+[\w'’ -]+?)?)\s*(?=[?.!,]|$)"
)
_WHOLE_DAYS = 31  # a longer range is no occasion


def occasion(question: str) -> re.Match[str] | None:
    """The first occasion that the question counts from, as group `what`; None when there is none."""
    return _OCCASION.search(question)


def day_of(chosen: Sequence[Choice]) -> date | None:
    """The first day that the best sentence with a date tells; None when none tells a day or month."""
    for choice in chosen:
        candidate = choice.candidate
        for event in find_event_dates(candidate.text, candidate.document.published):
            if event.first is not None and event.last is not None and (event.last - event.first).days <= _WHOLE_DAYS:
                return event.first
    return None

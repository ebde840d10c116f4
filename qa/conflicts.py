"""Sources that give different values for one quantity: a disagreement, or a change over time.

A change over time needs two dated sources some weeks apart and a question about a state ("how many companies operate"),
not about one event or year ("signed during the visit", "in 2022"), whose figure does not change. Where each sentence gives
its own, different period for its value, that is a series, told with the sentences' periods. Knows chosen sentences, not
how they were found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

from qa.cite import unmarked
from qa.expect import counted
from qa.periods import Period, period_of
from qa.query import Query
from qa.schema import Conflict
from qa.select import Choice

APART_DAYS = 45  # two reports nearer in time than this describe the same state
_Valued = tuple[Choice, Sequence[int]]
_EVENT = re.compile(
    r"\b(?:during|at the|visit|summit|forum|meeting|talks|ceremony|signed|attended|attend|election|conference|when|launched on)\b",
    re.IGNORECASE,
)


def find_conflicts(
    query: Query, chosen: Sequence[Choice], numbers: Sequence[Sequence[int]], *, part: int = 0, series: bool = False
) -> list[Conflict]:
    """Conflicts among the chosen sentences of one part; `numbers[i]` are the citation numbers of `chosen[i]`, `series` says that a
    development was asked for. Empty unless at least two choices carry different values.
    """
    valued = [(c, n) for c, n in zip(chosen, numbers, strict=True) if c.value is not None and n and c.part == part]
    if len(valued) < 2:
        return []
    periods = [period_of(c.candidate.text, c.value) if c.value is not None else None for c, _ in valued]
    known = [p for p in periods if p is not None]
    if len(known) < len(valued) or len({(p.first, p.last) for p in known}) == 1:
        return [_differing(query, valued, series)]
    if len({(p.first, p.last) for p in known}) == len(valued):
        return [_series(valued, known)]
    groups: dict[tuple[date, date], list[_Valued]] = {}
    for pair, period in zip(valued, known, strict=True):
        groups.setdefault((period.first, period.last), []).append(pair)
    return [_differing(query, group, series) for _, group in sorted(groups.items()) if len(group) > 1]


def _series(valued: Sequence[_Valued], periods: Sequence[Period]) -> Conflict:
    """Values that their own sentences give for different periods: no source contradicts another."""
    ordered = sorted(zip(valued, periods, strict=True), key=lambda pair: (pair[1].first, pair[1].last))
    values = [shown_value(c) for (c, _), _ in ordered]
    told = ", ".join(f"{value} in {unmarked(p.words)} [{n[0]}]" for value, ((_, n), p) in zip(values, ordered, strict=True))
    return Conflict(
        kind="over_time", citations=[n[0] for (_, n), _ in ordered], values=values, note=f"The figures are for different periods: {told}."
    )


def _differing(query: Query, valued: Sequence[_Valued], series: bool) -> Conflict:
    """Values for one period, or for one that is not said: the dates of the documents decide."""
    kind: Literal["disagreement", "over_time"] = "over_time" if _changes(query, [c for c, _ in valued], series) else "disagreement"
    if kind == "over_time":
        valued = sorted(valued, key=lambda pair: pair[0].candidate.document.published.date or "")
    values = [shown_value(c) for c, _ in valued]
    told = ", ".join(f"{value} ({_when(c)}) [{n[0]}]" for value, (c, n) in zip(values, valued, strict=True))
    note = f"The figure changes over time: {told}." if kind == "over_time" else f"The sources disagree: {told}."
    return Conflict(kind=kind, citations=[n[0] for _, n in valued], values=values, note=note)


def shown_value(choice: Choice) -> str:
    """The value as the source writes it, with what it counts."""
    assert choice.value is not None
    return unmarked(re.sub(r"\s+", " ", counted(choice.candidate.text, choice.value)))


def _when(choice: Choice) -> str:
    return choice.candidate.document.published.date or "undated"


def _changes(query: Query, chosen: Sequence[Choice], series: bool) -> bool:
    dates = [c.candidate.document.published.date for c in chosen]
    known = [date.fromisoformat(d) for d in dates if d]
    if series:
        return True
    if len(known) < len(dates) or query.years or _EVENT.search(query.text):
        return False
    return (max(known) - min(known)).days > APART_DAYS

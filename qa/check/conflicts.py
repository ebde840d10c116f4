"""Pieces of evidence that answer one question with values that differ: a disagreement, or a change over time.

Only the answers themselves are compared, never other figures in their sentences. Two documents whose dates lie some weeks apart
describe a change, others disagree. Knows chosen evidence, not how it was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Literal

from index.schema import Published
from index.screen.dates import date_text
from qa.check.values import Value, differ, names, value_of
from qa.cite import unmarked
from qa.read.choose import Choice, folded
from qa.retrieve.dedup import NO_VERSIONS
from qa.schema import Conflict

_MAILS = (".eml", ".mbox", ".msg")
APART_DAYS = 45  # two reports nearer in time than this describe the same state
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
NEARLY = 0.6  # share of the best piece's probability that a rival needs: a figure that hardly answers contradicts nothing
LESS_TOPIC = 0.35  # how much less of the question's words a second value's place may have


def find_conflicts(
    question: str,
    chosen: Sequence[Choice],
    numbers: Sequence[Sequence[int]],
    published: Mapping[str, Published],
    later: Mapping[str, str] = NO_VERSIONS,
) -> list[Conflict]:
    """The conflict among the chosen pieces, if there is one; `numbers[i]` are the footnotes of `chosen[i]`, `published` tells a
    source's date, `later` the latest version of one that has one: between versions there is a change, whatever their dates. The values are
    listed oldest first for a change, that of a piece that names the others' too last, best first for a disagreement."""
    valued: list[tuple[Choice, int, Value]] = []
    for choice, cited in zip(chosen, numbers, strict=True):
        value = value_of(choice.short, published.get(choice.evidence.source, Published())) if choice.short and cited else None
        if value is not None:
            valued.append((choice, cited[0], value))
    if len(valued) < 2:
        return []
    best = valued[0]
    about = _topic(question, best[0])
    rivals = [v for v in valued[1:] if _comparable(best[0], v[0]) and differ(best[2], v[2])]
    rivals = [v for v in rivals if v[0].evidence.score >= NEARLY * best[0].evidence.score and _topic(question, v[0]) >= about - LESS_TOPIC]
    if not rivals:
        return []
    return [_told([best, *rivals], published, later)]


def newest_first(
    question: str, chosen: Sequence[Choice], published: Mapping[str, Published], later: Mapping[str, str] = NO_VERSIONS
) -> list[Choice]:
    """The chosen pieces with those that tell a change over time in the places that they have, the latest first: what holds now. What a
    later version says comes before what the version before said."""
    ordered = list(chosen)
    for conflict in find_conflicts(question, chosen, [[n] for n in range(len(chosen))], published, later):
        if conflict.kind == "over_time":
            latest = [chosen[n] for n in reversed(conflict.citations)]
            for place, choice in zip(sorted(conflict.citations), latest, strict=True):
                ordered[place] = choice
    sources = [choice.evidence.source for choice in ordered]
    for old, source in enumerate(sources):
        new = sources.index(later[source]) if later.get(source) in sources else old
        if new > old:
            ordered[old], ordered[new] = ordered[new], ordered[old]
            sources[old], sources[new] = sources[new], sources[old]
    return ordered


def _comparable(one: Choice, other: Choice) -> bool:
    """Whether two pieces may speak of the same thing: they are of two documents, or of two messages of one mail, and not two records of
    one table or entries of one log, which are different things by their nature ("contacts.csv#row-2" and "#row-4")."""
    (file, a, row), (other_file, b, other_row) = (choice.evidence.source.partition("#row-") for choice in (one, other))
    told, other_told = one.evidence.published, other.evidence.published
    messages = told != other_told and PurePosixPath(file.partition("#")[0]).suffix.lower() in _MAILS
    return ((file, row) != (other_file, other_row) or messages) and not (a and b and file == other_file)


def _topic(question: str, choice: Choice) -> float:
    """The share of the question's longer words that stand in a piece of evidence or above it."""
    words = {w[:6] for w in folded(question).split() if len(w) > 3}
    there = {w[:6] for w in folded(f"{choice.evidence.context} {choice.evidence.quote}").split()}
    return len(words & there) / len(words) if words else 1.0


def _told(valued: Sequence[tuple[Choice, int, Value]], published: Mapping[str, Published], later: Mapping[str, str]) -> Conflict:
    dates = [_date(c) for c, _, _ in valued]
    known = [date.fromisoformat(d) for d in dates if d]
    sources = {c.evidence.source for c, _, _ in valued}
    versions = len({later.get(source, source) for source in sources}) == 1 and len(sources) == len(valued)
    apart = APART_DAYS if len(sources) > 1 else 0  # of what one mail repeats, the newer message is what holds
    changed = versions or (len(known) == len(dates) and (max(known) - min(known)).days > apart)
    kind: Literal["disagreement", "over_time"] = "over_time" if changed else "disagreement"
    ordered = list(valued)
    if changed:
        ordered.sort(key=lambda v: (v[0].evidence.source not in later if versions else False, _date(v[0]) or ""))
    knowing = _knowing(valued)
    if knowing is not None and not versions:
        kind = "over_time"
        ordered.sort(key=lambda v: v is knowing)
    values = [unmarked(" ".join(c.short.split())) for c, _, _ in ordered]
    when = [_when(c, published) for c, _, _ in ordered]
    said = [f"{value} ({day}) [{n}]" for value, day, (_, n, _) in zip(values, when, ordered, strict=True)]
    note = f"{'The figure changes over time' if changed else 'The sources disagree'}: {', '.join(said)}."
    if knowing is not None and not versions:
        note = f"The sources differ: {'; '.join(said)}, which names {'both' if len(said) == 2 else 'the other figures too'}."
    if versions:
        note = f"The later version says {said[-1]}; until then {', '.join(reversed(said[:-1]))}."
    return Conflict(kind=kind, citations=[n for _, n, _ in ordered], values=values, note=note)


def _knowing(valued: Sequence[tuple[Choice, int, Value]]) -> tuple[Choice, int, Value] | None:
    """The piece that names the values of all others beside its own, where none of them names its: a correction ("not 34, as we reported")
    or a newer state. None where there is no such piece, or where an older date speaks against it."""
    tells = [all(names(v[0].evidence.quote, other[2]) for other in valued if other is not v) for v in valued]
    if sum(tells) != 1:
        return None
    knowing = valued[tells.index(True)]
    rest = [v for v in valued if v is not knowing]
    own, theirs = knowing[0].evidence.published, [v[0].evidence.published for v in rest]
    if any(names(v[0].evidence.quote, knowing[2]) for v in rest) or any(own and day and own < day for day in theirs):
        return None
    return knowing


def _when(choice: Choice, published: Mapping[str, Published]) -> str:
    """The date of a piece as precisely as it is known."""
    known, said = published.get(choice.evidence.source, Published()), choice.evidence.published
    return (date_text(known) if said == known.date else said) or _year(choice) or "undated"


def _date(choice: Choice) -> str | None:
    """The date of a piece, as ISO; where nothing says one, that of the year that its file is named for ("prices-2025.csv")."""
    year = _year(choice)
    return choice.evidence.published or (f"{year}-01-01" if year else None)


def _year(choice: Choice) -> str | None:
    years = set(_YEAR.findall(PurePosixPath(choice.evidence.source.split("#")[0]).name))
    return years.pop() if len(years) == 1 else None

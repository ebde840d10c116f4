"""Pieces of evidence that answer one question with values that differ: a disagreement, or a change over time.

Only the answers themselves are compared, never other figures in their sentences, and only of pieces that speak of the same thing: the fee
of an appeal says nothing of the fee of a resit. Two documents whose dates lie some weeks apart describe a change, others disagree. Knows
chosen evidence, not how it was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Literal

from index.schema import Published
from index.screen.dates import date_text
from index.text.names import readable_name
from index.text.sentences import sentence_spans
from qa.check.values import Value, amounts, differ, names, value_of
from qa.cite import unmarked
from qa.english.lexicon import abbreviates, content_stems, related
from qa.read.choose import Choice
from qa.retrieve.dedup import NO_VERSIONS
from qa.schema import Conflict

_MAILS = (".eml", ".mbox", ".msg")
APART_DAYS = 45  # two reports nearer in time than this describe the same state
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_Valued = tuple[Choice, int, Value]  # with the footnote that shows it, and the value of its short answer
NEARLY = 0.6  # share of the best piece's probability that a rival needs: a figure that hardly answers contradicts nothing
LACKED = 0.5  # share of the question's words in the best piece that a rival's section lacks when it speaks of something else


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
    valued: list[_Valued] = []
    for choice, cited in zip(chosen, numbers, strict=True):
        value = value_of(choice.short, published.get(choice.evidence.source, Published())) if choice.short and cited else None
        if value is not None:
            valued.append((choice, cited[0], value))
    if len(valued) < 2:
        return []
    best = max(valued, key=lambda v: v[0].evidence.score)
    enough = NEARLY * best[0].evidence.score
    rivals = [v for v in valued if v[0].evidence.score >= enough and _comparable(best[0], v[0]) and differ(best[2], v[2])]
    rivals = _of_one_thing(question, best, rivals, later)
    if not rivals:
        return []
    return [_told([best, *rivals], published, later)]


def rivals(question: str, chosen: Sequence[Choice], published: Mapping[str, Published], later: Mapping[str, str] = NO_VERSIONS) -> set[int]:
    """The positions of the chosen pieces that contradict another, or tell a change."""
    conflicts = find_conflicts(question, chosen, [[n] for n in range(len(chosen))], published, later)
    return {n for conflict in conflicts for n in conflict.citations}


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


def _of_one_thing(question: str, best: _Valued, rivals: Sequence[_Valued], later: Mapping[str, str]) -> list[_Valued]:
    """The rivals that speak of the same thing as the best piece: versions of its document, corrections, and those whose sections have
    enough of the question's words that it has: those of its title, which say what document is meant, and beside a version, which tells
    the change, all of them. Of two pieces of which one has the other's value among several, neither contradicts the other."""
    source = best[0].evidence.source
    latest = later.get(source, source)
    versions = [v for v in rivals if latest == later.get(v[0].evidence.source, v[0].evidence.source) and v[0].evidence.source != source]
    asked = dict.fromkeys(content_stems(question))
    wanted = [word for word in asked if _has(_stems(best[0].evidence.quote, *_above(best[0])), word)]
    entitled = {word for word in wanted if _has(_stems(*_named(best[0])), word)}

    def of_one(rival: _Valued) -> bool:
        if rival in versions or _corrects(rival, best) or _corrects(best, rival):
            return True
        there = _stems(rival[0].evidence.quote, *_above(rival[0]), rival[0].around)
        lacked = [word for word in wanted if not _has(there, word)]
        few = not lacked or (not (versions or entitled & set(lacked)) and len(lacked) < LACKED * len(wanted))
        return few and not names(rival[0].evidence.quote, best[2]) and not names(best[0].evidence.quote, rival[2])

    return [rival for rival in rivals if of_one(rival)]


def _named(choice: Choice) -> tuple[str, str]:
    """The title of a piece's document and the name of its file."""
    return choice.evidence.title or "", readable_name(choice.evidence.source)


def _above(choice: Choice) -> tuple[str, ...]:
    """What stands above a piece: its document's names, its headings."""
    return *_named(choice), *choice.evidence.heading, choice.evidence.context


def _stems(*texts: str) -> set[str]:
    return set(content_stems(" ".join(texts)))


def _has(stems: set[str], word: str) -> bool:
    return word in stems or any(related(word, other) or abbreviates(word, other) or abbreviates(other, word) for other in stems)


def _corrects(one: _Valued, other: _Valued) -> bool:
    """Whether a piece names another's value beside its own: in one sentence ("36, not 34"), or with no third amount ("It is five thousand.
    We wrote ten thousand.")."""
    evidence = one[0].evidence
    if not names(evidence.quote, other[2]):
        return False
    at = evidence.highlight[0] - evidence.start if evidence.highlight else 0
    sentence = next((evidence.quote[s.start : s.end] for s in sentence_spans(evidence.quote) if s.start <= at < s.end), "")
    return names(sentence, other[2]) or amounts(evidence.quote) <= {one[2].amount, other[2].amount}


def _told(valued: Sequence[_Valued], published: Mapping[str, Published], later: Mapping[str, str]) -> Conflict:
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


def _knowing(valued: Sequence[_Valued]) -> _Valued | None:
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

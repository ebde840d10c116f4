"""Pieces of evidence that answer one question with values that differ: a disagreement, or a change over time.

The answers themselves are compared, and of other figures in their sentences only those that a piece sets its own against ("20, not 30").
They must be told alike, of one time and of the same thing: the fee of an appeal says nothing of the fee of a resit, a forecast contradicts
no outcome. Where that is not sure there is no conflict. Two documents whose dates lie some weeks apart describe a change, others disagree.
Knows chosen evidence, not how it was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from index.schema import Published
from index.screen.dates import date_text
from index.text.names import readable_name
from qa.check.figures.alike import kin, period, quarters, same_count, same_mood, same_time
from qa.check.figures.stated import Stated, is_about, is_value, set_against, stated
from qa.check.figures.values import AMOUNTS, Value, amounts, differ, names, own_part, value_of
from qa.cite import unmarked
from qa.english.lexicon import abbreviates, content_stems, related
from qa.english.quantities import find_quantities
from qa.read.choose import Choice
from qa.retrieve.dedup import NO_VERSIONS
from qa.schema import Conflict

_MAILS = (".eml", ".mbox", ".msg")
APART_DAYS = 45  # two reports nearer in time than this describe the same state
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
LACKED = 0.5  # share of the question's words in the best piece that a rival's section lacks when it speaks of something else


class _Valued(NamedTuple):
    """A piece with the footnote that shows it, the value of its short answer and where that is stated."""

    choice: Choice
    n: int
    value: Value
    told: Stated


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
    valued = _valued(chosen, numbers, published)
    best = max((v for v in valued if v.choice.sure is not False), key=lambda v: v.choice.evidence.score, default=None)
    if best is None:
        return []
    others = [*(v for v in valued if _differ(best, v)), *_corrected(best, valued, chosen, numbers)]
    others = [v for v in others if _alike(question, best, v, published)]
    alike = _of_one_thing(question, best, others, later)
    rivals = [v for v in alike if v.choice.sure is not False and _comparable(best.choice, v.choice)]
    rivals = _single(best, rivals, [v for v in others if v in alike or v.choice.evidence.source == best.choice.evidence.source])
    if not rivals:
        return []
    return [_told([best, *rivals], published, later)]


def rivals(question: str, chosen: Sequence[Choice], published: Mapping[str, Published], later: Mapping[str, str] = NO_VERSIONS) -> set[int]:
    """The positions of the chosen pieces that contradict another, or tell a change."""
    conflicts = find_conflicts(question, chosen, [[n] for n in range(len(chosen))], published, later)
    return {n for conflict in conflicts for n in conflict.citations}


def _valued(chosen: Sequence[Choice], numbers: Sequence[Sequence[int]], published: Mapping[str, Published]) -> list[_Valued]:
    """The pieces whose short answers are values."""
    valued = []
    for choice, cited in zip(chosen, numbers, strict=True):
        short, told = own_part(choice.short), stated(choice)
        value = value_of(short, published.get(choice.evidence.source, Published())) if short and cited else None
        told = replace(told, end=told.start + len(short))
        if value is not None and is_value(told):
            valued.append(_Valued(replace(choice, short=short), cited[0], replace(value, about=is_about(told)), told))
    return valued


def _corrected(best: _Valued, valued: Sequence[_Valued], chosen: Sequence[Choice], numbers: Sequence[Sequence[int]]) -> list[_Valued]:
    """The amount that the best piece sets its own against ("20, not 30"), in the pieces of other documents that state it, whatever their
    short answers are."""
    found: list[_Valued] = []
    for old in set_against(best.told):
        value = replace(best.value, amount=old.value)
        known = [v.n for v in valued if v.value.amount == old.value]
        for choice, cited in zip(chosen, numbers, strict=True):
            evidence = choice.evidence
            there = next((q for q in find_quantities(evidence.quote) if (q.value, q.kind) == (old.value, old.kind)), None)
            apart = evidence.source != best.choice.evidence.source and not names(evidence.quote, best.value)
            if there is None or not apart or not cited or cited[0] in known:
                continue
            span = evidence.start + there.start, evidence.start + there.end
            moved = replace(choice, short=there.text, evidence=replace(evidence, highlight=span))
            found.append(_Valued(moved, cited[0], value, stated(moved)))
    return found


def _differ(one: _Valued, other: _Valued) -> bool:
    return differ(one.value, other.value, sure=_puts_right(one, other) or _puts_right(other, one))


def _alike(question: str, one: _Valued, other: _Valued, published: Mapping[str, Published]) -> bool:
    """Whether two values are meant alike and of one time."""
    mine, theirs = (published.get(v.choice.evidence.source, Published()) for v in (one, other))
    if not (_corrects(one, other) or _corrects(other, one) or same_mood(question, one.told, other.told)):
        return False
    if not same_count(question, (one.value, one.told), (other.value, other.told)):
        return False
    if one.value.kind == "date":
        return kin(question, one.told, other.told, "", all_words=True)
    quarter, theirs_quarter = quarters(one.choice, one.told), quarters(other.choice, other.told)
    if quarter and theirs_quarter and not quarter & theirs_quarter:
        return False
    days = [_date(v.choice) for v in (one, other)]
    years = (int(days[0][:4]) if days[0] else None, int(days[1][:4]) if days[1] else None)
    return same_time(question, period(one.told, mine), period(other.told, theirs), years)


def _single(best: _Valued, rivals: Sequence[_Valued], others: Sequence[_Valued]) -> list[_Valued]:
    """The rivals, each value once, of documents that state one value: where the best one's states another beside it, as a table does,
    none of them is the value that is asked for."""
    sources = [v.choice.evidence.source for v in others if not _is_mail(v.choice)]
    if best.choice.evidence.source in sources:
        return []
    left: list[_Valued] = []
    for rival in sorted(rivals, key=lambda v: -v.choice.evidence.score):
        source = rival.choice.evidence.source
        several = any(v.choice.evidence.source == source and differ(v.value, rival.value) for v in others) and not _is_mail(rival.choice)
        if not several and all(differ(rival.value, v.value) for v in left):
            left.append(rival)
    return [v for v in rivals if v in left]


def _is_mail(choice: Choice) -> bool:
    return PurePosixPath(choice.evidence.source.partition("#")[0]).suffix.lower() in _MAILS


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
    messages = told != other_told and _is_mail(one)
    return ((file, row) != (other_file, other_row) or messages) and not (a and b and file == other_file)


def _of_one_thing(question: str, best: _Valued, rivals: Sequence[_Valued], later: Mapping[str, str]) -> list[_Valued]:
    """The rivals that speak of the same thing as the best piece: versions of its document, corrections, and those whose sections have
    enough of the question's words that it has: those of its title, which say what document is meant, and beside a version,
    which tells the change, all of them. Of two pieces of which one has the other's value among several, neither contradicts the other."""
    source = best.choice.evidence.source
    latest = later.get(source, source)
    versions = [
        v for v in rivals if latest == later.get(v.choice.evidence.source, v.choice.evidence.source) and v.choice.evidence.source != source
    ]
    asked = dict.fromkeys(content_stems(question))
    wanted = [word for word in asked if _has(_stems(best.choice.evidence.quote, *_above(best.choice)), word)]
    entitled = {word for word in wanted if _has(_stems(*_named(best.choice)), word)}

    def of_one(rival: _Valued) -> bool:
        if _corrects(rival, best) or _corrects(best, rival):
            return True
        if not kin(question, best.told, rival.told, _heading(rival.choice)):
            return False
        if rival in versions:
            return True
        there = _stems(rival.choice.evidence.quote, *_above(rival.choice), rival.choice.around)
        lacked = [word for word in wanted if not _has(there, word)]
        few = not lacked or (not (versions or entitled & set(lacked)) and len(lacked) < LACKED * len(wanted))
        return few and not names(rival.choice.evidence.quote, best.value) and not names(best.choice.evidence.quote, rival.value)

    return [rival for rival in rivals if of_one(rival)]


def _heading(choice: Choice) -> str:
    """The heading right above a piece, where it is not the title of its document."""
    heading = choice.evidence.heading
    return heading[-1] if len(heading) > 1 or (heading and heading[-1] != choice.evidence.title) else ""


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
    """Whether a piece names another's value beside its own: it puts it right, or has it in the same sentence, or has no third amount ("It
    is five thousand. We wrote ten thousand.")."""
    quote = one.choice.evidence.quote
    if one.told.cell is not None or not names(quote, other.value):
        return False
    return _puts_right(one, other) or names(one.told.text, other.value) or amounts(quote) <= {one.value.amount, other.value.amount}


def _puts_right(one: _Valued, other: _Valued) -> bool:
    """Whether a piece sets its value against another's ("36, not 34"), or names that right before its own, which stands alone in its
    sentence ("We wrote that it has nine rooms. It has eleven.")."""
    if any(old.value == other.value.amount for old in set_against(one.told)):
        return True
    evidence = one.choice.evidence
    at = evidence.highlight[0] - evidence.start if evidence.highlight else 0
    before = [q.value for q in find_quantities(evidence.quote) if q.kind in AMOUNTS and q.end <= at]
    return one.told.cell is None and before[-1:] == [other.value.amount] and amounts(one.told.text) == {one.value.amount}


def _told(valued: Sequence[_Valued], published: Mapping[str, Published], later: Mapping[str, str]) -> Conflict:
    dates = [_date(v.choice) for v in valued]
    known = [date.fromisoformat(d) for d in dates if d]
    sources = {v.choice.evidence.source for v in valued}
    versions = len({later.get(source, source) for source in sources}) == 1 and len(sources) == len(valued)
    apart = APART_DAYS if len(sources) > 1 else 0  # of what one mail repeats, the newer message is what holds
    changed = versions or (len(known) == len(dates) and (max(known) - min(known)).days > apart)
    kind: Literal["disagreement", "over_time"] = "over_time" if changed else "disagreement"
    ordered = list(valued)
    if changed:
        ordered.sort(key=lambda v: (v.choice.evidence.source not in later if versions else False, _date(v.choice) or ""))
    knowing = _knowing(valued)
    if knowing is not None and not versions:
        kind = "over_time"
        ordered.sort(key=lambda v: v is knowing)
    values = [unmarked(" ".join(v.choice.short.split())) for v in ordered]
    when = [_when(v.choice, published) for v in ordered]
    said = [f"{value} ({day}) [{v.n}]" for value, day, v in zip(values, when, ordered, strict=True)]
    note = f"{'The figure changes over time' if changed else 'The sources disagree'}: {', '.join(said)}."
    if knowing is not None and not versions:
        note = f"The sources differ: {'; '.join(said)}, which names {'both' if len(said) == 2 else 'the other figures too'}."
    if versions:
        note = f"The later version says {said[-1]}; until then {', '.join(reversed(said[:-1]))}."
    return Conflict(kind=kind, citations=[v.n for v in ordered], values=values, note=note)


def _knowing(valued: Sequence[_Valued]) -> _Valued | None:
    """The piece that names the values of all others beside its own, where none of them names its: a correction ("not 34, as we reported")
    or a newer state. None where there is no such piece, or where an older date speaks against it."""
    tells = [all(names(v.choice.evidence.quote, other.value) for other in valued if other is not v) for v in valued]
    if sum(tells) != 1:
        return None
    knowing = valued[tells.index(True)]
    rest = [v for v in valued if v is not knowing]
    own, theirs = knowing.choice.evidence.published, [v.choice.evidence.published for v in rest]
    if any(names(v.choice.evidence.quote, knowing.value) for v in rest) or any(own and day and own < day for day in theirs):
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

"""Which of the scored sentences go into the answer: the best, those that say the same or differ, and every list item.

Near-by sentences dumped into an answer are not an answer: beyond the best sentence each one must earn its place. Knows
scored candidates and the clusters of near-copies; knows nothing of wording.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qa.candidates import Candidate
from qa.evidence_model import NUMERIC
from qa.expect import counted, counts_asked, numbers_for, same_noun
from qa.language import topic_stems
from qa.lexicon import stem
from qa.quantities import Quantity, find_quantities
from qa.query import Query

# Printed by `eval.bench.cli_evidence_fit fit`: of .30 to .70 it has the best score (right 1, refused 0, wrong -1) on sources left out
# of the fit; there 12 % of the answerable questions are refused (EXPERIMENTS.md, "evidence, refitted").
ANSWER_FLOOR = 0.54
# `python -m eval.bench.cli_select_sweep` over both development sets (EXPERIMENTS.md, "selection, swept"): each is the best value or on
# its plateau there.
MORE_FLOOR = 0.33  # what a second value for the same quantity needs
TRIED_LESS = 4.0  # ... and how much lower its tried answer may score than the best one's; twice that when it has all topic words
DATE_LESS = 3.0  # ... for a date, which neither a counted noun nor its size tells apart from the dates of other events
LIST_FLOOR = 0.50  # what each list item needs
OTHER_RANK = 0.25  # how much less probable a sentence that gives another place in a ranking may be
NEARLY = 0.01  # ... and a further sentence of a plain answer
MOST = 8  # sentences in one answer
SOME_WORDS = 0.2  # share of the question's topic words that a second value's sentence needs
NEAR = Decimal(4)  # two values for one quantity are within this factor of each other
STATE_NEAR = 80  # characters to either side of a number
_STATES = {
    "planned": {stem(w) for w in "plan planned intend intention propose proposed consider considered future".split()},
    "running": {stem(w) for w in "progress underway implement implemented implementation ongoing current construction building".split()},
    "done": {stem(w) for w in "complete completed finish finished launch launched start started commission commissioned realised".split()},
}
_LARGEST = re.compile(r"\s+(?:largest|biggest|leading|most important)\b")


@dataclass(frozen=True, slots=True)
class Choice:
    """One sentence of the answer. `value` is its answering quantity, `twins` further sentences that state the same; `part`
    is the place of the plain question that it answers, when several were asked in one."""

    candidate: Candidate
    value: Quantity | None = None
    twins: tuple[Candidate, ...] = ()
    part: int = 0


Valued = tuple[Candidate, Quantity | None]


def select(query: Query, scored: Sequence[Candidate], clusters: Mapping[str, int]) -> list[Choice]:
    """The sentences to answer with, best first; empty when the best is not good enough."""
    if query.lists_names and scored and scored[0].score >= LIST_FLOOR:
        return _items(scored, clusters)
    likeliest = sorted((c for c in scored if not _lacks_answer(query, c)), key=lambda c: -c.likely)
    if not likeliest or likeliest[0].likely < ANSWER_FLOOR:
        return []
    return _numbers(query, likeliest, clusters) if query.kind in NUMERIC else _plain(query, likeliest, clusters)


def _lacks_answer(query: Query, candidate: Candidate) -> bool:
    """Who asks for a sum, a number, a share, the holder of an office or for firms is not served by a sentence that has none."""
    office = query.kind == "person" and query.noun is not None and not query.plural
    needed = query.kind in ("count", "amount", "share") or office or query.lists_names
    return needed and query.template is not None and not candidate.answers


def _numbers(query: Query, scored: Sequence[Candidate], clusters: Mapping[str, int]) -> list[Choice]:
    """The best value; other sources' values for the same quantity; each with the sources that repeat it."""
    chosen: list[tuple[Candidate, Quantity | None, list[Candidate]]] = []
    for candidate in _of_asked_noun(query, scored):
        value = answering(query, candidate)
        if not chosen:
            chosen.append((candidate, value, []))
            continue
        if value is None or candidate.likely < MORE_FLOOR:
            continue
        same = next((c for c in chosen if c[1] is not None and _same(c[1], value)), None)
        if same is not None:
            if candidate.likely >= ANSWER_FLOOR and clusters.get(candidate.source) != clusters.get(same[0].source):
                same[2].append(candidate)
            continue
        known = {clusters.get(c[0].source) for c in chosen}
        if clusters.get(candidate.source) in known or not _comparable(chosen[0][1], value):
            continue
        less = DATE_LESS if query.kind == "date" else TRIED_LESS * (1 + candidate.cover)
        if candidate.tested >= chosen[0][0].tested - less and _same_matter(query, chosen[0][:2], (candidate, value)):
            chosen.append((candidate, value, []))
    return [Choice(c, v, tuple(t[:2])) for c, v, t in chosen[:MOST]]


def _of_asked_noun(query: Query, scored: Sequence[Candidate]) -> Sequence[Candidate]:
    """Asked how many jobs: once a good sentence counts jobs, those that count companies do not answer."""
    if query.kind != "count":
        return scored
    of_noun = [c for c in scored if any(counts_asked(query, q) for q in numbers_for(query, c.text))]
    return of_noun if of_noun and of_noun[0].likely >= ANSWER_FLOOR else scored


def _same_matter(query: Query, first: Valued, second: Valued) -> bool:
    """Whether a second value is one of what is asked: some topic word stands there; all of "joint investment projects" does when
    it is projects that both count; and the two are not told apart by their own words ("28 major", "15 investment projects")."""
    candidate, value = second
    if candidate.cover < SOME_WORDS or value is None:
        return False
    have = set(topic_stems(candidate.text))
    if same_noun(query.noun, value) and not all(m in have for m in query.modifiers):
        return False
    other = first[1]
    if other is None or value.noun is None or other.noun is None or stem(value.noun) != stem(other.noun):
        return True
    if _states(first) and _states(second) and not _states(first) & _states(second):
        return False  # projects that are done and projects that are under way are not the same projects
    ours, theirs = _own_words(first), _own_words(second)
    return not (ours - theirs and theirs - ours)


def _own_words(valued: Valued) -> set[str]:
    """The small-letter words between a number and the noun that it counts, by stem."""
    candidate, value = valued
    assert value is not None
    phrase = counted(candidate.text, value)[len(value.text) :]
    return {s for w in re.findall(r"\b[a-z][\w-]*", phrase) for s in topic_stems(w)} - {stem(value.noun or "")}


def _states(valued: Valued) -> set[str]:
    """How far along the counted things are, by the words around their number: planned, running or done."""
    candidate, value = valued
    assert value is not None
    near = set(topic_stems(candidate.text[max(0, value.start - STATE_NEAR) : value.end + STATE_NEAR]))
    return {state for state, words in _STATES.items() if near & words}


def answering(query: Query, candidate: Candidate) -> Quantity | None:
    """The quantity of a sentence that answers the question: the one that was tried best, else the first of its kind."""
    found = numbers_for(query, candidate.text)
    return next((q for q in found if counted(candidate.text, q) == candidate.answer), found[0] if found else None)


def _same(a: Quantity, b: Quantity) -> bool:
    """The same value, however exactly it is told ("$1.25 billion", "some $1.25 billion"; "January 1992", "1992")."""
    if a.date is not None and b.date is not None:
        pairs = ((a.date.year, b.date.year), (a.date.month, b.date.month), (a.date.day, b.date.day))
        return all(x is None or y is None or x == y for x, y in pairs)
    return (a.kind, a.unit, a.value, a.high) == (b.kind, b.unit, b.value, b.high)


def _comparable(a: Quantity | None, b: Quantity) -> bool:
    if a is None or a.kind != b.kind or a.unit != b.unit:
        return False
    if a.kind in ("date", "year") or not a.value or not b.value:
        return True
    return max(a.value, b.value) <= NEAR * min(a.value, b.value)


def _items(scored: Sequence[Candidate], clusters: Mapping[str, int]) -> list[Choice]:
    """Sentences until no new item comes; one that only repeats items stands behind the first that names them."""
    chosen: list[tuple[Candidate, set[str], list[Candidate]]] = []
    for candidate in scored:
        if candidate.score < LIST_FLOOR:
            break
        items = {re.sub(r"\W", "", item).casefold() for item in candidate.items}
        known = {item for _, found, _ in chosen for item in found}
        if items - known and len(chosen) < MOST:
            chosen.append((candidate, items, []))
            continue
        same = next(((first, twins) for first, found, twins in chosen if found & items), None)
        if same is not None and not _is_copy(candidate, [same[0], *same[1]], clusters):
            same[1].append(candidate)
    return [Choice(c, None, tuple(t[:2])) for c, _, t in chosen]


def _is_copy(candidate: Candidate, others: Sequence[Candidate], clusters: Mapping[str, int]) -> bool:
    """Whether the sentence stands in a near-copy of another's document, so that it is no second source."""
    same = [c for c in others if c.source in clusters and clusters[c.source] == clusters.get(candidate.source)]
    return any(c.source != candidate.source for c in same)


def _plain(query: Query, scored: Sequence[Candidate], clusters: Mapping[str, int]) -> list[Choice]:
    """The best sentence, those of other sources that are nearly as good, and those that give another rank."""
    best = scored[0]
    chosen = [Choice(best, _rank(best))]
    for candidate in scored[1:]:
        if candidate.likely < max(ANSWER_FLOOR, best.likely - OTHER_RANK) or len(chosen) >= 3:
            break
        rank = _rank(candidate)
        differs = rank is not None and chosen[0].value is not None and all(c.value is None or c.value.value != rank.value for c in chosen)
        if candidate.likely < best.likely - NEARLY and not differs:
            continue
        known = {clusters.get(c.candidate.source) for c in chosen}
        copied = _is_copy(candidate, [c.candidate for c in chosen], clusters)
        if clusters.get(candidate.source) not in known or (query.kind == "description" and not copied):
            chosen.append(Choice(candidate, rank))
    return chosen


def _rank(candidate: Candidate) -> Quantity | None:
    """The place in a ranking that a sentence gives ("among the top five", "the ten largest investors"): the one figure
    that plain answers compare."""
    found = find_quantities(candidate.text)
    return next((q for q in found if q.kind == "rank" or (q.kind == "count" and _LARGEST.match(candidate.text, q.end))), None)

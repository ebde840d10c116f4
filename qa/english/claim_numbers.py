"""Do the numbers of a claim stand in its quotes, with unit, bound, what they count, and beside the same words?

A number that names a thing instead of counting ("line 4", "lot 2", "Article 5") is known by the parse: its noun stands before it. What is
said of line 1 must be said of line 1. A code such as "0020-118-64" must stand in the quotes as it is.

Builds on `qa.english.quantities`. Figures come from the quotes alone; a year or a date that the quote leaves out may come from the
context. Knows no arithmetic: a sum or a difference of quoted numbers is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.text.sentences import sentence_spans
from qa.english.lexicon import related, stem, tokens
from qa.english.number_words import BIG, CalendarDate
from qa.english.quantities import Quantity, agree, find_quantities

# A word tells two numbers of one quote apart when it stands at most this many words away.
REACH = 6
# A rival number must stand nearer to the claim's words by this much.
MARGIN = 0.15
CELLS = " | "
SMALL = 12  # up to here numbers are said of what quotes only list ("the two works"), and sums and differences come out by chance
_SCALE_NAMED = re.compile(r"\b(?:million|billion|thousand)\b", re.IGNORECASE)
_UNIT_NAMED = re.compile(r"(?<![\d.,] )(?<![\d.,])(?:%|\b(?:euros?|dollars?|pounds?|per ?cent)\b|[€$£](?!\s?\d))", re.IGNORECASE)
_LABELLED = re.compile(r"[^\W\d_]\s\d{1,4}(?![\d.,]*\d)\b")
_CODE = re.compile(r"(?<![\w.-])\d+(?:-\d+){2,}(?![\w-])")
_CLAUSE = re.compile(r"[.;:!?]\s|\n|,?\s(?:while|whereas|but|although)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberProblem:
    """Why a number of the claim is not supported; `contradicts` when the quote gives another value for the same thing."""

    reason: str
    contradicts: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A number with the noun before it: `start` is where the number stands, `noun` the stem of the noun."""

    start: int
    number: str
    noun: str

    def same(self, other: Label) -> bool:
        """Whether both name one thing."""
        return self.number == other.number and self.alike(other)

    def alike(self, other: Label) -> bool:
        """Whether both name things of one kind: two lines."""
        return related(self.noun, other.noun)


def check_numbers(claim: str, quotes: Sequence[str], context: Sequence[str] = (), *, judged: bool = True) -> NumberProblem | None:
    """The first number of `claim` that `quotes` (and for dates `context`) do not support, None when all are supported, or, where a judge
    reads the claim afterwards (`judged`), when none is certainly wrong."""
    unknown = next((code for code in codes(claim) if not any(code in codes(text) for text in quotes)), None)
    if unknown:
        return NumberProblem(f"{unknown!r} is not in the quotes", False)
    quoted = [(index, q) for index, quote in enumerate(quotes) for q in _outside_codes(quote)]
    for number in _outside_codes(claim):
        if number.kind in ("date", "year") and number.unit != "decade":
            problem = _check_date(claim, number, quoted, quotes, context)
        else:
            problem = _check_figure(claim, number, quoted, quotes, judged)
        if problem:
            return problem
    return None


def as_quoted(claim: str, quotes: Sequence[str]) -> str:
    """The claim with its numbers and dates written as the quotes write them ("USD 6.5bn" as "$6.5 billion"): what a judge reads, who
    cannot know that they are the same."""
    quoted = [q for quote in quotes for q in find_quantities(quote)]
    for number in reversed(find_quantities(claim)):
        same = [q for q in quoted if agree(number, q) and agree(q, number)]
        if same and not any(q.text.casefold() == number.text.casefold() for q in same):
            claim = claim[: number.start] + same[0].text + claim[number.end :]
    return claim


def codes(text: str) -> list[str]:
    """What names a thing by figures and hyphens, as "0020-118-64" does; no dates."""
    dated = [(q.start, q.end) for q in find_quantities(text) if q.date]
    return [m[0] for m in _CODE.finditer(text) if not any(a < m.end() and m.start() < b for a, b in dated)]


def _outside_codes(text: str) -> list[Quantity]:
    """The numbers of a text that are no part of a code."""
    known = set(codes(text))
    spans = [m.span() for m in _CODE.finditer(text) if m[0] in known]
    return [q for q in find_quantities(text) if not any(a < q.end and q.start < b for a, b in spans)]


def _check_figure(
    claim: str, number: Quantity, quoted: Sequence[tuple[int, Quantity]], quotes: Sequence[str], judged: bool
) -> NumberProblem | None:
    agreeing = [(i, q) for i, q in quoted if agree(number, q) or (judged and _agree_elided(number, q, quotes[i]))]
    named = next((label for label in labels(claim) if label.start == number.start), None)
    if not agreeing:
        if judged and not named and _judged(number, [q for _, q in quoted]):
            return None
        if number.value == 1 and number.kind == "count" and number.text.isalpha() and any(_single(number, quote) for quote in quotes):
            return None
        return _missing(number, [q for _, q in quoted])
    if named:
        there = [label for quote in quotes for label in labels(quote)]
        if any(named.same(label) for label in there):
            return None
        if any(named.alike(label) or named.number == label.number for label in there):
            return NumberProblem(f"{named.noun!r} {named.number} is not in the quotes", False)
    here = [(i, q) for i, q in agreeing if not _of_another(claim, number, quotes[i], q)]
    if not here:
        return NumberProblem(f"{number.text!r} belongs to another in the quote", False)
    if not judged and not any(counts_same(number, q, claim, quotes[i]) for i, q in here):
        return NumberProblem(f"{number.text!r} counts something else in the quote", False)
    if not any(_stands_beside_same_words(claim, number, quotes[i], q, [o for j, o in quoted if j == i]) for i, q in here):
        return NumberProblem(f"{number.text!r} belongs to other words in the quote", False)
    return None


def _agree_elided(number: Quantity, quoted: Quantity, quote: str) -> bool:
    """Whether one side leaves out the unit or scale that the other has: "of the 9.3 million, the insurer paid 7", "costs 15 from day 6",
    "Price in euros: 15", "Revenue, million euros | 2024: 74". Left out by the quote, it must stand elsewhere in it."""
    if number.date or quoted.date or number.high is not None or quoted.high is not None or {number.kind, quoted.kind} & {"ordinal", "rank"}:
        return False
    if number.kind == "count" and number.noun is None and quoted.kind in ("money", "measure"):
        return agree(replace(number, unit=quoted.unit, kind=quoted.kind), quoted)
    if quoted.kind not in ("count", "year") or quoted.noun is not None:
        return False
    others = [q for q in find_quantities(quote) if q.unit == number.unit]
    if number.unit and not others and not any(q.unit == number.unit for q in find_quantities(_UNIT_NAMED.sub(r"1 \g<0>", quote))):
        return False
    scales = [BIG[word.lower()] for word in _SCALE_NAMED.findall(quote)]
    return any(agree(number, replace(quoted, value=quoted.value * scale, unit=number.unit, kind=number.kind)) for scale in (1, *scales))


def _judged(number: Quantity, quoted: Sequence[Quantity]) -> bool:
    """Whether rules cannot say that a number is wrong: a small one in words, where no other number of the same thing stands in the quotes
    ("the two works", "twice a year", "its first"), or the sum or difference of two that do."""
    rivals = [q for q in quoted if q.kind == number.kind and q.unit == number.unit]
    if not any(c.isdigit() for c in number.text):
        if number.kind in ("count", "measure"):
            rivals = [q for q in rivals if q.noun and number.noun and _nouns_meet(q.noun, number.noun)]
        return number.value <= SMALL and not rivals
    values = {q.value for q in quoted if q.high is None and q.date is None and q.unit in ("", number.unit)}
    if not number.unit:
        values = {q.value for q in quoted if q.high is None and q.date is None}
    return (
        number.high is None and number.value > SMALL and any(number.value in (a + b, abs(a - b)) for a in values for b in values if a != b)
    )


def _of_another(claim: str, number: Quantity, quote: str, matched: Quantity) -> bool:
    """Whether the claim gives line 1 a figure that the quote gives line 4."""
    for label in labels(claim):
        mine, theirs = label_of(claim, number.start, label), label_of(quote, matched.start, label)
        if mine and theirs and mine.start != number.start and theirs.start != matched.start and not mine.same(theirs):
            return True
    return False


def _missing(number: Quantity, quoted: Sequence[Quantity]) -> NumberProblem:
    rivals = [q for q in quoted if q.unit == number.unit and q.kind == number.kind and _nouns_meet(number.noun, q.noun)]
    if rivals:
        return NumberProblem(f"the claim says {number.text!r}, the quote {rivals[0].text!r}", True)
    return NumberProblem(f"{number.text!r} is not in the quotes", False)


def _nouns_meet(a: str | None, b: str | None) -> bool:
    return a is None or b is None or related(stem(a), stem(b))


def counts_same(number: Quantity, quoted: Quantity, claim: str, quote: str) -> bool:
    """Whether both numbers count the same thing as far as their head nouns tell; the quote may name it within its noun phrase."""
    if _nouns_meet(number.noun, quoted.noun) or number.noun is None:
        return True
    wanted = stem(number.noun)
    phrase = [t.stem for t in tokens(quote) if quoted.end <= t.start][:5]
    if any(related(wanted, s) for s in phrase):
        return True
    named = [t.stem for t in tokens(claim) if number.end <= t.start][:5]
    return quoted.noun is not None and any(related(stem(quoted.noun), s) for s in named)


def _single(number: Quantity, quote: str) -> bool:
    """ "one plant" follows from "a plant" or "the only plant"."""
    if number.noun is None:
        return bool(re.search(r"\b(?:an?|single|only)\s", quote, re.IGNORECASE))
    wanted = stem(number.noun)
    words = tokens(quote)
    return any(
        w.word.lower() in ("a", "an", "single", "only", "another") and any(related(wanted, o.stem) for o in words[i + 1 : i + 6])
        for i, w in enumerate(words)
    )


def _stands_beside_same_words(claim: str, number: Quantity, quote: str, matched: Quantity, all_quoted: Sequence[Quantity]) -> bool:
    """Whether the matched number, and no rival of its kind, stands in the quote beside the words of the claim's number.

    Only two numbers of one kind and unit can be mistaken for one another; words near both of them tell nothing.
    """
    rivals = [q for q in all_quoted if q.kind == matched.kind and q.unit == matched.unit and q.value != matched.value]
    if not rivals or CELLS in quote:  # which column a cell is of is told by `qa.check.rows`
        return True
    mine, own = _near(claim, number), _near(quote, matched)
    for rival in rivals:
        theirs = _near(quote, rival)
        pull = [_closeness(word, distance, theirs) - _closeness(word, distance, own) for word, distance in mine.items()]
        if sum(pull) > MARGIN:
            return False
    return True


def _near(text: str, number: Quantity) -> dict[str, int]:
    """Stems of content words within reach of a number in its clause, with their distance in words."""
    found: dict[str, int] = {}
    words = tokens(text)
    before = [t for t in words if t.end <= number.start]
    after = [t for t in words if t.start >= number.end]
    for run in (before[::-1], after):
        edge = number.start if run is not after else number.end
        for distance, token in enumerate(run[:REACH], start=1):
            between = text[token.end : edge] if run is not after else text[edge : token.start]
            if _CLAUSE.search(between):
                break
            if token.content:
                found[token.stem] = min(distance, found.get(token.stem, distance))
    return found


def _closeness(word: str, distance: int, words: dict[str, int]) -> float:
    """How near to its number a word stands on both sides: 1 for beside both, 0 when it stands beside one only."""
    reach = [d for other, d in words.items() if related(word, other)]
    return 1.0 / max(distance, min(reach)) if reach else 0.0


def _check_date(
    claim: str, number: Quantity, quoted: Sequence[tuple[int, Quantity]], quotes: Sequence[str], context: Sequence[str]
) -> NumberProblem | None:
    dated = [q for _, q in quoted if q.date is not None or q.unit == "weekday"]
    agreeing = [(i, q) for i, q in quoted if agree(number, q) or (q.kind == "count" and not q.unit and q.value == number.value)]
    if agreeing:
        if any(_stands_beside_same_words(claim, number, quotes[i], q, [o for j, o in quoted if j == i]) for i, q in agreeing):
            return None
        return NumberProblem(f"{number.text!r} belongs to other words in the quote", False)
    surroundings = [q for text in context for q in find_quantities(text) if q.date is not None or q.unit == "weekday"]
    if number.date is None:
        return (
            None
            if any(agree(number, q) for q in surroundings) and not dated
            else NumberProblem(f"{number.text!r} is not in the quotes", False)
        )
    if _completed(number.date, [q.date for q in dated if q.date], [q.date for q in surroundings if q.date]):
        return None
    rival = next((q for q in dated if q.date and q.date.clashes(number.date)), None)
    as_of = re.search(
        r"\b(?:as of|by|until|up to|published|reported|dated|in a report of)\s+(?:\w+\s+)?$", claim[: number.start], re.IGNORECASE
    )
    if (rival is None or as_of) and any(agree(number, q) for q in surroundings):
        return None
    if rival:
        return NumberProblem(f"the claim says {number.text!r}, the quote {rival.text!r}", True)
    return NumberProblem(f"{number.text!r} is not in the quotes", False)


def _completed(wanted: CalendarDate, quoted: Sequence[CalendarDate], surroundings: Sequence[CalendarDate]) -> bool:
    """Whether a quoted date that lacks its year or month is completed to `wanted` by a date of the context."""
    for date in quoted:
        if date.clashes(wanted) or (date.month is None and date.day is None):
            continue
        if any(wanted.within(date.merged(other)) for other in surroundings):
            return True
    return False


@lru_cache(maxsize=2048)
def labels(text: str) -> tuple[Label, ...]:
    """The labels in `text`, in order. Raises `ModelMissing`."""
    if not _LABELLED.search(text):
        return ()
    from qa.english.parse import parse

    counts = {q.start for q in find_quantities(text) if q.kind == "count"}  # no dates
    return tuple(
        Label(t.idx, t.text, stem(t.head.text))
        for t in parse(text)
        if t.idx in counts and t.text.isdigit() and t.dep_ == "nummod" and t.head.i == t.i - 1 and t.head.pos_ in ("NOUN", "PROPN")
    )


def label_of(text: str, at: int, kind: Label) -> Label | None:
    """Which thing of the kind of `kind` the figure at `at` is of: the one named last before it in its sentence, else the next in it."""
    span = next((s for s in sentence_spans(text) if s.start <= at < s.end), None)
    here = [label for label in labels(text) if span and span.start <= label.start < span.end and label.alike(kind)]
    before = [label for label in here if label.start < at]
    return before[-1] if before else here[0] if here else None

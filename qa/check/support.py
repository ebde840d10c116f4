"""Which units of the cited passages support a sentence: those that share its words, tried by the judge, fewest first.

The judge is a callable, so that any can stand here: `qa.check.verify.verify_many` or a trained one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.schema import Unit
from qa.check.arithmetic import sums_in
from qa.check.figures.values import currencies
from qa.check.orders import only_ordered
from qa.check.rows import misplaced, narrowed, of_another_row
from qa.check.verify import Item, Verdict
from qa.english.lexicon import content_stems, related
from qa.question.days import spoken_date
from qa.read.protocol import Readable, evidence_units

Verifier = Callable[[Sequence[Item]], list[Verdict]]
"""(claims with their quotes and context) -> a verdict for each, in order."""

_SIGN = r"(?:[$€£₩%]|(?:US\$|USD|dollars?|EUR|euros?|GBP|pounds?|KRW|won|percent|per cent)\b)"
_MONEY = re.compile(rf"(?:{_SIGN}\s?)?(?P<number>\d[\d.,]*\d|\d)(?:\s?{_SIGN})?", re.IGNORECASE)

MOST_UNITS = 4  # quotes that one sentence may rest on
NEW_WORDS = 1  # words of the sentence that a further unit must bring
ALONE = 2  # of the best units, how many are tried alone


@dataclass(frozen=True, slots=True)
class Part:
    """A unit of one of the passages that were read."""

    passage: Readable
    unit: Unit

    @property
    def text(self) -> str:
        """Its words, verbatim."""
        return self.passage.document.text[self.unit.start : self.unit.end]


@dataclass(frozen=True, slots=True)
class Support:
    """The units that support a sentence, none when none do; then `verdict` says why not."""

    parts: tuple[Part, ...]
    verdict: Verdict


def find_support(claim: str, passages: Sequence[Readable], judge: Verifier) -> Support:
    """The fewest units of `passages` by which the judge finds `claim` supported."""
    sets = _candidates(claim, passages)
    if not sets:
        return Support((), Verdict("unsupported", 0.0, "no passage says anything like it"))
    verdicts = judge([Item(bare(claim, parts), _premises(claim, parts), _context(parts)) for parts in sets])
    for parts, verdict in zip(sets, verdicts, strict=True):
        if verdict.label != "supported":
            continue
        if reason := _veto(claim, parts):
            return Support((), Verdict("unsupported", 0.0, reason))
        return Support(tuple(parts), verdict)
    wrong = next((found.problem for found in sums_in(claim, [part.text for part in sets[-1]]) if found.problem), "")
    if wrong:
        return Support((), Verdict("unsupported", 0.0, wrong))
    # The set that holds most of the sentence says most about what is wrong with it.
    return Support((), max(verdicts[::-1], key=lambda v: v.score))


def _veto(claim: str, parts: Sequence[Part]) -> str:
    """What is certainly wrong with a claim that the judge takes for supported; empty when nothing is."""
    if only_ordered(claim, [part.text for part in parts]):
        return "the document does not say it, it asks the reader to say it"
    rows = [part for part in parts if part.unit.kind == "row"]
    if figure := misplaced(claim, [part.text for part in rows]):
        return f"the row has {figure} under another column"
    for part in rows:
        text = part.passage.document.text
        others = [text[unit.start : unit.end] for unit in part.passage.units if unit.kind == "row" and unit != part.unit]
        if of_another_row(claim, part.text, others):
            return "the figure stands in another row"
    return ""


def bare(claim: str, parts: Sequence[Part]) -> str:
    """The claim without the currency or percent sign behind its figures where the quotes are rows that have it in their heading or column
    name: "1.84 EUR" under "Tariffs (EUR)" is 1.84."""
    if not all(part.unit.kind in ("row", "pair") for part in parts):
        return claim
    above = {code for part in parts for code in currencies(part.passage.context)} - {
        code for part in parts for code in currencies(part.text)
    }
    return _MONEY.sub(lambda m: m["number"] if set(currencies(m[0])) <= above else m[0], claim)


def _premises(claim: str, parts: Sequence[Part]) -> list[str]:
    """The quotes that the judge sees: the units, rows without what the claim does not speak of, and what comes out of calculations over
    their figures, recomputed."""
    texts = [narrowed(part.text, claim) if part.unit.kind == "row" else part.text for part in parts]
    return [*texts, *(found.text for found in sums_in(claim, texts) if not found.problem)]


def _candidates(claim: str, passages: Sequence[Readable]) -> list[list[Part]]:
    """Sets of units to try: the best alone, then as many as bring further words of the sentence."""
    wanted = list(dict.fromkeys(content_stems(claim)))
    parts = [Part(passage, unit) for passage in passages for unit in evidence_units(passage)]
    covers = [{w for w in wanted if any(related(w, s) for s in stems)} for stems in (set(content_stems(part.text)) for part in parts)]
    order = sorted((i for i in range(len(parts)) if covers[i]), key=lambda i: (-len(covers[i]), len(parts[i].text), i))
    if not order:
        return []
    sets = [[i] for i in order[:ALONE]]
    grown, covered = [order[0]], set(covers[order[0]])
    while len(grown) < MOST_UNITS:
        more = max((i for i in order if i not in grown), key=lambda i: len(covers[i] - covered), default=None)
        if more is None or len(covers[more] - covered) < NEW_WORDS:
            break
        grown.append(more)
        covered |= covers[more]
        sets.append(list(grown))
    return [[parts[i] for i in sorted(chosen, key=lambda i: (parts[i].passage.document.source, parts[i].unit.start))] for chosen in sets]


def _question_above(part: Part) -> list[str]:
    """The question of an FAQ that the unit answers, which `qa.quote` quotes with it: "On the 27th." says little without it."""
    before = [unit for unit in part.passage.units if unit.end <= part.unit.start]
    return [Part(part.passage, before[-1]).text] if before and before[-1].kind == "question" else []


def _context(parts: Sequence[Part]) -> list[str]:
    """What supplies names and dates beside the quotes: the date of each document, the headings above each unit, the question of an
    FAQ that it answers."""
    said: list[str] = []
    for part in parts:
        document = part.passage.document
        said.append(spoken_date(document.published.date))
        said.append(part.passage.context)
        said += _question_above(part)
    return [text for text in dict.fromkeys(said) if text]

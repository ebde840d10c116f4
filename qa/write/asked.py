"""What an answer is made from, and the statements that it is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.schema import Unit
from qa.cite import VERBATIM_SCORE
from qa.english.lexicon import content_stems
from qa.english.names import missing_names
from qa.read.alone import Answers
from qa.read.choose import FLOOR, Choice, folded
from qa.read.protocol import Reading
from qa.schema import Evidence
from qa.write.shown import statement

ITEM_WORDS = 5  # of each item of a list, at least, for its items to be statements of their own
_BULLET = re.compile(r"\n[ \t]*[•*▪◦–—+-][ \t]+(?=\S)")
_SENTENCE = re.compile(r"[.!?…][\"”’»)*_]*\s*$")
TWIN_WORDS = 0.6  # share of a statement's words that a further source must have to stand behind it as well


@dataclass(slots=True)
class Statement:
    """A verified sentence with the evidence that it cites; `sure` is whether it answers as surely as the others."""

    text: str
    evidence: list[Evidence]
    score: float
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A question as typed and made whole, what was read for it and what was chosen. `units` are those of each document by source,
    `floor` the probability below which the reader would not answer, `answers` what it makes of a sentence by itself, `later` the document
    that replaces or corrects another, by the other's source."""

    question: str
    whole: str
    reading: Reading
    chosen: Sequence[Choice]
    units: Mapping[str, Sequence[Unit]] = field(default_factory=dict)
    floor: float = FLOOR
    answers: Answers = lambda sentence: 1.0
    later: Mapping[str, str] = field(default_factory=dict)

    def extract(self, i: int) -> list[Statement]:
        """The chosen quote as its own statement, with the further sources that say it; of a list of sentences each as one of its own."""
        choice = self.chosen[i]
        if choice.said:
            whole = _said(choice.evidence, choice.twins)
            names = [choice.names] if choice.names is not None else []
            said = [replace(whole, text=statement(choice.said), evidence=[choice.evidence, *names, *whole.evidence[1:]])]
        else:
            said = [_said(part, choice.twins) for part in _parts(choice.evidence)]
        return [replace(one, sure=choice.sure is not False) for one in said]


def _said(evidence: Evidence, twins: Sequence[Evidence]) -> Statement:
    text = statement(evidence.quote)
    return Statement(text, [evidence, *(t for t in twins if _stands_behind(text, t.quote))], VERBATIM_SCORE)


def _parts(evidence: Evidence) -> list[Evidence]:
    """The items of a bulleted list whose items are sentences, each as a quote of its own; else the quote as it is.

    What is numbered, or stands behind a lead-in, stays together: its items mean little without the others.
    """
    quote = evidence.quote
    starts = [0, *(m.end() for m in _BULLET.finditer(quote))]
    ends = [*(m.start() for m in _BULLET.finditer(quote)), len(quote)]
    items = [quote[a:b] for a, b in zip(starts, ends, strict=True)]
    if len(items) < 2 or not all(_SENTENCE.search(item) and len(item.split()) >= ITEM_WORDS for item in items):
        return [evidence]
    marked = evidence.highlight
    return [
        replace(
            evidence, start=evidence.start + a, end=evidence.start + b, quote=quote[a:b],
            highlight=marked if marked and evidence.start + a <= marked[0] and marked[1] <= evidence.start + b else None,
        )
        for a, b in zip(starts, ends, strict=True)
    ]  # fmt: skip


def covered(chosen: Sequence[Choice], evidence: Sequence[Evidence]) -> set[int]:
    """Positions of the chosen pieces that these quotes show: the short answer of each lies in one of them, or the piece itself
    overlaps one where it has none."""
    return {i for i, choice in enumerate(chosen) if any(shows(quote, choice) for quote in evidence)}


def shows(quote: Evidence, choice: Choice) -> bool:
    """Whether a quote shows what a chosen piece says."""
    mine = choice.evidence
    if quote.source != mine.source:
        return False
    if mine.highlight is not None:
        return quote.start <= mine.highlight[0] and mine.highlight[1] <= quote.end
    return quote.start < mine.end and mine.start < quote.end


def _stands_behind(text: str, quote: str) -> bool:
    """Whether a further source says what the statement says: all of its numbers and names, most of its words, and others for those that it
    lacks; one that only has less, such as an earlier version, leaves something unsaid."""
    mine, theirs = folded(text).split(), set(folded(quote).split())
    if not all(w in theirs for w in mine if w.isdigit()) or sum(w in theirs for w in mine) < TWIN_WORDS * len(mine):
        return False
    if missing_names(text, [quote]):
        return False
    said, there = set(content_stems(text)), set(content_stems(quote))
    return len(said - there) <= len(there - said)

"""What an answer is made from, and the statements that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from index.schema import Unit
from qa.cite import VERBATIM_SCORE
from qa.read.alone import Answers
from qa.read.choose import FLOOR, Choice, folded
from qa.read.protocol import Reading
from qa.schema import Evidence
from qa.write.shown import statement

TWIN_WORDS = 0.6  # share of a statement's words that a further source must have to stand behind it as well


@dataclass(slots=True)
class Statement:
    """A verified sentence with the evidence that it cites."""

    text: str
    evidence: list[Evidence]
    score: float


@dataclass(frozen=True, slots=True)
class Request:
    """A question as typed and made whole, what was read for it and what was chosen. `units` are those of each document by source,
    `floor` the probability below which the reader would not answer, `answers` what it makes of a sentence by itself."""

    question: str
    whole: str
    reading: Reading
    chosen: Sequence[Choice]
    units: Mapping[str, Sequence[Unit]] = field(default_factory=dict)
    floor: float = FLOOR
    answers: Answers = lambda sentence: 1.0

    def extract(self, i: int) -> Statement:
        """The chosen quote as its own statement, with the further sources that say it."""
        choice = self.chosen[i]
        text = statement(choice.evidence.quote)
        twins = [t for t in choice.twins if _stands_behind(text, t.quote)]
        return Statement(text, [choice.evidence, *twins], VERBATIM_SCORE)


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
    """Whether a further source says what the statement says: all of its numbers and most of its words."""
    mine, theirs = folded(text).split(), set(folded(quote).split())
    return all(w in theirs for w in mine if w.isdigit()) and sum(w in theirs for w in mine) >= TWIN_WORDS * len(mine)

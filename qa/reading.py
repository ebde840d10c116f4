"""What was read for each plain question behind the typed one, and how their chosen sentences make one answer.

Knows readings and choices; knows nothing of how they were found or of wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa import constraints
from qa.candidates import Candidate
from qa.evidence_model import NUMERIC
from qa.followup import standalone
from qa.query import Query
from qa.rephrase import Asked
from qa.schema import Passage, Turn
from qa.select import Choice, answering
from qa.times import Window


@dataclass(frozen=True, slots=True)
class Reading:
    """One plain question with the passages that were read for it, its scored sentences (best first) and those chosen; all the
    passages' `sentences`, and the publication dates that it was held to."""

    query: Query
    passages: Sequence[Passage] = ()
    scored: Sequence[Candidate] = ()
    chosen: Sequence[Choice] = ()
    sentences: Sequence[Candidate] = ()
    window: Window = field(default_factory=Window)

    @property
    def confidence(self) -> float:
        """The score of the best sentence, 0 when there is none."""
        return max((max(c.score, c.likely) for c in self.scored), default=0.0)


def resolved(asked: Asked) -> list[str]:
    """The plain questions, each understandable by itself: "... and what did they cost?" gets the projects of the first."""
    first, *rest = asked.questions
    return [first, *(standalone(text, [Turn(first, "")]) for text in rest)]


def is_answered(query: Query, chosen: Sequence[Choice]) -> bool:
    """Whether a sentence chosen for an earlier question also holds the figure that this one asks for."""
    if query.kind not in NUMERIC:
        return False
    return any(constraints.violated(query, c.candidate) is None and answering(query, c.candidate) is not None for c in chosen)


def merged(readings: Sequence[Reading], *, series: bool) -> list[Choice]:
    """The choices of all readings, every sentence once; `part` tells which question each answers (one for all in a series)."""
    found: dict[tuple[str, int], Choice] = {}
    for part, reading in enumerate(readings):
        for choice in reading.chosen:
            found.setdefault((choice.candidate.source, choice.candidate.start), replace(choice, part=0 if series else part))
    return list(found.values())

"""What was recorded on the way to an answer, as plain data: the passages found, the units read, what was chosen and checked.

Nothing is computed anew. Knows the types of the steps, not how they are printed (`qa.chat.trace_text`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.check.verify import Checked, Item, Verdict
from qa.read.protocol import Finding, Reading
from qa.retrieve.hybrid import Retrieved
from qa.schema import Answer

UNITS = 40  # units that are kept, best first


@dataclass(frozen=True, slots=True)
class PassageStep:
    """A passage that retrieval found. `bm25` and `cosine` are None where the store did not have it among its best, `second` where
    nobody read it again; `fused` is the mean of both stores' shares, `score` decides the order; `answers` is the reader's probability
    that it answers, None where it was not read."""

    source: str
    start: int
    end: int
    bm25: float | None
    cosine: float | None
    fused: float
    second: float | None
    score: float
    answers: float | None


@dataclass(frozen=True, slots=True)
class UnitStep:
    """A unit that was read: its probability of being evidence, the short answer in it, and whether a footnote shows it."""

    source: str
    start: int
    end: int
    text: str
    score: float
    short: str
    shown: bool


@dataclass(frozen=True, slots=True)
class CheckStep:
    """A statement that a language model wrote beside the quotes that it cites."""

    statement: str
    quotes: list[str]
    verdict: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The way from a question to its answer."""

    question: str
    standalone_question: str
    by_vector: int
    by_bm25: int
    passages: list[PassageStep]
    units: list[UnitStep]
    checked: list[CheckStep]


def steps_of(made: Sequence[object], answer: Answer) -> Steps:
    """The steps behind `answer` from what was recorded while it was made (`qa.trace.recorded`)."""
    found = next((m for m in made if isinstance(m, Retrieved)), None)
    reading = next((m for m in made if isinstance(m, Reading)), Reading(()))
    checks = [pair for m in made if isinstance(m, Checked) for pair in zip(m.items, m.verdicts, strict=True)]
    return Steps(
        answer.question,
        answer.standalone_question,
        len(found.near) if found else 0,
        len(found.terms) if found else 0,
        _passages(found, reading) if found else [],
        [_unit(f, reading, answer) for f in reading.findings[:UNITS]],
        [_check(item, verdict) for item, verdict in checks],
    )


def _passages(found: Retrieved, reading: Reading) -> list[PassageStep]:
    places = {p.chunk_id: p for p in found.passages}
    near, terms = dict(found.near), dict(found.terms)
    answers = {reading.passages[f.passage].passage.chunk_id: f.answers for f in reading.findings}
    read = {p.passage.chunk_id for p in reading.passages}
    return [
        PassageStep(
            places[h.id].source, places[h.id].start, places[h.id].end, terms.get(h.id), near.get(h.id), places[h.id].score, h.second,
            h.score,
            answers.get(h.id, 0.0) if h.id in read else None,
        )
        for h in found.hits
        if h.id in places
    ]  # fmt: skip


def _unit(finding: Finding, reading: Reading, answer: Answer) -> UnitStep:
    document, unit = reading.passages[finding.passage].document, finding.unit
    shown = any(c.source == document.source and c.start < unit.end and unit.start < c.end for c in answer.citations)
    short = document.text[finding.short[0] : finding.short[1]] if finding.short else ""
    return UnitStep(document.source, unit.start, unit.end, document.text[unit.start : unit.end], round(finding.score, 4), short, shown)


def _check(item: Item, verdict: Verdict) -> CheckStep:
    return CheckStep(item.claim, list(item.quotes), verdict.label, verdict.score, verdict.reason)

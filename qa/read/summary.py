"""Summaries without a language model: the passages that have most to do with the question, in the documents' own words.

Nobody can tell by single sentences what a summary has to hold, and the best passage mostly holds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from index.schema import EVIDENCE_KINDS, Unit
from qa.read.protocol import Finding, Readable, Reading
from qa.read.weigh import logit

# What people write who want no single fact (English, German).
_ASKS = re.compile(
    r"\b(?:summ?ar(?:y|ies|i[sz]e[sd]?|i[sz]ing)|sum(?:s|med)? up|gist|overview|outline|(?:main|key) points?|in (?:short|brief|a nutshell)"
    r"|in (?:a|two|three|few|a few|two or three) (?:words?|lines?|sentences?)|(?:tell|brief) (?:me|us) about"
    r"|zusammen(?:fassung|fassen|gefasst)|fass\w* (?P<what>.+) zusammen|überblick)\b",
    re.IGNORECASE,
)
# What asks for a summary only where it names a document.
_ABOUT = re.compile(
    r"\bwhat(?:['’]s| is| are| was| were| does| do| did)\s+(?P<what>.+?)\s+(?:about|deal with)\b"
    r"|\bwhat(?:['’]s| is| stands) in\s+(?P<inside>.+)"
    r"|\bworum (?:geht|ging|handelt) es (?:sich )?(?P<worum>.+)|\bwas steht (?:alles )?(?P<steht>(?:in|im|auf) .+)",
    re.IGNORECASE,
)
NOTE = "Without a language model nothing is summed up: these are passages of the documents."
# Swept over the twelve such questions of eight sets (docs/decisions.md).
WORDS = 180
_TOLD = frozenset({"sentence", "item", "row"})
SECTIONS = 8  # as many pieces as an answer shows at most
LEAST = 0.15  # probability that the best passage answers
PER_PLACE = 0.1  # taken from the logit for each place of the passage, beside what `qa.read.weigh` takes
APART = 2.0  # how much lower a further passage's logit may be
STEP = 0.001  # between one unit and the next, so that they stay in their order


def asks_for_summary(question: str) -> bool:
    """Whether a question wants a summary, not a fact."""
    return _ASKS.search(question) is not None


def subject_of(question: str) -> str | None:
    """What a summary is wanted of, in the question's words; None where none can be wanted. A question such as "what is it about?" wants one
    only of a document."""
    about = _ABOUT.search(question)
    if about is not None:
        return next(part for part in about.groups() if part)
    return _ASKS.sub(lambda asks: asks["what"] or "", question).strip() if asks_for_summary(question) else None


def opening(units: Sequence[Unit], text: str) -> list[Unit]:
    """What a document says first under each of its headings, in order: of every section one unit, then the next, rows of tables
    last, up to `WORDS` words.

    The sections are those of the innermost headings of which there are not more than `SECTIONS`, else the first ones.
    """
    said = [unit for unit in units if unit.kind in EVIDENCE_KINDS]
    told = [unit for unit in said if unit.kind in _TOLD]
    said = told if 2 * len(told) >= len(said) else said  # beside text, a line "Date: 3 May" says nothing of the matter
    deepest = max((len(unit.path) for unit in said), default=0)
    depth = next((n for n in range(deepest, 0, -1) if len({unit.path[:n] for unit in said}) <= SECTIONS), 1)
    sections: dict[tuple[int, ...], list[Unit]] = {}
    for unit in said:
        sections.setdefault(unit.path[:depth], []).append(unit)
    by_turns = [unit for turn in zip_longest(*list(sections.values())[:SECTIONS]) for unit in turn if unit is not None]
    by_turns.sort(key=lambda unit: unit.kind == "row")  # a table's rows where there is room
    chosen: list[Unit] = []
    words = 0
    for unit in by_turns:
        words += len(text[unit.start : unit.end].split())
        if chosen and words > WORDS:
            break
        chosen.append(unit)
    return sorted(chosen, key=lambda unit: unit.start)


def whole_document(passages: Sequence[Readable], chosen: Sequence[tuple[str, Unit]], score: float) -> Reading:
    """A reading in which the chosen units, each with its document's source, are the evidence, in their order, each with about the
    probability `score`. A unit that stands in none of the passages is left out."""
    findings: list[Finding] = []
    for source, unit in chosen:
        home = next(
            (i for i, p in enumerate(passages) if p.document.source == source and p.passage.start <= unit.start < p.passage.end), None
        )
        if home is not None:
            findings.append(Finding(home, unit, score + STEP * (len(chosen) - len(findings)), score))
    return Reading(tuple(passages), tuple(findings))


def whole_passages(reading: Reading, floor: float) -> Reading:
    """The reading with the units of the best passages above `floor`, as many as `WORDS` words hold, each document's in their order, and no
    other finding; as it is when no passage is likely enough to answer."""
    answers: dict[int, float] = {}
    for finding in reading.findings:
        answers[finding.passage] = max(finding.answers, answers.get(finding.passage, 0.0))
    if max(answers.values(), default=0.0) < LEAST:
        return reading
    worth = {n: logit(answers[n]) - PER_PLACE * n for n in answers}
    place = {n: at for at, n in enumerate(sorted(worth, key=lambda n: (-worth[n], n))) if worth[n] >= max(worth.values()) - APART}
    taken: list[Finding] = []
    there: set[tuple[str, int]] = set()
    said = 0
    for finding in sorted((f for f in reading.findings if f.passage in place), key=lambda f: (place[f.passage], f.unit.start)):
        document, unit = reading.passages[finding.passage].document, finding.unit
        said += len(document.text[unit.start : unit.end].split()) if (document.source, unit.start) not in there else 0
        if taken and said > WORDS:
            break
        if (document.source, unit.start) not in there:
            there.add((document.source, unit.start))
            taken.append(finding)
    first = {source: n for n, source in reversed([*enumerate(reading.passages[f.passage].document.source for f in taken)])}
    taken.sort(key=lambda f: (first[reading.passages[f.passage].document.source], f.unit.start))
    least = max(floor, min(finding.score for finding in taken))
    scored = [replace(f, score=min(0.999, least + STEP * (len(taken) - n)), short=None) for n, f in enumerate(taken)]
    return Reading(reading.passages, tuple(scored))

"""Summaries without a language model: the passages that have most to do with the question, in the documents' own words.

Nobody can tell by single sentences what a summary has to hold, and the best passage mostly holds it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qa.read.protocol import Finding, Reading
from qa.read.weigh import logit

# What people write who want no single fact (English, German).
_ASKS = re.compile(
    r"\b(?:summ?ar(?:y|ies|i[sz]e[sd]?|i[sz]ing)|sum(?:s|med)? up|gist|overview|outline|(?:main|key) points?|in (?:short|brief|a nutshell)"
    r"|in (?:a|two|three|few|a few|two or three) (?:words?|lines?|sentences?)|(?:tell|brief) (?:me|us) about"
    r"|zusammen(?:fassung|fassen|gefasst)|fass\w* .+ zusammen|überblick)\b",
    re.IGNORECASE,
)
NOTE = "Without a language model nothing is summed up: these are passages of the documents."
# Swept over the twelve such questions of eight sets (docs/decisions.md).
WORDS = 180
LEAST = 0.15  # probability that the best passage answers
PER_PLACE = 0.1  # taken from the logit for each place of the passage, beside what `qa.read.weigh` takes
APART = 2.0  # how much lower a further passage's logit may be
STEP = 0.001  # between one unit and the next, so that they stay in their order


def asks_for_summary(question: str) -> bool:
    """Whether a question wants a summary, not a fact."""
    return _ASKS.search(question) is not None


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

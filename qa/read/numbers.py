"""Numbers that a question names and a passage does not hold: another year, another part, another fault code than the one asked for.

A certain sign in any language that a passage is about something near. It lowers a probability, it never raises one. Numbers in words
are not looked at. Knows readings, not how they were made.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qa.read.protocol import Finding, Readable, Reading

_NUMBERED = re.compile(r"\b[\w./-]*\d[\w./-]*")
_GROUPED = re.compile(r"(?<=\d)[,’' \u00a0\u202f](?=\d{3}\b)")
# What is left of a unit's probability for each number that is missing. On ferry and cooperative (docs/decisions.md): 1 refuses 12 of the 23
# unanswerable questions, .5 14 of 23 with as many right; .3 no more.
LEFT = 0.5


def held_to_numbers(question: str, reading: Reading) -> Reading:
    """The reading with each finding's probability halved for every number of the question that its passage, context and date lack."""
    wanted = numbers_in(question)
    if not wanted:
        return reading
    lacking = [_lacking(wanted, passage) for passage in reading.passages]
    if not any(lacking):
        return reading
    findings = [_lowered(finding, lacking[finding.passage]) for finding in reading.findings]
    findings.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
    return Reading(reading.passages, tuple(findings))


def _lowered(finding: Finding, lacking: int) -> Finding:
    return replace(finding, score=finding.score * LEFT**lacking, answers=finding.answers * LEFT**lacking) if lacking else finding


def numbers_in(question: str) -> list[str]:
    """The numbers, dates and codes of a question, folded: "2,400" as "2400", "QX-17/4" as "qx 17 4"."""
    found = (_folded(match.group()) for match in _NUMBERED.finditer(_GROUPED.sub("", question)))
    return list(dict.fromkeys(number for number in found if number))


def _lacking(wanted: list[str], readable: Readable) -> int:
    document = readable.document
    about = (document.title, document.source, document.published.date, document.publisher, document.author)
    text = f" {_folded(_GROUPED.sub('', ' '.join([readable.context, readable.text, *(part for part in about if part)])))} "
    closed = text.replace(" ", "")
    return sum(f" {number} " not in text and number.replace(" ", "") not in closed for number in wanted)


def _folded(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())

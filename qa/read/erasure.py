"""Held to the question's words: a passage that is likelier to answer once a word is erased from the question does not answer the question.

Asked for "the fine for watering at stage 2", the sentence that forbids watering at stage 2 is read as evidence, and as better evidence
without "fine". Words that a unit has, or that stand above it, are not tried, nor words that a synonym stands for: those make a passage
likelier, not less likely. After Li et al., Understanding Neural Networks through Representation Erasure (arXiv 1612.08220).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from qa.english.lexicon import STOP, abbreviates, content_stems
from qa.read.protocol import Finding, Readable, Reading
from qa.read.weigh import less_likely, logit

Read = Callable[[str, Sequence[Readable]], Reading]

# Swept together with the floor (docs/decisions.md): what is taken from the logit is how much erasing the worst word adds, less this.
FREE = 0.5
TRIED = 3  # passages: when the best falls below the floor the next may answer
MOST_WORDS = 12  # erased from one question; each costs a reading of one passage
_WORD = re.compile(r"[^\W_][\w'’-]*")


def held_to_words(read: Read, question: str, reading: Reading, raw: Reading, floor: float) -> Reading:
    """The reading with the findings of a best passage lowered where its best finding, held to the question's words, falls below `floor`.

    `read` is `Reader.read`, `raw` what it found; it reads the best passage again for each word that the best unit lacks. A reading whose
    best finding stays above the floor is returned as it is. Raises what `read` raises.
    """
    tried: set[int] = set()
    while reading.findings and len(tried) < TRIED:
        best = reading.findings[0]
        if best.score < floor or best.passage in tried:
            break
        tried.add(best.passage)
        lower = _lowered(read, question, reading, raw, best)
        if max(f.score for f in lower if f.passage == best.passage) >= floor:
            break
        lower.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
        reading = replace(reading, findings=tuple(lower))
    return reading


def _lowered(read: Read, question: str, reading: Reading, raw: Reading, best: Finding) -> list[Finding]:
    """All findings, those of the best one's passage lowered by what erasing a word that the unit lacks adds to their logit."""
    passage = reading.passages[best.passage]
    wanted = {word: set(content_stems(word)) for word in _words(question)}
    said = {f.unit: _said(passage, f) for f in reading.findings if f.passage == best.passage}
    short = passage.meaning(best.unit).split()
    lacked = (word for word, stems in wanted.items() if not stems <= said[best.unit])
    erased = [word for word in lacked if not any(abbreviates(name, word) for name in short)][:MOST_WORDS]
    if not erased:
        return list(reading.findings)
    whole = {f.unit: logit(f.score) for f in raw.findings if f.passage == best.passage}
    rises = {word: {f.unit: logit(f.score) for f in read(_without(question, word), [passage]).findings} for word in erased}

    def less(finding: Finding) -> float:
        unit = finding.unit
        lacking = (word for word in erased if not wanted[word] <= said[unit])
        return max([0.0, *(rises[word][unit] - whole[unit] - FREE for word in lacking)])

    return [replace(f, score=less_likely(f.score, less(f))) if f.passage == best.passage else f for f in reading.findings]


def _words(question: str) -> list[str]:
    """The words of a question that carry meaning, each once."""
    return list(dict.fromkeys(m.group() for m in _WORD.finditer(question) if m.group().lower() not in STOP))


def _without(question: str, word: str) -> str:
    return " ".join(re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", question).split())


def _said(passage: Readable, finding: Finding) -> set[str]:
    """The stems of a unit, of what stands above it and of what is known of its document."""
    document, unit = passage.document, finding.unit
    lead = [u for u in passage.units if u.kind == "lead" and u.end <= unit.start]
    above = document.text[lead[-1].start : lead[-1].end] if lead else ""
    about = (passage.context, document.title, document.source, document.published.date, above, passage.meaning(unit))
    return set(content_stems(" ".join([document.text[unit.start : unit.end], *(part for part in about if part)])))

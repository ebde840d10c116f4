"""Chosen pieces that another one says in full: they stand behind it instead of saying it once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.text.sentences import sentence_spans
from qa.check.polarity import mismatch
from qa.english.claim_numbers import check_numbers
from qa.english.lexicon import content_stems, related
from qa.english.names import missing_names
from qa.read.choose import Choice

SHARE = 0.6  # of a piece's words that another one must have to say the same


def without_repeats(chosen: Sequence[Choice]) -> list[Choice]:
    """The choices without those that another one says in full, which becomes their twin and takes the better place of both."""
    left: list[Choice] = []
    for choice in chosen:
        whole = next((n for n, c in enumerate(left) if says(c.evidence.quote, choice.evidence.quote)), None)
        if whole is not None:
            left[whole] = _with(left[whole], choice)
            continue
        parts = [n for n, c in enumerate(left) if says(choice.evidence.quote, c.evidence.quote)]
        if not parts:
            left.append(choice)
            continue
        for n in parts:
            choice = _with(choice, left[n])
        left = [c for n, c in enumerate(left) if n == parts[0] or n not in parts]
        left[parts[0]] = choice
    return left


def _with(choice: Choice, other: Choice) -> Choice:
    score = max(choice.evidence.score, other.evidence.score)
    return replace(choice, evidence=replace(choice.evidence, score=score), twins=(*choice.twins, other.evidence, *other.twins))


def says(text: str, other: str) -> bool:
    """Whether `text` says what `other` says: most of its words, all of its names and quantities, each sentence no less surely."""
    known, theirs = set(content_stems(text)), content_stems(other)
    if len(known) < len(set(theirs)) or _shared(known, theirs) < SHARE * len(theirs):
        return False
    if check_numbers(other, [text], []) or missing_names(other, [text]):
        return False
    sentences = _sentences(text)
    return not any(mismatch(said, [max(sentences, key=lambda s: _shared(set(content_stems(s)), stems))]) for said, stems in _read(other))


def _read(text: str) -> list[tuple[str, list[str]]]:
    return [(sentence, content_stems(sentence)) for sentence in _sentences(text)]


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)] or [text]


def _shared(known: set[str], stems: Sequence[str]) -> int:
    return sum(any(related(stem, mine) for mine in known) for stem in stems)

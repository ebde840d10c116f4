"""Chosen pieces that are left out beside others: what another one says in full stands behind it, what hardly answers is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.text.sentences import sentence_spans
from qa.check.polarity import mismatch
from qa.english.claim_numbers import check_numbers
from qa.english.lexicon import content_stems, related
from qa.english.names import missing_names
from qa.read.choose import Choice
from qa.read.weigh import logit

SHARE = 0.6  # of a piece's words that another one must have to say the same
# How much lower a further piece's logit may lie than the best one's, and how much of it all words of the question make up that the best
# piece has and it lacks (docs/decisions.md).
LESS_SURE, LESS_ASKED = 3.0, 2.0


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


def without_strays(question: str, chosen: Sequence[Choice]) -> list[Choice]:
    """The choices without further ones that answer much less surely than the best one, the more so the less they have of the question."""
    wanted = set(content_stems(question))
    if len(chosen) < 2 or not wanted:
        return list(chosen)

    def worth(choice: Choice) -> float:
        one = choice.evidence
        there = set(content_stems(" ".join([one.title or "", *one.heading, one.context, one.quote])))
        return logit(one.score) + LESS_ASKED * len(wanted & there) / len(wanted)

    least = worth(chosen[0]) - LESS_SURE
    return [chosen[0], *(choice for choice in chosen[1:] if worth(choice) >= least)]


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

"""Chosen pieces that are left out or set back beside others: what another one says in full stands behind it, what hardly answers is not
shown, what may answer is shown as less sure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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
# What the logits of a further piece, and of its words read by themselves, make together for it to be as sure as the best one; words of the
# question that it lacks count as above. A logistic regression over 517 further pieces of eight sets (docs/decisions.md).
BY_ITSELF, SURE = 0.5, 0.25
MOST_UNSURE = 3


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
    asked = _asked(question, chosen)
    worth = [logit(choice.evidence.score) + LESS_ASKED * share for choice, share in zip(chosen, asked, strict=True)]
    return [choice for choice, mine in zip(chosen, worth, strict=True) if mine >= worth[0] - LESS_SURE]


def less_sure_last(
    question: str, chosen: Sequence[Choice], rivals: Collection[int], answers: Callable[[Sequence[str]], Sequence[float]]
) -> list[Choice]:
    """The choices, those that may not answer last, not `sure`, and at most `MOST_UNSURE` of them. The first is sure, and so are the
    `rivals`, positions of those that contradict each other, and what is sure already; `answers` says how well texts answer by
    themselves."""
    if len(chosen) < 2:
        return list(chosen)
    asked = _asked(question, chosen)
    alone = answers([choice.said or choice.evidence.quote for choice in chosen])

    def is_sure(n: int) -> bool:
        worth = logit(chosen[n].evidence.score) + BY_ITSELF * logit(alone[n]) + LESS_ASKED * (asked[n] - asked[0])
        return n == 0 or n in rivals or worth >= SURE

    marked = [replace(choice, sure=choice.sure or is_sure(n)) for n, choice in enumerate(chosen)]
    sure = [choice for choice in marked if choice.sure]
    return [*sure, *[choice for choice in marked if not choice.sure][:MOST_UNSURE]]


def _asked(question: str, chosen: Sequence[Choice]) -> list[float]:
    """The share of the question's words that each piece has, with what stands above it; 0 where the question has none."""
    wanted = set(content_stems(question))
    there = (set(content_stems(" ".join([one.title or "", *one.heading, one.context, one.quote]))) for one in (c.evidence for c in chosen))
    return [len(wanted & stems) / len(wanted) if wanted else 0.0 for stems in there]


def _with(choice: Choice, other: Choice) -> Choice:
    score = max(choice.evidence.score, other.evidence.score)
    return replace(choice, evidence=replace(choice.evidence, score=score), twins=(*choice.twins, other.evidence, *other.twins))


def says(text: str, other: str) -> bool:
    """Whether `text` says what `other` says: most of its words, all of its names and quantities, each sentence no less surely."""
    known, theirs = set(content_stems(text)), content_stems(other)
    if len(known) < len(set(theirs)) or _shared(known, theirs) < SHARE * len(theirs):
        return False
    if check_numbers(other, [text], [], judged=False) or missing_names(other, [text]):
        return False
    sentences = _sentences(text)
    return not any(mismatch(said, [max(sentences, key=lambda s: _shared(set(content_stems(s)), stems))]) for said, stems in _read(other))


def _read(text: str) -> list[tuple[str, list[str]]]:
    return [(sentence, content_stems(sentence)) for sentence in _sentences(text)]


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)] or [text]


def _shared(known: set[str], stems: Sequence[str]) -> int:
    return sum(any(related(stem, mine) for mine in known) for stem in stems)

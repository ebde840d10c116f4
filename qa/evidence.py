"""Scoring candidate sentences: how well each answers the question, alone, in its context, and with its own answer put in.

Three readings by one cross-encoder, because each misses what another sees (figures in EXPERIMENTS.md, "evidence"):
alone ("plain"), behind the sentence before it or the document's lead ("framed": "In the same year, ...", "this country"),
and as a check of the candidate answer ("11 agreements were signed during the visit" instead of "How many documents ...?").
Knows nothing of retrieval or of how an answer is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa import constraints, expect
from qa.candidates import UNREAD, Candidate, needs_before
from qa.evidence_model import ITEM_LOGIT, NAMED, NUMERIC, item_probability, probability
from qa.language import parse_many, topic_stems
from qa.lexicon import related
from qa.query import Query

if TYPE_CHECKING:
    from qa.rerank import Reranker

READ = 80  # sentences that are scored alone
FRAMED = 20  # sentences that are read again in context
TESTED = 64  # (sentence, answer) pairs that are tried in the question
CLIP = 420  # characters of a sentence that the reranker reads
_MARKS = str.maketrans("*_#|`>", "      ")


def score(query: Query, found: Sequence[Candidate], reranker: Reranker) -> list[Candidate]:
    """Fill in the scores of the candidates that meet the question's conditions; best first.

    `score` is the probability that the sentence answers the question, for "which firms ...?" that it names one of them;
    `likely` is the former in either case (see `qa.evidence_model`).
    """
    kept = [c for c in found if constraints.violated(query, c) is None][:READ]
    if not kept:
        return []
    for candidate, value in zip(kept, reranker.score(query.text, [readable(c.text[:CLIP]) for c in kept]), strict=True):
        candidate.plain = float(value)
        candidate.cover = _cover(query.stems, candidate.text)
        candidate.matter = _cover(query.matter, candidate.text)
        candidate.named = _named(query, candidate)
        if query.kind in NUMERIC:
            candidate.answers = [expect.counted(candidate.text, q) for q in expect.numbers_for(query, candidate.text)]
    _read_in_context(query, kept, reranker)
    if query.template is not None:
        _try_answers(query, kept, reranker)
    for candidate in kept:
        candidate.likely = probability(query, candidate)
        candidate.score = item_probability(query, candidate) if query.lists_names else candidate.likely
    return sorted(kept, key=lambda c: (-c.score, c.passage_rank, c.source, c.start))


def readable(text: str) -> str:
    """The text as models should read it: Markdown marks as spaces, so that "**Kia**" is a name; the same length."""
    return text.translate(_MARKS)


def _cover(stems: Sequence[str], text: str) -> float:
    """Share of the topic words that stand in the text, by stem or by a listed synonym (1 when there are none)."""
    if not stems:
        return 1.0
    have = set(topic_stems(text))
    return sum(s in have or any(related(s, h) for h in have) for s in stems) / len(stems)


def _named(query: Query, candidate: Candidate) -> float:
    """Share of the question's names that stand in the sentence itself (1 when the question has none)."""
    if not query.names:
        return 1.0
    return sum(constraints.names_it(n, candidate.text) for n in query.names) / len(query.names)


def _read_in_context(query: Query, kept: Sequence[Candidate], reranker: Reranker) -> None:
    """Score the likeliest sentences behind the sentence before them and behind their document's lead."""
    order = sorted(kept, key=lambda c: (query.kind in NUMERIC and not c.answers, -c.plain, c.passage_rank))[:FRAMED]
    frames = [(c, frame) for c in order for frame in (c.before[-1] if c.before else "", c.lead) if frame]
    plain_of = {c.text: c.plain for c in kept}
    scores = reranker.score(query.text, [readable(f"{frame[:CLIP]} {c.text[:CLIP]}") for c, frame in frames])
    for (candidate, frame), value in zip(frames, scores, strict=True):
        # A frame that answers by itself lends its score to whatever stands behind it: only what the sentence adds counts.
        alone = plain_of.get(frame, UNREAD)
        if alone < candidate.plain or float(value) > alone + 1.0:
            candidate.framed = max(candidate.framed, float(value))


def _try_answers(query: Query, kept: Sequence[Candidate], reranker: Reranker) -> None:
    """Put each candidate answer into the question and let the cross-encoder judge the statement."""
    assert query.template is not None
    if query.kind in NAMED:
        likely = sorted(kept, key=lambda c: (-c.matter, -max(c.plain, c.framed)))[:TESTED]
        # "Both are interested in lithium": the names stand in the sentence before.
        read = [readable(f"{c.before[-1]} {c.text}" if needs_before(c) else c.text) for c in likely]
        for candidate, doc in zip(likely, parse_many(read), strict=True):
            candidate.answers = expect.names_for(query, doc)
    order = sorted(kept, key=lambda c: (-c.matter, -max(c.plain, c.framed)))
    template = _template(query)
    by_statement: dict[str, list[tuple[Candidate, str]]] = {}
    for candidate, answer in [(c, a) for c in order for a in c.answers][:TESTED]:
        by_statement.setdefault(template.format(answer), []).append((candidate, answer))
    for statement, users in by_statement.items():
        alone = [readable(c.text[:CLIP]) for c, _ in users]
        framed = [readable(f"{frame[:CLIP]} {c.text[:CLIP]}" if (frame := _frame(query, c)) else c.text[:CLIP]) for c, _ in users]
        values = reranker.score(statement, alone + framed) if framed != alone else reranker.score(statement, alone)
        for index, (candidate, answer) in enumerate(users):
            value = float(max(values[index :: len(users)]))
            if value >= ITEM_LOGIT:
                candidate.items.append(answer)
            if value > candidate.tested:
                candidate.tested, candidate.answer = value, answer


def _template(query: Query) -> str:
    """The statement to try answers in; of a list without "in Kazakhstan", which the conditions see to and few items repeat."""
    assert query.template is not None
    if not query.lists_names:
        return query.template
    countries = "|".join(re.escape(n.text) for n in query.names if n.country and not n.of_answer)
    return re.sub(rf"\s+(?:in|within|across|inside)\s+(?:the\s+)?(?:{countries})\b", "", query.template) if countries else query.template


def _frame(query: Query, candidate: Candidate) -> str:
    """What a candidate answer is read behind: a number behind the document's lead, a name behind the sentence that "they" points to."""
    if query.kind in NUMERIC:
        return candidate.lead
    return candidate.before[-1] if needs_before(candidate) else ""

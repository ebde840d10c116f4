"""What was recorded on the way to an answer, as plain data: what was read out of the question, what was found, chosen and checked.

Nothing is computed anew but the reasons: why a sentence was left out, and which check a statement passed. Knows the types of
the steps, not how they are printed (`qa.trace_text`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa import constraints
from qa.candidates import UNREAD
from qa.claim_numbers import check_numbers
from qa.claim_roles import check_roles
from qa.grounding_model import SUPPORT_THRESHOLD
from qa.names import missing_names
from qa.polarity import mismatch
from qa.query import Query
from qa.reading import Reading
from qa.rephrase import Asked
from qa.retrieve import Found
from qa.schema import Answer
from qa.select import ANSWER_FLOOR, LIST_FLOOR
from qa.verify import Checked, Item, Verdict, verbatim_span


@dataclass(frozen=True, slots=True)
class PassageStep:
    """A passage that retrieval found. `bm25` and `cosine` are None where the store did not have it among its best, `second` where
    nobody read it again; `fused` is the mean of both stores' shares, `score` decides the order; `read`: its sentences were read."""

    source: str
    start: int
    end: int
    bm25: float | None
    cosine: float | None
    fused: float
    second: float | None
    score: float
    read: bool


@dataclass(frozen=True, slots=True)
class SentenceStep:
    """A scored sentence. `alone`, `in_context` and `tried` are the cross-encoder's logits (None: not read that way), `tried` that of the
    question with `answer` put in; `probability` decides; `chosen`: it goes into the answer, `repeats`: as a further source."""

    source: str
    start: int
    end: int
    text: str
    alone: float
    in_context: float | None
    tried: float | None
    answer: str
    topic_words: float
    probability: float
    chosen: bool
    repeats: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sentence that does not meet a condition of the question."""

    source: str
    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """One plain question: what was read out of it, the passages in their final order, the sentences best first."""

    question: str
    kind: str
    noun: str | None
    several: bool
    names: list[str]
    times: list[str]
    published: str
    topic_words: list[str]
    template: str | None
    by_vector: int
    by_bm25: int
    passages: list[PassageStep]
    sentences: list[SentenceStep]
    left_out: list[LeftOut]
    unread: int
    floor: float


@dataclass(frozen=True, slots=True)
class CheckStep:
    """A statement beside quotes that it may cite. `checks` says of each rule "passed" or what it found; `floor` is what the score needs
    where the graded score decided, else None."""

    statement: str
    quotes: list[str]
    checks: dict[str, str]
    verdict: str
    score: float
    reason: str
    floor: float | None


@dataclass(frozen=True, slots=True)
class Steps:
    """The way to one answer. `questions` are the plain questions behind the typed one, `series`: as one figure over time;
    `whole_quotes` are the statements that are their own quotes, which no rule need check."""

    question: str
    standalone_question: str
    questions: list[str]
    series: bool
    lookups: list[Lookup]
    checked: list[CheckStep]
    whole_quotes: list[str]


def steps_of(made: Sequence[object], answer: Answer) -> Steps:
    """The steps behind `answer` from what `qa.trace.recorded` gave for it."""
    asked = next((m for m in made if isinstance(m, Asked)), Asked((answer.standalone_question,)))
    lookups, found = [], None
    for one in made:
        if isinstance(one, Found):
            found = one
        elif isinstance(one, Reading):
            lookups.append(_lookup(one, found))
            found = None
    checked = [_check(item, verdict) for m in made if isinstance(m, Checked) for item, verdict in zip(m.items, m.verdicts, strict=True)]
    quotes = {citation.n: citation.quote for citation in answer.citations}
    compared = {(step.statement, quote) for step in checked for quote in step.quotes}
    whole = [claim.text for claim in answer.claims if (claim.text, quotes[claim.citations[0]]) not in compared]
    return Steps(answer.question, answer.standalone_question, list(asked.questions), asked.series, lookups, checked, whole)


def _lookup(reading: Reading, found: Found | None) -> Lookup:
    query = reading.query
    scored = {id(c) for c in reading.scored}
    reasons = [(c, constraints.violated(query, c)) for c in reading.sentences if id(c) not in scored]
    return Lookup(
        question=query.text,
        kind=query.kind,
        noun=query.noun,
        several=query.plural,
        names=_names(query),
        times=[*query.told, *map(str, query.years), *([f"a document of {query.doc_year}"] if query.doc_year else [])],
        published=reading.window.told().removeprefix(", "),
        topic_words=list(query.stems),
        template=query.template,
        by_vector=len(found.near) if found else 0,
        by_bm25=len(found.terms) if found else 0,
        passages=_passages(found, {p.chunk_id for p in reading.passages}) if found else [],
        sentences=_sentences(reading),
        left_out=[LeftOut(c.source, c.start, c.end, c.text, reason) for c, reason in reasons if reason],
        unread=sum(reason is None for _, reason in reasons),
        floor=_floor(reading),
    )


def _names(query: Query) -> list[str]:
    return [f"{n.text} ({n.country})" if n.country and n.country != n.text.lower() else n.text for n in query.names]


def _floor(reading: Reading) -> float:
    """The floor that the best sentence is held to (see `qa.select.select`)."""
    by_name = reading.query.lists_names and reading.scored and reading.scored[0].score >= LIST_FLOOR
    return LIST_FLOOR if by_name else ANSWER_FLOOR


def _passages(found: Found, read: set[str]) -> list[PassageStep]:
    near, terms = dict(found.near), dict(found.terms)
    known = {p.chunk_id: p for p in found.passages}
    return [
        PassageStep(p.source, p.start, p.end, terms.get(hit.id), near.get(hit.id), p.score, hit.second, hit.score, hit.id in read)
        for hit in found.hits
        if (p := known.get(hit.id)) is not None
    ]


def _sentences(reading: Reading) -> list[SentenceStep]:
    chosen = {id(choice.candidate) for choice in reading.chosen}
    repeats = {id(twin) for choice in reading.chosen for twin in choice.twins}
    by_name = _floor(reading) == LIST_FLOOR
    return [
        SentenceStep(
            source=c.source,
            start=c.start,
            end=c.end,
            text=c.text,
            alone=c.plain,
            in_context=_read(c.framed),
            tried=_read(c.tested),
            answer=c.answer,
            topic_words=c.cover,
            probability=c.score if by_name else c.likely,
            chosen=id(c) in chosen,
            repeats=id(c) in repeats,
        )
        for c in reading.scored
    ]


def _read(logit: float) -> float | None:
    return None if logit == UNREAD else logit


def _check(item: Item, verdict: Verdict) -> CheckStep:
    number = check_numbers(item.claim, item.quotes, item.context)
    names = missing_names(item.claim, [*item.quotes, *item.context])
    polarity = mismatch(item.claim, item.quotes)
    verbatim = any(verbatim_span(item.claim, quote) for quote in item.quotes)
    rules = {
        "numbers": number.reason if number else None,
        "names": f"{names[0].text!r} is not in the quotes" if names else None,
        "negation and modality": polarity.reason if polarity else None,
        "roles": check_roles(item.claim, item.quotes),
    }
    verbatim = any(verbatim_span(item.claim, quote) for quote in item.quotes)
    graded = not verbatim and not any(rules.values())
    checks = {name: problem or "passed" for name, problem in rules.items()} | {"word for word": "yes" if verbatim else "no"}
    floor = SUPPORT_THRESHOLD if graded else None
    return CheckStep(item.claim, list(item.quotes), checks, verdict.label, verdict.score, verdict.reason, floor)

"""From chosen sentences to verified statements with footnotes, with a writer model or without.

Whoever writes, every statement is verified against the quotes it cites before it is shown; what fails is replaced by
the sentence itself or dropped and listed. Knows nothing of retrieval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.errors import LanguageModelError
from qa import compose_llm
from qa.candidates import Candidate
from qa.cite import page_of, place_of
from qa.extract import dated, quote_span, said_span, spoken_date, statement
from qa.language import words
from qa.llm import Writer
from qa.schema import Dropped, Evidence
from qa.select import Choice
from qa.verify import VERBATIM_SCORE, Item, Scorer, Verdict, verify_many


@dataclass(slots=True)
class Statement:
    """A verified sentence with the evidence that it cites; `choice` is the chosen sentence behind it.

    `dated` is put before it on the screen ("As reported on 4 June 2023"); it comes from the source's metadata, not from
    the quote, and is no part of the claim.
    """

    text: str
    evidence: list[Evidence]
    score: float
    choice: int
    dated: str = ""

    @property
    def shown(self) -> str:
        """The sentence as the reader sees it."""
        return f"{self.dated}: {self.text}" if self.dated else self.text


@dataclass(slots=True)
class Composition:
    """What survived verification, what did not, and how it was written."""

    statements: list[Statement] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    mode: str = "extractive"
    notes: list[str] = field(default_factory=list)


def to_evidence(candidate: Candidate) -> Evidence:
    """The span that is cited for a sentence, with what a reader needs around it."""
    start, end = quote_span(candidate)
    document = candidate.document
    return Evidence(
        source=document.source,
        start=start,
        end=end,
        quote=document.text[start:end],
        score=candidate.score,
        context=candidate.context,
        title=document.title,
        publisher=document.publisher,
        published=document.published.date,
        page=page_of(document, start),
        place=place_of(document, start),
    )


def extractive(chosen: Sequence[Choice], scorer: Scorer | None, *, verify: bool = True) -> Composition:
    """Each chosen sentence as its own statement. `verify=False` is for tests that break the product on purpose."""
    drafts = [(statement(_said(c.candidate)), [to_evidence(c.candidate), *map(to_evidence, c.twins)], i) for i, c in enumerate(chosen)]
    result = Composition()
    _verified(drafts, chosen, scorer, result, verify=verify)
    date_rivals(result.statements, chosen)
    return result


def _said(candidate: Candidate) -> str:
    start, end = said_span(candidate)
    return candidate.document.text[start:end]


def date_rivals(statements: Sequence[Statement], chosen: Sequence[Choice]) -> None:
    """Sentences with differing values for one question carry the date of their source."""
    valued = Counter(c.part for c in chosen if c.value is not None)
    for said in statements:
        choice = chosen[said.choice]
        if choice.value is not None and valued[choice.part] > 1:
            said.dated = dated(choice.candidate.document.published)


def written(writer: Writer, question: str, chosen: Sequence[Choice], scorer: Scorer | None, *, verify: bool = True) -> Composition:
    """The statements of `writing` in the order of the sentences behind them."""
    result = Composition()
    result.statements = sorted(writing(writer, question, chosen, scorer, result, verify=verify), key=lambda said: said.choice)
    return result


def writing(
    writer: Writer, question: str, chosen: Sequence[Choice], scorer: Scorer | None, result: Composition, *, verify: bool = True
) -> Iterator[Statement]:
    """Statements by a writer model, each as soon as it is verified. A sentence that its quotes do not support is tried once
    more, then the quote itself stands in for it; evidence that no surviving sentence cites is stated by its own sentence, so
    nothing found is lost.

    When they end, `result` holds them all and what was dropped. When the model fails, the extractive answer with a note.
    `verify=False` is for tests that break the product on purpose.
    """
    evidence = [to_evidence(c.candidate) for c in chosen]
    result.mode = "extractive"
    failed: list[tuple[compose_llm.Draft, str]] = []
    try:
        for drafts in compose_llm.as_written(writer, question, evidence):
            said, wrong = _accept(drafts, evidence, scorer, verify=verify)
            failed += wrong
            yield from _shown(said, chosen, result, "llm")
        if failed:
            said, wrong = _accept(compose_llm.retry(writer, question, evidence, failed), evidence, scorer, verify=verify)
            failed = wrong or failed
            yield from _shown(said, chosen, result, "llm")
    except LanguageModelError as error:
        result.notes.append(f"{writer.name} failed ({error}); these are extracts.")
    result.dropped += [Dropped(text=d.text, reason=reason) for d, reason in failed]
    told = {(e.source, e.start) for s in result.statements for e in s.evidence}
    missing = [i for i, e in enumerate(evidence) if (e.source, e.start) not in told]
    rest = extractive([chosen[i] for i in missing], scorer)
    result.dropped += rest.dropped
    for extra in rest.statements:
        extra.choice = missing[extra.choice]
    yield from _shown(rest.statements, chosen, result, result.mode)


def _shown(statements: Sequence[Statement], chosen: Sequence[Choice], result: Composition, mode: str) -> Iterator[Statement]:
    date_rivals(statements, chosen)
    for said in statements:
        result.mode = mode
        result.statements.append(said)
        yield said


def _accept(
    drafts: Sequence[compose_llm.Draft], evidence: Sequence[Evidence], scorer: Scorer | None, *, verify: bool
) -> tuple[list[Statement], list[tuple[compose_llm.Draft, str]]]:
    """Verify drafts: the supported ones as statements, the others with the reason."""
    usable = [d for d in drafts if d.evidence and d.text.strip()]
    # Only the date comes from outside the quotes: a context that names both countries would let a writer exchange them.
    items = [
        Item(d.text, [evidence[i].quote for i in d.evidence], [spoken_date(evidence[i].published) for i in d.evidence]) for d in usable
    ]
    verdicts = verify_many(items, scorer) if verify else [Verdict("supported", 1.0, "not checked")] * len(items)
    said, failed = [], []
    for draft, verdict in zip(usable, verdicts, strict=True):
        if verdict.label == "supported":
            cited = [evidence[i] for i in draft.evidence]
            said.append(Statement(statement(draft.text), cited, verdict.score, min(draft.evidence)))
        else:
            failed.append((draft, verdict.reason))
    return said, failed


def _verified(
    drafts: Sequence[tuple[str, list[Evidence], int]], chosen: Sequence[Choice], scorer: Scorer | None, result: Composition, *, verify: bool
) -> None:
    # A sentence that is its own quote, whole, cannot say anything else; the rules are for what was cut or reworded.
    whole = [not verify or _is_whole(text, evidence[0].quote) for text, evidence, _ in drafts]
    first = [Item(t, [e[0].quote], [_context(e[0]), chosen[i].candidate.lead]) for (t, e, i), w in zip(drafts, whole, strict=True) if not w]
    # Every footnote must carry the statement by itself, those of further sources too.
    further = [(n, e) for n, (_, evidence, _) in enumerate(drafts) for e in evidence[1:]]
    items = [*first, *(Item(drafts[n][0], [e.quote], [_context(e)]) for n, e in further)]
    verdicts = verify_many(items, scorer) if verify else []
    open_verdicts = iter(verdicts[: len(first)])
    kept = {id(e) for (_, e), v in zip(further, verdicts[len(first) :], strict=verify) if v.label == "supported"}
    for (text, evidence, index), same in zip(drafts, whole, strict=True):
        verdict = None if same else next(open_verdicts)
        cited = [e for e in evidence if e is evidence[0] or id(e) in kept or not verify]
        if verdict is None or verdict.label == "supported":
            result.statements.append(Statement(text, cited, VERBATIM_SCORE if verdict is None else verdict.score, index))
        else:
            result.dropped.append(Dropped(text=text, reason=verdict.reason))


def _is_whole(text: str, quote: str) -> bool:
    """Whether the statement is the quote itself but for marks and white space, or the quote behind the sentence before it."""
    said, quoted = words(text), words(quote)
    return len(said) >= 3 and quoted[-len(said) :] == said


def _context(evidence: Evidence) -> str:
    return " ".join(part for part in (evidence.context, evidence.publisher or "", spoken_date(evidence.published)) if part)

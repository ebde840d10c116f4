"""From chosen evidence to verified statements with footnotes, with a writer model or without.

Without one a statement is the quote itself. Whatever a model writes is verified against the quotes that it cites before it is shown;
what fails is replaced by the quote itself or dropped and listed. Knows nothing of retrieval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.errors import LanguageModelError
from qa.check.verify import VERBATIM_SCORE, Item, Scorer, Verdict, verify_many
from qa.llm.client import Writer
from qa.read.choose import Choice, folded
from qa.schema import Dropped, Evidence
from qa.write import compose_llm
from qa.write.compose_llm import is_small
from qa.write.shown import spoken_date, statement

TWIN_WORDS = 0.6  # share of a statement's words that a further source must have to stand behind it as well


@dataclass(slots=True)
class Statement:
    """A verified sentence with the evidence that it cites; `choice` is the position of the chosen evidence behind it."""

    text: str
    evidence: list[Evidence]
    score: float
    choice: int


@dataclass(slots=True)
class Composition:
    """What survived verification, what did not, and how it was written."""

    statements: list[Statement] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    mode: str = "extractive"
    notes: list[str] = field(default_factory=list)


def compose(
    writer: Writer | None, question: str, chosen: Sequence[Choice], scorer: Scorer | None, result: Composition
) -> Iterator[Statement]:
    """The statements one by one, each as soon as it is sure; when they end, `result` holds them and what was dropped.

    A model that is too small to choose among quotes writes nothing: its extract is the better answer.
    """
    made = writing(writer, question, chosen, scorer, result) if writer is not None and chosen and not is_small(writer) else extracts(chosen)
    for said in made:
        result.statements.append(said)
        yield said


def extracts(chosen: Sequence[Choice]) -> Iterator[Statement]:
    """Each chosen quote as its own statement."""
    for i, choice in enumerate(chosen):
        text = statement(choice.evidence.quote)
        yield Statement(text, [choice.evidence, *(t for t in choice.twins if _stands_behind(text, t.quote))], VERBATIM_SCORE, i)


def _stands_behind(text: str, quote: str) -> bool:
    """Whether a further source says what the statement says: all of its numbers and most of its words."""
    mine, theirs = folded(text).split(), set(folded(quote).split())
    return all(w in theirs for w in mine if w.isdigit()) and sum(w in theirs for w in mine) >= TWIN_WORDS * len(mine)


def writing(writer: Writer, question: str, chosen: Sequence[Choice], scorer: Scorer | None, result: Composition) -> Iterator[Statement]:
    """Statements by a writer model, each as soon as it is verified. A sentence that its quotes do not support is tried once
    more, then the quote itself stands in for it; evidence that no surviving sentence cites is stated by itself, so
    nothing found is lost. When the model fails, the extracts with a note.
    """
    evidence = [c.evidence for c in chosen]
    told: set[tuple[str, int]] = set()
    failed: list[tuple[compose_llm.Draft, str]] = []
    try:
        for drafts in compose_llm.as_written(writer, question, evidence):
            said, wrong = _accept(drafts, evidence, scorer)
            failed += wrong
            yield from _told(said, told, result)
        if failed:
            said, wrong = _accept(compose_llm.retry(writer, question, evidence, failed), evidence, scorer)
            failed = wrong or failed
            yield from _told(said, told, result)
    except LanguageModelError as error:
        result.notes.append(f"{writer.name} failed ({error}); these are extracts.")
    result.dropped += [Dropped(text=d.text, reason=reason) for d, reason in failed]
    yield from (extract for extract in extracts(chosen) if (extract.evidence[0].source, extract.evidence[0].start) not in told)


def _told(statements: Sequence[Statement], told: set[tuple[str, int]], result: Composition) -> Iterator[Statement]:
    for said in statements:
        result.mode = "llm"
        told |= {(e.source, e.start) for e in said.evidence}
        yield said


def _accept(
    drafts: Sequence[compose_llm.Draft], evidence: Sequence[Evidence], scorer: Scorer | None
) -> tuple[list[Statement], list[tuple[compose_llm.Draft, str]]]:
    """Verify drafts: the supported ones as statements, the others with the reason."""
    usable = [d for d in drafts if d.evidence and d.text.strip()]
    # Only the date comes from outside the quotes: a context that names both countries would let a writer exchange them.
    items = [
        Item(d.text, [evidence[i].quote for i in d.evidence], [spoken_date(evidence[i].published) for i in d.evidence]) for d in usable
    ]
    verdicts: list[Verdict] = verify_many(items, scorer)
    said, failed = [], []
    for draft, verdict in zip(usable, verdicts, strict=True):
        if verdict.label == "supported":
            cited = [evidence[i] for i in draft.evidence]
            said.append(Statement(statement(draft.text), cited, verdict.score, min(draft.evidence)))
        else:
            failed.append((draft, verdict.reason))
    return said, failed

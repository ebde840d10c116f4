"""From statements to the Answer: the draft in which they are numbered, the conflicts, the refusal when there is nothing to say.

Knows what was read and said; knows nothing of how it was found, and keeps no promise itself: `qa.cite.check` does.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.catalog.reader import Catalog
from index.dates.quoted import said_on
from qa.check.conflicts import find_conflicts
from qa.cite import LESS_SURE, Footnotes, marked, page_of, place_of
from qa.question.standalone import REFUSAL
from qa.read.choose import Choice
from qa.read.protocol import Finding, Reading
from qa.retrieve import dedup
from qa.schema import Answer, Citation, Claim, Considered, Why
from qa.write.asked import Request, Statement, shows
from qa.write.compose import Composition

RELATED = 3  # nearest units offered with a refusal
RELATED_FLOOR = 0.05  # probability below which a unit has nothing to do with the question


class Draft:
    """Statements as claims and lines with [n], their footnotes numbered in the order of first use."""

    def __init__(self, chosen: Sequence[Choice]) -> None:
        self.chosen = chosen
        self.claims: list[Claim] = []
        self.lines: list[str] = []
        self.notes = Footnotes()
        self.numbers: list[list[int]] = [[] for _ in chosen]
        """The footnotes that show each choice, by its position."""

    def add(self, said: Statement) -> Claim:
        """Put one more statement into the draft; its line is then the last of `lines`."""
        cited = list(dict.fromkeys(self.notes.number(evidence) for evidence in said.evidence))
        for choice, numbers in zip(self.chosen, self.numbers, strict=True):
            numbers += [self.notes.number(evidence) for evidence in said.evidence if shows(evidence, choice)]
        self.claims.append(Claim(text=said.text, citations=cited, score=min(1.0, max(0.0, said.score))))
        self.lines.append(marked(said.text if said.sure else LESS_SURE + said.text, cited))
        return self.claims[-1]


def assemble(asked: Request, composed: Composition, draft: Draft, catalog: Catalog, writer: str | None) -> Answer:
    """The answer made of the statements of the draft, or a refusal when there are none; `writer` is the model's name."""
    if not composed.statements:
        return _refusal(asked, composed, writer)
    published = {p.document.source: p.document.published for p in asked.reading.passages}
    conflicts = find_conflicts(asked.whole, asked.chosen, draft.numbers, published, asked.later)
    lines = draft.lines
    text = "\n".join([*(f"- {line}" if len(lines) > 1 else line for line in lines), *(c.note for c in conflicts)])
    claims, citations = dedup.count_sources(catalog, draft.claims, draft.notes.citations, asked.later)
    return Answer(
        question=asked.question, standalone_question=asked.whole, answer=text, abstained=False, claims=claims, citations=citations,
        conflicts=conflicts, dropped=composed.dropped, confidence=asked.reading.answered,
        mode="llm" if composed.mode == "llm" else "extractive", llm=writer,
        notes=[*composed.notes, *_older_messages(citations, asked.reading)],
    )  # fmt: skip


def _older_messages(citations: Sequence[Citation], reading: Reading) -> list[str]:
    """A note for the footnotes to messages that a mail only repeats: what they say may have been answered since."""
    mails = {p.document.source: p.document.published.date for p in reading.passages if p.document.format == "mail"}
    when = {c.n: c.published for c in citations if c.source in mails and c.published != mails[c.source]}
    if not when:
        return []
    said = ", ".join(f"[{n}] ({day})" if day else f"[{n}]" for n, day in when.items())
    return [f"Out of an older message that the mail repeats: {said}."]


def reply(question: str, text: str) -> Answer:
    """An answer that states nothing: to a greeting."""
    return Answer(question=question, standalone_question=question, answer=text, abstained=True, confidence=0.0, mode="extractive")


def _refusal(asked: Request, composed: Composition, writer: str | None) -> Answer:
    near = [f for f in asked.reading.findings if f.score >= RELATED_FLOOR][:RELATED]
    return Answer(
        question=asked.question, standalone_question=asked.whole, answer=REFUSAL, abstained=True, dropped=composed.dropped,
        confidence=asked.reading.answered, mode="llm" if writer is not None else "extractive", llm=writer,
        related=[_related(n, finding, asked.reading) for n, finding in enumerate(near, start=1)], notes=composed.notes, why=_why(asked),
    )  # fmt: skip


def _why(asked: Request) -> Why:
    """The best unit of each passage that was read."""
    best: dict[int, Finding] = {}
    for finding in asked.reading.findings:  # best first
        best.setdefault(finding.passage, finding)
    considered = [
        Considered(**_related(n, finding, asked.reading).model_dump(), score=min(1.0, max(0.0, finding.score)))
        for n, finding in enumerate(best.values(), start=1)
    ]
    return Why(needed=asked.floor, considered=considered)


def _related(n: int, finding: Finding, reading: Reading) -> Citation:
    document, unit = reading.passages[finding.passage].document, finding.unit
    return Citation(
        n=n, source=document.source, title=document.title, published=said_on(document, unit.start).date, page=page_of(document, unit.start),
        place=place_of(document, unit.start), start=unit.start, end=unit.end, quote=document.text[unit.start : unit.end],
    )  # fmt: skip

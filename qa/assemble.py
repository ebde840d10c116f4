"""From verified statements to the Answer: its text, conflicts, notes, and the refusal when nothing is left to say.

Knows what was read and said; knows nothing of how it was found, and keeps no promise itself: `qa.cite.check` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.catalog import Catalog
from qa import voices
from qa.cite import unmarked
from qa.compose import Composition
from qa.conflicts import find_conflicts
from qa.counting import names_in
from qa.query import topic
from qa.reading import Reading
from qa.schema import Answer, Citation
from qa.select import Choice
from qa.telling import Sheet

RELATED = 3  # nearest passages offered with a refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what was read for it: as typed, made whole, a reading for each plain question, the chosen sentences of all.

    `series`: the plain questions ask for one thing at several times; `counted`: what a count of names came to, in words.
    """

    question: str
    whole: str
    readings: Sequence[Reading]
    chosen: Sequence[Choice]
    series: bool = False
    counted: str = ""


def assemble(asked: Asked, composed: Composition, sheet: Sheet, catalog: Catalog, writer: str | None) -> Answer:
    """The answer made of the statements on the sheet, or a refusal when there are none; `writer` is the model's name."""
    if not composed.statements:
        return _refusal(asked, composed, writer)
    lines, readings = sheet.lines, asked.readings
    parts = readings[:1] if asked.series else readings
    found = (find_conflicts(r.query, asked.chosen, sheet.numbers, part=i, series=asked.series) for i, r in enumerate(parts))
    conflicts = [conflict for some in found for conflict in some]
    text = "\n".join([*(f"- {line}" if len(lines) > 1 else line for line in lines), *(c.note for c in conflicts)])
    claims, citations = voices.heard(catalog, sheet.claims, sheet.notes.citations)
    return Answer(
        question=asked.question, standalone_question=asked.whole, answer=text, abstained=False, claims=claims, citations=citations,
        conflicts=conflicts, dropped=composed.dropped, confidence=_confidence(asked),
        mode="llm" if composed.mode == "llm" else "extractive", llm=writer, notes=_notes(asked, composed, sheet),
    )  # fmt: skip


def _notes(asked: Asked, composed: Composition, sheet: Sheet) -> list[str]:
    """What a reader should know beside the statements: what failed, what was not found, how much was looked through."""
    readings = asked.readings
    notes = [*composed.notes, *(f"The documents do not say: {r.query.text}" for r in readings if r.passages and not r.chosen)]
    if asked.counted:
        notes.append(asked.counted)
    elif readings[0].query.is_list:
        documents, read = len({c.source for c in sheet.notes.citations}), sum(len(r.passages) for r in readings)
        items = max(len(names_in(r)) for r in readings) if readings[0].query.lists_names else len(sheet.lines)
        notes.append(f"{items} found in {documents} documents; {read} passages were read.")
    return notes


def _refusal(asked: Asked, composed: Composition, writer: str | None) -> Answer:
    related = [
        Citation(n=i, source=p.source, title=p.title, published=p.published, start=p.start, end=p.end, quote=p.text)
        for i, p in enumerate(asked.readings[0].passages[:RELATED], start=1)
    ]
    said = f"The documents do not say. Looked for: {unmarked('; '.join(dict.fromkeys(topic(r.query) for r in asked.readings)))}."
    return Answer(
        question=asked.question, standalone_question=asked.whole, answer=said, abstained=True, dropped=composed.dropped,
        confidence=_confidence(asked), mode="llm" if writer is not None else "extractive", llm=writer, related=related,
        notes=composed.notes,
    )  # fmt: skip


def _confidence(asked: Asked) -> float:
    return max(r.confidence for r in asked.readings)


def shuffled(answer: Answer) -> Answer:
    """Every claim with the next claim's footnotes: a product broken on purpose, for testing the evaluation."""
    order = [c.citations for c in answer.claims]
    turned = order[1:] + order[:1] if len(order) > 1 else order
    moved = [c.model_copy(update={"citations": n}) for c, n in zip(answer.claims, turned, strict=True)]
    rotated = [c.model_copy(update={"quote": c.quote[::-1]}) for c in answer.citations] if len(order) == 1 else answer.citations
    return answer.model_copy(update={"claims": moved, "citations": rotated})

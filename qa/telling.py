"""The statements of an answer one by one, each as soon as it is verified, and the sheet on which they stand.

A reader sees a sentence when it is sure, not when the last one is. Knows how statements are made (`qa.compose`); knows
nothing of retrieval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.cite import Footnotes, marked
from qa.compose import Composition, Statement, date_rivals, extractive, writing, written
from qa.compose_llm import is_small
from qa.llm import Writer
from qa.schema import Claim
from qa.select import Choice
from qa.verify import Scorer


def told(
    writer: Writer | None, question: str, chosen: Sequence[Choice], scorer: Scorer | None, result: Composition, *, verify: bool = True
) -> Iterator[Statement]:
    """The verified statements in the order in which they stand; when they end, `result` holds them and what was dropped.

    A small writer sees one quote at a time, so its sentences come one at a time; a large one sees all quotes at once, and its
    sentences come one at a time, in its own order, when it tells what it writes while it writes.
    """
    if writer is not None and is_small(writer):
        yield from _quote_by_quote(writer, question, chosen, scorer, result, verify=verify)
        return
    if writer is not None and chosen and hasattr(writer, "pieces"):
        yield from writing(writer, question, chosen, scorer, result, verify=verify)
        return
    made = written(writer, question, chosen, scorer, verify=verify) if writer and chosen else extractive(chosen, scorer, verify=verify)
    result.mode, result.notes, result.dropped = made.mode, made.notes, made.dropped
    for said in made.statements:
        result.statements.append(said)
        yield said


def _quote_by_quote(
    writer: Writer, question: str, chosen: Sequence[Choice], scorer: Scorer | None, result: Composition, *, verify: bool
) -> Iterator[Statement]:
    """What the writer makes of each quote, or the sentence itself; once the writer failed it is not asked again."""
    for index, choice in enumerate(chosen):
        failed = bool(result.notes)
        part = extractive([choice], scorer, verify=verify) if failed else written(writer, question, [choice], scorer, verify=verify)
        result.notes += part.notes
        result.dropped += part.dropped
        for said in part.statements:
            said.choice = index
            if any(said.text.casefold() == earlier.text.casefold() for earlier in result.statements):
                continue  # two quotes, one sentence
            date_rivals([said], chosen)
            result.mode = "llm" if "llm" in (part.mode, result.mode) else "extractive"
            result.statements.append(said)
            yield said


class Sheet:
    """Statements as claims and lines with [n], their footnotes numbered in the order of first use."""

    def __init__(self, choices: int) -> None:
        self.claims: list[Claim] = []
        self.lines: list[str] = []
        self.notes = Footnotes()
        self.numbers: list[list[int]] = [[] for _ in range(choices)]
        """The footnotes of each choice, by its index."""

    def add(self, said: Statement) -> Claim:
        """Put one more statement on the sheet; its line is then the last of `lines`."""
        cited = list(dict.fromkeys(self.notes.number(evidence) for evidence in said.evidence))
        self.numbers[said.choice] = self.numbers[said.choice] or cited
        self.claims.append(Claim(text=said.text, citations=cited, score=min(1.0, max(0.0, said.score))))
        self.lines.append(marked(said.shown, cited))
        return self.claims[-1]

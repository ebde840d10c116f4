"""From what was read to verified statements with footnotes, with a language model or without.

Without one a statement is the chosen quote itself. With one the model answers from the passages; where it fails, says nothing that the
passages support, or leaves out what the reader is sure of, the chosen quotes speak.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import LanguageModelError
from qa.check.conflicts import rivals
from qa.schema import Dropped
from qa.write.asked import Request, Statement

if TYPE_CHECKING:
    from qa.check.support import Verifier
    from qa.llm.client import Writer
    from qa.write.llm import Written

ASK_FLOOR = 0.5  # of the reader's probability that something answers: below, a model is not asked


@dataclass(slots=True)
class Composition:
    """What survived verification, what did not, and how it was written."""

    statements: list[Statement] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    mode: str = "extractive"
    notes: list[str] = field(default_factory=list)


def compose(writer: Writer | None, asked: Request, judge: Verifier, result: Composition) -> Iterator[Statement]:
    """The statements one by one, each as soon as it is sure; when they end, `result` holds them and what was dropped."""
    for said in _made(writer, asked, judge, result):
        result.statements.append(said)
        yield said


def _made(writer: Writer | None, asked: Request, judge: Verifier, result: Composition) -> Iterator[Statement]:
    if writer is None or asked.reading.answered < ASK_FLOOR or not reads(writer):
        yield from (said for i in range(len(asked.chosen)) for said in asked.extract(i))
        return
    from qa.write.llm import Written, answered  # with all that checks it

    written = Written()
    try:
        yield from answered(writer, asked, judge, written)
    except LanguageModelError as error:
        result.notes.append(f"{writer.name} failed ({error}); {'the rest is' if written.said else 'these are'} extracts.")
    else:
        if asked.chosen and not written.said:
            reason = "found no answer" if written.refused else "wrote nothing that the passages support"
            result.notes.append(f"{writer.name} {reason}; these are extracts.")
    result.mode = "llm" if written.said else "extractive"
    result.dropped += written.dropped
    yield from (said for i in _left_out(asked, written) for said in asked.extract(i))


def reads(writer: Writer) -> bool:
    """Whether the language model was seen to read passages; asks it once."""
    from qa.write.probe import reads_passages

    return reads_passages(writer)


def _left_out(asked: Request, written: Written) -> Sequence[int]:
    """The chosen pieces that must be said all the same: every one where the model said nothing, else the reader's best and those that
    contradict another."""
    untold = [i for i in range(len(asked.chosen)) if i not in written.told]
    if not written.said:
        return untold
    published = {p.document.source: p.document.published for p in asked.reading.passages}
    contradict = rivals(asked.whole, asked.chosen, published, asked.later)
    return [i for i in untold if i == 0 or i in contradict]

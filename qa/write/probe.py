"""Whether a language model can answer from passages: three questions about passages of our own, asked once.

A model is classed by what it does, not by its size or name: one that copies a fact with its number and refuses when nothing answers
may read; any other leaves the answer to the extracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from index.errors import LanguageModelError
from qa.llm.cited import Endless, drafts, refuses
from qa.llm.client import Message, TooSlow, Writer
from qa.llm.prompts import passage_text, read_passages

PASSED = 2  # of three
PROBE_TOKENS = 80

_PASSAGES = [
    passage_text(
        1,
        "Pool rules > Opening hours",
        ["The outdoor pool opens at seven in the morning.", "On Sundays it opens at nine and closes at five."],
    ),
    passage_text(
        2,
        "Pool rules > Prices (published 2024-03-02)",
        ["Ticket: Adult; Price: 4.50", "Ticket: Child under twelve; Price: 2.00", "A season ticket costs 85 and is valid until October."],
    ),
    passage_text(3, "Garden club, minutes", ["Ilse Brandt was elected treasurer.", "The spring market takes place on the green."]),
]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about the passages, what its answer must say and the passage that says it; None for one that nothing answers."""

    question: str
    says: tuple[str, ...] = ()
    passage: int | None = None


QUESTIONS = (
    Question("What does a season ticket cost, and until when is it valid?", ("85", "October"), 1),
    Question("Who was elected treasurer of the garden club?", ("Brandt",), 2),
    Question("How deep is the diving basin?"),
)


def reads_passages(writer: Writer) -> bool:
    """Whether a writer may read passages; one that does not know yet is asked now, and remembers."""
    known = getattr(writer, "reads", True)
    if known is None:
        try:
            known = sum(passes(writer, question) for question in QUESTIONS) >= PASSED
        except LanguageModelError:
            return True  # who cannot be reached fails when the answer is written, and is noted there
        vars_of: Any = writer
        vars_of.reads = known
    return bool(known)


def passes(writer: Writer, asked: Question) -> bool:
    """Whether the writer answers one question as it should. Raises `LanguageModelError`."""
    written = _written(writer, read_passages(asked.question, _PASSAGES))
    found = []
    with suppress(Endless):
        found = list(drafts([written], len(_PASSAGES)))
    if asked.passage is None:
        return any(refuses(draft.text) for draft in found)
    said = " ".join(draft.text for draft in found)
    return all(word in said for word in asked.says) and any(asked.passage in draft.passages for draft in found)


def _written(writer: Writer, prompt: Sequence[Message]) -> str:
    """Piece by piece where the writer can, so that its speed is known; a stream that fails is asked for in one."""
    if hasattr(writer, "pieces"):
        try:
            if text := "".join(writer.pieces(prompt, schema=None, max_tokens=PROBE_TOKENS)):
                return text
        except TooSlow:
            raise
        except LanguageModelError:  # perhaps it cannot stream: `write` tries again, and says what is wrong
            return writer.write(prompt, schema=None, max_tokens=PROBE_TOKENS)
    return writer.write(prompt, schema=None, max_tokens=PROBE_TOKENS)

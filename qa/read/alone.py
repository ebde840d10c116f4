"""Whether a sentence by itself answers a question, as the reader sees it: the sentence is read as a passage of its own."""

from __future__ import annotations

from collections.abc import Callable

from index.schema import Document, Unit
from qa.read.protocol import Readable, Reader
from qa.schema import Passage

Answers = Callable[[str], float]
"""A sentence -> the probability, 0 to 1, that it answers the question at hand."""


def answers_by(reader: Reader, question: str) -> Answers:
    """How well sentences answer `question` by themselves."""

    def answers(sentence: str) -> float:
        document = Document("", sentence, "text", "")
        passage = Passage("", "", 0, len(sentence), sentence, 1.0)
        return reader.read(question, [Readable(passage, document, (Unit(0, len(sentence), "sentence"),))]).answered

    return answers

"""Whether a sentence by itself answers a question, as the reader sees it: the sentence is read as a passage of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.schema import Document, Unit
from qa.read.protocol import Readable, Reader
from qa.schema import Passage

Answers = Callable[[str], float]
"""A sentence -> the probability, 0 to 1, that it answers the question at hand."""


def answers_by(reader: Reader, question: str) -> Answers:
    """How well sentences answer `question` by themselves."""

    return lambda sentence: each_answers(reader, question, [sentence])[0]


def each_answers(reader: Reader, question: str, sentences: Sequence[str]) -> list[float]:
    """How well each of the sentences answers `question` by itself, probabilities in their order; read together."""
    found = [0.0] * len(sentences)
    for finding in reader.read(question, [_readable(sentence) for sentence in sentences]).findings:
        found[finding.passage] = max(found[finding.passage], finding.score)
    return found


def _readable(sentence: str) -> Readable:
    document, passage = Document("", sentence, "text", ""), Passage("", "", 0, len(sentence), sentence, 1.0)
    return Readable(passage, document, (Unit(0, len(sentence), "sentence"),))

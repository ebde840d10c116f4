"""Sentences with [n] in what a language model writes, as soon as each is whole.

Takes any placing of the numbers that models use: behind the sentence, before its full stop, once for a paragraph, "[1, 2]",
"(passage 2)". Lets go of a model's thinking, of list marks, of repetitions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.text.sentences import sentence_spans
from qa.llm.prompts import NO_ANSWER, neutral

MAX_SENTENCE = 600  # characters
MAX_SENTENCES = 40
MAX_RUN = 2500  # characters without the end of a sentence: no answer is written like that
REPEATS = 3  # a sentence that comes so often: the model goes round in circles

_NUMBERS = r"\d{1,3}(?:\s*(?:[,;&–-]|and)\s*(?:[Pp]assages?\s*)?\d{1,3})*"
_INTRODUCED = r"(?:(?:[Aa]ccording to|[Ff]rom|[Ii]n|[Ss]ee)\s+)?(?:[Pp]assages?\s*)?"
_MARK = re.compile(
    rf"\s*{_INTRODUCED}[\[【]\s*(?:[Pp]assages?\s*)?({_NUMBERS})\s*[\]】](?:,(?=\s))?"
    rf"|\s*\((?:[Pp]assages?|[Ss]ources?)\s*({_NUMBERS})\)"
)
_BULLET = re.compile(r"^\s*(?:[-*•–#>]+|\d{1,2}[.)])\s+")
_EMPHASIS = re.compile(r"\*\*|__|`")
_LABEL = re.compile(r"^\s*(?:final\s+)?answer\s*:\s*", re.IGNORECASE)
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)|\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence that a model wrote; `passages` are positions of the passages that it cites, counted from 0, empty when it names none."""

    text: str
    passages: tuple[int, ...]


class Endless(Exception):
    """The model goes round in circles or never ends a sentence; what it wrote before was given."""


def drafts(pieces: Iterable[str], count: int) -> Iterator[Draft]:
    """The sentences of a text that comes in pieces; numbers outside 1..`count` are let go. A sentence comes once.

    Raises `Endless` when the text repeats itself or does not end its sentences.
    """
    once = _Once()
    written, whole = "", 0  # `whole` lines were given
    for piece in pieces:
        written += piece
        lines = without_thought(written).split("\n")
        for line in lines[whole:-1]:
            yield from once.of(_line(line, count), whole=True)
        whole = max(whole, len(lines) - 1)
        if len(lines[-1]) > MAX_RUN:
            raise Endless
        yield from once.of(_settled(_line(lines[-1], count)), whole=False)
    for line in without_thought(written).split("\n")[whole:]:
        yield from once.of(_line(line, count), whole=True)


class _Once:
    """Lets each sentence through once and counts how often it comes."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.times: Counter[str] = Counter()

    def of(self, found: Iterable[Draft], *, whole: bool) -> Iterator[Draft]:
        """The new ones among `found`; only sentences of whole lines count, an unfinished line is looked at again and again."""
        for draft in found:
            key = " ".join(re.findall(r"\w+", draft.text.casefold()))
            self.times[key] += whole
            if self.times[key] > REPEATS or len(self.given) > MAX_SENTENCES:
                raise Endless
            if key not in self.given:
                self.given.add(key)
                yield draft


def without_thought(written: str) -> str:
    """What is meant for the reader: without <think>...</think>, also when it is not closed yet or was never opened."""
    return _THOUGHT.sub("", written)


def refuses(text: str) -> bool:
    """Whether a sentence is the fixed refusal."""
    return " ".join(re.findall(r"\w+", text)).casefold() == NO_ANSWER.casefold()


def _settled(found: list[Draft]) -> list[Draft]:
    """Of an unfinished line the sentences that what follows cannot change: up to the last that has a number and one behind it."""
    marked = [n for n, draft in enumerate(found[:-1]) if draft.passages]
    return found[: marked[-1] + 1] if marked else []


def _line(line: str, count: int) -> list[Draft]:
    """The sentences of one line. A sentence without a number has those of the next one that has some: models cite a paragraph once."""
    line = _LABEL.sub("", _EMPHASIS.sub("", _BULLET.sub("", line)))
    plain, marks = _taken_out(line)
    spans = sentence_spans(plain)
    numbers: list[list[int]] = [[] for _ in spans]
    for at, found in marks:
        behind = [n for n, span in enumerate(spans) if span.start < at]
        if spans:
            numbers[behind[-1] if behind else 0] += found
    made: list[Draft] = []
    after: tuple[int, ...] = ()
    for span, cited in reversed(list(zip(spans, numbers, strict=True))):
        known = tuple(dict.fromkeys(n - 1 for n in cited if 1 <= n <= count))
        after = known or after
        text = neutral(plain[span.start : span.end], MAX_SENTENCE + 1).strip().strip('"“”').strip()
        if any(c.isalnum() for c in text) and len(text) <= MAX_SENTENCE and not text.endswith(":"):
            made.append(Draft(text, after))
    return made[::-1]


def _taken_out(line: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """The line without its marks, and where in it each stood, with its numbers."""
    plain, marks, done = "", [], 0
    for match in _MARK.finditer(line):
        plain += line[done : match.start()]
        marks.append((len(plain), _numbers(match[1] or match[2])))
        done = match.end()
    return plain + line[done:], marks


def _numbers(text: str) -> list[int]:
    """ "1, 3-5" as 1, 3, 4, 5."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?:\s*[–-]\s*(?:[Pp]assages?\s*)?(\d+))?", text):
        found += range(int(first), min(int(last), int(first) + 20) + 1) if last else [int(first)]
    return found

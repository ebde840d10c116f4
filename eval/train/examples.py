"""One training example of the reader: a question, a window of a text as units, and which of them are evidence.

Pure functions over texts; knows nothing of files, tokens or networks.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from index.schema import Span
from index.text.sentences import sentence_spans

WINDOW = 900  # characters; some 200 tokens, as a passage has when the product reads it
_MARKS = re.compile(r"(?:[-*•>#|]+|\d{1,2}[.)])\s+")
_NAME = re.compile(r"\b[A-Z][\w&'’.-]*[\w](?:\s+(?:of|the|and|de|&)?\s?[A-Z][\w&'’.-]*\w)*")
_NUMBER = re.compile(r"\b\d[\d.,:/-]*\b")
_QUESTION_WORDS = frozenset(
    "What Who When Where Which Why How In Is Are Do Does Did On At For The Whose Whom Was Were Can Has Have To From I By According".split()
)


@dataclass(frozen=True, slots=True)
class Example:
    """`units` are (start, end) in `passage`; `evidence` positions among them. `known` is False where only the passage's answer is
    known, not which unit gives it. `short` is the short answer in `passage`, None where there is none or it is not known."""

    source: str
    question: str
    passage: str
    units: tuple[tuple[int, int], ...]
    evidence: tuple[int, ...]
    answers: bool
    context: str = ""
    known: bool = True
    short: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """The example as it is written, a line each."""
        return asdict(self)


def split_units(text: str) -> list[Span]:
    """Units of a training text: its lines (list and table marks left out), and the sentences in lines of prose."""
    spans: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        start, end = line.start(), line.end()
        mark = _MARKS.match(text, start + len(line.group()) - len(line.group().lstrip()))
        start = mark.end() if mark else start
        if " | " in line.group():
            stripped = text[start:end]
            lead = len(stripped) - len(stripped.lstrip(" |"))
            spans.append(Span(start + lead, start + max(len(stripped.rstrip(" |")), lead)))
        else:
            spans.extend(sentence_spans(text, start, end))
    return [s for s in spans if any(c.isalnum() for c in text[s.start : s.end])]


def window(text: str, units: Sequence[Span], must: Sequence[int], rng: random.Random, size: int = WINDOW) -> tuple[int, int]:
    """The first and last (exclusive) unit of a window of neighbours that holds those of `must` which fit, at a random place."""
    first, last = (must[0], must[0] + 1) if must else (lambda i: (i, i + 1))(rng.randrange(len(units)))
    for wanted in must[1:]:
        if units[wanted].end - units[first].start <= size:
            last = wanted + 1
    room = size * rng.uniform(0.5, 1.0)
    while True:
        sides = [s for s in (-1, 1) if (first > 0 if s < 0 else last < len(units))]
        rng.shuffle(sides)
        for side in sides:
            grown = (first - 1, last) if side < 0 else (first, last + 1)
            if units[grown[1] - 1].end - units[grown[0]].start <= max(room, units[last - 1].end - units[first].start):
                first, last = grown
                break
        else:
            return first, last


def cut(
    source: str, question: str, text: str, units: Sequence[Span], evidence: Sequence[int], rng: random.Random,
    *, context: str = "", known: bool = True, short: tuple[int, int] | None = None, answers: bool | None = None,
) -> Example:  # fmt: skip
    """An example from a window around the evidence (anywhere when there is none)."""
    first, last = window(text, units, evidence, rng)
    base, end = units[first].start, units[last - 1].end
    inside = tuple(i - first for i in evidence if first <= i < last)
    held = short if short and base <= short[0] and short[1] <= end and inside else None
    return Example(
        source, question, text[base:end], tuple((u.start - base, u.end - base) for u in units[first:last]), inside,
        bool(inside) if answers is None else answers, context, known, (held[0] - base, held[1] - base) if held else None,
    )  # fmt: skip


def covering(units: Sequence[Span], spans: Sequence[tuple[int, int]]) -> list[int]:
    """The units that hold a part of one of the spans."""
    return [i for i, u in enumerate(units) if any(u.start < end and start < u.end for start, end in spans)]


def without_evidence(example: Example) -> Example | None:
    """The same passage with its evidence left out: it looks right and does not answer. None when nothing would be left."""
    kept = [u for i, u in enumerate(example.units) if i not in example.evidence]
    if len(kept) < 2 or not example.known:
        return None
    parts, units, at = [], [], 0
    for start, end in kept:
        parts.append(example.passage[start:end])
        units.append((at, at + end - start))
        at += end - start + 1
    return replace(example, passage="\n".join(parts), units=tuple(units), evidence=(), answers=False, short=None)


def names_and_numbers(text: str) -> list[tuple[int, int, str]]:
    """Capitalised names and numbers with their places; the word that opens a question is none."""
    found = []
    for kind, pattern in (("name", _NAME), ("number", _NUMBER)):
        for match in pattern.finditer(text):
            if kind == "number" or (match.group() not in _QUESTION_WORDS and match.start() > 0):
                found.append((match.start(), match.end(), kind))
    return found


def exchanged(example: Example, others: Sequence[str], rng: random.Random) -> Example | None:
    """The question with a name, number or year of it that the passage holds exchanged for one from `others` that it does not hold.

    None when the question has none that can be exchanged.
    """
    low = f"{example.context}\n{example.passage}".lower()
    places = [p for p in names_and_numbers(example.question) if example.question[p[0] : p[1]].lower() in low]
    if not places:
        return None
    start, end, kind = rng.choice(places)
    old = example.question[start:end]
    if kind == "number":
        new = another_number(old, rng)
    else:
        fitting = [o for o in others if o.lower() not in low and abs(o.count(" ") - old.count(" ")) <= 1]
        if not fitting:
            return None
        new = rng.choice(fitting)
    if new.lower() in low:
        return None
    question = example.question[:start] + new + example.question[end:]
    return replace(example, question=question, evidence=(), answers=False, short=None, known=True)


def another_number(old: str, rng: random.Random) -> str:
    """A number written like `old` with one digit changed; a year moves by a few years."""
    digits = [i for i, c in enumerate(old) if c.isdigit()]
    year = len(old) == 4 and old.isdigit() and old[:2] in ("18", "19", "20")
    if year:
        return str(int(old) + rng.choice([-3, -2, -1, 1, 2, 3, 10]))
    at = rng.choice(digits)
    return old[:at] + rng.choice([d for d in "123456789" if d != old[at]]) + old[at + 1 :]

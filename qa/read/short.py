"""The short answer inside a unit: the reader's likeliest span that fits what the question asks.

The reader's logits say where an answer begins and ends; they are sometimes taken in by the question's own words, by another thing's number,
or cut a date. Knows one unit at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.schema import Unit
from qa.english.lexicon import content_stems, tokens
from qa.english.quantities import Quantity, find_quantities
from qa.read.protocol import Span

LONGEST = 24  # tokens of a short answer
CANDIDATES = 6  # spans apart from one another that are looked at
# How much lower the logits of another number may add up than the likeliest one's, where more of the question's words stand beside it. Of
# 2,429 short answers 2 mends seven and spoils three, 1 mends two and spoils one (docs/decisions.md).
NEAR = 2.0
_CODE = re.compile(r"\w+(?:[-/_]\w+|[.,:]\d+)*")
_ORDINAL = re.compile(r"\.[ \xa0][^\W\d_]+")  # "27. Juli": the sentence does not end there, it is one unit
_OR = re.compile(r"\b(?:or|oder)\b", re.IGNORECASE)
_APART = re.compile(r"[,;:]\s|\n|\b(?:and|but|or|und|aber|oder)\b")
_HOW_MANY = re.compile(r"\b(?:how many|wie viele?) (?P<noun>[^\W\d_]+)", re.IGNORECASE)
_OF_A_KIND = frozenset({"count", "measure", "year"})


class Place(NamedTuple):
    """A token of the passage that lies in the unit: its row in the logits, and its characters in the document."""

    row: int
    start: int
    end: int


class Short(NamedTuple):
    """A span of the document's text and how sure the reader is of it: the logits of its first and last token, added up."""

    start: int
    end: int
    sure: float


def short_answer(question: str, text: str, unit: Unit, places: Sequence[Place], logits: NDArray[np.float32], columns: Span) -> Short | None:
    """The short answer to a question in a unit of `text`, in whole words; None where only words of the question are left.

    `logits` are those of the whole passage (tokens, heads), `columns` the heads for first and last token.
    """
    rows = [place.row for place in places]
    scores = logits[rows, columns[0]][:, None] + logits[rows, columns[1]][None, :]
    found = [_whole(text, unit, span) for span in _apart(scores, places, unit)]
    if not _OR.search(question):  # else one of its words is the answer
        asked = {token.stem for token in tokens(question)}
        found = [span for span in found if not _repeats(asked, text[span.start : span.end])]
    if not found or unit.kind == "row":  # what of a row is asked is told by its columns
        return found[0] if found else None
    return _counted(question, text, unit, found[0], places, scores) or _nearer(question, text, unit, found)


def _apart(scores: NDArray[np.float32], places: Sequence[Place], unit: Unit) -> Iterator[Short]:
    """The likeliest spans that do not overlap, best first."""
    n = len(places)
    length = np.arange(n)[None, :] - np.arange(n)[:, None]
    left = np.where((length >= 0) & (length < LONGEST), scores, -np.inf)
    for _ in range(CANDIDATES):
        first, last = divmod(int(np.argmax(left)), n)
        if not np.isfinite(left[first, last]):
            return
        span = Short(max(places[first].start, unit.start), min(places[last].end, unit.end), float(left[first, last]))
        if span.start < span.end:
            yield span
        left[: last + 1, first:] = -np.inf


def _whole(text: str, unit: Unit, span: Short) -> Short:
    """A span that begins or ends inside a word, a code or a number ("HLH-2231" of "HLH-2231-B", "27" of "27. Juli"), with all of it."""
    words = [match.span() for match in _CODE.finditer(text, unit.start, unit.end)]
    start = next((first for first, last in words if first < span.start < last), span.start)
    end = next((last for first, last in words if first < span.end < last), span.end)
    ordinal = _ORDINAL.match(text, end, unit.end) if text[end - 1].isdigit() else None
    return Short(start, ordinal.end() if ordinal else end, span.sure)


def _repeats(asked: set[str], said: str) -> bool:
    """Whether every word was in the question."""
    return bool(stems := [token.stem for token in tokens(said)]) and all(stem in asked for stem in stems)


def _counted(question: str, text: str, unit: Unit, best: Short, places: Sequence[Place], scores: NDArray[np.float32]) -> Short | None:
    """The number of what "how many" asks for, where the reader's span has none or only numbers of other things."""
    noun = _HOW_MANY.search(question)
    if noun is None:
        return None
    wanted = tokens(noun["noun"])[0].stem
    numbers = find_quantities(text[unit.start : unit.end])
    inside = [q for q in numbers if unit.start + q.start < best.end and best.start < unit.start + q.end]
    if any(_bare(q) for q in inside):
        return None
    of_it = [q for q in numbers if q.kind in _OF_A_KIND and _counts(text[unit.start : unit.end], q, wanted)]
    if not of_it or (len(inside) == 1 and inside[0] in of_it):
        return None

    def sure(q: Quantity) -> float:
        within = [n for n, place in enumerate(places) if place.start < unit.start + q.end and unit.start + q.start < place.end]
        return float(np.max(scores[np.ix_(within, within)])) if within else -np.inf

    number = max(of_it, key=sure)
    return Short(unit.start + number.start, unit.start + number.end, best.sure)


def _bare(number: Quantity) -> bool:
    """Whether a number says nothing of what it counts: "9 have accepted"."""
    return number.kind == "count" and not number.unit and number.noun is None


def _counts(text: str, number: Quantity, wanted: str) -> bool:
    """Whether the wanted word stands in a number's span or among the next two words."""
    behind = tokens(text[number.end :])[:2]
    return any(token.stem == wanted for token in (*tokens(number.text), *behind))


def _nearer(question: str, text: str, unit: Unit, found: Sequence[Short]) -> Short:
    """The likeliest span, or, where that is a number, another number hardly less likely that has more of the question beside it."""
    best, *others = found
    if not _has_digit(text, best):
        return best
    asked = set(content_stems(question))
    beside = len(asked & _beside(text, unit, best))
    close = (one for one in others if best.sure - one.sure < NEAR and _has_digit(text, one))
    return next((one for one in close if len(asked & _beside(text, unit, one)) > beside), best)


def _has_digit(text: str, span: Short) -> bool:
    return any(sign.isdigit() for sign in text[span.start : span.end])


def _beside(text: str, unit: Unit, span: Short) -> set[str]:
    """The stems around a span up to the next comma or "and"."""
    start = max((m.end() for m in _APART.finditer(text, unit.start, span.start)), default=unit.start)
    stop = _APART.search(text, span.end, unit.end)
    return set(content_stems(f"{text[start : span.start]} {text[span.end : stop.start() if stop else unit.end]}"))

"""Where a short answer stands, in a sentence or in the cell of a row, and what its number counts there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.dates.published import dateline_in
from index.text.sentences import sentence_spans
from qa.check.figures.values import currencies
from qa.english.lexicon import content_stems
from qa.english.quantities import Quantity, find_quantities
from qa.read.choose import Choice

_CELL = " | "
_AGAINST = re.compile(r"(?:\W+\w+){0,2}?\W+(?:not|instead of|rather than|(?:up |down )?from)\s(?:the\s)?")


@dataclass(frozen=True, slots=True)
class Stated:
    """Where a short answer stands: `text[start:end]`, in a sentence, or in a row with the names of its columns, in the cell that begins at
    `cell` (None in a sentence)."""

    text: str
    start: int
    end: int
    cell: int | None = None


def stated(choice: Choice) -> Stated:
    """The sentence or row of a piece's short answer; of a piece without one its whole quote."""
    quote, short = choice.evidence.quote, choice.evidence.highlight
    if short is None:
        return Stated(quote, 0, len(quote))
    start, end = (min(max(0, at - choice.evidence.start), len(quote)) for at in short)
    between = "\n" if "#row-" in choice.evidence.source else _CELL
    if between in quote:
        return _in_row(quote, start, end, between, choice.said)
    sentence = next((s for s in sentence_spans(quote) if s.start <= start < s.end), None)
    first, last = (sentence.start, max(sentence.end, end)) if sentence else (0, len(quote))
    return Stated(quote[first:last], start - first, end - first)


def _in_row(quote: str, start: int, end: int, between: str, said: str) -> Stated:
    """A value in a row; the row as it is `said`, with the names of its columns, where that has the same cells."""
    before = quote.rfind(between, 0, start)
    cell = before + len(between) if before >= 0 else 0
    cells = said.split(between)
    if len(cells) != quote.count(between) + 1:
        return Stated(quote, start, end, cell)
    n = quote.count(between, 0, start)
    at = sum(len(text) + len(between) for text in cells[:n])
    moved = at + len(cells[n]) - len(quote.split(between)[n]) - cell
    return Stated(said, start + moved, end + moved, at)


def is_value(told: Stated) -> bool:
    """Whether a short answer can be a value: no part of a number ("7" of "7.1"), and not the date of the line that a report opens with
    ("HARBOUR, June 4, 2023 (Agency) -")."""
    cut = re.search(r"\d[.,]?$", told.text[: told.start]) or re.match(r"[.,]?\d", told.text[told.end :])
    hit = dateline_in(told.text)
    return not cut and not (hit is not None and hit.start < told.end and told.start < hit.end)


def set_against(told: Stated) -> list[Quantity]:
    """The amounts that a sentence sets its value against: 30 in "20, not 30", "20 instead of 30", "20 from 30"; none in a row."""
    if told.cell is not None:
        return []
    return [q for q in find_quantities(told.text) if q.start > told.end and _AGAINST.fullmatch(told.text, told.end, q.start)]


def is_about(told: Stated) -> bool:
    """Whether a number is said to be rounded."""
    return any(q.bound == "about" and q.start < told.end and told.start < q.end for q in find_quantities(told.text))


def counted(told: Stated) -> list[str]:
    """The stem of what a value counts, as its sentence has it: "jobs" in "1,150 new jobs"; none of money and shares."""
    found = next(
        (q.noun for q in find_quantities(told.text) if q.kind == "count" and q.start < told.end and told.start < q.end and q.noun), ""
    )
    return [] if currencies(found) else content_stems(found)


def figures(told: Stated) -> set[str]:
    """The stems of the numbers of a sentence and of their units."""
    return {word for q in find_quantities(told.text) for word in content_stems(f"{q.text} {q.noun if currencies(q.noun or '') else ''}")}

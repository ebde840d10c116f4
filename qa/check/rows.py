"""Figures of a table row under the right column: a veto that is certain where the row names its columns.

"Adult | 2023: 1.84 | 2026: 2.18" does not say that an adult paid 1.84 in 2026. Knows rows of named cells, no tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations

_CELL = re.compile(r"(?:^|[|;]\s*)(?P<name>[^|:;]{1,60}):\s*(?P<value>[^|;]*)")
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
MOST = 6  # figures of one sentence that are paired; more would be a table told in words


def misplaced(claim: str, rows: Sequence[str]) -> str:
    """The figure that `claim` puts under another column than a row does, empty when there is none. A figure is under the column that is
    named nearest to it when all are paired so that the ways are shortest."""
    words = _words(claim)
    for row in rows:
        cells = {name: _words(value) for name, value in _cells(row) if any(c.isdigit() for c in value)}
        columns = {name: at for name in cells if (at := _places(words, _words(name)))}
        held = [(at, name) for name, value in cells.items() for at in _figure(words, value) if at not in _taken(columns)]
        figures = [(at, {n for a, n in held if a == at}) for at in sorted({a for a, _ in held})][:MOST]
        if columns and figures and (wrong := _wrong(figures, columns)) is not None:
            return words[wrong]
    return ""


def of_another_row(claim: str, row: str, others: Sequence[str]) -> bool:
    """Whether a claim that states a figure of `row` names another row of the table, and nothing by which this one differs from it: "A child
    pays 2.18" where that is an adult's fare."""
    words = set(_words(claim))
    mine = _labels(row)
    if not any(_figure(_words(claim), _words(value)) for _, value in _cells(row) if any(c.isdigit() for c in value)):
        return False
    for other in others:
        theirs = _labels(other)
        if words & (theirs - mine) and not words & (mine - theirs) and not _states(other, claim, row):
            return True
    return False


def _labels(row: str) -> set[str]:
    """The words of the cells without a figure, which tell one row from another."""
    return {word for _, value in _cells(row) if not any(c.isdigit() for c in value) for word in _words(value)}


def _states(other: str, claim: str, row: str) -> bool:
    """Whether the other row holds every figure of `row` that the claim states."""
    words = _words(claim)
    stated = {figure for _, value in _cells(row) for figure in _words(value) if figure[0].isdigit() and figure in words}
    return stated <= {figure for _, value in _cells(other) for figure in _words(value)}


def narrowed(row: str, claim: str) -> str:
    """A row of named cells without those whose figure the claim does not state: what it says of the others is nobody's question. A row
    without names, or one of which nothing would be left, stays whole."""
    words = _words(claim)
    cells = _cells(row)
    kept = [(name, value) for name, value in cells if not any(c.isdigit() for c in value) or _figure(words, _words(value))]
    stated = any(c.isdigit() for _, value in kept for c in value)
    return " | ".join(f"{name}: {value}" for name, value in kept) if stated and len(kept) < len(cells) else row


def _wrong(figures: Sequence[tuple[int, set[str]]], columns: dict[str, list[int]]) -> int | None:
    places = [(at, name) for name, found in columns.items() for at in found]
    short = min(len(figures), len(places))
    # Every figure wants a column of its own; with fewer columns than figures the first ones of the best pairing are judged.
    best = min(
        permutations(range(len(places)), short) if len(places) <= MOST else [tuple(range(short))],
        key=lambda chosen: sum(abs(figures[i][0] - places[p][0]) for i, p in enumerate(chosen)),
    )
    for i, p in enumerate(best):
        if places[p][1] not in figures[i][1]:
            return figures[i][0]
    return None


def _cells(row: str) -> list[tuple[str, str]]:
    return [(match["name"].strip(), match["value"].strip()) for match in _CELL.finditer(row)]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _places(words: Sequence[str], wanted: Sequence[str]) -> list[int]:
    return [i for i in range(len(words) - len(wanted) + 1) if wanted and words[i : i + len(wanted)] == list(wanted)]


def _figure(words: Sequence[str], value: Sequence[str]) -> list[int]:
    """Where the first figure of a cell stands among the words."""
    figure = next((word for word in value if word[0].isdigit()), None)
    return [i for i, word in enumerate(words) if word == figure]


def _taken(columns: dict[str, list[int]]) -> set[int]:
    """Places of words that name columns ("2023") and are therefore no figures."""
    return {at + n for name, found in columns.items() for at in found for n in range(len(_words(name)))}

"""Whether the first row of a table names its columns, or is a row like the others.

A row whose cells hold the same kinds of figures as those below names nothing; years, quarters and running numbers may. Goes by the shapes
of the cells alone: a first row of words is taken for names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

TIME_NAME = re.compile(
    r"(?i)(?:(?:q[1-4]|h[12]|fy|[a-z]{3,9}\.?)[ /-]?)?(?:1[89]|20|21)\d\d(?:[-/]\d\d(?:\d\d)?)?(?:[ /-]?(?:q[1-4]|h[12]))?|q[1-4]|h[12]"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}:\d\d"
)
_OF_WHAT = re.compile(r"\s*(?:\([^()]{1,30}\)|\[[^\[\]]{1,30}\])$")  # "2025 (€/m2)": of a time, in what it is measured
_FIGURE = re.compile(r"\d(?:[\d.,'’ \u00a0\u202f]*\d)?")
_WORD = re.compile(r"[^\W\d_]+")


def names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of the rows names the columns of the others; rows are texts of cells, "" where one is empty."""
    first, below = rows[0], rows[1:]
    figures = [n for n, text in enumerate(first) if not _is_name(text, [row[n] for row in below if n < len(row) and row[n]])]
    if not figures:
        return True
    # Running numbers name columns when the corner is a word or empty and no numbers name the rows.
    numbers = [int(first[n]) for n in figures if first[n].isdecimal() and len(first[n]) < 10]
    steps = {b - a for a, b in pairwise(numbers)} if len(numbers) == len(figures) else set()
    counted = steps == {1} or (len(steps) == 1 and len(numbers) > 2 and min(steps) > 0)
    return counted and 0 not in figures and not any(row and row[0][:1].isdigit() for row in below)


def _is_name(text: str, below: Sequence[str]) -> bool:
    """Whether a cell may name the column of the cells below it: it has no figure, or another kind of figure than most of them have."""
    if not any(c.isdigit() for c in text):
        return True
    if below and 2 * sum(_shape(other) == _shape(text) for other in below) >= len(below):
        return False
    figures = sum(any(c.isdigit() for c in other) for other in below)
    return not text[0].isdigit() or _is_time(text) or (bool(below) and 2 * figures > len(below))


def _is_time(text: str) -> bool:
    return TIME_NAME.fullmatch(_OF_WHAT.sub("", text)) is not None


def _shape(text: str) -> str:
    """A cell without what differs from row to row: "ext. 12" as "a. 0", "0555 210" as "0", a year or date as "time"."""
    return "time" if TIME_NAME.fullmatch(text) else _WORD.sub("a", _FIGURE.sub("0", text))

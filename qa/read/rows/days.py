"""Tables by weekday that lack the day asked for: hours from Monday to Friday say nothing of Saturday.

A reader takes the neighbouring day for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from qa.english.number_words import WEEKDAYS
from qa.read.protocol import Reading
from qa.read.rows.tables import Key, Table, without_tables

_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"\W*(?:[-–—]|to|until|till|through)\W*", re.IGNORECASE)
_JOINS = frozenset("and to until till through on every the".split())
_SEVERAL = {"weekday": range(5), "weekend": (5, 6), "daily": range(7)}
_SHORTEST = 3  # letters of an abbreviated day


def without_lacking_day(question: str, reading: Reading, tables: Mapping[Key, Table]) -> Reading:
    """The reading with the rows lowered of those of its `tables` whose rows or columns are weekdays, none of them one asked for."""
    asked = days_in(question)
    silent = {key for key, table in tables.items() if asked and (covered := _covered(table)) and not covered & asked}
    return without_tables(reading, silent)


def days_in(text: str) -> set[int]:
    """The weekdays that a text names, Monday 0, with those between two of a span ("Mon–Thu") and those of "weekend"."""
    days: set[int] = set()
    last: tuple[int, int] | None = None  # a day, and where its name ends
    for match in _WORD.finditer(text):
        several = _SEVERAL.get(match.group().lower().removesuffix("s"), ())
        day = _day(match.group())
        days |= set(several) if day is None else {day}
        if day is not None and last is not None and _BETWEEN.fullmatch(text, last[1], match.start()):
            days |= {n % 7 for n in range(last[0], day + 7 * (day < last[0]))}
        last = (day, match.end()) if day is not None else last
    return days


def _covered(table: Table) -> set[int]:
    """The days of a table, one or more a row or a column; empty where something else stands among the rows, or no days do."""
    labels = [next(iter(row.values()), "") for row in table.rows.values()]
    if len(labels) > 1 and all(_is_days(label) for label in labels):
        return _all_days(labels)
    columns = [column for column in dict.fromkeys(column for row in table.rows.values() for column in row) if _is_days(column)]
    return _all_days(columns) if len(columns) > 1 else set()


def _is_days(text: str) -> bool:
    """Whether a text is one or more days, with nothing else but words that join them."""
    words = [word for word in _WORD.findall(text) if word.lower() not in _JOINS]
    return bool(words) and all(_day(word) is not None or word.lower().removesuffix("s") in _SEVERAL for word in words)


def _all_days(texts: Iterable[str]) -> set[int]:
    return {day for text in texts for day in days_in(text)}


def _day(word: str) -> int | None:
    folded = word.lower().removesuffix("s") if len(word) > 6 else word.lower()
    return next((n - 1 for name, n in WEEKDAYS.items() if len(folded) >= _SHORTEST and name.startswith(folded)), None)

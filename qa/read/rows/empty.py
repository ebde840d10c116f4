"""Cells that a table leaves empty: the row is there, the column is there, and nothing stands where they meet.

A reader takes the neighbour's figure for it. Asked for the call-out charge of a firm whose cell is empty, the table does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa.english.lexicon import abbreviates, content_stems
from qa.read.protocol import Reading
from qa.read.rows.tables import Key, Table, without_tables


def without_empty(question: str, reading: Reading, tables: Mapping[Key, Table]) -> Reading:
    """The reading with the rows of those of its `tables` lowered that leave empty what is asked for."""
    silent = {key for key, table in tables.items() if _leaves_empty(question, table)}
    return without_tables(reading, silent)


def _leaves_empty(question: str, table: Table) -> bool:
    """Whether the rows that the question names best, by words that do not stand above the table, leave empty all columns that it names."""
    if len(table.rows) < 2:
        return False
    words = set(content_stems(question))
    rows = list(table.rows.values())
    found = [len((words - table.above) & set(content_stems(" ".join(row.values())))) for row in rows]
    named = [row for row, n in zip(rows, found, strict=True) if n == max(found) > 0]
    asked = {column for column in {column for row in rows for column in row} if _names(question, words, column)}
    return bool(named) and all(_lacks(row, asked, words) for row in named)


def _names(question: str, words: set[str], column: str) -> bool:
    dated = any(_is_year(word) for word in words)  # "Late 13.00-17.30" is named by "late", "Fee 2026" beside "Fee 2025" by its year too
    stems = {stem for stem in content_stems(column) if not any(c.isdigit() for c in stem) or (dated and _is_year(stem))}
    return (bool(stems) and stems <= words) or any(abbreviates(column, word) for word in question.split())


def _is_year(stem: str) -> bool:
    return stem.isdigit() and len(stem) == 4


def _lacks(row: dict[str, str], asked: set[str], words: set[str]) -> bool:
    """Whether none of the columns asked for has a value here, but those whose value the question itself gives."""
    given = {column for column, value in row.items() if set(content_stems(value)) <= words}
    wanted = asked - given - {next(iter(row), "")}
    return bool(wanted) and not wanted & row.keys()

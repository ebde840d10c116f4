"""The tables that passages show rows of, as columns and values: what tells one row from the others.

Rows of one header are one table, and records of one file (`contacts.csv#row-2`) are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from index.schema import Unit
from index.structure.cells import cells_of
from qa.english.lexicon import content_stems
from qa.read.protocol import Readable, Reading

_PAIR = re.compile(r"(?m)^([^:\n]{1,60}): +(\S.*)$")
_RECORD = re.compile(r"#row-\d+$")
# Taken from the logit of all rows of a table that does not have what is asked for: .98 falls below the floor. Not swept.
LESS = 4.0
Key = tuple[str, int | None, tuple[int, ...]]
Place = tuple[str, int]
"""A row by its document and where it begins."""


@dataclass(slots=True)
class Table:
    """A table: the values of its rows by column, in order (the first says what a row is about), and the stems of the words above it."""

    rows: dict[Place, dict[str, str]] = field(default_factory=dict)
    above: set[str] = field(default_factory=set)


def tables_of(reading: Reading, units_of: Callable[[str], Sequence[Unit]]) -> dict[Key, Table]:
    """The tables of which a passage has a row, with all rows of their documents; `units_of` gives a document's units by its source."""
    tables: dict[Key, Table] = {}
    for passage in reading.passages:
        source, units = passage.document.source, units_of(passage.document.source)
        wanted = {key_of(source, unit) for unit in passage.units if unit.kind == "row"}
        for unit in units if wanted else ():
            key = key_of(source, unit)
            if unit.kind == "row" and key in wanted:
                table = tables.setdefault(key, Table(above=set(content_stems(passage.context.partition("\n")[0]))))
                table.rows.setdefault((source, unit.start), _values(passage, unit, units))
    return tables


def is_record(source: str) -> bool:
    """Whether a document is one record of a file."""
    return _RECORD.search(source) is not None


def key_of(source: str, unit: Unit) -> Key:
    """What the rows of one table have in common."""
    record = _RECORD.sub("", source)
    return (source, unit.hangs, unit.path) if record == source else (record, None, ())


def _values(passage: Readable, unit: Unit, units: Sequence[Unit]) -> dict[str, str]:
    text = passage.document.text
    if is_record(passage.document.source):
        return {m[1].strip(): m[2] for m in _PAIR.finditer(text, unit.start, unit.end)}
    header = units[unit.hangs] if unit.hangs is not None else None
    return {cell.column: text[cell.start : cell.end] for cell in cells_of(text, unit, header) if cell.column}

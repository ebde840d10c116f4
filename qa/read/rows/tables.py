"""The tables that passages show rows of, as columns and values: what tells one row from the others.

Rows of one header are one table, and records of one file (`contacts.csv#row-2`) are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from index.schema import Document, Unit
from index.structure.cells import cells_of
from qa.english.lexicon import content_stems
from qa.read.protocol import Finding, Reading
from qa.read.weigh import lowered

_PAIR = re.compile(r"(?m)^([^:\n]{1,60}): +(\S.*)$")
_RECORD = re.compile(r"#row-\d+$")
# Taken from the logit of all rows of a table that does not have what is asked for: .98 falls below the floor. Not swept.
LESS = 4.0
Key = tuple[str, int | None, tuple[int, ...]]
Place = tuple[str, int]
"""A row by its document and where it begins."""
Home = tuple[Document, Sequence[Unit]]
"""A document with all of its units."""


@dataclass(slots=True)
class Table:
    """A table: the values of its rows by column, in order (the first says what a row is about), the stems of the words above it, which are
    its `title`; whether it is `whole`, or has those records of a file alone that were found."""

    rows: dict[Place, dict[str, str]]
    above: set[str]
    title: str
    whole: bool


def tables_of(
    reading: Reading, units_of: Callable[[str], Sequence[Unit]], records_of: Callable[[str], Sequence[Home]] | None = None
) -> dict[Key, Table]:
    """The tables of which a passage has a row, with all rows of their documents; `units_of` gives a document's units by its source,
    `records_of` all records of a file, none where they are too many."""
    tables: dict[Key, Table] = {}
    for passage in reading.passages:
        document, units = passage.document, units_of(passage.document.source)
        wanted = {key_of(document.source, unit) for unit in passage.units if unit.kind == "row"}
        for key in wanted:
            if key not in tables:
                title, record = passage.context.partition("\n")[0], is_record(document.source)
                records = records_of(key[0]) if records_of is not None and record else ()
                tables[key] = Table({}, set(content_stems(title)), title, whole=bool(records) or not record)
                for home in records or [(document, units)]:
                    _add(tables[key], key, *home)
            elif not tables[key].whole:
                _add(tables[key], key, document, units)
    return tables


def _add(table: Table, key: Key, document: Document, units: Sequence[Unit]) -> None:
    for unit in units:
        if unit.kind == "row" and key_of(document.source, unit) == key:
            table.rows.setdefault((document.source, unit.start), _values(document, unit, units))


def is_record(source: str) -> bool:
    """Whether a document is one record of a file."""
    return _RECORD.search(source) is not None


def key_of(source: str, unit: Unit) -> Key:
    """What the rows of one table have in common."""
    record = _RECORD.sub("", source)
    return (source, unit.hangs, unit.path) if record == source else (record, None, ())


def without_tables(reading: Reading, silent: Collection[Key]) -> Reading:
    """The reading with all rows lowered of the tables that do not answer."""

    def less(finding: Finding) -> float:
        source = reading.passages[finding.passage].document.source
        return LESS if finding.unit.kind == "row" and key_of(source, finding.unit) in silent else 0.0

    return lowered(reading, less) if silent else reading


def _values(document: Document, unit: Unit, units: Sequence[Unit]) -> dict[str, str]:
    text = document.text
    if is_record(document.source):
        return {m[1].strip(): m[2] for m in _PAIR.finditer(text, unit.start, unit.end)}
    header = units[unit.hangs] if unit.hangs is not None else None
    return {cell.column: text[cell.start : cell.end] for cell in cells_of(text, unit, header) if cell.column}

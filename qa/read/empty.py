"""Cells that a table leaves empty: the row is there, the column is there, and nothing stands where they meet.

A reader takes the neighbour's figure for it. Asked for the call-out charge of a firm whose cell is empty, the table does not answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.schema import Unit
from index.structure.cells import cells_of
from qa.english.lexicon import abbreviates, content_stems
from qa.read.protocol import Finding, Readable, Reading
from qa.read.weigh import less_likely

# Taken from the logit of all rows of a table whose cell that is asked for is empty: .98 falls below the floor. Not swept.
LESS = 4.0
_PAIR = re.compile(r"(?m)^([^:\n]{1,60}): +(\S.*)$")
_RECORD = re.compile(r"#row-\d+$")
Key = tuple[str, int | None, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's values by column, in order; the first one says what the row is about."""

    values: dict[str, str]

    def named(self, words: set[str]) -> int:
        """How many of the words stand in its values."""
        return len(words & set(content_stems(" ".join(self.values.values()))))


def without_empty(question: str, reading: Reading, units_of: Callable[[str], Sequence[Unit]]) -> Reading:
    """The reading with the rows of those tables lowered that leave empty what is asked for; `units_of` gives a document's units."""
    words = set(content_stems(question))
    rows: dict[Key, list[_Row]] = defaultdict(list)
    above: dict[Key, set[str]] = {}
    seen: set[tuple[str, int]] = set()
    for passage in reading.passages:
        source, units = passage.document.source, units_of(passage.document.source)
        wanted = {_key(source, unit) for unit in passage.units if unit.kind == "row"}
        for unit in units if wanted else ():
            if unit.kind == "row" and (source, unit.start) not in seen and _key(source, unit) in wanted:
                seen.add((source, unit.start))
                rows[_key(source, unit)].append(_row(passage, unit, units))
                above.setdefault(_key(source, unit), set(content_stems(passage.context.partition("\n")[0])))
    silent = {key for key, table in rows.items() if _leaves_empty(question, words, words - above[key], table)}
    if not silent:
        return reading

    def weighed(finding: Finding) -> Finding:
        source = reading.passages[finding.passage].document.source
        if finding.unit.kind != "row" or _key(source, finding.unit) not in silent:
            return finding
        return replace(finding, score=less_likely(finding.score, LESS), answers=less_likely(finding.answers, LESS))

    findings = [weighed(finding) for finding in reading.findings]
    findings.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
    return Reading(reading.passages, tuple(findings))


def _key(source: str, unit: Unit) -> Key:
    """What the rows of one table have in common; records of one file are one table."""
    record = _RECORD.sub("", source)
    return (source, unit.hangs, unit.path) if record == source else (record, None, ())


def _row(passage: Readable, unit: Unit, units: Sequence[Unit]) -> _Row:
    text = passage.document.text
    if _RECORD.search(passage.document.source):
        return _Row({m[1].strip(): m[2] for m in _PAIR.finditer(text, unit.start, unit.end)})
    header = units[unit.hangs] if unit.hangs is not None else None
    return _Row({cell.column: text[cell.start : cell.end] for cell in cells_of(text, unit, header) if cell.column})


def _leaves_empty(question: str, words: set[str], own: set[str], table: Sequence[_Row]) -> bool:
    """Whether the rows that the question names best have nothing in any column that it names; `own` are its words that do not stand above
    the table already."""
    if len(table) < 2:
        return False
    most = max(row.named(own) for row in table)
    named = [row for row in table if row.named(own) == most > 0]
    columns = {column for row in table for column in row.values}
    asked = {column for column in columns if _names(question, words, column)}
    return bool(named) and all(_lacks(row, asked, words) for row in named)


def _names(question: str, words: set[str], column: str) -> bool:
    stems = {stem for stem in content_stems(column) if not any(c.isdigit() for c in stem)}  # "Late 13.00-17.30"
    return (bool(stems) and stems <= words) or any(abbreviates(column, word) for word in question.split())


def _lacks(row: _Row, asked: set[str], words: set[str]) -> bool:
    """Whether none of the columns asked for has a value here, but those whose value the question itself gives."""
    given = {column for column, value in row.values.items() if set(content_stems(value)) <= words}
    first = next(iter(row.values), "")
    wanted = asked - given - {first}
    return bool(wanted) and not wanted & row.values.keys()

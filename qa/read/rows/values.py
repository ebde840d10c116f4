"""Rows picked by a value: those that have, in a column whose values repeat, the value that the question names.

"Which permits were refused?" asks for the rows with "refused" under "Status". A reader of single rows cannot tell what the others have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from qa.english.lexicon import content_stems
from qa.read.protocol import Finding, Reading
from qa.read.rows.tables import Key, Place, Table, key_of
from qa.read.weigh import lowered

# Added to the logit of such a row, taken from that of the table's other rows. Swept (docs/decisions.md): with more of the first the
# neighbours of a row that is not there come through.
FOUND, OTHER = 0.5, 1.0
_WORD = re.compile(r"[^\s,;:?!()]+")


def by_values(question: str, reading: Reading, tables: Mapping[Key, Table]) -> Reading:
    """The reading with rows raised that have the values which the question names, and the other rows of their table lowered; as it is
    where it names none. `tables` are those of the reading."""
    hits = {key: found for key, table in tables.items() if (found := _hits(question, table))}
    if not hits:
        return reading

    def less(finding: Finding) -> float:
        source = reading.passages[finding.passage].document.source
        found = hits.get(key_of(source, finding.unit)) if finding.unit.kind == "row" else None
        if found is None:
            return 0.0
        return -FOUND if (source, finding.unit.start) in found else OTHER

    return lowered(reading, less)


def _hits(question: str, table: Table) -> set[Place]:
    """The rows with most of the values that the question names; none where it names no value, or one that all rows have."""
    # A code is one word: "flat 4-05" names no flat with 4 rooms.
    named = {stem for word in _WORD.findall(question) if len(content_stems(word)) == 1 for stem in content_stems(word)}
    words = named - table.above
    held: dict[Place, int] = {}
    columns = {column for row in table.rows.values() for column in row}
    for column in columns:
        said = {place: row[column] for place, row in table.rows.items() if column in row}
        if len(set(said.values())) == len(said):  # every row has its own: a name, which the reader sees by itself
            continue
        stemmed = {value: frozenset(content_stems(value)) for value in set(said.values())}
        values = {place: stemmed[value] for place, value in said.items()}
        often = Counter(values.values())
        for place, stems in values.items():
            if stems and stems <= words - set(content_stems(column)) and often[stems] < len(table.rows):
                held[place] = held.get(place, 0) + 1
    most = max(held.values(), default=0)
    return {place for place, n in held.items() if n == most}

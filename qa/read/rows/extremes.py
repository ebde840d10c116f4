"""Extremes: the row whose figure or date is the highest or lowest of its column, read by rule over all rows of the table.

"Which building used most in 2025?" A reader sees one row at a time and cannot compare. What cannot be compared for certain (figures of
several units, two columns that the question may mean, rows that are not in view) is left to the reader.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from qa.english.lexicon import content_stems
from qa.read.protocol import Finding, Reading
from qa.read.rows.degrees import Degree, degree_of
from qa.read.rows.figures import Figures, Value, figures_of
from qa.read.rows.tables import Key, Place, Table, is_record, key_of
from qa.read.weigh import lowered

# Taken from the logit of the table's other rows, which are not what was asked for; of the row that a winner was compared with; of a table's
# rows where the rule cannot tell the extreme, and a reader even less.
OTHER, BEATEN, UNTOLD = 4.0, 0.3, 0.5
_NAMED = 2  # how many words of the question the scale's own name counts as: "Price" for the cheapest


@dataclass(frozen=True, slots=True)
class Extreme:
    """The rows that have the highest or lowest of a column (several where they tie), and the others that were compared, all of the table
    or those that the question names. `blank` ones of them have no figure."""

    column: str
    high: bool
    found: frozenset[Place]
    beaten: frozenset[Place]
    blank: int
    whole: bool


def by_extremes(question: str, reading: Reading, tables: Mapping[Key, Table]) -> Reading:
    """The reading with the row that is the extreme asked for in place of its table's best one, and the table's other rows lowered; as it
    is where the question asks for no extreme."""
    degree = degree_of(question)
    if degree is None:
        return reading
    told = extremes_of(question, reading, tables)
    places = [(finding, *_place(reading, finding)) for finding in reading.findings]
    best = {key: max(finding.score for finding, mine, _ in places if mine == key) for key in told}
    found = [replace(finding, score=best[key]) if key in told and place in told[key].found else finding for finding, key, place in places]

    def less(finding: Finding) -> float:
        key, place = _place(reading, finding)
        if key not in told:
            return UNTOLD if finding.unit.kind == "row" and len(tables[key].rows) > 1 and not degree.compared else 0.0
        extreme = told[key]
        return 0.0 if place in extreme.found else BEATEN if place in extreme.beaten and degree.compared else OTHER

    return lowered(Reading(reading.passages, tuple(found)), less)


def note_of(question: str, shown: Collection[Place], reading: Reading, tables: Mapping[Key, Table]) -> str:
    """What is said beside the rows shown, by document and where they begin: that one is the extreme, and of how many; else empty."""
    for told in extremes_of(question, reading, tables).values():
        if told.found & set(shown):
            rows = f"{'all ' if told.whole and not told.blank else ''}{len(told.found) + len(told.beaten)} rows of the table"
            blank = f" ({told.blank} more without a figure)" if told.blank else ""
            return f'Compared {rows}{blank}: "{told.column}" is {"highest" if told.high else "lowest"} here.'
    return ""


def extremes_of(question: str, reading: Reading, tables: Mapping[Key, Table]) -> dict[Key, Extreme]:
    """The extreme that the question asks for, of each table that tells it and of which such rows were read."""
    degree = degree_of(question)
    if degree is None:
        return {}
    words = set(content_stems(question)) - degree.words
    seen = {_place(reading, finding)[1] for finding in reading.findings}
    told = {key: _extreme(words, degree, table) for key, table in tables.items()}
    return {key: extreme for key, extreme in told.items() if extreme is not None and extreme.found <= seen}


def _extreme(words: set[str], degree: Degree, table: Table) -> Extreme | None:
    if any(is_record(source) for source, _ in table.rows):  # of a file's records only those that were found are known
        return None
    names = list(dict.fromkeys(column for row in table.rows.values() for column in row))[1:]
    columns = {name: figures for name in names if (figures := figures_of(table, name)) is not None}
    column = _asked(words, degree, columns)
    if column is None:
        return None
    values = _without_total(columns[column].values)
    others = words - set(content_stems(column))
    if degree.compared:
        named = {place for place, row in table.rows.items() if (label := _stems(next(iter(row.values()), ""))) and label <= others}
        return _best(column, values, named, table, high=degree.high)
    among = _narrowed(others, table, columns)
    told = _best(column, values, among, table, high=degree.high)
    # "The cheapest Spanish course", beside "Spanish for beginners": whether only such rows are meant is not known.
    part = {place for place in among if any(_stems(value) & others for value in table.rows[place].values())}
    return told if told is not None and (not part or told.found & part) else None


def _asked(words: set[str], degree: Degree, columns: Mapping[str, Figures]) -> str | None:
    """The column that is asked for: one of the scale's units, and of several the one called so or with most of the question's words."""
    fitting = [name for name, figures in columns.items() if (figures.measure in degree.units if degree.units else figures.measure != "day")]
    fitting = fitting or [name for name, figures in columns.items() if figures.measure == "plain" and degree.called & _stems(name)]
    if degree.units and len(fitting) == 1:
        return fitting[0]
    points = {name: len(words & _stems(name)) + _NAMED * bool(degree.called & _stems(name)) for name in fitting}
    most = max(points.values(), default=0)
    named = [name for name, n in points.items() if n == most > 0]
    return named[0] if len(named) == 1 else None


def _narrowed(words: set[str], table: Table, columns: Mapping[str, Figures]) -> set[Place]:
    """The rows that have most of the values which the question names in full ("dinner" under "Meal"): all where it names none."""
    held = {
        place: sum(column not in columns and bool(stems := _stems(value)) and stems <= words for column, value in row.items())
        for place, row in table.rows.items()
    }
    most = max(held.values(), default=0)
    return {place for place, n in held.items() if n == most}


def _best(column: str, values: Mapping[Place, Value], among: Collection[Place], table: Table, *, high: bool) -> Extreme | None:
    """The extreme of at least two rows."""
    compared = {place: values[place] for place in among if place in values}
    if len(compared) < 2:
        return None
    end = max(compared.values()) if high else min(compared.values())
    found = frozenset(place for place, value in compared.items() if value == end)
    whole = len(among) == len(table.rows)
    return Extreme(column, high, found, frozenset(compared) - found, len(among) - len(compared), whole)


def _without_total(values: Mapping[Place, Value]) -> dict[Place, Value]:
    """The values without one that is the sum of all others."""
    numbers = [value[0] for value in values.values()]
    return {place: value for place, value in values.items() if len(value) > 1 or len(values) < 3 or value[0] != sum(numbers) - value[0]}


def _stems(text: str) -> set[str]:
    return set(content_stems(text))


def _place(reading: Reading, finding: Finding) -> tuple[Key, Place]:
    source = reading.passages[finding.passage].document.source
    key = key_of(source, finding.unit) if finding.unit.kind == "row" else (source, -1, ())
    return key, (source, finding.unit.start)

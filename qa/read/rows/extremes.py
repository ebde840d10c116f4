"""Extremes: the row whose figure or date is the highest or lowest of its column, read by rule over all rows of the table.

"Which building used most in 2025?" A reader sees one row at a time and cannot compare. What cannot be compared for certain (figures of
several units, two columns that the question may mean, rows that are not in view) is left to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from index.schema import Document, Unit
from qa.english.lexicon import content_stems
from qa.read.protocol import Finding, Readable, Reading
from qa.read.rows.degrees import Degree, degree_of
from qa.read.rows.figures import Figures, figures_of, sums_in
from qa.read.rows.tables import Key, Place, Table, is_record, key_of
from qa.read.weigh import lowered
from qa.schema import Passage

Row = Mapping[str, str]
Read = Callable[[str, Sequence[Readable]], Reading]

# Taken from the logit of the table's other rows, which are not what was asked for; of the row that a winner was compared with; of a table's
# rows where the rule cannot tell the extreme, and a reader even less.
OTHER, BEATEN, UNTOLD = 4.0, 0.3, 0.5
MOST = 500  # rows of a table that is compared
READ = 12  # records that are read together
_NAMED = 2  # how many words of the question the scale's own name counts as: "Price" for the cheapest


@dataclass(frozen=True, slots=True)
class Extreme:
    """The rows that have the highest or lowest of a column (several where they tie), what they are about, and the others compared, all of
    the table or those that the question names. `blank` ones of them have no figure. `end` says which: "highest", "earliest"."""

    column: str
    end: str
    names: tuple[str, ...]
    found: frozenset[Place]
    beaten: frozenset[Place]
    blank: int
    whole: bool

    @property
    def remark(self) -> str:
        """What is said beside the rows that are found."""
        rows = f"{'all ' if self.whole and not self.blank else ''}{len(self.found) + len(self.beaten)} rows of the table"
        blank = f" ({self.blank} more without a figure)" if self.blank else ""
        return f'Compared {rows}{blank}: "{self.column}" is {self.end} for {" and ".join(self.names)}.'


def extremes_of(question: str, tables: Mapping[Key, Table]) -> dict[Key, Extreme]:
    """The extreme that the question asks for, of each table that tells it for certain."""
    degree = degree_of(question)
    if degree is None:
        return {}
    words = set(content_stems(question)) - degree.words
    told = {key: _extreme(words, degree, table) for key, table in tables.items() if table.whole and len(table.rows) <= MOST}
    return {key: extreme for key, extreme in told.items() if extreme is not None}


def by_extremes(question: str, reading: Reading, tables: Mapping[Key, Table], together: Callable[[Table, Extreme], float]) -> Reading:
    """The reading with the row that is the extreme asked for in place of its table's best one, a remark beside it, and the table's other
    rows lowered; as it is where the question asks for no extreme.

    `together` is how probably a table of records answers, which are read one by one.
    """
    degree = degree_of(question)
    if degree is None:
        return reading
    places = [(finding, *_place(reading, finding)) for finding in reading.findings]
    seen = {place for _, _, place in places}
    told = {key: extreme for key, extreme in extremes_of(question, tables).items() if extreme.found <= seen}
    best = {key: max(finding.score for finding, mine, _ in places if mine == key) for key in told}
    best |= {key: max(best[key], together(tables[key], told[key])) for key in told if is_record(next(iter(told[key].found))[0])}
    found = [replace(finding, score=best[key]) if key in told and place in told[key].found else finding for finding, key, place in places]

    untold = {key for key, table in tables.items() if key not in told and _asks_to_compare(question, degree, table)}

    def less(finding: Finding) -> float:
        key, place = _place(reading, finding)
        if key not in told:
            return UNTOLD if key in untold else 0.0
        extreme = told[key]
        return 0.0 if place in extreme.found else BEATEN if place in extreme.beaten and degree.compared else OTHER

    remarks = {place: extreme.remark for extreme in told.values() for place in extreme.found}
    return replace(lowered(replace(reading, findings=tuple(found)), less), remarks=remarks)


def read_together(read: Read, question: str, table: Table, extreme: Extreme) -> float:
    """How probably the rows of a table, the extreme ones first, answer when they are read as one passage: a single record does not."""
    rows = sorted(table.rows, key=lambda place: place not in extreme.found)[:READ]
    lines = [" | ".join(f"{column}: {value}" for column, value in table.rows[place].items()) for place in rows]
    text = "\n".join(lines)
    starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]
    units = tuple(Unit(start, start + len(line), "row") for start, line in zip(starts, lines, strict=True))
    passage = Passage("", "", 0, len(text), text, 1.0)
    return read(question, [Readable(passage, Document("", text, "text", ""), units, table.title)]).answered


def _extreme(words: set[str], degree: Degree, table: Table) -> Extreme | None:
    names = list(dict.fromkeys(column for row in table.rows.values() for column in row))
    columns = {name: figures for name in names[1:] if (figures := figures_of(table, name)) is not None}
    column = _asked(words, degree, columns)
    if column is None:
        return None
    sums = {name: sums_in(figures.values) for name, figures in columns.items() if figures.measure != "day"}
    totals = {place for place in sums.get(column, ()) if _sums_up(place, column, columns, sums)}
    rows = {place: row for place, row in table.rows.items() if place not in totals}
    others = words - _stems(" ".join(names)) - table.above
    if degree.compared:
        named = {place for place, row in rows.items() if (label := _stems(_label(row))) and label <= others}
        return _best(column, columns[column], named, rows, high=degree.high)
    among = _narrowed(others, rows, columns)
    told = _best(column, columns[column], among, rows, high=degree.high)
    # "The cheapest Spanish course", beside "Spanish for beginners": whether only such rows are meant is not known.
    part = {place for place in among if any(_stems(value) & others for value in rows[place].values())}
    doubtful = told is None or told.found & sums.get(column, set()) or (part and not told.found & part)
    return None if doubtful else told


def _sums_up(place: Place, column: str, columns: Mapping[str, Figures], sums: Mapping[str, set[Place]]) -> bool:
    """Whether a row that is a sum in one column is one in all others in which it has a figure too."""
    others = [name for name in sums if name != column and place in columns[name].values]
    return bool(others) and all(place in sums[name] for name in others)


def _asks_to_compare(question: str, degree: Degree, table: Table) -> bool:
    """Whether the question wants one row of several, not what a row that it names has in a column such as "Oldest pipe"."""
    columns = _stems(" ".join(column for row in table.rows.values() for column in row))
    several = len(_narrowed(set(content_stems(question)), table.rows, ())) > 1
    return several and not degree.compared and not degree.words & columns


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


def _narrowed(words: set[str], rows: Mapping[Place, Row], columns: Collection[str]) -> set[Place]:
    """The rows that have most of the values which the question names in full ("dinner" under "Meal"): all where it names none."""
    held = {
        place: sum(column not in columns and bool(stems := _stems(value)) and stems <= words for column, value in row.items())
        for place, row in rows.items()
    }
    most = max(held.values(), default=0)
    return {place for place, n in held.items() if n == most}


def _best(column: str, figures: Figures, among: Collection[Place], rows: Mapping[Place, Row], *, high: bool) -> Extreme | None:
    """The extreme of at least two rows, None where all are alike."""
    compared = {place: figures.values[place] for place in rows if place in among and place in figures.values}
    end = (max if high else min)(compared.values(), default=None)
    found = [place for place, value in compared.items() if value == end]
    if len(found) == len(compared):
        return None
    said = ("latest" if high else "earliest") if figures.measure == "day" else "highest" if high else "lowest"
    names, beaten = tuple(_label(rows[place]) for place in found), frozenset(compared.keys() - found)
    return Extreme(column, said, names, frozenset(found), beaten, len(among) - len(compared), whole=len(among) == len(rows))


def _label(row: Row) -> str:
    return next(iter(row.values()), "")


def _stems(text: str) -> set[str]:
    return set(content_stems(text))


def _place(reading: Reading, finding: Finding) -> tuple[Key, Place]:
    source = reading.passages[finding.passage].document.source
    key = key_of(source, finding.unit) if finding.unit.kind == "row" else (source, -1, ())
    return key, (source, finding.unit.start)

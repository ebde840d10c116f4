"""The highest and the lowest of a table's column, told by rule and only where it is certain."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.schema import Document
from index.structure.units import units_of
from qa.read.protocol import Finding, Readable, Reading
from qa.read.rows.extremes import Extreme, by_extremes, read_together
from qa.read.rows.figures import sums_in
from qa.read.rows.tables import Table, tables_of
from tests.made import document, reading

LAMPS = document(
    "# Lamps in the store\n\n| Lamp | Price | Weight (kg) | Bought | Bulbs | Place |\n|---|---|---|---|---|---|\n"
    "| Astra | €48.50 | 2.4 | 3 May 2021 | 3 | attic |\n| Boreal | €9.00 | 11 | 17 June 2019 | 1 | cellar |\n"
    "| Corona | €1,105 | 0.9 | 2 January 2020 | 5 | cellar |\n| Delta | €62.00 |  | 30 March 2022 | 2 | attic |\n",
    "lamps.md",
    format="markdown",
)
SCORES = {"Astra": 0.8, "Boreal": 0.7, "Corona": 0.6, "Delta": 0.75}
PRICES = "# Prices\n\n| Lamp | Price |\n|---|---|\n| Astra | {} |\n| Boreal | {} |\n| Corona | {} |\n"


def told_of(question: str, *homes: Document, records: bool = False, together: float = 0.0) -> tuple[set[str], list[str]]:
    """The rows above one half, by name, and the remarks beside them; with `records` all records of a file are known."""
    units = {home.source: units_of(home) for home in homes}
    read = reading(question, *homes, scores=SCORES)
    tables = tables_of(read, units.__getitem__, (lambda _: [(home, units[home.source]) for home in homes]) if records else None)
    made = by_extremes(question, read, tables, lambda *_: together)
    good = [(made.passages[f.passage].document, f.unit) for f in made.findings if f.score > 0.5]
    names = {home.text[unit.start : unit.end].split(" |")[0].split("\n")[0].rpartition("Lamp: ")[2] for home, unit in good}
    remarks = [made.remarks.get((home.source, unit.start), "") for home, unit in good]
    return names, [remark for remark in dict.fromkeys(remarks) if remark]


def shown(question: str, home: Document = LAMPS) -> tuple[set[str], str]:
    """The rows of one document above one half, and the remark beside them."""
    names, remarks = told_of(question, home)
    return names, "".join(remarks)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which lamp is the cheapest?", "Boreal"),
        ("What is the most expensive lamp?", "Corona"),
        ("What is the cheapest price of a lamp from the store?", "Boreal"),
        ("Which lamp is the lightest?", "Corona"),
        ("Which is the newest lamp?", "Delta"),
        ("Which lamp was bought first?", "Boreal"),
        ("Which lamp has the most bulbs?", "Corona"),
        ("Which is the cheapest lamp in the attic?", "Astra"),
    ],
)
def test_the_row_is_found_that_a_reader_put_behind_others(question: str, name: str) -> None:
    names, note = shown(question)
    assert names == {name} and "rows of the table" in note


def test_what_was_compared_is_said() -> None:
    assert shown("Which lamp is the cheapest?")[1] == 'Compared all 4 rows of the table: "Price" is lowest for Boreal.'
    assert (
        shown("Which lamp is the lightest?")[1]
        == 'Compared 3 rows of the table (1 more without a figure): "Weight (kg)" is lowest for Corona.'
    )


def test_of_two_that_are_compared_both_are_shown_the_winner_first() -> None:
    names, note = shown("Which is heavier, Astra or Boreal?")
    assert names == {"Astra", "Boreal"} and note == 'Compared 2 rows of the table: "Weight (kg)" is highest for Boreal.'


@pytest.mark.parametrize(
    "question",
    [
        "Which lamp is the tallest?",  # no such column
        "Which lamp has the most switches?",
        "Which is the biggest lamp?",  # of which column?
    ],
)
def test_a_column_that_is_not_there_is_not_compared_and_its_rows_answer_less(question: str) -> None:
    names, note = shown(question)
    assert not note and names == {"Astra", "Boreal", "Delta"}


def test_a_question_without_an_extreme_stays_as_it_is() -> None:
    read = reading("What does the Astra cost?", LAMPS, scores=SCORES)
    assert by_extremes("What does the Astra cost?", read, tables_of(read, lambda _: units_of(LAMPS)), lambda *_: 1.0) is read


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("€4", "€7", "€5"), "Boreal"),
        (("€4", "$7", "€5"), ""),  # of several currencies
        (("€4", "on request", "€5"), ""),
        (("€4 to €9", "€7", "€5"), ""),
        (("€4 a day", "€7 a week", "€5 a day"), ""),
        (("€1.120", "€980", "€4"), ""),  # a thousand, or one
        (("-€4", "€2", "-€7"), "Boreal"),
    ],
)
def test_figures_are_compared_only_where_they_are_alike(cells: tuple[str, str, str], told: str) -> None:
    names, note = shown("Which lamp is the most expensive?", document(PRICES.format(*cells), "prices.md", format="markdown"))
    assert (names == {told}) == bool(told) == bool(note)


def test_rows_that_tie_are_all_shown_and_a_sum_is_no_row() -> None:
    question = "Which lamp is the most expensive?"

    def of(*rows: str) -> tuple[set[str], str]:
        lines = "\n".join(f"| {name} | {row} |" for name, row in zip(SCORES, rows, strict=True))
        return shown(question, document(f"# Prices\n\n| Lamp | Price | Pieces |\n|---|---|---|\n{lines}\n", "prices.md", format="markdown"))

    assert of("€7 | 2", "€7 | 3", "€5 | 1", "€1 | 1")[0] == {"Astra", "Boreal"}
    assert of("€7 | 2", "€6 | 3", "€5 | 1", "€18 | 6")[0] == {"Astra"}  # the last row is the sum of all columns
    assert not of("€7 | 2", "€6 | 3", "€5 | 1", "€18 | 2")[1]  # of one alone: a sum, or chance
    assert not of("€7 | 2", "€7 | 3", "€7 | 1", "€7 | 1")[1]
    total = PRICES.format("€7", "€6", "€5") + "| Delta | €18 |\n"
    assert not shown(question, document(total, "prices.md", format="markdown"))[1]  # nobody can tell


def test_records_are_compared_when_all_of_their_file_are_known_and_answer_as_they_do_together() -> None:
    homes = [document(f"Lamp: {name}\nPrice: €{n}", f"lamps.csv#row-{n}", format="csv") for n, name in enumerate(SCORES, start=2)]
    question = "Which lamp is the cheapest?"
    assert not told_of(question, *homes)[1]
    assert told_of(question, *homes, records=True, together=0.9)[1] == ['Compared all 4 rows of the table: "Price" is lowest for Astra.']


def test_records_are_read_as_one_passage_the_extreme_first() -> None:
    rows = {(f"lamps.csv#row-{n}", 0): {"Lamp": name, "Price": f"€{n}"} for n, name in enumerate(SCORES, start=2)}
    read: list[str] = []

    def reader(question: str, passages: Sequence[Readable]) -> Reading:
        read.extend(passage.text for passage in passages)
        units = passages[0].units
        assert [passages[0].text[unit.start : unit.end] for unit in units] == passages[0].text.split("\n")
        return Reading(tuple(passages), (Finding(0, units[0], 0.7, 0.7),))

    best = Extreme("Price", "highest", ("Delta",), frozenset({("lamps.csv#row-5", 0)}), frozenset(), 0, whole=True)
    assert read_together(reader, "Which lamp is the most expensive?", Table(rows, set(), "lamps", whole=True), best) == 0.7
    assert read[0].splitlines() == [
        "Lamp: Delta | Price: €5",
        "Lamp: Astra | Price: €2",
        "Lamp: Boreal | Price: €3",
        "Lamp: Corona | Price: €4",
    ]


def test_a_row_that_is_named_is_not_held_to_be_compared() -> None:
    mains = document(
        "# Mains\n\n| Area | Oldest pipe | Bursts |\n|---|---|---|\n| Astra | 1908 | 4 |\n| Boreal | 1951 | 6 |\n",
        "m.md",
        format="markdown",
    )
    question = "What is the oldest pipe in Boreal?"
    read = reading(question, mains, scores=SCORES)
    made = by_extremes(question, read, tables_of(read, lambda _: units_of(mains)), lambda *_: 0.0)
    assert [f.score for f in made.findings] == [f.score for f in read.findings]


def test_sums_are_known_by_the_rows_above() -> None:
    def sums(*values: float) -> list[int]:
        found = sums_in({("a.md", n): (value,) for n, value in enumerate(values)})
        return sorted(n for _, n in found)

    assert sums(4, 3, 7, 2, 6, 8, 15) == [2, 5, 6]  # two parts and the whole
    assert sums(15, 4, 3, 8) == [0]
    assert sums(310, 600, 90, 200) == []  # a sum of the others in their midst
    assert sums(0, 0, 0) == []


def test_a_date_is_the_earliest_or_the_latest_and_rows_that_tie_are_both_named() -> None:
    assert shown("Which is the newest lamp?")[1] == 'Compared all 4 rows of the table: "Bought" is latest for Delta.'
    tied = document(PRICES.format("€7", "€7", "€5"), "prices.md", format="markdown")
    assert (
        shown("Which lamp is the most expensive?", tied)[1] == 'Compared all 3 rows of the table: "Price" is highest for Astra and Boreal.'
    )

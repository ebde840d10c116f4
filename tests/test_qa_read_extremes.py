"""The highest and the lowest of a table's column, told by rule and only where it is certain."""

from __future__ import annotations

import pytest

from index.schema import Document
from index.structure.units import units_of
from qa.read.protocol import Reading
from qa.read.rows.extremes import by_extremes, note_of
from qa.read.rows.tables import tables_of
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


def shown(question: str, home: Document = LAMPS) -> tuple[set[str], str]:
    """The rows above one half, by name, and the note beside them."""
    units = {home.source: units_of(home)}
    read = reading(question, home, scores=SCORES)
    tables = tables_of(read, units.__getitem__)
    good = [f for f in by_extremes(question, read, tables).findings if f.score > 0.5]
    names = {home.text[f.unit.start : f.unit.end].split(" |")[0].rpartition("Lamp: ")[2] for f in good}
    return names, note_of(question, [(home.source, f.unit.start) for f in good], read, tables)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which lamp is the cheapest?", "Boreal"),
        ("What is the most expensive lamp?", "Corona"),
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
    assert shown("Which lamp is the cheapest?")[1] == 'Compared all 4 rows of the table: "Price" is lowest here.'
    assert (
        shown("Which lamp is the lightest?")[1] == 'Compared 3 rows of the table (1 more without a figure): "Weight (kg)" is lowest here.'
    )


def test_of_two_that_are_compared_both_are_shown_the_winner_first() -> None:
    names, note = shown("Which is heavier, Astra or Boreal?")
    assert names == {"Astra", "Boreal"} and note == 'Compared 2 rows of the table: "Weight (kg)" is highest here.'


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
    assert by_extremes("What does the Astra cost?", read, tables_of(read, lambda _: units_of(LAMPS))) is read


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("€4", "€7", "€5"), "Boreal"),
        (("€4", "$7", "€5"), ""),  # of several currencies
        (("€4", "on request", "€5"), ""),
        (("€4 to €9", "€7", "€5"), ""),
        (("€4 a day", "€7 a week", "€5 a day"), ""),
        (("-€4", "€2", "-€7"), "Boreal"),
    ],
)
def test_figures_are_compared_only_where_they_are_alike(cells: tuple[str, str, str], told: str) -> None:
    names, note = shown("Which lamp is the most expensive?", document(PRICES.format(*cells), "prices.md", format="markdown"))
    assert (names == {told}) == bool(told) == bool(note)


def test_rows_that_tie_are_all_shown_and_a_sum_is_no_row() -> None:
    tied = PRICES.format("€7", "€7", "€5") + "| Delta | €19 |\n"
    assert shown("Which lamp is the most expensive?", document(tied, "prices.md", format="markdown"))[0] == {"Astra", "Boreal"}


def test_records_of_which_others_may_not_be_in_view_are_not_compared() -> None:
    homes = [document(f"Lamp: {name}\nPrice: €{n}", f"lamps.csv#row-{n}", format="csv") for n, name in enumerate(SCORES, start=2)]
    question = "Which lamp is the cheapest?"
    read: Reading = reading(question, *homes, scores=SCORES)
    units = {home.source: units_of(home) for home in homes}
    assert note_of(question, [(home.source, 0) for home in homes], read, tables_of(read, units.__getitem__)) == ""

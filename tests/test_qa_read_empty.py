"""Tables that leave empty what is asked for."""

from __future__ import annotations

import pytest

from index.schema import Document
from index.structure.units import units_of
from qa.read.protocol import Reading
from qa.read.rows.empty import without_empty
from qa.read.rows.tables import tables_of
from tests.made import document, reading

RATES = document(
    "# Hire of boats\n\n| Boat | Day rate | Deposit | Skipper |\n|---|---|---|---|\n"
    "| Heron | 80 | 200 | Ida Moe |\n| Teal | 95 |  | Jon Vik |\n| Grebe | 60 | 150 |  |\n",
    "boats.md",
    format="markdown",
)
SCORES = {"Heron": 0.8, "Teal": 0.9, "Grebe": 0.7}


def without_rows(question: str, read: Reading, *documents: Document) -> Reading:
    units = {d.source: units_of(d) for d in documents}
    return without_empty(question, read, tables_of(read, units.__getitem__))


def told(question: str) -> Reading:
    return without_rows(question, reading(question, RATES, scores=SCORES), RATES)


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("What deposit is asked for the Teal?", False),
        ("Who is the skipper of the Grebe?", False),
        ("What deposit is asked for the Heron?", True),
        ("Who is the skipper of the Teal?", True),
        ("What is the day rate of the Teal?", True),
        ("Which boats ask for a deposit?", True),  # names no row
        ("What colour is the Teal?", True),  # names no column: the table says nothing of it, nor that it lacks it
        ("What are deposit and day rate of the Teal?", True),  # one of them is there
    ],
)
def test_a_row_without_a_value_in_the_column_asked_for_does_not_answer_nor_do_its_neighbours(question: str, answered: bool) -> None:
    assert (told(question).answered > 0.5) == answered


def test_records_of_one_file_are_one_table() -> None:
    heron = document("Boat: Heron\nDeposit: 200", "boats.csv#row-2", format="csv")
    teal = document("Boat: Teal\nDay rate: 95", "boats.csv#row-3", format="csv")
    read = reading("?", heron, teal, scores=SCORES)
    assert without_rows("What deposit is asked for the Teal?", read, heron, teal).answered < 0.5
    assert without_rows("What deposit is asked for the Heron?", read, heron, teal) is read


def test_words_that_stand_above_the_table_name_no_row() -> None:
    plan = document(
        "# Harbour plan\n\n| Role | Name | Deputy |\n|---|---|---|\n| Harbour master | Ida Moe | Jon Vik |\n| Stores | Lise Dahl |  |\n",
        "plan.md",
        title="Harbour plan",
        format="markdown",
    )
    question = "Who is the deputy for the stores in the harbour plan?"
    read = reading(question, plan, scores={"master": 0.9, "Stores": 0.8})
    assert without_rows(question, read, plan).answered < 0.5


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("What did the Heron cost in 2025?", True),
        ("What did the Heron cost in 2026?", False),
        ("What is the fee of the Teal in 2026?", True),
        ("What is the fee of the Teal in 2025?", False),
        ("What is the fee of the Teal?", True),  # of some year
    ],
)
def test_columns_of_years_are_told_apart_by_the_year(question: str, answered: bool) -> None:
    named = (
        "| Boat | 2025 (£) | 2026 (£) |\n|---|---|---|\n| Heron | 80 |  |\n| Teal | 95 | 99 |\n"
        if "cost" in question
        else "| Boat | Fee 2025 | Fee 2026 |\n|---|---|---|\n| Heron | 80 | 85 |\n| Teal |  | 99 |\n"
    )
    costs = document(f"# Boats\n\n{named}", "costs.md", format="markdown")
    read = reading(question, costs, scores=SCORES)
    assert (without_rows(question, read, costs).answered > 0.5) == answered

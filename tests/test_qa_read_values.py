"""Rows that are picked by a value of theirs."""

from __future__ import annotations

import pytest

from index.structure.units import units_of
from qa.read.rows.tables import tables_of
from qa.read.rows.values import by_values
from tests.made import document, reading

BOATS = document(
    "# Boats\n\n| Boat | State | Berths | Home |\n|---|---|---|---|\n"
    "| Heron | laid up | 4 | Kelby |\n| Teal | at sea | 6 | Kelby |\n| Grebe | laid up | 6 | Kelby |\n| Coot | sold | 2 | Kelby |\n",
    "boats.md",
    format="markdown",
)
ALIKE = {"Heron": 0.5, "Teal": 0.51, "Grebe": 0.5, "Coot": 0.52}


def found(question: str) -> list[str]:
    """The boats that are likelier than before."""
    read = reading(question, BOATS, scores=ALIKE)
    raised = by_values(question, read, tables_of(read, lambda _: units_of(BOATS)))
    text = {f.unit: BOATS.text[f.unit.start : f.unit.end].split(" |")[0].strip("| ") for f in read.findings}
    before = {f.unit: f.score for f in read.findings}
    return sorted(text[f.unit] for f in raised.findings if f.score > before[f.unit])


@pytest.mark.parametrize(
    ("question", "boats"),
    [
        ("Which boats are laid up?", ["Grebe", "Heron"]),
        ("Which boats are laid up or sold?", ["Coot", "Grebe", "Heron"]),
        ("Which boat with 6 berths is laid up?", ["Grebe"]),
        ("Where is the Teal?", []),  # a name of its own, which the reader sees
        ("Which boats have their home in Kelby?", []),  # all of them
        ("What did boat 6-4 cost?", []),  # a code is no number of berths
        ("Who paints the boats?", []),
    ],
)
def test_rows_with_the_value_that_the_question_names(question: str, boats: list[str]) -> None:
    assert found(question) == boats


def test_other_rows_of_the_table_are_lowered_and_nothing_else_is_touched() -> None:
    note = document("The quay was swept in May.", "note.txt")
    read = reading("Which boats are laid up?", BOATS, note, scores={**ALIKE, "in May": 0.4})
    tables = tables_of(read, lambda source: units_of(BOATS if source == "boats.md" else note))
    raised = by_values("Which boats are laid up?", read, tables)
    score = {raised.passages[f.passage].document.text[f.unit.start : f.unit.end]: f.score for f in raised.findings}
    assert score["The quay was swept in May."] == 0.4
    assert (
        min(v for k, v in score.items() if "laid up" in k) > 0.5 > max(v for k, v in score.items() if "laid up" not in k and "May" not in k)
    )

"""The cell of a row that a question asks for."""

from __future__ import annotations

import pytest

from index.schema import Unit
from index.structure.cells import cells_of
from qa.read.rows.cells import named_row, short_of_row

TABLE = "Kiln | Heats to | Load, pots\nBlue kiln | 1,240 °C | 60\nOld kiln | 1,020 °C | 44\n"
HEADER, BLUE = Unit(0, 28, "header"), Unit(29, 54, "row", (), 0)
NAMED = "Item: Glaze, litre | Price 2024: 11.20 | Price 2025: 12.90 | Shelf: 4"
ROW = Unit(0, len(NAMED), "row")


def short(question: str, taken: str, text: str = NAMED, row: Unit = ROW) -> str:
    at = text.index(taken)
    span = short_of_row(question, text, row, [HEADER, BLUE], (at, at + len(taken)))
    assert span is not None
    return text[slice(*span)]


def test_cells_know_their_columns_by_themselves_or_by_the_header() -> None:
    assert (
        TABLE[HEADER.start : HEADER.end] == "Kiln | Heats to | Load, pots" and TABLE[BLUE.start : BLUE.end] == "Blue kiln | 1,240 °C | 60"
    )
    assert [(c.column, TABLE[c.start : c.end]) for c in cells_of(TABLE, BLUE, HEADER)] == [
        ("Kiln", "Blue kiln"), ("Heats to", "1,240 °C"), ("Load, pots", "60"),
    ]  # fmt: skip
    assert [(c.column, NAMED[c.start : c.end]) for c in cells_of(NAMED, ROW, None)] == [
        ("Item", "Glaze, litre"), ("Price 2024", "11.20"), ("Price 2025", "12.90"), ("Shelf", "4"),
    ]  # fmt: skip
    assert [c.column for c in cells_of(TABLE, Unit(41, 54, "row"), HEADER)] == ["", ""], "fewer cells than names"


@pytest.mark.parametrize(
    ("question", "taken", "right"),
    [
        ("What is the price of a litre of glaze in 2025?", "11.20", "12.90"),
        ("What did glaze cost in 2024?", "12.90", "11.20"),
        ("On which shelf is the glaze?", "12.90", "4"),
        ("What is the price?", "12.90", "12.90"),  # two columns are as near: the reader's stays
        ("Glaze, litre?", "11.20", "11.20"),
        ("Which item is dear?", "12.90 | Shelf: 4", "Glaze, litre"),
        ("Anything else?", "12.90 | Shelf: 4", "12.90"),  # no span crosses cells
    ],
)
def test_the_column_that_is_named_wins(question: str, taken: str, right: str) -> None:
    assert short(question, taken) == right


def test_a_row_under_a_header_and_a_part_of_a_cell() -> None:
    assert short("How many pots does a load of the blue kiln have?", "1,240", TABLE, BLUE) == "60"
    assert short("To what degree is the blue kiln heated?", "1,240", TABLE, BLUE) == "1,240"


def test_a_row_is_named_by_its_header_where_every_cell_has_a_name() -> None:
    assert named_row(TABLE, BLUE, HEADER) == "Kiln: Blue kiln | Heats to: 1,240 °C | Load, pots: 60"
    assert named_row(TABLE, Unit(41, 54, "row"), HEADER) == ""


def test_no_short_answer_and_no_column_stays_none() -> None:
    assert short_of_row("Anything else?", NAMED, ROW, [], None) is None

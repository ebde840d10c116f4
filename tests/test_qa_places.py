"""Names that stand for a country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.english.places import _TABLE, country_of

ROWS = [line.split("|") for line in _TABLE.strip().splitlines()]


def cells(row: list[str], column: int) -> list[str]:
    return [cell for cell in row[column].split(",") if cell]


class TestTable:
    def test_every_row_has_three_columns_in_small_letters(self) -> None:
        assert all(len(row) == 3 and row[0] and row == [cell.lower() for cell in row] for row in ROWS)

    def test_no_name_stands_for_two_countries(self) -> None:
        names = [name for row in ROWS for column in (0, 1, 2) for name in cells(row, column)]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
    def test_all_forms_of_a_country_lead_to_it(self, row: list[str]) -> None:
        for name in [row[0], *cells(row, 1), *cells(row, 2)]:
            assert country_of(name) == row[0]
            assert country_of(name.upper()) == row[0]


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Korean", "south korea"),
        ("Koreans", "south korea"),
        ("Korea's", "south korea"),
        ("the United States", "united states"),
        (" The Netherlands ", "netherlands"),
        ("Kazakhstan’s", "kazakhstan"),
        ("North Korean", "north korea"),
        ("Korea Telecom", None),
        ("Astana", None),
        ("", None),
        ("the", None),
    ],
)
def test_country_of(name: str, country: str | None) -> None:
    assert country_of(name) == country


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    known = {row[0] for row in ROWS}
    assert country_of(text) in known | {None}

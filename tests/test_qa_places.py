"""Names that stand for a country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.english.places import _TABLE, capital_of, countries_in, country_of

ROWS = [line.split("|") for line in _TABLE.strip().splitlines()]


def cells(row: list[str], column: int) -> list[str]:
    return [cell for cell in row[column].split(",") if cell]


class TestTable:
    def test_every_row_has_four_columns_in_small_letters(self) -> None:
        assert all(len(row) == 4 and row[0] and row == [cell.lower() for cell in row] for row in ROWS)

    def test_no_name_stands_for_two_countries(self) -> None:
        names = [name for row in ROWS for column in (0, 1, 2) for name in cells(row, column)]
        capitals = [name for row in ROWS for name in cells(row, 3)]
        assert len(names) == len(set(names))
        assert len(capitals) == len(set(capitals))

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
    def test_all_forms_of_a_country_lead_to_it(self, row: list[str]) -> None:
        for name in [row[0], *cells(row, 1), *cells(row, 2)]:
            assert country_of(name) == row[0]
            assert country_of(name.upper()) == row[0]
        for city in cells(row, 3):
            assert capital_of(city.title()) == row[0]


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


def test_a_capital_is_not_a_country() -> None:
    assert (country_of("Seoul"), capital_of("Seoul"), capital_of("Kazakhstan")) == (None, "south korea", None)


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Korean firms invest in Kazakhstan.", {"south korea", "kazakhstan"}),
        ("North Korea fired a missile.", {"north korea"}),
        ("North Korea and South Korea talk.", {"north korea", "south korea"}),
        ("The US and the UK agreed with us.", {"united states", "united kingdom"}),
        ("tell us about it, in uk or eu", set()),
        ("Japan's and Germany’s firms", {"japan", "germany"}),
        ("Koreatown, Germanium, Omani, Chileans", {"chile"}),
        ("Kazakh-Korean relations", {"kazakhstan", "south korea"}),
        ("the U.S. economy", {"united states"}),
        ("", set()),
        ("Astana and Seoul", set()),
    ],
)
def test_countries_in(text: str, countries: set[str]) -> None:
    assert countries_in(text) == countries


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    known = {row[0] for row in ROWS}
    assert countries_in(text) <= known
    assert country_of(text) in known | {None}
    assert capital_of(text) in known | {None}


@given(st.sampled_from([row[0] for row in ROWS]), st.sampled_from([" trade ", ", ", "\n", " — "]))
def test_a_country_named_in_a_sentence_is_found(country: str, gap: str) -> None:
    assert country in countries_in(f"Growth{gap}{country.title()}{gap}exports")

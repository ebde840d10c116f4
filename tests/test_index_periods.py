"""Quarters and months as texts name them."""

from __future__ import annotations

import pytest

from index.dates.periods import is_month, months_named, with_quarters


@pytest.mark.parametrize(
    "phrase",
    [
        "Q2",
        "q2",
        "2Q",
        "second quarter",
        "second-quarter",
        "2nd quarter",
        "April to June",
        "Apr–Jun",
        "zweiten Quartal",
        "2. Quartal",
        "II quarter",
    ],
)
def test_a_quarter_is_one_however_it_is_written(phrase: str) -> None:
    assert with_quarters(f"Sales in {phrase} of 2026") == "Sales in Q2 of 2026"


@pytest.mark.parametrize(
    "text",
    [
        "April to May",
        "a quarter of a point",
        "three quarters",
        "the second half",
        "Q5, Q22, EQ2",
        "March to June",
        "room 3, quarter to two",
    ],
)
def test_what_is_no_quarter_stays(text: str) -> None:
    assert with_quarters(text) == text


def test_months_stand_in_words_and_in_dates() -> None:
    assert months_named("From June on, and on 2026-02-03 and 4.10.2026, Sept 5") == {6, 2, 10, 9}
    assert months_named("We may march on; it is decided.") == set()
    assert is_month("May") and is_month("june") and not is_month("may") and not is_month("Maybe")

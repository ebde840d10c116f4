"""Calculations over quoted figures: right ones are known as such, wrong ones and foreign operands are named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.check.arithmetic import implied, sums_in

QUOTES = ["The ticket cost 1.84 euros in 2023.", "It costs 2.18 euros; 1,200 were sold, 40 of them to children."]


@pytest.mark.parametrize(
    "said",
    [
        "It costs 2.18 - 1.84 = 0.34 more.",
        "2.18 euros − 1.84 euros = 0.34 euros",
        "1,200 - 40 = 1,160 were sold to others.",
        "They brought in 1200 × 2.18 = 2616 euros.",
        "40 / 1200 = 0.0333 of them",
        "1,200 + 40 × 2.18 = 1,287.2",
    ],
)
def test_right(said: str) -> None:
    (found,) = sums_in(said, QUOTES)
    assert not found.problem


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("2.18 - 1.84 = 0.44", "2.18 - 1.84 is 0.34, not 0.44"),
        ("2.18 - 1.48 = 0.70", "1.48 in the calculation is not in the quotes"),
        ("1,200 + 40 = 1,160", "is 1240, not 1160"),
    ],
)
def test_wrong(said: str, problem: str) -> None:
    (found,) = sums_in(said, QUOTES)
    assert problem in found.problem


@pytest.mark.parametrize("said", ["It cost 1.84 in 2023.", "From 1.84 to 2.18", "The years 2023-2024", "x = 5", "2.18 / 0 = 1 of 5"])
def test_no_calculation_or_a_harmless_one(said: str) -> None:
    assert all(found.problem for found in sums_in(said, QUOTES))


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=5), st.data())
def test_any_sum_of_whole_numbers(terms: list[int], data: st.DataObject) -> None:
    operators = data.draw(st.lists(st.sampled_from("+-*"), min_size=len(terms) - 1, max_size=len(terms) - 1))
    left = " ".join(str(part) for pair in zip(terms, [*operators, ""], strict=True) for part in pair).strip()
    result = Decimal(eval(left))
    if result <= 0:
        return
    (right,) = sums_in(f"{left} = {result}", [" and ".join(map(str, terms))])
    (wrong,) = sums_in(f"{left} = {result * 2}", [" and ".join(map(str, terms))])
    assert not right.problem and wrong.problem


def test_a_result_of_many_digits_is_told() -> None:
    terms = ["999999"] * 5
    (wrong,) = sums_in(f"{' * '.join(terms)} = 2", [terms[0]])
    assert "not 2" in wrong.problem


@pytest.mark.parametrize(
    ("claim", "written_out"),
    [
        ("The difference is 0.34 euros.", "2.18 - 1.84 = 0.34"),
        ("Together they cost 4.02 euros.", "1.84 + 2.18 = 4.02"),
        ("The difference is 0.44 euros.", ""),
        ("It rose from 1.84 to 2.18.", ""),
        ("It is 0.34 more than 0.10.", ""),
    ],
)
def test_what_the_last_sentence_implies_is_written_out(claim: str, written_out: str) -> None:
    assert implied(claim, "The price rose from 1.84 to 2.18 euros.") == written_out

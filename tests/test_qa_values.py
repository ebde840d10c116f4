"""Short answers as values that can be compared."""

from __future__ import annotations

from decimal import Decimal

import pytest

from index.schema import Published
from qa.check.values import differ, value_of

JUNE = Published("2024-06-12", "day", "dateline")


@pytest.mark.parametrize(
    ("short", "amount", "unit"),
    [
        ("1,200 jobs", "1200", "job"),
        ("about 3.5 million euros", "3500000", "eur"),
        ("$8.5 billion", "8500000000", "usd"),
        ("EUR 650", "650", "eur"),
        ("4 per cent", "4", "%"),
        ("12 000 t", "12000", "t"),
        ("37", "37", ""),
        ("110 minutes", "110", "minute"),
        ("Two hundred and twelve homes", "212", "home"),
        ("fifty-eight per cent", "58", "%"),
        ("about ten thousand pounds", "10000", "gbp"),
        ("thirty-six", "36", ""),
    ],
)
def test_a_number_with_unit_and_scale(short: str, amount: str, unit: str) -> None:
    value = value_of(short, JUNE)
    assert value is not None
    assert (value.kind, value.amount, value.unit) == ("number", Decimal(amount), unit)


@pytest.mark.parametrize(
    "short",
    ["the mayor", "one of the directors", "two or three days", "ten past two", "between 10 and 20 days", "room B-12 on 3 floors of 4", ""],
)
def test_what_is_no_single_value_is_none(short: str) -> None:
    assert value_of(short, JUNE) is None


def test_a_date_is_no_number() -> None:
    value = value_of("3 May 2024", JUNE)
    assert value is not None
    assert (value.kind, str(value.first), str(value.last)) == ("date", "2024-05-03", "2024-05-03")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1,200 jobs", "1,500 jobs", True),
        ("1,200 jobs", "1200 jobs", False),
        ("37", "11 agreements", True),
        ("37 agreements", "11 days", False),
        ("28", "854 million crowns", False),
        ("EUR 650", "$650", False),
        ("8.5 million euros", "EUR 8,500,000", False),
        ("3 May 2024", "4 May 2024", True),
        ("3 May 2024", "May 2024", False),
        ("3 May 2024", "37", False),
        ("Two hundred and twelve homes", "about 260 homes", True),
        ("five days", "ten days", True),
        ("Four", "Seven", True),
        ("Seven", "28", False),
        ("seven projects", "28", False),
        ("seven projects", "nine jobs", False),
    ],
)
def test_which_values_differ(one: str, other: str, expected: bool) -> None:
    first, second = value_of(one, JUNE), value_of(other, JUNE)
    assert first is not None and second is not None
    assert differ(first, second) is expected
    assert differ(second, first) is expected

"""Short answers as values that can be compared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from index.schema import Published
from qa.check.figures.values import Value, differ, own_part, value_of

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


def test_a_rounded_number_is_not_contradicted_by_what_rounds_to_it() -> None:
    about, exact, other = Value("number", Decimal(1200), about=True), Value("number", Decimal(1187)), Value("number", Decimal(1290))
    assert not differ(about, exact)
    assert differ(about, other)
    assert differ(replace(about, about=False), exact)


def test_small_counts_in_words_differ_only_with_a_unit_or_when_it_is_sure() -> None:
    nine, eleven = (value_of(word, JUNE) for word in ("nine", "eleven"))
    assert nine is not None
    assert eleven is not None
    assert not differ(nine, eleven)
    assert differ(nine, eleven, sure=True)


@pytest.mark.parametrize(
    ("short", "own"),
    [
        ("120 crowns from 180 crowns", "120 crowns"),
        ("£48 instead of £35", "£48"),
        ("4.8 billion crowns ($600 million", "4.8 billion crowns"),
        ("3,900, of some 7,800", "3,900"),
        ("140 of its 610", "140"),
        ("45 of the Orbex 80", "45 of the Orbex 80"),
        ("the first of May", "the first of May"),
    ],
)
def test_a_short_answer_without_what_it_is_set_against(short: str, own: str) -> None:
    assert own_part(short) == own

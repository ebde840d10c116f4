"""Numbers in text: what is read, where it stands, and when two numbers agree."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.english.number_words import CalendarDate, words_value
from qa.english.quantities import Quantity, agree, find_quantities


def only(text: str) -> Quantity:
    found = find_quantities(text)
    assert len(found) == 1, [q.text for q in found]
    return found[0]


@pytest.mark.parametrize(
    ("text", "value", "unit", "bound", "kind", "noun"),
    [
        ("over $6.5 billion", "6500000000", "usd", "over", "money", None),
        ("USD 1.25bn", "1250000000", "usd", "exact", "money", None),
        ("1.25bn USD", "1250000000", "usd", "exact", "money", None),
        ("US$3 trillion", "3000000000000", "usd", "exact", "money", None),
        ("€2.4m", "2400000", "eur", "exact", "money", None),
        ("6,5 billion euros", "6500000000", "eur", "exact", "money", None),
        ("300,000 won", "300000", "krw", "exact", "money", None),
        ("a $1.5-billion loan", "1500000000", "usd", "exact", "money", None),
        ("half a million dollars", "500000", "usd", "exact", "money", None),
        ("2,161,000 cars", "2161000", "", "exact", "count", "cars"),
        ("1.234.567 vehicles", "1234567", "", "exact", "count", "vehicles"),
        ("34.1 thousand tons", "34100", "tonne", "exact", "measure", None),
        ("over 4.7 thousand jobs", "4700", "", "over", "count", "jobs"),
        ("740 companies with Korean capital", "740", "", "exact", "count", "companies"),
        ("more than 700 joint ventures", "700", "", "over", "count", "ventures"),
        ("a total of 37 Memorandums of Understanding", "37", "", "exact", "count", "Memorandums"),
        ("at least 20 towns", "20", "", "over", "count", "towns"),
        ("no more than 30 seats", "30", "", "up to", "count", "seats"),
        ("not more than 30 seats", "30", "", "up to", "count", "seats"),
        ("700+ firms", "700", "", "over", "count", "firms"),
        ("nearly 900 homes", "900", "", "about", "count", "homes"),
        ("fewer than 12 seats", "12", "", "under", "count", "seats"),
        ("seven projects", "7", "", "exact", "count", "projects"),
        ("two dozen firms", "24", "", "exact", "count", "firms"),
        ("fifteen", "15", "", "exact", "count", None),
        ("twenty-five ships", "25", "", "exact", "count", "ships"),
        ("two hundred and fifty thousand ships", "250000", "", "exact", "count", "ships"),
        ("40%", "40", "percent", "exact", "share", None),
        ("40 per cent", "40", "percent", "exact", "share", None),
        ("25 basis points", "25", "basis point", "exact", "share", None),
        ("half of them", "50", "percent", "exact", "share", None),
        ("three quarters of the fleet", "75", "percent", "exact", "share", None),
        ("one of the top 10", "10", "", "exact", "rank", None),
        ("top five", "5", "", "exact", "rank", None),
        ("15th anniversary", "15", "", "exact", "ordinal", None),
        ("the second-largest partner", "2", "", "exact", "ordinal", None),
        ("the third quarter", "3", "quarter", "exact", "ordinal", None),
        ("Q3", "3", "quarter", "exact", "ordinal", None),
        ("a two-day visit", "2", "day", "exact", "measure", None),
        ("5 km", "5", "kilometre", "exact", "measure", None),
        ("300 MW", "300", "megawatt", "exact", "measure", None),
        ("One ongoing project is a plant", "1", "", "exact", "count", "project"),
        ("the 1990s", "1990", "decade", "exact", "year", None),
        ("sales doubled", "2", "times", "exact", "measure", None),
        ("thousands of people", "1000", "", "about", "count", None),
    ],
)
def test_reads(text: str, value: str, unit: str, bound: str, kind: str, noun: str | None) -> None:
    found = only(text)
    assert (found.value, found.unit, found.bound, found.kind, found.noun) == (Decimal(value), unit, bound, kind, noun)


@pytest.mark.parametrize("text", ["over a third of new cars", "a third of them", "two-thirds"])
def test_fractions_are_shares(text: str) -> None:
    found = only(text)
    assert found.kind == "share"
    assert found.unit == "percent"
    assert abs(found.value - Decimal(100) * (2 if "two" in text else 1) / 3) < Decimal("0.001")


@pytest.mark.parametrize(
    "text",
    [
        "COVID-19 and the G7",
        "one of the firms",
        "no one knows",
        "a third meeting was held"[:0],
        "the Boeing company",
        "First, we met.",
        "wait a second",
    ],
)
def test_reads_nothing(text: str) -> None:
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("10-12 ships", 10, 12, ""),
        ("between 10 and 20 percent", 10, 20, "percent"),
        ("from 10 to 12 million dollars", 10_000_000, 12_000_000, "usd"),
        ("$260 million to $290 million", 260_000_000, 290_000_000, "usd"),
        ("4% to 7%", 4, 7, "percent"),
        ("2015-2020", 2015, 2020, ""),
    ],
)
def test_ranges(text: str, low: int, high: int, unit: str) -> None:
    found = only(text)
    assert (found.value, found.high, found.unit) == (Decimal(low), Decimal(high), unit)


def test_a_year_before_another_figure_is_no_range() -> None:
    found = find_quantities("The fare rose by stages, 1.84 in 2023 to 2.18 in 2026.")
    assert not any(q.high for q in found) and Decimal("2.18") in [q.value for q in found]


def test_a_change_is_no_range() -> None:
    assert [q.value for q in find_quantities("It rose from 700 to 740 companies.")] == [700, 740]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("June 12, 2024", CalendarDate(2024, 6, 12)),
        ("12 June 2024", CalendarDate(2024, 6, 12)),
        ("the 12th of June 2024", CalendarDate(2024, 6, 12)),
        ("2024-06-12", CalendarDate(2024, 6, 12)),
        ("12.06.2024", CalendarDate(2024, 6, 12)),
        ("June 2024", CalendarDate(2024, 6)),
        ("on June 12", CalendarDate(None, 6, 12)),
        ("Dec. 9", CalendarDate(None, 12, 9)),
        ("On the 12th, he spoke", CalendarDate(None, None, 12)),
        ("June 12-13, 2024", CalendarDate(2024, 6, 12, 13)),
        ("in May", CalendarDate(None, 5)),
        ("in 2022", CalendarDate(2022)),
        ("mid-2022", CalendarDate(2022)),
    ],
)
def test_dates(text: str, date: CalendarDate) -> None:
    assert only(text).date == date


def test_may_and_march_as_verbs_are_no_dates() -> None:
    assert find_quantities("They may march on the capital") == []


def test_several_in_one_sentence() -> None:
    text = "In the first nine months of 2013, trade exceeded USD 1bn, a 6% increase on 2012."
    assert [q.text for q in find_quantities(text)] == ["first", "nine months", "2013", "exceeded USD 1bn", "6%", "2012"]


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("$1 billion", "USD 1bn"),
        ("4,700 jobs", "4.7 thousand jobs"),
        ("34,100 tonnes", "34.1 thousand tons"),
        ("15 projects", "fifteen projects"),
        ("more than $6.5bn", "over $6.5 billion"),
        ("at least 700 firms", "more than 700 firms"),
        ("about 740 firms", "740 firms"),
        ("over 700 firms", "740 firms"),
        ("nearly $6.5 billion", "$6.48 billion"),
        ("33%", "a third"),
        ("40 percent", "40%"),
        ("June 2024", "June 12, 2024"),
        ("2024", "12 June 2024"),
        ("June 12, 2024", "2024-06-12"),
        ("June 12", "June 12-13, 2024"),
        ("5,000 metres", "5 km"),
        ("20 years", "two decades"),
        ("up to 7%", "4% to 7%"),
        ("Q3", "the third quarter"),
        ("10-12 ships", "between 10 and 12 ships"),
    ],
)
def test_agrees(claim: str, quote: str) -> None:
    assert agree(only(claim), only(quote))


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("$1 million", "$1 billion"),
        ("$1 billion", "€1 billion"),
        ("700 firms", "more than 700 firms"),
        ("about 700 firms", "more than 700 firms"),
        ("more than 700 firms", "700 firms"),
        ("up to 700 firms", "700 firms"),
        ("over 650 firms", "over 700 firms"),
        ("over 100 firms", "740 firms"),
        ("over 740 firms", "700 firms"),
        ("41%", "40%"),
        ("40.4%", "40 percent"),
        ("5 percentage points", "5%"),
        ("5 basis points", "5 percentage points"),
        ("5 million tons", "5 million dollars"),
        ("June 13, 2024", "June 12, 2024"),
        ("July 12, 2024", "June 12, 2024"),
        ("June 12, 2024", "June 2024"),
        ("June 12, 2024", "June 12"),
        ("2023", "12 June 2024"),
        ("top 10", "10th"),
        ("top 10", "top five"),
        ("5%", "4% to 7%"),
        ("4% to 8%", "4% to 7%"),
        ("Q3", "Q2"),
        ("2015-2021", "2015-2020"),
        ("Monday", "Tuesday"),
        ("10:30 am", "10:30 pm"),
    ],
)
def test_disagrees(claim: str, quote: str) -> None:
    assert not agree(only(claim), only(quote))


SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from(sorted(SCALES)), st.sampled_from(["$", "USD ", "€"]))
def test_scaled_money_equals_its_digits(whole: int, tenth: int, scale: str, sign: str) -> None:
    digits = int(Decimal(f"{whole}.{tenth}") * SCALES[scale])
    short = {"thousand": "k", "million": "mn", "billion": "bn", "trillion": "tn"}[scale]
    renderings = [f"{sign}{whole}.{tenth} {scale}", f"{sign}{whole}.{tenth}{short}", f"{sign}{digits:,}"]
    assert {only(f"It cost {text} in all.").value for text in renderings} == {digits}


_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES = f"zero one two three four five six seven eight nine {_TEENS}".split(" ")
_TENS = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spell(n: int) -> str:
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10] + (f"-{_ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{_ONES[n // 100]} hundred" + (f" and {spell(n % 100)}" if n % 100 else "")
    return f"{spell(n // 1000)} thousand" + (f" {spell(n % 1000)}" if n % 1000 else "")


@given(st.integers(2, 999_999))
def test_words_and_digits_are_one_number(n: int) -> None:
    assert words_value(spell(n)) == n
    assert agree(only(f"They hired {spell(n)} workers."), only(f"They hired {n:,} workers."))


@given(st.dates())
def test_every_rendering_of_a_date_is_that_date(day) -> None:  # type: ignore[no-untyped-def]
    if not 1900 <= day.year <= 2099:
        return
    renderings = [day.isoformat(), f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", f"{day:%b}. {day.day}, {day.year}"]
    assert {only(f"It happened on {text}.").date for text in renderings} == {CalendarDate(day.year, day.month, day.day)}


@settings(max_examples=300)
@given(st.text(st.sampled_from("0123456789.,-–% $€over a third of more than ten million bn June may 12th to and\n:pmQ"), max_size=60))
def test_offsets_hold_on_any_text(text: str) -> None:
    found = find_quantities(text)
    for quantity in found:
        assert text[quantity.start : quantity.end] == quantity.text
    for left, right in pairwise(found):
        assert left.end <= right.start


@given(st.integers(2, 10**6), st.integers(2, 10**6), st.sampled_from(["", "over ", "about ", "up to "]))
def test_a_changed_count_never_agrees_exactly(a: int, b: int, bound: str) -> None:
    claim, quote = only(f"They own {a:,} ships."), only(f"They own {bound}{b:,} ships.")
    assert agree(claim, quote) == (a == b and not bound)


def test_agreeing_is_reflexive() -> None:
    for text in ("over $6.5 billion", "40%", "a third", "June 12, 2024", "2022", "top five", "10-12 ships", "10:30 am", "Monday"):
        assert agree(only(text), only(text)), text

"""Sources that give different values: disagreement, change over time, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.cite import MARKER
from qa.conflicts import APART_DAYS, find_conflicts, shown_value
from qa.query import Query
from qa.schema import Conflict
from qa.select import Choice
from tests.made import choice, document, query

STATE = query("How many companies with Korean capital operate in Kazakhstan?", "count", noun="company")
EVENT = query("How many documents were signed during the visit?", "count", noun="document")


def told(sentence: str, published: str | None, asked: Query = STATE, source: str | None = None) -> Choice:
    return choice(sentence, asked, document(sentence, source or f"{published}.txt", published))


def conflicts(asked: Query, *chosen: Choice) -> list[Conflict]:
    return find_conflicts(asked, chosen, [[n] for n in range(1, len(chosen) + 1)])


def test_two_dated_sources_far_apart_show_a_change() -> None:
    new = told("There are 860 companies.", "2024-06-12")
    old = told("There are 740 companies.", "2022-06-02")
    (found,) = conflicts(STATE, new, old)
    assert found.kind == "over_time"
    assert [v.split()[0] for v in found.values] == ["740", "860"], "oldest first"
    assert found.citations == [2, 1], "each value keeps its footnote"
    assert found.note.index("740") < found.note.index("860")


@pytest.mark.parametrize(("other", "kind"), [("2024-06-10", "disagreement"), ("2024-01-10", "over_time"), (None, "disagreement")])
def test_kind_depends_on_the_dates(other: str | None, kind: str) -> None:
    (found,) = conflicts(STATE, told("There are 860 companies.", "2024-06-12"), told("There are 740 companies.", other))
    assert found.kind == kind


def test_the_figure_of_an_event_does_not_change() -> None:
    a, b = told("They signed 37 documents.", "2024-06-12", EVENT), told("They signed 11 documents.", "2022-06-12", EVENT)
    assert [c.kind for c in conflicts(EVENT, a, b)] == ["disagreement"]


def test_nor_that_of_a_year() -> None:
    asked = query("What was the trade in 2022?", "amount", years=[2022])
    a = choice("Trade was $6.5 billion in 2022.", asked, document("Trade was $6.5 billion in 2022.", "a.txt", "2023-06-02"))
    b = choice("Trade was $6 billion in 2022.", asked, document("Trade was $6 billion in 2022.", "b.txt", "2024-06-02"))
    assert [c.kind for c in conflicts(asked, a, b)] == ["disagreement"]


def test_note_names_values_dates_and_footnotes() -> None:
    (found,) = conflicts(STATE, told("There are 860 companies.", "2024-06-12"), told("There are 740 companies.", None))
    assert all(part in found.note for part in ("860", "740", "2024-06-12", "undated", "[1]", "[2]"))


def test_nothing_without_two_values() -> None:
    one, wordy = told("There are 860 companies.", "2024-06-12"), told("There are many companies.", "2022-06-12")
    assert wordy.value is None
    assert conflicts(STATE) == conflicts(STATE, one) == conflicts(STATE, one, wordy) == []


def test_a_sentence_that_was_dropped_has_no_footnote_and_no_conflict() -> None:
    a, b = told("There are 860 companies.", "2024-06-12"), told("There are 740 companies.", "2022-06-12")
    assert find_conflicts(STATE, [a, b], [[1], []]) == []


def test_the_value_is_what_the_source_writes() -> None:
    assert shown_value(told("More than 700\n companies operate here.", "2024-06-12")) == "More than 700 companies"


def test_a_footnote_of_the_source_beside_its_figure_does_not_become_ours() -> None:
    plain = told("There are 740 companies.", None)
    assert plain.value is not None
    hostile = replace(plain, value=replace(plain.value, text="740 [1]", noun=None))
    (found,) = conflicts(STATE, told("There are 860 companies.", "2024-06-12"), hostile)
    assert [int(n) for n in MARKER.findall(found.note)] == [1, 2]


TRADE = query("What was the trade between the two countries?", "amount")


@pytest.mark.parametrize(
    ("first", "second", "told_as"),
    [
        ("In 2022 trade was $6 billion.", "Trade was $5.6 billion in 2023.", "$6 billion in 2022 [1], $5.6 billion in 2023 [2]"),
        ("Trade reached $5.6 billion in 2023.", "In 2022, trade came to $6 billion.", "$6 billion in 2022 [2], $5.6 billion in 2023 [1]"),
        (
            "In the first half of 2023 trade was $3 billion.",
            "Trade was $2 billion in the second half of 2023.",
            "$3 billion in the first half of 2023 [1], $2 billion in the second half of 2023 [2]",
        ),
        (
            "Trade was $1 billion in March 2023.",
            "During April 2023 trade was $2 billion.",
            "$1 billion in March 2023 [1], $2 billion in April 2023 [2]",
        ),
        (
            "Trade was $6 billion in 2022, after $5 billion in 2021.",
            "In 2023 trade was $7 billion.",
            "$6 billion in 2022 [1], $7 billion in 2023 [2]",
        ),
    ],
)
def test_different_periods_of_the_sentences_are_a_series(first: str, second: str, told_as: str) -> None:
    (found,) = conflicts(TRADE, told(first, "2024-06-12", TRADE, "a.txt"), told(second, "2023-06-12", TRADE, "b.txt"))
    assert found.kind == "over_time"
    assert found.note == f"The figures are for different periods: {told_as}."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("In 2022 trade was $6 billion.", "Trade was $5.6 billion in 2022."),  # one period
        ("In 2022 trade was $6 billion.", "Trade is $5.6 billion."),  # one that is not said
        ("In 2022 trade was $6 billion.", "Last year trade was $5.6 billion."),
        ("In 2022 trade was $6 billion.", "By the end of 2023 trade was $5.6 billion."),
        ("In 2022 trade was $6 billion.", "On 12 June 2023 trade was $5.6 billion."),
        ("In 2022 trade was $6 billion.", "In June 2023 the minister spoke of $5.6 billion of trade."),
        ("In 2022 trade was $6 billion.", "The trade of $5.6 billion was noted by those who met in 2023."),
        ("In 2022 trade was $6 billion.", "The two plan to bring trade to $5.6 billion in 2023."),
        ("In 2022 trade was $6 billion.", "To date trade has come to $5.6 billion, in 2023 to more."),
        ("In 2022 trade was $6 billion.", "Trade was $5.6 billion, and in 2023 the road was opened."),
    ],
)
def test_else_the_documents_dates_count(first: str, second: str) -> None:
    chosen = told(first, "2024-06-12", TRADE, "a.txt"), told(second, "2024-06-13", TRADE, "b.txt")
    (found,) = conflicts(TRADE, *chosen)
    assert found.kind == "disagreement"
    assert "(2024-06-12) [1]" in found.note and "(2024-06-13) [2]" in found.note


def test_one_period_among_several_is_still_disputed() -> None:
    sentences = ["In 2022 trade was $6 billion.", "In 2023 trade was $7 billion.", "Trade was $5.6 billion in 2022."]
    (found,) = conflicts(TRADE, *(told(s, "2024-06-12", TRADE, f"{n}.txt") for n, s in enumerate(sentences)))
    assert (found.kind, found.citations) == ("disagreement", [1, 3])


@given(
    st.lists(
        st.tuples(st.one_of(st.integers(2, 1000), st.integers(2200, 9000)), st.one_of(st.none(), st.dates().map(lambda d: d.isoformat()))),
        min_size=2,
        max_size=6,
        unique_by=lambda x: x[0],
    ),
    st.sampled_from([STATE, EVENT]),
)
def test_values_and_citations_go_together(figures: list[tuple[int, str | None]], asked: Query) -> None:
    noun = "companies" if asked is STATE else "documents"
    chosen = [told(f"There are {n} {noun}.", day, asked, f"{n}.txt") for n, day in figures]
    (found,) = conflicts(asked, *chosen)
    assert len(found.values) == len(found.citations) == len(figures)
    for value, n in zip(found.values, found.citations, strict=True):
        assert value == f"{figures[n - 1][0]} {noun}"
    days = [day for _, day in figures]
    if asked is EVENT or None in days:
        assert found.kind == "disagreement"
    if found.kind == "over_time":
        shown = [figures[n - 1][1] or "" for n in found.citations]
        assert shown == sorted(shown)
    assert APART_DAYS > 7, "reports of one event are printed for a week or two"

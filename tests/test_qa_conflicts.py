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

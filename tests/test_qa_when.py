"""Relative words as dates, and whether a sentence falls into the time that a question names."""

from __future__ import annotations

from datetime import date

import pytest

from index.schema import Published
from qa.occasion import occasion
from qa.when import absolute, falls_into, spans, without_open, years_in

DAY = date(2025, 3, 10)
JUNE = Published("2024-06-12", "day")
UNDATED = Published()


class TestRelativeWords:
    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ("What was signed last June?", "What was signed in June 2024?"),
            ("What was trade last year?", "What was trade in 2024?"),
            ("What happened two years ago?", "What happened in 2023?"),
            ("What was said yesterday?", "What was said on 9 March 2025?"),
            ("What is planned for next year?", "What is planned for 2026?"),
        ],
    )
    def test_are_counted_from_the_stated_day(self, asked: str, meant: str) -> None:
        assert absolute(asked, DAY) == meant

    @pytest.mark.parametrize(
        "asked", ["What was trade in 2022?", "Who spoke on 12 June 2024?", "What was signed in June?", "Who came last?"]
    )
    def test_other_words_stay(self, asked: str) -> None:
        assert absolute(asked, DAY) == asked


class TestSpans:
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("What was built since 2013?", date(2013, 1, 1), None),
            ("What was built after May 2024?", date(2024, 5, 1), None),
            ("What was built before 2020?", None, date(2019, 12, 31)),
            ("What was built until 2020?", None, date(2020, 12, 31)),
            ("What was built before 12 June 2024?", None, date(2024, 6, 11)),
            ("What was built in June 2024?", date(2024, 6, 1), date(2024, 6, 30)),
            ("What was built on 12 June 2024?", date(2024, 6, 12), date(2024, 6, 12)),
        ],
    )
    def test_months_days_and_open_sides(self, asked: str, first: date | None, last: date | None) -> None:
        (found,) = spans(asked)
        assert (found.first, found.last) == (first, last)

    @pytest.mark.parametrize("asked", ["What was built in 2020?", "Who came after him?", "What was built?"])
    def test_a_bare_year_is_none(self, asked: str) -> None:
        assert spans(asked) == ()

    def test_open_spans_leave_the_question(self) -> None:
        asked = "What was built since 2013 in Oslo?"
        assert without_open(asked, spans(asked)) == "What was built in Oslo?"

    def test_a_month_stays_in_the_question(self) -> None:
        asked = "What was built in June 2024?"
        assert without_open(asked, spans(asked)) == asked


class TestFallsInto:
    def holds(self, asked: str, text: str, published: Published, before: tuple[str, ...] = ()) -> bool:
        (span,) = spans(asked)
        return falls_into(span, text, before, published)

    def test_by_a_date_of_its_own(self) -> None:
        assert self.holds("built in June 2024?", "The bridge was opened on June 3, 2024.", UNDATED)
        assert not self.holds("built in June 2024?", "The bridge was opened on May 3, 2024.", JUNE)
        assert not self.holds("built since 2020?", "In 2012 trade grew.", JUNE)

    def test_by_the_sentence_before(self) -> None:
        assert self.holds("built in June 2024?", "It is 300 metres long.", UNDATED, ("The bridge was opened on June 3, 2024.",))

    def test_by_its_publication(self) -> None:
        assert self.holds("built since May 2024?", "The bridge is open.", JUNE)
        assert not self.holds("built since July 2024?", "The bridge is open.", JUNE)
        assert self.holds("built in May 2024?", "The bridge is open.", JUNE), "reported some weeks later"
        assert not self.holds("built before May 2024?", "The bridge is open.", JUNE)

    def test_what_has_no_date_is_not_known_to_be_new(self) -> None:
        assert not self.holds("built since 12 June 2024?", "The bridge is open.", UNDATED)
        assert self.holds("built since 2010?", "The bridge is open.", UNDATED)

    def test_last_year_of_a_dated_report_is_a_year(self) -> None:
        assert years_in("By the end of last year it was done.", JUNE) == {2023}
        assert years_in("By the end of last year it was done.", UNDATED) == frozenset()


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ("What has been built since the visit?", "the visit"),
        ("What did he say after the summit in Oslo?", "the summit in Oslo"),
        ("What was trade before President Lind's visit, in crowns?", "President Lind's visit"),
    ],
)
def test_an_occasion_is_found(asked: str, what: str) -> None:
    found = occasion(asked)
    assert found is not None and found["what"] == what


@pytest.mark.parametrize("asked", ["What was signed during the visit?", "What was built since 2013?", "Who came after the minister?"])
def test_no_occasion_to_count_from(asked: str) -> None:
    assert occasion(asked) is None

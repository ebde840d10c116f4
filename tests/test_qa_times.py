"""Dates in a question and on the command line, as limits on publication dates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from qa.times import Window, iso_day, window_of
from tests.made import query

AS_OF = "2024-06-20"  # a Thursday


def window(text: str, since: str | None = None, until: str | None = None, as_of: str = AS_OF) -> Window:
    return window_of(query(text), since, until, as_of)


class TestQuestions:
    @pytest.mark.parametrize(
        ("question", "since", "until"),
        [
            ("What was reported since 2024-05-01?", "2024-05-01", None),
            ("What was written after May 2024?", "2024-05-01", None),
            ("Which reports from 3 June 2024?", "2024-06-03", None),
            ("What was reported today?", "2024-06-20", "2024-06-20"),
            ("What was reported yesterday?", "2024-06-19", "2024-06-19"),
            ("Which articles came this week?", "2024-06-17", "2024-06-20"),
            ("Which articles came last week?", "2024-06-10", "2024-06-16"),
            ("What was published this month?", "2024-06-01", "2024-06-20"),
            ("What was published last month?", "2024-05-01", "2024-05-31"),
            ("What was reported this year?", "2024-01-01", "2024-06-20"),
            ("What was reported last year?", "2023-01-01", "2023-12-31"),
        ],
    )
    def test_limits_in_words(self, question: str, since: str | None, until: str | None) -> None:
        found = window(question)
        assert (found.since, found.until) == (since, until)

    @pytest.mark.parametrize(
        "question",
        [
            "What was the trade in 2022?",
            "How much has Korea invested since 1992?",
            "Which plants were opened last year?",
            "How many jobs were created in May 2024?",
            "Who reported on the plant?",
            "What is new?",
        ],
    )
    def test_the_time_of_an_event_is_no_limit(self, question: str) -> None:
        assert window(question) == Window()

    @pytest.mark.parametrize("word", ["latest", "newest", "most recent", "Latest"])
    def test_newest(self, word: str) -> None:
        assert window(f"What is the {word} figure for trade?").newest
        assert not window("What is the figure for trade?").newest

    @pytest.mark.parametrize(
        ("as_of", "since", "until"), [("2024-03-01", "2024-02-01", "2024-02-29"), ("2024-01-05", "2023-12-01", "2023-12-31")]
    )
    def test_last_month_over_the_ends_of_months_and_years(self, as_of: str, since: str, until: str) -> None:
        found = window("What was published last month?", as_of=as_of)
        assert (found.since, found.until) == (since, until)


class TestFlags:
    def test_both_ends(self) -> None:
        assert window("trade?", "2024-01-01", "12 June 2024") == Window("2024-01-01", "2024-06-12")

    def test_they_win_over_the_question(self) -> None:
        assert window("What was published last month?", since="2020-01-01") == Window("2020-01-01", None)

    def test_one_day(self) -> None:
        assert window("trade?", "2024-06-12", "2024-06-12") == Window("2024-06-12", "2024-06-12")

    def test_the_wrong_way_round(self) -> None:
        with pytest.raises(UsageError, match=r"2024-06-12.*2024-01-01"):
            window("trade?", "2024-06-12", "2024-01-01")

    @pytest.mark.parametrize("text", ["soonish", "2024-13-45", "", "--"])
    def test_no_date(self, text: str) -> None:
        with pytest.raises(UsageError, match="--since"):
            iso_day(text, "--since")

    def test_a_bad_day_in_the_settings_is_told_by_its_name(self) -> None:
        with pytest.raises(UsageError, match=r"answer\.as_of"):
            window("trade?", as_of="someday")

    @given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
    def test_iso_days_stay(self, day: date) -> None:
        assert iso_day(day.isoformat(), "--since") == day.isoformat()


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)), st.sampled_from(["week", "month", "year"]))
def test_the_last_period_ends_the_day_before_this_one_begins(day: date, unit: str) -> None:
    this, last = (window(f"What was published {which} {unit}?", as_of=day.isoformat()) for which in ("this", "last"))
    assert this.since and this.until and last.since and last.until
    assert (date.fromisoformat(this.since) - date.fromisoformat(last.until)).days == 1
    assert last.since <= last.until < this.since <= this.until == day.isoformat()


def test_told_in_words() -> None:
    assert Window().told() == ""
    told = Window("2024-01-01", "2024-06-12", True).told()
    assert "2024-01-01" in told and "2024-06-12" in told and "newest" in told

"""Follow-up questions made whole; questions that stand alone are left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.followup import standalone
from qa.schema import Turn
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]

FIRMS = Turn("How many Korean companies operate in Kazakhstan?", "There are 740 companies with Korean participation in Kazakhstan. [1]")
SAMSUNG = Turn("What does Samsung plan in Kazakhstan?", "Samsung Electronics plans to build a home appliance factory in Saran. [1]")
TRADE = Turn("What was the trade between Korea and Kazakhstan in 2022?", "Trade passed $6.5 billion in 2022. [1]")
AKHMETOV = Turn("Who visited Korea in 2013?", "Prime Minister Serik Akhmetov visited South Korea in December 2013. [1]")


@pytest.mark.parametrize(
    "question",
    [
        "Which Korean firms are building plants?",
        "What is the population of Astana?",
        "Who is the president of Uzbekistan?",
        "How much did trade with Japan grow in 2019?",
    ],
)
@pytest.mark.parametrize("turn", [FIRMS, SAMSUNG], ids=["firms", "samsung"])
def test_a_change_of_subject_stays_as_asked(question: str, turn: Turn) -> None:
    assert standalone(question, [turn]) == question


def test_without_a_conversation_nothing_changes() -> None:
    assert standalone("And how many jobs have they created?", []) == "And how many jobs have they created?"


class TestPronouns:
    def test_they_are_the_many(self) -> None:
        whole = standalone("How many jobs have they created?", [FIRMS])
        assert "companies" in whole and "they" not in whole.lower().split()
        assert whole.startswith("How many jobs have")

    def test_it_is_the_thing(self) -> None:
        whole = standalone("Where will it be built?", [SAMSUNG])
        assert "factory" in whole and " it " not in whole

    def test_a_thing_alone_brings_the_names_of_the_question(self) -> None:
        turn = Turn("What does Samsung plan in Kazakhstan?", "The company plans to build a home appliance factory. [1]")
        assert "Samsung" in standalone("Where will it be built?", [turn])

    def test_he_is_the_person(self) -> None:
        whole = standalone("Whom did he meet?", [AKHMETOV])
        assert "Akhmetov" in whole and " he " not in whole

    def test_their_gets_a_possessive(self) -> None:
        whole = standalone("What is their turnover?", [FIRMS])
        assert "companies" in whole and ("’" in whole or "'" in whole)

    def test_there_is_a_place(self) -> None:
        whole = standalone("How many people live there?", [Turn("Where is the plant?", "The plant stands in Turkestan. [1]")])
        assert "Turkestan" in whole

    def test_footnote_markers_of_the_answer_do_not_come_along(self) -> None:
        for question in ("How many jobs have they created?", "What is their turnover?", "And what about them?"):
            assert "[" not in standalone(question, [FIRMS])

    def test_only_the_last_turn_counts(self) -> None:
        assert "Akhmetov" in standalone("Whom did he meet?", [SAMSUNG, AKHMETOV])
        assert "factory" in standalone("Where will it be built?", [AKHMETOV, SAMSUNG])


class TestExchange:
    def test_another_year(self) -> None:
        whole = standalone("And in 2023?", [TRADE])
        assert "2023" in whole and "2022" not in whole and "trade" in whole

    def test_a_year_is_added_where_there_was_none(self) -> None:
        whole = standalone("And in 2021?", [Turn("How much did exports grow?", "They grew by 5 per cent. [1]")])
        assert "exports" in whole and "2021" in whole

    @pytest.mark.parametrize("question", ["What about Kia?", "And Kia?", "How about Kia?"])
    def test_another_firm(self, question: str) -> None:
        whole = standalone(question, [SAMSUNG])
        assert "Kia" in whole and "Samsung" not in whole and "plan" in whole

    def test_another_country(self) -> None:
        whole = standalone("What about Uzbekistan?", [FIRMS])
        assert "Uzbekistan" in whole and "companies" in whole


class TestTopic:
    def test_and_brings_the_names_along(self) -> None:
        whole = standalone("And how many jobs will be created?", [SAMSUNG])
        assert "Samsung" in whole and "jobs" in whole

    def test_so_does_a_definite_noun(self) -> None:
        whole = standalone("When will the factory open?", [SAMSUNG])
        assert "Samsung" in whole and "factory" in whole

    def test_another_brings_what_it_was_about(self) -> None:
        whole = standalone("Which other company is interested?", [Turn("Is Nordex interested in lithium deposits?", "Yes. [1]")])
        assert "lithium deposits" in whole and "Nordex" not in whole

    def test_not_when_the_question_names_its_own(self) -> None:
        assert "Samsung" not in standalone("When will the Hyundai factory open?", [SAMSUNG])


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(
        ["And", "it", "They", "What about", "how many", "there?", "2023", "Kia", "[1]", "?", "", "his", "this", "the plant", "🎉"]
    ).flatmap(
        lambda first: st.lists(st.sampled_from(["it", "they", "in 2023", "Kia", "?", "plan", "{0}", "\n", "한국"]), max_size=4).map(
            lambda rest: " ".join([first, *rest])
        )
    ),
    st.sampled_from([FIRMS, SAMSUNG, TRADE, AKHMETOV, Turn("", ""), Turn("?", "[1]"), Turn("\\1", "\\g<0> (")]),
)
def test_any_follow_up_gives_some_question(question: str, turn: Turn) -> None:
    whole = standalone(question, [turn])
    assert isinstance(whole, str)
    assert whole.strip() or not question.strip()


def test_a_very_long_answer_is_no_trouble() -> None:
    assert isinstance(standalone("Where is it?", [Turn("What is planned?", "A factory is planned. " * 5000)]), str)

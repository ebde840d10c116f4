"""What a question asks for, read from its grammar."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.query import Query, analyse, topic
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which Korean firms are building plants?", "organisation"),
        ("Which companies have invested in Uzbekistan?", "organisation"),
        ("What companies opened factories?", "organisation"),
        ("Who is the Prime Minister of Kazakhstan?", "person"),
        ("Who attended the forum?", "person"),
        ("Which ministers signed the agreement?", "person"),
        ("Where is the factory?", "place"),
        ("In which city was the forum held?", "place"),
        ("When did Hyundai open its plant?", "date"),
        ("In what year were relations established?", "date"),
        ("How many jobs will the plant create?", "count"),
        ("How much has Korea invested in Kazakhstan?", "amount"),
        ("What is the population of Astana?", "amount"),
        ("What share of cars is Korean?", "share"),
        ("By how much did exports grow?", "share"),
        ("Did Samsung sign the contract?", "yes_no"),
        ("Is Kia building a plant in Kostanay?", "yes_no"),
        ("Why did the talks fail?", "description"),
        ("How does the process work?", "description"),
    ],
)
def test_kinds(question: str, kind: str) -> None:
    assert analyse(question).kind == kind


@pytest.mark.parametrize(
    "question",
    ["which korean firms are building plants", "  Which Korean firms are building plants ?? ", "WHICH KOREAN FIRMS ARE BUILDING PLANTS?"],
)
def test_case_and_question_mark_do_not_change_the_country(question: str) -> None:
    assert "south korea" in {name.country for name in analyse(question).names}


class TestLists:
    @pytest.mark.parametrize("question", ["Which firms are building plants?", "Which countries took part?", "Who attended the meeting?"])
    def test_several_are_asked_for(self, question: str) -> None:
        assert analyse(question).is_list

    @pytest.mark.parametrize(
        "question", ["Which company built the road?", "Who is the president of Korea?", "How many firms came?", "Where is the plant?"]
    )
    def test_one_is_asked_for(self, question: str) -> None:
        assert not analyse(question).is_list


class TestNames:
    def names(self, question: str) -> set[str]:
        return {name.text for name in analyse(question).names}

    def test_the_asked_class_is_qualified_by_its_country(self) -> None:
        (name,) = analyse("Which Korean firms are building plants?").names
        assert (name.text, name.country, name.of_answer) == ("Korean", "south korea", True)

    def test_a_place_does_not_qualify_the_asked_class(self) -> None:
        by_country = {name.country: name for name in analyse("Which Korean firms are building plants in Kazakhstan?").names}
        assert by_country["south korea"].of_answer and not by_country["kazakhstan"].of_answer

    @pytest.mark.parametrize("name", ["Doosan Enerbility", "Samsung Electronics", "POSCO", "GL Ralpha"])
    def test_names_stay_whole(self, name: str) -> None:
        assert name in self.names(f"What did {name} say about the deal?")

    @pytest.mark.parametrize("question", ["What did President Yoon say?", "What did Yoon's envoy say?"])
    def test_titles_and_endings_are_no_part_of_a_name(self, question: str) -> None:
        assert "Yoon" in self.names(question)

    def test_two_countries_joined(self) -> None:
        assert {n.country for n in analyse("How has Kazakh-Korean trade grown?").names} >= {"kazakhstan", "south korea"}

    def test_question_words_months_and_numbers_are_no_names(self) -> None:
        assert self.names("Which firms came in June 2024 and on Monday?") == set()

    def test_names_side_by_side_are_marked(self) -> None:
        joined = {n.text: n.joined for n in analyse("Did Doosan or Samsung build the plant?").names}
        assert joined == {"Doosan": True, "Samsung": True}


class TestYears:
    @pytest.mark.parametrize(
        ("question", "years"),
        [
            ("What was the trade in 2022?", (2022,)),
            ("How did trade grow between 2021 and 2023?", (2021, 2023)),
            ("What was the trade?", ()),
            ("How did firms spend $2000?", ()),
            ("Who made 2022.5 tons?", ()),
            ("Was 2022 better than 2022?", (2022,)),
        ],
    )
    def test_years_of_events(self, question: str, years: tuple[int, ...]) -> None:
        assert analyse(question).years == years

    def test_the_year_of_a_named_source_is_no_year_of_the_event(self) -> None:
        query = analyse("How many companies operate according to the 2023 report?")
        assert (query.doc_year, query.years) == (2023, ())

    def test_years_are_no_topic_words(self) -> None:
        assert "2022" not in analyse("What was the trade turnover in 2022?").stems


class TestTemplates:
    @pytest.mark.parametrize(
        "question",
        [
            "Which Korean firms are building plants?",
            "How many documents were signed during the visit?",
            "How much has Korea invested?",
            "Who signed the agreement?",
            "When was the factory opened?",
            "What share of new cars is Korean?",
        ],
    )
    def test_the_answer_has_one_place_and_no_question_word_is_left(self, question: str) -> None:
        template = analyse(question).template
        assert template is not None and template.count("{}") == 1
        assert template.format("X").strip() != "X"
        assert not template.lower().startswith(("which", "who", "how", "when", "what"))

    @pytest.mark.parametrize("question", ["Why did it fail?", "Did Samsung come?", "How does it work?"])
    def test_none_without_an_asked_thing(self, question: str) -> None:
        assert analyse(question).template is None

    def test_braces_in_a_question_are_no_place_for_the_answer(self) -> None:
        for question in ("How many {firms} signed {0} in Seoul?", "How much has {a} grown?", "Which firms {} are building {x} plants?"):
            template = analyse(question).template
            assert template is not None and template.format("12").count("12") == 1


def test_stems_hold_the_topic_without_function_words_and_names() -> None:
    stems = set(analyse("Which Korean firms are building plants?").stems)
    assert {"plant", "build"} <= stems
    assert not stems & {"which", "are", "korean"}


def test_topic_names_what_was_looked_for() -> None:
    told = topic(analyse("What was the trade with Uzbekistan in 2019?"))
    assert all(part in told for part in ("trade", "Uzbekistan", "2019"))


def test_topic_of_a_question_without_topic_words_is_the_question() -> None:
    assert topic(analyse("who is it")) == "who is it"


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(min_size=1, max_size=80), st.text(alphabet="whichowmany {}[]?.'\"’-&2024 AKor\n", min_size=1, max_size=60)))
def test_any_question_can_be_read(question: str) -> None:
    query = analyse(question)
    assert isinstance(query, Query)
    assert topic(query).strip() or not question.strip()
    assert query.template is None or isinstance(query.template.format("answer"), str)


@pytest.mark.parametrize(
    "question", ["한국 기업은 어디에 공장을 짓고 있습니까?", "Сколько компаний работает в Казахстане?", "🎉🎉🎉", "a " * 5000]
)
def test_other_languages_and_lengths(question: str) -> None:
    assert len(analyse(question).text) <= 2000

"""Questions about figures as statements, by the real parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.query import analyse
from qa.statement import part_of, turned
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("How much has Korea invested?", "Korea has invested {}"),
        ("how much has Korea invested in Kazakhstan?", "Korea has invested {} in Kazakhstan"),
        ("How much did Norway spend on ships?", "Norway did spend {} on ships"),
        ("How many cars did Kia sell?", "Kia did sell {}"),
        ("How many jobs will the 15 joint projects create?", "the 15 joint projects will create {}"),
        ("How many projects have Korean companies completed?", "Korean companies have completed {}"),
        ("What share of new cars does Korea hold?", "Korea does hold {} of new cars"),
        ("What will the plant cost?", "the plant will cost {}"),
        ("What is the volume of Korean investment?", "the volume of Korean investment is {}"),
        ("What was trade between Chile and Norway worth in 2019?", "trade between Chile and Norway was worth {} in 2019"),
        ("How much are the joint projects worth?", "the joint projects are worth {}"),
        ("How big is trade with Korea?", "trade with Korea is {}"),
        ("By how much did exports grow in 2012?", "exports did grow in 2012 by {}"),
        ("How much higher was the rate in 2004?", "the rate was {} higher in 2004"),
        ("How many companies with Korean capital are there in Kazakhstan?", "there are {} with Korean capital in Kazakhstan"),
        ("How much direct investment was there in 2022?", "there was {} of direct investment in 2022"),
        ("How much money did Norway lend to Chile?", "Norway did lend {} to Chile"),
        ("How much do Chile and Norway spend on fish?", "Chile and Norway do spend {} on fish"),
    ],
)
def test_the_subject_stands_before_its_verb(question: str, statement: str) -> None:
    assert analyse(question).template == statement


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("How many documents were signed during the visit?", "{} were signed during the visit"),
        ("How many companies with Korean participation operate in Chile?", "{} with Korean participation operate in Chile"),
        ("How many jobs are expected from the projects?", "{} are expected from the projects"),
        ("How much direct investment arrived from Korea?", "{} of direct investment arrived from Korea"),
        ("How much Korean money has gone into Kazakhstan?", "{} of Korean money has gone into Kazakhstan"),
        ("What share of new cars is Korean?", "{} of new cars is Korean"),
    ],
)
def test_a_figure_that_is_the_subject_stays_first(question: str, statement: str) -> None:
    assert analyse(question).template == statement


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("When was the treaty signed?", "was the treaty signed {}"),
        ("Which Korean firms are building plants?", "Is {} building plants?"),
        ("Which firms did Samsung buy?", "did Samsung buy {}"),
    ],
)
def test_dates_and_names_keep_the_order_that_was_measured(question: str, statement: str) -> None:
    assert analyse(question).template == statement


def test_without_a_subject_behind_an_auxiliary_nothing_is_turned() -> None:
    assert [turned(rest) for rest in ("were signed", "came from Korea", "did", "", "companies that are Korean do well")] == [None] * 5


def test_money_needs_no_mention() -> None:
    assert [part_of(thing) for thing in ("", "money", "money from Oslo", "oil", "of the oil", "higher")] == [
        "{}",
        "{}",
        "{} from Oslo",
        "{} of oil",
        "{} of the oil",
        "{} higher",
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from("did does has is are will Korea trade money of in the that worth invest invested 2012 ? , 's".split()), max_size=12
    )
)
def test_any_words(words: list[str]) -> None:
    statement = turned(" ".join(words))
    assert statement is None or statement.count("{}") == 1

"""Follow-up questions made whole."""

from __future__ import annotations

import pytest

from qa.question.standalone import REFUSAL, leans, wordings
from qa.schema import Turn

TURN = Turn("Who runs the Tolvik bakery?", "The bakery is run by Mette Aas. [1]")


@pytest.mark.parametrize(
    "question",
    ["And in 2023?", "what about Sunday?", "When did she start?", "How many do they employ?", "Where is it?", "who else?", "Which firms?"],
)
def test_a_question_that_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many people work in the Tolvik bakery?",
        "Is it true that the Tolvik bakery was sold?",
        "Is there a bakery in the harbour of Tolvik?",
        "What does the contract with Nordmel cost?",
        "What does a share cost these days?",
        "How many berths are free this summer?",
    ],
)
def test_a_question_that_stands_alone(question: str) -> None:
    assert not leans(question)
    assert wordings(question, [TURN]) == [question]


def test_a_follow_up_gets_the_last_question_and_the_names_of_its_answer_else_the_question_alone() -> None:
    assert wordings("When did she start?", [TURN]) == [
        "Who runs the Tolvik bakery? (Mette Aas) When did she start?",
        "Who runs the Tolvik bakery? When did she start?",
    ]


def test_without_a_conversation_nothing_is_added() -> None:
    assert wordings("When did she start?", []) == ["When did she start?"]


@pytest.mark.parametrize(
    "question",
    [
        "Does the new mill pay for the flour that it loses?",
        "What do they call a sunken barge?",
        "Who repairs the oven in Quay Street this time?",
    ],
)
def test_a_question_with_enough_words_of_its_own_is_not_put_behind_another(question: str) -> None:
    assert wordings(question, [TURN]) == [question]


def test_a_short_question_that_points_at_nothing_is_read_as_it_is_at_last() -> None:
    assert wordings("oven repair", [TURN])[-1] == "oven repair"
    assert wordings("And oven repair?", [TURN])[-1] != "And oven repair?"
    assert "why?" not in wordings("why?", [TURN])


def test_a_refusal_is_never_an_antecedent() -> None:
    refused = Turn("Who runs the Tolvik bakery?", f"{REFUSAL} Nearest: Karl Moe")
    assert wordings("When did she start?", [refused]) == ["Who runs the Tolvik bakery? When did she start?"]


def test_a_piece_of_a_question_is_put_into_the_last_one() -> None:
    assert wordings("And the Holm bakery?", [TURN]) == ["Who runs the Holm bakery?"]


def test_a_follow_up_of_a_follow_up_reaches_one_question_further() -> None:
    history = [TURN, Turn("And the Holm bakery?", "The Holm bakery is run by Per Lie. [1]")]
    assert wordings("When did he start?", history)[0] == "Who runs the Holm bakery? (Per Lie) When did he start?"


def test_thanks_are_passed_over() -> None:
    history = [TURN, Turn("Thanks!", "Ask me something that your documents may answer.")]
    assert wordings("When did she start?", history)[0] == "Who runs the Tolvik bakery? (Mette Aas) When did she start?"


def test_a_change_of_subject_that_is_announced_stands_alone() -> None:
    assert wordings("Something else: when does the library open?", [TURN]) == ["when does the library open?"]


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("- Baker: Mette Aas | Town: Tolvik | Since: 2019. [1]", "Mette Aas, Tolvik"),
        ("- The oven was lit by Mette Aas on Monday, 4 March. [1]\n- Loaves: Six a day. [2]", "Mette Aas"),
        ("Yes, in the yard. [1]", ""),
    ],
)
def test_names_of_an_answer_are_no_column_names_days_or_first_words(answer: str, names: str) -> None:
    said = f" ({names})" if names else ""
    assert wordings("Where is it?", [Turn("Who lit the oven?", answer)])[0] == f"Who lit the oven?{said} Where is it?"

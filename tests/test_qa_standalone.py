"""Follow-up questions made whole."""

from __future__ import annotations

import pytest

from qa.question.standalone import REFUSAL, leans, standalone
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
    ],
)
def test_a_question_that_stands_alone(question: str) -> None:
    assert not leans(question)
    assert standalone(question, [TURN]) == question


def test_a_follow_up_gets_the_last_question_and_the_names_of_its_answer() -> None:
    assert standalone("When did she start?", [TURN]) == "Who runs the Tolvik bakery? (Mette Aas) When did she start?"


def test_without_a_conversation_nothing_is_added() -> None:
    assert standalone("When did she start?", []) == "When did she start?"


def test_a_refusal_is_never_an_antecedent() -> None:
    refused = Turn("Who runs the Tolvik bakery?", f"{REFUSAL} Nearest: Karl Moe")
    assert "Karl" not in standalone("When did she start?", [refused])


def test_a_follow_up_of_a_follow_up_reaches_one_question_further() -> None:
    history = [TURN, Turn("And the Holm bakery?", "The Holm bakery is run by Per Lie. [1]")]
    assert standalone("When did he start?", history) == (
        "Who runs the Tolvik bakery? (Mette Aas) And the Holm bakery? (Per Lie) When did he start?"
    )

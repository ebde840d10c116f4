"""Orders, wrappings, comparisons and questions about change or agreement as plain questions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.rephrase import Asked, plain_questions


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Name the ministers who came to the fair.", "Which ministers came to the fair?"),
        ("List all firms that build ships", "Which firms build ships?"),
        ("Please tell me who opened the bridge", "Who opened the bridge?"),
        ("Could you tell me how many ferries sank?", "How many ferries sank?"),
        ("Do the documents say who paid for it?", "Who paid for it?"),
        ("According to my files, when was the harbour dug?", "When was the harbour dug?"),
        ("Tell me about the Northern Canal.", "What is the Northern Canal?"),
        ("Give me the names of the captains who deserted", "Which captains deserted?"),
        ("List the shipyards in Norway", "What are the shipyards in Norway?"),
        ("Do the sources agree on the number of ferries?", "What is the number of ferries?"),
        ("Do the reports differ about how many ferries sank?", "How many ferries sank?"),
    ],
)
def test_one_plain_question(typed: str, plain: str) -> None:
    assert plain_questions(typed) == Asked((plain,))


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Compare exports in 1998 and in 2004.", ("What was exports in 1998?", "What was exports in 2004?")),
        ("What was the catch in 1998 and 2004?", ("What was the catch in 1998?", "What was the catch in 2004?")),
        ("Compare the price of cod with the price of herring", ("What is the price of cod?", "What is the price of herring?")),
        ("How many ferries sank, and who was the captain?", ("How many ferries sank?", "Who was the captain?")),
    ],
)
def test_several_plain_questions(typed: str, plain: tuple[str, ...]) -> None:
    assert plain_questions(typed) == Asked(plain)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("How has the price of cod developed?", ("What is the price of cod?",)),
        ("Has the number of ferries changed since 1998?", ("What is the number of ferries?",)),
        (
            "How did the catch volume grow between 1998 and 2004?",
            ("What was the catch volume in 1998?", "What was the catch volume in 2004?"),
        ),
    ],
)
def test_a_development_is_a_series(typed: str, plain: tuple[str, ...]) -> None:
    assert plain_questions(typed) == Asked(plain, series=True)


@pytest.mark.parametrize(
    "typed",
    [
        "Which Korean firms are building plants?",
        "Did trade rise in 1998?",
        "What did Ahab and Starbuck say?",
        "Who listed the firm in London?",
        "How has Ahab changed his mind?",
        "Between which years was the bridge closed?",
        "How many cars were made between 1998 and 2004?",
        "Is the sea growing?",
    ],
)
def test_a_plain_question_is_left_alone(typed: str) -> None:
    assert plain_questions(typed) == Asked((typed,))


@given(st.text(min_size=1, max_size=200))
def test_no_word_is_invented(typed: str) -> None:
    asked = plain_questions(typed)
    assert asked.questions
    known = set(re.findall(r"\w+", folded(typed))) | {"what", "which", "is", "was", "are", "in"}
    assert {w for q in asked.questions for w in re.findall(r"\w+", folded(q))} <= known


def folded(text: str) -> str:
    """A first letter may have become a capital one, which is not always the capital of one letter only (the micro sign)."""
    return text.upper().lower()

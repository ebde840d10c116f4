"""Sentences with [n] out of whatever a model writes: in pieces, with thinking, repetitions and marks in odd places."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.llm.cited import MAX_RUN, Draft, Endless, drafts, refuses, without_thought


def read(written: str, count: int = 3, size: int = 7) -> list[Draft]:
    """What comes of a text in pieces of `size` characters."""
    return list(drafts([written[i : i + size] for i in range(0, len(written), size)], count))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("The mill closes at six [1].", [("The mill closes at six.", (0,))]),
        ("The mill closes at six. [1]", [("The mill closes at six.", (0,))]),
        ("The mill closes at six [1, 3]. It opens at ten [2][3].", [("The mill closes at six.", (0, 2)), ("It opens at ten.", (1, 2))]),
        ("The mill closes at six. [1] It opens at ten. [2]", [("The mill closes at six.", (0,)), ("It opens at ten.", (1,))]),
        ("- The mill closes at six [1]\n- It opens at ten [2]", [("The mill closes at six", (0,)), ("It opens at ten", (1,))]),
        ("1. Turn the key [1].\n2. Lift the bar [1].", [("Turn the key.", (0,)), ("Lift the bar.", (0,))]),
        ("It closes at six. It opens at ten [2].", [("It closes at six.", (1,)), ("It opens at ten.", (1,))]),
        ("The mill [1] and the bakery [2] close at six.", [("The mill and the bakery close at six.", (0, 1))]),
        ("According to [2], the mill closes at six.", [("the mill closes at six.", (1,))]),
        ("The mill closes at six (passage 2).", [("The mill closes at six.", (1,))]),
        ("The mill closes at six [passages 1 and 2].", [("The mill closes at six.", (0, 1))]),
        ("The mill closes at six [1-3].", [("The mill closes at six.", (0, 1, 2))]),
        ("The mill closes at six【1】.", [("The mill closes at six.", (0,))]),
        ("**Answer:** The mill closes at six [1].", [("The mill closes at six.", (0,))]),
        ("The steps are:\n1. Turn the key [1].", [("Turn the key.", (0,))]),
        ("The mill closes at six.", [("The mill closes at six.", ())]),
        ("The mill closes at six [9].", [("The mill closes at six.", ())]),
        ("The mill closes at six [0] [2] [77].", [("The mill closes at six.", (1,))]),
        ("<think>Hm, [1] says six.</think>The mill closes at six [1].", [("The mill closes at six.", (0,))]),
        ("<think>Hm, [1] says six. And then [2] says", []),
        ("[1]\n\n...", []),
    ],
)
def test_numbers_wherever_they_stand(written: str, found: list[tuple[str, tuple[int, ...]]]) -> None:
    for size in (1, 7, 1000):
        assert [(d.text, d.passages) for d in read(written, size=size)] == found


def test_thinking_without_its_opening_is_let_go_where_it_ends() -> None:
    assert without_thought("Six or seven? Six.</think>\nIt closes at six [1].") == "\nIt closes at six [1]."


def test_a_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    pieces = iter(["The mill closes at six [1]. ", "It opens ", "at ten [2]."])
    made = drafts(pieces, 2)
    assert next(made).text == "The mill closes at six."
    assert list(pieces), "the rest has not been asked for"


def test_a_sentence_comes_once() -> None:
    assert len(read("It closes at six [1].\nIt closes at six [1].\nIt opens at ten [1].")) == 2


@pytest.mark.parametrize("round_and_round", ["It closes at six [1].\n" * 50, "six and " * (MAX_RUN // 4)])
def test_going_round_in_circles_ends_it(round_and_round: str) -> None:
    with pytest.raises(Endless):
        read(round_and_round)


def test_an_endless_sentence_is_no_sentence() -> None:
    assert read("word " * 200 + "[1].") == []


@pytest.mark.parametrize("said", ["NO ANSWER", "No answer.", "**NO ANSWER** [1]".replace("[1]", "").strip()])
def test_the_fixed_refusal(said: str) -> None:
    (draft,) = read(said)
    assert refuses(draft.text) and not refuses("There is no answer to that in Oslo.")


@settings(deadline=None)
@given(
    st.text(max_size=300) | st.lists(st.sampled_from(["[1]", "[9].", " a", "b. ", "<think>", "</think>", "\n- ", "[", "【"])).map("".join)
)
def test_any_text_gives_sound_drafts(written: str) -> None:
    for size in (1, 50):
        found: list[Draft] = []
        with suppress(Endless):
            found += read(written, 3, size)
        for draft in found:
            assert any(c.isalnum() for c in draft.text) and "\n" not in draft.text
            assert set(draft.passages) <= {0, 1, 2}
            assert not re.search(r"\[\s*\d+\s*\]", draft.text)

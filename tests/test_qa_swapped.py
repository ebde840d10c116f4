"""A piece of a question in the place of what it is like."""

from __future__ import annotations

import pytest

from qa.question.swapped import MOST, swapped


@pytest.mark.parametrize(
    ("last", "piece", "first"),
    [
        ("How many loaves does the Tolvik bakery sell?", "And the Holm bakery?", "How many loaves does the Holm bakery sell?"),
        ("How many loaves does the bakery sell?", "and the mill?", "How many loaves does the mill sell?"),
        ("What did flour cost in 2024?", "And in 2025?", "What did flour cost in 2025?"),
        ("What was planned for January 2024?", "And in 2025?", "What was planned for January 2025?"),
        ("Is the shop open on Saturday?", "What about Sunday?", "Is the shop open on Sunday?"),
        ("Who drives Anne Moe?", "And Per Lie?", "Who drives Per Lie?"),
        ("When does line 4 leave?", "and line 12?", "When does line 12 leave?"),
        ("What is the rent of shop B-07?", "And 12-C?", "What is the rent of shop 12-C?"),
        ("When did Anne Moe move to Tolvik?", "And Per Lie to Holm?", "When did Per Lie move to Holm?"),
        ("Who bakes an apple pie?", "And a plum cake?", "Who bakes a plum cake?"),
        ("What does the plan say about Tern Quay?", "and for Heron Slip?", "What does the plan say about Heron Slip?"),
    ],
)
def test_the_likeliest_place(last: str, piece: str, first: str) -> None:
    assert swapped(last, piece)[0] == first


def test_where_several_places_are_all_are_tried() -> None:
    found = swapped("What does a small loaf for a pupil cost?", "and a roll?")
    assert "What does a roll loaf for a pupil cost?" in found and "What does a small loaf for a roll cost?" in found
    assert len(found) <= MOST


@pytest.mark.parametrize(
    "piece", ["Why?", "For how much?", "And when does it open?", "And the other one?", "And rye?", "And", "Since when?", "?"]
)
def test_what_asks_by_itself_or_has_no_place_is_not_put_anywhere(piece: str) -> None:
    assert swapped("Who runs the Tolvik bakery?", piece) == []

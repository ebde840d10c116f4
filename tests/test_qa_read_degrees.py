"""Which end of which scale a question asks for."""

from __future__ import annotations

import pytest

from qa.read.rows.degrees import degree_of


@pytest.mark.parametrize(
    ("question", "high", "units"),
    [
        ("Which lamp is the cheapest?", False, {"money"}),
        ("What is the most expensive lamp?", True, {"money"}),
        ("What is the least expensive lamp?", False, {"money"}),
        ("Which is the newest lamp?", True, {"day"}),
        ("Which drone flies furthest?", True, {"extent", "time"}),
        ("Which shed was painted first?", False, {"day"}),
        ("Which crate is heaviest?", True, {"weight"}),
        ("Which shelf has the most jars?", True, set()),
        ("Which shelf has the fewest jars?", False, set()),
        ("Which is the biggest shelf?", True, set()),
        ("Which costs more, a lamp or a torch?", True, set()),
    ],
)
def test_the_end_of_a_scale(question: str, high: bool, units: set[str]) -> None:
    degree = degree_of(question)
    assert degree is not None and (degree.high, degree.units) == (high, units)


@pytest.mark.parametrize(
    "question",
    [
        "How long may a loan be at most?",
        "By when must it be back at the latest?",
        "What do most of the members pay?",
        "What is on the first floor?",
        "Which lamp is the cheapest and which the oldest?",  # two at once
        "Where is the forest?",
    ],
)
def test_no_single_scale(question: str) -> None:
    assert degree_of(question) is None


def test_two_things_are_compared() -> None:
    older, oldest = degree_of("Which is older, the lamp or the torch?"), degree_of("Which lamp is the oldest?")
    assert older is not None and older.compared and oldest is not None and not oldest.compared

"""The short answer of a unit: whole words and numbers, never the question's own words, of two numbers the one that is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from index.schema import Unit, UnitKind
from index.structure.units import units_of
from qa.read.choose import choose
from qa.read.protocol import Reading
from qa.read.short import Place, short_answer
from tests.made import document, reading


def said(question: str, text: str, likely: Mapping[str, float], kind: UnitKind = "sentence") -> str | None:
    """The short answer where the reader gives spans these logits, by their words, and all others -9."""
    words = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
    logits = np.full((len(words), 2), -9.0, dtype=np.float32)
    for part, worth in likely.items():
        at = text.index(part)
        inside = [n for n, (a, b) in enumerate(words) if at <= a and b <= at + len(part)]
        logits[inside[0], 0], logits[inside[-1], 1] = worth / 2, worth / 2
    places = [Place(n, a, b) for n, (a, b) in enumerate(words)]
    found = short_answer(question, text, Unit(0, len(text), kind), places, logits, (0, 1))
    return text[found.start : found.end] if found else None


@pytest.mark.parametrize(
    ("part", "whole"),
    [("27", "27. Juli"), ("2231", "HLH-2231-B"), ("6", "6.50")],
)
def test_no_word_code_or_number_is_cut(part: str, whole: str) -> None:
    assert said("When and what?", "Am 27. Juli kommt HLH-2231-B für 6.50 Euro", {part: 8}) == whole


def test_the_questions_own_words_are_no_answer() -> None:
    text = "On Friday the mill is shut"
    assert said("Is the mill open on Friday?", text, {"Friday": 8, "shut": 5}) == "shut"
    assert said("Is the mill shut on Friday?", "On Friday the mill is shut", {"Friday": 8}) != "Friday"
    assert said("Is the mill shut on Friday or on Sunday?", text, {"Friday": 8, "shut": 5}) == "Friday"


def test_how_many_wants_the_number_of_that_thing() -> None:
    text = "Eight tours began last year, and 320 visitors came"
    assert said("How many visitors came on the tours?", text, {"Eight tours": 9, "320": 2}) == "320"
    assert said("How many have paid?", "Of 40 members 12 have paid", {"12": 9, "40 members": 8}) == "12"


def test_of_two_numbers_that_are_about_as_likely_the_one_beside_the_questions_words() -> None:
    text = "We need 14 for the kitchen, 6 for the stage and 3 for the door"
    assert said("Who is needed for the stage?", text, {"3": 8, "6": 7}) == "6"
    assert said("Who is needed for the stage?", text, {"3": 8, "6": 5}) == "3"
    assert said("Who is needed for the stage?", text, {"3": 8, "6": 7}, kind="row") == "3", "columns tell what is asked of a row"


def test_the_surer_short_answer_of_a_piece_is_shown() -> None:
    home = document("The order went to Tam Brothers. The council agreed to it.\n", "order.txt")
    made = reading("Who got the order?", home, scores={"Tam": 0.7, "agreed": 0.8}, short={"Tam": "Tam Brothers", "agreed": "it"})

    def shown(sure: float) -> str:
        findings = [f if "agreed" in home.text[f.unit.start : f.unit.end] else replace(f, sure=sure) for f in made.findings]
        return choose("Who got the order?", Reading(made.passages, tuple(findings)), {home.source: units_of(home)}, {})[0].short

    assert (shown(2.0), shown(0.5)) == ("Tam Brothers", "it")

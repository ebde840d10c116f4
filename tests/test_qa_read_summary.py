"""Who wants a summary gets whole passages, in their order, and is told that nothing was summed up."""

from __future__ import annotations

import pytest

from qa.read.choose import FLOOR
from qa.read.summary import WORDS, asks_for_summary, whole_passages
from tests.made import document, reading

MINUTES = document(
    "The yard was swept twice.\n\nThe fence costs 900 crowns. It is put up in May.\n\nThe gate is painted green.\n", "minutes.txt"
)
LETTER = document("The baker has moved to Mill Lane.\n\nHe sells rolls on Sundays.\n", "letter.txt")


@pytest.mark.parametrize(
    "question",
    ["Summarise the minutes.", "sum up what the letter says", "Give me the gist of it", "What are the main points?",
     "Tell me about the yard", "Describe the fence in two sentences", "Fasse das Protokoll zusammen", "Gib mir einen Überblick"],
)  # fmt: skip
def test_a_summary_is_asked_for(question: str) -> None:
    assert asks_for_summary(question)


@pytest.mark.parametrize(
    "question",
    ["What does the fence cost?", "Who wrote the report?", "Which point of the agenda was put off?", "What is in the summit's report?"],
)
def test_a_fact_is_asked_for(question: str) -> None:
    assert not asks_for_summary(question)


def test_the_best_passage_comes_whole_and_in_order_and_then_the_next() -> None:
    found = whole_passages(reading("Sum up the minutes", LETTER, MINUTES, scores={"fence": 0.5, "baker": 0.2}), FLOOR)
    said = [found.passages[f.passage].document.text[f.unit.start : f.unit.end] for f in found.findings]
    assert said == [
        "The yard was swept twice.", "The fence costs 900 crowns.", "It is put up in May.", "The gate is painted green.",
        "The baker has moved to Mill Lane.", "He sells rolls on Sundays.",
    ]  # fmt: skip
    scores = [f.score for f in found.findings]
    assert scores == sorted(scores, reverse=True) and scores[-1] >= FLOOR


def test_no_more_than_so_many_words() -> None:
    long = document("".join(f"Sentence {n} tells of the yard and of the fence in nine words.\n\n" for n in range(60)), "long.txt")
    found = whole_passages(reading("Sum it up", long, scores={"Sentence": 0.4}), FLOOR)
    assert WORDS - 12 < sum(len(long.text[f.unit.start : f.unit.end].split()) for f in found.findings) <= WORDS


def test_what_hardly_answers_stays_as_it_is() -> None:
    poor = reading("Sum up the treaty", MINUTES, scores={"fence": 0.1})
    assert whole_passages(poor, FLOOR) is poor
    assert whole_passages(reading("Sum up nothing", scores={}), FLOOR).findings == ()

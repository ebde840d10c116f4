"""Evidence that is likelier once a word of the question is erased is lowered; all else stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from index.structure.units import units_of
from qa.read.erasure import MOST_WORDS, held_to_words
from qa.read.protocol import Readable, Reading, readable
from qa.schema import Passage
from tests.made import document

RULES = document("Watering the lawn is forbidden at stage 2. Cars may be washed.", "rules.txt", title="Drought rules")
FINES = document("Whoever waters the lawn pays 50 euros.", "fines.txt")
FLOOR = 0.6


class ByWords:
    """A reader that scores each unit by the words in the question: `scores[part of the unit][word]`, the least that is named."""

    def __init__(self, scores: Mapping[str, Mapping[str, float]]) -> None:
        self.scores, self.asked = scores, list[str]()

    def read(self, question: str, passages: Sequence[Readable]) -> Reading:
        from qa.read.protocol import Finding, evidence_units

        self.asked.append(question)
        found = []
        for n, passage in enumerate(passages):
            for unit in evidence_units(passage):
                text = passage.document.text[unit.start : unit.end]
                by_word = next((words for part, words in self.scores.items() if part in text), {"": 0.05})
                score = min(p for word, p in by_word.items() if word in question)
                found.append(Finding(n, unit, score, score))
        found.sort(key=lambda f: -f.score)
        return Reading(tuple(passages), tuple(found))


def held(reader: ByWords, question: str) -> tuple[Reading, Reading]:
    passages = [readable(Passage(d.source, d.source, 0, len(d.text), d.text, 1.0), d, units_of(d)) for d in (RULES, FINES)]
    raw = reader.read(question, passages)
    reader.asked.clear()
    return raw, held_to_words(reader.read, question, raw, raw, FLOOR)


def test_a_word_without_which_a_passage_answers_better_lowers_it_and_the_next_is_best() -> None:
    reader = ByWords({"Watering": {"": 0.95, "fine": 0.75}, "Whoever": {"": 0.7}})
    before, after = held(reader, "What is the fine for watering the lawn at stage 2?")
    assert before.findings[0].passage == 0
    assert after.findings[0].passage == 1 and after.answered == before.findings[1].score
    lowered = next(f for f in after.findings if f.passage == 0)
    assert lowered.score < FLOOR and lowered.unit == before.findings[0].unit


def test_only_words_that_the_unit_and_what_stands_above_it_lack_are_tried() -> None:
    reader = ByWords({"Watering": {"": 0.95, "watering": 0.7, "drought": 0.7}})
    before, after = held(reader, "Is watering a lawn in a drought forbidden?")
    assert after == before and reader.asked == []


def test_a_word_that_helps_lowers_nothing() -> None:
    reader = ByWords({"Watering": {"sprinkling": 0.9, "": 0.9}, "Cars": {"": 0.1}})
    before, after = held(reader, "Is sprinkling allowed?")
    assert after == before and reader.asked == ["Is allowed?", "Is sprinkling ?"]


def test_a_small_rise_is_free_and_what_lies_below_the_floor_is_not_read_again() -> None:
    reader = ByWords({"Watering": {"": 0.95, "fine": 0.93}})
    before, after = held(reader, "What is the fine?")
    assert after == before
    reader = ByWords({"Watering": {"": 0.95, "fine": 0.5}})
    before, after = held(reader, "What is the fine?")
    assert after == before and reader.asked == []


def test_a_question_of_many_words_costs_no_more_than_some_readings() -> None:
    reader = ByWords({"Watering": {"": 0.9}})
    held(reader, "What of " + " ".join(f"thing{n}" for n in range(50)) + "?")
    assert len(reader.asked) == MOST_WORDS
    assert all(len(q.split()) == 51 for q in reader.asked)


@pytest.mark.parametrize("question", ["fine fine fine?", "Fine?"])
def test_a_word_that_stands_several_times_is_erased_at_once(question: str) -> None:
    reader = ByWords({"Watering": {"": 0.9}})
    held(reader, question)
    assert [" ".join(q.split()) for q in reader.asked] == ["?"]


def test_nothing_read_stays_nothing() -> None:
    empty = Reading((), ())
    assert held_to_words(ByWords({}).read, "What?", empty, empty, FLOOR) is empty

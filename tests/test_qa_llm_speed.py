"""How fast a language model writes: what is counted, and when nothing is said."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from index.errors import LanguageModelError
from qa.llm import speed as measured
from qa.llm.client import LlmWriter, Message
from qa.llm.speed import Stopwatch
from qa.schema import Speed
from qa.write.probe import QUESTIONS, passes

PROMPT = [Message("user", "How many?")]


class Clock:
    """The time that the model takes, told by the model."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(measured, "time", made)
    return made


class Model:
    """Reads for two seconds, then writes a word each quarter of one; breaks off at "|"."""

    def __init__(self, clock: Clock, text: str) -> None:
        self.clock, self.text = clock, text

    def stream_chat(self, messages: Any, **_: Any) -> Iterator[Any]:
        self.clock.now += 2.0
        for word in self.text.split(" "):
            if word == "|":
                raise ConnectionError("gone")
            yield SimpleNamespace(delta=f"{word} ")
            self.clock.now += 0.25

    def chat(self, messages: Any, **_: Any) -> Any:
        return SimpleNamespace(message=SimpleNamespace(content=self.text))


def writer(clock: Clock, text: str) -> LlmWriter:
    llm: Any = Model(clock, text)
    return LlmWriter(llm=llm, name="m", retries=0, timeout_s=60, takes_schema=False, takes_max_tokens=True)


def test_words_a_second_from_the_first_word_on(clock: Clock) -> None:
    made = writer(clock, "one two three four five six seven eight nine ten eleven")
    assert made.speed is None
    list(made.pieces(PROMPT, schema=None, max_tokens=50))
    assert made.speed == Speed(words_per_second=4.0, first_word_s=2.0)


def test_what_says_little_leaves_the_earlier_measure(clock: Clock) -> None:
    made = writer(clock, "one two three")
    list(made.pieces(PROMPT, schema=None, max_tokens=50))
    assert made.speed is None, "too few words"
    made.speed = Speed(9.0, 1.0)
    list(made.pieces(PROMPT, schema=None, max_tokens=50))
    assert made.speed == Speed(9.0, 1.0)


def test_a_text_in_one_piece_tells_nothing() -> None:
    watch = Stopwatch()
    assert watch.speed() is None
    watch.came("one two three four five six seven eight nine ten")
    assert watch.speed() is None


@pytest.mark.parametrize("leave", [True, False])
def test_a_text_that_is_left_or_breaks_off_is_measured_as_far_as_it_came(clock: Clock, leave: bool) -> None:
    made = writer(clock, "one two three four five six seven eight nine ten | eleven")
    pieces = made.pieces(PROMPT, schema=None, max_tokens=50)
    for _ in range(10):
        next(pieces)
    if leave:
        pieces.close()
    else:
        with pytest.raises(LanguageModelError):
            next(pieces)
    assert made.speed == Speed(4.0, 2.0)


def test_the_test_questions_measure_it_and_do_without_a_stream(clock: Clock) -> None:
    fluent = writer(clock, "A season ticket costs 85 and is valid until October [2]. So it stands there.")
    assert passes(fluent, QUESTIONS[0]) and fluent.speed == Speed(4.0, 2.0)
    mute = writer(clock, "| A season ticket costs 85 and is valid until October [2].")
    assert not passes(mute, QUESTIONS[1]) and mute.speed is None

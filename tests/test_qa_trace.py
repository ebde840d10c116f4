"""What is recorded on the way to an answer, and how it is shown."""

from __future__ import annotations

import threading

from qa.chat.trace_steps import steps_of
from qa.chat.trace_text import WIDTH, trace_text
from qa.check.verify import Item, verify_many
from qa.retrieve.hybrid import Hit, Retrieved
from qa.schema import Answer, Citation, Claim, Passage
from qa.trace import recorded, seen
from tests.judged import shipped
from tests.made import document, reading

HOME = document(
    "Kia opened a plant in Almaty in 2021. The weather\x1b[31m was fine. Lotte sells \u202esweets in Oslo.", "a.txt", title="Cars"
)
READ = reading("when?", HOME, scores={"2021": 0.91, "weather": 0.2}, short={"2021": "in 2021"})
FOUND = Retrieved(
    near=[("c0", 0.71), ("c2", 0.4)],
    terms=[("c0", 12.5)],
    passages=[Passage("c2", "a.txt", 60, 90, HOME.text[60:90], 0.8), Passage("c0", "a.txt", 0, 60, HOME.text[:60], 0.7)],
    hits=[Hit("c0", 0.9, 1.0, 1.0, 0.66), Hit("c2", 0.2, 0.0, 0.2, 0.11), Hit("gone", 0.1)],
)
ANSWER = Answer(
    question="when did it open?", standalone_question="When did Kia open a plant?", answer="Kia opened a plant in Almaty in 2021. [1]",
    abstained=False, claims=[Claim(text="Kia opened a plant in Almaty in 2021.", citations=[1], score=0.99, sources=1)],
    citations=[Citation(n=1, source="a.txt", start=0, end=37, quote=HOME.text[:37])], confidence=0.91, mode="extractive",
)  # fmt: skip


def test_nothing_is_kept_when_nobody_records() -> None:
    assert seen("x") == "x"
    with recorded() as made:
        seen("y")
    assert made == ["y"]


def test_another_thread_records_by_itself() -> None:
    with recorded() as made:
        thread = threading.Thread(target=lambda: seen("elsewhere"))
        thread.start()
        thread.join()
    assert made == []


def test_passages_units_and_what_was_shown() -> None:
    steps = steps_of([FOUND, READ], ANSWER)
    assert [(p.source, p.bm25, p.cosine, p.second) for p in steps.passages] == [("a.txt", 12.5, 0.71, 0.66), ("a.txt", None, 0.4, 0.11)]
    assert [p.answers is None for p in steps.passages] == [False, True]
    assert [(u.short, u.shown) for u in steps.units] == [("in 2021", True), ("", False), ("", False)]


def test_what_a_writer_said_is_shown_with_its_verdict() -> None:
    with recorded() as made:
        verify_many([Item("Kia opened a plant in 2022.", ["Kia opened a plant in Almaty in 2021."])], shipped())
    (check,) = steps_of([FOUND, READ, *made], ANSWER).checked
    assert check.verdict != "supported" and check.reason
    assert "2022" in trace_text(steps_of([FOUND, READ, *made], ANSWER), ANSWER)


def test_the_text_is_safe_and_fits() -> None:
    text = trace_text(steps_of([FOUND, READ], ANSWER), ANSWER)
    assert "understood as" in text and "* 0.91" in text and "[in 2021]" in text
    assert not {"\x1b", "\u202e"} & set(text)
    assert all(len(line) <= WIDTH for line in text.splitlines())


def test_an_answer_without_steps() -> None:
    assert "none was read" in trace_text(steps_of([], ANSWER), ANSWER)

"""Statements from chosen evidence: the quotes themselves, and what a writer makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from index.errors import LanguageModelError
from qa.llm.client import Writer
from qa.read.choose import Choice
from qa.write.compose import Composition, Statement, compose
from tests.fakes import ScriptedWriter
from tests.made import choice, document, evidence

YARD = document("The yard of Brandvik employs 340 workers.", "yard.txt")
SHOP = document("In Brandvik the yard employs 340 workers, and the shop ten.", "shop.txt")


def made(writer: Writer | None, *chosen: Choice) -> tuple[list[Statement], Composition]:
    result = Composition()
    return list(compose(writer, "How many work there?", chosen, None, result)), result


def says(*pairs: tuple[str, Sequence[int]]) -> str:
    return json.dumps({"sentences": [{"text": text, "quotes": list(numbers)} for text, numbers in pairs]})


class BrokenWriter:
    name = "broken"

    def write(self, prompt_messages: Sequence[Any], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        raise LanguageModelError("the model fell over")


def test_without_a_writer_the_quote_speaks() -> None:
    said, result = made(None, choice(YARD.text, YARD))
    assert [s.text for s in said] == [YARD.text] and result.mode == "extractive"


def test_a_further_source_stands_behind_a_statement_only_when_it_says_the_same() -> None:
    other = document("Its wages are the best of 340 firms.", "other.txt")
    both = Choice(evidence(YARD.text, YARD), (evidence(SHOP.text, SHOP), evidence(other.text, other)), "340 workers")
    ((said,), _) = made(None, both)
    assert [e.source for e in said.evidence] == ["yard.txt", "shop.txt"]


def test_a_true_sentence_of_a_writer_is_shown() -> None:
    said, result = made(ScriptedWriter(says(("The yard employs 340 workers.", [1]))), choice(YARD.text, YARD))
    assert [s.text for s in said] == ["The yard employs 340 workers."] and result.mode == "llm" and not result.dropped


def test_a_false_one_is_replaced_by_the_quote_and_listed() -> None:
    said, result = made(ScriptedWriter(says(("The yard employs 430 workers.", [1]))), choice(YARD.text, YARD))
    assert [s.text for s in said] == [YARD.text]
    assert "430" in result.dropped[0].text and result.dropped[0].reason


def test_what_a_writer_leaves_out_is_said_all_the_same() -> None:
    second = document("The school of Brandvik has 21 teachers.", "school.txt")
    said, _ = made(ScriptedWriter(says(("The yard employs 340 workers.", [1]))), choice(YARD.text, YARD), choice(second.text, second))
    assert [s.text for s in said] == ["The yard employs 340 workers.", second.text]


def test_a_writer_that_fails_leaves_extracts_and_a_note() -> None:
    said, result = made(BrokenWriter(), choice(YARD.text, YARD))
    assert [s.text for s in said] == [YARD.text] and "broken failed" in result.notes[0]


def test_a_writer_that_is_too_small_is_not_asked() -> None:
    writer = ScriptedWriter(says(("Anything.", [1])))
    writer.small = True
    said, _ = made(writer, choice(YARD.text, YARD))
    assert [s.text for s in said] == [YARD.text] and writer.asked == []


def test_without_evidence_nobody_is_asked() -> None:
    writer = ScriptedWriter(says(("Anything.", [1])))
    assert made(writer) == ([], Composition()) and writer.asked == []

"""Statements one by one: in their order, as soon as they are verified, numbered as in the whole answer. No model is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from index.errors import LanguageModelError
from qa.compose import Composition, extractive
from qa.config import LlmSettings
from qa.llm import load_llm
from qa.telling import Sheet, told
from tests.fakes import FaultyServer, ScriptedWriter
from tests.test_qa_compose import ASKED, NEW, OLD, says

SAID = ('"Both sides signed 24 agreements."', '"In all, 19 agreements were signed."')


def test_a_small_writer_is_read_quote_by_quote() -> None:
    writer, result = ScriptedWriter(*SAID, small=True), Composition()
    statements = told(writer, ASKED.text, [OLD, NEW], None, result)
    first = next(statements)
    assert "24" in first.text and len(writer.asked) == 1, "the second quote was not asked for yet"
    assert first.dated and result.statements == [first]
    second = next(statements)
    assert "19" in second.text and [s.choice for s in result.statements] == [0, 1]
    assert next(statements, None) is None and result.mode == "llm" and result.dropped == []


def test_leaving_early_asks_for_no_more() -> None:
    writer = ScriptedWriter(*SAID, small=True)
    statements = told(writer, ASKED.text, [OLD, NEW], None, Composition())
    next(statements)
    statements.close()  # type: ignore[attr-defined]
    assert len(writer.asked) == 1


def test_what_is_not_supported_is_never_told() -> None:
    writer, result = ScriptedWriter('"Both sides signed 42 agreements."', SAID[1], small=True), Composition()
    assert ["24" in s.text or "19" in s.text for s in told(writer, ASKED.text, [OLD, NEW], None, result)] == [True, True]
    assert ["42" in d.text for d in result.dropped] == [True]


def test_a_writer_that_fails_halfway_leaves_what_was_told_and_extracts() -> None:
    class Failing(ScriptedWriter):
        def write(self, *args: object, **options: object) -> str:  # type: ignore[override]
            if self.asked:
                raise LanguageModelError("out of memory")
            return super().write(*args, **options)  # type: ignore[arg-type]

    result = Composition()
    statements = list(told(Failing(SAID[0], small=True), ASKED.text, [OLD, NEW, OLD], None, result))
    assert [s.evidence[0].source for s in statements] == ["old.txt", "new.txt"], "the same sentence is not said twice"
    assert len(result.notes) == 1 and "out of memory" in result.notes[0] and result.mode == "llm"


def test_a_large_writer_and_none_tell_what_compose_made() -> None:
    result = Composition()
    large = list(told(ScriptedWriter(says(("In all, 19 agreements were signed.", [2]))), ASKED.text, [OLD, NEW], None, result))
    assert [s.choice for s in large] == [0, 1] and result.mode == "llm"
    extracts = list(told(None, ASKED.text, [OLD, NEW], None, Composition()))
    assert extracts == extractive([OLD, NEW], None).statements
    assert list(told(ScriptedWriter("never"), ASKED.text, [], None, Composition())) == []


class StreamingWriter(ScriptedWriter):
    """Writes its first line piece by piece; "|" is where it breaks off."""

    def pieces(self, prompt_messages: Any, *, schema: Any, max_tokens: int) -> Iterator[str]:
        self.asked.append((list(prompt_messages), schema, max_tokens))
        self.written = ""
        for piece in self.lines[0]:
            if piece == "|":
                raise LanguageModelError("broken off")
            self.written += piece
            yield piece


TWO = says(("In all, 19 agreements were signed.", [2]), ("Both sides signed 24 agreements.", [1]))


def test_a_large_writer_that_streams_is_shown_sentence_by_sentence() -> None:
    writer, result = StreamingWriter(TWO), Composition()
    statements = told(writer, ASKED.text, [OLD, NEW], None, result)
    first = next(statements)
    assert "19" in first.text and first.dated and "24" not in writer.written, "the second sentence was not written yet"
    assert ["24" in s.text for s in statements] == [True] and len(writer.asked) == 1
    assert result.mode == "llm" and [s.choice for s in result.statements] == [1, 0], "in the writer's order"


def test_a_streamed_sentence_is_shown_only_when_it_is_supported() -> None:
    wrong = says(("Both sides signed 42 agreements.", [1]), ("In all, 19 agreements were signed.", [2]))
    writer, result = StreamingWriter(wrong, "I cannot do better [1]."), Composition()
    said = [s.text for s in told(writer, ASKED.text, [OLD, NEW], None, result)]
    assert said == ["In all, 19 agreements were signed.", "Both sides signed 24 agreements."], "the extract stands in, at the end"
    assert len(writer.asked) == 2 and "42" not in " ".join(said) and len(result.dropped) == 1


@pytest.mark.parametrize(("at", "mode"), [(30, "extractive"), (len(TWO) - 20, "llm")])
def test_a_stream_that_breaks_off_loses_nothing(at: int, mode: str) -> None:
    writer, result = StreamingWriter(f"{TWO[:at]}|", "|"), Composition()
    assert sorted(s.choice for s in told(writer, ASKED.text, [OLD, NEW], None, result)) == [0, 1]
    assert result.mode == mode and len(result.notes) == 1


@pytest.mark.parametrize("prose", ["In all, 19 agreements were signed [2].", "<think>[1]</think>" + TWO])
def test_other_forms_are_read_when_they_are_whole(prose: str) -> None:
    result = Composition()
    said = [s.text for s in told(StreamingWriter(prose), ASKED.text, [OLD, NEW], None, result)]
    assert sorted(said) == ["Both sides signed 24 agreements.", "In all, 19 agreements were signed."] and not result.notes


@pytest.mark.parametrize(
    ("script", "asked", "mode"), [((TWO,), 1, "llm"), ((f"{TWO[:-20]}|",), 1, "llm"), ((500, TWO), 2, "llm"), ((401,), 2, "extractive")]
)
def test_over_a_real_socket(script: tuple[Any, ...], asked: int, mode: str) -> None:
    with FaultyServer(*script) as server:
        writer = load_llm(LlmSettings(kind="openai", model="m", url=server.url, retries=0, timeout_s=5))
        result = Composition()
        said = [s.text for s in told(writer, ASKED.text, [OLD, NEW], None, result)]
    assert sorted(said) == ["Both sides signed 24 agreements.", "In all, 19 agreements were signed."]
    assert len(server.bodies) == asked and server.bodies[0]["stream"] is True and result.mode == mode


def test_the_sheet_numbers_footnotes_in_the_order_of_first_use() -> None:
    sheet = Sheet(2)
    for said in told(None, ASKED.text, [OLD, NEW], None, Composition()):
        sheet.add(said)
    assert [claim.citations for claim in sheet.claims] == [[1], [2]] == sheet.numbers
    assert [line[-3:] for line in sheet.lines] == ["[1]", "[2]"] and [c.source for c in sheet.notes.citations] == ["old.txt", "new.txt"]

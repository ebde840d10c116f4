"""Statements one by one: in their order, as soon as they are verified, numbered as in the whole answer. No model is needed."""

from __future__ import annotations

from index.errors import LanguageModelError
from qa.compose import Composition, extractive
from qa.telling import Sheet, told
from tests.fakes import ScriptedWriter
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


def test_the_sheet_numbers_footnotes_in_the_order_of_first_use() -> None:
    sheet = Sheet(2)
    for said in told(None, ASKED.text, [OLD, NEW], None, Composition()):
        sheet.add(said)
    assert [claim.citations for claim in sheet.claims] == [[1], [2]] == sheet.numbers
    assert [line[-3:] for line in sheet.lines] == ["[1]", "[2]"] and [c.source for c in sheet.notes.citations] == ["old.txt", "new.txt"]

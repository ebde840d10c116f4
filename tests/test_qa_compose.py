"""Statements from chosen sentences: verified, dated where they differ, with a writer or without. No model is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from index.schema import Span
from qa.cite import page_of
from qa.compose import Composition, extractive, to_evidence, written
from qa.select import Choice
from tests.fakes import ScriptedWriter
from tests.made import candidate, choice, document, query

ASKED = query("How many agreements were signed?", "count", noun="agreement")
OLD = choice("Both sides signed 24 agreements.", ASKED, document("Both sides signed 24 agreements.", "old.txt", "2023-06-04"))
NEW = choice("In all, 19 agreements were signed.", ASKED, document("In all, 19 agreements were signed.", "new.txt", None))


def says(*pairs: tuple[str, Sequence[int]]) -> str:
    return json.dumps({"sentences": [{"text": text, "quotes": list(numbers)} for text, numbers in pairs]})


def texts(made: Composition) -> list[str]:
    return [s.text for s in made.statements]


class TestEvidence:
    def test_it_is_verbatim_with_what_is_known_of_the_document(self) -> None:
        home = document(
            "Page one.\fKorea has signed 24 agreements.", title="Visit", publisher="Press", pages=(Span(0, 10, "1"), Span(10, 99, "2"))
        )
        made = to_evidence(candidate("Korea has signed 24 agreements.", home))
        assert home.text[made.start : made.end] == made.quote == "Korea has signed 24 agreements."
        assert (made.title, made.publisher, made.published) == ("Visit", "Press", "2024-06-12")
        assert made.page == page_of(home, made.start) == 2


class TestExtracts:
    def test_each_sentence_is_a_statement_of_its_own(self) -> None:
        made = extractive([OLD, NEW], None)
        assert texts(made) == ["Both sides signed 24 agreements.", "In all, 19 agreements were signed."]
        assert [[e.source for e in s.evidence] for s in made.statements] == [["old.txt"], ["new.txt"]]
        assert made.dropped == [] and made.mode == "extractive"

    def test_differing_values_carry_their_dates_outside_the_statement(self) -> None:
        old, new = extractive([OLD, NEW], None).statements
        assert "4 June 2023" in old.shown and "4 June 2023" not in old.text
        assert "undated" in new.shown

    def test_one_value_needs_no_date(self) -> None:
        (said,) = extractive([OLD], None).statements
        assert said.shown == said.text

    def test_twins_are_cited_too_when_they_carry_the_statement_alone(self) -> None:
        texts_of = {"twin.txt": "On Monday both sides signed 24 agreements.", "other.txt": "The agreements number 24."}
        twins = tuple(candidate(text, document(text, source)) for source, text in texts_of.items())
        (said,) = extractive([replace(OLD, twins=twins)], None).statements
        assert [e.source for e in said.evidence] == ["old.txt", "twin.txt"]

    def test_nothing_chosen_nothing_said(self) -> None:
        assert extractive([], None) == Composition()


class TestWritten:
    def test_a_supported_sentence_replaces_the_extract(self) -> None:
        made = written(ScriptedWriter(says(("24 agreements were signed by both sides.", [1]))), ASKED.text, [OLD], None)
        assert made.mode == "llm"
        assert len(made.statements) == 1 and made.statements[0].evidence[0].source == "old.txt"

    def test_what_no_sentence_cites_is_added_in_order(self) -> None:
        made = written(ScriptedWriter(says(("In all, 19 agreements were signed.", [2]))), ASKED.text, [OLD, NEW], None)
        assert [s.choice for s in made.statements] == [0, 1]
        assert "24" in texts(made)[0] and "19" in texts(made)[1]
        assert all(s.dated for s in made.statements), "rivals are dated whoever writes"

    def test_a_wrong_number_is_tried_once_more_and_then_dropped(self) -> None:
        writer = ScriptedWriter(says(("Both sides signed 42 agreements.", [1])))
        made = written(writer, ASKED.text, [OLD], None)
        assert len(writer.asked) == 2
        assert texts(made) == ["Both sides signed 24 agreements."]
        assert ["42" in d.text and bool(d.reason) for d in made.dropped] == [True]

    def test_a_second_try_that_is_right_counts(self) -> None:
        wrong, right = says(("Both sides signed 42 agreements.", [1])), says(("Both sides signed 24 agreements.", [1]))
        made = written(ScriptedWriter(wrong, right), ASKED.text, [OLD], None)
        assert texts(made) == ["Both sides signed 24 agreements."] and made.mode == "llm"

    def test_a_value_of_another_quote_is_not_supported_by_this_one(self) -> None:
        made = written(ScriptedWriter(says(("In all, 19 agreements were signed.", [1]))), ASKED.text, [OLD, NEW], None)
        for said in made.statements:
            number = "19" if "19" in said.text else "24"
            assert all(number in e.quote for e in said.evidence)

    def test_a_writer_that_cannot_write_leaves_the_extracts_and_a_note(self) -> None:
        made = written(ScriptedWriter("I would rather not."), ASKED.text, [OLD, NEW], None)
        assert made.mode == "extractive" and len(made.statements) == 2
        assert len(made.notes) == 1 and "scripted" in made.notes[0]


def test_the_choice_behind_each_statement_is_kept() -> None:
    chosen: list[Choice] = [OLD, NEW]
    for said in extractive(chosen, None).statements:
        assert chosen[said.choice].candidate.source == said.evidence[0].source

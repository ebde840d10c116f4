"""Statements from what was read: the chosen quotes themselves, and what a language model makes of the passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from index.errors import LanguageModelError
from index.schema import Document
from index.structure.units import units_of
from qa.check.verify import verify_many
from qa.llm.client import Writer
from qa.read.choose import Choice
from qa.write.asked import Request, Statement
from qa.write.compose import Composition, compose
from qa.write.llm import without_echo
from tests.fakes import ScriptedWriter
from tests.judged import shipped
from tests.made import choice, document, evidence, reading

YARD = document("The yard of Brandvik employs 340 workers.", "yard.txt")
SHOP = document("In Brandvik the yard employs 340 workers, and the shop ten.", "shop.txt")
SCHOOL = document("The school of Brandvik has 21 teachers.", "school.txt")
TRUE = "The yard employs 340 workers [1]."


def made(writer: Writer | None, *chosen: Choice, score: float = 0.9, read: Sequence[Document] = ()) -> tuple[list[Statement], Composition]:
    """What is said when these pieces were chosen from these documents, best first; without documents from those of the pieces."""
    homes = {c.evidence.source: home for c in chosen for home in (YARD, SHOP, SCHOOL) if home.source == c.evidence.source}
    documents = list(read) or list(homes.values()) or [YARD]
    found = reading("How many work there?", *documents, scores={d.text: score - n / 100 for n, d in enumerate(documents)})
    asked = Request("q", "How many work there?", found, chosen, {d.source: units_of(d) for d in documents})
    result = Composition()
    return list(compose(writer, asked, lambda items: verify_many(items, shipped()), result)), result


def texts(said: Sequence[Statement]) -> list[str]:
    return [s.text for s in said]


class BrokenWriter:
    name = "broken"

    def write(self, prompt_messages: Sequence[Any], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        raise LanguageModelError("the model fell over")


def test_without_a_writer_the_quote_speaks() -> None:
    said, result = made(None, choice(YARD.text, YARD))
    assert texts(said) == [YARD.text] and result.mode == "extractive"


def test_a_row_is_said_with_its_column_names_which_are_quoted_too() -> None:
    fares = document("| Ticket | Fare |\n|---|---|\n| Island day | 15.50 |\n", "fares.md", format="markdown")
    row = replace(choice("Island day | 15.50", fares), said="Ticket: Island day | Fare: 15.50", names=evidence("Ticket | Fare", fares))
    ((said,), _) = made(None, row)
    assert said.text == "Ticket: Island day | Fare: 15.50." and [e.quote for e in said.evidence] == ["Island day | 15.50", "Ticket | Fare"]


def test_a_further_source_stands_behind_a_statement_only_when_it_says_the_same() -> None:
    other = document("Its wages are the best of 340 firms.", "other.txt")
    both = Choice(evidence(YARD.text, YARD), (evidence(SHOP.text, SHOP), evidence(other.text, other)), "340 workers")
    ((said,), _) = made(None, both)
    assert [e.source for e in said.evidence] == ["yard.txt", "shop.txt"]


def test_a_source_that_only_has_less_leaves_something_unsaid() -> None:
    new = document("A permit is needed for hot work, for work on the roof and for any work in the cellar.", "rules-4.txt")
    old = document("A permit is needed for hot work and for work on the roof.", "rules-3.txt")
    ((said,), _) = made(None, Choice(evidence(new.text, new), (evidence(old.text, old),), ""))
    assert [e.source for e in said.evidence] == ["rules-4.txt"]


def test_a_true_sentence_of_a_writer_is_shown_with_the_unit_that_says_it() -> None:
    ((said,), result) = made(ScriptedWriter(TRUE), choice(YARD.text, YARD))
    assert said.text == "The yard employs 340 workers." and result.mode == "llm" and not result.dropped
    assert [(e.source, e.quote) for e in said.evidence] == [("yard.txt", YARD.text)]


def test_a_false_one_is_asked_for_again_with_the_reason() -> None:
    writer = ScriptedWriter("The yard employs 430 workers [1].", TRUE)
    said, result = made(writer, choice(YARD.text, YARD))
    assert texts(said) == ["The yard employs 340 workers."]
    assert "430" in writer.asked[1][0][-2].content and "430" in result.dropped[0].text and result.dropped[0].reason


def test_one_that_stays_false_is_replaced_by_the_quote_and_listed() -> None:
    writer = ScriptedWriter("The yard employs 430 workers [1].")
    said, result = made(writer, choice(YARD.text, YARD))
    assert texts(said) == [YARD.text] and len(writer.asked) == 2
    assert [d.text for d in result.dropped] == ["The yard employs 430 workers."]


def test_one_that_the_reader_does_not_answer_is_dropped_and_listed() -> None:
    said, result = made(ScriptedWriter(f"{TRUE} The moon is 430 years old [1]."), choice(YARD.text, YARD))
    assert texts(said) == ["The yard employs 340 workers."] and [d.text for d in result.dropped] == ["The moon is 430 years old."]


def test_a_wrong_number_or_none_is_mended_by_looking() -> None:
    for cited in ("[2]", "[9]", ""):
        ((said, *_), _) = made(
            ScriptedWriter(f"The yard employs 340 workers {cited}."), choice(YARD.text, YARD), choice(SCHOOL.text, SCHOOL)
        )
        assert said.evidence[0].source == "yard.txt"


def test_a_sentence_over_two_passages_cites_both() -> None:
    writer = ScriptedWriter("The yard employs 340 workers, and the school has 21 teachers [1][2].")
    ((said, *_), _) = made(writer, choice(YARD.text, YARD), choice(SCHOOL.text, SCHOOL))
    assert {e.source for e in said.evidence} == {"yard.txt", "school.txt"}


def test_what_it_finds_where_the_reader_chose_nothing_is_said() -> None:
    said, result = made(ScriptedWriter(TRUE), score=0.6)
    assert texts(said) == ["The yard employs 340 workers."] and result.mode == "llm"


def test_the_readers_best_is_said_when_it_is_left_out_and_the_rest_is_not() -> None:
    third = document("Its canteen has 30 seats.", "canteen.txt")
    pieces = (choice(YARD.text, YARD), choice(SCHOOL.text, SCHOOL), choice(third.text, third))
    said, _ = made(ScriptedWriter("The school has 21 teachers [2]."), *pieces, read=(YARD, SCHOOL, third))
    assert texts(said) == ["The school has 21 teachers.", YARD.text]


def test_a_contradiction_that_it_leaves_out_is_said_all_the_same() -> None:
    other = document("The yard of Brandvik employs 380 workers.", "other.txt")
    rivals = (choice(YARD.text, YARD, short="340 workers"), choice(other.text, other, short="380 workers"))
    said, _ = made(ScriptedWriter(TRUE), *rivals, read=(YARD, other))
    assert texts(said) == ["The yard employs 340 workers.", other.text]


def test_a_refusal_of_the_model_gives_way_to_a_sure_reader() -> None:
    said, result = made(ScriptedWriter("NO ANSWER"), choice(YARD.text, YARD))
    assert texts(said) == [YARD.text] and result.mode == "extractive" and "found no answer" in result.notes[0]


def test_a_refusal_of_both_is_one() -> None:
    assert made(ScriptedWriter("NO ANSWER"), score=0.4) == ([], Composition())


def test_a_refusal_beside_an_answer_is_no_sentence() -> None:
    said, result = made(ScriptedWriter(f"{TRUE}\nNO ANSWER"), choice(YARD.text, YARD))
    assert texts(said) == ["The yard employs 340 workers."] and not result.dropped


def test_nonsense_leaves_extracts_and_a_note() -> None:
    said, result = made(ScriptedWriter("As a large model I sing of ships [1]."), choice(YARD.text, YARD))
    assert texts(said) == [YARD.text] and result.mode == "extractive"
    assert "nothing that the passages support" in result.notes[0] and result.dropped


def test_a_writer_that_fails_leaves_extracts_and_a_note() -> None:
    said, result = made(BrokenWriter(), choice(YARD.text, YARD))
    assert texts(said) == [YARD.text] and "broken failed" in result.notes[0]


def test_a_writer_that_cannot_read_is_not_asked() -> None:
    writer = ScriptedWriter("Anything [1].", reads=False)
    said, _ = made(writer, choice(YARD.text, YARD))
    assert texts(said) == [YARD.text] and writer.asked == []


def test_where_the_reader_sees_nothing_nobody_is_asked() -> None:
    writer = ScriptedWriter("Anything [1].")
    assert made(writer, score=0.1) == ([], Composition()) and writer.asked == []


def test_a_calculation_over_quoted_figures_is_shown_with_both_quotes() -> None:
    said, result = made(
        ScriptedWriter("The yard and the school of Brandvik have 340 workers and 21 teachers, 340 + 21 = 361 [1][2]."),
        choice(YARD.text, YARD),
        choice(SCHOOL.text, SCHOOL),
    )
    assert "361" in said[0].text and {e.source for e in said[0].evidence} == {"yard.txt", "school.txt"}, result.dropped


def test_a_wrong_calculation_is_dropped_with_what_comes_out() -> None:
    said, result = made(
        ScriptedWriter("340 workers + 21 teachers = 371 people [1][2]."), choice(YARD.text, YARD), choice(SCHOOL.text, SCHOOL)
    )
    assert not any("371" in s.text for s in said) and "is 361, not 371" in result.dropped[0].reason


def test_what_has_nothing_to_do_with_the_question_is_dropped() -> None:
    note = document("Ferries are painted green each spring.", "note.txt")
    said, result = made(
        ScriptedWriter(f"{TRUE} Ferries are painted green each spring [2]."), choice(YARD.text, YARD), read=(YARD, note), score=0.9
    )
    assert len(said) == 2, "the reader sees something in it"
    found = reading("How many work there?", YARD, note, scores={"340": 0.9})
    result = Composition()
    asked = Request("q", "q", found, [choice(YARD.text, YARD)], {d.source: units_of(d) for d in (YARD, note)})
    writer = ScriptedWriter(f"{TRUE} Ferries are painted green each spring [2].")
    list(compose(writer, asked, lambda items: verify_many(items, shipped()), result))
    assert len(result.statements) == 1 and "nothing to do with the question" in result.dropped[0].reason


def test_what_is_part_of_a_chosen_piece_has_to_do_with_the_question() -> None:
    steps = document("To leave the yard:\n\n- Wash the brushes.\n- Return the key.\n- Sign the book.\n", "leaving.md")
    whole = choice("Wash the brushes.\n- Return the key.\n- Sign the book.", steps)
    found = reading("What is to be done?", steps, scores={"Wash": 0.9, "Return": 0.8})
    result = Composition()
    asked = Request("q", "q", found, [whole], {steps.source: units_of(steps)})
    writer = ScriptedWriter("Wash the brushes [1]. Return the key [1]. Sign the book [1].")
    list(compose(writer, asked, lambda items: verify_many(items, shipped()), result))
    assert texts(result.statements) == ["Wash the brushes.", "Return the key.", "Sign the book."] and not result.dropped


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("To find the valve, look behind the stove.", "Look behind the stove."),
        ("To find it, call the works.", "Call the works."),
        ("When you've found the valve, call the works.", "Call the works."),
        ("When you don't find the valve, call the works.", ""),
        ("If you cannot find the valve, then call the works.", ""),
        ("To save gas, look behind the stove.", ""),
        ("If Brandvik cannot find the valve, call the works.", ""),
        ("When valve 12 cannot be found, call the works.", ""),
        ("Look behind the stove to find the valve, then close it.", ""),
    ],
)
def test_an_opening_that_repeats_the_question_is_no_part_of_what_must_be_supported(text: str, rest: str) -> None:
    assert without_echo(text, "How do I find the valve of Brandvik, valve 12?") == rest

"""A writer that lies in every sentence: one number, name, negation or tense changed. Nothing false may reach the reader."""

from __future__ import annotations

from qa.compose import written
from qa.extract import statement
from qa.select import Choice
from tests.test_qa_compose import says

from tests.fakes import ScriptedWriter
from tests.made import candidate, document
from tests.test_qa_verify_pairs import GENERATORS


def test_no_lie_of_a_lying_writer_is_shown() -> None:
    told = 0
    for name in ("sentences", "money"):
        for true, pair in GENERATORS[name]():
            if true:
                continue
            told += 1
            choice = Choice(candidate(pair.quote, document(pair.quote, "paper.txt")))
            made = written(ScriptedWriter(says((pair.claim, [1]))), "What is reported?", [choice], None)
            assert [said.text for said in made.statements] == [statement(pair.quote)], (
                f"{pair.kind}: the quote stands in for {pair.claim!r}"
            )
            assert pair.claim in [dropped.text for dropped in made.dropped]
    assert told >= 385

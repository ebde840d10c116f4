"""A writer that lies in every sentence: one number, name, negation or tense changed. Nothing false may reach the reader."""

from __future__ import annotations

from index.structure.units import units_of
from qa.check.verify import verify_many
from qa.write.asked import Request
from qa.write.compose import Composition, compose
from qa.write.shown import statement
from tests.fakes import ScriptedWriter
from tests.judged import shipped
from tests.made import choice, document, reading
from tests.test_qa_verify_pairs import GENERATORS


def test_no_lie_of_a_lying_writer_is_shown() -> None:
    told = 0
    for name in ("sentences", "money"):
        for true, pair in GENERATORS[name]():
            if true:
                continue
            told += 1
            paper = document(pair.quote, "paper.txt")
            found = reading("What is reported?", paper, scores={pair.quote[:20]: 0.9})
            asked = Request("q", "What is reported?", found, [choice(pair.quote, paper)], {paper.source: units_of(paper)})
            made = Composition()
            list(compose(ScriptedWriter(f"{pair.claim.rstrip('.')} [1]."), asked, lambda items: verify_many(items, shipped()), made))
            assert [said.text for said in made.statements] == [statement(pair.quote)], (
                f"{pair.kind}: the quote stands in for {pair.claim!r}"
            )
            assert made.dropped, pair.claim
    assert told >= 385

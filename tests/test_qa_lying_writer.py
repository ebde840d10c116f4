"""A writer that lies in every sentence: one number, name, negation or tense changed. Nothing false may reach the reader."""

from __future__ import annotations

import json

from qa.write.compose import Composition, compose
from qa.write.shown import statement
from tests.fakes import ScriptedWriter
from tests.made import choice, document
from tests.test_qa_verify_pairs import GENERATORS


def test_no_lie_of_a_lying_writer_is_shown() -> None:
    told = 0
    for name in ("sentences", "money"):
        for true, pair in GENERATORS[name]():
            if true:
                continue
            told += 1
            writer = ScriptedWriter(json.dumps({"sentences": [{"text": pair.claim, "quotes": [1]}]}))
            made = Composition()
            list(compose(writer, "What is reported?", [choice(pair.quote, document(pair.quote, "paper.txt"))], None, made))
            assert [said.text for said in made.statements] == [statement(pair.quote)], (
                f"{pair.kind}: the quote stands in for {pair.claim!r}"
            )
            assert pair.claim in [dropped.text for dropped in made.dropped]
    assert told >= 385

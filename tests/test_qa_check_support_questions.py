"""The answer of an FAQ supports a sentence together with its question."""

from __future__ import annotations

from index.structure.units import units_of
from qa.check.support import find_support
from qa.check.verify import Item, Verdict, verify_many
from qa.read.protocol import readable
from qa.schema import Passage
from tests.judged import shipped
from tests.made import document
from tests.needs import requires_parser

pytestmark = requires_parser

FAQ = document("Pay\n\nWhen is payday?\n\nOn the 27th.\n\nWho pays for coffee?\n\nThe company does.\n", "faq.txt")


def judge(items: list[Item]) -> list[Verdict]:
    return verify_many(items, shipped())


def test_an_answer_is_judged_with_its_question() -> None:
    units = units_of(FAQ)
    asked = [unit for unit in units if unit.kind == "question"]
    assert [FAQ.text[unit.start : unit.end] for unit in asked] == ["When is payday?", "Who pays for coffee?"]
    passage = readable(Passage("1", FAQ.source, 0, len(FAQ.text), FAQ.text, 1.0, "Pay"), FAQ, units)
    found = find_support("Payday is on the 27th.", [passage], judge)  # type: ignore[arg-type]
    assert [part.text for part in found.parts] == ["On the 27th."]
    assert not find_support("Coffee is paid for on the 27th.", [passage], judge).parts  # type: ignore[arg-type]

"""Chosen pieces that another one says in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from qa.write.asked import Request
from qa.write.assemble import Draft
from qa.write.repeats import MOST_UNSURE, less_sure_last, says, without_repeats, without_strays
from tests.made import choice, document, reading

TRACKER = document(
    "**Nordex Marine** is building a shipyard in Valdivia.\n- **Fjord Power** has the intention to put up a wind park near Arica.\n"
    "- **Brandvik** plans a cannery that is due to open in 2027.",
    "tracker.md",
)
PRESS = document("Fjord Power intends to put up a wind park near Arica, the minister said.", "press.txt")


def test_what_another_piece_says_in_full_stands_behind_it() -> None:
    (one,) = without_repeats([choice(PRESS.text, PRESS, score=0.9), choice(TRACKER.text, TRACKER, score=0.8)])
    assert (one.evidence.source, one.evidence.score) == ("tracker.md", 0.9)
    assert [t.source for t in one.twins] == ["press.txt"]


def test_the_order_does_not_matter() -> None:
    (one,) = without_repeats([choice(TRACKER.text, TRACKER), choice(PRESS.text, PRESS)])
    assert one.evidence.source == "tracker.md"


@pytest.mark.parametrize(
    "other",
    [
        "Fjord Power intends to put up three wind parks near Arica.",
        "Fjord Power intends to put up a wind park near Iquique.",
        "Fjord Power has built a wind park near Arica.",
        "Fjord Power no longer intends to put up a wind park near Arica.",
        "The sailors of the coast guard sang until the morning came.",
    ],
    ids=["number", "name", "fact for plan", "denied", "other words"],
)
def test_what_differs_stays(other: str) -> None:
    assert not says(TRACKER.text, other)
    assert len(without_repeats([choice(TRACKER.text, TRACKER), choice(other, document(other, "b.txt"))])) == 2


def test_a_further_piece_that_hardly_answers_is_left_out() -> None:
    kiln, other = document("The kiln burns birch.", "a.txt"), document("Paint is kept in the shed.", "b.txt")
    asked = "What does the kiln burn?"
    for score, shown in ((0.95, 2), (0.6, 1)):
        chosen = [choice(kiln.text, kiln, score=0.97), choice(other.text, other, score=score)]
        assert len(without_strays(asked, chosen)) == shown, score
    same = document("The kiln may burn coal.", "c.txt")
    assert len(without_strays(asked, [choice(kiln.text, kiln, score=0.97), choice(same.text, same, score=0.75)])) == 2
    assert without_strays(asked, []) == []


def test_what_may_be_beside_the_point_comes_last_and_is_less_sure() -> None:
    kiln, shed = document("The kiln burns birch.", "a.txt"), document("Paint is kept in the shed.", "b.txt")
    coal = document("The kiln burnt coal.", "c.txt")
    chosen = [choice(kiln.text, kiln, score=0.97), choice(shed.text, shed, score=0.6), choice(coal.text, coal, score=0.9)]
    alone = {kiln.text: 0.9, shed.text: 0.1, coal.text: 0.9}

    def answers(texts: Sequence[str]) -> list[float]:
        return [alone[text] for text in texts]

    asked = "What does the kiln burn?"
    ordered = less_sure_last(asked, chosen, (), answers)
    assert [(c.evidence.source, c.sure) for c in ordered] == [("a.txt", True), ("c.txt", True), ("b.txt", False)]
    assert [c.sure for c in less_sure_last(asked, chosen, {0, 1}, answers)] == [
        True
    ] * 3  # what contradicts stays beside what it contradicts
    assert [c.sure for c in less_sure_last(asked, [chosen[0], replace(chosen[1], sure=True)], (), answers)] == [True, True]
    sheds = [choice(f"{shed.text} {n}", document(f"{shed.text} {n}", f"{n}.txt"), score=0.6) for n in range(9)]
    assert len(less_sure_last(asked, [chosen[0], *sheds], (), lambda texts: [0.1] * len(texts))) == 1 + MOST_UNSURE
    assert less_sure_last(asked, chosen[1:2], (), answers) == chosen[1:2]


def test_a_statement_that_is_less_sure_says_so() -> None:
    kiln, shed = document("The kiln burns birch.", "a.txt"), document("Paint is kept in the shed.", "b.txt")
    chosen = [choice(kiln.text, kiln), replace(choice(shed.text, shed), sure=False)]
    asked, draft = Request("?", "?", reading("?", kiln, scores={}), chosen), Draft(chosen)
    for n in range(2):
        for said in asked.extract(n):
            draft.add(said)
    assert draft.lines == ["The kiln burns birch. [1]", "Less sure: Paint is kept in the shed. [2]"]
    assert [claim.text for claim in draft.claims] == [kiln.text, shed.text]


def test_sentences_in_a_list_are_statements_with_quotes_of_their_own() -> None:
    (one,) = without_repeats([choice(TRACKER.text, TRACKER, short="a wind park"), choice(PRESS.text, PRESS)])
    said = Request("?", "?", reading("?", TRACKER, scores={}), [one]).extract(0)
    assert [s.text for s in said] == [
        "Nordex Marine is building a shipyard in Valdivia.",
        "Fjord Power has the intention to put up a wind park near Arica.",
        "Brandvik plans a cannery that is due to open in 2027.",
    ]
    assert [[e.source for e in s.evidence] for s in said] == [["tracker.md"], ["tracker.md", "press.txt"], ["tracker.md"]]
    for evidence in (s.evidence[0] for s in said):
        assert TRACKER.text[evidence.start : evidence.end] == evidence.quote
    assert [s.evidence[0].highlight is not None for s in said] == [False, True, False]


@pytest.mark.parametrize(
    "text", ["To light it:\n\n- Open the flue.\n- Lay dry birch.", "visitors\n- anyone who is pregnant or under sixteen"]
)
def test_steps_behind_a_lead_in_and_fragments_stay_together(text: str) -> None:
    made = document(text, "guide.md")
    (said,) = Request("?", "?", reading("?", made, scores={}), [choice(text, made)]).extract(0)
    assert said.evidence[0].quote == text

"""Numbers that name a thing: which they are, and that a figure keeps to the thing that it is said of."""

from __future__ import annotations

import pytest

from qa.check.verify import Item, by_rules
from qa.english.claim_numbers import check_numbers, labels
from tests.needs import requires_parser

pytestmark = requires_parser

FIRST = "Ferry 2 leaves every 20 minutes and takes 310 cars a day."
SECOND = "Ferry 7 leaves every 40 minutes and takes 95 cars a day."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lot 2 covers the pipes.", [("lot", "2")]),
        ("Tariff zone 3 costs 4 euros.", [("zone", "3")]),
        ("The yard employs 340 workers.", []),
        ("The firm built 3 ships.", []),
        ("He paid the clinic 300 dollars.", []),
        ("It opened on 12 May 2026.", []),
        ("", []),
    ],
)
def test_a_label_stands_behind_its_noun(text: str, found: list[tuple[str, str]]) -> None:
    assert [(label.noun, label.number) for label in labels(text)] == found


@pytest.mark.parametrize("quotes", [[FIRST, SECOND], [f"{FIRST} {SECOND}"]], ids=["two quotes", "one"])
@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("Ferry 2 takes 310 cars a day.", True),
        ("Ferry 7 takes 95 cars a day.", True),
        ("Ferry 2 takes 310 cars a day, ferry 7 takes 95 cars a day.", True),
        ("Ferry 7 takes 310 cars a day.", False),
        ("Ferry 2 takes 95 cars a day.", False),
        ("Ferry 5 takes 310 cars a day.", False),
        ("Ferry 2 takes 95 cars a day, ferry 7 takes 310 cars a day.", False),
    ],
)
def test_a_figure_keeps_to_its_label(claim: str, supported: bool, quotes: list[str]) -> None:
    assert (check_numbers(claim, quotes) is None) == supported


def test_step_2_is_not_lot_2() -> None:
    verdict = by_rules(Item("Step 2 takes 40 days.", ["Lot 2 takes 40 days."]))
    assert verdict is not None and verdict.label != "supported"


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("Part 3310-07-52 is a brass valve.", True),
        ("Part 3310-07-25 is a brass valve.", False),
        ("Part 3310-07 is a brass valve.", False),
        ("Part 3310-07-52 is one of 6 brass valves.", True),
        ("Part 3310-07-52 is one of 52 brass valves.", False),
        ("The valve came on 2026-03-12.", True),
        ("The valve came on 2026-03-21.", False),
    ],
)
def test_a_code_stands_as_it_is(claim: str, supported: bool) -> None:
    quote = "3310-07-52 brass valves, 6 brass valves in stock, came on 2026-03-12"
    assert (check_numbers(claim, [quote]) is None) == supported

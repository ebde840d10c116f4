"""Figures under the wrong column of a row are refused, under the right one they pass."""

from __future__ import annotations

import pytest

from qa.check.rows import misplaced, narrowed, of_another_row

ROW = "Ticket: Adult | per: crossing | 2023: 1.84 | 2026: 2.18"
SHIFT = "Line: 4 | Peak: 6 minutes | Evening: 20 minutes"


@pytest.mark.parametrize(
    ("claim", "row"),
    [
        ("An adult ticket costs 2.18 in 2026.", ROW),
        ("In 2023 an adult ticket cost 1.84 euros.", ROW),
        ("The price rose from 1.84 euros in 2023 to 2.18 euros in 2026.", ROW),
        ("It was 1.84 in 2023 and is 2.18 in 2026.", ROW),
        ("In 2026 it is 2.18, in 2023 it was 1.84.", ROW),
        ("An adult ticket costs 2.18 euros.", ROW),
        ("Line 4 runs every 6 minutes in the peak and every 20 minutes in the evening.", SHIFT),
        ("Nothing of the kind.", ROW),
    ],
)
def test_right(claim: str, row: str) -> None:
    assert misplaced(claim, [row]) == ""


@pytest.mark.parametrize(
    ("claim", "row", "figure"),
    [
        ("An adult ticket costs 1.84 euros in 2026.", ROW, "1.84"),
        ("In 2023 an adult ticket cost 2.18.", ROW, "2.18"),
        ("The price fell from 2.18 in 2023 to 1.84 in 2026.", ROW, "2.18"),
        ("In the evening line 4 runs every 6 minutes.", SHIFT, "6"),
    ],
)
def test_wrong(claim: str, row: str, figure: str) -> None:
    assert misplaced(claim, [row]) == figure


def test_a_row_is_held_against_what_a_claim_speaks_of() -> None:
    assert narrowed(ROW, "An adult ticket costs 2.18 in 2026.") == "Ticket: Adult | per: crossing | 2026: 2.18"
    assert narrowed(ROW, "Something else.") == ROW and narrowed("Adult, 2.18, 1.84", "It costs 2.18.") == "Adult, 2.18, 1.84"


CHILD = "Ticket: Child | per: crossing | 2023: 0.90 | 2026: 2.00"


def test_a_figure_of_another_row_is_known() -> None:
    assert of_another_row("A child ticket costs 2.18 in 2026.", ROW, [CHILD])
    for right in (
        "An adult ticket costs 2.18 in 2026.",
        "It costs 2.18 in 2026.",
        "A child pays 2.00, an adult 2.18.",
        "A child rides along.",
    ):
        assert not of_another_row(right, ROW, [CHILD])
    assert not of_another_row("A child ticket costs 2.18.", ROW, [CHILD.replace("2.00", "2.18")])

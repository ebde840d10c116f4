"""Numbers of a claim that the quotes leave a unit or scale out of, that follow from two of theirs, or that are small and in words."""

from __future__ import annotations

import pytest

from qa.english.claim_numbers import as_quoted, check_numbers
from tests.needs import requires_parser

pytestmark = requires_parser

DAMAGE = "The damage came to 9.3 million euros, of which the insurer paid 7."
PROFIT = "Net profit, million crowns | 2024: 74 | 2025: 48"
BOARD = "Name: Control board | Price in euros: 1180 | Stock: 5 | Minimum stock: 4"
COSTS = "The costs so far are 85,000 euros, of which the town carries 60,000."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The insurer paid 7 million.", DAMAGE),
        ("The insurer paid 7 million euros.", DAMAGE),
        ("The damage amounted to 9.3 million.", DAMAGE),
        ("Net profit was 74 million in 2024.", PROFIT),
        ("The board costs 1,180 euros.", BOARD),
        ("Five are in stock.", BOARD),
        ("25,000 euros are left to pay.", COSTS),
        ("Its two partners carry the rest.", COSTS),
        ("Twice the town was asked.", COSTS),
        ("The first part is carried by the town.", COSTS),
    ],
)
def test_what_rules_leave_to_the_judge(claim: str, quote: str) -> None:
    assert check_numbers(claim, [quote]) is None


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The insurer paid 7 billion euros.", DAMAGE),
        ("The insurer paid 8 million euros.", DAMAGE),
        ("The insurer paid 7 million dollars.", DAMAGE),
        ("The damage came to 9.3 billion.", DAMAGE),
        ("Net profit was 74 million crowns in 2023.", "Net profit | 2024: 74 million crowns"),
        ("The board costs 1,180 dollars.", BOARD),
        ("26,000 euros are left to pay.", COSTS),
        ("The plant has six workers.", "The plant has seven workers."),
        ("Half of the yard was sold.", "A third of the yard was sold."),
        ("Forty workers were hired.", "Workers were hired."),
    ],
)
def test_what_they_refuse_all_the_same(claim: str, quote: str) -> None:
    assert check_numbers(claim, [quote]) is not None


def test_numbers_are_written_as_the_quotes_write_them() -> None:
    quote = "Harn spent $6.5 billion on 12 June 2024, over a third of it on 28 ferries."
    assert as_quoted("USD 6.5bn was spent on 2024-06-12.", [quote]) == "$6.5 billion was spent on 12 June 2024."
    assert as_quoted("It bought 28 ferries in June 2024.", [quote]) == "It bought 28 ferries in June 2024.", "a month is not its day"
    assert as_quoted("USD 6.6bn was spent.", [quote]) == "USD 6.6bn was spent."

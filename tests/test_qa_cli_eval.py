"""The judge that the evaluation gets: word for word means whole lines, nothing less."""

from __future__ import annotations

import pytest

from qa.commands.cli_eval import word_for_word


@pytest.mark.parametrize(
    ("evidence", "claim", "same"),
    [
        ("Kia opened a plant.", "Kia opened a plant", True),
        ("- **Kia** opened a\n  plant, no date given.", "Kia opened a plant, no date given.", True),
        ("It rained.\nKia opened a plant.\nIt snowed.", "Kia opened a plant.", True),
        ("No plant was opened by Kia.", "plant was opened by Kia", False),
        ("Kia opened a plant, they deny.", "Kia opened a plant", False),
        ("Kia opened 11 plants.", "Kia opened 12 plants.", False),
        ("Yes.", "Yes.", False),
        ("", "Kia opened a plant", False),
    ],
)
def test_word_for_word(evidence: str, claim: str, same: bool) -> None:
    assert word_for_word(evidence, claim) is same

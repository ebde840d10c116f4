"""Which documents withdraw or correct something of an earlier one."""

from __future__ import annotations

import pytest

from index.dates.withdrawn import find_withdrawn
from index.structure.units import units_of
from qa.retrieve.dedup import kin_line
from qa.schema import Citation
from tests.made import document

MINUTES = document("The board decided to hold the party on 20 June.", "minutes.md", "2026-02-10", title="Minutes of the board")


def withdrawn(text: str, published: str | None = "2026-03-16") -> dict[str, str]:
    documents = [MINUTES, document(text, "new.eml", published, format="mail")]
    return find_withdrawn([(one, units_of(one)) for one in documents])


@pytest.mark.parametrize(
    "text",
    [
        "The decision of 10 February is withdrawn: the party is on 27 June.",
        "We must correct what was sent on February 10th, 2026. The party is later.",
        "This replaces the minutes of the board. The party is later.",
        "What was agreed on 2026-02-10 no longer applies.",
        "**12 March:** the decision of 10 February is withdrawn.",
    ],
)
def test_what_names_the_earlier_document_and_withdraws(text: str) -> None:
    assert withdrawn(text) == {"minutes.md": "new.eml"}


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("The decision of 10 February stands.", "2026-03-16"),
        ("The decision of 11 February is withdrawn.", "2026-03-16"),
        ("The decision of 10 February 2025 is withdrawn.", "2026-03-16"),
        ("The decision of 10 February is known. The lease was cancelled.", "2026-03-16"),
        ("The decision of 10 February is withdrawn.", "2026-02-01"),
        ("The decision of 10 February is withdrawn.", None),
        ("# The year of the club\n\n- **10 February**: the number of members is corrected.\n- **3 March**: the lease ends.", "2026-03-16"),
        ("10 February: the lease is cancelled.\n3 March - the board meets.", "2026-03-16"),
    ],
)
def test_what_does_not(text: str, published: str | None) -> None:
    assert withdrawn(text, published) == {}


def test_greetings_and_who_wrote_what_is_quoted_are_no_evidence() -> None:
    mail = document(
        "Dear Ann,\n\nthe pool is open.\n\nOn 3 May 2026 Per wrote:\n\n> When is it open?\n\nKind regards,\nIda\n", format="mail"
    )
    kinds = [(mail.text[u.start : u.end], u.kind) for u in units_of(mail)]
    assert (
        ("Dear Ann,", "masthead") in kinds and ("On 3 May 2026 Per wrote:", "lead") in kinds and ("the pool is open.", "sentence") in kinds
    )


def test_a_footnote_names_what_corrects_it() -> None:
    assert kin_line(Citation(n=1, source="a.txt", start=0, end=1, quote="A", later_version="b.eml")) == "later version: b.eml"

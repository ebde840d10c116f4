"""Names in the wrong part of a claim."""

from __future__ import annotations

import pytest

from qa.check.verify import verify
from qa.english.claim_roles import check_roles
from tests.judged import shipped
from tests.needs import requires_parser

pytestmark = requires_parser

PLANTS = (
    "Currently, Doosan Enerbility is constructing a power plant based on a combined cycle in Turkestan. Samsung Electronics plans to start "
    "producing household appliances in our country. The company GL Ralpha intends to build a biopharmaceutical plant in Astana."
)
LIST = "Among them are such corporations as Samsung, Hyundai, Kia, Lotte, Doosan, and Posco, which operate successfully in our country."
EXPORTS = "Exports from Korea to Kazakhstan reached $5 billion."
BOUGHT = "Doosan acquired Lotte Chemical in 2020."
SOLD = "Lotte sold its shares to Kia, and Korea exported 30,000 cars to Kazakhstan."
MET = "Park Jie-won met the deputy head of government of Kazakhstan, Murat Nurtleu, in Nur-Sultan."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Doosan Enerbility is building a combined-cycle power plant in Turkestan.", PLANTS),
        ("GL Ralpha intends to build a plant in Astana.", PLANTS),
        ("A power plant is being built by Doosan Enerbility.", PLANTS),
        ("Samsung operates in the country.", LIST),
        ("Posco and Kia operate there.", LIST),
        ("Korea exported goods worth $5 billion to Kazakhstan.", EXPORTS),
        ("Exports from Korea to Kazakhstan were $5 billion.", EXPORTS),
        ("Lotte Chemical was acquired by Doosan in 2020.", BOUGHT),
        ("Doosan acquired Lotte Chemical.", BOUGHT),
        ("Murat Nurtleu met Park Jie-won in Nur-Sultan.", MET),
        ("Lotte sold shares to Kia.", SOLD),
        ("Korea exported cars to Kazakhstan.", SOLD),
        ("Korea exports cars to Kazakhstan.", "Korea exports cars to Kazakhstan, and Kazakhstan exports grain to Korea."),
        ("Kazakhstan exports grain to Korea.", "Korea exports cars to Kazakhstan, and Kazakhstan exports grain to Korea."),
        ("nothing with a name", MET),
    ],
)
def test_the_same_part(claim: str, quote: str) -> None:
    assert check_roles(claim, [quote]) is None


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Samsung Electronics is constructing a power plant in Turkestan.", PLANTS),
        ("Doosan Enerbility intends to build a biopharmaceutical plant in Astana.", PLANTS),
        ("GL Ralpha plans to start producing household appliances.", PLANTS),
        ("Doosan Enerbility is constructing a power plant in Astana.", PLANTS),
        ("Exports from Kazakhstan to Korea were $5 billion.", EXPORTS),
        ("Lotte Chemical acquired Doosan in 2020.", BOUGHT),
        ("Doosan was acquired by Lotte Chemical.", BOUGHT),
        ("Kia sold shares to Lotte.", SOLD),
        ("Kazakhstan exported cars to Korea.", SOLD),
    ],
)
def test_another_part(claim: str, quote: str) -> None:
    assert check_roles(claim, [quote]) is not None
    assert verify(claim, [quote], context=["Kazakhstan"], judge=shipped()).label != "supported"


@pytest.mark.parametrize("text", [PLANTS, LIST, EXPORTS, BOUGHT, MET])
def test_a_text_agrees_with_itself(text: str) -> None:
    assert check_roles(text, [text]) is None

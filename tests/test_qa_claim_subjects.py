"""Subjects exchanged between the clauses of a quote: a claim takes the words of another's clause. Pairs of our own."""

from __future__ import annotations

import pytest

from qa.check.verify import Item, verbatim_span, verify_many
from qa.english.claim_subjects import other_subject
from tests.judged import shipped
from tests.needs import requires_parser

pytestmark = requires_parser

# Q a quote, T what it says, F what it says of somebody else.
PAIRS = """
Q Doosan has a part in a steam plant and Samsung builds a refinery.
T Samsung builds a refinery.
T A refinery is built by Samsung.
F Samsung has a part in a steam plant.
F Doosan builds a refinery.

Q Marta Lind directs the institute in Bergen, while her brother Olaf runs a bakery in Oslo.
T Olaf runs a bakery in Oslo.
T The institute in Bergen is directed by Marta Lind.
F Olaf directs the institute in Bergen.
F Marta Lind runs a bakery in Oslo.

Q The Vitar group, which makes turbines in Brno, sold its foundry to Helm AG, and Helm AG closed the foundry in 2019.
T The Vitar group makes turbines in Brno.
T Helm AG closed the foundry in 2019.
F Helm AG makes turbines in Brno.
F The Vitar group closed the foundry in 2019.

Q Kenya exports tea to Pakistan, and Pakistan lends money to farmers.
T Pakistan lends money to farmers.
T Tea is exported to Pakistan by Kenya.
F Kenya lends money to farmers.
F Pakistan exports tea.

Q GL Ralpha has stated the intention to build a biopharmaceutical plant in Astana, and Samsung Electronics has a plan for household appliances.
T GL Ralpha has stated the intention to build a biopharmaceutical plant in Astana.
T Samsung Electronics has a plan for household appliances.
F Samsung Electronics has stated the intention to build a biopharmaceutical plant in Astana.
F GL Ralpha has a plan for household appliances.

Q Nordbank announced the closure of 40 branches and Sudbank opened a new head office in Lille.
T Nordbank announced the closure of 40 branches.
T Sudbank opened a new head office in Lille.
F Sudbank announced the closure of 40 branches.
F Nordbank opened a new head office in Lille.

Q Although Hyundai owns the yard, Lotte paid for the crane that stands on it.
T Hyundai owns the yard.
T Lotte paid for the crane.
F Lotte owns the yard.
F Hyundai paid for the crane.

Q Minister Ana Ruiz said that the bridge is safe, but engineer Paul Weber noted that its cables are rusty.
T Ana Ruiz said that the bridge is safe.
T Paul Weber noted that the cables are rusty.
F Paul Weber said that the bridge is safe.
F Ana Ruiz noted that the cables are rusty.

Q The clinic in Leeds treats 300 children a year; Dr Amara Osei, who founded it, now teaches surgery in Accra.
T Amara Osei teaches surgery in Accra.
T Amara Osei founded the clinic.
F The clinic in Leeds teaches surgery in Accra.
F Amara Osei treats 300 children a year.

Q Petrova won the marathon in Riga, Jansen came second, and Okoye broke the course record.
T Okoye broke the course record.
T The marathon in Riga was won by Petrova.
F Jansen broke the course record.
F Petrova broke the course record.

Q Telia bought the cable from Ocean Link, whose engineers had laid it in 2004, and Norsat rents two of its fibres.
T Norsat rents two of the fibres.
T Telia bought the cable from Ocean Link.
F Telia rents two of the fibres.
F Norsat bought the cable from Ocean Link.

Q Brazil lowered its tariff on steel and Argentina, after long talks, raised the duty on maize.
T Argentina raised the duty on maize.
T After long talks Argentina raised the duty on maize.
F Brazil raised the duty on maize.
F Argentina lowered its tariff on steel.

Q Mirel Foods cans fish in Varna. The company also owns Kaliakra Dairy, which delivers milk to Ruse.
T Mirel Foods owns Kaliakra Dairy.
T Kaliakra Dairy delivers milk to Ruse.
F Kaliakra Dairy cans fish in Varna.
F Mirel Foods delivers milk to Ruse.

Q Colonel Varga commanded the fort until Captain Sipos, who had been his secretary, took it in 1849.
T Captain Sipos took the fort in 1849.
T Colonel Varga commanded the fort.
F Captain Sipos commanded the fort.
F Colonel Varga had been a secretary.

Q Zinc lowers the dose that patients need, and copper, in the same trial, delayed the healing of wounds.
T Copper delayed the healing of wounds.
T Zinc lowers the dose that patients need.
F Zinc delayed the healing of wounds.
F Copper lowers the dose that patients need.

Q The harbour employs 900 people and the airport, which opened in 1998, serves twelve airlines.
T The airport serves twelve airlines.
T The airport opened in 1998.
F The harbour serves twelve airlines.
F The airport employs 900 people.

Q Ilse Brandt wrote the libretto, Tomas Vik composed the music, and the Malmo Opera staged the work in 1931.
T Tomas Vik composed the music.
T The work was staged by the Malmo Opera in 1931.
F Ilse Brandt composed the music.
F Tomas Vik staged the work in 1931.

Q Ferrona mines nickel in Oulu. It also smelts copper. Balder Steel rolls plate in Kemi.
T Ferrona smelts copper.
T Balder Steel rolls plate in Kemi.
F Balder Steel smelts copper.
F Ferrona rolls plate in Kemi.

Q Apollon Bank and Credit Sud lent the city 50 million euros; Hestia, an insurer, guaranteed the loan.
T Apollon Bank lent the city 50 million euros.
T Hestia guaranteed the loan.
F Hestia lent the city 50 million euros.
F Credit Sud guaranteed the loan.

Q Chen argues that the tablets are forgeries, whereas Haddad has dated the clay to 1200 BC.
T Haddad has dated the clay to 1200 BC.
T Chen argues that the tablets are forgeries.
F Chen has dated the clay to 1200 BC.
F Haddad argues that the tablets are forgeries.

Q After Rovio Gas stopped pumping, Lumen Energy heated the town with wood and the council subsidised every household.
T Lumen Energy heated the town with wood.
T The council subsidised every household.
F Rovio Gas heated the town with wood.
F Lumen Energy subsidised every household.

Q Toyota supplies the batteries, and Daihatsu, its subsidiary, assembles the vans in Osaka.
T Daihatsu assembles the vans in Osaka.
T The batteries are supplied by Toyota.
F Toyota assembles the vans in Osaka.
F Daihatsu supplies the batteries.

Q Professor Lindqvist discovered the comet that Professor Abara had predicted.
T Professor Lindqvist discovered the comet.
T Professor Abara had predicted the comet.
F Professor Abara discovered the comet.
F Professor Lindqvist had predicted the comet.

Q The museum in Graz lent twelve paintings to the gallery in Maribor, and the gallery insured them for 8 million euros.
T The gallery in Maribor insured the paintings for 8 million euros.
T The museum in Graz lent twelve paintings to the gallery.
F The museum in Graz insured the paintings for 8 million euros.
F The gallery in Maribor lent twelve paintings.
"""  # noqa: E501
# Written after the rules for the pairs above, of the same kinds: these were not looked at while they were made.
FURTHER = """
Q The bakery sells bread and cakes and the butcher, a cousin of the owner, smokes ham.
T The butcher smokes ham.
T The bakery sells bread and cakes.
F The bakery smokes ham.

Q Norway cut its tax on cars and Denmark, despite protests, doubled the toll on bridges.
T Denmark doubled the toll on bridges.
F Norway doubled the toll on bridges.

Q Lidia Brask makes chairs and tables, sells them in Turku, and teaches carpentry.
T Lidia Brask sells chairs and tables in Turku.
T Lidia Brask teaches carpentry.

Q The firm builds pumps and valves and exports them to Chile.
T The firm exports pumps and valves to Chile.

Q The school has 40 teachers and the library, which moved in 2011, lends 9,000 books.
T The library lends 9,000 books.
F The school lends 9,000 books.

Q Iron hardens the alloy that smiths prefer, and tin, in small amounts, softened the joints.
T Tin softened the joints.
F Iron softened the joints.

Q Orvik ships timber from Narvik. It also saws planks. Dahl Marine paints hulls in Molde.
T Orvik saws planks.
F Dahl Marine saws planks.
F Orvik paints hulls in Molde.

Q Mayor Lena Fox said that the road is closed, but surveyor Tim Hale added that its surface is sound.
T Tim Hale added that the surface is sound.
T Lena Fox said that the road is closed.
F Lena Fox added that the surface is sound.

Q The council in Fulda leased three halls to the club in Hanau, and the club renovated them for 2 million euros.
T The club in Hanau renovated the halls for 2 million euros.
F The council in Fulda renovated the halls for 2 million euros.

Q Solvik bought a quarry in 2012. The company employs 60 people.
T Solvik employs 60 people.
T Solvik bought a quarry in 2012.

Q Harbin Tools opened a plant in Lodz, and the plant makes 400 drills a day.
T The plant in Lodz makes 400 drills a day.

Q Kestrel Air flies to Oslo and Bergen, and carries mail.
T Kestrel Air carries mail.
"""
# False, and not noticed: "Iron hardens" and "Dahl Marine paints" are misread in yet another way.
MISSED = {"Iron softened the joints.", "Dahl Marine saws planks."}


def pairs(mark: str, text: str = PAIRS) -> list[tuple[str, str]]:
    """(claim, quote) of the lines of `text` that begin with `mark`."""
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(line[2:], quote[2:]) for quote, *lines in blocks for line in lines if line.startswith(mark)]


@pytest.mark.parametrize(("text", "number"), [(PAIRS, 48), (FURTHER, 16)], ids=["pairs", "further"])
def test_a_clause_keeps_its_subject(text: str, number: int) -> None:
    assert len(pairs("T", text)) == number
    refused = {claim: reason for claim, quote in pairs("T", text) if (reason := other_subject(claim, [quote]))}
    assert not refused


@pytest.mark.parametrize(("text", "number", "missed"), [(PAIRS, 48, set()), (FURTHER, 8, MISSED)], ids=["pairs", "further"])
def test_a_clause_with_another_subject_is_refused(text: str, number: int, missed: set[str]) -> None:
    items = [Item(claim, [quote]) for claim, quote in pairs("F", text)]
    passed = {item.claim for item, verdict in zip(items, verify_many(items, shipped()), strict=True) if verdict.label == "supported"}
    assert len(items) == number
    assert passed == missed, "fewer than before: good, take them off"


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        (
            "Samsung operates in the country.",
            "Among them are Samsung, Lotte and Posco, which operate there, and Kia, which does not operate there.",
        ),
        ("Kia makes cars in Kostanay.", "Kia, one of the firms that make cars in Kostanay, has a new chairman, and Lotte sells sweets."),
        ("Kia is the firm that makes cars.", "Kia is the firm that makes cars, and Lotte is the firm that makes sweets."),
        ("Lotte heats the town.", "Lotte came in 2013. The company heats the town, and Kia sells cars."),
        ("Lotte heats the town.", "Lotte came in 2013. It heats the town, and Kia sells cars."),
        ("Output rose.", "Kia raised output, and Lotte said that output rose in spring."),
        ("Lotte and Kia met in Seoul.", "Kia met Lotte in Seoul, and Lotte opened an office."),
        ("Ocean Link laid the cable.", "Telia bought the cable from Ocean Link, whose engineers laid the cable, and Norsat rents it."),
        ("The capital is Astana.", "Astana is the capital, and Almaty is the largest city."),
        ("Kia built the hall.", "The hall was built in 2010, and Kia moved in."),
        ("Red Harbour was printed in 1990.", "Red Harbour became his best novel. The novel was printed in 1990, and Kia wept."),
        ("Mr Park agreed.", "“I agreed,” said Mr Park, and Mr Lee refused."),
    ],
)
def test_who_else_the_subject_may_be(claim: str, quote: str) -> None:
    assert other_subject(claim, [quote]) is None


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        (
            "Samsung Electronics has a part in a steam plant.",
            "Doosan has a part in a steam plant. Samsung Electronics has a plan for a factory.",
        ),
        ("A refinery is built by Doosan.", "Doosan has a part in a steam plant and Samsung builds a refinery."),
        ("Yoon said that trade had doubled.", "Yoon thanked the hosts, and Tokayev said that trade had doubled."),
        ("Trade had doubled, Yoon said.", "Yoon thanked the hosts, and Tokayev said that trade had doubled."),
        ("Almaty is the capital.", "Astana is the capital, and Almaty is the largest city."),
        ("The airport employs 900 people.", "The harbour employs 900 people; the airport serves twelve airlines."),
    ],
)
def test_what_is_said_of_another(claim: str, quote: str) -> None:
    assert other_subject(claim, [quote]) is not None


def test_the_words_of_one_quote_are_no_other_quotes() -> None:
    quotes = ["Doosan builds a steam plant.", "Samsung builds a refinery."]
    assert other_subject("Samsung builds a refinery.", quotes) is None
    assert other_subject("Samsung builds a steam plant.", quotes) is not None


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Samsung has stated the intention to build a plant in Astana.", "GL Ralpha has the intention to build a plant in Astana."),
        ("Sudbank announced the closure of 40 branches.", "Nordbank and the closure of 40 branches: what Sudbank says."),
        ("The firm reported a loss of $3 million.", "Lotte had a loss of $3 million."),
    ],
)
def test_what_somebody_has_stated_is_no_attribution_of_a_sentence(claim: str, quote: str) -> None:
    assert verbatim_span(claim, quote) is None


@pytest.mark.parametrize(
    "claim",
    [
        "Yoon said the plant is finished.",
        "The ministry has stated that the plant is finished.",
        "The minister added: the plant is finished.",
        "He said the plant is finished.",
        "According to the ministry, the plant is finished.",
        "That said, the plant is finished.",
        "The plant is finished, Kassym-Jomart Tokayev said.",
    ],
)
def test_the_attribution_of_a_sentence_does_not_count(claim: str) -> None:
    assert verbatim_span(claim, "On Monday the plant is finished and opened.") == (10, 31)

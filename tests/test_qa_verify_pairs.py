"""Generated pairs: a lie about a number, unit, bound, date, name, negation or modality is never supported; of paraphrases at most one in
fifty is refused.

By the rules and the judge that ships. The lists are ours; every combination is checked and the rates are in the assertion messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from qa.check.verify import Item, verify_many
from tests.judged import shipped
from tests.needs import requires_parser

pytestmark = requires_parser


@dataclass(frozen=True)
class Pair:
    kind: str
    quote: str
    claim: str


FIRMS = ["Doosan Enerbility", "Samsung Electronics", "GL Ralpha", "Hyundai", "Lotte Chemical", "KazMunayGas"]
OTHER_FIRM = {
    "Doosan Enerbility": "Doosan Bobcat",
    "Samsung Electronics": "Samsung Heavy",
    "GL Ralpha": "GL Rapha",
    "Hyundai": "Toyota",
    "Lotte Chemical": "Lotte Duty Free",
    "KazMunayGas": "Kazatomprom",
}
PLACES = ["Kazakhstan", "Turkestan", "Almaty", "the Pavlodar region"]
OTHER_PLACE = {"Kazakhstan": "Uzbekistan", "Turkestan": "Atyrau", "Almaty": "Astana", "the Pavlodar region": "the Abai region"}
THINGS = ["a power plant", "a car factory", "a biopharmaceutical plant", "two bridges"]

# Ways of saying where a project stands. A claim may take the column's wording when it is in the same row.
STAGES = {
    "done": ["built", "has built", "constructed", "has constructed"],
    "ongoing": ["is building", "is constructing", "is currently building"],
    "planned": ["plans to build", "intends to build", "is planning to build", "aims to build"],
    "future": ["will build", "will construct"],
    "possible": ["may build", "might build", "could build"],
    "denied": ["did not build", "never built", "failed to build", "refused to build"],
    "not planned": ["does not plan to build", "has no plans to build"],
    "urged": ["was urged to build", "should build"],
}
# A weaker claim than the quote's is no lie: neither accepted nor refused for certain.
WEAKER = {
    ("planned", "possible"),
    ("future", "possible"),
    ("future", "planned"),
    ("urged", "possible"),
    ("urged", "planned"),
    ("denied", "not planned"),
}


def stage_pairs() -> Iterator[tuple[bool, Pair]]:
    for index, (said, claimed) in enumerate(product(STAGES, STAGES)):
        firm, place, thing = FIRMS[index % 6], PLACES[index % 4], THINGS[index % 3]
        for quoted, stated in product(STAGES[said], STAGES[claimed]):
            if (said, claimed) in WEAKER:
                continue
            quote = f"{firm} {quoted} {thing} in {place}, officials said on Monday."
            pair = Pair(f"{said} -> {claimed}", quote, f"{firm} {stated} {thing} in {place}.")
            yield said == claimed, pair


AMOUNTS = [
    ("$6.5 billion", "USD 6.5bn", "$5.6 billion", "$6.5 million", "€6.5 billion"),
    ("$854.4 million", "854.4 million dollars", "$845.4 million", "$854.4 billion", "854.4 million euros"),
    ("1.25 trillion won", "1.25 trillion Korean won", "1.52 trillion won", "1.25 billion won", "1.25 trillion yen"),
]
BOUNDS = {"": [""], "over ": ["more than "], "about ": ["around ", "approximately "], "up to ": ["at most "], "less than ": ["under "]}


def money_pairs() -> Iterator[tuple[bool, Pair]]:
    for (firm, place), (amount, same, digit, scale, currency), (bound, alike) in product(
        zip(FIRMS, PLACES * 2, strict=False), AMOUNTS, BOUNDS.items()
    ):
        quote = f"{firm} invested {bound}{amount} in {place} in 2022, the ministry reports."
        yield True, Pair("format", quote, f"{firm} invested {alike[0]}{same} in {place} in 2022.")
        yield True, Pair("passive", quote, f"In 2022, {bound}{amount} was invested in {place} by {firm}.")
        for lie in (digit, scale, currency):
            yield False, Pair("amount", quote, f"{firm} invested {bound}{lie} in {place} in 2022.")
        yield False, Pair("year", quote, f"{firm} invested {bound}{amount} in {place} in 2023.")
        yield False, Pair("name", quote, f"{OTHER_FIRM[firm]} invested {bound}{amount} in {place} in 2022.")
        yield False, Pair("place", quote, f"{firm} invested {bound}{amount} in {OTHER_PLACE[place]} in 2022.")
        yield False, Pair("negation", quote, f"{firm} did not invest {bound}{amount} in {place} in 2022.")
        yield False, Pair("planned", quote, f"{firm} plans to invest {bound}{amount} in {place} in 2022.")
        for other in BOUNDS:
            if other != bound and not (bound == "" and other == "about "):
                yield False, Pair("bound", quote, f"{firm} invested {other}{amount} in {place} in 2022.")


DATES = [
    (
        "June 12, 2024",
        ["12 June 2024", "2024-06-12", "June 2024", "2024"],
        ["June 13, 2024", "July 12, 2024", "June 12, 2023", "May 2024", "2025"],
    ),
    ("9 December 2013", ["December 9, 2013", "December 2013"], ["19 December 2013", "9 November 2013", "December 2014"]),
    ("March 2021", ["March 2021", "2021"], ["May 2021", "March 2020", "March 3, 2021"]),
]


def date_pairs() -> Iterator[tuple[bool, Pair]]:
    for (date, same, other), firm, place in product(DATES, FIRMS, PLACES[:2]):
        quote = f"{firm} opened its office in {place} on {date}."
        for text in same:
            yield True, Pair("date", quote, f"{firm} opened its office in {place} {'in' if len(text) in (4, 9, 10, 13) else 'on'} {text}.")
        for text in other:
            yield False, Pair("date", quote, f"{firm} opened its office in {place} in {text}.")


# Sentences of ours, true claims about them, and what a liar may do to any of them.
SENTENCES = [
    block.split("\n")
    for block in """
The trade turnover between Kazakhstan and South Korea in 2022 reached a record of over $6.5 billion.
In 2022, trade between Kazakhstan and Korea reached over $6.5bn.

To date, 28 joint projects have been completed, creating 4.7 thousand jobs.
28 joint projects have been completed and created 4,700 jobs.

Exports of ferroalloys amounted to 34.1 thousand tons worth $55.4 million.
34,100 tonnes of ferroalloys worth $55.4 million were exported.

More than 700 companies with Korean capital operate in Kazakhstan.
Over 700 companies with Korean capital operate in Kazakhstan.

Minister Kanat Sharlapaev said that 15 projects were under way in Astana.
15 projects were under way in Astana, Minister Kanat Sharlaapaev said.

The two presidents signed 37 agreements in Astana on June 12, 2024.
37 agreements were signed in Astana on 12 June 2024.

Over a third of the new cars bought in the country are Korean.
More than a third of new cars bought in the country are Korean.

The plant in Kostanay is 80 percent complete and employs 1,200 people.
The Kostanay plant employs 1,200 people.

The railway carried 2,161,000 passengers in 2019, 12% more than in 2018.
In 2019 the railway carried 2,161,000 passengers.

Lithium output rose by 14% to 5.2 thousand tonnes in 2023.
In 2023, lithium output rose 14 percent to 5,200 tons.

Yoon Suk Yeol and Kassym-Jomart Tokayev met in Astana in June 2024.
Kassym-Jomart Tokayev and Yoon Suk-yeol met in Astana in June 2024.

The ring road around Almaty was opened in 2023 after five years of work.
The ring road around Almaty was opened in 2023.

South Korea is among the top five largest investors in Kazakhstan.
South Korea is among the top five investors in Kazakhstan.

The fund has lent the project 120 million euros since 2020.
Since 2020 the fund has lent the project €120 million.
""".strip().split("\n\n")
]
SWAPS = [
    line.split(">")
    for line in """
billion>million
million>billion
bn>mn
percent>percentage points
12 June>12 July
June 2024>May 2024
$>€
€>$
tonnes>kilograms
Over >
over >
More than>Less than
top five>top ten
third>quarter
third>half
Kazakhstan>Uzbekistan
Korea>Japan
Korea>North Korea
Korean>Chinese
Astana>Almaty
Almaty>Astana
Kostanay>Karaganda
Sharlaapaev>Nurtleu
Tokayev>Nazarbayev
Yoon>Moon
rose>fell
exported>imported
lent>borrowed
opened>closed
largest>smallest
""".strip("\n").splitlines()
]
AUXILIARIES = re.compile(r"\b(is|are|was|were|has|have)\b")
PAST = {"reached": "reach", "amounted": "amount", "signed": "sign", "carried": "carry", "rose": "rise", "met": "meet", "created": "create"}


def lies(claim: str) -> Iterator[tuple[str, str]]:
    """Every way in which one thing in `claim` can be changed."""
    for match in re.finditer(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?", claim):
        digits = match[0]
        first = str(int(digits[0]) % 8 + 2)
        yield "digit", claim[: match.start()] + (first if first != digits[0] else "1") + digits[1:] + claim[match.end() :]
        last = str((int(digits[-1]) + 3) % 10)
        yield "digit", claim[: match.start()] + digits[:-1] + last + claim[match.end() :]
    for old, new in SWAPS:
        if re.search(rf"(?<![a-z]){re.escape(old)}", claim) and not (old == "Korea" and re.search("Korean|South Korea", claim)):
            yield f"{old} -> {new}", re.sub(rf"(?<![a-z]){re.escape(old)}", new, claim, count=1)
    auxiliary = AUXILIARIES.search(claim)
    if auxiliary:
        for word in ("not", "never", "no longer"):
            yield "negation", claim[: auxiliary.end()] + f" {word}" + claim[auxiliary.end() :]
        yield "hedge", re.sub(r"\b(is|are|was|were|has|have)\b( been)?", "may have been", claim, count=1)
        if not re.search(r"\b(has|have)\b(?! been)", claim):
            yield "future", re.sub(r"\b(is|are|was|were|(has|have) been)\b", "will be", claim, count=1)
    for past, bare in PAST.items():
        if f" {past} " in claim and not auxiliary:
            for words in (f"did not {bare}", f"failed to {bare}", f"plans to {bare}", f"may {bare}", f"will {bare}"):
                yield words.split()[0], claim.replace(f" {past} ", f" {words} ", 1)
    if " operate " in claim:
        for words in ("do not operate", "plan to operate", "may operate"):
            yield words, claim.replace(" operate ", f" {words} ", 1)


def sentence_pairs() -> Iterator[tuple[bool, Pair]]:
    for quote, claim in SENTENCES:
        yield True, Pair("true", quote, claim)
        yield True, Pair("itself", quote, quote)
        yield True, Pair("itself, attributed", f"“{quote[:-1]},” the minister said.", quote)
        for kind, lie in lies(claim):
            yield False, Pair(kind, quote, lie)
        for kind, lie in lies(quote):
            yield False, Pair(kind, quote, lie)


GENERATORS = {"stages": stage_pairs, "money": money_pairs, "dates": date_pairs, "sentences": sentence_pairs}


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_no_lie_is_supported_and_hardly_a_paraphrase_refused(name: str) -> None:
    pairs = list(GENERATORS[name]())
    verdicts = verify_many([Item(pair.claim, [pair.quote]) for _, pair in pairs], shipped())
    judged = [(true, pair, verdict) for (true, pair), verdict in zip(pairs, verdicts, strict=True)]
    accepted = [(pair.kind, pair.claim, pair.quote) for true, pair, v in judged if not true and v.label == "supported"]
    refused = [(pair.kind, pair.claim, pair.quote, v.reason) for true, pair, v in judged if true and v.label != "supported"]
    lies_told, truths = sum(not true for true, _ in pairs), sum(true for true, _ in pairs)
    assert lies_told >= 100 and truths >= 20
    assert not accepted, f"{len(accepted)} of {lies_told} lies accepted: {accepted[:10]}"
    assert 50 * len(refused) <= truths, f"{len(refused)} of {truths} truths refused: {refused[:10]}"

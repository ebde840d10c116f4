"""What "how many firms ...?" counts: names of firms, each once, and nobody who holds an office."""

from __future__ import annotations

import pytest

from qa.counting import as_list, names_in, tally
from qa.reading import Reading
from qa.select import Choice
from tests.made import candidate, document, query

FIRMS = query("Which firms are building plants?", "organisation", noun="firm")


def listed(text: str, *items: str, asked: object = FIRMS, read: str = "") -> Reading:
    """A list whose one chosen sentence is the first of `text`, with these names found in it; `read` was read beside it."""
    home = document(text)
    found = candidate(text.split("\n")[0], home)
    found.items = list(items)
    beside = (candidate(read),) if read else ()
    return Reading(asked, chosen=(Choice(found),), sentences=(found, *beside))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Kia and President Yoon Suk Yeol opened the plant.", "Yoon Suk Yeol"),
        ("Kia built it, Sharlapaev said.\nKanat Sharlapaev, the minister of industry, opened the forum.", "Sharlapaev"),
        (
            "Kia built it, Kanat Sharlapaev said.\nThe minister of industry and construction, Kanat Sharlapaev, asked for more.",
            "Kanat Sharlapaev",
        ),
        ("Kia built it, Akhmetov said.\nPrime Minister Serik Akhmetov spent two days in Korea.", "Akhmetov"),
        ("Kia and Mr Park opened the plant.", "Park"),
    ],
)
def test_an_office_holder_is_no_firm(text: str, person: str) -> None:
    assert names_in(listed(text, "Kia", person)) == ["Kia"]


def test_the_office_may_stand_in_another_passage() -> None:
    assert names_in(listed("Kia built it, Sharlapaev said.", "Kia", "Sharlapaev", read="Minister Kanat Sharlapaev opened the forum.")) == [
        "Kia"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "According to the minister of industry, Kia builds a plant.",
        "The chairman of Kia opened the plant.",
        "Kia, whose president came, builds a plant.",
        "Kia builds a plant.\nDeputy Minister\nKia",
        "Kia and President Kiama opened the plant.",
        "Kia, the president said, builds a plant.",
    ],
)
def test_a_firm_beside_an_office_stays(text: str) -> None:
    assert names_in(listed(text, "Kia")) == ["Kia"]


def test_who_asks_for_persons_gets_them() -> None:
    asked = query("Which ministers came?", "person", noun="minister")
    assert names_in(listed("Minister Murat Nurtleu came.", "Murat Nurtleu", asked=asked)) == ["Murat Nurtleu"]


def test_each_name_counts_once_and_the_note_says_where_it_was_counted() -> None:
    reading = listed("Kia, KIA and Lotte build plants, President Yoon said.", "Kia", "KIA", "Lotte", "Yoon")
    assert names_in(reading) == ["Kia", "Lotte"]
    assert tally(True, reading) == "Counted here, apart from that: 2 named in 1 document (0 passages were read)."
    assert tally(False, reading).startswith("No document states the number; counted here: 2 named")
    assert tally(True, listed("President Yoon came.", "Yoon")) == ""


def test_a_count_is_asked_as_a_list() -> None:
    assert as_list(query("How many firms build plants?", "count")) == "Which firms build plants?"
    assert as_list(query("Which firms build plants?", "organisation")) is None

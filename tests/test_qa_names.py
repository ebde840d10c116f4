"""Names in text and their spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.english.names import find_names, missing_names, same_name

SAME = [
    ("Sharlapaev", "Sharlaapaev"),
    ("Sharlapaev", "Sharlapayev"),
    ("Kanat Sharlapaev", "Sharlapayev"),
    ("Yoon Suk Yeol", "Yoon Suk-yeol"),
    ("SerikAkhmetov", "Serik Akhmetov"),
    ("MrAkhmetov", "Serik Akhmetov"),
    ("Tokayev", "Kassym-Jomart Tokaev"),
    ("Zhambyl", "Jambyl"),
    ("KIA", "Kia"),
    ("POSCO", "Posco’s"),
    ("Korea", "South Korea"),
    ("Republic of Korea", "Korean"),
    ("Kazakh", "Kazakhstan"),
    ("U.S.", "American"),
    ("Central Asia", "Central Asian"),
    ("Doosan", "Doosan Group"),
    ("Hyundai Motor", "Hyundai"),
    ("Nur-Sultan", "Nursultan"),
]
DIFFERENT = [
    ("Samsung Electronics", "Samsung Heavy"),
    ("Kim", "Park"),
    ("Park Geun-hye", "Park Jung Won"),
    ("North Korea", "South Korea"),
    ("North Korea", "Korea"),
    ("Hansen", "Hanson"),
    ("Martin", "Morton"),
    ("Austria", "Australia"),
    ("Slovakia", "Slovenia"),
    ("Iran", "Iraq"),
    ("Niger", "Nigeria"),
    ("GL Ralpha", "GL Rapha"),
    ("Astana", "Almaty"),
    ("SK ecoplant", "SK Hynix"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_same(a: str, b: str) -> None:
    assert same_name(a, b)
    assert same_name(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different(a: str, b: str) -> None:
    assert not same_name(a, b)
    assert not same_name(b, a)


def test_finds_names_and_leaves_out_dates_numbers_and_openers() -> None:
    text = "On Monday, Minister Kanat Sharlapaev of Kazakhstan met Doosan Group in June. Trade grew. The 10th meeting was held in Seoul."
    assert [n.text for n in find_names(text)] == ["Minister Kanat Sharlapaev of Kazakhstan", "Doosan Group", "Seoul"]


def test_a_sentence_opener_that_is_no_word_is_a_name() -> None:
    assert [n.text for n in find_names("Toyota plans a plant.")] == ["Toyota"]


QUOTE = "President Park Geun-hye and Samsung Electronics met the International Monetary Fund in Astana, the Kazakh capital."


@pytest.mark.parametrize(
    "claim",
    [
        "Park Geun-hye met the IMF.",
        "Samsung met it in Astana.",
        "The President met Samsung Electronics in Kazakhstan.",
        "Astana's talks with the International Monetary Fund",
    ],
)
def test_nothing_missing(claim: str) -> None:
    assert missing_names(claim, [QUOTE]) == []


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("Park Jung Won met the IMF.", ["Park Jung Won"]),
        ("Samsung Heavy met it.", ["Samsung Heavy"]),
        ("LG met it in Astana.", ["LG"]),
        ("They met in Uzbekistan.", ["Uzbekistan"]),
        ("The WTO was there.", ["WTO"]),
        ("Samsung Monetary Fund", ["Samsung Monetary Fund"]),
    ],
)
def test_missing(claim: str, missing: list[str]) -> None:
    assert [n.text for n in missing_names(claim, [QUOTE])] == missing


@given(st.text(st.sampled_from("ABZabz éЖ.-’'& \n1of"), max_size=40))
def test_offsets_hold_and_a_text_supplies_its_own_names(text: str) -> None:
    for name in find_names(text):
        assert text[name.start : name.end] == name.text
    assert missing_names(text, [text]) == []


@given(st.text(st.sampled_from("abcdeghikoy"), min_size=1, max_size=9), st.text(st.sampled_from("abcdeghikoy"), min_size=1, max_size=9))
def test_sameness_is_symmetric(a: str, b: str) -> None:
    assert same_name(a.title(), b.title()) == same_name(b.title(), a.title())


@pytest.mark.parametrize(
    "claim",
    ["Unless it rains, the fair opens.", "Owing to rain the fair closed.", "Pregnant women pay nothing.", "Whoever wins gets a medal."],
)
def test_a_word_is_no_name_because_it_opens_a_sentence(claim: str) -> None:
    assert missing_names(claim, ["The fair closes when it rains."]) == []


def test_a_name_that_opens_a_sentence_is_one() -> None:
    assert [n.text for n in missing_names("Toyota closed the fair. Uzbekistan won.", ["The fair closes when it rains."])] == [
        "Toyota",
        "Uzbekistan",
    ]

"""What a passage lacks of a question, and its place, lower its units."""

from __future__ import annotations

import pytest

from qa.read.protocol import Reading
from qa.read.weigh import LEFT, PER_NAME_AWAY, less_likely, names_in, numbers_in, of_the_code, weighed
from tests.made import document, reading

PRICES = document("A washing token costs 2,400 won. Fault QX-17/4 is the pump.", "prices-2025.txt", title="Prices")


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("What does it cost?", []),
        ("What did 2,400 tokens cost in 2025?", ["2400", "2025"]),
        ("what is fault QX-17/4", ["qx 17 4"]),
        ("At 18:30 on 3 May?", ["18", "30", "3"]),
        ("What did it cost in the second quarter?", ["q2"]),
    ],
)
def test_numbers_dates_and_codes(question: str, numbers: list[str]) -> None:
    assert numbers_in(question) == numbers


def scored(question: str) -> tuple[Reading, Reading]:
    read = reading(question, PRICES, scores={"token": 0.8, "Fault": 0.4})
    return read, weighed(question, read)


@pytest.mark.parametrize("question", ["What does a token cost?", "What did a token cost in 2025?", "fault qx-17/4", "Is it 2400 won?"])
def test_what_is_there_stays_as_it_is(question: str) -> None:
    before, after = scored(question)
    assert before == after


def test_each_number_that_lacks_halves() -> None:
    before, after = scored("What did a token cost in 2021, and fault QX-18?")
    assert after.answered == pytest.approx(before.answered * LEFT**2)
    assert [f.unit for f in after.findings] == [f.unit for f in before.findings]


def test_a_passage_that_holds_the_number_comes_first() -> None:
    old = document("A washing token costs 2,100 won.", "leaflet.txt", "2021-03-01")
    read = reading("?", PRICES, old, scores={"2,400": 0.8, "2,100": 0.7})
    assert weighed("What did a token cost in 2021?", read).findings[0].passage == 1


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who painted the hall?", []),
        ("Did Sæby or the Harbour Museum pay?", ["sæby", "harbour", "museum"]),
        ("Is The Hague near?", ["hague"]),
        ("Harbour Museum", []),
        ("WHO PAYS?", []),
    ],
)
def test_names_are_capitals_behind_the_first_word(question: str, names: list[str]) -> None:
    assert names_in(question) == names


def test_a_missing_name_lowers_and_two_are_as_bad_as_three() -> None:
    read = reading("?", PRICES, scores={"token": 0.8})
    scores = [weighed(q, read).answered for q in ("Whose is it?", "Is it Mona's?", "Is it for Mona Lind?", "Is it for Mona Lind in Kelby?")]
    assert scores[0] == 0.8 > scores[1] > scores[2] == scores[3]


def test_a_name_that_stands_elsewhere_in_the_passage_lowers_what_does_not_have_it() -> None:
    both = document("Tolvik Mills earned 12 million. Brandvik earned 9 million.", "round-up.txt")
    asked = "What did Brandvik earn?"
    after = weighed("so " + asked, reading(asked, both, scores={"12": 0.8, "9 million": 0.75}))
    assert [round(f.score, 4) for f in after.findings] == [0.75, round(less_likely(0.8, PER_NAME_AWAY), 4)]


def test_a_name_in_the_title_is_there() -> None:
    read = reading("?", PRICES, scores={"token": 0.8})
    assert weighed("What do the Prices say?", read).answered == 0.8


def test_what_was_found_first_wins_a_tie() -> None:
    old = document("A washing token costs 2,100 won.", "leaflet.txt", "2021-03-01")
    read = reading("?", old, PRICES, scores={"2,400": 0.8, "2,100": 0.8})
    after = weighed("What is it?", read)
    assert [f.passage for f in after.findings[:2]] == [0, 1]
    assert after.findings[0].score > after.findings[1].score


ERRORS = document("# Boiler\n\n## E-17\n\nThe pressure is low.\n\n## E-170 and E-18\n\nThe fan is blocked.\n", "errors.md", title="Boiler")


@pytest.mark.parametrize(
    ("question", "under"), [("What is E-17?", "pressure"), ("e17", "pressure"), ("E-18", "fan"), ("Why E-7?", ""), ("17?", "")]
)
def test_what_stands_under_the_code_that_is_asked_for_is_likelier(question: str, under: str) -> None:
    read = reading(question, ERRORS, scores={"pressure": 0.3, "fan": 0.3})
    before = {f.unit: f.score for f in read.findings}
    raised = [ERRORS.text[f.unit.start : f.unit.end] for f in weighed(question, read).findings if f.score > before[f.unit]]
    assert len(raised) == bool(under) and all(under in text for text in raised)


SALES = document("Sales rose in the second quarter. In August the pump failed.", "sales.txt", "2026-10-02", title="Sales")


@pytest.mark.parametrize("when", ["Q2", "April to June", "August", "October", "the 2nd quarter of 2026"])
def test_a_month_or_quarter_that_the_passage_or_its_date_names_is_there(when: str) -> None:
    read = reading("?", SALES, scores={"Sales": 0.8})
    assert weighed(f"How were sales in {when}?", read) == read


@pytest.mark.parametrize("when", ["Q3", "third quarter", "July", "january"])
def test_one_that_neither_names_halves(when: str) -> None:
    read = reading("?", SALES, scores={"Sales": 0.8})
    assert weighed(f"How were sales in {when}?", read).answered == pytest.approx(0.8 * LEFT)


def test_may_at_the_head_of_a_question_is_no_month() -> None:
    read = reading("?", SALES, scores={"Sales": 0.8})
    assert weighed("May I see the sales?", read) == read


def test_a_quarter_is_no_code_of_which_a_heading_tells() -> None:
    headed = document("# Second quarter\n\nSales rose. The pump failed.", "a.md", format="markdown")
    mixed = document("- Sales rose in the second quarter.\n- Sales fell.", "b.md", format="markdown")
    for made in (headed, mixed):
        read = reading("?", made, scores={"Sales": 0.8})
        assert weighed("How were sales in Q2?", read) == read
        assert of_the_code("How were sales in Q2?", read, read.findings) == list(read.findings)

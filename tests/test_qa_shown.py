"""A document's own words as they are shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.cite import MARKER
from qa.question.days import spoken_date
from qa.write.shown import statement

marks = st.text(alphabet="[](){}0123٣*_“”\"'«»• .,-\n\u200b\x1b\x00abK", max_size=30)


class TestStatement:
    @pytest.mark.parametrize(
        "text", ["Kia opened a plant.", "Did it?", "He said “yes.”", "It costs $5 (about 5%).", "기아가 공장을 지었다。"]
    )
    def test_a_clean_sentence_stays_as_it_is(self, text: str) -> None:
        assert statement(text) == text

    @pytest.mark.parametrize(
        "text", ["• Kia opened", "- Kia opened", "* Kia  opened\n", "1. Kia opened", "12) Kia opened", "## Kia opened"]
    )
    def test_bullets_go_and_a_stop_comes(self, text: str) -> None:
        assert statement(text) == "Kia opened."

    @pytest.mark.parametrize(
        "text", ["5.5 million came.", "12 firms came.", "1992 was the year.", "-5 degrees is cold.", "–5% was the change."]
    )
    def test_a_number_in_front_is_no_bullet(self, text: str) -> None:
        assert statement(text) == text

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("“We will build it.", "We will build it."),
            ("Der Turm heißt „Alte Wache“ und ist offen.", "Der Turm heißt „Alte Wache“ und ist offen."),
            ("Der Turm heißt „Alte Wache.", "Der Turm heißt Alte Wache."),
            ("- Roof: 265\n- Pump: 640", "Roof: 265; Pump: 640."),
            ("We will pay,” he said.", "We will pay, he said."),
            ('"We will build it.', "We will build it."),
            ("«Мы построим.", "Мы построим."),
            ("(as he said.", "as he said."),
            ("“We will,” he said.", "“We will,” he said."),
            ("He did (again).", "He did (again)."),
        ],
    )
    def test_a_mark_without_its_partner_goes(self, text: str, shown: str) -> None:
        assert statement(text) == shown

    @pytest.mark.parametrize(
        "text", ["He left [3].", "He left [12][2024].", "[**3**] he left", "[(3] he left", '["3] he left', "[[3]] he left"]
    )
    def test_a_footnote_of_the_source_is_none_of_ours(self, text: str) -> None:
        assert not MARKER.search(statement(text))

    def test_control_characters_never_come_through(self) -> None:
        shown = statement("Kia \x1b[2Jopened\x07 a\u202e plant\u200b\x9b31m in\ufeff Almaty.")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b\u202e\ufeff]", shown)
        assert "opened" in shown and "Almaty" in shown

    @given(st.one_of(st.text(max_size=60), marks))
    @example("[“3]”")
    def test_any_text_gives_one_line_without_markers(self, text: str) -> None:
        shown = statement(text)
        assert len(shown.splitlines()) == 1
        assert not MARKER.search(shown)
        assert shown == shown.strip()

    @given(st.lists(st.sampled_from(["Kia", "opened", "37", "plants", "in", "Almaty,", "“today”", "1.5%"]), min_size=2, max_size=8))
    def test_every_word_of_an_ordinary_sentence_stays(self, words: list[str]) -> None:
        text = "The " + " ".join(words) + "."
        assert statement(text) == text


def test_a_spoken_date() -> None:
    assert (spoken_date("2023-06-04"), spoken_date(None)) == ("4 June 2023", "")


def test_a_record_is_its_names_and_values() -> None:
    assert statement("part: Hinge B\nprice: EUR 4.20\nstock: 14") == "part: Hinge B; price: EUR 4.20; stock: 14."


def test_list_items_read_as_one_sentence() -> None:
    assert statement("Open the flue.\n- Lay dry birch.\n- Light it") == "Open the flue. Lay dry birch. Light it."
    assert statement("boots\n2. a rope\n3. two lamps") == "boots; a rope; two lamps."
    assert statement("the state of the\nwheel and the 3 - 4\nmills") == "the state of the wheel and the 3 - 4 mills."


def test_a_quoted_mail_loses_its_marks() -> None:
    assert statement("we meet\n> on Monday") == "we meet on Monday."


def test_items_on_lines_of_their_own_read_as_a_list() -> None:
    assert (
        statement("From Korea:\r\nChoi Sang Mok, minister\r\nAn Deok Geun, minister")
        == "From Korea: Choi Sang Mok, minister; An Deok Geun, minister."
    )


def test_wrapped_prose_is_no_list() -> None:
    assert statement("The visit by\nPresident Yoon took\nplace in June") == "The visit by President Yoon took place in June."
    assert statement("The visit by\nPresident Yoon") == "The visit by President Yoon."


def test_a_row_of_a_table_reads_as_a_sentence() -> None:
    assert statement("| 2012 | Mutual trade goes past $1.25 billion.") == "2012: Mutual trade goes past $1.25 billion."
    assert statement("Either a | b or c.") == "Either a | b or c."

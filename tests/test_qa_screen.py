"""An answer on the terminal: everything a reader needs, and nothing that a document could do to the terminal."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from index.catalog.reader import DocumentInfo
from index.schema import Published
from qa.chat.screen import print_answer
from qa.schema import Answer, Citation, Claim, Dropped
from tests.fakes import PRESS, FakeEngine, FakeShelf

UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
hostile = st.text(alphabet="[]/bold redlink=http:\x1b\x07\x9b]8;;\\2Jm0\u202e\u2066\r\n\tKia", max_size=40)


def screen(answer: Answer, infos: dict[str, DocumentInfo] | None = None, *, colour: bool = False, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=500, force_terminal=colour, color_system="standard" if colour else None, highlight=False)
    print_answer(answer, infos or {}, console=console, **options)
    return out.getvalue()


def make(text: str = "Kia opened a plant. [1]", quote: str = "Kia opened a plant.", **fields: Any) -> Answer:
    cited = Citation(n=1, source="a.txt", title="Cars", published="2024-06-12", page=3, start=0, end=len(quote), quote=quote)
    plain: dict[str, Any] = {
        "question": "Who?", "standalone_question": "Who?", "answer": text, "abstained": False, "confidence": 0.5, "mode": "extractive",
        "claims": [Claim(text="Kia opened a plant.", citations=[1], score=1.0)], "citations": [cited],
    }  # fmt: skip
    return Answer(**{**plain, **fields})


class TestWhatIsShown:
    def test_answer_then_footnote_with_title_publisher_date_page_source_and_quote(self) -> None:
        info = DocumentInfo("a.txt", "Cars", "Press Office", None, Published("2024-06-12", "day", "dateline"), "en", "text", 0, 1, 19)
        shown = screen(make(), {"a.txt": info})
        assert shown.startswith("Kia opened a plant. [1]")
        foot = shown.partition("\n")[2]
        assert all(part in foot for part in ("[1]", "Cars", "Press Office", "2024-06-12", "dateline", "3", "a.txt", "Kia opened a plant."))

    def test_an_undated_text_is_called_so(self) -> None:
        cited = Citation(n=1, source="a.txt", start=0, end=3, quote="Kia")
        assert "undated" in screen(make(citations=[cited]))

    def test_how_a_follow_up_was_understood(self) -> None:
        assert "Where is the Kia plant?" in screen(make(standalone_question="Where is the Kia plant?"))
        assert "Where" not in screen(make())

    def test_a_refusal_shows_what_is_near_without_numbering_it(self) -> None:
        near = Citation(n=1, source="near.txt", start=0, end=5, quote="Near!")
        shown = screen(make("The documents do not say.", abstained=True, claims=[], citations=[], related=[near]))
        assert "near.txt" in shown and "Near!" in shown
        assert "[1]" not in shown

    def test_near_passages_only_with_a_refusal(self) -> None:
        assert "near.txt" not in screen(make(related=[Citation(n=1, source="near.txt", start=0, end=1, quote="N")]))

    def test_dropped_statements_are_counted_not_shown(self) -> None:
        shown = screen(make(dropped=[Dropped(text="Kia has two moons.", reason="no")]))
        assert "1 statement" in shown and "moons" not in shown

    def test_notes(self) -> None:
        assert "2 found in 1 documents" in screen(make(notes=["2 found in 1 documents"]))

    def test_a_long_quote_is_cut_with_a_sign(self) -> None:
        shown = screen(make(quote="Kia " * 2000))
        assert "…" in shown and len(shown) < 4000

    def test_what_the_fake_engine_answers(self) -> None:
        engine = FakeEngine()
        answer = engine.ask("Which firms opened a plant in Kazakhstan?")
        shown = screen(answer, {info.source: info for info in FakeShelf().documents()})
        assert PRESS.title is not None and PRESS.title in shown
        assert all(f"[{c.n}]" in shown for c in answer.citations)


class TestHostileDocuments:
    @pytest.mark.parametrize(
        "text", ["[red]Kia[/red]", "[link=http://x]Kia[/link]", "[/]", "[bold", "[@click=quit]x[/]", ":smile:", "\\[x]"]
    )
    def test_markup_is_shown_as_it_is(self, text: str) -> None:
        cited = Citation(n=1, source=f"{text}.txt", title=text, start=0, end=len(text), quote=text)
        shown = screen(make(f"{text} [1]", citations=[cited], standalone_question=text, notes=[text]))
        assert shown.count(text) == 6

    def test_no_escape_sequence_reaches_the_terminal(self) -> None:
        attack = "Kia \x1b[2J\x1b]0;owned\x07opened\x9b31m\u202e a\x08 plant"
        cited = Citation(n=1, source=f"{attack}.txt", title=attack, published=None, start=0, end=1, quote=attack)
        info = DocumentInfo(f"{attack}.txt", attack, attack, None, Published(None), "en", "text", 0, 1, 19)
        hostile_answer = make(
            f"{attack} [1]", citations=[cited], notes=[attack], standalone_question=attack, dropped=[Dropped(text=attack, reason=attack)]
        )
        shown = screen(hostile_answer, {cited.source: info})
        assert not UNSAFE.search(shown)
        assert "owned" not in shown and "Kia" in shown and "plant" in shown

    @given(hostile, hostile, hostile)
    def test_any_text(self, answer: str, title: str, quote: str) -> None:
        cited = Citation(n=1, source=title or "a", title=title, start=0, end=1, quote=quote)
        for abstained in (False, True):
            shown = screen(make(answer, citations=[cited], related=[cited], abstained=abstained, notes=[quote]))
            assert not UNSAFE.search(shown)
            assert shown.isprintable() or set(c for c in shown if not c.isprintable()) <= {"\n", "\t"}

    @given(hostile)
    def test_in_colour_only_our_own_sequences_are_sent(self, text: str) -> None:
        cited = Citation(n=1, source="a.txt", title=text, start=0, end=1, quote=text)
        shown = screen(make(text, citations=[cited]), colour=True)
        assert not UNSAFE.search(re.sub(r"\x1b\[[\d;]*m", "", shown))
        assert "\x1b]" not in shown and "\x1b[2J" not in shown

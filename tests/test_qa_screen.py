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
from qa.chat.screen import print_answer, print_question
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
        assert all(part in foot for part in ("[1]", "Cars", "Press Office", "2024-06-12", "3", "a.txt", "Kia opened a plant."))

    @pytest.mark.parametrize(
        ("published", "said"),
        [
            (Published("2024-06-12", "day", "markup"), "Cars, 2024-06-12, p. 3"),
            (Published("2024-06-01", "month", "byline"), "Cars, 2024-06, p. 3"),
            (Published("2024-06-12", "day", "file name"), "Cars, 2024-06-12 (from the file name), p. 3"),
            (Published("2024-06-12", "day", "updated"), "Cars, as of 2024-06-12, p. 3"),
            (Published("2024-06-12", "day", "valid from"), "Cars, valid from 2024-06-12, p. 3"),
            (Published(), "Cars, undated, p. 3"),
        ],
    )
    def test_a_date_comes_with_what_a_reader_must_know_of_it(self, published: Published, said: str) -> None:
        info = DocumentInfo("a.txt", "Cars", None, None, published, "en", "text", 0, 1, 19)
        cited = Citation(n=1, source="a.txt", title="Cars", published=published.date, page=3, start=0, end=3, quote="Kia")
        assert f"[1] {said}  a.txt\n" in screen(make(citations=[cited]), {"a.txt": info})

    def test_a_document_without_a_title_goes_by_its_file_name_and_its_path_stands_once(self) -> None:
        cited = Citation(n=1, source="crew/pilot_rota.txt", start=0, end=3, quote="Kia")
        shown = screen(make(citations=[cited]))
        assert "[1] Pilot rota, undated  crew/pilot_rota.txt\n" in shown

    def test_a_row_of_a_sheet_comes_with_the_line_above_its_table(self) -> None:
        above = ["Quay", "Costs of the quay, £000"]
        cited = Citation(n=1, source="a.xlsx", title="Costs", place="sheet Quay", heading=above, start=0, end=3, quote="Kia")
        assert "[1] Costs, undated, sheet Quay: Costs of the quay, £000  a.xlsx\n" in screen(make(citations=[cited]))

    def test_the_name_of_a_file_is_never_broken(self) -> None:
        source = "crew/rota of the pilots and the crews of the long quay 2026.txt"
        cited = Citation(n=1, source=source, title="Pilot rota of the long quay", start=0, end=3, quote="Kia " * 30)
        out = io.StringIO()
        print_answer(make(citations=[cited]), {}, console=Console(file=out, width=40, highlight=False))
        assert f"\n    {source}\n" in out.getvalue()
        assert max(len(line) for line in out.getvalue().splitlines() if source not in line) <= 40

    def test_a_pipe_gets_a_paragraph_on_one_line_unless_columns_says_otherwise(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long = "Kia opened a plant. " * 20
        monkeypatch.delenv("COLUMNS", raising=False)
        print_question(2, "Who opened a plant?")
        print_answer(make(long), {})
        assert capsys.readouterr().out.startswith(f"\n2. Who opened a plant?\n{long}")
        monkeypatch.setenv("COLUMNS", "60")
        print_answer(make(long), {})
        assert max(map(len, capsys.readouterr().out.splitlines())) <= 60

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

"""Footnotes: numbering, and the contract's promises, kept by construction and checked."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import FootnoteError
from index.schema import Span
from qa.cite import MARKER, Footnotes, check, marked, page_of, place_of, unmarked
from qa.schema import Answer, Claim
from qa.write.asked import Statement
from tests.made import document, evidence

TEXTS = {
    "a.txt": "Kia opened a plant.\r\nIt makes 60,000 cars 🎉. Kia opened a plant.",
    "b/c.md": "# Trade [1]\n\nКорея вложила $8.5 billion. [2] 한국 기업.",
    "d.html": "e\u0301 " * 20,
}


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    source = draw(st.sampled_from(sorted(TEXTS)))
    start = draw(st.integers(0, len(TEXTS[source]) - 1))
    return source, start, draw(st.integers(start + 1, len(TEXTS[source])))


def to_evidence(span: tuple[str, int, int]) -> Any:
    source, start, end = span
    made = evidence(TEXTS[source], document(TEXTS[source], source))
    return type(made)(source, start, end, TEXTS[source][start:end], 1.0, title=made.title, published=made.published)


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    """What a composer hands over: verified sentences, each with one to four spans, some shared."""
    pool = draw(st.lists(spans(), min_size=1, max_size=6))
    said = draw(st.lists(st.lists(st.sampled_from(pool), min_size=1, max_size=4), min_size=1, max_size=6))
    return [Statement(unmarked(draw(st.text(max_size=20))), [to_evidence(s) for s in cited], draw(st.floats(0, 1))) for cited in said]


def assemble(said: list[Statement]) -> Answer:
    """An answer from statements as the engine puts it together."""
    notes = Footnotes()
    cited = [list(dict.fromkeys(notes.number(e) for e in s.evidence)) for s in said]
    lines = [marked(s.text, numbers) for s, numbers in zip(said, cited, strict=True)]
    claims = [Claim(text=s.text, citations=numbers, score=s.score) for s, numbers in zip(said, cited, strict=True)]
    return make(answer="\n".join(lines), claims=claims, citations=notes.citations)


def make(**fields: Any) -> Answer:
    plain = {"question": "q", "standalone_question": "q", "answer": "", "abstained": False, "confidence": 0.5, "mode": "extractive"}
    return Answer(**{**plain, **fields})


class TestContract:
    @given(statements())
    def test_the_promises_hold_for_any_statements(self, said: list[Statement]) -> None:
        answer = check(assemble(said), TEXTS.__getitem__)
        numbers = {c.n for c in answer.citations}
        assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)} <= numbers
        assert all(TEXTS[c.source][c.start : c.end] == c.quote for c in answer.citations)
        assert all(claim.citations and set(claim.citations) <= numbers for claim in answer.claims)
        assert numbers == set(range(1, len(numbers) + 1)), "numbered from 1 without a gap"
        first_used = list(dict.fromkeys(n for claim in answer.claims for n in claim.citations))
        assert first_used == sorted(first_used), "numbered in the order of first use"
        places = [(c.source, c.start, c.end) for c in answer.citations]
        assert len(places) == len(set(places)), "one span, one number"

    @given(statements(), st.data())
    def test_any_broken_promise_is_noticed(self, said: list[Statement], data: st.DataObject) -> None:
        answer = assemble(said)
        citation = data.draw(st.sampled_from(answer.citations))
        claim = data.draw(st.sampled_from(answer.claims))
        others = [c for c in answer.citations if c.n != citation.n]
        broken: dict[str, dict[str, Any]] = {
            "a dangling marker": {"answer": f"{answer.answer} [{len(answer.citations) + 1}]"},
            "another quote": {"citations": [*others, citation.model_copy(update={"quote": citation.quote + "x"})]},
            "moved": {"citations": [*others, citation.model_copy(update={"start": citation.start + 1})]},
            "a lost footnote": {"citations": others},
            "a claim without one": {"claims": [*answer.claims, claim.model_copy(update={"citations": []})]},
            "a claim with an unknown one": {"claims": [claim.model_copy(update={"citations": [*claim.citations, 99]})]},
            "a refusal that states": {"abstained": True},
        }
        for what, change in broken.items():
            with pytest.raises(FootnoteError) as caught:
                check(answer.model_copy(update=change), TEXTS.__getitem__)
            assert len(str(caught.value).splitlines()) == 1, what

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (
                {"answer": "Kia opened a plant. [7]"},
                r"^an answer may only point to its own footnotes, \[7\] does not exist\. Please report",
            ),
            (
                {"claims": [Claim(text="Kia left.", citations=[], score=1.0)]},
                "^a statement without a footnote was about to be shown. Please",
            ),
            ({"abstained": True}, r"^a refusal must state nothing\. Please report this question\.$"),
            ({"abstained": True, "claims": []}, r"^a refusal must state nothing\. Please report this question\.$"),
            ({"abstained": True, "citations": [], "answer": "No.", "claims": []}, None),
        ],
        ids=["marker", "claim", "refusal", "refusal with a footnote", "sound refusal"],
    )
    def test_what_is_broken_is_told(self, change: dict[str, Any], said: str | None) -> None:
        answer = assemble([Statement("Kia opened a plant.", [to_evidence(("a.txt", 0, 19))], 1.0)]).model_copy(update=change)
        if said is None:
            assert check(answer, TEXTS.__getitem__) is answer
            return
        with pytest.raises(FootnoteError, match=said):
            check(answer, TEXTS.__getitem__)

    def test_each_span_has_a_footnote_of_its_own_with_all_that_is_known_of_it(self) -> None:
        notes = Footnotes()
        first = dataclasses.replace(to_evidence(("a.txt", 0, 19)), title="Cars", published="2024-06-12", page=3, place="slide 3")
        second = to_evidence(("a.txt", 47, 66))
        assert [notes.number(e) for e in (first, second, first)] == [1, 2, 1]
        known = notes.citations[0]
        assert (known.title, known.published, known.page, known.place) == ("Cars", "2024-06-12", 3, "slide 3")
        assert (known.source, known.start, known.end, known.quote) == ("a.txt", 0, 19, "Kia opened a plant.")
        assert (notes.citations[1].page, notes.citations[1].place) == (None, second.place)

    def test_a_refusal_is_fine(self) -> None:
        refusal = make(answer="The documents do not say.", abstained=True)
        assert check(refusal, TEXTS.__getitem__) is refusal

    def test_a_text_that_was_edited_since_is_noticed(self) -> None:
        answer = assemble([Statement("Kia opened a plant.", [to_evidence(("a.txt", 0, 19))], 1.0)])
        with pytest.raises(FootnoteError, match=r"a\.txt"):
            check(answer, lambda source: TEXTS[source].replace("Kia", "BMW"))

    def test_a_source_that_is_gone_is_noticed(self) -> None:
        answer = assemble([Statement("Kia opened a plant.", [to_evidence(("a.txt", 0, 19))], 1.0)])

        def gone(source: str) -> str:
            raise FootnoteError(f"no {source}")

        with pytest.raises(FootnoteError):
            check(answer, gone)


class TestMarkers:
    def test_behind_the_statement(self) -> None:
        assert marked("Kia opened a plant.", [1, 3]) == "Kia opened a plant. [1][3]"

    @given(st.text(alphabet="[]()0123456789٣ a", max_size=30))
    def test_unmarked_text_holds_none_and_nothing_else_changes(self, text: str) -> None:
        assert not MARKER.search(unmarked(text))
        brackets = str.maketrans("[]", "()")
        assert unmarked(text).translate(brackets) == text.translate(brackets)


class TestPages:
    HOME = document("x" * 30, pages=(Span(0, 10, "1"), Span(10, 20, "2"), Span(20, 30, "Sheet A")))

    @pytest.mark.parametrize(("position", "page"), [(0, 1), (9, 1), (10, 2), (20, None), (30, None)])
    def test_page_of(self, position: int, page: int | None) -> None:
        assert page_of(self.HOME, position) == page

    def test_none_without_pages(self) -> None:
        assert page_of(document("x"), 0) is None

    @pytest.mark.parametrize(
        ("source", "kind", "label", "place", "page"),
        [
            ("a.pdf", "pdf", "3", "p. 3", 3),
            ("a.zip#in/a.pdf", "pdf", "3", "p. 3", 3),
            ("a.pptx", "pptx", "2", "slide 2", 2),
            ("a.xlsx", "xlsx", "Trade", "sheet Trade", None),
            ("a.xlsx", "xlsx", "2023", "sheet 2023", None),
            ("a.ods", "ods", "2023", "sheet 2023", None),
            ("a.odp", "odp", "2", "slide 2", 2),
            ("a.vtt", "subtitles", "00:01:10", "at 00:01:10", None),
            ("a.epub", "epub", "chapter 2", "chapter 2", None),
            ("a.csv#row-7", "csv", None, "row 7", None),
            ("a.txt", "text", None, None, None),
        ],
    )
    def test_the_place_in_the_words_of_the_format(
        self, source: str, kind: str, label: str | None, place: str | None, page: int | None
    ) -> None:
        pages = (Span(0, 5, label),) if label else ()
        home = dataclasses.replace(document("Kia opened a plant.", source, pages=pages), format=kind)
        assert (place_of(home, 2), page_of(home, 2)) == (place, page)

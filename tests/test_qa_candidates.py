"""Candidate sentences: their offsets hold in documents of any make, and page furniture gives none."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from index.schema import Document, Span
from qa.candidates import LEAD_WITHIN, LONGEST, candidates, is_statement, lead_of
from qa.schema import Passage
from tests.made import document

SENTENCES = [
    "Hyundai opened a plant in Almaty.", "The plant makes 60,000 cars a year!", "“We will build it,” said Mr. Kim.",
    "한국 기업이 카자흐스탄에 새로운 공장을 짓고 있다.", "Президент подписал тридцать семь документов.",
    "The cafe\u0301 🎉 opened again in spring.", "Short.", "Who pays for all this?", "* a bullet without a stop", "A heading",
]  # fmt: skip
MENU = [
    "Home | News | About us and our partners",
    "Cookies help us to serve you. Accept them all.",
    "Comments0",
    "Read also: storm over Paris",
]
GAPS = [" ", "\n", "\r\n", "\n\n", "\t"]


@dataclass
class Page:
    document: Document
    passages: list[Passage]


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """A document of sentences and furniture in any order, and passages cut anywhere in it, in any order, overlapping too."""
    text, marks = "", []
    for piece in draw(st.lists(st.sampled_from([*SENTENCES, *MENU]), min_size=1, max_size=14)):
        if piece in MENU:
            marks.append(Span(len(text), len(text) + len(piece), "menu"))
        text += piece + draw(st.sampled_from(GAPS))
    made = document(text, furniture=marks, language=draw(st.sampled_from(["en", "ru", "ko", None])))
    cuts = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    spans = draw(st.lists(cuts, max_size=4)) or [[0, len(text)]]
    return Page(made, [Passage(f"c{a}-{b}", made.source, a, b, text[a:b], 1.0) for a, b in spans])


@given(pages())
def test_offsets_hold_and_nothing_comes_twice_or_from_furniture(page: Page) -> None:
    text = page.document.text
    taken: set[int] = set()
    for found in candidates(page.passages, {page.document.source: page.document}):
        assert text[found.start : found.end] == found.text
        assert found.text == found.text.strip() and is_statement(found.text)
        covered = set(range(found.start, found.end))
        assert not covered & taken, "two candidates share characters"
        taken |= covered
        assert all(found.end <= mark.start or found.start >= mark.end for mark in page.document.furniture)
        assert any(found.start < p.end and found.end > p.start for p in page.passages), "stands in none of the passages"


@given(pages())
def test_context_is_true_text_in_front_of_the_sentence(page: Page) -> None:
    for found in candidates(page.passages, {page.document.source: page.document}):
        assert len(found.before) <= 2
        for sentence in found.before:
            at = page.document.text.find(sentence)
            assert 0 <= at < found.start
            assert not any(sentence in m for m in MENU), "furniture is no context"


@given(pages())
def test_the_whole_document_as_passage_gives_every_full_sentence(page: Page) -> None:
    text = page.document.text
    whole = [Passage("c", page.document.source, 0, len(text), text, 1.0)]
    found = candidates(whole, {page.document.source: page.document})
    for sentence in ("Hyundai opened a plant in Almaty.", "Who pays for all this?"):
        if sentence in text:
            assert any(sentence in c.text for c in found)


def test_a_sentence_that_a_passage_cuts_is_whole() -> None:
    made = document("The road is long and wide. Hyundai opened a plant in Almaty. The end came soon after.")
    at = made.text.index("opened")
    found = candidates([Passage("c", made.source, at, at + 6, "opened", 1.0)], {made.source: made})
    assert [c.text for c in found] == ["Hyundai opened a plant in Almaty."]
    assert found[0].before == ("The road is long and wide.",)


def test_an_endless_sentence_that_was_cut_into_passages_is_cited_whole_once() -> None:
    endless = "Korea will not pay for the plant, " + "nor for the road, " * 20 + "unless it is built in Almaty."
    made = document(f"It was a Monday in June. {endless}")
    cut = len(made.text) // 2
    passages = [Passage("c1", made.source, 25, cut, made.text[25:cut], 1.0), Passage("c2", made.source, cut, len(made.text), "", 1.0)]
    assert [c.text for c in candidates(passages, {made.source: made})] == [endless]
    assert [c.text for c in candidates(passages[::-1], {made.source: made})] == [endless]


def test_passage_order_is_kept_and_the_first_rank_wins() -> None:
    a, b = document("Hyundai opened a plant."), document("Doosan builds a power plant.", source="b.txt")
    both = {d.source: d for d in (a, b)}
    passages = [Passage(s, s, 0, len(both[s].text), both[s].text, 1.0) for s in ("b.txt", "a.txt", "b.txt")]
    assert [(c.source, c.passage_rank) for c in candidates(passages, both)] == [("b.txt", 0), ("a.txt", 1)]


def test_equal_sentences_at_two_places_are_two_candidates() -> None:
    made = document("Hyundai opened a plant. Then it rained for weeks. Hyundai opened a plant.")
    found = candidates([Passage("c", made.source, 0, len(made.text), made.text, 1.0)], {made.source: made})
    assert [c.start for c in found] == [0, 24, 50]


def test_fragments_are_left_out() -> None:
    made = document("Comments0\n\nJune 12, 2024\n\n37\n\nHyundai opened a plant.")
    found = candidates([Passage("c", made.source, 0, len(made.text), made.text, 1.0)], {made.source: made})
    assert [c.text for c in found] == ["Hyundai opened a plant."]


def test_no_passages_no_candidates() -> None:
    assert candidates([], {}) == []


class TestLead:
    LEAD = "The presidents of Kazakhstan and Korea met in Astana on Wednesday to talk about minerals."

    def test_the_first_full_sentence(self) -> None:
        made = document(f"PLANTS OPEN\n\nBy Jiwoo Hahn\n\n{self.LEAD} Then they had dinner with the ministers of both of the countries.")
        assert lead_of(made) == self.LEAD

    def test_never_the_title_nor_a_heading_nor_furniture(self) -> None:
        title = "Korea and Kazakhstan agree on minerals, lithium and a plant for electric cars in Almaty."
        menu = "This site uses cookies so that it can remember you and count how often you visit it. "
        made = document(f"{title}\n\n# {self.LEAD}\n\n{menu}{self.LEAD}", title=title, furniture=[menu])
        assert lead_of(made) == self.LEAD

    def test_none_in_a_text_without_sentences(self) -> None:
        assert lead_of(document("one two three\n\nfour five")) == ""

    def test_not_deep_in_the_text(self) -> None:
        assert lead_of(document("Word.\n\n" * LEAD_WITHIN + self.LEAD)) == ""

    def test_never_longer_than_the_limit(self) -> None:
        assert len(lead_of(document("word " * 400 + "end."))) <= LONGEST


def test_the_lead_of_the_lead_is_empty() -> None:
    made = document(TestLead.LEAD)
    found = candidates([Passage("c", made.source, 0, 5, "The p", 1.0)], {made.source: made})
    assert [c.lead for c in found] == [""]

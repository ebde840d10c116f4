"""How many independent sources stand behind a statement: copies and documents of one publisher count once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from index.catalog.reader import DocumentInfo
from index.schema import Published
from qa.chat.screen import print_answer
from qa.chat.view import show_sources
from qa.retrieve.dedup import ONE_VOICE, copied, counted, holds, independent, kin_line, sources_note, with_sources
from qa.schema import Answer, Citation, Claim
from qa.write.markdown import answer_markdown
from tests.fakes import FakeShelf


def info(source: str, cluster: int, publisher: str | None = None) -> DocumentInfo:
    return DocumentInfo(source, None, publisher, None, Published(), "en", "text", cluster, 1, 10)


@pytest.mark.parametrize(
    ("documents", "count"),
    [
        ([], 0),
        ([info("a", 1)], 1),
        ([info("a", 1), info("b", 2)], 2),
        ([info("a", 1), info("b", 1)], 1),
        ([info("a", 1, "Steppe Herald"), info("b", 2, " steppe  herald")], 1),
        ([info("a", 1, "Herald"), info("b", 2, "Wire"), info("c", 2, "Herald")], 1),
        ([info("a", 1, "Herald"), info("b", 2, "Wire"), info("c", 3, None), info("d", 4, " ")], 4),
    ],
    ids=["none", "one", "two", "a copy", "one publisher", "a bridge", "unknown publishers differ"],
)
def test_independent(documents: list[DocumentInfo], count: int) -> None:
    assert independent(documents) == count
    assert independent(reversed(documents)) == count


def test_versions_of_one_document_are_one_voice() -> None:
    documents = [info("rules-2024.md", 1), info("rules-2025.md", 2), info("rules-2026.md", 3), info("minutes.md", 4)]
    assert independent(documents, {"rules-2024.md": "rules-2026.md", "rules-2025.md": "rules-2026.md"}) == 2


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, "A", "B", "C"])), min_size=1, max_size=8))
def test_never_more_than_clusters_nor_less_than_one(marks: list[tuple[int, str | None]]) -> None:
    documents = [info(str(i), cluster, publisher) for i, (cluster, publisher) in enumerate(marks)]
    assert 1 <= independent(documents) <= len({cluster for cluster, _ in marks})


def answer(**fields: Any) -> Answer:
    sources = ["a.txt", "b.txt", "c.txt"]
    cited = [Citation(n=n, source=s, start=0, end=3, quote="Kia") for n, s in enumerate(sources, start=1)]
    cited[0] = cited[0].model_copy(update={"copies": ["d.txt", "e.txt", "f.txt", "g[bold].txt", "h.txt"]})
    claims = [Claim(text="Kia builds.", citations=[1, 2, 3], score=1), Claim(text="Kia sells.", citations=[2], score=1)]
    infos = {"a.txt": info("a.txt", 1), "b.txt": info("b.txt", 2), "c.txt": info("c.txt", 1)}
    plain: dict[str, Any] = {
        "question": "q", "standalone_question": "q", "answer": "- Kia builds. [1][2][3]\n- Kia sells. [2]", "abstained": False,
        "confidence": 1, "mode": "extractive", "claims": counted(claims, cited, infos), "citations": cited,
    }  # fmt: skip
    return Answer(**{**plain, **fields})


def test_the_count_stands_behind_the_marks_of_statements_with_several_footnotes() -> None:
    assert [claim.sources for claim in answer().claims] == [2, 1]
    assert with_sources(answer()) == "- Kia builds. [1][2][3] (2 independent sources)\n- Kia sells. [2]"
    assert (sources_note(3, 1), sources_note(1, 1), sources_note(2, 0)) == ("(1 independent source)", "", "")


def test_every_screen_says_it_and_names_the_copies() -> None:
    out = io.StringIO()
    console = Console(file=out, width=300, highlight=False)
    print_answer(answer(), {}, console=console)
    assert "[1][2][3] (2 independent sources)" in out.getvalue() and ONE_VOICE in out.getvalue()
    assert "near-copies: d.txt, e.txt, f.txt and 2 more" in out.getvalue()
    out.truncate(0)
    show_sources(console, answer(), FakeShelf(()))
    assert "near-copies: d.txt, e.txt, f.txt and 2 more" in out.getvalue()
    page = answer_markdown(answer())
    assert "[^1][^2][^3] (2 independent sources)" in page and ONE_VOICE in page
    assert "(near-copies: d.txt, e.txt, f.txt and 2 more)" in page


def test_one_copy_and_none() -> None:
    cited = Citation(n=1, source="a.txt", start=0, end=3, quote="Kia", copies=["b.txt"])
    assert kin_line(cited) == "near-copy: b.txt"
    assert kin_line(cited.model_copy(update={"copies": []})) == ""


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("> The gate opens\n> at **eight**, not nine.", True),
        ("THE GATE OPENS AT EIGHT, NOT NINE", True),
        ("The gate opens at nine, not ten.", False),
        ("The gate opens at eight, not nineteen.", False),
        ("", False),
    ],
    ids=["quoted in a mail", "another case", "another figure", "a longer word", "nothing"],
)
def test_a_text_holds_the_words_of_a_quote_whatever_stands_between_them(text: str, held: bool) -> None:
    assert holds(text, "The gate opens at eight, not nine.") == held


def test_a_quote_without_words_is_held_by_nothing() -> None:
    assert not holds("-- --", "--")


def test_a_footnote_names_the_copies_that_hold_its_quote() -> None:
    texts = {"reply.eml": "From May on. The gate opens at eight.", "first.eml": "The gate opens at eight.", "other.eml": "When?"}
    cited = [
        Citation(n=n, source="reply.eml", start=0, end=9, quote=q) for n, q in enumerate(("From May on.", "The gate opens at eight."), 1)
    ]
    found = copied(cited, {"reply.eml": ["first.eml", "other.eml"]}, texts.__getitem__)
    assert [c.copies for c in found] == [[], ["first.eml"]]

"""Chunks: exact offsets, whole sentences, the token budget, furniture left out, ids that never survive an edit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.schema import Chunk, Document, Span
from index.structure.chunk import CHARACTERS_PER_TOKEN, chunk_document
from index.text.sentences import sentence_spans
from tests.fakes import word_tokenizer

TOKENIZER = word_tokenizer()


def make(text: str, **changed: object) -> Document:
    return replace(Document("a.txt", text, "text", "hash"), **changed)  # type: ignore[arg-type]


def cut(text: str, budget: int = 20, **changed: object) -> list[Chunk]:
    return chunk_document(make(text, **changed), TOKENIZER, budget)


def tokens(text: str) -> int:
    return len(TOKENIZER.encode(text, add_special_tokens=False))


def check(document: Document, chunks: list[Chunk], budget: int) -> None:
    """What holds for every document."""
    for n, chunk in enumerate(chunks):
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert chunk.text == chunk.text.strip() != ""
        assert chunk.ordinal == n
        assert tokens(chunk.text) <= budget or len(chunk.text) == 1
        assert len(chunk.text) <= 2 * budget * CHARACTERS_PER_TOKEN
        assert all(chunk.end <= mark.start or mark.end <= chunk.start for mark in document.boilerplate)
    for before, after in pairwise(chunks):
        assert before.end <= after.start
    covered = {i for c in chunks for i in range(c.start, c.end)} | {i for m in document.boilerplate for i in range(m.start, m.end)}
    assert not [c for i, c in enumerate(document.text) if i not in covered and not c.isspace()]
    assert len({chunk.id for chunk in chunks}) == len(chunks)


PIECES = st.sampled_from(
    [
        "The same sentence again. ",
        "The same sentence again. ", "Doosan builds a plant in Turkistan! ", 
        "\r\n", "\r\n\r\n", "\n\n", "\n",
        "\t", "  ", "👩‍👩‍👧‍👦🇰🇿 ", "한국 기업이 공장을 짓고 있다. ", "Казахстан и Корея подписали 37 документов. ",
        "cafe\u0301 re\u0301sume\u0301 ",
        "\u0301", "“He said so.” ", "x" * 70, "Dr. Kim paid $1.5 billion. ", "• item\n", "\u00a0", "\u2028", "\0", "1. one\n", "word " * 40,
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join), st.integers(1, 40), st.data())
def test_offsets_budget_and_coverage_hold_for_any_text(text: str, budget: int, data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, 30)), max_size=4))
    boilerplate = tuple(Span(start, min(start + length, len(text)), "menu") for start, length in marks)
    document = make(text, boilerplate=boilerplate)
    check(document, chunk_document(document, TOKENIZER, budget), budget)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.integers(1, 20))
def test_offsets_budget_and_coverage_hold_for_random_characters(text: str, budget: int) -> None:
    check(make(text), cut(text, budget), budget)


@pytest.mark.parametrize(
    "line", ["word " * 200_000, "x" * 1_000_000, "A sentence here. " * 58_000, "가나다 " * 250_000, "e\u0301" * 500_000]
)
def test_a_line_of_a_megabyte_is_cut_within_the_budget(line: str) -> None:
    chunks = cut(line, 160)
    assert all(line[c.start : c.end] == c.text and tokens(c.text) <= 160 for c in chunks)
    assert sum(len("".join(c.text.split())) for c in chunks) == len("".join(line.split()))
    assert max(len(c.text) for c in chunks) <= 160 * CHARACTERS_PER_TOKEN


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u00a0\u2003"])
def test_white_space_gives_no_chunk(text: str) -> None:
    assert cut(text) == []


def test_sentences_stay_whole_when_they_fit() -> None:
    text = "One two three four five. " * 9
    sentences = {(s.start, s.end) for s in sentence_spans(text)}
    chunks = cut(text, 20)
    assert len(chunks) == 3
    assert all(any(c.start == s for s, _ in sentences) and any(c.end == e for _, e in sentences) for c in chunks)


def test_a_paragraph_that_fits_is_not_torn_to_fill_the_chunk_before() -> None:
    first, second = "One two three four five six seven eight.", "A b c d e f. G h i j k l."
    chunks = cut(f"{first}\n\n{second}", 18)
    assert [c.text for c in chunks] == [first, second]


def test_a_short_heading_goes_with_what_follows() -> None:
    body = "The ministers signed many new agreements on trade today. " * 3
    assert cut(f"Trade\n\n{body.strip()}", 15)[0].text == "Trade\n\nThe ministers signed many new agreements on trade today."


def test_a_sentence_over_the_budget_is_cut_between_words() -> None:
    text = " ".join(f"word{i}" for i in range(50)) + "."
    chunks = cut(text, 16)
    assert len(chunks) >= 4
    assert all(c.text.split()[0].startswith("word") and " " in c.text for c in chunks[:-1])


def test_furniture_between_two_sentences_keeps_them_apart() -> None:
    text = "First sentence here. MENU Second sentence here."
    assert [c.text for c in cut(text, boilerplate=(Span(21, 25, "menu"),))] == ["First sentence here.", "Second sentence here."]


def test_only_furniture_gives_no_chunk() -> None:
    assert cut("Home | News | About", boilerplate=(Span(0, 19, "menu"),)) == []


def test_ids_are_stable_and_an_edit_changes_them_all() -> None:
    text = "One two three. " * 20
    ids = {c.id for c in cut(text)}
    assert ids == {c.id for c in cut(text)}
    assert ids.isdisjoint(c.id for c in cut(text + "More."))
    assert ids.isdisjoint(c.id for c in cut(text, source="b.txt"))
    assert ids.isdisjoint(c.id for c in cut(text, content_hash="other"))
    assert ids.isdisjoint(c.id for c in cut(text, budget=21))


@pytest.mark.models
@pytest.mark.parametrize("name", ["all-minilm-l6-v2"])
def test_the_default_tokenizer_keeps_offsets_in_any_script(name: str) -> None:
    from index.errors import ModelMissing
    from index.models.registry import load_tokenizer

    try:
        tokenizer = load_tokenizer(name)
    except ModelMissing as missing:
        pytest.skip(str(missing))
    text = "Café re\u0301sumé. 한국 기업이 공장을 짓고 있다. Казахстан подписал 37 документов.\r\n\r\n👩‍👩‍👧‍👦 emoji\there. " * 50
    for budget in (16, 160):
        chunks = chunk_document(make(text), tokenizer, budget)
        assert all(text[c.start : c.end] == c.text and len(tokenizer.encode(c.text, add_special_tokens=False)) <= budget for c in chunks)
        assert sum(len("".join(c.text.split())) for c in chunks) == len("".join(text.split()))


def prose(words: int) -> str:
    return "Word " + "word " * (words - 2) + "end."


def test_a_heading_and_a_lead_in_go_to_the_next_chunk_with_what_they_lead_to() -> None:
    needs = "Bring with you:\n- stout shoes and a lamp for the dark stairs there"
    text = f"{prose(12)}\n\n## Fees of the mill\n\n{prose(14)}\n\n{prose(10)}\n\n{needs}"
    chunks = [c.text for c in cut(text, 22, format="markdown")]
    assert any(c.startswith("## Fees of the mill\n\nWord") for c in chunks)
    assert any(c.startswith("Bring with you:\n- stout shoes") or "Bring with you:\n- stout shoes" in c for c in chunks)
    assert not any(c.rstrip().endswith(("mill", "you:")) for c in chunks)


def test_column_names_stay_with_the_first_row_and_rows_stay_whole() -> None:
    rows = "\n".join(f"| Visitor {n} | {n} crowns | open on day {n} |" for n in range(12))
    text = f"{prose(9)}\n\n| Name | Fee | Remark |\n|---|---|---|\n{rows}"
    chunks = chunk_document(make(text, format="markdown", title="Mill"), TOKENIZER, 50, room=16)
    tables = [c for c in chunks if "|" in c.text]
    assert len(tables) > 2, [c.text for c in chunks]
    assert tables[0].text.split("| Name")[1].count("Visitor") >= 1
    assert all(c.text.startswith("|") and c.text.endswith("|") for c in tables[1:])
    assert tables[0].context == "Mill" and all("Name | Fee | Remark" in c.context for c in tables[1:])


def test_the_context_says_title_and_headings_that_the_chunk_does_not_hold() -> None:
    text = f"# Mill\n\n{prose(10)}\n\n## Fees\n\n### Groups\n\n{prose(10)}\n\n{prose(15)}"
    chunks = chunk_document(make(text, format="markdown", title="Mill"), TOKENIZER, 20, room=16)
    assert [c.context for c in chunks] == ["", "Mill", "Mill > Fees > Groups"]
    assert all(text[c.start : c.end] == c.text for c in chunks)
    assert chunks[2].read == f"Mill > Fees > Groups\n{chunks[2].text}" and chunks[0].read == chunks[0].text


def test_a_long_context_is_cut_at_its_room_and_none_is_made_without_room() -> None:
    document = make(prose(40), title="A title of many words " * 5)
    assert all(0 < tokens(c.context) <= 6 for c in chunk_document(document, TOKENIZER, 20, room=6))
    assert all(c.context == "" for c in chunk_document(document, TOKENIZER, 20))


def test_a_heading_of_a_megabyte_is_not_repeated_whole_above_each_chunk() -> None:
    text = "# " + "x" * 1_000_000 + "\n\n" + "A sentence here. " * 20_000
    chunks = chunk_document(make(text, format="markdown", title="y" * 1_000_000), TOKENIZER, 160, room=64)
    assert max(len(c.context) for c in chunks) <= 64 * CHARACTERS_PER_TOKEN


STRUCTURE = st.sampled_from(["\n## Head\n\n", "\n| a | b |\n", "|---|---|\n", "You need:\n", "- one thing\n"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(PIECES, STRUCTURE), max_size=25))
def test_what_is_found_holds_for_texts_with_structure_too(pieces: list[str]) -> None:
    document = make("".join(pieces), format="markdown", title="A title")
    check(document, chunk_document(document, TOKENIZER, 12, room=8), 12)

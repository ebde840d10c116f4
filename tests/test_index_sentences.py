"""Sentence spans: where they stand is a promise that every quote and offset rests on."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.text.sentences import sentence_spans, trim

PIECES = [
    "Hyundai opened a plant.", "It pays 1.5 billion dollars!", "Really?", "Dr. Kim met Mr. Lee at 5 p.m. today.",
    "“We will build it.", "Trade will grow,” he said.", "«Да», — сказал он.", "Президент подписал 37 документов.",
    "한국은 공장을 짓는다.", "양국은 협정에 서명했다.", "中国有很多公司。", "Cafe\u0301 Noe\u0308l is open.", "👩‍👩‍👧 came 🇰🇷.",
    "• first item", "- second item", "3. third item", "(in brackets.)", "[1]", '"', "“", "”", "'", "…", "...",
    "U.S. firms", "No. 7", "a", ".", "?!", "\u200b", "\ufeff", "\x00",
]  # fmt: skip
GAPS = [" ", "", "\n", "\r\n", "\n\n", "\r\n\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\x85", "\x0c", "  \n \n  "]
texts = st.one_of(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS)), max_size=12).map(lambda parts: "".join(a + b for a, b in parts)),
    st.text(max_size=60),
    st.text(alphabet=' \n\r\t.!?"“”«»()[]aA1', max_size=60),
)
EXAMPLES = ["", " \n ", ".", "“", "”", "\r\n\r\n", "A. ”", "“ A.", "(", ")", "a.\n\n”b", "e\u0301. \u0301x"]


def check(text: str, start: int = 0, end: int | None = None, language: str = "en") -> list[str]:
    """Every promise of `sentence_spans` about its spans; returns the sentences."""
    end = len(text) if end is None else end
    position, sentences = start, []
    for span in sentence_spans(text, start, end, language):
        assert position <= span.start < span.end <= end, (span, position)
        assert not text[position : span.start].strip(), f"{text[position : span.start]!r} belongs to no sentence"
        sentence = text[span.start : span.end]
        assert sentence == sentence.strip()
        sentences.append(sentence)
        position = span.end
    assert not text[position:end].strip()
    return sentences


@given(texts, st.sampled_from(["en", "ru", "ko", "zh", "de", "xx"]))
def test_spans_are_ordered_trimmed_and_leave_only_white_space(text: str, language: str) -> None:
    check(text, language=language)


@pytest.mark.parametrize("text", EXAMPLES)
def test_odd_texts(text: str) -> None:
    check(text)


@given(texts, st.data())
@example("One. Two.", None)
def test_a_part_of_a_text(text: str, data: st.DataObject | None) -> None:
    start = data.draw(st.integers(0, len(text))) if data else 2
    end = data.draw(st.integers(start, len(text))) if data else len(text)
    check(text, start, end)


@given(texts)
def test_a_part_reads_like_that_text_alone(text: str) -> None:
    shifted = [(s.start - 4, s.end - 4) for s in sentence_spans("xyz\n" + text, 4)]
    assert shifted == [(s.start, s.end) for s in sentence_spans(text)]


@given(texts)
def test_the_same_text_gives_the_same_spans(text: str) -> None:
    assert sentence_spans(text) == sentence_spans(text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Kim paid $1.5 billion. He left.", ["Dr. Kim paid $1.5 billion.", "He left."]),
        ("en", "One.\r\nTwo.\r\n\r\nThree.", ["One.", "Two.", "Three."]),
        ("en", "It was 🎉. Then 👩‍👩‍👧 came.", ["It was 🎉.", "Then 👩‍👩‍👧 came."]),
        ("en", "The cafe\u0301. A man\u0303ana.", ["The cafe\u0301.", "A man\u0303ana."]),
        ("ko", "공장을 짓는다. 협정에 서명했다.", ["공장을 짓는다.", "협정에 서명했다."]),
        ("ru", "Президент прибыл. Он подписал договор.", ["Президент прибыл.", "Он подписал договор."]),
    ],
)
def test_scripts_and_line_ends(language: str, text: str, expected: list[str]) -> None:
    assert check(text, language=language) == expected


def test_a_blank_line_ends_a_sentence_that_has_no_stop() -> None:
    assert check("A heading without a stop\n\nThe text begins") == ["A heading without a stop", "The text begins"]
    assert check("A heading without a stop\r\n\r\nThe text begins") == ["A heading without a stop", "The text begins"]
    assert check("A heading without a stop\n \t\nThe text begins") == ["A heading without a stop", "The text begins"]


@pytest.mark.parametrize("bullet", ["•", "-", "*", "1.", "12)", "#"])
def test_a_list_item_is_never_run_together_with_the_next(bullet: str) -> None:
    text = f"They agreed on\n{bullet} a plant in Almaty\n{bullet} a road to Astana"
    sentences = [s.removeprefix(bullet).strip() for s in check(text)]
    assert [s for s in sentences if s] == ["They agreed on", "a plant in Almaty", "a road to Astana"]


def test_a_quotation_of_several_sentences_is_split_and_keeps_its_marks() -> None:
    text = "“We will build it. We will pay for it.” The minister left."
    assert check(text) == ["“We will build it.", "We will pay for it.”", "The minister left."]


@pytest.mark.parametrize(("opening", "closing"), [("“", "”"), ("«", "»"), ("(", ")"), ("[", "]"), ("「", "」")])
def test_marks_stay_with_their_sentence(opening: str, closing: str) -> None:
    first, second, third = check(f"The first came. {opening}The second spoke.{closing} The third left.")
    assert (first, second, third) == ("The first came.", f"{opening}The second spoke.{closing}", "The third left.")


def test_straight_marks_open_after_a_space() -> None:
    assert check('The first came. "The second spoke."')[1].startswith('"')


def test_a_line_of_a_million_characters() -> None:
    sentence = "Hyundai opened a plant in Almaty with 700 people. "
    text = sentence * (1_000_000 // len(sentence))
    assert check(text) == [sentence.strip()] * (len(text) // len(sentence))


def test_a_million_characters_without_a_stop() -> None:
    assert check("word " * 200_000) == [("word " * 200_000).strip()]


def test_a_million_blank_lines_and_marks() -> None:
    check("\n" * 500_000 + "”" * 1_000)


def test_trim() -> None:
    text = "\u3000 a b \n"
    assert (trim(text, 0, len(text)).start, trim(text, 0, len(text)).end) == (2, 5)
    blank = trim("  \n ", 1, 3)
    assert blank.start == blank.end


@pytest.mark.parametrize(
    "text",
    ["The tile costs 310 incl. VAT, on 3 December.", "Lay out approx. 20 boxes, max. 3 kg each.", "Ring tel. 4471, on Fri. until noon."],
)
def test_office_abbreviations_end_no_sentence(text: str) -> None:
    assert [text[s.start : s.end] for s in sentence_spans(text)] == [text]


def test_a_short_word_at_the_end_of_a_sentence_ends_it() -> None:
    assert len(sentence_spans("We meet on the Sat. The hall is open.")) == 2


def test_emphasis_of_markdown_stays_with_its_sentence() -> None:
    text = "**The tower is open.** Tickets are _sold out._ __Come early.__"
    assert [text[s.start : s.end] for s in sentence_spans(text)] == ["**The tower is open.**", "Tickets are _sold out._", "__Come early.__"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Das Lager liegt im 2. Stock.", ["Das Lager liegt im 2. Stock."]),
        ("Hafengasse 7, 1. Etage links", ["Hafengasse 7, 1. Etage links"]),
        ("Am 5. Mai kommt die 14. Lieferung.", ["Am 5. Mai kommt die 14. Lieferung."]),
        ("Es sind nur 12. Die Werft baut drei.", ["Es sind nur 12.", "Die Werft baut drei."]),
        ("Das war 2025. Boote fehlen.", ["Das war 2025.", "Boote fehlen."]),
    ],
)
def test_a_german_ordinal_stays_with_its_noun(text: str, sentences: list[str]) -> None:
    assert check(text, language="de") == sentences

"""Slips of the keys are mended by the documents' words, names are only offered; greetings are no questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.catalog.spelling import is_same, is_slip, nearest_word
from qa.question.small_talk import is_small_talk
from qa.question.spelling import meant, mended

TEXTS = ["The parcels are weighed at the counter.", "Parcels for Hanson go to shelf 4. A café sells parking discs."]
COMMON = {"how", "parcels", "when", "weighed", "cheapest", "where", "who", "pays", "wild", "closest", "sells"}


def known(word: str) -> bool:
    return word in COMMON


def nearest(word: str) -> str | None:
    return nearest_word(word, TEXTS)


@pytest.mark.parametrize(
    ("a", "b"), [("parcles", "parcels"), ("parcel", "parcels"), ("parcells", "parcels"), ("porcels", "parcels"), ("acfe", "cafe")]
)
def test_one_slip(a: str, b: str) -> None:
    assert is_slip(a, b) and is_slip(b, a)


@pytest.mark.parametrize(("a", "b"), [("parcels", "parcels"), ("prceals", "parcels"), ("cat", "cats"), ("par", "parcels"), ("", "")])
def test_no_slip(a: str, b: str) -> None:
    assert not is_slip(a, b)


@given(st.text(alphabet="abcdé", min_size=4, max_size=9), st.integers(0, 8))
def test_a_letter_left_out_is_a_slip(word: str, at: int) -> None:
    shorter = word[: at % len(word)] + word[at % len(word) + 1 :]
    assert is_slip(word, shorter) == (len(shorter) >= 4)


def test_a_slip_that_leaves_the_stem_is_one_and_an_ending_is_none() -> None:
    texts = ["The hotel calls an engineer about the engine. Webhooks come when invoices are paid and pipes relined."]
    assert nearest_word("hotell", texts) == "hotel" and nearest_word("enginer", texts) == "engineer"
    for word in ("webhook", "invoiced", "reline", "pipe"):
        assert nearest_word(word, texts) is None


def test_small_words_are_mended() -> None:
    assert mended("When are parcles weihged?", known, nearest) == "When are parcels weighed?"
    assert mended("Who sells coffe at the cafee?", known, nearest) == "Who sells coffe at the café?"


def test_names_do_not_count_among_the_words_that_make_it_another_language() -> None:
    question = "When are the parcles of Tolvik, Brenn and Askvoll weihged?"
    assert mended(question, known, nearest) == "When are the parcels of Tolvik, Brenn and Askvoll weighed?"


@pytest.mark.parametrize("question", ["Wo werden denn Pakete geweiht?", "Welches Cafee liegt neben dem Hafen?"])
def test_nothing_is_mended_in_a_question_of_another_language(question: str) -> None:
    assert mended(question, known, nearest) == question and meant(question, known, nearest) == []


def test_names_in_small_letters_that_the_documents_hold_are_not_unknown() -> None:
    assert mended("how are hanson café parcles weihged?", known, nearest) == "how are hanson café parcels weighed?"


def test_two_misspelt_names_are_both_offered() -> None:
    there = {"hansen": "hanson", "tolwik": "tolvik"}
    assert meant("Does Hansen live in Tolwik?", known, lambda word: there.get(word.lower())) == [("Hansen", "Hanson"), ("Tolwik", "Tolvik")]


def test_no_name_is_taken_for_a_word_without_content() -> None:
    assert meant("Does Whan live here?", known, lambda word: "when" if word == "Whan" else word.casefold()) == []


def test_a_question_word_comes_before_the_words_of_the_documents() -> None:
    assert mended("waht pays?", known, lambda word: "want") == "what pays?"


def test_words_grown_together_are_no_slips() -> None:
    near = {"dont": "done", "whats": "wheats", "theyre": "there", "wont": "want"}
    for question in ("Why dont parcels sell?", "whats a parcel?", "When theyre weighed, who wont pay?"):
        assert mended(question, lambda word: word not in near, near.get) == question


def test_words_that_are_there_or_are_known_stay() -> None:
    for question in ("How are parcels weighed?", "Where is the closest counter?", "parcels 2025-17?", "QX-17/4"):
        assert mended(question, known, nearest) == question


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Saeby", "Sæby"),
        ("Suessenbach", "Süßenbach"),
        ("Mueller", "Müller"),
        ("Muller", "Müller"),
        ("Aarhus", "Århus"),
        ("Lukasz", "Łukasz"),
    ],
)
def test_a_name_in_other_letters_is_the_same(a: str, b: str) -> None:
    assert is_same(a, b) and is_same(b, a)
    assert not is_same(a, a) and not is_same(a, b[:-1])
    assert nearest_word(a, [f"{b} is far, {b} is old.", "Muellerova"]) == b.lower()
    assert nearest_word(a, [f"{b} is far.", f"{a} too."]) == a.lower()
    assert mended(f"Who lives in {a}?", lambda word: word != a.lower(), lambda word: b.lower()) == f"Who lives in {b}?"
    assert meant(f"Who lives in {a}?", lambda word: word != a.lower(), lambda word: b.lower()) == []


def test_another_first_letter_is_another_word() -> None:
    assert (
        mended("What will it cost to mend the pontoon?", lambda word: word != "mend", lambda word: "send")
        == "What will it cost to mend the pontoon?"
    )
    assert mended("What will it cost to semd it?", lambda word: word != "semd", lambda word: "send") == "What will it cost to send it?"


def test_a_question_in_another_language_is_left_alone() -> None:
    question = "Wann werden parcel zum countr gebracht, parkin?"
    assert mended(question, known, nearest) == question


def test_names_are_offered_and_not_exchanged() -> None:
    assert mended("Who pays Hansen?", known, nearest) == "Who pays Hansen?"
    assert meant("Who pays Hansen?", known, nearest) == [("Hansen", "Hanson")]


@pytest.mark.parametrize(
    "text", ["Hello", "hi there!", "Thanks a lot", "thank you very much", "Danke schön", "good morning everyone", "ok, great"]
)
def test_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text", ["Who says hello?", "How much?", "hi, when does it open?", "Good Friday hours", "good 2025", "thanks to whom?", "?"]
)
def test_questions_are_no_small_talk(text: str) -> None:
    assert not is_small_talk(text)

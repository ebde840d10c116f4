"""The judge's training data: what still follows from a sentence, what no longer does, questions as statements."""

from __future__ import annotations

import random

import pytest

from eval.train.claims import CHANGES, clauses, falsified, kept, stock
from eval.train.judge_data import MIX, around, joined, kind_of, mixed, pair
from eval.train.statements import statement, verb_forms
from qa.english.parse import parse, parse_many
from tests.needs import requires_parser

pytestmark = requires_parser

SENTENCES = [
    "Marta Lind directs the institute in Bergen, while her brother Olaf runs a bakery in Oslo.",
    "In 1987 the council of Harn bought two ferries from the yard in Kiel.",
    "The ferries increased the traffic between the islands.",
    "The mill opened in 1920.",
    "The council decreased the fares.",
]


def test_each_clause_keeps_its_subject() -> None:
    assert [c.text for c in clauses(parse(SENTENCES[0]))] == [
        "Marta Lind directs the institute in Bergen.",
        "Her brother Olaf runs a bakery in Oslo.",
    ]


def test_what_is_kept_has_no_number_or_name_of_its_own() -> None:
    docs = parse_many(SENTENCES)
    known, rng = stock(docs), random.Random(2)
    for doc in docs:
        for _ in range(10):
            made = kept(doc, known, rng)
            assert 4 <= len(made.split()) <= len(doc.text.split()) + 1
            assert all(word in doc.text for word in made.split() if any(c.isdigit() for c in word))


def test_what_is_falsified_says_another_thing() -> None:
    docs = parse_many(SENTENCES)
    known, rng = stock(docs), random.Random(2)
    found = [falsified(doc, doc.text, docs, known, rng) for doc in docs for _ in range(12)]
    kinds = {made[0] for made in found if made}
    assert {"number", "name", "subject", "opposite"} <= kinds
    assert all(
        made[1].rstrip(".").lower() not in doc.text.lower()
        for doc, made in zip((d for d in docs for _ in range(12)), found, strict=True)
        if made
    )


def test_what_was_done_is_told_as_planned_and_some_as_all() -> None:
    docs = parse_many(
        ["The council closed the bridge.", "The bridge will open in June.", "Some ferries were sold.", "The mill never closed."]
    )
    known = stock([*docs, *parse_many(["The shop opened."])])
    staged = [{CHANGES["staged"][0](doc, doc.text.lower(), [], known, random.Random(n)) for n in range(30)} for doc in docs]
    assert {"The council plans to close the bridge.", "The council may close the bridge."} <= staged[0]
    assert staged[1] == {"The bridge opened in June."}
    assert {"Some ferries will be sold.", "Some ferries may be sold."} <= staged[2]
    assert staged[3] == {None}
    wider = {CHANGES["wider"][0](docs[2], docs[2].text.lower(), [], known, random.Random(n)) for n in range(30)}
    assert {"All ferries were sold.", "Most ferries were sold."} <= wider
    assert CHANGES["wider"][0](docs[0], docs[0].text.lower(), [], known, random.Random(1)) == "Only the council closed the bridge."


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("When did the council buy two ferries?", "1920", "the council bought two ferries in 1920."),
        ("Who bought two ferries?", "the council", "the council bought two ferries."),
        ("How many ferries did the council buy?", "two", "the council bought two ferries."),
        ("Where is the mill?", "on the hill", "the mill is on the hill."),
        ("Why is it so?", "nobody knows", None),
    ],
)
def test_a_question_with_its_answer_is_a_statement(question: str, answer: str, said: str | None) -> None:
    forms = verb_forms(parse_many(["The mill opened in 1920.", "The council bought two ferries."]))
    assert statement(parse(question), answer, forms) == said


def test_evidence_holds_the_sentence_or_lacks_it() -> None:
    rng = random.Random(4)
    for _ in range(20):
        assert SENTENCES[1] in around(SENTENCES, 1, rng)
        assert SENTENCES[1] not in around(SENTENCES, 1, rng, without=True)
    assert all(sentence.rstrip(".") in joined(SENTENCES[1], SENTENCES[3], rng) for sentence in (SENTENCES[1], SENTENCES[3]))


def test_a_pair_has_the_form_of_a_readers_example() -> None:
    made = pair("own", "The mill opened in 1920.", SENTENCES[3], True).as_json()
    assert (made["question"], made["passage"], made["answers"], made["units"], made["known"]) == (
        "The mill opened in 1920.", SENTENCES[3], True, (), False,
    )  # fmt: skip


def test_of_each_kind_only_so_many_are_taken_and_none_that_is_long() -> None:
    many = [pair("squadshifts swapped", f"Claim {i}.", "The mill.", False) for i in range(MIX["swapped"] + 9)]
    long = pair("squadshifts kept", "The mill opened.", "word " * 400, True)
    assert len(list(mixed([*many, long], random.Random(1)))) == MIX["swapped"]
    assert (kind_of("mlqa_en kept"), kind_of("fetaqa rows"), kind_of("fever_symmetric")) == ("kept", "fetaqa rows", "fever_symmetric")

"""A summary of a document that is named by its kind or date, and what changed between two versions, in the documents' own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from index.models.protocol import Embedder
from index.schema import Published
from index.structure.units import units_of
from qa.engine import Engine
from qa.read.changes import Change, asks_for_changes, changes
from qa.read.protocol import Reader
from qa.read.summary import NOTE, WORDS, opening, subject_of
from qa.retrieve.named import documents_named
from qa.schema import Answer
from tests.asked import engine_over
from tests.made import document
from tests.needs import requires_models


@dataclass(frozen=True)
class Known:
    """A document as the catalog knows it."""

    source: str
    title: str | None = None
    published: Published = field(default_factory=Published)
    author: str | None = None
    publisher: str | None = None
    format: str = "text"


JANUARY = Known("minutes/2026-01-13-parents.txt", "Parents' council", Published("2026-01-13", "day", "file name"))
APRIL = Known("minutes/2026-04-07-parents.txt", "Parents' council", Published("2026-04-07", "day", "file name"))
LETTER = Known("letters/hall.eml", "The gym hall", Published("2026-02-02", "day", "record"), author="Tessa Bloom", format="mail")
PLAN = Known("plan_2025.pdf", "School plan 2025")
SHELF = [JANUARY, APRIL, LETTER, PLAN, Known("lists/fees.csv#row-2")]


@pytest.mark.parametrize(
    ("words", "sources"),
    [
        ("the minutes", [APRIL.source, JANUARY.source]),
        ("the latest minutes of the parents' council", [APRIL.source, JANUARY.source]),
        ("the minutes of January", [JANUARY.source]),
        ("the minutes of 13 January 2026", [JANUARY.source]),
        ("minutes vom Januar", [JANUARY.source]),
        ("Tessa's letter", [LETTER.source]),
        ("the e-mail about the hall", [LETTER.source]),
        ("the plan of 2025", [PLAN.source]),
        ("the roof", []),
        ("the minutes about the roof", []),
        ("this", []),
        ("the fees", []),
    ],
)
def test_a_document_is_named_by_its_kind_and_time(words: str, sources: list[str]) -> None:
    assert list(documents_named(words, SHELF).sources) == sources


@pytest.mark.parametrize("words", ["the minutes of July", "the minutes of 2024", "the minutes of 8 April"])
def test_what_has_another_time_is_not_meant_and_told(words: str) -> None:
    found = documents_named(words, SHELF)
    assert (found.sources, found.of_other_times) == ((), (APRIL.source, JANUARY.source)) and found.time in words.replace(
        "8 April", "April 8"
    )


def test_the_only_document_need_not_be_named() -> None:
    assert documents_named("this", [LETTER]).sources == (LETTER.source,)
    assert documents_named("the one of May", [LETTER]).sources == ()


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Sum up the minutes of May", "the minutes of May"),
        ("Fasse das Protokoll vom Mai zusammen", "das Protokoll vom Mai"),
        ("What is the letter about?", "the letter"),
        ("What's in the plan?", "the plan?"),
        ("Worum geht es im Rundbrief?", "im Rundbrief?"),
        ("Who wrote the letter?", None),
    ],
)
def test_the_subject_of_a_summary(question: str, subject: str | None) -> None:
    assert subject_of(question) == subject


class TestOpening:
    def test_each_section_says_something_before_any_says_more(self) -> None:
        long = "# Yard\n\n" + "".join(f"Sentence {n} tells of the yard in so many words.\n\n" for n in range(60))
        text = document(f"{long}# Gate\n\nThe gate is green.\n\n| Key | Who |\n|---|---|\n| 1 | Ann |\n", "a.md", format="markdown")
        said = [text.text[u.start : u.end] for u in opening(units_of(text), text.text)]
        assert said[0].startswith("Sentence 0 ") and said[-1] == "The gate is green."
        assert WORDS - 12 < sum(len(one.split()) for one in said) <= WORDS

    def test_names_and_values_come_only_where_there_is_nothing_else(self) -> None:
        mail = document("To: all\n\nThe hall is shut.\n\nIt opens in May.\n", "a.txt")
        assert [mail.text[u.start : u.end] for u in opening(units_of(mail), mail.text)] == ["The hall is shut.", "It opens in May."]
        record = document("Name: Ann Low\nRoom: 12\n", "b.txt")
        assert len(opening(units_of(record), record.text)) == 2

    def test_a_document_without_text_says_nothing(self) -> None:
        assert opening((), "") == []


class TestChanges:
    @pytest.mark.parametrize(
        "question",
        ["What changed in the rules?", "What's new in the rules of 2026?", "How do the rules of 2024 and 2026 differ?", "Was ist neu?",
         "What are the differences between the two?", "What has changed since 2024?", "Worin unterscheiden sich die beiden?"],
    )  # fmt: skip
    def test_they_are_asked_for(self, question: str) -> None:
        assert asks_for_changes(question)

    @pytest.mark.parametrize("question", ["Who leads the new team?", "What does the change of tyres cost?", "When was the lock replaced?"])
    def test_a_fact_is_asked_for(self, question: str) -> None:
        assert not asks_for_changes(question)

    def test_changed_then_added_then_gone(self) -> None:
        old = document("The pool opens at nine.\n\nDogs stay at the gate.\n\nA towel costs two crowns.\n", "old.txt")
        new = document("Every slide is closed.\n\nThe pool opens at eight.\n\nDogs stay at the gate.\n", "new.txt")

        def said(change: Change) -> tuple[str, ...]:
            return tuple(d.text[u.start : u.end] if u else "" for d, u in ((new, change.new), (old, change.old)))

        assert [said(change) for change in changes((new, units_of(new)), (old, units_of(old)))] == [
            ("The pool opens at eight.", "The pool opens at nine."),
            ("Every slide is closed.", ""),
            ("", "A towel costs two crowns."),
        ]
        assert changes((old, units_of(old)), (old, units_of(old))) == []


RULES = "# Pool rules\n\nValid from 1 May {}\n\n1. The pool opens at {}.\n2. Dogs stay at the gate.\n3. Caps are blue.\n"
FILES = {
    "minutes/2026-01-13-parents.txt": "Parents' council, 13 January 2026\n\nThe bus stops at the gate again. It leaves at eight.\n",
    "minutes/2026-04-07-parents.txt": "Parents' council, 7 April 2026\n\nThe fair brought 812 crowns. They go to the library.\n",
    "pool-rules-2024.md": RULES.format(2024, "nine"),
    "pool-rules-2026.md": RULES.format(2026, "eight"),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reader: Reader) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("school")
    for name, text in FILES.items():
        (root / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "docs" / name).write_text(text, encoding="utf-8")
    with engine_over(root, embedder, reader) as made:
        yield made


@pytest.mark.models
@requires_models
class TestEngine:
    def sources(self, answer: Answer) -> list[str]:
        return list(dict.fromkeys(c.source for c in answer.citations))

    def test_the_newest_that_fits_is_shown_and_the_others_are_told(self, engine: Engine) -> None:
        answer = engine.ask("Summarise the minutes.")
        assert self.sources(answer) == ["minutes/2026-04-07-parents.txt"] and "812 crowns" in answer.answer
        assert "minutes/2026-01-13-parents.txt (2026-01-13)" in answer.notes[0] and answer.notes[1] == NOTE

    def test_the_month_decides_and_another_is_refused(self, engine: Engine) -> None:
        assert self.sources(engine.ask("Give me the gist of the minutes of January.")) == ["minutes/2026-01-13-parents.txt"]
        refused = engine.ask("Give me the gist of the minutes of July.")
        assert refused.abstained and "July" in refused.notes[0]

    def test_limits_hold(self, engine: Engine) -> None:
        assert self.sources(engine.ask("Summarise the minutes.", until="2026-02-01")) == ["minutes/2026-01-13-parents.txt"]
        assert self.sources(engine.ask("Summarise this.", sources=["pool-rules-2024.md"])) == ["pool-rules-2024.md"]

    @pytest.mark.parametrize("question", ["What changed in the pool rules?", "What is new in the pool rules of 2026?"])
    def test_versions_are_set_against_each_other_with_their_dates(self, engine: Engine, question: str) -> None:
        answer = engine.ask(question)
        assert answer.answer == "- 2026-05-01: The pool opens at eight. [1]\n- 2024-05-01: The pool opens at nine. [2]"
        assert [c.source for c in answer.citations] == ["pool-rules-2026.md", "pool-rules-2024.md"]
        assert "Without a language model nothing is compared" in answer.notes[0]

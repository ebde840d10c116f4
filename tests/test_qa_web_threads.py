"""Conversations, ratings and their export; passages; starters; Markdown; terminal-safe text; dates."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases.evalset import read_cases
from index.errors import StoreError, UsageError
from index.schema import Document, Published, Span
from index.screen.dates import date_known, date_text
from index.screen.plain import for_terminal, one_line
from qa.question.days import day
from qa.retrieve.passages import document_link, passage_view
from qa.schema import Answer, Citation
from qa.threads.feedback import export_feedback
from qa.threads.store import ThreadStore
from qa.web.chat import turn_payload
from qa.web.starter_questions import candidates, shared_names
from qa.write.markdown import answer_markdown
from tests.fakes import PAPER, PRESS, FakeEngine, FakeShelf

ANSWER = FakeEngine().ask("How much has Korea invested?")
REFUSAL = FakeEngine().ask("Who is the moon?")


def test_threads_belong_to_their_owner(tmp_path: Path) -> None:
    store = ThreadStore(tmp_path / "chat.sqlite3")
    mine = store.start("ann", "  How much\nhas Korea invested?  ")
    turn = store.add_turn(mine, "How much?", turn_payload(ANSWER))
    assert [thread.title for thread in store.threads("ann")] == ["How much has Korea invested?"]
    assert store.threads("bob") == []
    assert store.owns("ann", mine) and not store.owns("bob", mine)
    assert store.turns("bob", mine) == []
    assert not store.rate("bob", turn, "up") and not store.forget("bob", mine)
    assert store.history("ann", mine)[0].answer == ANSWER.answer
    assert store.rate("ann", turn, "down") and store.turns("ann", mine)[0].verdict == "down"
    assert store.rate("ann", turn, None) and store.turns("ann", mine)[0].verdict is None
    assert store.forget("ann", mine) and store.turns("ann", mine) == [] and store.rated() == []


def test_threads_outlive_the_process_and_come_last_used_first(tmp_path: Path) -> None:
    store = ThreadStore(tmp_path / "chat.sqlite3")
    first, second = store.start("a", "first"), store.start("a", "second")
    store.add_turn(first, "q", turn_payload(ANSWER))
    store.close()
    again = ThreadStore(tmp_path / "chat.sqlite3")
    assert [thread.id for thread in again.threads("a")] == [first, second]
    stored = again.turns("a", first)[0]
    assert Answer(**stored.payload["answer"]) == ANSWER.model_copy(update={"related": [], "notes": []})


def test_many_threads_write_at_once(tmp_path: Path) -> None:
    store = ThreadStore(tmp_path / "chat.sqlite3")
    thread = store.start("a", "t")
    workers = [threading.Thread(target=lambda: [store.add_turn(thread, "q", turn_payload(ANSWER)) for _ in range(5)]) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(store.turns("a", thread)) == 40


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "chat.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="conversations file"):
        ThreadStore(tmp_path / "chat.sqlite3")


def test_feedback_becomes_eval_cases(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite3"
    store = ThreadStore(path)
    thread = store.start("a", "t")
    good = store.add_turn(thread, "How much has Korea invested?", turn_payload(ANSWER))
    refused = store.add_turn(thread, "Who is the moon?", turn_payload(REFUSAL))
    store.add_turn(thread, "Not rated?", turn_payload(REFUSAL))
    bad = store.add_turn(thread, "Who built the plant?", turn_payload(REFUSAL))
    store.rate("a", good, "up")
    store.rate("a", refused, "up")
    store.rate("a", bad, "down", "it is in the press release")
    store.close()
    assert export_feedback(path, tmp_path / "out" / "cases.jsonl") == 3
    cases = [json.loads(line) for line in (tmp_path / "out" / "cases.jsonl").read_text().splitlines()]
    assert [(case["question"], case["answerable"]) for case in cases] == [
        ("How much has Korea invested?", True),
        ("Who is the moon?", False),
        ("Who built the plant?", True),
    ]
    nugget = cases[0]["nuggets"][0]
    assert nugget["evidence"] == [{"source": PRESS.source, "quote": ANSWER.citations[0].quote}]
    assert all(any(word in nugget["text"] for word in group) for group in nugget["match"])
    assert ["9.6"] in nugget["match"]
    assert len(cases[2]["history"]) == 3


def test_exported_good_answers_are_readable_as_a_set(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite3"
    store = ThreadStore(path)
    thread = store.start("a", "t")
    for question, answer in (("How much has Korea invested?", ANSWER), ("Who is the moon?", REFUSAL)):
        store.rate("a", store.add_turn(thread, question, turn_payload(answer)), "up", "as in the press release")
    store.close()
    export_feedback(path, tmp_path / "cases.jsonl")
    cases = read_cases(tmp_path / "cases.jsonl")
    assert [(case.answerable, case.comment) for case in cases] == [(True, "as in the press release"), (False, "as in the press release")]


def test_export_without_conversations(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no conversations"):
        export_feedback(tmp_path / "absent.sqlite3", tmp_path / "out.jsonl")
    assert not (tmp_path / "absent.sqlite3").exists()


@given(st.text(alphabet="ab. \n", min_size=1, max_size=2000), st.data())
def test_a_passage_is_verbatim(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    view = passage_view(Document("s", text, "text", "h"), start, end)
    assert view.quote == text[start:end]
    assert view.before + view.quote + view.after in text
    assert text[: view.start].endswith(view.before) and text[view.end :].startswith(view.after)


def test_passage_of_the_example() -> None:
    start = PRESS.text.index("Hyundai")
    view = passage_view(PRESS, start, start + 36)
    assert view.before.endswith("on Wednesday. ") and "60,000" in view.after
    assert (view.published, view.date_known, view.publisher) == ("2024-06-13", "as the document says", "Press Office")
    assert view.link == f"/document?source=press%2Fplant.txt#c{start}-{start + 36}"
    for wrong in ((5, 5), (9, 2), (0, 10_000), (-1, 4)):
        with pytest.raises(UsageError, match="characters"):
            passage_view(PRESS, *wrong)


def test_dates_are_shown_as_far_as_they_are_known() -> None:
    assert date_text(Published("2024-06-01", "month", "text")) == "2024-06"
    assert date_text(Published("2024-01-01", "year", "text")) == "2024"
    assert date_text(Published()) is None
    assert date_known(Published()) == "the document does not say when it was published"


def test_pages_and_links() -> None:
    document = Document("a#b?.pdf", "x" * 20, "pdf", "h", pages=(Span(0, 10, "7"), Span(10, 20, "8")))
    views = [passage_view(document, offset, offset + 1) for offset in (0, 10, 19)]
    assert [(view.page, view.place) for view in views] == [(7, "p. 7"), (8, "p. 8"), (8, "p. 8")]
    assert document_link("a#b?.pdf") == "/document?source=a%23b%3F.pdf"


def test_starter_candidates_come_from_the_corpus() -> None:
    questions = candidates(FakeShelf())
    assert questions[0] == "What is known about Kazakhstan?" and "How many cars are there in Kazakhstan?" in questions
    assert len(questions) == len(set(questions)) and questions == candidates(FakeShelf())
    assert candidates(FakeShelf(())) == []
    assert candidates(FakeShelf((Document("empty.txt", "", "text", "h"),))) == []


def test_starter_candidates_take_the_questions_of_the_documents() -> None:
    text = "# Handbook\n\n## Annual leave\n\nEverybody has 25 days.\n\nWhere do I hand in the form?\n\nAt the front desk, before noon.\n"
    shelf = FakeShelf((Document("handbook.md", text, "markdown", "h", title="Handbook"),))
    assert candidates(shelf) == ["Where do I hand in the form?"]


def test_adjectives_are_no_names() -> None:
    text = "He spoke of Korean firms in Korea. Trade with Korea has grown, and the Korean side agreed. They met in June."
    assert shared_names([text]) == ["Korea"]


def test_markdown_footnotes() -> None:
    text = answer_markdown(ANSWER)
    assert text.startswith("## How much has Korea invested?\n")
    assert "since 1992. [^1]" in text and "[^1]: Plant opens in Almaty, 2024-06-13 (press/plant.txt): “Korea has invested 9.6" in text
    assert "> The sources disagree: 9.6 billion [^1]; 8.5 billion [^2]. The sources differ.\n" in text
    assert text.count("The sources differ.") == 1
    assert "\\<b\\>grows" in text, "text of a document stays text"
    assert "Nearest passages:" in answer_markdown(REFUSAL)


def test_markdown_of_hostile_text() -> None:
    quote = "x](javascript:alert(1)) <img src=x> \x1b]0;title\x07\n# head"
    citation = Citation(n=1, source="s", title="[t](u)", start=0, end=1, quote=quote)
    answer = ANSWER.model_copy(update={"question": "q\n# not a heading", "citations": [citation]})
    text = answer_markdown(answer)
    assert "\x1b" not in text and "\n# " not in text and "<img" not in text.replace("\\<", "") and "](u)" not in text.replace("\\]", "")


def test_terminal_text_loses_control_sequences() -> None:
    assert for_terminal("\x1b[2J\x1b[31mred\x1b[0m \x1b]0;title\x07ok\x9b5mx\x00\r\nline\ttab") == "red okx\nline\ttab"
    assert for_terminal("a\u202eb\u2066c\u200fd") == "abcd"
    assert for_terminal("Қазақстан 한국 — “ok”") == "Қазақстан 한국 — “ok”"
    assert one_line("a\n b\x1b[1m c", 4) == "a b…"


@given(st.text())
def test_terminal_text_holds_no_control_character(text: str) -> None:
    assert all(c in "\n\t" or (ord(c) >= 32 and not 127 <= ord(c) < 160) for c in for_terminal(text))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("2024", "2024-01-01", "2024-12-31"), ("2024-02", "2024-02-01", "2024-02-29"), (" 2023-06-13 ", "2023-06-13", "2023-06-13")],
)
def test_days(text: str, first: str, last: str) -> None:
    assert (day(text), day(text, last=True)) == (first, last)


@pytest.mark.parametrize("text", ["", "soon", "2024-13", "2024-00", "2023-02-29", "0000", "24", "2024-6-1", "２０２４", "2024-06-00"])
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="YYYY"):
        day(text)


def test_fake_documents_hold_their_quotes() -> None:
    texts = {document.source: document.text for document in (PRESS, PAPER)}
    assert all(texts[c.source][c.start : c.end] == c.quote for c in [*ANSWER.citations, *REFUSAL.related])

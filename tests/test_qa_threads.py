"""Conversations: titles, search, another try, export, ratings with a reason; over HTTP on a client of the real application."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from lxml import etree

from index.formats.load import load_file
from qa.schema import Answer
from qa.threads.export import answer_of, file_name, markdown_file
from qa.threads.feedback import export_feedback
from qa.threads.store import MAX_TITLE, ThreadStore
from qa.threads.word import Exchange, word_file
from qa.web.app import create_app
from qa.web.chat import turn_payload
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import QUESTION, Make, clients, events_of, serving, wait_until_ready

ANSWER = FakeEngine().ask(QUESTION)
REFUSAL = FakeEngine().ask("Who is the moon?")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with clients(tmp_path) as build:
        yield build


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ThreadStore]:
    store = ThreadStore(tmp_path / "threads.sqlite3")
    yield store
    store.close()


def titles(store: ThreadStore, words: str = "") -> list[str]:
    return [thread.title for thread in store.threads("a", words)]


def test_two_threads_never_have_the_same_title(store: ThreadStore) -> None:
    first, second, other = (store.start(owner, "What  is new?") for owner in ("a", "a", "b"))
    assert sorted(titles(store)) == ["What is new?", "What is new? (2)"]
    assert [thread.title for thread in store.threads("b")] == ["What is new?"], "titles are those of one owner"
    changed = store.change("a", second, title="What is new?")
    assert changed is not None and changed.title == "What is new? (2)"
    third = store.start("a", "Else")
    assert [store.change("a", id, title=" What is\nnew? ").title for id in (third, first)] == ["What is new? (3)", "What is new?"]  # type: ignore[union-attr]
    long = [store.start("a", "x" * 500) for _ in range(12)]
    assert len({thread.title for thread in store.threads("a") if thread.id in long}) == 12
    assert max(map(len, titles(store))) == MAX_TITLE
    assert store.change("b", first, title="mine") is None and store.change("a", other, pinned=True) is None


def test_titles_of_an_older_file_get_numbers(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE thread (id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL,"
            " updated TEXT NOT NULL) STRICT;"
            "CREATE TABLE turn (id TEXT PRIMARY KEY, thread TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,"
            " ordinal INTEGER NOT NULL, question TEXT NOT NULL, payload TEXT NOT NULL, created TEXT NOT NULL, verdict TEXT, comment TEXT,"
            " UNIQUE (thread, ordinal)) STRICT;"
        )
        rows = [(id, owner, "Same", when, when) for id, owner, when in [("1", "a", "2"), ("2", "a", "1"), ("3", "a", "3"), ("4", "b", "1")]]
        db.executemany("INSERT INTO thread VALUES (?, ?, ?, ?, ?)", rows)
        payload = json.dumps(turn_payload(ANSWER))
        db.execute("INSERT INTO turn VALUES ('t', '1', 1, ?, ?, '2', 'up', NULL)", (QUESTION, payload))
    db.close()
    for _ in range(2):  # the second opening changes nothing
        store = ThreadStore(path)
        assert {thread.id: thread.title for thread in store.threads("a")} == {"2": "Same", "1": "Same (2)", "3": "Same (3)"}
        assert store.turns("a", "1")[0].verdict == "up" and store.turns("a", "1")[0].reason is None
        store.close()


def test_pinned_threads_come_first(store: ThreadStore) -> None:
    one, two, three = (store.start("a", title) for title in ("one", "two", "three"))
    store.change("a", one, pinned=True)
    store.add_turn(two, QUESTION, turn_payload(ANSWER))
    assert [thread.id for thread in store.threads("a")] == [one, two, three]
    store.change("a", one, pinned=False)
    assert next(thread.id for thread in store.threads("a")) == two


def test_search_looks_into_titles_questions_and_answers(store: ThreadStore) -> None:
    first, second = store.start("a", "Überblick über Größen"), store.start("a", "Москва")
    store.add_turn(first, QUESTION, turn_payload(ANSWER))
    assert titles(store, "ÜBERBLICK") == ["Überblick über Größen"] and titles(store, "москва") == ["Москва"]
    assert titles(store, "9.6 billion dollars") == titles(store, "invested größen") == ["Überblick über Größen"]
    assert titles(store, "moon") == titles(store, "100% _") == [] and len(titles(store, "  ")) == 2
    assert titles(store, "'; DROP TABLE thread; --") == [] and store.owns("a", second)


def test_another_try_takes_the_place_of_an_answer_and_of_what_followed(store: ThreadStore) -> None:
    thread = store.start("a", "First?")
    first = store.add_turn(thread, "First?", turn_payload(ANSWER))
    second = store.add_turn(thread, "Second?", turn_payload(ANSWER))
    store.add_turn(thread, "Third?", turn_payload(ANSWER))
    assert [turn.question for turn in store.history("a", thread, before=second)] == ["First?"]
    store.add_turn(thread, "Second, edited?", turn_payload(REFUSAL), instead=second)
    assert [turn.question for turn in store.turns("a", thread)] == ["First?", "Second, edited?"]
    assert titles(store) == ["First?"]
    store.add_turn(thread, "Another first?", turn_payload(ANSWER), instead=first)
    assert [turn.question for turn in store.turns("a", thread)] == ["Another first?"] and titles(store) == ["Another first?"]
    taken = store.start("a", "Taken?")
    numbered = store.start("a", "Taken?")
    store.add_turn(numbered, "Free?", turn_payload(ANSWER), instead=store.add_turn(numbered, "Taken?", turn_payload(ANSWER)))
    assert set(titles(store)) == {"Another first?", "Taken?", "Free?"}
    assert all(store.forget("a", id) for id in (taken, numbered))
    store.change("a", thread, title="Mine")
    store.add_turn(thread, "Once more?", turn_payload(ANSWER), instead=store.turns("a", thread)[0].id)
    assert titles(store) == ["Mine"], "a title that a person gave stays"


def test_a_conversation_over_http(make: Make) -> None:
    engine = FakeEngine()
    client = make(engine)
    events = events_of(client.post("/api/chat", json={"question": QUESTION, "sources": ["press/"], "since": "2024"}))
    thread, turn = events[0][1]["thread"], events[-1][1]["turn"]
    assert events[-1][1]["limits"] == {"since": "2024-01-01", "until": None, "sources": ["press/"]}
    assert client.get(f"/api/threads/{thread}").json()[0]["payload"]["limits"]["sources"] == ["press/"], "kept with the question"
    again = {"question": "And how many jobs in Kazakhstan?", "thread": thread, "instead": turn}
    events = events_of(client.post("/api/chat", json=again))
    assert engine.asked[-1][1] == (), "what it takes the place of is no history of it"
    kept = client.get(f"/api/threads/{thread}").json()
    assert [one["question"] for one in kept] == [again["question"]] and kept[0]["id"] == events[-1][1]["turn"]
    changed = client.patch(f"/api/threads/{thread}", json={"title": "Jobs", "pinned": True}).json()
    assert (changed["title"], changed["pinned"]) == ("Jobs", True)
    assert [one["title"] for one in client.get("/api/threads", params={"q": "jobs kazakhstan"}).json()] == ["Jobs"]
    assert client.get("/api/threads", params={"q": "zeppelin"}).json() == []
    absent = "0" * 32
    refused = [
        client.post("/api/chat", json={**again, "instead": turn}),  # it is gone
        client.post("/api/chat", json={**again, "thread": absent}),
        client.patch(f"/api/threads/{absent}", json={"title": "x"}),
        client.get(f"/api/threads/{absent}/export"),
    ]
    assert [response.status_code for response in refused] == [404] * 4
    wrong = [
        client.post("/api/chat", json={"question": QUESTION, "instead": turn}),
        client.get(f"/api/threads/{thread}/export", params={"format": "exe"}),
        *(client.patch(f"/api/threads/{thread}", content=body) for body in ('{"title": " "}', '{"title": "\\ud800"}', '{"owner": "b"}')),
        client.patch(f"/api/threads/{thread}", json={"title": "x" * 121}),
    ]
    assert [response.status_code for response in wrong] == [422] * 6


def test_a_try_that_fails_loses_nothing(make: Make) -> None:
    class Failing(FakeEngine):
        def stream(self, question: str, **more: object):  # type: ignore[no-untyped-def]
            if "fail" in question:
                self.unreadable = "x"
                self.check()
            return super().stream(question, **more)  # type: ignore[arg-type]

    client = make(Failing())
    events = events_of(client.post("/api/chat", json={"question": QUESTION}))
    thread, turn = events[0][1]["thread"], events[-1][1]["turn"]
    events = events_of(client.post("/api/chat", json={"question": "fail now", "thread": thread, "instead": turn}))
    assert events[-1][0] == "error"
    assert [one["id"] for one in client.get(f"/api/threads/{thread}").json()] == [turn]


def test_markdown_counts_footnotes_through() -> None:
    text = markdown_file("A # title", [ANSWER, REFUSAL, ANSWER]).decode()
    many = len(ANSWER.citations)
    assert text.startswith("# A \\# title\n\n## How much")
    assert [f"\n[^{n}]: " in text for n in range(1, 2 * many + 2)] == [True] * 2 * many + [False]
    assert f"since 1992. [^{many + 1}]" in text and "Nearest passages:" in text


def test_word_has_real_footnotes_that_our_own_reader_reads(tmp_path: Path) -> None:
    first = Exchange.of(ANSWER)
    twice = replace(first, lines=(*first.lines, "- Once more. [1] And [7]."))
    data = word_file("Title <x> & \x1b[31m\ufffe", [twice, *map(Exchange.of, (REFUSAL, ANSWER))])
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: etree.fromstring(package.read(name)) for name in package.namelist()}
    marks = [int(mark.get(f"{W}id")) for mark in parts["word/document.xml"].iter(f"{W}footnoteReference")]
    notes = {int(note.get(f"{W}id")): "".join(note.itertext()) for note in parts["word/footnotes.xml"]}
    assert marks == list(range(1, 2 * len(ANSWER.citations) + 1)) and set(notes) == {-1, 0, *marks}
    assert ANSWER.citations[0].quote in notes[1] and "press/plant.txt" in notes[1]
    fields = [field.get(f"{W}instr").split()[1] for field in parts["word/document.xml"].iter(f"{W}fldSimple")]
    assert fields[0] == "_Note1", "a footnote that is named again is referred to"
    whole = "".join(parts["word/document.xml"].itertext())
    assert "Title <x> & " in whole and "\x1b" not in whole and "And [7]." in whole, "what is no footnote of the answer stays text"
    path = tmp_path / "out.docx"
    path.write_bytes(data)
    (document,) = load_file(path, "out.docx", max_bytes=10**6, problems=[])
    assert ANSWER.citations[0].quote in document.text and QUESTION in document.text


def test_word_bold_and_right_to_left() -> None:
    from qa.schema import Citation, Highlight

    quote = "עלות התחנה 9.6 מיליארד"
    citation = Citation(n=1, source="a.txt", start=5, end=5 + len(quote), quote=quote, highlight=Highlight(start=16, end=19))
    answer = Answer(
        question="כמה?",
        standalone_question="כמה?",
        answer=f"{quote} [1]",
        abstained=False,
        citations=[citation],
        confidence=0.9,
        mode="extractive",
    )
    with zipfile.ZipFile(io.BytesIO(word_file("Maße", [Exchange.of(answer)]))) as package:
        notes, document = (etree.fromstring(package.read(f"word/{name}.xml")) for name in ("footnotes", "document"))
    assert ["".join(bold.getparent().getparent().itertext()) for bold in notes.iter(f"{W}b")] == ["9.6"]
    assert [p.find(f"{W}pPr/{W}bidi") is not None for p in document.iter(f"{W}p")] == [False, True, True]


def test_export_over_a_real_port(tmp_path: Path) -> None:
    with serving(create_app(FakeEngine, tmp_path / "c.sqlite3")) as base:
        wait_until_ready(base)
        thread = events_of(httpx.post(f"{base}/api/chat", json={"question": QUESTION}))[0][1]["thread"]
        httpx.patch(f"{base}/api/threads/{thread}", json={"title": 'Größe / "x" \n 한국'})
        md, word = (httpx.get(f"{base}/api/threads/{thread}/export", params={"format": kind}) for kind in ("md", "docx"))
    assert md.headers["content-type"].startswith("text/markdown") and f"## {QUESTION}" in md.text
    assert md.headers["content-disposition"] == "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe-x-%ED%95%9C%EA%B5%AD.md"
    assert word.content.startswith(b"PK") and word.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("title", "name"),
    [("../../etc/passwd", "etc-passwd.md"), ("???", "conversation.md"), ("a" * 300, f"{'a' * 80}.md"), ("Que\r\n?", "Que.md")],
)
def test_names_of_files(title: str, name: str) -> None:
    assert file_name(title, "md") == name


def test_what_a_turn_keeps_is_its_answer_again() -> None:
    for answer in (ANSWER, REFUSAL):
        payload = json.loads(json.dumps(turn_payload(answer)))
        assert answer_of(payload) == answer.model_copy(update={"why": None})
    assert turn_payload(REFUSAL)["why"]["considered"][0]["score"] == 0.21 and turn_payload(ANSWER)["why"] is None


def test_a_reason_becomes_part_of_an_eval_case(make: Make, tmp_path: Path) -> None:
    client = make(FakeEngine((PRESS, PAPER)))
    rated = {"wrong": QUESTION, "incomplete": "How many jobs in Kazakhstan?", "refused": "Who is the moon?"}
    for reason, question in rated.items():
        turn = events_of(client.post("/api/chat", json={"question": question}))[-1][1]["turn"]
        body = {"turn": turn, "verdict": "down", "reason": reason, "comment": f"because {reason}"}
        assert client.post("/api/feedback", json=body).status_code == 204
    assert client.post("/api/feedback", json={"turn": turn, "verdict": "down", "reason": "ugly"}).status_code == 422
    export_feedback(tmp_path / "chat.sqlite3", tmp_path / "cases.jsonl")
    cases = {case["question"]: case for case in map(json.loads, (tmp_path / "cases.jsonl").read_text().splitlines())}
    for reason, question in rated.items():
        assert reason in cases[question]["tags"] and cases[question]["comment"] == f"because {reason}"
        assert cases[question]["answerable"] is True
    assert [bool(cases[question]["nuggets"]) for question in rated.values()] == [False, True, False]

"""The HTTP API over a fake engine: answers, documents, errors, access, headers."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from index.errors import NoIndex, StoreError
from qa.api.guard import MAX_BODY
from qa.schema import Answer
from qa.web.app import create_app
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import QUESTION, Make, clients, completion, events_of, eventually, serving, wait_until_ready


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with clients(tmp_path) as build:
        yield build


def test_ask_gives_the_answer_json(make: Make) -> None:
    engine = FakeEngine()
    body = {"question": QUESTION, "history": [{"question": "q", "answer": "a"}], "since": "2024", "until": "2024-06"}
    got = make(engine).post("/api/ask", json=body).json()
    answer = Answer(**{name: value for name, value in got.items() if name not in ("related", "notes")})
    assert [c.quote for c in answer.citations] == ["Korea has invested 9.6 billion dollars in Kazakhstan since 1992."]
    asked = engine.asked[1]
    assert (asked[0], asked[1][0].question, asked[2], asked[3]) == (QUESTION, "q", "2024-01-01", "2024-06-30")
    assert engine.refreshed == 1, "the next question sees new indexing"


def test_sources_are_chosen_by_name_folder_or_pattern(make: Make) -> None:
    engine = FakeEngine()
    client = make(engine)
    for sources in ([PAPER.source], ["press/"], ["press/*", "paper/x.txt"]):
        got = client.post("/api/ask", json={"question": QUESTION, "sources": sources}).json()
        assert engine.within[-1] == tuple(sources)
        assert {c["source"] for c in got["citations"]} <= {PAPER.source} if sources[0] == PAPER.source else {PRESS.source}
        client.post("/v1/chat/completions", json=completion(sources=sources))
        assert engine.within[-1] == tuple(sources)
    hits = client.get("/api/search", params={"q": QUESTION, "in": ["press/", "x/"]}).json()["hits"]
    assert {hit["source"] for hit in hits} == {PRESS.source}
    for wrong in ([""], ["x" * 5000], ["x"] * 501, "press/", ["\ud800"]):
        assert client.post("/api/ask", content=json.dumps({"question": QUESTION, "sources": wrong})).status_code == 422


def test_a_refusal_comes_with_the_nearest_passages(make: Make) -> None:
    got = make().post("/api/ask", json={"question": "Who is the moon?"}).json()
    assert got["abstained"] and not got["claims"] and got["related"][0]["source"] == PRESS.source


def test_search_and_documents(make: Make) -> None:
    client = make()
    hits = client.get("/api/search", params={"q": QUESTION, "k": 1}).json()["hits"]
    assert len(hits) == 1 and PRESS.text[hits[0]["start"] : hits[0]["end"]] == hits[0]["text"]
    assert [hits[0]["text"][low:high] for low, high in hits[0]["highlights"]] == ["Korea", "invested"]
    listed = client.get("/api/documents").json()
    assert listed["total"] == 2 and [d["source"] for d in listed["documents"]] == ["paper.md", "press/plant.txt"]
    assert listed["documents"][0]["published"] == "2023", "a year is shown as a year"
    assert [d["source"] for d in client.get("/api/documents?offset=1&limit=5").json()["documents"]] == ["press/plant.txt"]
    whole = client.get("/api/documents/press/plant.txt").json()
    assert whole["text"] == PRESS.text and whole["date_known"] == "as the document says"
    assert client.get("/api/documents/press%2Fplant.txt").json() == whole


def test_passage(make: Make) -> None:
    client = make()
    start = PRESS.text.index("Hyundai")
    got = client.get("/api/passage", params={"source": PRESS.source, "start": start, "end": start + 36}).json()
    assert got["quote"] == PRESS.text[start : start + 36] and got["before"] + got["quote"] + got["after"] in PRESS.text
    assert client.get("/api/passage", params={"source": PRESS.source, "start": 5, "end": 99_999}).status_code == 400
    assert client.get("/api/passage", params={"source": "nix", "start": 0, "end": 1}).status_code == 404


def test_starters_are_those_that_the_engine_answers(make: Make) -> None:
    client = make()
    while not (got := client.get("/api/starters").json())["complete"]:
        time.sleep(0.01)
    assert 1 <= len(got["questions"]) <= 4
    assert all(not client.post("/api/ask", json={"question": question}).json()["abstained"] for question in got["questions"])
    assert f'outcome="answered"}} {len(got["questions"])}.0' in client.get("/metrics").text, "what the server asks itself is not counted"


def test_bad_requests_get_one_clear_message(make: Make) -> None:
    client = make()
    cases: list[tuple[int, str, httpx.Response]] = [
        (400, "valid JSON", client.post("/api/ask", content='{"question": ', headers={"Content-Type": "application/json"})),
        (422, "question", client.post("/api/ask", json={})),
        (
            422,
            "Content-Type: application/json",
            client.post("/api/ask", content='{"question": "x"}', headers={"Content-Type": "text/plain"}),
        ),
        (422, "question: a question must have words in it.", client.post("/api/ask", json={"question": "?"})),
        (422, "words", client.post("/api/ask", json={"question": " \n\x00 "})),
        (422, "2000", client.post("/api/ask", json={"question": "x" * 2001})),
        (422, "wrong", client.post("/api/ask", json={"question": "x", "wrong": 1})),
        (422, "since", client.post("/api/ask", json={"question": "x", "since": "2024-02-31"})),
        (413, str(MAX_BODY), client.post("/api/ask", json={"question": "x" * 10_000_000})),
        (404, "no document", client.get("/api/documents/nothing.txt")),
        (404, "nothing at this address", client.get("/nothing")),
        (405, "GET cannot be used", client.get("/api/ask")),
        (422, "k", client.get("/api/search?q=x&k=1000")),
        (400, "number", client.post("/api/ask", content=b"{}", headers={"Content-Length": "x"})),
    ]
    for status, words, response in cases:
        assert response.status_code == status, response.text
        assert words in response.json()["error"]["message"]
        assert "Traceback" not in response.text
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200, "the server goes on"


def test_a_body_that_hides_its_size(make: Make) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    assert make().post("/api/ask", content=pieces(), headers={"Content-Type": "application/json"}).status_code == 413


def test_lone_surrogates_are_refused(make: Make) -> None:
    client = make()
    head = {"Content-Type": "application/json"}
    assert client.post("/api/ask", content=b'{"question": "Korea \\ud800 invested?"}', headers=head).status_code == 422
    assert client.post("/api/chat", content=b'{"question": "Korea \\ud800 invested?"}', headers=head).status_code == 422
    message = b'{"model": "footnote", "messages": [{"role": "user", "content": "Korea \\ud800 invested?"}]}'
    assert client.post("/v1/chat/completions", content=message, headers=head).status_code == 200, "left out of the question"


def test_chat_streams_and_keeps_the_conversation(make: Make) -> None:
    engine = FakeEngine()
    client = make(engine)
    events = events_of(client.post("/api/chat", json={"question": QUESTION}))
    names = [name for name, _ in events]
    assert names == ["thread", "step", "claim", "claim", "step", "answer"]
    thread, answer = events[0][1]["thread"], events[-1][1]
    assert answer["answer"]["conflicts"] and answer["markdown"].startswith("## ")
    assert events[2][1]["citations"][0]["n"] == 1
    events_of(client.post("/api/chat", json={"question": "And how many jobs?", "thread": thread}))
    assert engine.asked[2][1][0].question == QUESTION, "the follow-up knows what was asked"
    assert [item["id"] for item in client.get("/api/threads").json()] == [thread]
    turns = client.get(f"/api/threads/{thread}").json()
    assert [turn["question"] for turn in turns] == [QUESTION, "And how many jobs?"]
    assert turns[0]["payload"]["answer"] == answer["answer"]
    assert client.post("/api/feedback", json={"turn": answer["turn"], "verdict": "up"}).status_code == 204
    assert client.get(f"/api/threads/{thread}").json()[0]["verdict"] == "up"
    assert client.delete(f"/api/threads/{thread}").status_code == 204
    assert client.get(f"/api/threads/{thread}").status_code == 404
    assert client.post("/api/chat", json={"question": "x", "thread": thread}).status_code == 404
    assert client.post("/api/feedback", json={"turn": answer["turn"], "verdict": "up"}).status_code == 404


def test_an_engine_that_fails_midway(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(FakeEngine):
        def stream(self, question: str, **options: Any) -> Any:
            yield from list(super().stream(question, **options))[:2]
            raise RuntimeError("the disk is gone, secret detail")

    client = make(Failing())
    events = events_of(client.post("/api/chat", json={"question": QUESTION}))
    assert events[-1][0] == "error" and "secret" not in json.dumps(events)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 500
    lines = client.post("/v1/chat/completions", json=completion(stream=True)).text
    assert '"error"' in lines and "secret" not in lines
    assert "secret detail" in caplog.text, "the log has it"


def test_a_question_just_after_a_failed_opening_waits_for_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[bool] = []
    failed = threading.Event()

    def opener() -> FakeEngine:
        tries.append(True)
        if len(tries) == 1:
            raise StoreError("the catalog is being written")
        return FakeEngine()

    def slow_log(*_told: object) -> None:
        failed.set()
        time.sleep(0.3)

    monkeypatch.setattr("qa.api.engine_host._LOG.warning", slow_log)
    client = make(opener)
    assert failed.wait(10)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200, "the door was about to open"
    assert len(tries) == 2


def test_no_index_is_said_and_found_later(make: Make) -> None:
    ready: list[FakeEngine] = []

    def opener() -> FakeEngine:
        if not ready:
            raise NoIndex("there is no index at .footnote. Run: footnote index FOLDER")
        return ready[0]

    client = make(opener)
    response = client.get("/health")
    assert response.status_code == 503 and "footnote index" in response.json()["reason"] and response.headers["Retry-After"]
    for call in (
        lambda: client.post("/api/ask", json={"question": "x"}),
        lambda: client.post("/api/chat", json={"question": "x"}),
        lambda: client.post("/v1/chat/completions", json=completion()),
        lambda: client.get("/api/documents"),
    ):
        response = call()
        assert response.status_code == 503 and "footnote index" in response.json()["error"]["message"]
    assert client.get("/api/threads").json() == []
    ready.append(FakeEngine())
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200
    assert client.get("/health").json() == {"status": "ready", "reason": "", "documents": 2, "empty": False, "login": False}


def test_an_index_that_comes_later_needs_nobody_to_ask(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.api.engine_host.RETRY_SECONDS", 0.0)
    there = threading.Event()

    def opener() -> FakeEngine:
        if not there.is_set():
            raise NoIndex("there is no index. Run: footnote index FOLDER")
        return FakeEngine()

    client = make(opener)
    assert client.get("/health").json()["status"] in ("unavailable", "starting")
    there.set()
    eventually(lambda: client.get("/health").status_code == 200)


def test_an_empty_index_answers_that_it_does_not_know(make: Make) -> None:
    client = make(FakeEngine(()))
    assert client.get("/health").json()["documents"] == 0
    assert client.get("/api/documents").json() == {"total": 0, "documents": [], "collections": {}}
    assert client.get("/api/starters").json()["questions"] == []
    assert client.post("/api/ask", json={"question": QUESTION}).json()["abstained"]


def test_health_waits_for_the_models(tmp_path: Path) -> None:
    loaded = threading.Event()

    def slow() -> FakeEngine:
        loaded.wait(10)
        return FakeEngine()

    with TestClient(create_app(slow, tmp_path / "c.sqlite3"), base_url="http://localhost") as client:
        response = client.get("/health")
        assert (response.status_code, response.json()["status"]) == (503, "starting")
        busy = client.post("/api/ask", json={"question": QUESTION})
        assert busy.status_code == 503 and busy.headers["Retry-After"]
        loaded.set()
        while client.get("/health").status_code == 503:
            time.sleep(0.02)
        assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200


def test_health_tells_when_the_stores_cannot_be_read(make: Make) -> None:
    engine = FakeEngine()
    client = make(engine)
    assert client.get("/health").status_code == 200
    engine.unreadable = "the Chroma server at http://vectors:8000 does not answer."
    response = client.get("/health")
    assert response.status_code == 503 and response.json()["status"] == "unavailable" and "vectors:8000" in response.json()["reason"]
    assert response.headers["Retry-After"]
    engine.unreadable = ""
    assert client.get("/health").status_code == 200, "it recovers by itself"


def test_metrics_count(make: Make) -> None:
    client = make()
    client.post("/api/ask", json={"question": QUESTION})
    client.post("/api/ask", json={"question": "Who is the moon?"})
    text = client.get("/metrics").text
    for line in (
        'footnote_answers_total{mode="extractive",outcome="answered"} 1.0',
        'footnote_answers_total{mode="extractive",outcome="abstained"} 1.0',
        "footnote_claims_shown_total 2.0",
        "footnote_claims_dropped_total 1.0",
        'footnote_requests_total{method="POST",route="/api/ask",status="200"} 2.0',
        "footnote_ready 1.0",
    ):
        assert line in text


def test_questions_stay_out_of_the_log(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "footnote")
    make().get("/api/search", params={"q": "a very private question about Korea"})
    assert "/api/search 200" in caplog.text and "private" not in caplog.text


def test_a_client_that_leaves_stops_its_work(tmp_path: Path) -> None:
    engine = FakeEngine(pause=0.2)
    with serving(create_app(lambda: engine, tmp_path / "c.sqlite3")) as base:
        wait_until_ready(base)
        for path, body in (
            ("/api/chat", {"question": QUESTION}),
            ("/api/ask", {"question": QUESTION}),
            ("/v1/chat/completions", completion(stream=True)),
            ("/v1/chat/completions", completion()),
        ):
            before = engine.stopped
            with pytest.raises(httpx.ReadTimeout), httpx.stream("POST", base + path, json=body, timeout=0.1) as response:
                response.read()
            eventually(lambda before=before: engine.stopped == before + 1 and engine.at_once == 0)  # type: ignore[misc]
        assert "footnote_answers_stopped_total 4.0" in httpx.get(base + "/metrics").text


def test_the_line_is_bounded_and_models_are_shared(tmp_path: Path) -> None:
    engines: list[FakeEngine] = []

    def opener() -> FakeEngine:
        engines.append(FakeEngine(pause=0.05))
        return engines[-1]

    with serving(create_app(opener, tmp_path / "c.sqlite3", queue=3)) as base:
        wait_until_ready(base)
        statuses = _many(base + "/api/ask", 12)
    assert set(statuses) == {200, 429} and statuses.count(200) >= 3
    assert len(engines) == 1 and engines[0].most_at_once == 1
    assert engines[0].closed, "the engine is closed at the end"


def test_the_same_question_is_not_answered_twice_at_once(tmp_path: Path) -> None:
    engine = FakeEngine(pause=0.3)
    with serving(create_app(lambda: engine, tmp_path / "c.sqlite3", queue=1)) as base:
        wait_until_ready(base)
        before = len(engine.asked)
        assert _many(base + "/api/ask", 8, QUESTION) == [200] * 8
        assert len(engine.asked) == before + 1
        assert "footnote_answers_shared_total 7.0" in httpx.get(base + "/metrics").text
        engine.catalog.by_source.pop(PAPER.source)
        assert len(httpx.post(base + "/api/ask", json={"question": QUESTION}).json()["citations"]) == 1, "the next question sees the change"


def _many(url: str, count: int, question: str = "") -> list[int]:
    from concurrent.futures import ThreadPoolExecutor

    def post(n: int) -> int:
        response = httpx.post(url, json={"question": question or f"{QUESTION} {n}"}, timeout=30)
        assert response.status_code == 200 or int(response.headers["Retry-After"]) >= 1
        return response.status_code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(post, range(count)))

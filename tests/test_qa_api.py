"""The HTTP API over a fake engine: answers, documents, errors, access, headers."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from index.errors import NoIndex
from qa.access import SECURITY_HEADERS, Access, write_user
from qa.access import read_users as users_of
from qa.api import create_app
from qa.api_guard import MAX_BODY
from qa.schema import Answer
from tests.fakes import PRESS, FakeEngine, serving

TOKEN = "0123456789abcdef"
QUESTION = "How much has Korea invested?"
Make = Callable[..., TestClient]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    opened: list[TestClient] = []

    def build(engine: Any = None, *, host: str = "127.0.0.1", **options: Any) -> TestClient:
        opener = engine if callable(engine) else lambda: engine or FakeEngine()
        app = create_app(opener, tmp_path / "chat.sqlite3", **options)
        client = TestClient(app, base_url=f"http://{host}", follow_redirects=False, raise_server_exceptions=False)
        opened.append(client)
        client.__enter__()
        for _ in range(500):
            if app.state.service.host.state != "starting":
                break
            time.sleep(0.01)
        return client

    yield build
    for client in opened:
        client.__exit__(None, None, None)


def test_ask_gives_the_answer_json(make: Make) -> None:
    engine = FakeEngine()
    body = {"question": QUESTION, "history": [{"question": "q", "answer": "a"}], "since": "2024", "until": "2024-06"}
    got = make(engine).post("/api/ask", json=body).json()
    answer = Answer(**{name: value for name, value in got.items() if name not in ("related", "notes")})
    assert [c.quote for c in answer.citations] == ["Korea has invested 9.6 billion dollars in Kazakhstan since 1992."]
    asked = engine.asked[1]
    assert (asked[0], asked[1][0].question, asked[2], asked[3]) == (QUESTION, "q", "2024-01-01", "2024-06-30")
    assert engine.refreshed == 1, "the next question sees new indexing"


def test_a_refusal_comes_with_the_nearest_passages(make: Make) -> None:
    got = make().post("/api/ask", json={"question": "Who is the moon?"}).json()
    assert got["abstained"] and not got["claims"] and got["related"][0]["source"] == PRESS.source


def test_search_and_documents(make: Make) -> None:
    client = make()
    hits = client.get("/api/search", params={"q": QUESTION, "k": 1}).json()["hits"]
    assert len(hits) == 1 and PRESS.text[hits[0]["start"] : hits[0]["end"]] == hits[0]["text"]
    listed = client.get("/api/documents").json()
    assert listed["total"] == 2 and [d["source"] for d in listed["documents"]] == ["paper.md", "press/plant.txt"]
    assert listed["documents"][0]["published"] == "2023", "a year is shown as a year"
    assert [d["source"] for d in client.get("/api/documents?offset=1&limit=5").json()["documents"]] == ["press/plant.txt"]
    whole = client.get("/api/documents/press/plant.txt").json()
    assert whole["text"] == PRESS.text and whole["date_known"] == "from the dateline"
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
    assert 'outcome="answered"} 4.0' in client.get("/metrics").text, "what the server asks itself is not counted"


def test_bad_requests_get_one_clear_message(make: Make) -> None:
    client = make()
    cases: list[tuple[int, str, httpx.Response]] = [
        (400, "valid JSON", client.post("/api/ask", content='{"question": ', headers={"Content-Type": "application/json"})),
        (422, "question", client.post("/api/ask", json={})),
        (422, "words", client.post("/api/ask", json={"question": " \n\x00 "})),
        (422, "2000", client.post("/api/ask", json={"question": "x" * 2001})),
        (422, "wrong", client.post("/api/ask", json={"question": "x", "wrong": 1})),
        (422, "since", client.post("/api/ask", json={"question": "x", "since": "2024-02-31"})),
        (413, str(MAX_BODY), client.post("/api/ask", json={"question": "x" * 10_000_000})),
        (404, "no document", client.get("/api/documents/nothing.txt")),
        (404, "Not Found", client.get("/nothing")),
        (405, "Method", client.get("/api/ask")),
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
    events = _events(client.post("/api/chat", json={"question": QUESTION}))
    names = [name for name, _ in events]
    assert names == ["thread", "step", "claim", "claim", "step", "answer"]
    thread, answer = events[0][1]["thread"], events[-1][1]
    assert answer["answer"]["conflicts"] and answer["markdown"].startswith("## ")
    assert events[2][1]["citations"][0]["n"] == 1
    _events(client.post("/api/chat", json={"question": "And how many jobs?", "thread": thread}))
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
    events = _events(client.post("/api/chat", json={"question": QUESTION}))
    assert events[-1][0] == "error" and "secret" not in json.dumps(events)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 500
    lines = client.post("/v1/chat/completions", json=_openai(stream=True)).text
    assert '"error"' in lines and "secret" not in lines
    assert "secret detail" in caplog.text, "the log has it"


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
        lambda: client.post("/v1/chat/completions", json=_openai()),
        lambda: client.get("/api/documents"),
    ):
        response = call()
        assert response.status_code == 503 and "footnote index" in response.json()["error"]["message"]
    assert client.get("/api/threads").json() == []
    ready.append(FakeEngine())
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200
    assert client.get("/health").json() == {"status": "ready", "reason": "", "documents": 2, "login": False}


def test_an_index_that_comes_later_needs_nobody_to_ask(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.engine_host.RETRY_SECONDS", 0.0)
    there = threading.Event()

    def opener() -> FakeEngine:
        if not there.is_set():
            raise NoIndex("there is no index. Run: footnote index FOLDER")
        return FakeEngine()

    client = make(opener)
    assert client.get("/health").json()["status"] in ("unavailable", "starting")
    there.set()
    _eventually(lambda: client.get("/health").status_code == 200)


def test_an_empty_index_answers_that_it_does_not_know(make: Make) -> None:
    client = make(FakeEngine(()))
    assert client.get("/health").json()["documents"] == 0
    assert client.get("/api/documents").json() == {"total": 0, "documents": []}
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


def test_every_response_carries_the_security_headers(make: Make) -> None:
    client = make()
    for path in (
        "/",
        "/document?source=x",
        "/docs",
        "/openapi.json",
        "/static/chat.js",
        "/api/documents",
        "/nothing",
        "/health",
        "/metrics",
    ):
        response = client.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value, path
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["cache-control"] in ("no-store", "no-cache")
    assert "'unsafe" not in SECURITY_HEADERS["Content-Security-Policy"] and "http" not in SECURITY_HEADERS["Content-Security-Policy"]


def test_pages_ask_nothing_from_outside(make: Make) -> None:
    client = make()
    static = Path(__file__).parents[1] / "qa" / "static"
    for path in static.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and "innerHTML" not in text, path.name
        assert "<script>" not in text and "onclick=" not in text.replace("onclick:", ""), path.name
        assert client.get(f"/static/{path.name}").status_code == 200


def test_cors_is_closed(make: Make) -> None:
    client = make()
    other = {"Origin": "http://evil.example"}
    assert client.post("/api/ask", json={"question": QUESTION}, headers=other).status_code == 403
    assert client.post("/api/ask", json={"question": QUESTION}, headers={"Origin": "null"}).status_code == 403
    assert client.options("/api/ask", headers={**other, "Access-Control-Request-Method": "POST"}).status_code == 405
    assert client.post("/api/ask", json={"question": QUESTION}, headers={"Origin": "http://127.0.0.1"}).status_code == 200


def test_a_local_server_answers_to_local_names_only(make: Make) -> None:
    assert make(host="evil.example").get("/api/documents").status_code == 421
    assert make(host="[::1]").get("/api/documents").status_code == 200
    assert make(host="localhost:8000").get("/api/documents").status_code == 200


def test_token_guards_everything_but_login_and_state(make: Make) -> None:
    client = make(access=Access(token=TOKEN, local_names_only=False), host="desk.example")
    for path in ("/", "/document", "/docs", "/openapi.json", "/metrics", "/api/documents", "/api/threads", "/v1/models"):
        response = client.get(path)
        assert response.status_code == 401 and response.headers["WWW-Authenticate"] == "Bearer", path
    assert client.post("/v1/chat/completions", json=_openai(), headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/health").json() == {"status": "ready", "reason": "", "documents": None, "login": True}
    assert client.get("/login").status_code == 200 and client.get("/static/base.css").status_code == 200
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=right).status_code == 200
    assert client.post("/v1/chat/completions", json=_openai(), headers=right).status_code == 200


def test_login_with_the_token(make: Make) -> None:
    client = make(access=Access(token=TOKEN, local_names_only=False), host="desk.example")
    page = client.get("/document?source=a%20b", headers={"Accept": "text/html"})
    assert page.status_code == 303 and page.headers["location"] == "/login?next=%2Fdocument%3Fsource%3Da%2520b"
    wrong = client.post("/login?next=/docs", data={"password": "wrong"})
    assert wrong.headers["location"] == "/login?failed=1&next=%2Fdocs" and "set-cookie" not in wrong.headers
    right = client.post(page.headers["location"], data={"password": TOKEN})
    assert right.headers["location"] == "/document?source=a%20b"
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and TOKEN not in cookie
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
    client.cookies.clear()
    client.cookies.set("footnote_session", "forged.1.2")
    assert client.get("/api/threads").status_code == 401


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y", ""])
def test_login_leads_nowhere_else(make: Make, target: str) -> None:
    client = make(access=Access(token=TOKEN, local_names_only=False))
    assert client.post("/login", params={"next": target}, data={"password": TOKEN}).headers["location"] == "/"


def test_users_see_their_own_conversations(make: Make, tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        write_user(tmp_path / "users", name, f"{name} has a long word")
    client = make(access=Access(token=TOKEN, users=users_of(tmp_path / "users")))
    threads = {}
    for name in ("ann", "bob"):
        client.cookies.clear()
        assert client.post("/login", data={"name": name, "password": f"{name} has a long word"}).headers["location"] == "/"
        threads[name] = _events(client.post("/api/chat", json={"question": QUESTION}))[0][1]["thread"]
        assert [item["id"] for item in client.get("/api/threads").json()] == [threads[name]]
    assert client.get(f"/api/threads/{threads['ann']}").status_code == 404, "bob is logged in"
    client.post("/logout")
    client.cookies.clear()
    assert client.get("/api/threads").status_code == 401


def test_password_guessing_is_slowed(make: Make) -> None:
    client = make(access=Access(token=TOKEN))
    got = [client.post("/login", data={"password": str(n)}).status_code for n in range(12)]
    assert got[:10] == [303] * 10 and got[10:] == [429, 429]


def test_rate_limit_answers_429(make: Make) -> None:
    client = make(questions_per_minute=4)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200
    refused = client.post("/api/ask", json={"question": QUESTION})
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
    assert client.get("/api/documents").status_code == 200, "reading is not counted"


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
        _ready(base)
        for path, body in (
            ("/api/chat", {"question": QUESTION}),
            ("/api/ask", {"question": QUESTION}),
            ("/v1/chat/completions", _openai(stream=True)),
            ("/v1/chat/completions", _openai()),
        ):
            before = engine.stopped
            with pytest.raises(httpx.ReadTimeout), httpx.stream("POST", base + path, json=body, timeout=0.1) as response:
                response.read()
            _eventually(lambda before=before: engine.stopped == before + 1 and engine.at_once == 0)  # type: ignore[misc]
        assert "footnote_answers_stopped_total 4.0" in httpx.get(base + "/metrics").text


def test_the_line_is_bounded_and_models_are_shared(tmp_path: Path) -> None:
    engines: list[FakeEngine] = []

    def opener() -> FakeEngine:
        engines.append(FakeEngine(pause=0.05))
        return engines[-1]

    with serving(create_app(opener, tmp_path / "c.sqlite3", queue=3)) as base:
        _ready(base)
        statuses = _many(base + "/api/ask", 12)
    assert set(statuses) == {200, 429} and statuses.count(200) >= 3
    assert len(engines) == 1 and engines[0].most_at_once == 1
    assert engines[0].closed, "the engine is closed at the end"


def _many(url: str, count: int) -> list[int]:
    from concurrent.futures import ThreadPoolExecutor

    def post(_n: int) -> int:
        response = httpx.post(url, json={"question": QUESTION}, timeout=30)
        assert response.status_code == 200 or int(response.headers["Retry-After"]) >= 1
        return response.status_code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(post, range(count)))


def _ready(base: str) -> None:
    _eventually(lambda: httpx.get(base + "/health").status_code == 200)


def _eventually(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def _openai(**more: Any) -> dict[str, Any]:
    return {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}], **more}


def _events(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    assert response.status_code == 200, response.text
    blocks = [block.split("\n") for block in response.text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]

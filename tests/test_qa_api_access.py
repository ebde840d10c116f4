"""Who may reach the API and the page, and what every response carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qa.api.access import SECURITY_HEADERS, Access, write_user
from qa.api.access import read_users as users_of
from tests.fakes import PRESS, FakeEngine
from tests.serving import QUESTION, Make, clients, completion, events_of

TOKEN = "0123456789abcdef"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with clients(tmp_path) as build:
        yield build


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
    static = Path(__file__).parents[1] / "qa" / "web" / "static"
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
    assert client.post("/v1/chat/completions", json=completion(), headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/health").json() == {"status": "ready", "reason": "", "documents": None, "empty": False, "login": True}
    assert client.get("/login").status_code == 200 and client.get("/static/base.css").status_code == 200
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=right).status_code == 200
    assert client.post("/v1/chat/completions", json=completion(), headers=right).status_code == 200


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
        threads[name] = events_of(client.post("/api/chat", json={"question": QUESTION}))[0][1]["thread"]
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


@pytest.mark.parametrize(
    "host", ["localhost:1@evil.example", "[::1].evil.example", "[::1]evil", "localhost:1:2", "127.0.0.1:80/x", "", "[::1", "a b"]
)
def test_a_host_that_only_begins_like_a_local_one_is_refused(make: Make, host: str) -> None:
    assert make().get("/api/documents", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "http://localhost:1@evil.example"])
def test_an_origin_that_is_no_address_is_refused(make: Make, origin: str) -> None:
    assert make().post("/api/ask", json={"question": QUESTION}, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/health", "/static/base.css", "/api/documents"])
def test_head_is_get_without_a_body(make: Make, path: str) -> None:
    client = make()
    told, whole = client.head(path), client.get(path)
    assert (told.status_code, told.content) == (200, b"") and whole.content
    assert told.headers["Content-Security-Policy"] == whole.headers["Content-Security-Policy"]
    assert client.head("/absent").status_code == 404


def test_a_document_with_a_line_break_in_its_name_is_opened(make: Make) -> None:
    odd = replace(PRESS, source="a\nb\n")
    client = make(FakeEngine([odd]))
    assert client.get("/api/documents/a%0Ab%0A").json()["text"] == odd.text
    assert client.get("/api/documents/a%0Ab").status_code == 404

"""Which language model writes: told, listed and switched over HTTP and on the page; a real server of models on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.api.access import Access
from qa.config import LlmSettings
from qa.llm.found import Found
from qa.llm.servers import Server
from qa.schema import Speed
from qa.web import writers
from qa.web.app import create_app
from tests.browser import needs_browser
from tests.fakes import FakeEngine
from tests.serving import Make, clients, serving, wait_until_ready

OLLAMA = Found("qwen3:8b", server=Server("Ollama", "http://127.0.0.1:11434/v1", ("qwen3:8b",)))
FILE = Found("smol", path=Path("/models/smol.gguf"))


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "at_hand", lambda: [OLLAMA, FILE])


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with clients(tmp_path) as build:
        yield build


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FakeEngine]]:
    engine = FakeEngine()
    with serving(create_app(lambda: engine, tmp_path_factory.mktemp("writers") / "c.sqlite3")) as base:
        yield base, engine


def test_models_are_listed_and_switched_over_a_real_port(server: tuple[str, FakeEngine]) -> None:
    base, engine = server
    wait_until_ready(base)
    assert httpx.get(f"{base}/api/models").json() == {"name": None, "speed": None, "may_switch": True, "at_hand": []}
    listed = httpx.get(f"{base}/api/models", params={"look": True}).json()["at_hand"]
    assert [(one["name"], one["in_use"]) for one in listed] == [("qwen3:8b", False), ("smol", False)]
    got = httpx.post(f"{base}/api/models", json={"name": "qwen3:8b"}).json()
    assert got["name"] == "qwen3:8b" and got["at_hand"][0]["in_use"]
    assert (engine.llm.kind, engine.llm.url, engine.llm.model) == ("openai", "http://127.0.0.1:11434/v1", "qwen3:8b")
    assert httpx.get(f"{base}/api/models").json()["name"] == "qwen3:8b"
    assert httpx.post(f"{base}/api/models", json={"name": None}).json()["name"] is None and engine.llm == LlmSettings()


def test_its_speed_is_told_as_it_was_measured(make: Make) -> None:
    engine = FakeEngine()
    engine.llm, engine.speed = LlmSettings(kind="local"), Speed(23.4, 1.25)
    assert make(engine).get("/api/models").json()["speed"] == {"words_per_second": 23.4, "first_word_s": 1.25}


@pytest.mark.parametrize(
    ("body", "status"), [({"name": "/etc/passwd.gguf"}, 400), ({"name": "smo"}, 400), ({}, 422), ({"name": "x", "url": "y"}, 422)]
)
def test_only_what_was_found_is_loaded(make: Make, body: dict[str, Any], status: int) -> None:
    engine = FakeEngine()
    assert make(engine).post("/api/models", json=body).status_code == status
    assert engine.llm == LlmSettings()


def test_the_model_of_the_settings_can_be_taken_again_with_its_key(make: Make) -> None:
    engine = FakeEngine()
    engine.llm = configured = LlmSettings(kind="openai", url="https://models.example/v1", model="org/large", api_key="secret")  # type: ignore[arg-type]
    client = make(engine)
    assert client.post("/api/models", json={"name": None}).json()["at_hand"][0]["name"] == "large"
    response = client.post("/api/models", json={"name": "large"})
    assert engine.llm == configured and response.json()["at_hand"][0]["in_use"] and "secret" not in response.text


def test_who_may_not_add_documents_may_not_switch(make: Make) -> None:
    engine = FakeEngine()
    client = make(engine, access=Access(token="0123456789abcdef"))
    headers = {"Authorization": "Bearer 0123456789abcdef"}
    assert client.get("/api/models", params={"look": True}, headers=headers).json() == {
        "name": None,
        "speed": None,
        "may_switch": False,
        "at_hand": [],
    }
    assert client.post("/api/models", json={"name": "smol"}, headers=headers).status_code == 403 and engine.llm == LlmSettings()


@needs_browser
def test_the_page_says_who_writes_and_switches(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/")
    summary = page.locator("#writer summary")
    page.get_by_text("Quotes only").first.wait_for()
    summary.click()
    page.get_by_label("qwen3:8b").check()
    page.get_by_text("qwen3:8b writes from the next question on").wait_for()
    assert summary.inner_text() == "Written by qwen3:8b" and server[1].llm.model == "qwen3:8b"
    assert page.inner_text("#writer-speed") == "How fast qwen3:8b writes is told here after its first answer."
    page.keyboard.press("Escape")
    assert page.locator("#writer .panel").is_hidden()
    server[1].speed = Speed(23.4, 1.25)
    page.reload()
    page.get_by_text("Written by qwen3:8b").wait_for()
    summary.click()
    page.get_by_text("qwen3:8b wrote 23.4 words a second, after 1.25 s of reading.").wait_for()
    page.get_by_role("radio", name="Quotes only").check()
    page.wait_for_function("() => document.querySelector('#writer summary').textContent === 'Quotes only'")
    assert server[1].llm == LlmSettings()

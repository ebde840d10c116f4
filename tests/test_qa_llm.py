"""The writer: settings, retries against a faulty server on the loopback, and that no key is ever shown."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate
from typing import Any

import pytest

from index.errors import ConfigError, LanguageModelError
from qa.config import LlmSettings
from qa.llm.client import LlmWriter, Message, load_llm
from qa.llm.retry import reason_of, retry_delay, scrub, secrets_in
from tests.fakes import FaultyServer

KEY = "sk-test-0123456789abcdef"
PROMPT = [Message("system", "Be short."), Message("user", "Hello")]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def writer_for(url: str, waits: list[float] | None = None, **settings: Any) -> LlmWriter:
    settings = {"kind": "openai", "model": "m", "url": url, "timeout_s": 5.0} | settings
    writer = load_llm(LlmSettings(**settings), sleep=(waits if waits is not None else []).append)
    assert writer is not None
    return writer


def write(writer: LlmWriter, schema: dict[str, Any] | None = None) -> str:
    return writer.write(PROMPT, schema=schema, max_tokens=50)


def test_none_is_no_writer() -> None:
    assert load_llm(LlmSettings(kind="none")) is None


def test_sends_messages_schema_and_limits() -> None:
    with FaultyServer("fine") as server:
        assert write(writer_for(server.url, api_key=KEY), SCHEMA) == "fine"
    body = server.bodies[0]
    assert [m["role"] for m in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == "Hello"
    assert body["max_tokens"] == 50 and body["temperature"] == 0.0
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.headers[0]["path"] == "/v1/chat/completions"


def test_a_url_without_path_gets_v1() -> None:
    with FaultyServer("fine") as server:
        write(writer_for(server.url.removesuffix("/v1")))
    assert server.headers[0]["path"] == "/v1/chat/completions"


def test_the_environments_key_is_not_sent_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FaultyServer("fine") as server:
        write(writer_for(server.url))
    assert KEY not in str(server.headers)


@pytest.mark.parametrize("fault", [429, 500, 503, *(f for f in FaultyServer.FAULTS if f != "hang")])
def test_a_fault_is_tried_again(fault: str | int) -> None:
    waits: list[float] = []
    with FaultyServer(fault, fault, "at last") as server:
        assert write(writer_for(server.url, waits, retries=2)) == "at last"
    assert len(server.bodies) == 3
    assert 0.25 <= waits[0] <= 0.75 and 0.5 <= waits[1] <= 1.5


@pytest.mark.parametrize("fault", [429, 500, *(f for f in FaultyServer.FAULTS if f != "hang")])
def test_a_lasting_fault_ends_as_one_line(fault: str | int) -> None:
    with FaultyServer(fault) as server, pytest.raises(LanguageModelError, match=r"'m' gave no usable text in 2 tries") as caught:
        write(writer_for(server.url, retries=1))
    assert len(server.bodies) == 2
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_hanging_server_is_left() -> None:
    with FaultyServer("hang", "awake") as server:
        assert write(writer_for(server.url, timeout_s=0.3, retries=1)) == "awake"
    with FaultyServer("hang") as server, pytest.raises(LanguageModelError, match="timeout"):
        write(writer_for(server.url, timeout_s=0.3, retries=0))


def test_a_refused_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    waits: list[float] = []
    with pytest.raises(LanguageModelError, match="3 tries"):
        write(writer_for(f"http://127.0.0.1:{port}/v1", waits, retries=2))
    assert len(waits) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_final(status: int) -> None:
    waits: list[float] = []
    with FaultyServer(status) as server, pytest.raises(LanguageModelError, match=f"1 try: .*{status}"):
        write(writer_for(server.url, waits, retries=5))
    assert len(server.bodies) == 1 and not waits


def test_retry_after_is_honoured_in_both_forms() -> None:
    waits: list[float] = []
    date = formatdate(time.time() + 4, usegmt=True)
    with FaultyServer((429, "3"), (503, date), (429, "soon"), "fine") as server:
        assert write(writer_for(server.url, waits, retries=3)) == "fine"
    assert waits[0] == 3.0 and 1.0 <= waits[1] <= 4.0 and waits[2] < 4.0


@pytest.mark.parametrize("after", ["86400", "inf", "1e999"])
def test_a_server_that_asks_for_a_day_is_left_at_once(after: str) -> None:
    waits: list[float] = []
    with FaultyServer((429, after)) as server, pytest.raises(LanguageModelError, match="1 try"):
        write(writer_for(server.url, waits, retries=5))
    assert not waits


def test_a_server_without_schemas_is_asked_without() -> None:
    with FaultyServer(400, "plain", "plain again") as server:
        writer = writer_for(server.url, retries=0)
        assert write(writer, SCHEMA) == "plain"
        assert write(writer, SCHEMA) == "plain again"
    assert ["response_format" in body for body in server.bodies] == [True, False, False]


def test_no_key_is_shown() -> None:
    body = (401, "0")
    with FaultyServer(body) as server, pytest.raises(LanguageModelError) as caught:
        write(writer_for(server.url.replace("http://", "http://ann:passw0rd@"), api_key=KEY))
    writer = writer_for(server.url, api_key=KEY, options={"default_headers": {"X-Auth-Token": "header-secret"}})
    assert {KEY, "header-secret"} <= set(writer.secrets)
    shown = f"{caught.value} {writer!r} {writer} {LlmSettings(kind='openai', api_key=KEY)!r}"
    for secret in (KEY, "passw0rd", "header-secret"):
        assert secret not in shown


def test_a_message_that_repeats_the_key_is_scrubbed_and_unchained() -> None:
    class Echo:
        def chat(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("bad key my-own-secret in 'Bearer my-own-secret', or sk-proj-abc***xyz")

    writer = LlmWriter(
        llm=Echo(),  # type: ignore[arg-type]
        name="echo",
        retries=0,
        timeout_s=1,
        takes_schema=False,
        takes_max_tokens=False,
        secrets=("my-own-secret",),
    )
    with pytest.raises(LanguageModelError) as caught:
        write(writer)
    assert "secret" not in str(caught.value) and "sk-" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_secrets_are_found_by_name_at_any_depth() -> None:
    found = secrets_in({"model": "m", "headers": {"Authorization": "Bearer abc123"}, "apiKey": "k1", "max_tokens": 5})
    assert "abc123" in found and "k1" in found and "m" not in found


def test_scrub_leaves_other_words() -> None:
    assert scrub("the key abcd-1234 of Kia", ["abcd-1234", "Kia", ""]) == "the key *** of Kia"


def test_delays_grow_and_are_bounded() -> None:
    delays = [[retry_delay(TimeoutError(), attempt) or 0 for _ in range(50)] for attempt in range(12)]
    assert all(0.5 * 0.5 * 2**n <= d <= 1.5 * 0.5 * 2**n for n in range(5) for d in delays[n])
    assert max(delays[11]) <= 45
    assert len(set(delays[0])) > 1, "jitter keeps clients apart"
    assert retry_delay(LanguageModelError("final"), 0) is None


def test_reason_names_what_happened() -> None:
    assert reason_of(TimeoutError("no text within 3 s")) == "timeout error: no text within 3 s"
    assert reason_of(ValueError("")) == "value error"
    assert "\n" not in reason_of(ValueError("a\nb" * 300))


CLASS = {"kind": "class", "import_path": "llama_index.core.llms.MockLLM"}


def test_any_llama_index_class() -> None:
    writer = load_llm(LlmSettings(**CLASS, options={"max_tokens": 2}))
    assert writer is not None and writer.name == "MockLLM"
    assert len(write(writer, SCHEMA).split()) == 2


def test_an_openai_class_takes_the_schema() -> None:
    with FaultyServer("fine") as server:
        settings = LlmSettings(
            kind="class",
            import_path="llama_index.llms.openai_like.OpenAILike",
            model="m",
            api_key=KEY,
            options={"api_base": server.url, "is_chat_model": True, "max_retries": 0},
        )
        writer = load_llm(settings)
        assert writer is not None and write(writer, SCHEMA) == "fine"
    assert "response_format" in server.bodies[0] and KEY in server.headers[0]["authorization"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "openai", "model": "m"}, "llm.url"),
        ({"kind": "openai", "url": "http://localhost:1/v1"}, "llm.model"),
        ({"kind": "openai", "model": "m", "url": "localhost:8080"}, "http://host:port"),
        ({"kind": "openai", "model": "m", "url": "ftp://host/v1"}, "http://host:port"),
        ({"kind": "class"}, "import_path"),
        ({"kind": "class", "import_path": "no_such_package.Llm"}, "installed class"),
        ({"kind": "class", "import_path": "Llm"}, "installed class"),
        ({"kind": "class", "import_path": "pathlib.Path"}, "not one"),
        ({**CLASS, "url": "http://x/v1"}, "openai"),
        ({**CLASS, "options": {"max_tokens": "many"}}, "MockLLM does not take"),
        ({"kind": "local", "options": {"temprature": 1}}, "temprature"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_llm(LlmSettings(**settings))


def test_a_constructors_message_does_not_show_the_key() -> None:
    with pytest.raises(ConfigError) as caught:
        load_llm(LlmSettings(**CLASS, options={"max_tokens": {"api_key": "shy-key-77"}}))
    assert "shy-key-77" not in str(caught.value) and caught.value.__context__ is None

"""/v1 with the real `openai` client over a real port, and against the OpenAPI schema with schemathesis."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.errors import UsageError
from qa.api.access import Access
from qa.api.models import ChatMessage
from qa.api.openai import MODELS, conversation
from qa.schema import Answer
from qa.web.app import create_app
from tests.fakes import PRESS, FakeEngine
from tests.serving import serving

openai = pytest.importorskip("openai", reason="the openai client is in the extra [dev]")
TOKEN = "0123456789abcdef"
QUESTION = "How much has Korea invested?"
QUOTE = "Korea has invested 9.6 billion dollars in Kazakhstan since 1992."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FakeEngine]]:
    engine = FakeEngine()
    app = create_app(lambda: engine, tmp_path_factory.mktemp("v1") / "c.sqlite3", Access(token=TOKEN))
    with serving(app) as base:
        yield base + "/v1", engine


@pytest.fixture
def client(server: tuple[str, FakeEngine]) -> Any:
    return openai.OpenAI(base_url=server[0], api_key=TOKEN, max_retries=2)


def test_models(client: Any) -> None:
    assert [model.id for model in client.models.list()] == list(MODELS)
    assert client.models.retrieve("footnote").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_plain_answer(client: Any) -> None:
    got = client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": QUESTION}], temperature=0.3)
    assert got.choices[0].message.content.startswith(f"- {QUOTE} [1]\n- ") and got.choices[0].finish_reason == "stop"
    assert got.usage.total_tokens == got.usage.prompt_tokens + got.usage.completion_tokens
    assert got.citations[0]["quote"] == QUOTE
    answer = Answer(**got.footnote)
    assert answer.answer == got.choices[0].message.content
    assert PRESS.text[answer.citations[0].start : answer.citations[0].end] == QUOTE


@pytest.mark.parametrize("model", MODELS)
def test_streamed_answer(client: Any, model: str) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    plain = client.chat.completions.create(model=model, messages=messages)
    assert text == plain.choices[0].message.content
    assert ("\nSources:\n[1] Plant opens in Almaty (2024-06-13): “Korea" in text) == (model == "footnote-with-sources")
    last = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason == "stop")
    assert last.citations[0]["quote"] == QUOTE and last.footnote["claims"]
    assert chunks[-1].usage.completion_tokens == plain.usage.completion_tokens
    assert len({chunk.id for chunk in chunks}) == 1 and len(chunks) >= 5, "sentences come one by one"


def test_history_and_parts(client: Any, server: tuple[str, FakeEngine]) -> None:
    first = client.chat.completions.create(model="footnote-with-sources", messages=[{"role": "user", "content": QUESTION}])
    messages = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": [{"type": "text", "text": "And how many"}, {"type": "text", "text": "jobs?"}]},
    ]
    client.chat.completions.create(model="footnote", messages=messages, extra_body={"since": "2020"})
    question, history, since, _until = server[1].asked[-1]
    assert (question, since) == ("And how many\njobs?", "2020-01-01")
    assert history[0].question == QUESTION and history[0].answer == first.footnote["answer"], "without our own list of sources"


def test_errors_are_those_the_client_knows(client: Any, server: tuple[str, FakeEngine]) -> None:
    user = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-9", messages=user)
    assert unknown.value.code == "model_not_found" and unknown.value.param == "model"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="footnote", messages=[{"role": "assistant", "content": "hello"}])
    with pytest.raises(openai.BadRequestError):
        image = [{"type": "image_url", "image_url": {"url": "data:,"}}]
        client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": image}])
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="footnote", messages=user, n=3)
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=server[0], api_key="wrong").models.list()


def test_conversation() -> None:
    def said(*pairs: tuple[Any, str]) -> list[ChatMessage]:
        return [ChatMessage(role=role, content=text) for role, text in pairs]

    messages = said(("system", "s"), ("user", "a"), ("user", "b"), ("assistant", "c"), ("tool", "t"), ("user", " d "))
    question, history = conversation(messages)
    assert (question, [(turn.question, turn.answer) for turn in history]) == ("d", [("a\nb", "c")])
    for wrong in (said(("system", "s")), said(("user", "  ")), said(("user", "a"), ("assistant", "b")), said(("user", "x" * 2001))):
        with pytest.raises(UsageError):
            conversation(wrong)


def test_node_client(server: tuple[str, FakeEngine]) -> None:
    """Runs when NODE_OPENAI_FOLDER names a folder where `npm install openai` was run."""
    modules = os.environ.get("NODE_OPENAI_FOLDER")
    if modules is None or shutil.which("node") is None:
        pytest.skip("set NODE_OPENAI_FOLDER to a folder with the npm package openai")
    script = """
        import OpenAI from "openai";
        const client = new OpenAI({ baseURL: process.env.BASE, apiKey: process.env.KEY });
        const messages = [{ role: "user", content: "How much has Korea invested?" }];
        const plain = await client.chat.completions.create({ model: "footnote", messages });
        let text = "";
        for await (const chunk of await client.chat.completions.create({ model: "footnote", messages, stream: true }))
          text += chunk.choices[0]?.delta?.content ?? "";
        console.log(JSON.stringify({ plain: plain.choices[0].message.content, quote: plain.citations[0].quote, text }));
    """
    env = {**os.environ, "BASE": server[0], "KEY": TOKEN}
    ran = subprocess.run(["node", "--input-type=module", "-e", script], cwd=modules, env=env, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    got = json.loads(ran.stdout)
    assert got["quote"] == QUOTE and got["plain"] == got["text"]


@pytest.mark.slow
def test_schema_describes_what_the_server_does(tmp_path: Path) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is in the extra [dev]")
    from hypothesis import HealthCheck, given, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, negative_data_rejection]
    app = create_app(FakeEngine, tmp_path / "c.sqlite3", Access(local_names_only=False))
    seen = set()
    with TestClient(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        for result in schema.get_all_operations():
            operation = result.ok()
            seen.add(f"{operation.method.upper()} {operation.path}")
            for mode in schemathesis.GenerationMode:

                @settings(max_examples=5, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
                @given(case=operation.as_strategy(generation_mode=mode))
                def check(case: Any) -> None:
                    case.call_and_validate(checks=checks)

                with suppress(Unsatisfiable):  # nothing about a request without parameters can be wrong
                    check()
    assert "POST /v1/chat/completions" in seen and len(seen) >= 14

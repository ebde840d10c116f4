"""Which language models are at hand, how much they take at once, and what 'footnote llm' makes of it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import qa.llm.servers as llm_servers
from index.config import load_settings
from index.errors import ConfigError, FootnoteError, UsageError
from qa.cli import build_app
from qa.config import Settings
from qa.llm.found import Found, gguf_files, named
from qa.llm.hint import hint
from qa.llm.servers import OLLAMA_WINDOW, Server, is_loopback, servers, window_of
from qa.llm.settings import write_llm
from tests.fakes import FaultyServer, ModelServer

MODELS = {"/v1/models": {"data": [{"id": "tern:1b", "object": "model"}, {"id": "gull"}]}}
PROBED = ("A season ticket costs 85 and is valid until October [2].", "Ilse Brandt was elected treasurer [3].", "NO ANSWER")


class TestServers:
    def test_those_that_answer_with_models(self) -> None:
        with ModelServer(MODELS) as one, ModelServer({}) as other:
            found = servers({"LM Studio": one.port, "Jan": other.port, "vLLM": 1})
        assert found == [Server("LM Studio", one.url, ("tern:1b", "gull"))]

    @pytest.mark.parametrize(
        "page",
        ["<html>It works!</html>", "[1, 2]", {"data": "x"}, {"data": [7, {"id": "\x1b[2J"}]}, "x" * 3_000_000, "[" * 100_000],
    )
    def test_another_program_at_that_port_is_none(self, page: Any) -> None:
        with ModelServer({"/v1/models": page}) as server:
            assert servers({"Jan": server.port}) == []

    def test_only_the_loopback_is_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []
        monkeypatch.setattr(llm_servers, "_get", lambda url, key=None: asked.append(url))
        assert servers() == [] and len(asked) == len(llm_servers.USUAL)
        assert all(is_loopback(url) for url in asked) and not is_loopback("http://127.evil.example:80/v1".replace("127.", "x127."))


class TestWindow:
    @pytest.mark.parametrize(
        ("pages", "window"),
        [
            ({"/v1/models": {"data": [{"id": "m", "max_model_len": 32768}]}}, 32768),
            ({"/props": {"default_generation_settings": {"n_ctx": 8192}}}, 8192),
            ({"/api/v0/models/m": {"loaded_context_length": 6144}}, 6144),
            ({"/v1/models": {"data": [{"id": "m", "owned_by": "library"}]}}, OLLAMA_WINDOW),
            (
                {
                    "/v1/models": {"data": [{"id": "m", "owned_by": "library"}]},
                    "/api/ps": {"models": [{"name": "m", "context_length": 16384}]},
                },
                16384,
            ),
            ({"/v1/models": {"data": [{"id": "m", "meta": {"n_ctx": 2048}}]}}, 2048),
            ({"/v1/models": {"data": [{"id": "m", "max_model_len": True}]}, "/props": {"default_generation_settings": 7}}, None),
            ({"/v1/models": {"data": [{"id": "m", "max_model_len": 7}]}}, None),
            ({}, None),
        ],
        ids=["vLLM", "llama.cpp", "LM Studio", "Ollama, not loaded", "Ollama", "Jan", "nonsense", "too small", "silent"],
    )
    def test_is_what_the_server_tells(self, pages: dict[str, Any], window: int | None) -> None:
        with ModelServer(pages) as server:
            assert window_of(server.url, "m") == window


class TestFiles:
    def test_models_wherever_programs_keep_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa.llm.found.SMALLEST", 10)
        for name in ("a/b/tern-1b.gguf", "mmproj-eyes.gguf", "gull-00001-of-00002.gguf", "gull-00002-of-00002.gguf", "notes.txt"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"GGUF and more")
        (tmp_path / "vocabulary.gguf").write_bytes(b"GGUF")
        (tmp_path / "again.gguf").symlink_to(tmp_path / "a/b/tern-1b.gguf")
        assert {p.name for p in gguf_files([str(tmp_path), str(tmp_path / "no such folder")])} == {
            "tern-1b.gguf",
            "gull-00001-of-00002.gguf",
        }

    def test_a_name_its_beginning_or_a_path(self, tmp_path: Path) -> None:
        found = [
            Found("tern:1b", Server("Ollama", "http://127.0.0.1:1/v1", ("tern:1b",))),
            Found("gull-2b", path=tmp_path / "gull-2b.gguf"),
        ]
        assert named("Tern", found).settings == {"kind": "openai", "url": "http://127.0.0.1:1/v1", "model": "tern:1b"}
        assert named("gull-2b", found).settings == {"kind": "local", "model": str(tmp_path / "gull-2b.gguf")}
        path = tmp_path / "own.gguf"
        path.write_bytes(b"GGUF")
        assert named(str(path), found).path == path
        for unknown in ("swan", "", str(tmp_path / "none.gguf")):
            with pytest.raises(UsageError, match="tern:1b"):
                named(unknown, found)


class TestSettings:
    @pytest.mark.parametrize(
        "before",
        [
            "",
            '[store]\npath = "x"\n',
            '# mine\n[llm]\nkind = "local"   # the old one\nmodel = "a.gguf"\n\n[answer]\ncandidates = 9\n',
            '[llm]\nkind = "class"\napi_key = "k"\nimport_path = "a.B"\ntimeout_s = 9.0\n[llm.options]\nb = "[x]"\n[store]\npath = "x"\n',
            '[answer]\ncandidates = 9\n[llm]\nkind = "none"',
        ],
    )
    def test_the_rest_of_the_file_stays(self, tmp_path: Path, before: str) -> None:
        path = tmp_path / "footnote.toml"
        path.write_text(before, encoding="utf-8")
        values = {"kind": "openai", "url": "http://127.0.0.1:1/v1", "model": 'a "b" é', "reads": True}
        for _ in range(2):
            write_llm(values, path)
        old, new = tomllib.loads(before), tomllib.loads(path.read_text(encoding="utf-8"))
        kept = {name: value for name, value in old.pop("llm", {}).items() if name == "timeout_s"}
        assert new.pop("llm") == values | kept and new == old
        assert "# mine" in path.read_text(encoding="utf-8") or "# mine" not in before
        if "api_key" in before:
            assert '# api_key = "k"' in path.read_text(encoding="utf-8"), "kept for the way back"

    @pytest.mark.parametrize(
        "before", ['llm = { kind = "none" }\n', 'llm.kind = "none"\n', "[llm\n", '[llm]\noptions = """\n[store]\n"""\n']
    )
    def test_what_cannot_be_changed_safely_stays_as_it_is(self, tmp_path: Path, before: str) -> None:
        path = tmp_path / "footnote.toml"
        path.write_text(before, encoding="utf-8")
        with pytest.raises(ConfigError):
            write_llm({"kind": "local", "model": "m.gguf"}, path)
        assert path.read_text(encoding="utf-8") == before


class TestCommand:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("qa.llm.found.PLACES", (str(tmp_path / "models"),))
        monkeypatch.setattr("qa.llm.found.gguf_files", lambda places=(): [])

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(build_app(), ["llm", *arguments])

    def held_by(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setattr("qa.llm.found.servers", lambda: [Server("Ollama", url, ("tern:1b",))])

    def test_nothing_at_hand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa.llm.found.servers", lambda: [])
        shown = self.run()
        assert shown.exit_code == 0 and "No language model is at hand" in shown.stdout and "In use: none" in shown.stdout

    def test_lists_and_uses_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultyServer(*PROBED) as server:
            self.held_by(monkeypatch, server.url)
            assert "tern:1b" in self.run().stdout
            used = self.run("use", "tern")
            assert used.exit_code == 0 and "3 of 3 right" in used.stdout
            assert tomllib.loads(Path("footnote.toml").read_text(encoding="utf-8"))["llm"] == {
                "kind": "openai", "url": server.url, "model": "tern:1b", "reads": True,
            }  # fmt: skip
            assert json.loads(self.run("--json").stdout)[0]["in_use"] is True
            assert self.run("use", "none").exit_code == 0
        assert tomllib.loads(Path("footnote.toml").read_text(encoding="utf-8"))["llm"] == {"kind": "none"}

    def test_one_that_is_too_small_is_written_as_such(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultyServer("I like trains.") as server:
            self.held_by(monkeypatch, server.url)
            used = self.run("use", "tern:1b")
        assert "too small" in used.stdout
        assert tomllib.loads(Path("footnote.toml").read_text(encoding="utf-8"))["llm"]["reads"] is False

    def test_one_that_does_not_answer_is_not_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultyServer(401) as server:
            self.held_by(monkeypatch, server.url)
            failed = self.run("use", "tern:1b")
        assert isinstance(failed.exception, FootnoteError) and not Path("footnote.toml").exists()

    def test_an_environment_that_wins_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOOTNOTE_LLM__KIND", "none")
        failed = self.run("use", "none")
        assert isinstance(failed.exception, UsageError) and "FOOTNOTE_LLM__KIND" in str(failed.exception)

    def test_test_needs_one_in_use(self) -> None:
        assert isinstance(self.run("test").exception, UsageError)


class TestHint:
    def settings(self, folder: Path, **fields: Any) -> Settings:
        return load_settings(Settings, {"store": {"path": folder}, **fields})

    def test_a_model_at_hand_is_told_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa.llm.servers.servers", lambda: [Server("Ollama", "http://127.0.0.1:1/v1", ("tern:1b",))])
        assert "footnote llm use tern:1b" in hint(self.settings(tmp_path))
        assert hint(self.settings(tmp_path)) == ""

    def test_nobody_is_told_of_none_or_beside_one_in_use(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa.llm.servers.servers", lambda: [])
        assert hint(self.settings(tmp_path)) == hint(self.settings(tmp_path / "no such folder")) == ""
        assert hint(self.settings(tmp_path, llm={"kind": "local"})) == "" and not list(tmp_path.iterdir())

    def test_our_own_server_is_no_model(self) -> None:
        with ModelServer({"/v1/models": {"data": [{"id": "footnote"}]}}) as server:
            assert servers({"vLLM": server.port}) == []

"""deploy/: what can be checked of an image and a compose file without a Docker engine, and the same parts as plain processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import yaml

from index.config import load_settings
from qa.cli import build_app
from qa.config import Settings
from qa.web.server import LAST_SECONDS
from tests.needs import find_or_skip

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "front"]
ANSWERING = ["answers-a", "answers-b"]
TOKEN = "0123456789abcdef"
CHROMA = Path(sys.executable).with_name("chroma")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: (word, rest), continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#"))).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def test_commands_are_commands_of_ours() -> None:
    group = typer.main.get_command(build_app())
    for name in OURS:
        program, *arguments = SERVICES[name]["command"]
        if program == "footnote":
            group.commands[arguments[0]].make_context(arguments[0], arguments[1:])  # type: ignore[attr-defined]  # raises for an unknown option
        else:
            told = subprocess.run([CHROMA, "run", "--help"], capture_output=True, text=True, check=True).stdout
            assert program == "chroma" and all(word in told for word in arguments if word.startswith("--"))


def test_settings_are_settings_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in OURS:
        for key, value in SERVICES[name]["environment"].items():
            if key.startswith("FOOTNOTE_"):
                monkeypatch.setenv(key, value)
    settings = load_settings(Settings)
    assert str(settings.store.path) == "/var/lib/footnote" and settings.store.url == "http://vectors:8000"


def test_names_fit_together() -> None:
    for name, service in SERVICES.items():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        named = [volume.split(":")[0] for volume in service["volumes"] if not volume.startswith((".", "$"))]
        assert set(named) <= set(COMPOSE["volumes"]), name
    upstreams = re.findall(r"(\S+):(\d+)", re.search(r"reverse_proxy (.*) \{", (DEPLOY / "Caddyfile").read_text()).group(1))  # type: ignore[union-attr]
    assert [host for host, _ in upstreams] == ANSWERING
    assert all(port == SERVICES[host]["command"][-1] for host, port in upstreams)
    assert all("index:/var/lib/footnote" in SERVICES[name]["volumes"] for name in [*ANSWERING, "indexer"]), "one catalog"


def test_it_is_closed_and_looked_after() -> None:
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"] and service["read_only"] and service["restart"] == "unless-stopped", name
        assert ("healthcheck" in service) == (name != "indexer"), name
        assert ("ports" in service) == (name == "front"), "only the front door is open"
    assert SERVICES["front"]["ports"] == ["${FOOTNOTE_PUBLISH:-127.0.0.1:8080}:8080"], "to this machine, unless told otherwise"
    assert COMPOSE["networks"]["inside"]["internal"] and all(SERVICES[name]["networks"] == ["inside"] for name in OURS)
    assert "${FOOTNOTE_TOKEN:?" in SERVICES["answers-a"]["environment"]["FOOTNOTE_TOKEN"], "no token, no start"
    assert int(SERVICES["answers-a"]["stop_grace_period"].rstrip("s")) > LAST_SECONDS


def test_the_image_is_made_of_what_is_there() -> None:
    steps = instructions()
    kept = [line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in steps:
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists() and any(fnmatch(source, pattern) for pattern in kept), source
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = next(rest.split("=")[1] for word, rest in steps if word == "ARG" and rest.startswith("EXTRAS="))
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert all(re.fullmatch(r"python:3\.1[123]-slim-\w+( AS \w+)?", rest) for word, rest in steps if word == "FROM")
    assert [rest for word, rest in steps if word == "USER"] == ["10001"]
    made = next(rest for word, rest in steps if word == "RUN" and "useradd" in rest)
    for name in OURS:
        for volume in SERVICES[name]["volumes"]:
            assert volume.removesuffix(":ro").rpartition(":")[2] in made, "the user may write where a volume is mounted"


@pytest.mark.parametrize(
    "command",
    [["hadolint", "Dockerfile"], ["caddy", "validate", "--adapter", "caddyfile", "--config", "Caddyfile"]],
    ids=lambda command: command[0],
)
def test_tools_of_others_find_nothing(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    ran = subprocess.run(command, cwd=DEPLOY, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


class Part:
    """A service of the compose file as a process: its own command and environment, with this machine's ports and folders."""

    def __init__(self, name: str, folder: Path, ports: dict[str, int]) -> None:
        self.folder, self.port = folder, ports.get(name, 0)
        places = {"/var/lib/chroma": folder / "chroma", "/var/lib/footnote": folder / "index", "/documents": folder / "documents"}
        own = {"footnote": [sys.executable, "-m", "qa.cli"], "chroma": [str(CHROMA)], "0.0.0.0": ["127.0.0.1"], "8000": [str(self.port)]}
        self._command: list[str] = []
        for word in SERVICES[name]["command"]:
            self._command += own.get(word, [str(places.get(word, word))])
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        for key, value in (SERVICES[name].get("environment") or {}).items():
            self._env[key] = str(places.get(value, value)).replace("vectors:8000", f"127.0.0.1:{ports['vectors']}")
        if "FOOTNOTE_TOKEN" in self._env:
            self._env["FOOTNOTE_TOKEN"] = TOKEN
        self._log = folder / f"{name}.log"
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            self.process = subprocess.Popen(self._command, env=self._env, cwd=self.folder, stdout=log, stderr=log)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)

    def until(self, path: str, status: int = 200) -> httpx.Response:
        """The response of `path` once it has that status."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self._log.read_text()
            try:
                response = httpx.get(f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20)
                if response.status_code == status:
                    return response
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{path} never gave {status}: {self._log.read_text()}")


@contextmanager
def front(folder: Path, ports: dict[str, int]) -> Iterator[list[str]]:
    """Where to send questions: the real front door where caddy is installed, else the servers in turn."""
    if shutil.which("caddy") is None:
        yield [f"http://127.0.0.1:{ports[name]}" for name in ANSWERING]
        return
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8").replace(":8080 {", f":{ports['front']} {{")
    for name in ANSWERING:
        text = text.replace(f"{name}:8000", f"127.0.0.1:{ports[name]}")
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
    env = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "front.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        yield [f"http://127.0.0.1:{ports['front']}"]
    finally:
        process.terminate()
        process.wait()


def ask(addresses: list[str], question: str, patience: float = 20.0) -> httpx.Response:
    """One question as the front door sends it: to the next server as long as none takes the connection."""
    deadline = time.monotonic() + patience
    while True:
        for address in addresses:
            try:
                return httpx.post(
                    f"{address}/api/ask", json={"question": question}, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60
                )
            except httpx.ConnectError:
                assert time.monotonic() < deadline, "no server takes connections"
        time.sleep(0.2)


@pytest.fixture
def ports() -> dict[str, int]:
    free: dict[str, int] = {}
    for name in SERVICES:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free[name] = probe.getsockname()[1]
    return free


@pytest.mark.models
@pytest.mark.slow
def test_servers_restart_one_after_the_other_while_people_ask_and_documents_come(tmp_path: Path, ports: dict[str, int]) -> None:
    for model in ("all-minilm-l6-v2", "ms-marco-minilm-l-12-v2", "en-core-web-sm"):
        find_or_skip(model)
    if not CHROMA.exists():
        pytest.skip("no chroma command beside this Python")
    documents = tmp_path / "documents"
    documents.mkdir()
    shutil.copy(ROOT / "examples" / "kazakhstan-korea" / "power-letter.txt", documents)
    parts: dict[str, Part] = {}
    try:
        for name in OURS:
            parts[name] = Part(name, tmp_path, ports)
            if name == "vectors":
                parts[name].until("/api/v2/heartbeat")
        for name in ANSWERING:
            parts[name].until("/health")
        with front(tmp_path, ports) as addresses:
            _through_a_rolling_restart(parts, addresses, documents)
        _without_vectors(parts)
        assert parts["answers-a"].stop() == 0
    finally:
        for part in parts.values():
            if part.process.poll() is None:
                part.stop(signal.SIGKILL)


def _through_a_rolling_restart(parts: dict[str, Part], addresses: list[str], documents: Path) -> None:
    statuses: list[int] = []
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            answer = ask(addresses, "Which firm builds a power plant?")
            until = time.monotonic() + 60
            while answer.status_code == 503 and time.monotonic() < until:  # a server that is going down says when to come again
                time.sleep(float(answer.headers.get("retry-after", 1)))
                answer = ask(addresses, "Which firm builds a power plant?")
            statuses.append(answer.status_code)
            time.sleep(0.5)

    asker = threading.Thread(target=keep_asking)
    asker.start()
    (documents / "chess.txt").write_text(
        "ALMATY, May 5, 2024\n\nThe Zhetysu chess cup was won by Aigerim Sadykova on Sunday.\n", encoding="utf-8"
    )
    parts["answers-a"].stop()
    parts["answers-a"].start()
    parts["answers-a"].until("/health")
    assert parts["answers-b"].stop() == 0
    for _ in range(60):
        answer = ask(addresses, "Who won the Zhetysu chess cup?").json()
        if not answer.get("abstained", True):
            break
        time.sleep(1)
    assert "Sadykova" in answer["answer"], "what the indexer took up meanwhile is answered from"
    done.set()
    asker.join()
    assert statuses and set(statuses) == {200}, "no question was lost for who comes again"


def _without_vectors(parts: dict[str, Part]) -> None:
    parts["vectors"].stop(signal.SIGKILL)
    told = parts["answers-a"].until("/health", 503).json()
    assert told["status"] == "unavailable" and "http://127.0.0.1:" in told["reason"], "which server does not answer"
    parts["vectors"].start()
    parts["vectors"].until("/api/v2/heartbeat")
    parts["answers-a"].until("/health")
    assert ask([f"http://127.0.0.1:{parts['answers-a'].port}"], "Who won the Zhetysu chess cup?").json()["citations"]

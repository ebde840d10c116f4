"""A terminal in a made-up home, for commands that pages show: bash as it is, `footnote` in the process of the tests.

`footnote` and the other programs of the environment are small scripts on the PATH that ask this process. Models are
loaded once for all commands. What stays (a server) becomes a process of its own: it is awaited, and stopped at the end.
Knows nothing of pages.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from index.models.registry import user_cache
from qa.cli import main

ROOT = Path(__file__).parents[1]
ARTICLES = ROOT / "examples" / "kazakhstan-korea"
# In the checkout: copied what commands may write into, linked the rest.
COPIED = ["README.md", "deploy", "docs", "eval", "examples"]
LINKED = [
    *("CONTRIBUTING.md Makefile index pyproject.toml qa tests".split()),
    *("requirements-models.txt requirements-test-models.txt requirements.lock requirements-dev.lock".split()),
]
ASKER = """
import json, os, socket, sys
stdin = sys.stdin.read() if sys.argv[1:3] in (["footnote", "chat"], ["footnote", "adduser"]) else ""
asked = {"program": sys.argv[1], "arguments": sys.argv[2:], "cwd": os.getcwd(), "env": dict(os.environ), "stdin": stdin}
with socket.create_connection(("127.0.0.1", int(os.environ["TERMINAL_PORT"]))) as line:
    line.sendall(json.dumps(asked).encode() + b"\\n")
    got = json.loads(line.makefile("rb").read())
sys.stdout.buffer.write(got["out"].encode())
sys.stderr.buffer.write(got["err"].encode())
sys.exit(got["code"])
"""
# Every other Python that a command starts is behind the block of tests/network.py, and leaves a note of what was refused.
BLOCKER = """
import os
from tests import network
class Noted(list):
    def append(self, attempt):
        super().append(attempt)
        with open(os.environ["TERMINAL_REFUSED"], "a") as notes:
            notes.write(attempt + "\\n")
network.attempts = Noted()
network.block()
"""
# curl fails on an error of the server, and reaches nothing but this machine.
CURLRC = 'fail-with-body\nshow-error\nproxy = "http://127.0.0.1:9"\nnoproxy = "127.0.0.1,localhost"\n'
ADDRESS = re.compile(r"\b(127\.0\.0\.1|localhost|0\.0\.0\.0):(\d{4,5})\b")
PORT_OPTION = re.compile(r"(?<=--port[ =])(\d{4,5})\b")
# An absolute path of the page; not of a URL, a tag, a pattern, this machine, the API, or a conversation ("/show 2").
NOT_OURS = (
    r"(?:dev|usr|bin|etc|proc|api|v1|health|metrics|show|open|why|in|export|search|documents?|since|until|save|new|help|quit|sources)\b"
)
ABSOLUTE = re.compile(r"(?<![\w.~/:$})*^<\\-])/(?!" + NOT_OURS + r")(?=([a-z][\w.-]*))")
WAIT_S = 120


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Started:
    """A program that stays until it is told to go."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop: signal.Signals = signal.SIGTERM
    may_be_killed: bool = False


@dataclass
class Terminal:
    """One shell session: what a command exports and where it goes holds for the next one."""

    folder: Path
    env: dict[str, str] = field(init=False)
    started: list[Started] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder / "home" / "ann"
        self.cwd = self.checkout = self.home / "footnote"
        self.ports: dict[str, int] = {}
        self._state = self.folder / ".state"
        self._refused = self.folder / ".refused"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        _lay_out(self.checkout)
        (self.folder / ".site").mkdir()
        (self.folder / ".site" / "sitecustomize.py").write_text(BLOCKER, encoding="utf-8")
        (self.home / ".curlrc").write_text(CURLRC, encoding="utf-8")
        foreign = ("FOOTNOTE_", "COV_", "PYTEST_", "MAKE", "MFLAGS")  # a make inside "make test" would tell where it enters and leaves
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
            "HOME": str(self.home),
            "PATH": f"{self.checkout / '.venv' / 'bin'}:{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(user_cache().parent),  # the compiled models of this machine
            "PYTHONPATH": f"{self.folder / '.site'}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "80",
            "TERMINAL_PORT": str(self._listener.getsockname()[1]),
            "TERMINAL_REFUSED": str(self._refused),
        }

    def here(self, text: str) -> str:
        """The text with the page's ports and absolute paths replaced by ones of this terminal."""

        def placed(match: re.Match[str]) -> str:
            (self.folder / match[1]).mkdir(exist_ok=True)
            return f"{self.folder}/"

        text = ADDRESS.sub(lambda match: f"{match[1]}:{self.port(match[2])}", text)
        text = PORT_OPTION.sub(lambda match: str(self.port(match[1])), text)
        return ABSOLUTE.sub(placed, text)

    def there(self, text: str) -> str:
        """The reverse: what was printed, as the page would show it."""
        for shown, port in self.ports.items():
            text = text.replace(f":{port}", f":{shown}")
        return text.replace(f"{self.home}/footnote/", "").replace(f"{self.folder}/", "/")

    def port(self, shown: str) -> int:
        """The free port that stands for a shown one."""
        if shown not in self.ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.ports[shown] = probe.getsockname()[1]
        return self.ports[shown]

    def answers(self, shown: str) -> bool:
        """Whether something listens on the port that stands for a shown one."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port(shown))) == 0

    def type(self, text: str, stdin: str = "") -> Done:
        """Run a command as it stands on the page."""
        out, err = self.folder / ".out", self.folder / ".err"
        keep = f"trap 'code=$?; env -0 > {self._state}; exit $code' EXIT\nset -o pipefail -o allexport\n"
        with out.open("wb") as to_out, err.open("wb") as to_err, tempfile.TemporaryFile() as feed:
            feed.write(stdin.encode())
            feed.seek(0)
            command = ["bash", "-c", keep + self.here(text)]
            shell = subprocess.Popen(command, cwd=self.cwd, env=self.env, stdin=feed, stdout=to_out, stderr=to_err)
            try:
                self._attend(shell)
            finally:
                shell.kill()
                shell.wait()
        pairs = (pair.partition("=") for pair in self._state.read_text().split("\0") if pair)
        self.env = {name: value for name, _, value in pairs if name not in ("_", "SHLVL", "OLDPWD")}
        self.cwd = Path(self.env.pop("PWD"))
        return Done(shell.returncode, self.there(out.read_text()), self.there(err.read_text()))

    def run_python(self, code: str) -> Done:
        """Run a snippet in a Python of its own."""
        ran = subprocess.run([sys.executable, "-c", self.here(code)], cwd=self.cwd, env=self.env, capture_output=True, text=True)
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def _attend(self, shell: subprocess.Popen[bytes]) -> None:
        """Do what the shell's programs ask for until it ends."""
        while shell.poll() is None:
            with contextlib.suppress(TimeoutError):
                line, _ = self._listener.accept()
                line.settimeout(None)
                with line, line.makefile("rb") as reader:
                    asked = json.loads(reader.readline())
                    done = self._program(**asked)
                    line.sendall(json.dumps({"code": done.code, "out": done.out, "err": done.err}).encode())

    def _program(self, program: str, arguments: list[str], cwd: str, env: dict[str, str], stdin: str) -> Done:
        if program == "chroma":
            return self._start("chroma", [str(Path(sys.executable).with_name("chroma")), *arguments], cwd, env, _connects(arguments))
        if arguments[:1] == ["serve"]:
            if "--port" not in arguments:
                arguments = [*arguments, "--port", str(self.port("8000"))]
            return self._start("serve", [sys.executable, "-m", "qa.cli", *arguments], cwd, env, _healthy(arguments))
        if arguments[:1] == ["mcp"]:
            return _introduce([sys.executable, "-m", "qa.cli", *arguments], cwd, env)
        if "--watch" in arguments:
            return self._start("watch", [sys.executable, "-m", "qa.cli", *arguments], cwd, env, lambda log: log.stat().st_size > 0)
        return in_process(arguments, cwd, env, stdin)

    def _start(self, name: str, command: list[str], cwd: str, env: Mapping[str, str], ready: Callable[[Path], bool]) -> Done:
        self.stop(name)
        log = self.folder / f".{name}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        how = signal.SIGINT if name == "watch" else signal.SIGTERM
        self.started.append(Started(name, process, log, how, may_be_killed=name == "chroma"))
        deadline = time.monotonic() + WAIT_S
        while process.poll() is None and time.monotonic() < deadline:
            if ready(log):
                return Done(0, "", "")
            time.sleep(0.05)
        return Done(process.poll() or 1, "", log.read_text())

    def stop(self, name: str | None = None) -> None:
        """Stop the started programs, or those of this name; each must end as a program does that was asked to."""
        going = [one for one in self.started if name in (None, one.name)]
        self.started = [one for one in self.started if one not in going]
        for one in going:
            one.process.send_signal(one.stop)
        for one in going:
            try:
                code = one.process.wait(20)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
                raise
            assert code == 0 or one.may_be_killed, (one.name, code, one.log.read_text())

    def close(self) -> None:
        """Leave: stop what was started; whatever tried to leave the machine meanwhile is an error."""
        try:
            self.stop()
        finally:
            for one in self.started:
                one.process.kill()
            self._listener.close()
        refused = self._refused.read_text() if self._refused.exists() else ""
        assert not refused, f"tried to reach the network: {refused}"


def _lay_out(checkout: Path) -> None:
    """A checkout after the set-up, with the programs of its environment."""
    checkout.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, checkout / name)
    for name in LINKED:
        (checkout / name).symlink_to(ROOT / name)
    shutil.copytree(ARTICLES, checkout.parent / "articles")
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "asker.py").write_text(ASKER, encoding="utf-8")
    (programs / "activate").write_text(
        f'VIRTUAL_ENV={programs.parent}\nPATH="{programs}:$PATH"\nexport VIRTUAL_ENV PATH\n', encoding="utf-8"
    )
    scripts = {name: f'exec "{sys.executable}" -IS "{programs}/asker.py" {name} "$@"' for name in ("footnote", "chroma")}
    scripts |= {name: f'exec "{sys.executable}" "$@"' for name in ("python", "python3")}
    scripts["make"] = f'exec "{shutil.which("make")}" --old-file=setup --old-file=setup-dev "$@"'  # the set-up is done
    for name, line in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (programs / name).chmod(0o755)


def in_process(arguments: list[str], cwd: str, env: Mapping[str, str], stdin: str = "") -> Done:
    """`footnote ARGUMENTS`, run here."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    feed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    code, before = 0, Path.cwd()
    floors = (
        Path(env["HOME"]) / "footnote" / "eval" / "baseline.json"
    )  # the modules are those of the real checkout: keep its file from them
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, env, clear=True))
        stack.enter_context(mock.patch.multiple(sys, argv=["footnote", *arguments], stdin=feed))
        stack.enter_context(mock.patch("eval.baseline.BASELINE", floors))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        os.chdir(cwd)
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            os.chdir(before)
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


def remembered(load: Callable[..., Any], made: dict[str, Any]) -> Callable[..., Any]:
    """A loader that loads each choice of models once. `made` may hold what is loaded already, by the settings' `models` as JSON."""

    def again(settings: Any, *places: Any, **more: Any) -> Any:
        key = settings.models.model_dump_json()
        if key not in made:
            made[key] = load(settings, *places, **more)
        return made[key]

    return again


def _connects(arguments: list[str]) -> Callable[[Path], bool]:
    port = int(arguments[arguments.index("--port") + 1])

    def ready(_log: Path) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ready


def _healthy(arguments: list[str]) -> Callable[[Path], bool]:
    url = f"http://127.0.0.1:{arguments[arguments.index('--port') + 1]}/health"

    def ready(_log: Path) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(url, timeout=20, trust_env=False).status_code == 200
        return False

    return ready


def _introduce(command: list[str], cwd: str, env: Mapping[str, str]) -> Done:
    """Start a Model Context Protocol server as its clients do, and ask for its tools."""
    import asyncio

    try:
        from mcp import Client
        from mcp.client.stdio import StdioServerParameters
    except ImportError:
        return Done(1, "", "the SDK is missing. Install it: pip install 'footnote[mcp]'")
    server = StdioServerParameters(command=command[0], args=command[1:], env=dict(env), cwd=cwd)

    async def tools() -> list[str]:
        async with Client(server) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    return Done(0, "\n".join(asyncio.run(tools())), "")


@contextlib.contextmanager
def terminal() -> Iterator[Terminal]:
    """A terminal in a new folder, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="shown-") as name:
        opened = Terminal(Path(name).resolve())
        try:
            yield opened
        except BaseException:
            with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):  # the first failure is the one to tell
                opened.close()
            raise
        opened.close()

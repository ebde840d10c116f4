"""The server as a process: ports, signals, broken clients."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.errors import UsageError
from qa.web.server import bind

ROOT = Path(__file__).parents[1]
QUESTION = {"question": "How much has Korea invested?"}
SCRIPT = """
import sys
from pathlib import Path
from qa.web.app import create_app
from qa.web.server import bind, run
from qa.api import guard
from qa.web import connections
if len(sys.argv) > 3:
    guard.BODY_SECONDS = connections.HEADER_SECONDS = float(sys.argv[3])
from qa.commands.cli_serve import _log_to_stderr
from tests.fakes import FakeEngine
_log_to_stderr()
sock = bind("127.0.0.1", 0)
print(sock.getsockname()[1], flush=True)
run(create_app(lambda: FakeEngine(pause=float(sys.argv[2])), Path(sys.argv[1]) / "c.sqlite3"), sock)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    running: list[subprocess.Popen[str]] = []

    def begin(pause: float, *more: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), str(pause), *more],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "log").open("w"),
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        base = f"http://127.0.0.1:{int(process.stdout.readline())}"
        while True:
            try:
                if httpx.get(base + "/health").status_code == 200:
                    return process, base
            except httpx.TransportError:
                pass
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.02)

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_a_port_in_use_is_named() -> None:
    taken = bind("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(UsageError, match=f"port {port} is in use.*--port {port + 1}"):
        bind("127.0.0.1", port)
    taken.close()


def test_a_host_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UsageError, match=r"--host must be a name or address of this machine, got 'nowhere.invalid'"):
        bind("nowhere.invalid", 0)
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.7", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [address])
    with pytest.raises(UsageError, match=r"cannot listen on 203.0.113.7 port 0.*--host"):
        bind("203.0.113.7", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_binds(host: str) -> None:
    sock = bind(host, 0)
    assert sock.getsockname()[1] > 0
    sock.close()


def test_sigterm_finishes_running_answers(start: Any, tmp_path: Path) -> None:
    process, base = start(0.6)
    with httpx.stream("POST", base + "/api/chat", json=QUESTION, timeout=20) as response:
        lines = response.iter_lines()
        assert "event: step" in lines, "it runs"
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        rest = list(lines)
    assert "event: answer" in rest, "the running answer is complete"
    assert process.wait(10) == 0
    assert time.monotonic() - asked < 10
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_sigterm_ends_a_stuck_server_in_time(start: Any) -> None:
    process, base = start(60)
    stream = httpx.Client(timeout=30)
    with stream.stream("POST", base + "/api/chat", json=QUESTION) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: thread"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        del lines
    stream.close()


def test_waiting_questions_are_told_when_the_server_stops(start: Any) -> None:
    process, base = start(0.5)
    with httpx.stream("POST", base + "/api/chat", json=QUESTION, timeout=20) as first:
        running = first.iter_lines()
        assert "event: step" in running
        with httpx.stream("POST", base + "/api/chat", json={"question": "Another question?"}, timeout=20) as second:
            lines = second.iter_lines()
            assert next(lines) == "event: thread"
            process.send_signal(signal.SIGTERM)
            rest = list(lines)
    assert "event: error" in rest and "stopping" in rest[-2]
    process.wait(10)


def test_broken_clients_do_not_stop_the_server(start: Any) -> None:
    process, base = start(0.0)
    port = int(base.rsplit(":", 1)[1])
    for wire in (
        b"\x16\x03\x01\x02\x00nonsense",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{",
        b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /api/documents/%ff%fe%00 HTTP/1.1\r\nHost: localhost\r\nCookie: \xff\xfe=;;;\r\n\r\n",
        b"GET /static/../access.py HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /static/%2e%2e/access.py HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(wire)
            client.shutdown(socket.SHUT_WR)
            got = client.makefile("rb").read(4096)
            assert b"200 OK" not in got and b"def " not in got
    assert httpx.post(base + "/api/ask", json=QUESTION).status_code == 200
    assert process.poll() is None
    assert json.loads(httpx.get(base + "/health").text)["status"] == "ready"


SLOW = {
    "headers": b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "body": b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
    "a body that nobody reads": b"POST /absent HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{",
    "headers after a request": b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nX-Slow: ",
}


@pytest.mark.parametrize("what", SLOW)
def test_who_sends_a_byte_now_and_then_is_let_go(start: Any, what: str) -> None:
    """The time counts for all of the headers and for all of the body, not for each byte."""
    _, base = start(0.0, "1.0")
    with socket.create_connection(("127.0.0.1", int(base.rsplit(":", 1)[1])), timeout=0.1) as client:
        client.sendall(SLOW[what])
        ended = False
        while not ended:  # for ever, where the time counts anew with each byte
            try:
                client.sendall(b"x")
                ended = not client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                ended = True
    assert httpx.post(base + "/api/ask", json=QUESTION).status_code == 200

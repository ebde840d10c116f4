"""Applications under test: on a real port, or behind a client in the same process."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.testclient import TestClient

from qa.web.app import create_app
from tests.fakes import FakeEngine

QUESTION = "How much has Korea invested?"
Make = Callable[..., TestClient]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """`app` on a real port of this machine, as its base URL, until the block ends."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def clients(folder: Path) -> Iterator[Make]:
    """A function that makes a client of an application over an engine (or an opener); all are closed at the end."""
    opened: list[TestClient] = []

    def build(engine: Any = None, *, host: str = "127.0.0.1", **options: Any) -> TestClient:
        opener = engine if callable(engine) else lambda: engine or FakeEngine()
        app = create_app(opener, folder / "chat.sqlite3", **options)
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


def wait_until_ready(base: str) -> None:
    eventually(lambda: httpx.get(base + "/health").status_code == 200)


def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def completion(**more: Any) -> dict[str, Any]:
    return {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}], **more}


def events_of(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    assert response.status_code == 200, response.text
    blocks = [block.split("\n") for block in response.text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]

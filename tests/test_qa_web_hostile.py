"""Markup, formulas and directions in every name that a stranger may choose: title, author, sheet, folder, conversation, reason.

All of it is text on the page, and text in what is saved.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree  # type: ignore[import-untyped]

from index.schema import Document, Published, Span
from qa.files.folder import Folder
from qa.files.indexer import Indexer
from qa.files.service import Files
from qa.threads.export import FORMATS, file_name
from qa.web.app import create_app
from tests.browser import ask, needs_browser
from tests.fakes import PRESS, FakeEngine
from tests.serving import serving
from tests.test_qa_web_documents import Reader

X = "\"'><img src=x onerror=alert(1)><script>alert(2)</script><b>{{7*7}}</b><a href=javascript:alert(3)>x</a>"
TEXT = f"# Heading {X}\n\nHostile workbooks hold {X} in Korea.\n\n| {X} | b |\n|---|---|\n| {X} | 2 |\n"
HOSTILE = Document(
    source=f"folder {X.replace('/', '-')}/book.xlsx",
    text=TEXT,
    format="xlsx",
    content_hash="h9",
    title=f"=cmd|' /C calc'!A0 {X}",
    author=f"@SUM(1) {X}",
    publisher=f"+1 {X}",
    published=Published("2024-02-01", "day", "text"),
    pages=(Span(0, len(TEXT), f"Sheet {X}"),),
)
QUESTION = f"What do hostile workbooks hold {X}?"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, FakeEngine]]:
    engine = FakeEngine((PRESS, HOSTILE))

    def files(changed: Callable[[], None]) -> Files:
        folder = Folder(tmp_path / "files", 1_000_000, 10_000_000)
        return Files(folder, Indexer(Reader(folder.root, engine), changed, quiet_s=0.01))

    with serving(create_app(lambda: engine, tmp_path / "c.sqlite3", files=files)) as base:
        yield base, engine


def is_text(page: Any) -> None:
    """Nothing of the stranger's became an element, an attribute that acts, or a link."""
    made = "img[src=x], b, [onerror], script:not([src^='/static/']), a[href^='javascript:']"
    assert page.locator(made).count() == 0, page.locator(made).first.evaluate("node => node.outerHTML")


@needs_browser
def test_on_the_page_it_is_text(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/")
    exchange = ask(page, QUESTION)
    exchange.locator(".steps summary").click()
    exchange.locator(".cite").first.click()
    page.wait_for_selector("#panel mark")
    assert X in page.inner_text("#panel") and f"Sheet {X}" in page.inner_text("#panel dl")
    is_text(page)
    page.get_by_role("button", name="Read it here").click()
    page.wait_for_selector("#panel.document mark")
    is_text(page)
    page.keyboard.press("Escape")
    exchange.get_by_label("Bad answer").click()
    exchange.get_by_label("What the right answer is, or where it stands").fill(X)
    exchange.get_by_role("button", name="Send").click()
    exchange.get_by_text("Noted, thank you.").wait_for()
    page.click("#scope summary")
    page.wait_for_selector(".option")
    is_text(page)
    page.locator(".option input").first.check()
    page.click("#done")
    is_text(page)
    page.evaluate("async (title) => fetch('/api/threads/' + location.hash.slice(1), {method: 'PATCH', body: JSON.stringify({title}),"
                  "headers: {'Content-Type': 'application/json'}})", X)  # fmt: skip
    page.reload()
    page.locator(".thread-line button.icon").first.click()
    assert page.locator("button[data-thread]").first.get_attribute("title") == X
    is_text(page)


@needs_browser
def test_in_lists_and_searches_it_is_text(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/documents")
    page.locator("#rows tr", has_text="cmd").locator("a").click()
    page.wait_for_selector("#viewer .set-out")
    is_text(page)
    assert X in page.inner_text("#viewer h2") and "script" in page.locator("#collection").inner_text()
    files = [{"name": f"{X.replace('/', '-')}.{ending}", "mimeType": "", "buffer": b"broken"} for ending in ("exe", "txt")]
    page.set_input_files("input[type=file]:not([webkitdirectory])", files)
    page.get_by_text("<b>a broken file</b>").wait_for()
    is_text(page)
    page.goto("/search?q=hostile+workbooks")
    page.wait_for_selector("#found li")
    is_text(page)
    page.goto(f"/document?source={HOSTILE.source.replace('#', '%23')}")
    page.wait_for_selector(".set-out")
    is_text(page)


def test_in_saved_files_it_is_text() -> None:
    answer = FakeEngine((HOSTILE,)).ask(QUESTION)
    assert answer.citations
    markdown = FORMATS["md"][1](X, [answer]).decode()
    assert not re.search(r"(?<!\\)<(img|script|b|a)\b", markdown) and not re.search(r"(?<!\\)\]\(", markdown)
    with zipfile.ZipFile(io.BytesIO(FORMATS["docx"][1](X, [answer]))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    roots = {name: etree.fromstring(data) for name, data in parts.items()}
    spaces = {etree.QName(node).namespace for root in roots.values() for node in root.iter()}
    assert all(space and "openxmlformats.org" in space for space in spaces)
    assert b"External" not in b"".join(parts.values()) and "<script>" in "".join(roots["word/document.xml"].itertext())
    fields = [node.get(next(iter(node.attrib))) for node in roots["word/document.xml"].iter("{*}fldSimple", "{*}instrText")]
    assert all(" NOTEREF " in field for field in fields), "no field that loads or runs anything"
    assert file_name(X, "pdf") == "img-src-x-onerror-alert-1-script-alert-2-script-b-7-7-b-a-href-javascript-alert.pdf"


def test_in_a_pdf_it_is_text() -> None:
    if not (find_spec("fpdf") and find_spec("uharfbuzz")):
        pytest.skip("fpdf2 and uharfbuzz are in the extra [web]")
    pypdfium2 = pytest.importorskip("pypdfium2")
    from index.errors import UsageError

    try:
        data = FORMATS["pdf"][1](X, [FakeEngine((HOSTILE,)).ask(QUESTION)])
    except UsageError as error:
        pytest.skip(f"needs a font of the system: {error}")
    for action in (b"/URI", b"/JS", b"/JavaScript", b"/Launch", b"/AA", b"/Annots", b"/EmbeddedFile"):
        assert action not in data, action
    pages = pypdfium2.PdfDocument(data)
    assert "<script>alert(2)</script>" in pages[0].get_textpage().get_text_range().replace("\r\n", "")


def test_a_reason_is_kept_as_it_was_said(server: tuple[str, FakeEngine]) -> None:
    from tests.serving import events_of, wait_until_ready

    base, _ = server
    wait_until_ready(base)
    events = events_of(httpx.post(f"{base}/api/chat", json={"question": "How much has Korea invested?"}))
    turn = next(data["turn"] for _, data in reversed(events) if "turn" in data)
    for comment in (X, "\u202eevil", "=HYPERLINK(1)"):
        body = {"turn": turn, "verdict": "down", "reason": "wrong", "comment": comment}
        assert httpx.post(f"{base}/api/feedback", json=body).status_code == 204
        thread = events[0][1]["thread"]
        assert httpx.get(f"{base}/api/threads/{thread}").json()[0]["comment"] == comment
    body = {"turn": turn, "verdict": "down", "reason": X, "comment": ""}
    assert httpx.post(f"{base}/api/feedback", json=body).status_code == 422, "a reason is one of three words"

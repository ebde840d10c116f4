"""The page of documents and the document beside it, in a real browser over a fake engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.schema import Document, Published
from index.sync.report import ProgressCallback, Report
from qa.api.access import Access
from qa.files.folder import Folder
from qa.files.indexer import Indexer, Wish
from qa.files.service import Files
from qa.web.app import create_app
from tests.browser import needs_browser
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import serving

pytestmark = needs_browser
UPLOAD = "fedcba9876543210"
HOSTILE = Document(
    source="<img src=x onerror=alert(1)>/يوم \u202eevil.md",
    text=(
        "# <script>alert(1)</script>\n\nFirst 😀 <b>words</b> in **bold** and `code`.\n\n"
        "## Fees\n\n| Fee | <i>Year</i> |\n|---|---|\n| 12 | 2024 |\n|  | 2025 |\n\n"
        "## Steps\n\nDo this:\n\n1. Open\n2. Close\n\n## الأسعار\n\nالرسوم اثنا عشر يورو.\n"
    ),
    format="markdown",
    content_hash="h3",
    title="<script>alert(3)</script> 한국 Größe",
    published=Published("2022-02-01", "month", "text"),
)


class Reader:
    """An indexer's run that makes a document of each uploaded file, and knows a file that cannot be read."""

    def __init__(self, root: Path, engine: FakeEngine) -> None:
        self.root, self.engine = root, engine

    def __call__(self, wish: Wish, progress: ProgressCallback, stop: threading.Event) -> Report:
        shelf = self.engine.catalog.by_source
        report = Report()
        for source in wish.forget:
            shelf.pop(source, None)
        for path in self.root.rglob("*.txt"):
            source = path.relative_to(self.root).as_posix()
            if b"broken" in path.read_bytes():
                report.fail(source, f"{source}: must be sound, got <b>a broken file</b>.")
            else:
                shelf[source] = Document(source, path.read_text(), "text", "h", title=path.stem)
        return report


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine((PRESS, PAPER, HOSTILE))


@pytest.fixture
def access() -> Access:
    return Access()


@pytest.fixture
def server(tmp_path: Path, engine: FakeEngine, access: Access) -> Iterator[tuple[str, FakeEngine]]:
    def files(changed: Callable[[], None]) -> Files:
        folder = Folder(tmp_path / "files", 1_000_000, 10_000_000)
        return Files(folder, Indexer(Reader(folder.root, engine), changed, quiet_s=0.01))

    with serving(create_app(lambda: engine, tmp_path / "c.sqlite3", access, files=files)) as base:
        yield base, engine


def rows(page: Any) -> list[str]:
    page.wait_for_selector("#rows tr")
    return [text.split("\n")[0] for text in page.locator("#rows tr").all_inner_texts()]


def count(page: Any, number: int) -> None:
    page.wait_for_function("n => document.querySelectorAll('#rows tr').length === n", arg=number)


def test_searching_sorting_and_collections(page: Any) -> None:
    page.goto("/documents")
    assert len(rows(page)) == 3
    page.fill("#search", "almaty")
    count(page, 1)
    assert "Plant opens in Almaty" in rows(page)[0]
    page.fill("#search", "nothing of that name")
    page.wait_for_selector("#none:not([hidden])")
    page.fill("#search", "")
    page.select_option("#sort", "date desc")
    page.wait_for_function("() => document.querySelector('#rows tr')?.innerText.includes('Almaty')")
    page.select_option("#collection", "press")
    count(page, 1)
    assert page.inner_text("#summary").startswith("3 documents")


def test_adding_refusing_and_removing(page: Any, trouble: list[str]) -> None:
    page.goto("/documents")
    count(page, 3)
    page.fill("#into", "Notes")
    given = [("lift.txt", b"The lift stops."), ("sick.txt", b"broken"), ("run.exe", b"MZ"), ("void.txt", b"")]
    page.set_input_files("#add input:not([webkitdirectory])", [{"name": n, "mimeType": "", "buffer": data} for n, data in given])
    count(page, 4)
    page.wait_for_selector(".refused button")
    refused = page.inner_text(".refused")
    assert "3 were not taken" in refused and "Notes/run.exe" in refused and "Notes/void.txt" in refused
    assert "Notes/sick.txt must be sound, got <b>a broken file</b>." in refused, "as text"
    page.locator(".refused button").click()
    page.wait_for_function("() => !document.querySelector('.refused').innerText.includes('sick')")
    assert page.locator("#rows tr", has_text="lift").locator("td").nth(1).inner_text() == "Notes"


def test_a_document_opens_beside_the_list(page: Any) -> None:
    page.goto("/documents")
    page.locator("#rows a", has_text="한국").click()
    page.wait_for_selector("#viewer .set-out")
    viewer = page.locator("#viewer")
    assert viewer.locator("script, b, i, img").count() == 0 and "<b>words</b>" in viewer.inner_text()
    assert viewer.locator("strong").all_inner_texts() == ["bold"] and viewer.locator("code").all_inner_texts() == ["code"]
    assert viewer.locator("table th").all_inner_texts() == ["Fee", "<i>Year</i>"]
    assert viewer.locator("table td").all_inner_texts() == ["12", "2024", "", "2025"]
    assert viewer.locator("ul.items li").all_inner_texts() == ["1.\nOpen", "2.\nClose"]
    assert viewer.locator(".outline button").count() == 4
    assert viewer.locator("p", has_text="الرسوم").evaluate("node => getComputedStyle(node).direction") == "rtl"
    page.keyboard.press("Escape")
    assert viewer.is_hidden() and "한국" in page.evaluate("document.activeElement.textContent"), "back where one came from"


def test_the_ways_to_see_a_document_are_chosen_by_keyboard(page: Any) -> None:
    page.goto("/document?source=paper.md#c9-30")
    page.wait_for_selector(".set-out mark")
    page.get_by_role("tab", name="Text").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".plain mark")
    assert page.evaluate("document.activeElement.textContent") == "Plain"
    assert page.inner_text(".plain mark") == PAPER.text[9:30]


def test_everything_has_a_name_and_a_phone_shows_it_all(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/documents")
    count(page, 3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, a, input, select')].filter(e => e.offsetParent !== null)"
        ".filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)"
    )
    assert nameless == []
    page.locator("#rows a").first.click()
    page.wait_for_selector("#viewer .set-out")
    assert page.locator("#viewer").bounding_box()["width"] == 360
    heads = page.locator("#viewer th").all()
    assert heads and all(head.bounding_box()["x"] >= 0 for head in heads), "the list's way of standing on a phone is not the document's"


class TestWithAnUploadToken:
    """A server that wants one."""

    @pytest.fixture
    def access(self) -> Access:
        return Access(upload_token=UPLOAD)

    def test_the_token_unlocks(self, page: Any, trouble: list[str]) -> None:
        page.goto("/documents")
        count(page, 3)
        assert page.locator(".drop").is_hidden() and page.locator(".actions button").count() == 0
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        page.get_by_text("that is not the upload token.").wait_for()
        assert all("403" in message for message in trouble)
        trouble.clear()
        page.fill("#token", UPLOAD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".drop button:visible")
        page.wait_for_selector(".actions button")
        assert page.locator("#unlock").is_hidden()

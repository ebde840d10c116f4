"""axe-core over every page in chromium, light and dark, wide and at a phone's width: no serious and no critical fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.errors import NoIndex
from index.schema import Document, Published
from qa.files.folder import Folder
from qa.files.indexer import Indexer
from qa.files.service import Files
from qa.llm.found import Found
from qa.web import writers
from qa.web.app import create_app
from tests.browser import ask, needs_browser
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import serving
from tests.test_qa_web_documents import Reader

pytestmark = needs_browser
QUESTION = "How much has Korea invested in Kazakhstan?"
RICH = Document(
    source="handbook/fees.md",
    text=(
        "# Fees\n\nFirst words in **bold** and `code`.\n\n## Prices\n\n| Fee | Year |\n|---|---|\n| 12 | 2024 |\n| 14 | 2025 |\n\n"
        "## Steps\n\nDo this:\n\n1. Open\n2. Close\n\n```\nmake all\n```\n\n## الأسعار\n\nالرسوم اثنا عشر يورو.\n"
    ),
    format="markdown",
    content_hash="h7",
    title="Fees and prices",
    published=Published("2022-02-01", "month", "text"),
)
SHOWN = {"light": 1280, "dark": 1280, "light-phone": 360}


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine((PRESS, PAPER, RICH))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, engine: FakeEngine) -> Iterator[tuple[str, FakeEngine]]:
    """A server whose documents may be added to and whose model may be switched."""
    with serving(create_app(lambda: engine, tmp_path_factory.mktemp("chat") / "c.sqlite3", files=_files(tmp_path_factory, engine))) as base:
        yield base, engine


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that has no index yet."""

    def opener() -> FakeEngine:
        raise NoIndex("there is no index here.")

    files = _files(tmp_path_factory, FakeEngine(()))
    with serving(create_app(opener, tmp_path_factory.mktemp("empty") / "c.sqlite3", files=files)) as base:
        yield base


def _files(folders: pytest.TempPathFactory, engine: FakeEngine) -> Callable[[Callable[[], None]], Files]:
    folder = Folder(folders.mktemp("uploads") / "files", 1_000_000, 10_000_000)
    return lambda changed: Files(folder, Indexer(Reader(folder.root, engine), changed, quiet_s=0.01))


@pytest.fixture(params=SHOWN)
def shown(page: Any, request: pytest.FixtureRequest) -> Any:
    """The page in one theme and width. Things that fade in are whole at once: axe would see them half transparent."""
    page.emulate_media(color_scheme=request.param.partition("-")[0], reduced_motion="reduce")
    page.set_viewport_size({"width": SHOWN[request.param], "height": 800})
    return page


def faults(page: Any) -> list[str]:
    """What axe-core calls serious or critical, one line for each element. It is put in by the debugger, so the page's policy stands."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is in the extra [dev]")
    found = axe.Axe().run(page).response
    assert found["testEngine"]["name"] == "axe-core" and not found.get("toolOptions", {}).get("rules")
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_axe_sees_faults(page: Any) -> None:
    """The check itself can fail."""
    page.goto("/search")
    page.locator("button[type=submit]").evaluate("button => button.replaceChildren()")
    page.locator("h2.hidden").evaluate("head => { head.className = ''; head.style.color = '#eeeeee' }")
    assert sorted(fault.partition(":")[0] for fault in faults(page)) == ["button-name (critical)", "color-contrast (serious)"]


def test_the_first_run(shown: Any, empty: str, trouble: list[str]) -> None:
    shown.goto(empty)
    shown.wait_for_selector(".first-run .drop button:visible")
    assert faults(shown) == []
    assert all(one.startswith(empty) or "503" in one for one in trouble), "it is another server than the fixture's, and not ready"
    trouble.clear()


def test_the_chat_before_a_question(shown: Any) -> None:
    shown.goto("/")
    shown.wait_for_selector("#starters button")
    dark = shown.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert shown.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    assert faults(shown) == []


def test_an_answer_with_its_footnote(shown: Any) -> None:
    shown.goto("/")
    exchange = ask(shown, QUESTION)
    exchange.locator(".steps summary").click()
    exchange.get_by_label("Bad answer").click()
    exchange.locator(".cite").first.click()
    shown.wait_for_selector("#panel mark")
    assert faults(shown) == []
    shown.get_by_role("button", name="Read it here").click()
    shown.wait_for_selector(".set-out mark")
    assert faults(shown) == []


def test_a_refusal(shown: Any) -> None:
    shown.goto("/")
    exchange = ask(shown, "Who is the moon?")
    exchange.get_by_text("Why not?").click()
    exchange.locator(".why").wait_for()
    assert faults(shown) == []


def test_the_list_of_conversations(shown: Any) -> None:
    shown.goto("/")
    ask(shown, QUESTION)
    if shown.locator("#menu").is_visible():
        shown.click("#menu")
    shown.locator(".thread-line button.icon").first.click()
    shown.locator(".thread-menu:visible").wait_for()
    assert faults(shown) == []


def test_sources_and_models(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "at_hand", lambda: [Found("smol", path=Path("/models/smol.gguf"))])
    shown.goto("/")
    shown.wait_for_selector("#starters button")
    shown.click("#scope summary")
    shown.wait_for_selector(".option")
    assert faults(shown) == []
    shown.click("#writer summary")
    shown.get_by_label("smol").wait_for()
    assert faults(shown) == []


def test_the_documents(shown: Any) -> None:
    shown.goto("/documents")
    shown.wait_for_selector("#rows tr")
    assert faults(shown) == []
    shown.set_input_files("input[type=file]:not([webkitdirectory])", [{"name": "virus.exe", "mimeType": "", "buffer": b"MZ"}])
    shown.get_by_text("virus.exe", exact=True).wait_for()
    shown.get_by_role("link", name=RICH.title or "").click()
    shown.wait_for_selector("#viewer table")
    assert faults(shown) == []


def test_the_document_by_itself(shown: Any) -> None:
    shown.goto(f"/document?source={RICH.source}")
    shown.wait_for_selector(".set-out table")
    assert faults(shown) == []
    shown.get_by_role("tab", name="Plain").click()
    assert faults(shown) == []


def test_the_search(shown: Any) -> None:
    shown.goto("/search?q=invested+in+Korea")
    shown.wait_for_selector("#found li")
    shown.locator("#found input").first.check()
    assert faults(shown) == []


@pytest.mark.parametrize("path", ["/login", "/docs"])
def test_the_pages_beside(shown: Any, path: str) -> None:
    shown.goto(path)
    shown.wait_for_load_state("networkidle")
    assert faults(shown) == []

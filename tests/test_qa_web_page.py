"""The chat page in a real browser (Debian's chromium), over a fake engine on a real port."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.schema import Document, Published
from qa.api.access import Access
from qa.web.app import create_app
from tests.browser import ask, needs_browser
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import serving

pytestmark = needs_browser
QUESTION = "How much has Korea invested in Kazakhstan?"
TOKEN = "0123456789abcdef"
HOSTILE = Document(
    source="evil#1?.html",
    text="😀😀 Intro.\n\n<img src=x onerror=alert(1)><script>alert(2)</script> Hostile documents invade Korea. 한국.\n",
    format="text",
    content_hash="h3",
    title="<script>alert(3)</script>",
    publisher="<b>Evil</b> Press",
    published=Published("2022-02-01", "month", "text"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FakeEngine]]:
    engine = FakeEngine((PRESS, PAPER, HOSTILE), pause=0.05)
    with serving(create_app(lambda: engine, tmp_path_factory.mktemp("page") / "c.sqlite3")) as base:
        yield base, engine


@pytest.fixture
def slowly(server: tuple[str, FakeEngine]) -> Iterator[None]:
    """Answers that take long enough to be seen half done on a busy machine."""
    server[1].pause = 1.5
    yield
    server[1].pause = 0.05


def test_the_main_way_through(page: Any, server: tuple[str, FakeEngine], slowly: None) -> None:
    page.goto("/")
    page.wait_for_selector("#starters button")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer .fresh")
    assert page.locator(".answer .fresh").count() < 4, "sentences come one by one"
    assert page.inner_text("#send") == "Stop"
    page.wait_for_selector(".foot")
    server[1].pause = 0.05
    exchange = page.locator(".exchange").last
    assert "Sources disagree" in exchange.inner_text() and "9.6 billion" in exchange.locator(".note").inner_text()
    exchange.locator(".cite").nth(1).click()
    page.wait_for_selector("#panel mark")
    assert page.inner_text("#panel mark") == "Korea has invested 9.6 billion dollars in Kazakhstan since 1992."
    panel = page.inner_text("#panel")
    assert "Plant opens in Almaty" in panel and "Press Office" in panel and "2024-06-13 (as the document says)" in panel
    assert "It will make 60,000 cars" in panel, "the passage around the quote"
    ask(page, "And what does Hyundai make?")
    assert server[1].asked[-1][1][0].question == QUESTION
    refusal = ask(page, "Who is the moon?")
    assert "The documents do not say." in refusal.inner_text()
    refusal.locator(".nearest button").first.click()
    page.wait_for_selector("#panel mark")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    page.wait_for_selector(".exchange:nth-of-type(3)")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark", "the choice is kept"
    assert page.locator(".exchange .question").all_inner_texts()[0] == QUESTION
    assert page.locator("#thread-list button[aria-current=true]").inner_text() == QUESTION
    page.locator(".exchange").first.locator(".cite").first.click()
    page.wait_for_selector("#panel mark")


def test_steps_dropped_statements_and_sources(page: Any) -> None:
    page.goto("/")
    exchange = ask(page, QUESTION)
    exchange.locator("summary").click()
    steps = exchange.locator(".steps").inner_text()
    assert "searching 3 documents" in steps and "Something unsupported. — no quote supports it" in steps
    assert exchange.locator("ol.sources li").count() == 4


def test_a_footnote_opened_while_the_answer_comes_stays_open(page: Any, slowly: None) -> None:
    page.goto("/")
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.locator(".answer .fresh .cite").first.click()
    page.wait_for_selector("#panel mark")
    page.wait_for_selector(".foot")
    assert page.locator("#panel").is_visible() and page.locator(".cite[aria-expanded=true]").count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "cite", "the focus finds the button that was drawn anew"
    page.reload()
    page.locator(".steps summary").click()
    assert "searching 3 documents" in page.locator(".steps").inner_text(), "how it was answered is kept"


def test_the_document_opens_at_the_spot(page: Any, trouble: list[str]) -> None:
    page.goto("/")
    exchange = ask(page, "Hostile documents invade")
    exchange.locator(".cite").last.click()
    page.wait_for_selector("#panel mark")
    href = page.get_attribute("#panel a", "href")
    page.goto(href)
    page.wait_for_selector(".set-out mark")
    assert page.inner_text(".set-out mark").endswith("Hostile documents invade Korea."), "offsets count characters, not UTF-16 units"
    page.get_by_role("tab", name="Plain").click()
    assert page.locator(".plain").evaluate("pre => pre.textContent") == HOSTILE.text
    assert page.inner_text(".plain mark").endswith("Hostile documents invade Korea.")
    assert "2022-02 (as the document says)" in page.inner_text(".meta")
    page.goto("/document?source=absent.txt")
    assert "no document" in page.locator("#viewer [role=alert]").inner_text()
    assert all("404" in message for message in trouble)
    trouble.clear()


def test_documents_never_become_markup(page: Any, trouble: list[str]) -> None:
    page.goto("/")
    exchange = ask(page, "Hostile documents invade")
    exchange.locator(".cite").last.click()
    page.wait_for_selector("#panel mark")
    assert page.locator(".exchange img, .exchange script, #panel img, #panel script, #panel b").count() == 0
    assert "<script>alert(3)</script>" in page.inner_text("#panel h2")
    assert page.evaluate("() => { try { document.body.innerHTML = '<i>x</i>'; return 'set' } catch (e) { return e.name } }") == "TypeError"
    assert all("TrustedHTML" in message for message in trouble)
    trouble.clear()


def test_rating_copying_deleting(page: Any) -> None:
    page.goto("/")
    exchange = ask(page, QUESTION)
    good, bad = exchange.get_by_label("Good answer"), exchange.get_by_label("Bad answer")
    good.click()
    exchange.get_by_text("Noted.").wait_for()
    bad.click()
    page.wait_for_function("button => button.getAttribute('aria-pressed') === 'true'", arg=bad.element_handle())
    assert good.get_attribute("aria-pressed") == "false"
    page.reload()
    page.wait_for_selector(".foot")
    assert page.get_by_label("Bad answer").get_attribute("aria-pressed") == "true", "the rating is stored"
    page.get_by_label("Copy with footnotes").click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"## {QUESTION}") and "[^1]: Plant opens in Almaty, 2024-06-13" in copied


def test_keyboard_only(page: Any) -> None:
    page.goto("/")
    page.wait_for_selector("#starters button")
    assert page.evaluate("document.activeElement.id") == "question", "one can type at once"
    ask(page, QUESTION)
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel mark")
    assert page.evaluate("document.activeElement.id") == "panel"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Close footnote"
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()
    assert page.evaluate("document.activeElement.className") == "cite", "back where one came from"


def test_labels_for_screen_readers(page: Any) -> None:
    page.goto("/")
    ask(page, QUESTION)
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, a, input, textarea')].filter(e => e.offsetParent !== null)"
        ".filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)"
    )
    assert nameless == []
    label = page.locator(".cite").first.get_attribute("aria-label")
    assert re.fullmatch(r"Footnote 1: Plant opens in Almaty, 2024-06-13", label)
    assert page.get_attribute("#announce", "aria-live") == "polite" and "8.5 billion" in page.inner_text("#announce")
    assert page.get_attribute("html", "lang") == "en"


def test_stop_ends_the_work(page: Any, server: tuple[str, FakeEngine], slowly: None) -> None:
    engine = server[1]
    page.goto("/")
    before = engine.stopped
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer .fresh")
    page.click("#send")
    page.get_by_text("Stopped.").wait_for()
    page.wait_for_function("() => document.getElementById('send').textContent === 'Ask'")
    for _ in range(200):
        if engine.stopped > before:
            break
        page.wait_for_timeout(50)
    assert engine.stopped == before + 1


def test_phone_width(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    ask(page, QUESTION)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    page.locator(".cite").first.click()
    page.wait_for_selector("#panel mark")
    box = page.locator("#panel").bounding_box()
    assert box["width"] == 360 and box["y"] > 100, "a sheet from below"
    page.keyboard.press("Escape")
    page.click("#menu")
    assert page.locator("#threads").is_visible()
    page.click("#new")
    assert page.locator("#threads").is_hidden() and page.locator("#welcome").is_visible()


def test_the_system_theme_is_followed(page: Any) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(color_scheme="light")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")


def test_api_page_needs_no_cdn(page: Any) -> None:
    page.goto("/docs")
    page.wait_for_selector("#routes section")
    assert page.locator("#routes section").count() >= 14
    assert "curl -X POST" in page.inner_text("#routes")


def test_logging_in(browser: Any, tmp_path: Path) -> None:
    app = create_app(FakeEngine, tmp_path / "c.sqlite3", Access(token=TOKEN))
    with serving(app) as base:
        page = browser.new_page(base_url=base)
        page.goto("/#0123")
        assert "/login?next=%2F" in page.url
        page.fill("input", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#problem:not([hidden])")
        page.fill("input", TOKEN)
        page.keyboard.press("Enter")
        page.wait_for_selector("#starters button")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login")
        page.close()


@pytest.mark.parametrize("path", ["/", "/search", "/documents", "/docs", "/document?source=paper.md"])
def test_every_page_has_the_same_bar(page: Any, path: str) -> None:
    page.goto(path)
    assert page.locator("header .pages a").all_inner_texts() == ["Chat", "Search", "Documents", "API"]
    current = page.locator("header a[aria-current=page]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert current == ([] if path.startswith("/document?") else [path])
    assert page.locator("main").count() == 1 and page.title().endswith("footnote")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"

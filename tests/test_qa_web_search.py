"""The search page in chromium: passages by document with their words marked, filters, and the way to a question about some of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from index.schema import Document
from qa.web.app import create_app
from tests.browser import ask, needs_browser
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import serving

pytestmark = needs_browser
HOSTILE = Document("evil/x&y#1.txt", "😀 The <b>plant</b> <img src=x onerror=alert(1)> in Korea.", "text", "h4", title="<i>Evil</i> 한국")

OVER = """() => [...document.querySelectorAll('main *, header *')].filter(e => e.checkVisibility({ contentVisibilityAuto: true }))
    .filter(e => e.clientWidth > 2 && e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1)
    .map(e => e.outerHTML)"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FakeEngine]]:
    engine = FakeEngine((PRESS, PAPER, HOSTILE))
    with serving(create_app(lambda: engine, tmp_path_factory.mktemp("search") / "c.sqlite3")) as base:
        yield base, engine


def search(page: Any, words: str) -> None:
    page.fill("#words", words)
    page.keyboard.press("Enter")
    page.wait_for_function("() => /nearest first|Nothing found/.test(document.getElementById('told').textContent)")


def test_passages_stand_below_their_documents_with_words_marked(page: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="Search", exact=True).click()
    page.wait_for_function("() => document.activeElement?.id === 'words'")
    search(page, "invested in Korea")
    page.wait_for_selector("#found li")
    assert page.locator("#found .title label").all_inner_texts() == [PRESS.title, PAPER.title, HOSTILE.title]
    assert {"Korea", "invested"} <= set(page.locator("#found mark").all_inner_texts())
    assert page.locator("#found b, #found img, #found i").count() == 0, "documents are never markup"
    assert page.inner_text("#told").endswith("in 3 documents, nearest first")
    page.reload()
    page.wait_for_selector("#found li")
    assert page.input_value("#words") == "invested in Korea", "the address keeps the search"
    page.locator("#found a.passage").last.click()
    page.wait_for_url("**/document?source=evil*")
    page.wait_for_selector("mark")
    assert "in Korea." in page.locator("mark").first.inner_text()


def test_filters(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/search?q=Korea+plant")
    page.wait_for_selector("#found li")
    page.select_option("#collection", "evil/")
    page.wait_for_function("() => document.querySelectorAll('#found > li').length === 1")
    assert "in=evil%2F" in page.url
    page.select_option("#collection", "")
    page.wait_for_function("() => document.querySelectorAll('#found > li').length > 1")
    page.fill("#since", "2030-01-01")
    page.get_by_text("Nothing found.").wait_for()
    search(page, "zeppelin")
    assert page.inner_text("#told") == "Nothing found."


def test_ask_about_these(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/search?q=plant+Korea")
    page.wait_for_selector("#found li")
    assert page.locator("#chosen").is_hidden()
    page.get_by_label(str(PRESS.title)).check()
    page.get_by_label(str(HOSTILE.title)).check()
    assert page.inner_text("#count") == "2 documents chosen"
    page.click("#none")
    assert page.locator("#chosen").is_hidden() and page.locator("#found input:checked").count() == 0
    page.get_by_label(str(HOSTILE.title)).check()
    page.click("#ask-these")
    page.wait_for_selector("#question")
    page.wait_for_function("() => document.getElementById('question').value === 'plant Korea'")
    assert page.inner_text("#scope summary") == "Asking in x&y#1.txt" and "?" not in page.url
    ask(page, "Which plant is there in Korea?")
    assert server[1].within[-1] == (HOSTILE.source,)


def test_it_fits_a_phone_and_has_labels(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for place in ("/search?q=plant+Korea", "/"):
        page.goto(place)
        page.wait_for_selector("#found li" if "search" in place else "#question")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
        theme = page.locator("#theme").bounding_box()
        assert theme["x"] + theme["width"] <= 360
        assert page.evaluate(OVER) == []
    page.goto("/search?q=plant+Korea")
    page.wait_for_selector("#found li")
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, a, input, select')].filter(e => e.offsetParent !== null)"
        ".filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)"
    )
    assert nameless == []

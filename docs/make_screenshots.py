"""Make the screenshots of this folder: `python docs/make_screenshots.py http://127.0.0.1:8000` beside a running `footnote serve`.

Needs playwright and /usr/bin/chromium; serve an index of examples/kazakhstan-korea. A second address, of a server without an index,
adds the picture of the first run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
FLAGS = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync".split()
QUESTIONS = (
    "How many agreements were signed?",
    "Which Korean firms are building plants?",
    "What is the population of Astana?",
)


def ask(page: Any, question: str) -> None:
    """Ask and wait for the whole answer."""
    count = page.locator(".foot").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_function("n => document.querySelectorAll('.foot').length > n", arg=count)


def documents(page: Any) -> None:
    """The list of documents with a PDF's page beside it, and a document beside the chat."""
    page.goto("/documents")
    page.locator("#rows tr", has_text="PDF").locator("a").first.click()
    page.wait_for_function("() => document.querySelector('.leaf img')?.naturalWidth > 0")
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / "documents.png")
    page.goto("/")
    page.wait_for_selector("#starters button")
    ask(page, QUESTIONS[1])
    page.locator(".exchange").last.locator(".cite").first.click()
    page.get_by_role("button", name="Read it here").click()
    page.wait_for_selector(".set-out mark, .leaf mark")
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / "chat-document.png")


def first_run(browser: Any, base: str) -> None:
    """What a server without an index shows."""
    page = browser.new_page(viewport={"width": 1280, "height": 820}, base_url=base)
    page.goto("/")
    page.wait_for_selector(".first-run .drop button:visible")
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / "chat-first-run.png")


def main(base: str, empty: str | None = None) -> None:
    """Write chat-welcome, chat-desktop, chat-phone, chat-dark, chat-refusal, search, documents and chat-document .png beside this; with
    the address of a server without an index, chat-first-run.png too."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 820}, base_url=base)
        page.set_default_timeout(120_000)
        page.goto("/")
        page.wait_for_function("() => document.querySelectorAll('#starters button').length >= 4")
        page.wait_for_timeout(500)
        page.screenshot(path=HERE / "chat-welcome.png")
        ask(page, QUESTIONS[0])
        page.locator(".cite").first.click()
        page.wait_for_selector("#panel mark")
        page.screenshot(path=HERE / "chat-desktop.png")
        page.set_viewport_size({"width": 390, "height": 844})
        page.locator(".cite").first.scroll_into_view_if_needed()
        page.screenshot(path=HERE / "chat-phone.png")
        page.set_viewport_size({"width": 1280, "height": 820})
        page.keyboard.press("Escape")
        ask(page, QUESTIONS[1])
        page.click("#theme")
        page.locator(".exchange").last.locator(".cite").first.click()
        page.wait_for_selector("#panel mark")
        page.screenshot(path=HERE / "chat-dark.png")
        page.click("#theme")
        page.keyboard.press("Escape")
        ask(page, QUESTIONS[2])
        page.screenshot(path=HERE / "chat-refusal.png")
        page.goto("/search?q=power+plant")
        page.wait_for_selector("#found li")
        page.locator("#found input").first.check()
        page.screenshot(path=HERE / "search.png")
        documents(page)
        if empty:
            first_run(browser, empty)
        browser.close()


if __name__ == "__main__":
    main(*(sys.argv[1:3] or ["http://127.0.0.1:8000"]))

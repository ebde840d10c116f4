"""Debian's chromium, and a page in it that fails its test on any trouble.

A module that uses it has a fixture `server`: base address, engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium: apt-get install chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the extra [dev]")
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def trouble() -> list[str]:
    """What must stay empty; a test that provokes trouble clears it."""
    return []


@pytest.fixture
def page(browser: Any, server: tuple[str, Any], trouble: list[str]) -> Iterator[Any]:
    """A page that fails the test on any console error, script error, dialog or request to elsewhere."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"], base_url=server[0]
    )
    page = context.new_page()
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: (trouble.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: trouble.append(request.url) if not request.url.startswith(server[0] + "/") else None)
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert trouble == []


def ask(page: Any, question: str) -> Any:
    """Ask and wait for the whole answer; returns its exchange."""
    before = page.locator(".foot").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_function("count => document.querySelectorAll('.foot').length > count", arg=before)
    return page.locator(".exchange").last

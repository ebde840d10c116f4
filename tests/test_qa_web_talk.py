"""The chat page in chromium: sources chosen, conversations kept in order, answers tried again, copied, rated, printed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pytest

from index.schema import Document
from qa.web.app import create_app
from tests.browser import ask, needs_browser
from tests.fakes import PAPER, PRESS, FakeEngine
from tests.serving import serving

pytestmark = needs_browser
QUESTION = "How much has Korea invested in Kazakhstan?"
NAMES = Document("größe/Отчёт 한국.txt", "Der Überblick über Investitionen. שלום Korea.", "text", "h9", title="Отчёт: Überblick 한국")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FakeEngine]]:
    engine = FakeEngine((PRESS, PAPER, NAMES))
    with serving(create_app(lambda: engine, tmp_path_factory.mktemp("talk") / "c.sqlite3")) as base:
        yield base, engine


def menu(page: Any, title: str) -> Any:
    """The opened menu of a conversation."""
    page.get_by_label(f"More for: {title}", exact=True).click()
    return page.locator(".thread-menu:visible")


def titles(page: Any) -> list[str]:
    return [button.get_attribute("title") for button in page.locator("button[data-thread]").all()]


def test_sources_are_chosen_shown_and_kept(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/")
    page.click("#scope summary")
    page.get_by_role("checkbox", name="press 1 document").check()
    page.fill("#find", "überblick")
    page.wait_for_function("() => document.querySelectorAll('.option').length === 2")
    assert "press" in page.inner_text("#options"), "what is chosen stays in sight"
    page.get_by_role("checkbox", name="Отчёт: Überblick 한국").check()
    page.fill("#since", "2020-01-01")
    page.click("#done")
    said = "Asking in press, Отчёт 한국.txt, published since 2020-01-01"
    assert page.inner_text("#scope summary") == said
    exchange = ask(page, QUESTION)
    assert server[1].within[-1] == ("press/", NAMES.source) and server[1].asked[-1][2] == "2020-01-01"
    assert exchange.locator(".limits").inner_text() == "Asked in press, Отчёт 한국.txt, published since 2020-01-01"
    page.reload()
    page.wait_for_selector(".foot")
    assert page.inner_text("#scope summary") == said and page.locator(".limits").count() == 1, "kept for the conversation"
    page.click("#scope summary")
    page.click("#all")
    assert page.inner_text("#scope summary") == "All documents"
    page.keyboard.press("Escape")
    assert not page.locator("#scope .panel").is_visible()
    ask(page, QUESTION)
    assert server[1].within[-1] == () and server[1].asked[-1][2] is None
    page.click("#new")
    assert page.inner_text("#scope summary") == "All documents"


def test_nothing_to_choose_is_said(page: Any) -> None:
    page.goto("/")
    page.click("#scope summary")
    page.fill("#find", "no such thing")
    page.get_by_text("No document matches.").wait_for()
    page.keyboard.press("Escape")


def test_conversations_are_renamed_pinned_searched_exported_deleted(page: Any) -> None:
    page.goto("/")
    for _ in range(2):
        page.click("#new")
        ask(page, "Which cars does Hyundai make?")
    page.locator('button[title="Which cars does Hyundai make? (2)"]').wait_for()  # conversations of other tests are listed too
    assert {"Which cars does Hyundai make?", "Which cars does Hyundai make? (2)"} <= set(titles(page))
    menu(page, "Which cars does Hyundai make? (2)").get_by_role("button", name="Rename").click()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Title"
    page.keyboard.type("Größe <b>& Отчёт")
    page.keyboard.press("Enter")
    page.locator('button[title="Größe <b>& Отчёт"]').wait_for()
    menu(page, "Which cars does Hyundai make?").get_by_role("button", name="Pin").click()
    page.wait_for_function("() => document.querySelector('#thread-list li').className === 'pinned'")
    assert titles(page)[0] == "Which cars does Hyundai make?"
    page.fill("#thread-search", "größe")
    page.wait_for_function("() => document.querySelectorAll('button[data-thread]').length === 1")
    page.fill("#thread-search", "zeppelin")
    page.get_by_text("No conversation holds these words.").wait_for()
    page.fill("#thread-search", "CARS opened plant")
    page.wait_for_function("() => document.querySelectorAll('button[data-thread]').length === 2")
    for kind, beginning in (("Markdown", b"# Gr"), ("Word", b"PK")):
        with page.expect_download() as download:
            menu(page, "Größe <b>& Отчёт").get_by_role("link", name=kind).click()
        assert download.value.suggested_filename.startswith("Größe-b-Отчёт.")
        assert download.value.path().read_bytes().startswith(beginning)
        page.keyboard.press("Escape")


def test_deleting_asks_first(browser: Any, server: tuple[str, FakeEngine]) -> None:
    page = browser.new_page(base_url=server[0])
    page.goto("/")
    ask(page, "Which jobs are there in Kazakhstan, once?")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.locator('button[title="Which jobs are there in Kazakhstan, once?"]').wait_for()
    menu(page, "Which jobs are there in Kazakhstan, once?").get_by_role("button", name="Delete").click()
    page.locator('button[title="Which jobs are there in Kazakhstan, once?"]').wait_for(state="detached")
    assert "Delete this conversation" in asked[0] and page.locator("#welcome").is_visible()
    page.close()


def test_a_question_is_edited_and_tried_again(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/")
    ask(page, QUESTION)
    ask(page, "And what does Hyundai make?")
    asked = len(server[1].asked)
    page.locator(".exchange").first.get_by_label("Edit the question").click()
    page.keyboard.press("Escape")
    assert page.locator(".exchange").first.locator("h2").inner_text() == QUESTION, "nothing happened"
    page.locator(".exchange").first.get_by_label("Edit the question").click()
    page.fill(".editor textarea", "Who builds plants in Kazakhstan?")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.foot').length === 1")
    assert page.locator(".exchange h2").all_inner_texts() == ["Who builds plants in Kazakhstan?"]
    assert len(server[1].asked) == asked + 1 and server[1].asked[-1][1] == ()
    before = page.locator(".exchange").get_attribute("data-turn")
    page.get_by_label("Try again").click()
    page.wait_for_function("old => (document.querySelector('.exchange')?.dataset.turn || old) !== old", arg=before)
    assert len(server[1].asked) == asked + 2
    page.reload()
    page.wait_for_selector(".foot")
    assert page.locator(".exchange h2").all_inner_texts() == ["Who builds plants in Kazakhstan?"], "so it is kept"
    assert "Who builds plants in Kazakhstan?" in titles(page)


def test_another_try_that_is_stopped_leaves_the_earlier_answer(page: Any, server: tuple[str, FakeEngine]) -> None:
    page.goto("/")
    ask(page, QUESTION)
    server[1].pause = 3.0
    page.get_by_label("Try again").click()
    page.wait_for_function("() => document.getElementById('send').textContent === 'Stop'")
    page.click("#send")
    server[1].pause = 0.0
    page.get_by_text("Stopped.").wait_for()
    page.get_by_role("button", name="Back to the earlier answer").click()
    page.wait_for_selector(".foot")
    assert "9.6 billion" in page.locator(".answer").inner_text()


def test_one_statement_is_copied_with_its_footnote(page: Any) -> None:
    page.goto("/")
    exchange = ask(page, QUESTION)
    statements = exchange.locator(".answer li")
    assert statements.count() == exchange.get_by_label("Copy this statement with its footnotes").count() > 1
    assert statements.nth(1).locator(".copy-one").evaluate("button => button.offsetParent.tagName") == "LI", "it scrolls with its statement"
    statements.nth(1).hover()
    statements.nth(1).get_by_label("Copy this statement with its footnotes").click()
    exchange.get_by_text("Copied.").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").strip().split("\n")
    assert (
        lines[0].endswith("[^2]") and not lines[0].startswith("-") and lines[1] == "" and lines[2].startswith("[^2]: ") and len(lines) == 3
    )


def test_a_bad_answer_takes_a_reason(page: Any) -> None:
    page.goto("/")
    exchange = ask(page, QUESTION)
    exchange.get_by_label("Bad answer").click()
    exchange.locator(".reason fieldset").wait_for()
    assert exchange.locator(".reason label").all_inner_texts() == ["Wrong", "Incomplete"]
    exchange.get_by_label("Incomplete").check()
    exchange.get_by_label("What the right answer is, or where it stands").fill("the year is missing")
    exchange.get_by_role("button", name="Send").click()
    exchange.get_by_text("Noted, thank you.").wait_for()
    assert exchange.locator(".reason").is_hidden()
    refusal = ask(page, "Who is the moon?")
    refusal.get_by_label("Bad answer").click()
    refusal.locator(".reason fieldset").wait_for()
    assert refusal.locator(".reason label").all_inner_texts()[0] == "The documents do say it"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Bad answer"
    turns = page.evaluate("async () => (await fetch('/api/threads/' + location.hash.slice(1))).json()")
    assert [(turn["verdict"], turn["reason"], turn["comment"]) for turn in turns] == [
        ("down", "incomplete", "the year is missing"),
        ("down", None, None),
    ]


def test_a_refusal_says_why(page: Any) -> None:
    page.goto("/")
    refusal = ask(page, "Who is the moon?")
    refusal.get_by_text("Why not?").click()
    why = refusal.locator(".why").inner_text()
    assert "probability of 21 %" in why and "from 70 %" in why
    refusal.locator(".why button").first.click()
    page.wait_for_selector("#panel mark")
    assert page.inner_text("#panel mark")[:7] == "The two"
    page.reload()
    page.get_by_text("Why not?").click()
    assert "21 %" in page.inner_text(".why"), "kept with the conversation"


def test_a_pdf_is_saved(page: Any) -> None:
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf"}  # what the server makes: test_qa_threads_pdf
    page.route("**/export?format=pdf", lambda route: route.fulfill(body=b"%PDF-1.7", content_type="application/pdf", headers=headers))
    page.goto("/")
    ask(page, QUESTION)
    title = page.locator("#thread-list button[aria-current]").get_attribute("title")
    with page.expect_download() as download:
        menu(page, title).get_by_role("button", name="PDF").click()
    assert download.value.suggested_filename == "Größe.pdf" and download.value.path().read_bytes() == b"%PDF-1.7"


def test_where_a_font_is_missing_the_browser_prints(page: Any, trouble: list[str]) -> None:
    refusal = '{"error": {"message": "no font has these letters"}}'
    page.route("**/export?format=pdf", lambda route: route.fulfill(status=400, content_type="application/json", body=refusal))
    page.goto("/")
    ask(page, QUESTION)
    page.evaluate("window.print = () => { window.printed = location.hash; }")
    title = page.locator("#thread-list button[aria-current]").get_attribute("title")
    menu(page, title).get_by_role("button", name="PDF").click()
    page.get_by_text("no font has these letters").wait_for()
    page.get_by_role("button", name="Print instead").click()
    page.wait_for_function("() => window.printed")
    assert all("400" in message for message in trouble)
    trouble.clear()
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf())) as pdf:
        text = " ".join("".join(sheet.get_textpage().get_text_range() for sheet in pdf).split())
    assert QUESTION in text and "Sources disagree" in text
    assert re.search(r"Plant opens in Almaty\s*2024-06-13\s*.Korea has invested 9\.6 billion dollars in Kazakhstan since 1992", text), text
    assert "New conversation" not in text and "Ask a question" not in text


def test_it_fits_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    refusal = ask(page, "Who is the moon?")
    refusal.get_by_text("Why not?").click()
    refusal.get_by_label("Bad answer").click()
    page.click("#scope summary")
    page.get_by_role("checkbox", name="press 1 document").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    place = page.locator("#scope .panel").bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 360 and place["y"] >= 0

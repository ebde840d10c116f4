"""The report page: everything escaped, nothing fetched, opens in a browser without a complaint."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from eval.record import describe_run
from eval.report.page import html_report, markdown_report
from eval.run import run_cases
from eval.schema import Case, SupportJudge
from eval.score import Scores, score_run
from qa.schema import Answer, Conflict, Dropped
from tests.fakes import ABSTAINED, eval_answer, eval_case, fake_systems, words_judge

EVIL = "<script>alert(1)</script><img src=http://evil.example/x.png onerror=alert(2)>"
PLANT = ("a.txt", "Hyundai opened a plant in Almaty.")
CASES = [
    eval_case("fine", tags=["fact"]),
    eval_case("evil\"'><b>", question=f"Who? {EVIL}", tags=["$x_1$", EVIL], history=[{"question": EVIL, "answer": ""}]),
    eval_case("crash", tags=["fact"]),
    eval_case("none", answerable=False, tags=["absent"]),
]


def ask(case: Case) -> Answer:
    if case.id == "crash":
        raise ValueError(EVIL)
    if case.id == "none":
        return ABSTAINED
    if case.id == "fine":
        return eval_answer("Hyundai opened a plant. [1]", PLANT)
    return eval_answer(
        f"Samsung {EVIL} [1]",
        PLANT,
        conflicts=[Conflict(kind="disagreement", citations=[1], values=[EVIL, "2"], note=EVIL)],
        dropped=[Dropped(text=EVIL, reason=EVIL)],
    )


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    folder = tmp_path_factory.mktemp("report")
    set_path = folder / "set<i>.jsonl"
    set_path.write_text("".join(case.model_dump_json() + "\n" for case in CASES), encoding="utf-8")
    systems = fake_systems(ask)
    system = systems.answerer(folder, no_llm=True, broken=None)
    run_cases(CASES, system.ask, folder / "run", describe_run(set_path, systems.corpus(folder), system, None))
    return score_run(folder / "run", systems.corpus, open_judge=lambda: SupportJudge("words", 0.99, words_judge))


@pytest.fixture(scope="module")
def page(scores: Scores) -> str:
    return html_report(scores)


def test_untrusted_text_stays_text(page: str) -> None:
    assert not re.search(r"<script|<img|<b>|<i>", page)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 8
    assert "default-src 'none'" in page


def test_nothing_points_outside(page: str) -> None:
    outside = re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?(?!#|data:)([^"'\s)>]+)""", page.replace("src=http://evil.example/x.png", ""))
    assert outside == []
    assert "@import" not in page and "<metadata" not in page


def test_the_page_shows_every_failed_case_and_only_those(page: str) -> None:
    assert len(re.findall(r"<article", page)) == 2
    assert "crashed: ValueError" in page and "missing: Hyundai opened a plant" in page
    assert "does not say: Hyundai opened a plant" in page
    assert "Cases with something wrong (2 of 4)" in page
    assert len(re.findall(r"<svg", page)) == 4


def test_the_same_scores_give_the_same_page(scores: Scores, page: str) -> None:
    assert html_report(scores) == page


def test_markdown_tells_the_same(scores: Scores) -> None:
    text = markdown_report(scores)
    assert "| vital nugget recall | 0.333 |" in text
    assert "**crash** Who opened a plant?" in text and "- wrong: crashed: ValueError" in text
    assert "Cases with something wrong (2 of 4)" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) > 2 for row in rows)


def test_a_run_in_which_nothing_could_be_measured_still_has_a_page(tmp_path: Path) -> None:
    def crash(case: Case) -> Answer:
        raise ValueError("x")

    set_path = tmp_path / "set.jsonl"
    set_path.write_text(eval_case().model_dump_json() + "\n", encoding="utf-8")
    systems = fake_systems(crash)
    system = systems.answerer(tmp_path, no_llm=True, broken=None)
    run_cases([eval_case()], system.ask, tmp_path / "run", describe_run(set_path, systems.corpus(tmp_path), system, None))
    assert "1 of 1 cases crashed" in html_report(score_run(tmp_path / "run", systems.corpus))


def test_opens_in_chromium_without_a_complaint_or_a_request(page: str, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs chromium on the PATH")
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    complaints: list[str] = []
    requests: list[str] = []
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_api.sync_playwright() as driver:
        browser: Any = driver.chromium.launch(executable_path=chromium, args=flags)
        tab = browser.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(path.as_uri())
        assert tab.locator("article").count() == 2
        assert tab.locator("figure svg").count() == 4
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        browser.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []

"""docs/answers.md is true: its traces are what the program prints, its examples what the rules say, its figures the constants."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from qa.answer import READ_FOR_LISTS, READ_PASSAGES, Engine

from index.config import load_settings
from index.embed import Embedder
from index.library import open_library
from qa import conflicts, evidence, select
from qa.cli import main
from qa.config import Settings
from qa.grounding_model import SUPPORT_THRESHOLD
from qa.rerank import Reranker
from qa.second import load_second
from qa.verify import Item, by_rules
from tests.needs import requires_models, requires_parser

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "answers.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())
SCORE = re.compile(r"(?<![\d.])-?\d+\.\d\d(?![\d.])")
STALE = "docs/answers.md is stale. Run: python -m docs.make_answers"
# Processors round differently: probabilities and cosines moved by up to .03 between two ways of running the models, logits by .6.
NEAR, NEAR_LOGIT = 0.05, 1.0


@cache
def maker() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "make_answers.py"))


@pytest.fixture(scope="module")
def engine(example_db: Path, embedder: Embedder, reranker: Reranker) -> Iterator[Engine]:
    settings = load_settings(Settings, {"store": {"path": example_db}})
    made = Engine(settings, open_library(settings), embedder, reranker, second=load_second(settings))
    yield made
    made.close()


@dataclass(frozen=True)
class Line:
    """A line without its scores and places. `loose`: a row that another processor may give another place, or leave out at the end."""

    shape: str
    scores: tuple[float, ...]
    loose: bool

    def like(self, other: Line) -> bool:
        """Whether both say the same with scores that are near."""
        if self.shape != other.shape or len(self.scores) != len(other.scores):
            return False
        logits = range(1, len(self.scores) - 1) if "| sentence |" in self.shape else range(0)
        return all(
            abs(a - b) <= (NEAR_LOGIT if n in logits else NEAR) for n, (a, b) in enumerate(zip(self.scores, other.scores, strict=True))
        )


def lines_of(text: str) -> list[Line]:
    """The lines of a trace; a sentence together with its scores."""
    joined = re.sub(r"\n {9}(?=“)", " | sentence | ", text)
    found = []
    for line in joined.splitlines():
        passage = re.match(r" +\d+ +\d+ .*\.\d\d  ", line) is not None
        heading = line.startswith(("  Passages:", "  Sentences:"))
        left_out = re.match(r" +\d+ left out|         \S+: “", line) is not None
        loose = passage or left_out or ("| sentence |" in line and not line.lstrip().startswith(("*", "+")))
        shown = re.sub(r"^ +\d+ +\d+ ", "", line) if passage else re.sub(r"\b\d+\b(?! needs|\.)", "N", line) if heading else line
        found.append(Line(" ".join(SCORE.sub("#", shown).split()), tuple(map(float, SCORE.findall(line))), loose))
    return found


def differing(page: list[Line], made: list[Line]) -> list[Line]:
    """The lines of the page that the program does not print, wherever they stand."""
    left, missing = list(made), []
    for line in page:
        same = next((other for other in left if line.like(other)), None)
        if same is None:
            missing.append(line)
        else:
            left.remove(same)
    return missing


@pytest.mark.models
@requires_models
def test_the_traces_are_what_the_program_prints(engine: Engine) -> None:
    """What was read, chosen, checked and said must be the same on every processor; of the other rows nine of ten."""
    page, made = (lines_of(text) for text in (PAGE, maker()["renewed"](PAGE, lambda question: maker()["printed"](engine, question))))
    missing = differing(page, made)
    assert not [line for line in missing if not line.loose], STALE
    rows = [line for line in page if line.loose]
    assert len(rows) > 30 and len(missing) <= len(rows) / 10, STALE
    assert sum(map(len, (line.scores for line in page))) > 150 and len(differing(made, page)) <= len(rows) / 10


def asked(engine: Engine, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """`footnote ask ARGUMENTS` with the engine that is open."""
    monkeypatch.setattr("qa.answer.open_engine", lambda *_, **__: engine)
    monkeypatch.setattr(Engine, "close", lambda _: None)
    monkeypatch.setattr("sys.argv", ["footnote", "ask", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code in (0, None)


@pytest.mark.models
@requires_models
def test_the_steps_come_on_stderr_and_with_json_as_data(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    question = re.findall(r"<!-- short: (.+?) -->", PAGE)[0]
    asked(engine, monkeypatch, question)
    plain = capsys.readouterr()
    asked(engine, monkeypatch, question, "--trace")
    traced = capsys.readouterr()
    assert traced.out == plain.out and traced.err.startswith("Question\n") and "Question" not in plain.err
    asked(engine, monkeypatch, question, "--trace", "--json")
    given = capsys.readouterr()
    (lookup,) = json.loads(given.out)["trace"]["lookups"]
    assert "Question" not in given.err
    assert len(lookup["passages"]) == engine.settings.answer.candidates and sum(p["read"] for p in lookup["passages"]) == READ_PASSAGES
    assert {left["reason"] for left in lookup["left_out"]} == {"does not speak of Yoon", "does not speak of Tashkent"}


def test_a_page_with_another_score_or_another_choice_is_noticed() -> None:
    rows = PAGE.splitlines()
    chosen = next(n for n, row in enumerate(rows) if row.startswith("    *"))
    for old, new in (("    *", "     "), (SCORE.findall(rows[chosen])[0], "0.31")):
        changed = "\n".join([*rows[:chosen], rows[chosen].replace(old, new, 1), *rows[chosen + 1 :]])
        (missing,) = differing(lines_of(PAGE), lines_of(changed))
        assert not missing.loose
    assert differing(lines_of(PAGE), lines_of(PAGE)) == []


def test_the_page_has_a_trace_and_a_refusal() -> None:
    kinds = re.findall(r"<!-- (trace|short): ", PAGE)
    assert kinds == ["trace", "short"]
    trace, refusal = (block for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL))
    assert all(part in trace for part in ("Passages:", "Sentences:", "Statements", "Sources", "[1]"))
    assert "The documents do not say." in refusal and "Passages:" not in refusal


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    page = "before\n<!-- trace: who? -->\n\n```text\nold\n```\n\nbetween\n<!-- short: why? -->\n\n```text\n```\nafter"
    printed = "Question\n\n  Passages: 2\n  a row\n\n  Sentences: 1\n"
    made = maker()["renewed"](page, lambda question: f"{question}\n{printed}")
    assert made.split("```") == [
        "before\n<!-- trace: who? -->\n\n", f"text\nwho?\n{printed}",
        "\n\nbetween\n<!-- short: why? -->\n\n", "text\nwhy?\nQuestion\n\n  Sentences: 1\n", "\nafter",
    ]  # fmt: skip


def quotes() -> dict[str, tuple[str, str]]:
    """The example quotes by letter: source and text."""
    found = re.findall(r"^- ([A-Z]), `([\w.-]+)`: `([^`]+)`", PAGE, re.MULTILINE)
    return {letter: (source, " ".join(text.split())) for letter, source, text in found}


@requires_parser
def test_the_examples_are_refused_for_the_reasons_given() -> None:
    rows = re.findall(r"^\| ([a-z]+) \| ([^|]+) \| ([A-Z]) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert len(rows) >= 7
    for _, claim, letter, reason in rows:
        verdict = by_rules(Item(claim, [quotes()[letter][1].replace("*", "")]))
        assert verdict is not None, claim
        assert (verdict.label != "supported", verdict.reason) == (True, reason), claim


def test_the_example_quotes_stand_in_the_examples() -> None:
    for source, text in quotes().values():
        stored = (ROOT / "examples" / "kazakhstan-korea" / source).read_text(encoding="utf-8")
        assert text in " ".join(stored.split())


@pytest.mark.parametrize(
    "told",
    [
        f"when its probability reaches {select.ANSWER_FLOOR:.2f}",
        f"quantity needs {select.MORE_FLOOR:.2f}, an item of a list {select.LIST_FLOOR:.2f}",
        f"when a score reaches {SUPPORT_THRESHOLD:.2f}",
        f"more than {conflicts.APART_DAYS} days",
        f"reads the best {Settings().answer.candidates} again",
        f"({READ_FOR_LISTS} for a list)",
        f"context is given to the best {evidence.FRAMED} only",
    ],
)
def test_figures_are_the_constants(told: str) -> None:
    assert told.replace("0.", ".") in FLAT


def test_figures_in_words_are_the_constants() -> None:
    assert READ_PASSAGES == 10 and "the best ten passages" in FLAT
    assert select.NEAR == 4 and "at most four times" in FLAT

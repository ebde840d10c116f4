"""Scoring a run: what does not fit is named, the judge is asked once, crashes are counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.record import describe_run, read_record, write_record
from eval.report.tables import markdown, metric_table, tag_table
from eval.run import run_cases
from eval.schema import Case, Corpus, SupportJudge
from eval.score import Scores, as_json, score_run
from index.errors import EvalError
from qa.schema import Answer
from tests.fakes import ABSTAINED, EVAL_TEXTS, eval_answer, eval_case, fake_systems, words_judge

PLANT = ("a.txt", "Hyundai opened a plant in Almaty.")
CASES = [
    eval_case("good", tags=["fact"]),
    eval_case("bad", tags=["fact", "list"]),
    eval_case("crash", tags=["list"]),
    eval_case("none", answerable=False, tags=["absent"]),
]


def ask(case: Case) -> Answer:
    if case.id == "crash":
        raise RuntimeError("boom")
    if case.id == "none":
        return ABSTAINED
    text = "Hyundai opened a plant. [1]" if case.id == "good" else "Samsung makes phones. [1]"
    return eval_answer(text, PLANT)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path)


def make_run(folder: Path, name: str = "run") -> Path:
    set_path = folder / "set.jsonl"
    set_path.write_text("".join(case.model_dump_json() + "\n" for case in CASES), encoding="utf-8")
    systems = fake_systems(ask)
    corpus = systems.corpus(folder / "db")
    system = systems.answerer(folder / "db", no_llm=True, broken=None)
    run_cases(CASES, system.ask, folder / name, describe_run(set_path, corpus, system, None))
    return folder / name


def score(run: Path, **more: Any) -> Scores:
    return score_run(run, fake_systems(ask).corpus, **more)


def value(scores: Scores, name: str, tag: str | None = None) -> tuple[float, int] | None:
    found = (scores.by_tag[tag] if tag else scores.overall)[name]
    return (found.value, found.n) if found else None


def test_metrics_over_all_and_by_tag(run: Path) -> None:
    scores = score(run)
    assert value(scores, "vital_recall") == (pytest.approx(1 / 3), 3)
    assert value(scores, "vital_recall", "fact") == (0.5, 2)
    assert value(scores, "list_completeness", "list") == (0.0, 2)
    assert value(scores, "rejection") == (1.0, 1)
    assert value(scores, "rejection", "fact") is None
    assert value(scores, "crashed") == (0.25, 4)
    assert value(scores, "crag") == ((1 - 1 - 1 + 0) / 4, 4)
    assert scores.failed == 1
    assert scores.judge is None and value(scores, "groundedness") is None


def test_the_judge_is_asked_once_and_its_verdicts_are_kept(run: Path) -> None:
    asked: list[tuple[str, str]] = []

    def counting(pairs: Any) -> list[float]:
        asked.extend(pairs)
        return words_judge(pairs)

    first = score(run, open_judge=lambda: SupportJudge("words", 0.99, counting))
    assert value(first, "groundedness") == (0.5, 2)
    assert len(asked) == 2
    again = score(run, open_judge=lambda: SupportJudge("words", 0.99, counting))
    assert again.overall == first.overall and len(asked) == 2
    without = score(run)
    assert without.overall == first.overall
    assert without.judge is not None and without.judge.balanced_accuracy is None


def test_another_judges_verdicts_are_not_mixed_in(run: Path) -> None:
    score(run, open_judge=lambda: SupportJudge("words", 0.99, words_judge))
    kind = score(run, open_judge=lambda: SupportJudge("kind", 0.5, lambda pairs: [1.0] * len(pairs)))
    assert value(kind, "groundedness") == (1.0, 2)
    assert kind.judge is not None and kind.judge.name == "kind"
    (run / "support.json").write_text('{"judge": "kind"}', encoding="utf-8")
    with pytest.raises(EvalError, match=r"support\.json is damaged"):
        score(run)


def test_a_run_with_another_set_or_corpus_is_refused(run: Path, tmp_path: Path) -> None:
    other: Any = lambda db: Corpus(str(db), "corpus-2", 2, EVAL_TEXTS.get)  # noqa: E731
    with pytest.raises(EvalError, match="another corpus"):
        score_run(run, other)
    set_path = tmp_path / "set.jsonl"
    moved = tmp_path / "moved.jsonl"
    set_path.rename(moved)
    with pytest.raises(EvalError, match=r"set\.jsonl does not exist"):
        score(run)
    assert value(score(run, set_path=moved), "rejection") == (1.0, 1)
    moved.write_text(moved.read_text(encoding="utf-8").replace("Who opened", "Who built"), encoding="utf-8")
    with pytest.raises(EvalError, match="another set"):
        score(run, set_path=moved)


def test_a_quote_that_the_corpus_lost_is_named_even_when_hashes_agree(run: Path) -> None:
    lost: Any = lambda db: Corpus(str(db), "corpus-1", 2, {"a.txt": "nothing"}.get)  # noqa: E731
    scores = score_run(run, lost)
    assert {(problem.case, problem.field) for problem in scores.lost} >= {("good", "nuggets.0.evidence.0.quote")}
    assert as_json(scores)["lost"][0]["case"] == "good"
    assert as_json(score(run))["lost"] == []


def test_a_half_written_run_is_not_scored(run: Path) -> None:
    path = run / "predictions.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:3]), encoding="utf-8")
    with pytest.raises(EvalError, match="3 of 4 cases are answered, 'none' is the first missing"):
        score(run)
    path.write_text("".join(lines)[:-5], encoding="utf-8")
    with pytest.raises(EvalError, match="line 4: half-written"):
        score(run)


def test_json_and_tables_say_what_was_found(run: Path) -> None:
    scores = score(run, open_judge=lambda: SupportJudge("words", 0.99, words_judge))
    made = json.loads(json.dumps(as_json(scores)))
    assert made["cases"] == 4 and made["failed"] == 1
    assert made["metrics"]["vital_recall"]["n"] == 3 and made["metrics"]["conflict_shown"] is None
    assert made["tags"]["fact"]["vital_recall"]["value"] == 0.5
    assert made["judge"] == {"name": "words", "threshold": 0.99, "balanced_accuracy": None, "measured_on": None}
    assert {c["id"]: c["passed"] for c in made["by_case"]} == {"good": True, "bad": False, "crash": False, "none": True}
    table = metric_table(scores)
    assert "1 of 4 cases crashed" in table.note and "not on record" in table.note
    assert ("vital nugget recall", "0.333", "0.000 to 1.000", "3") in table.rows
    assert ("conflicts shown", "-", "no such case", "0") in table.rows
    assert ("claims supported by their quotes", "-", "needs --judge", "0") in metric_table(
        replace(scores, judge=None, overall={**scores.overall, "groundedness": None})
    ).rows
    assert "| fact | 2 | 0.50 (2) |" in markdown(tag_table(scores))


def test_the_judges_own_accuracy_is_shown_when_it_is_on_record(run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from eval import score as scoring
    from eval.baseline import Baseline, JudgeBaseline, write_baseline

    known = JudgeBaseline(threshold=0.99, auc=0.9, balanced_accuracy=0.81, pairs=100, data="pairs.jsonl", data_sha256="x")
    write_baseline(tmp_path / "baseline.json", Baseline(judges={"words": known}))
    monkeypatch.setattr(scoring, "BASELINE", tmp_path / "baseline.json")
    scores = score(run, open_judge=lambda: SupportJudge("words", 0.99, words_judge))
    assert "its own balanced accuracy is 0.810 on 100 pairs of pairs.jsonl" in metric_table(scores).note
    other = score(run, open_judge=lambda: SupportJudge("words", 0.5, words_judge))
    assert other.judge is not None and other.judge.balanced_accuracy is None


def test_the_record_can_rebuild_the_run(run: Path) -> None:
    record = read_record(run)
    assert record.command and record.machine["cores"] and record.versions["python"]
    assert record.set.cases == 4 and len(record.set.sha256) == 64
    assert record.configuration == {"answer": {"candidates": 24}}
    write_record(run, record)
    assert read_record(run) == record

"""The commands `footnote eval ...` over a fake product."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.cli import register
from eval.schema import BeirDocument, Case, Corpus, Progress, RunQueries, Systems, SystemUnderTest
from index.errors import EvalError, FootnoteError, UsageError
from qa.schema import Answer, Passage
from tests.fakes import ABSTAINED, EVAL_TEXTS, eval_answer, eval_case, fake_systems

PLANT = ("a.txt", "Hyundai opened a plant in Almaty.")


def good(case: Case) -> Answer:
    return eval_answer("Hyundai opened a plant. [1]", PLANT) if case.answerable else ABSTAINED


def crash(case: Case) -> Answer:
    raise ValueError("boom")


@pytest.fixture
def set_file(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    cases = [eval_case("c1", tags=["fact"]), *(eval_case(name, answerable=False) for name in ("u1", "u2", "u3"))]
    path.write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
    return path


def invoke(systems: Systems, *args: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, systems)
    return CliRunner().invoke(app, ["eval", *map(str, args)])


def ok(systems: Systems, *args: object) -> str:
    result = invoke(systems, *args)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(kind: type[FootnoteError], systems: Systems, *args: object) -> str:
    result = invoke(systems, *args)
    assert isinstance(result.exception, kind), result.output
    return str(result.exception)


def test_run_score_report_compare_gate(set_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    product, out, floors = fake_systems(good), tmp_path / "run", tmp_path / "baseline.json"
    ran = ok(product, "run", "--set", set_file, "--db", tmp_path, "--out", out, "--no-llm")
    assert "4 cases, 0 crashed" in ran
    assert "Of 1 question that the documents answer: 1 right, 0 in part, 0 beside the point, 0 refused." in ran
    assert "Of 3 that they do not answer: 3 refused, as they should be." in ran
    assert "vital nugget recall" in ok(product, "score", out)
    assert json.loads(ok(product, "score", out, "--judge", "--json"))["metrics"]["groundedness"]["value"] == 1
    assert str(out / "report.html") in ok(product, "report", out).replace("\n", "")
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert ok(product, "report", out, "--markdown").startswith("## Evaluation of set.jsonl")
    assert "the set is new" in refused(EvalError, product, "gate", out, "--baseline", floors)
    assert "Moved floors" in ok(product, "gate", out, "--baseline", floors, "--allow-regression")
    assert "held" in ok(product, "gate", out, "--baseline", floors)

    broken, other = fake_systems(lambda case: good(eval_case())), tmp_path / "other"
    ok(broken, "run", "--set", set_file, "--db", tmp_path, "--out", other)
    before = floors.read_bytes()
    assert "rejection" in refused(EvalError, broken, "gate", other, "--baseline", floors)
    assert floors.read_bytes() == before
    shown = ok(product, "compare", out, other)
    assert "Lost (3)" in shown and "u1" in shown
    assert [case["id"] for case in json.loads(ok(product, "compare", out, other, "--json"))["lost"]] == ["u1", "u2", "u3"]


def test_floors_rise_by_themselves_but_not_in_ci(set_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weak, sound, floors = fake_systems(lambda case: ABSTAINED), fake_systems(good), tmp_path / "baseline.json"
    ok(weak, "run", "--set", set_file, "--db", tmp_path, "--out", tmp_path / "weak")
    ok(sound, "run", "--set", set_file, "--db", tmp_path, "--out", tmp_path / "sound")
    ok(weak, "gate", tmp_path / "weak", "--baseline", floors, "--allow-regression")
    before = floors.read_bytes()
    monkeypatch.setenv("CI", "true")
    assert "raised" in ok(sound, "gate", tmp_path / "sound", "--baseline", floors)
    assert floors.read_bytes() == before
    monkeypatch.delenv("CI")
    ok(sound, "gate", tmp_path / "sound", "--baseline", floors)
    assert json.loads(floors.read_text(encoding="utf-8"))["sets"]["set.jsonl"]["metrics"]["vital_recall"]["floor"] == 1


def test_a_run_of_crashes_alone_is_an_error(set_file: Path, tmp_path: Path) -> None:
    assert "Every case crashed" in refused(
        EvalError, fake_systems(crash), "run", "--set", set_file, "--db", tmp_path, "--out", tmp_path / "r"
    )


def test_a_set_with_lost_quotes_runs_and_its_cases_are_named_everywhere(tmp_path: Path) -> None:
    nugget = eval_case().nuggets[0].model_dump()
    lost = eval_case("lost", nuggets=[{**nugget, "evidence": [{"source": "z.txt", "quote": "x"}]}])
    path, out = tmp_path / "set.jsonl", tmp_path / "r"
    path.write_text("".join(case.model_dump_json() + "\n" for case in (eval_case("kept"), lost)), encoding="utf-8")
    ran = ok(fake_systems(good), "run", "--set", path, "--db", tmp_path, "--out", out)
    assert "2 cases, 0 crashed" in ran
    for shown in (ran, ok(fake_systems(good), "score", out), ok(fake_systems(good), "report", out, "--markdown")):
        assert "Lost content: 1 of 2 evidence quotes" in shown and "case 'lost', nuggets.0.evidence.0.source" in shown
    ok(fake_systems(good), "report", out)
    assert "Lost content (1)" in (out / "report.html").read_text(encoding="utf-8")


def test_a_nugget_without_evidence_stops_before_the_models_are_opened(tmp_path: Path) -> None:
    nugget = eval_case().nuggets[0].model_dump()
    path = tmp_path / "set.jsonl"
    path.write_text(eval_case(nuggets=[{**nugget, "evidence": []}]).model_dump_json() + "\n", encoding="utf-8")

    def closed(*_: Any, **__: Any) -> SystemUnderTest:
        raise AssertionError("opened")

    message = refused(EvalError, fake_systems(good, answerer=closed), "run", "--set", path, "--db", tmp_path, "--out", tmp_path / "r")
    assert "nuggets.0.evidence" in message
    assert not (tmp_path / "r").exists()


def test_what_is_broken_on_purpose_is_named_and_passed_on(set_file: Path, tmp_path: Path) -> None:
    opened: list[tuple[bool, str | None]] = []

    def answerer(db: Path, *, no_llm: bool, broken: str | None) -> SystemUnderTest:
        opened.append((no_llm, broken))
        return SystemUnderTest(good, {}, [])

    product = fake_systems(good, answerer=answerer)
    ok(product, "run", "--set", set_file, "--db", tmp_path, "--out", tmp_path / "r", "--break", "no-rerank")
    assert opened == [(False, "no-rerank")]
    assert "no-abstain" in refused(UsageError, product, "run", "--set", set_file, "--out", tmp_path / "x", "--break", "everything")


def test_without_db_the_index_of_the_settings_is_used(set_file: Path, tmp_path: Path) -> None:
    asked: list[Path | None] = []

    def corpus(db: Path | None) -> Corpus:
        asked.append(db)
        return Corpus(str(db or tmp_path / "configured"), "corpus-1", 2, EVAL_TEXTS.get)

    ok(fake_systems(good, corpus=corpus), "run", "--set", set_file, "--out", tmp_path / "r")
    ok(fake_systems(good, corpus=corpus), "score", tmp_path / "r")
    assert asked == [None, *[tmp_path / "configured"] * 2]


def test_a_second_judge_is_held_against_the_first(set_file: Path, tmp_path: Path) -> None:
    product = fake_systems(good, second_judge=lambda: lambda prompt: "No.")
    ok(product, "run", "--set", set_file, "--db", tmp_path, "--out", tmp_path / "r")
    found = json.loads(ok(product, "score", tmp_path / "r", "--second-judge", "--json"))["second_judge"]
    assert (found["n"], found["share"], found["only_first"]) == (1, 0, 1)
    assert "Cohen's kappa" in ok(product, "score", tmp_path / "r", "--second-judge")


def test_grounding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from eval import baseline

    monkeypatch.setattr(baseline, "BASELINE", tmp_path / "baseline.json")
    pairs = tmp_path / "pairs.jsonl"
    rows = [
        {"source": "s", "evidence": "Kia opened", "claim": claim, "label": label} for claim, label in (("Kia opened", 1), ("Kia left", 0))
    ]
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = json.loads(ok(fake_systems(good), "grounding", pairs, "--json"))["judges"][0]
    assert [(row["source"], row["balanced_accuracy"]) for row in found["sources"]] == [("all", 1), ("mean of sources", 1), ("s", 1)]
    assert not (tmp_path / "baseline.json").exists()
    assert "balanced acc." in ok(fake_systems(good), "grounding", pairs, "--record")
    assert json.loads((tmp_path / "baseline.json").read_text(encoding="utf-8"))["judges"]["words"]["balanced_accuracy"] == 1


@contextmanager
def by_length(
    documents: Sequence[BeirDocument], workdir: Path, progress: Progress, *, depth: int, chunked: bool
) -> Iterator[Mapping[str, RunQueries]]:
    """Ranks longer documents first, whatever was asked; "none" finds nothing."""
    assert workdir.is_dir() and depth == 100
    scores = {document.id: float(len(document.text)) + chunked for document in documents}
    yield {"bm25": lambda queries: dict.fromkeys(queries, scores), "none": lambda queries: {}}


def test_retrieval_over_a_beir_folder(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "text": "long text"}\n{"_id": "d2", "text": "short"}\n', encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "?"}\n', encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("q1\td2\t1\n", encoding="utf-8")
    product = fake_systems(good, retrievers=by_length)
    found = json.loads(ok(product, "retrieval", tmp_path, "--json"))["systems"]
    assert (found["bm25"]["RR@10"]["value"], found["none"]["RR@10"]["value"], found["none"]["missed"]) == (0.5, 0, 1)
    assert "MRR@10" in ok(product, "retrieval", tmp_path, "--chunked")


def test_retrieval_over_an_eval_set(set_file: Path, tmp_path: Path) -> None:
    def passages(db: Path) -> Mapping[str, Callable[[Case], list[Passage]]]:
        return {"bm25": lambda case: [Passage("x", "a.txt", 0, 10, EVAL_TEXTS["a.txt"][:10], 1.0)]}

    product = fake_systems(good, passages=passages)
    found = json.loads(ok(product, "retrieval", set_file, "--db", tmp_path, "--json"))["systems"]
    assert (found["bm25"]["Success@5"]["value"], found["bm25"]["Success@5"]["n"]) == (1, 1)
    assert "--db" in refused(UsageError, product, "retrieval", set_file)


def test_a_missing_extra_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from eval.extra import needs

    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(UsageError, match=r"ir_measures.*footnote\[eval\]"):
        needs("ir_measures")
    assert needs("json") is json

"""Comparing two runs, and the gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.baseline import Baseline, read_baseline, write_baseline
from eval.compare import as_json, compare_runs, difference_table, same_prediction
from eval.gate import check, gate_table, passes, updated
from eval.record import describe_run
from eval.run import run_cases
from eval.schema import Case, Prediction, SupportJudge
from eval.score import Scores, score_run
from index.errors import EvalError
from qa.schema import Answer, Timings
from tests.fakes import ABSTAINED, eval_answer, eval_case, fake_systems, words_judge

PLANT = ("a.txt", "Hyundai opened a plant in Almaty.")
JOBS = ("a.txt", "It employs 700 people.")
CASES = [eval_case(f"c{i}") for i in range(6)] + [eval_case(f"u{i}", answerable=False) for i in range(4)]


def good(case: Case) -> Answer:
    return eval_answer("Hyundai opened a plant. [1]\nIt employs 700 people. [2]", PLANT, JOBS) if case.answerable else ABSTAINED


def scored(folder: Path, name: str, ask: Callable[[Case], Answer], cases: list[Case] = CASES, judge: str = "words") -> Scores:
    set_path = folder / "set.jsonl"
    set_path.write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
    systems = fake_systems(ask)
    system = systems.answerer(folder, no_llm=True, broken=None)
    run_cases(cases, system.ask, folder / name, describe_run(set_path, systems.corpus(folder), system, None))
    return score_run(folder / name, systems.corpus, open_judge=lambda: SupportJudge(judge, 0.99, words_judge))


def never_abstains(case: Case) -> Answer:
    return good(case) if case.answerable else eval_answer("It employs 700 people. [1]", JOBS)


def shuffles(case: Case) -> Answer:
    answer = good(case)
    turned = [c.model_copy(update={"citations": n}) for c, n in zip(answer.claims, [[2], [1]], strict=False)]
    return answer.model_copy(update={"claims": turned})


def misquotes(case: Case) -> Answer:
    answer = good(case)
    return answer.model_copy(update={"citations": [c.model_copy(update={"start": c.start + 1}) for c in answer.citations]})


def invents(case: Case) -> Answer:
    return eval_answer("Hyundai opened a plant. [1]\nToyota makes 900 ships. [2]", PLANT, JOBS) if case.answerable else ABSTAINED


def crashes(case: Case) -> Answer:
    if case.id == "u3":
        raise OSError("disk")
    return good(case)


BROKEN: list[tuple[Callable[[Case], Answer], str, set[str]]] = [
    (never_abstains, "rejection", {"u0", "u1", "u2", "u3"}),
    (shuffles, "groundedness", {f"c{i}" for i in range(6)}),
    (misquotes, "quote_exactness", {f"c{i}" for i in range(6)}),
    (invents, "groundedness", {f"c{i}" for i in range(6)}),
    (crashes, "crashed", {"u3"}),
]


@pytest.mark.parametrize(("broken", "metric", "cases"), BROKEN, ids=[b[0].__name__ for b in BROKEN])
def test_a_broken_product_shuts_the_gate_and_compare_names_the_cases(
    tmp_path: Path, broken: Callable[[Case], Answer], metric: str, cases: set[str]
) -> None:
    sound, worse = scored(tmp_path, "a", good), scored(tmp_path, "b", broken)
    floors = updated(Baseline(), sound, check(sound, Baseline(), allow_regression=True))
    assert passes(check(sound, floors, allow_regression=False))
    rows = check(worse, floors, allow_regression=False)
    assert not passes(rows)
    assert next(row.status for row in rows if row.name == metric) == "failed"
    found = compare_runs(sound, worse)
    assert {change.case.id for change in found.lost} == cases
    assert not found.gained
    assert {change.case.id for change in compare_runs(worse, sound).gained} == cases


def test_the_same_answers_differ_in_nothing_but_time(tmp_path: Path) -> None:
    slower = scored(tmp_path, "b", lambda case: good(case).model_copy(update={"timings_ms": Timings(total=99)}))
    found = compare_runs(scored(tmp_path, "a", good), slower)
    assert (found.identical, found.n, found.p) == (10, 10, 1.0)
    assert not found.gained and not found.lost and not found.other
    assert all(change.difference.value == 0 and change.difference.p == 1 for change in found.metrics)


def test_predictions_are_the_same_only_when_all_of_them_is() -> None:
    a = Prediction("x", good(CASES[0]))
    assert same_prediction(a, Prediction("x", good(CASES[0])))
    assert not same_prediction(a, Prediction("x", ABSTAINED))
    assert not same_prediction(a, Prediction("x", error="e"))
    assert same_prediction(Prediction("x", error="e"), Prediction("x", error="e"))
    assert not same_prediction(Prediction("x", error="e"), Prediction("x", error="f"))


def test_a_comparison_as_table_and_json(tmp_path: Path) -> None:
    found = compare_runs(scored(tmp_path, "a", good), scored(tmp_path, "b", never_abstains))
    rejection = next(row for row in difference_table(found).rows if row[0].startswith("unanswerable"))
    assert rejection[1:4] == ("1.000", "0.000", "-1.000")
    made = json.loads(json.dumps(as_json(found)))
    assert [case["id"] for case in made["lost"]] == ["u0", "u1", "u2", "u3"]
    assert "answered a question that the documents do not answer" in made["lost"][0]["b"]
    assert made["metrics"]["rejection"]["value"] == -1


def test_cases_that_fail_otherwise_are_told_apart(tmp_path: Path) -> None:
    refuses = scored(tmp_path, "a", lambda case: ABSTAINED)
    wrong = scored(tmp_path, "b", lambda case: eval_answer("It employs 700 people. [1]", JOBS) if case.answerable else ABSTAINED)
    found = compare_runs(refuses, wrong)
    assert {change.case.id for change in found.other} == {f"c{i}" for i in range(6)}


def test_runs_over_different_sets_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    with pytest.raises(EvalError, match="versions of the set"):
        compare_runs(scored(tmp_path, "a", good), scored(tmp_path / "two", "b", good, CASES[:5]))


def test_differently_judged_runs_are_compared_without_support(tmp_path: Path) -> None:
    found = compare_runs(scored(tmp_path, "a", good), scored(tmp_path, "b", good, judge="other"))
    assert "left out" in found.note
    assert not any(change.metric.judged for change in found.metrics)


def two_refused(case: Case) -> Answer:
    return ABSTAINED if case.id in ("c0", "c1") else good(case)


def three_refused(case: Case) -> Answer:
    return ABSTAINED if case.id in ("c0", "c1", "c2") else good(case)


def test_two_cases_are_noise_three_are_not_and_lowering_must_be_asked_for(tmp_path: Path) -> None:
    sound = scored(tmp_path, "a", good)
    floors = updated(Baseline(), sound, check(sound, Baseline(), allow_regression=True))
    two = check(scored(tmp_path, "b", two_refused), floors, allow_regression=False)
    assert next(row.status for row in two if row.name == "false_refusal") == "within noise"
    worse = scored(tmp_path, "c", three_refused)
    rows = check(worse, floors, allow_regression=False)
    assert next(row.status for row in rows if row.name == "false_refusal") == "failed"
    lowered = updated(floors, worse, check(worse, floors, allow_regression=True))
    assert lowered.sets["set.jsonl"].metrics["false_refusal"].floor == pytest.approx(3 / 6, abs=1e-5)
    assert passes(check(worse, lowered, allow_regression=False))
    better = check(sound, lowered, allow_regression=False)
    assert next(row.status for row in better if row.name == "false_refusal") == "raised"
    assert updated(lowered, sound, better) == floors
    assert gate_table(better).rows


def test_noise_is_what_two_cases_or_the_largest_can_move(tmp_path: Path) -> None:
    nugget = CASES[0].nuggets[0].model_dump()
    cases = [eval_case("big", nuggets=[nugget] * 3), *CASES[1:6]]
    rows = {row.name: row.noise for row in check(scored(tmp_path, "a", good, cases), Baseline(), allow_regression=True)}
    assert rows["vital_recall"] == pytest.approx(3 / 8)
    assert rows["case_recall"] == rows["passed"] == pytest.approx(2 / 6)
    assert rows["crag"] == pytest.approx(4 / 6)
    assert rows["quote_exactness"] == rows["crashed"] == 0


def test_floors_are_for_one_set_one_corpus_and_one_judge(tmp_path: Path) -> None:
    sound = scored(tmp_path, "a", good)
    with pytest.raises(EvalError, match="the set is new"):
        check(sound, Baseline(), allow_regression=False)
    floors = updated(Baseline(), sound, check(sound, Baseline(), allow_regression=True))
    entry = floors.sets["set.jsonl"]
    for field, named in (("set_sha256", "set has changed"), ("corpus_sha256", "corpus has changed"), ("judge", "judged by other")):
        stale = floors.model_copy(update={"sets": {"set.jsonl": entry.model_copy(update={field: "other"})}})
        with pytest.raises(EvalError, match=named):
            check(sound, stale, allow_regression=False)
        assert updated(stale, sound, check(sound, stale, allow_regression=True)) == floors


def test_a_metric_with_a_floor_must_be_measured(tmp_path: Path) -> None:
    sound = scored(tmp_path, "a", good)
    floors = updated(Baseline(), sound, check(sound, Baseline(), allow_regression=True))
    (tmp_path / "a" / "support.json").unlink()
    unjudged = score_run(tmp_path / "a", fake_systems(good).corpus)
    rows = check(unjudged, floors, allow_regression=False)
    assert next(row.status for row in rows if row.name == "groundedness") == "not measured"
    assert not passes(rows)


def test_the_baseline_file_round_trips_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert read_baseline(path) == Baseline()
    sound = scored(tmp_path, "a", good)
    floors = updated(Baseline(), sound, check(sound, Baseline(), allow_regression=True))
    write_baseline(path, floors)
    assert read_baseline(path) == floors
    assert "Two cases" in path.read_text(encoding="utf-8")
    path.write_text('{"sets": {"a": {"metrics": {}}}}', encoding="utf-8")
    with pytest.raises(EvalError, match=r"sets\.a\.set_sha256"):
        read_baseline(path)

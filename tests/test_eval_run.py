"""Runs: one line a case, crashes recorded, a killed run goes on and ends the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.record import differences, read_record
from eval.run import read_predictions, require_complete, run_cases
from eval.schema import Case, CorpusRecord, ModelRecord, RunRecord, SetRecord
from index.errors import EvalError
from qa.schema import Answer
from tests.fakes import eval_answer, eval_case

ROOT = Path(__file__).parents[1]
CASES = [eval_case(f"c{i}") for i in range(5)]


def record(**fields: object) -> RunRecord:
    made: dict[str, object] = {
        "command": ["footnote"],
        "set": SetRecord(path="s.jsonl", sha256="set-1", cases=5),
        "corpus": CorpusRecord(db="db", sha256="corpus-1", documents=2),
        "configuration": {"answer": {"candidates": 24}},
        "models": [ModelRecord(role="embedder", name="e", sha256="1")],
        "commit": None,
        "code_sha256": "code-1",
        "versions": {},
        "machine": {},
        "date": "2026-01-01T00:00:00+00:00",
    }
    return RunRecord.model_validate(made | fields)


def answer(case: Case) -> Answer:
    if case.id == "c2":
        raise ValueError("no such thing")
    return eval_answer(f"Hyundai, case {case.id}.")


def interrupted(after: int) -> Callable[[Case], Answer]:
    asked: list[str] = []

    def ask(case: Case) -> Answer:
        if len(asked) == after:
            raise KeyboardInterrupt
        asked.append(case.id)
        return answer(case)

    return ask


def test_each_case_gets_a_line_and_a_crash_is_one_too(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    made = run_cases(CASES, answer, tmp_path, record(), lambda done, total: steps.append((done, total)))
    lines = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["c0", "c1", "c2", "c3", "c4"]
    assert lines[2] == {"id": "c2", "error": "ValueError: no such thing"}
    assert lines[0] == {"id": "c0", **answer(CASES[0]).model_dump(mode="json")}
    assert steps == [(i, 5) for i in range(6)]
    assert (made.failures, made.finished, made.sessions[0].cases) == (1, True, 5)
    assert read_record(tmp_path) == made


def test_an_interrupted_run_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run_cases(CASES, answer, whole, record())
    with pytest.raises(KeyboardInterrupt):
        run_cases(CASES, interrupted(3), parts, record())
    assert not read_record(parts).finished
    resumed = run_cases(CASES, answer, parts, record())
    assert (parts / "predictions.jsonl").read_bytes() == (whole / "predictions.jsonl").read_bytes()
    assert (resumed.failures, resumed.finished) == (1, True)
    assert [session.cases for session in resumed.sessions] == [3, 2]


def test_a_half_written_last_line_is_made_again(tmp_path: Path) -> None:
    run_cases(CASES, answer, tmp_path, record())
    path = tmp_path / "predictions.jsonl"
    whole = path.read_bytes()
    for cut in (1, 20, len(whole.splitlines(keepends=True)[-1]) + 5):
        path.write_bytes(whole[:-cut])
        with pytest.raises(EvalError, match="half-written"):
            require_complete(read_predictions(tmp_path, {c.id for c in CASES}), CASES, tmp_path)
        run_cases(CASES, answer, tmp_path, record())
        assert path.read_bytes() == whole


def test_a_finished_run_is_left_alone(tmp_path: Path) -> None:
    first = run_cases(CASES, answer, tmp_path, record())
    assert run_cases(CASES, interrupted(0), tmp_path, record()) == first


def test_fresh_forgets_the_earlier_run(tmp_path: Path) -> None:
    run_cases(CASES, answer, tmp_path, record())
    for name in ("support.json", "report.html"):  # of scoring and reporting it
        (tmp_path / name).write_text("{}")
    made = run_cases(CASES[:1], lambda case: eval_answer("other"), tmp_path, record(code_sha256="code-2"), fresh=True)
    assert (made.code_sha256, len(made.sessions)) == ("code-2", 1)
    assert list(read_predictions(tmp_path, {"c0"})) == ["c0"]
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "predictions.jsonl"}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"set": SetRecord(path="s.jsonl", sha256="set-2", cases=5)}, "another eval set"),
        ({"corpus": CorpusRecord(db="db", sha256="corpus-2", documents=2)}, "another corpus"),
        ({"configuration": {"answer": {"candidates": 8}}}, "answer.candidates 24 -> 8"),
        ({"models": []}, "other models"),
        ({"broken": "no-rerank"}, "None -> no-rerank"),
        ({"code_sha256": "code-2"}, "other code"),
    ],
)
def test_a_run_does_not_go_on_with_something_else(tmp_path: Path, changed: dict[str, object], named: str) -> None:
    run_cases(CASES, answer, tmp_path, record())
    with pytest.raises(EvalError, match=named):
        run_cases(CASES, answer, tmp_path, record(**changed))


def test_a_folder_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(EvalError, match="not empty"):
        run_cases(CASES, answer, tmp_path, record())
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{]", "one JSON object"),
        ('{"answer": "x"}', "'id'"),
        ('{"id": "c0", "error": "again"}', "there twice"),
        ('{"id": "zz", "error": "e"}', "no case 'zz'"),
        ('{"id": "c4", "question": "q"}', "'standalone_question'"),
    ],
)
def test_a_line_that_is_no_prediction_is_named(tmp_path: Path, line: str, named: str) -> None:
    run_cases(CASES[:4], answer, tmp_path, record())
    with (tmp_path / "predictions.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(EvalError, match=named) as caught:
        read_predictions(tmp_path, {case.id for case in CASES})
    assert "predictions.jsonl, line 5" in str(caught.value)


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="is no run"):
        read_record(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(EvalError, match="'command'"):
        read_record(tmp_path)


def test_differences_are_named_to_the_leaf() -> None:
    assert differences({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"b": 1, "c": 3}, "e": 1}) == [("a.c", 2, 3), ("d", 1, None), ("e", None, 1)]


def test_a_killed_process_loses_no_whole_line_and_the_next_one_finishes(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from eval.run import run_cases
        from tests.fakes import eval_answer, eval_case
        from tests.test_eval_run import record

        def ask(case):
            time.sleep(float(sys.argv[2]))
            return eval_answer(f"Hyundai, case {case.id}.")

        run_cases([eval_case(f"c{i}") for i in range(40)], ask, Path(sys.argv[1]), record())
        """
    )
    killed, whole = tmp_path / "killed", tmp_path / "whole"

    def start(out: Path, pause: float) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", script, str(out), str(pause)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    process = start(killed, 0.1)
    path = killed / "predictions.jsonl"
    while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 3):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = path.read_bytes()
    assert 3 <= kept.count(b"\n") < 40
    assert start(killed, 0).wait() == 0
    assert start(whole, 0).wait() == 0
    assert path.read_bytes() == (whole / "predictions.jsonl").read_bytes()
    assert len(read_record(killed).sessions) == 2

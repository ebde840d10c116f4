"""Running a set against a system: one line of predictions.jsonl for each case, resumable, crashes recorded.

A killed run goes on where it stopped: whole lines are kept, a half-written last line is made again. Knows nothing of
metrics or of what the system is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.cases.evalset import first_problem
from eval.cases.support import SUPPORT
from eval.record import PREDICTIONS, RECORD, REPORT, now, read_record, require_same, write_record
from eval.schema import Case, Prediction, Progress, RunRecord, SessionRecord
from index.errors import EvalError
from qa.schema import Answer


def run_cases(
    cases: Sequence[Case],
    ask: Callable[[Case], Answer],
    out: Path,
    record: RunRecord,
    progress: Progress = lambda done, total: None,
    *,
    fresh: bool = False,
) -> RunRecord:
    """Ask every case that `out` has no line for yet; returns the record as written to run.json.

    Raises `EvalError` when `out` holds a run made with something else, or lines that fit no case. Whatever `ask` raises
    becomes a failed case ({"id", "error"}); interrupts pass through.
    """
    record, done = _start(out, record, {case.id for case in cases}, fresh)
    failures = sum(prediction.error is not None for prediction in done.values())
    before, began, started = record.seconds, time.perf_counter(), now()
    progress(len(done), len(cases))

    def note(finished: bool) -> RunRecord:
        seconds = round(time.perf_counter() - began, 3)
        session = SessionRecord(started=started, seconds=seconds, cases=asked)
        update = {
            "sessions": [*record.sessions, session],
            "seconds": round(before + seconds, 3),
            "failures": failures,
            "finished": finished,
        }
        written = record.model_copy(update=update)
        write_record(out, written)
        return written

    asked = 0
    with (out / PREDICTIONS).open("a", encoding="utf-8", newline="\n") as file:
        for case in cases:
            if case.id in done:
                continue
            line = _ask_one(case, ask)
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            failures += "error" in line
            asked += 1
            note(finished=False)
            progress(len(done) + asked, len(cases))
    return note(finished=True) if asked or not record.finished else record


def _start(out: Path, record: RunRecord, ids: set[str], fresh: bool) -> tuple[RunRecord, dict[str, Prediction]]:
    out.mkdir(parents=True, exist_ok=True)
    if fresh:
        for name in (PREDICTIONS, RECORD, SUPPORT, REPORT):
            (out / name).unlink(missing_ok=True)
    if not (out / RECORD).exists():
        if any(out.iterdir()):
            raise EvalError(f"{out} is not empty and holds no {RECORD}. Give an empty or new folder as --out.")
        write_record(out, record)
        return record, {}
    old = read_record(out)
    require_same(old, record, out)
    _drop_half_line(out / PREDICTIONS)
    return old, read_predictions(out, ids)


def _ask_one(case: Case, ask: Callable[[Case], Answer]) -> dict[str, Any]:
    try:
        return {"id": case.id, **ask(case).model_dump(mode="json")}
    except Exception as error:  # noqa: BLE001  a crash is a result: it is written down and counted
        return {"id": case.id, "error": f"{type(error).__name__}: {error}"}


def _drop_half_line(path: Path) -> None:
    """Cut what follows the last line break: a line is written with its break or was not finished."""
    if path.exists():
        whole = path.read_bytes()
        kept = whole.rfind(b"\n") + 1
        if kept < len(whole):
            with path.open("r+b") as file:
                file.truncate(kept)


def read_predictions(run: Path, ids: set[str]) -> dict[str, Prediction]:
    """The predictions of a run by case id, in file order.

    Raises `EvalError` naming file, line and field for a line that is no prediction, an id given twice or in no case,
    and a half-written last line.
    """
    path = run / PREDICTIONS
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        raise EvalError(f"{path}, line {text.count(chr(10)) + 1}: half-written. Finish the run with the same 'footnote eval run'.")
    found: dict[str, Prediction] = {}
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        prediction = _read_prediction(line, f"{path}, line {number}")
        if prediction.id in found:
            raise EvalError(f"{path}, line {number}: field 'id': {prediction.id!r} is there twice. Make the run again with --fresh.")
        if prediction.id not in ids:
            raise EvalError(f"{path}, line {number}: field 'id': the set has no case {prediction.id!r}. The run was made with another set.")
        found[prediction.id] = prediction
    return found


def _read_prediction(line: str, where: str) -> Prediction:
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise EvalError(f"{where}: must be one JSON object: {error}. Make the run again with --fresh.") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("id"), str):
        raise EvalError(f"{where}: field 'id': must be a string. Make the run again with --fresh.")
    if "error" in fields:
        return Prediction(fields["id"], error=str(fields["error"]))
    try:
        return Prediction(fields["id"], answer=Answer.model_validate({key: value for key, value in fields.items() if key != "id"}))
    except ValidationError as error:
        raise EvalError(f"{where}: {first_problem(error)}") from error


def require_complete(predictions: Mapping[str, Prediction], cases: Sequence[Case], run: Path) -> None:
    """Raise `EvalError` when a case has no line yet: a half-written run is not scored."""
    missing = [case.id for case in cases if case.id not in predictions]
    if missing:
        raise EvalError(
            f"{run} is half-written: {len(cases) - len(missing)} of {len(cases)} cases are answered, {missing[0]!r} is the first missing. "
            "Finish it with the same 'footnote eval run'."
        )

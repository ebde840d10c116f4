"""The quality gate: floors for the metrics of a set, kept in baseline.json beside the set's and the corpus's hashes.

A figure below its floor by more than the stated noise fails. Better figures raise the floor (not in CI); lowering needs
`--allow-regression`. Knows nothing of how figures are made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.answer_metrics import METRICS
from eval.evalset import first_problem
from eval.score import Scores
from eval.tables import Table
from index.errors import EvalError

BASELINE = Path(__file__).parent / "baseline.json"
# These hold by construction, on every machine: one exception is a defect.
_EXACT = frozenset({"quote_exactness", "forbidden_shown", "crashed"})
NOISE_REASON = (
    "One case, as a share of the cases of the metric: int8 and float kernels differ between processors, so a score next to a "
    "threshold can fall on its other side. Metrics that hold by construction have no noise."
)
Status = Literal["held", "raised", "within noise", "failed", "not measured", "new", "lowered"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Floor(_Strict):
    """The worst value that a metric may have is `floor` moved by `noise` in the bad direction."""

    floor: float
    noise: float


class SetBaseline(_Strict):
    """The floors of one set, valid for these hashes and this judge only."""

    set_sha256: str
    corpus_sha256: str
    judge: str | None
    metrics: dict[str, Floor]


class Baseline(_Strict):
    """baseline.json: by file name of the set."""

    noise_reason: str = NOISE_REASON
    sets: dict[str, SetBaseline] = {}


@dataclass(frozen=True, slots=True)
class GateRow:
    """One metric at the gate."""

    name: str
    title: str
    floor: float | None
    noise: float
    value: float | None
    status: Status


def read_baseline(path: Path) -> Baseline:
    """The baseline file; an absent one is empty. Raises `EvalError` for a file that breaks a rule."""
    if not path.exists():
        return Baseline()
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise EvalError(f"{path}: {first_problem(error)}") from error


def check(scores: Scores, baseline: Baseline, *, allow_regression: bool) -> list[GateRow]:
    """Hold every metric against its floor.

    Raises `EvalError` when there are no floors for this set, or they are for other hashes or another judge, unless
    `allow_regression` permits to write new ones.
    """
    name = Path(scores.record.set.path).name
    held = baseline.sets.get(name)
    stale = _stale(scores, held)
    if stale and not allow_regression:
        raise EvalError(
            f"The baseline has no floors for {name}: {stale}. Write new ones with --allow-regression, and say why in the commit."
        )
    floors = {} if held is None or stale else held.metrics
    rows = []
    for metric in METRICS:
        estimate = scores.overall[metric.name]
        floor = floors.get(metric.name)
        if estimate is None and floor is None:
            continue
        noise = floor.noise if floor else 0.0 if metric.name in _EXACT else 1 / estimate.n if estimate else 0.0
        row = GateRow(metric.name, metric.title, floor.floor if floor else None, noise, estimate.value if estimate else None, "held")
        rows.append(replace(row, status=_status(row, metric.better, allow_regression)))
    return rows


def _stale(scores: Scores, held: SetBaseline | None) -> str | None:
    if held is None:
        return "the set is new"
    if held.set_sha256 != scores.record.set.sha256:
        return "the set has changed since they were written"
    if held.corpus_sha256 != scores.record.corpus.sha256:
        return "the corpus has changed since they were written"
    if scores.judge and held.judge and held.judge != scores.judge[0]:
        return f"they were judged by {held.judge}, this run by {scores.judge[0]}"
    return None


def _status(row: GateRow, better: int, allow_regression: bool) -> Status:
    if row.value is None:
        return "not measured"
    if row.floor is None:
        return "new"
    gain = (row.value - row.floor) * better
    if gain > 1e-9:
        return "raised"
    if gain >= -1e-9:
        return "held"
    if allow_regression:
        return "lowered"
    return "within noise" if -gain <= row.noise + 1e-9 else "failed"


def passes(rows: list[GateRow]) -> bool:
    """No metric failed, and each that has a floor was measured."""
    return not any(row.status in ("failed", "not measured") for row in rows)


def updated(baseline: Baseline, scores: Scores, rows: list[GateRow]) -> Baseline:
    """The baseline with the floors of `rows` moved to this run's values where they are new, raised or lowered."""
    floors = {}
    for row in rows:
        moved = row.status in ("new", "raised", "lowered")
        value = row.value if moved else row.floor
        if value is not None:
            floors[row.name] = Floor(floor=round(value, 6), noise=round(row.noise, 6))
    entry = SetBaseline(
        set_sha256=scores.record.set.sha256,
        corpus_sha256=scores.record.corpus.sha256,
        judge=scores.judge[0] if scores.judge else None,
        metrics=floors,
    )
    return baseline.model_copy(update={"sets": {**baseline.sets, Path(scores.record.set.path).name: entry}})


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write baseline.json with sorted keys, so that a change reads well."""
    path.write_text(json.dumps(baseline.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def gate_table(rows: list[GateRow]) -> Table:
    """The gate as a table."""
    cells = tuple(
        (
            row.title,
            "-" if row.floor is None else f"{row.floor:.3f}",
            f"{row.noise:.3f}",
            "-" if row.value is None else f"{row.value:.3f}",
            row.status,
        )
        for row in rows
    )
    return Table("Gate", ("metric", "floor", "noise", "value", "result"), cells, "Noise: " + NOISE_REASON)

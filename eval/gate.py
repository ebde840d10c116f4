"""The quality gate: floors for the metrics of a set, kept in baseline.json beside the set's and the corpus's hashes.

A figure below its floor by more than the stated noise fails. Better figures raise the floor (not in CI); lowering needs
`--allow-regression`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from eval.baseline import NOISE_REASON, Baseline, Floor, SetBaseline
from eval.metrics.answers import METRICS, Metric
from eval.report.tables import Table
from eval.score import Scores
from index.errors import EvalError

# In cases, where it is not two: these three hold by construction, on every machine, and one exception is a defect; a case
# that turns from right to wrong moves the CRAG-style score by two.
_NOISE_CASES = {"quote_exactness": 0.0, "forbidden_shown": 0.0, "crashed": 0.0, "crag": 4.0}
_SAME = 1e-6  # floors are stored with six digits
Status = Literal["held", "raised", "within noise", "failed", "not measured", "new", "lowered"]


@dataclass(frozen=True, slots=True)
class GateRow:
    """One metric at the gate."""

    name: str
    title: str
    floor: float | None
    noise: float
    value: float | None
    status: Status


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
        noise = floor.noise if floor else first_noise(metric, scores)
        row = GateRow(metric.name, metric.title, floor.floor if floor else None, noise, estimate.value if estimate else None, "held")
        rows.append(replace(row, status=_status(row, metric.better, allow_regression)))
    return rows


def first_noise(metric: Metric, scores: Scores) -> float:
    """How far two usual cases, or the largest one, can move the metric (see `NOISE_REASON`)."""
    cases = _NOISE_CASES.get(metric.name, 2.0)
    shares = [share for facts in scores.facts if (share := float(metric.of(facts)[1])) > 0]
    return max(cases / len(shares), max(shares) / sum(shares)) if cases and shares else 0.0


def _stale(scores: Scores, held: SetBaseline | None) -> str | None:
    if held is None:
        return "the set is new"
    if held.set_sha256 != scores.record.set.sha256:
        return "the set has changed since they were written"
    if held.corpus_sha256 != scores.record.corpus.sha256:
        return "the corpus has changed since they were written"
    if scores.judge and held.judge and held.judge != scores.judge.name:
        return f"they were judged by {held.judge}, this run by {scores.judge.name}"
    return None


def _status(row: GateRow, better: int, allow_regression: bool) -> Status:
    if row.value is None:
        return "not measured"
    if row.floor is None:
        return "new"
    gain = (row.value - row.floor) * better
    if gain > _SAME:
        return "raised"
    if gain >= -_SAME:
        return "held"
    if allow_regression:
        return "lowered"
    return "within noise" if -gain <= row.noise + _SAME else "failed"


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
        judge=scores.judge.name if scores.judge else None,
        metrics=floors,
    )
    return baseline.model_copy(update={"sets": {**baseline.sets, Path(scores.record.set.path).name: entry}})


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

"""baseline.json: the floors of the gate by set, and what the support judges were measured at."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.cases.evalset import first_problem
from index.errors import EvalError

BASELINE = Path(__file__).parent / "baseline.json"
NOISE_REASON = (
    "Two cases, or the largest one: the models run in bf16 where the processor has it and in f32 elsewhere, and a score next to a "
    "threshold can fall on its other side (measured: 2 of 110 cases changed sides). Metrics that hold by construction have no noise."
)


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


class JudgeBaseline(_Strict):
    """What `footnote eval grounding --record` found for a judge at its shipped threshold."""

    threshold: float
    auc: float
    balanced_accuracy: float
    pairs: int
    data: str
    data_sha256: str


class Baseline(_Strict):
    """baseline.json: sets by file name, judges by name."""

    noise_reason: str = NOISE_REASON
    sets: dict[str, SetBaseline] = {}
    judges: dict[str, JudgeBaseline] = {}


def read_baseline(path: Path) -> Baseline:
    """The baseline file; an absent one is empty. Raises `EvalError` for a file that breaks a rule."""
    if not path.exists():
        return Baseline()
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise EvalError(f"{path}: {first_problem(error)}") from error


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write baseline.json with sorted keys, so that a change reads well."""
    path.write_text(json.dumps(baseline.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")

"""Verdicts of a support judge over a run, kept beside it in support.json so that a second scoring loads no model.

The file names the judge and its threshold; another judge's scores are never mixed in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from eval.schema import SupportJudge
from index.errors import EvalError

SUPPORT = "support.json"
_BATCH = 64


class SupportTable:
    """Scores of (evidence, claim) pairs by one judge."""

    def __init__(self, judge: str, threshold: float, scores: dict[str, float] | None = None) -> None:
        self.judge = judge
        self.threshold = threshold
        self.scores = scores if scores is not None else {}

    def supports(self, evidence: str, claim: str) -> bool:
        """Whether the judge found the claim supported; empty evidence supports nothing. `KeyError` for an unjudged pair."""
        return bool(evidence.strip()) and self.scores[pair_key(evidence, claim)] >= self.threshold

    def missing(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The pairs without a score, each once, in order."""
        return [p for p in dict.fromkeys(pairs) if p[0].strip() and pair_key(*p) not in self.scores]


def pair_key(evidence: str, claim: str) -> str:
    """A key that two pairs share only when they are equal."""
    return hashlib.sha256(json.dumps([evidence, claim]).encode()).hexdigest()[:32]


def read_support(run: Path, pairs: Iterable[tuple[str, str]]) -> SupportTable | None:
    """The stored verdicts of a run when they cover all `pairs`, else None. Raises `EvalError` for a damaged file."""
    table = _load(run / SUPPORT)
    return None if table is None or table.missing(pairs) else table


def judge_pairs(run: Path, pairs: Iterable[tuple[str, str]], judge: SupportJudge) -> SupportTable:
    """Score what the stored table lacks (all of it when another judge made it) and store the result."""
    table = _load(run / SUPPORT)
    if table is None or (table.judge, table.threshold) != (judge.name, judge.threshold):
        table = SupportTable(judge.name, judge.threshold)
    missing = table.missing(pairs)
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        table.scores.update(zip((pair_key(*pair) for pair in batch), map(float, judge.score(batch)), strict=True))
    part = run / f"{SUPPORT}.part"
    part.write_text(json.dumps({"judge": table.judge, "threshold": table.threshold, "scores": table.scores}, indent=0), encoding="utf-8")
    part.replace(run / SUPPORT)
    return table


def _load(path: Path) -> SupportTable | None:
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return SupportTable(str(stored["judge"]), float(stored["threshold"]), {str(k): float(v) for k, v in stored["scores"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvalError(f"{path} is damaged: {error!r}. Delete it and score again with --judge.") from error

"""How well a support judge tells supported from unsupported claims: AUC, balanced accuracy, precision and recall.

Pairs are JSON Lines {source, evidence, claim, label} (label 1 = supported).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.cases.evalset import json_lines
from eval.metrics.stats import SEED, interval_of
from eval.schema import SupportJudge
from index.errors import EvalError

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Pair:
    """One judged pair; `source` names the data set it comes from."""

    source: str
    evidence: str
    claim: str
    label: int


@dataclass(frozen=True, slots=True)
class JudgeScores:
    """Figures over the pairs of one source (or all); `auc` and `balanced_accuracy` are None when only one label occurs."""

    source: str
    n: int
    supported: int
    auc: float | None
    auc_interval: tuple[float, float] | None
    balanced_accuracy: float | None
    balanced_interval: tuple[float, float] | None
    precision: float | None
    recall: float | None
    specificity: float | None


def read_pairs(path: Path, limit: int | None = None) -> list[Pair]:
    """The pairs of a file (.gz too), or `limit` of them drawn evenly over the file with a fixed seed.

    Raises `EvalError` naming file, line, field and rule.
    """
    pairs = [_pair(fields, f"{path}, line {line}") for line, fields in json_lines(path)]
    if not pairs:
        raise EvalError(f"{path} holds no pair.")
    if limit is not None and limit < len(pairs):
        chosen = np.random.default_rng(SEED).choice(len(pairs), size=limit, replace=False)
        pairs = [pairs[i] for i in sorted(chosen)]
    return pairs


def _pair(fields: dict[str, Any], where: str) -> Pair:
    for name in ("source", "evidence", "claim"):
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            raise EvalError(f"{where}: field {name!r}: must be a string with text, got {fields.get(name)!r}.")
    if fields.get("label") not in (0, 1):
        raise EvalError(f"{where}: field 'label': must be 0 or 1, got {fields.get('label')!r}.")
    return Pair(fields["source"], fields["evidence"], fields["claim"], int(fields["label"]))


def judge_scores(pairs: Sequence[Pair], judge: SupportJudge, progress: Callable[[int, int], None]) -> list[float]:
    """The judge's score of each pair, in order."""
    scores: list[float] = []
    for start in range(0, len(pairs), _BATCH):
        scores += map(float, judge.score([(pair.evidence, pair.claim) for pair in pairs[start : start + _BATCH]]))
        progress(len(scores), len(pairs))
    return scores


def by_source(pairs: Sequence[Pair], scores: Sequence[float], threshold: float) -> list[JudgeScores]:
    """All pairs pooled ("all"), the mean of the sources' figures ("mean of sources"), then each source in alphabetical order.

    Pooled figures also hold how the sources differ in their share of supported pairs; the mean does not.
    """
    labels, values = np.array([pair.label for pair in pairs]), np.array(scores, dtype=np.float64)
    sources = np.array([pair.source for pair in pairs])
    each = [measure_judge(str(s), labels[sources == s], values[sources == s], threshold) for s in sorted(set(sources))]
    pooled = measure_judge("all", labels, values, threshold)
    return [pooled, _mean_of(each, pooled), *each]


def _mean_of(each: Sequence[JudgeScores], pooled: JudgeScores) -> JudgeScores:
    def mean(found: Sequence[float | None]) -> float | None:
        known = [value for value in found if value is not None]
        return sum(known) / len(known) if known else None

    return replace(
        pooled,
        source="mean of sources",
        auc=mean([row.auc for row in each]),
        auc_interval=None,
        balanced_accuracy=mean([row.balanced_accuracy for row in each]),
        balanced_interval=None,
        precision=mean([row.precision for row in each]),
        recall=mean([row.recall for row in each]),
        specificity=mean([row.specificity for row in each]),
    )


def measure_judge(source: str, labels: NDArray[Any], scores: NDArray[np.float64], threshold: float) -> JudgeScores:
    """Figures of one group of pairs; `labels` [n] of 0 and 1, `scores` [n], higher is more supported.

    Balanced accuracy is the mean of recall (of supported pairs) and specificity (of unsupported ones): not accuracy,
    which a judge that always says yes wins on a lopsided set. Precision and recall are of "supported".
    """
    yes = scores >= threshold
    tp, fp = int((yes & (labels == 1)).sum()), int((yes & (labels == 0)).sum())
    supported = int((labels == 1).sum())
    both = 0 < supported < len(labels)
    return JudgeScores(
        source=source,
        n=len(labels),
        supported=supported,
        auc=auc(labels, scores) if both else None,
        auc_interval=interval_of(len(labels), lambda rows: auc(labels[rows], scores[rows])) if both else None,
        balanced_accuracy=balanced_accuracy(labels, yes) if both else None,
        balanced_interval=interval_of(len(labels), lambda rows: balanced_accuracy(labels[rows], yes[rows])) if both else None,
        precision=tp / (tp + fp) if tp + fp else None,
        recall=tp / supported if supported else None,
        specificity=1 - fp / (len(labels) - supported) if len(labels) > supported else None,
    )


def auc(labels: NDArray[Any], scores: NDArray[np.float64]) -> float:
    """Chance that a supported pair scores above an unsupported one, ties counting half (Mann and Whitney 1947).

    NaN when a label is absent. Says nothing of the threshold; not average precision.
    """
    positives = int((labels == 1).sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    above = mean_ranks[inverse][labels == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def balanced_accuracy(labels: NDArray[Any], yes: NDArray[np.bool_]) -> float:
    """Mean of the shares of supported pairs said yes to and of unsupported pairs said no to; NaN when a label is absent."""
    positive = labels == 1
    if positive.all() or not positive.any():
        return float("nan")
    return float((yes[positive].mean() + (~yes[~positive]).mean()) / 2)

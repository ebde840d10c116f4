"""Intervals and tests for means over cases: bootstrap, paired difference, exact McNemar.

Cases are the unit that is drawn: claims and quotes of one answer hang together, so a ratio over them (sum of
numerators / sum of denominators) is resampled by case. Every draw has a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.extra import needs

SEED = 20240601
RESAMPLES = 2000
LEVEL = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio with its 95 % interval. `n` is the number of cases it was taken over, `total` the sum of denominators.

    An interval of no width on a value of 0 or 1 means that the sample holds no exception, not that there is none
    (rule of three: with n cases the true share of exceptions may still be 3 / n).
    """

    value: float
    low: float
    high: float
    n: int
    total: float


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A over the same cases, with interval and the two-sided p of a paired permutation test."""

    value: float
    low: float
    high: float
    p: float
    n: int


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate | None:
    """sum(numerators) / sum(denominators) with a percentile bootstrap interval over cases (Efron 1979).

    Pairs with a denominator of 0 are no cases of this metric. None when nothing is left: a mean of nothing has no value.
    Raises `ValueError` when the lengths differ. A mean is the ratio with all denominators 1.
    """
    num, den = _measured(numerators, denominators)
    if not len(num):
        return None
    draws = _draws(len(num))
    low, high = _interval(num[draws].sum(axis=1) / den[draws].sum(axis=1))
    return Estimate(float(num.sum() / den.sum()), low, high, len(num), float(den.sum()))


def paired_difference(a: Sequence[tuple[float, float]], b: Sequence[tuple[float, float]]) -> Difference | None:
    """ratio(b) - ratio(a), where a[i] and b[i] are (numerator, denominator) of the same case; cases are drawn in pairs.

    The p value is of a paired permutation test: A and B are swapped within random cases (two-sided; the observed
    labelling counts as one draw, so p is never 0). None when either side measures nothing.
    """
    if len(a) != len(b):
        raise ValueError(f"paired sides must be of one length, got {len(a)} and {len(b)}")
    rows = np.array([(*x, *y) for x, y in zip(a, b, strict=True) if x[1] or y[1]], dtype=np.float64)
    if not len(rows) or not rows[:, 1].sum() or not rows[:, 3].sum():
        return None
    observed = _gap(rows[None])[0]
    gaps = _gap(rows[_draws(len(rows))])
    low, high = _interval(gaps[np.isfinite(gaps)])
    swap = np.random.default_rng(SEED + 1).random((RESAMPLES, len(rows), 1)) < 0.5
    swapped = _gap(np.where(swap, rows[:, [2, 3, 0, 1]], rows))
    extreme = int((np.abs(swapped[np.isfinite(swapped)]) >= abs(observed) - 1e-12).sum())
    return Difference(float(observed), low, high, (extreme + 1) / (RESAMPLES + 1), len(rows))


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided McNemar test (McNemar 1947): p of a split this uneven between cases that changed sides.

    Looks only at cases on which the two runs disagree; 1.0 when there are none.
    """
    return float(needs("scipy.stats").binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0


def quantiles(values: Sequence[float], levels: Sequence[float] = (0.5, 0.9, 0.95, 1.0)) -> dict[str, float]:
    """{"p50": ..., "p90": ..., "p95": ..., "p100": ...} by linear interpolation; empty for no values."""
    if not values:
        return {}
    return {f"p{round(level * 100)}": float(np.quantile(values, level)) for level in levels}


def _measured(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[Floats, Floats]:
    if len(numerators) != len(denominators):
        raise ValueError(f"as many numerators as denominators are needed, got {len(numerators)} and {len(denominators)}")
    num, den = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    keep = den > 0
    return num[keep], den[keep]


def _draws(n: int) -> NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, n, size=(RESAMPLES, n))


def _gap(rows: Floats) -> Floats:
    """[draw, case, (num a, den a, num b, den b)] -> ratio b minus ratio a for each draw; NaN where a side measures nothing."""
    sums = rows.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps: Floats = sums[:, 2] / sums[:, 3] - sums[:, 0] / sums[:, 1]
    return gaps


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def interval_of(n: int, statistic: Callable[[NDArray[np.int64]], float]) -> tuple[float, float]:
    """Percentile bootstrap interval of any statistic of `n` rows; it gets row numbers [n] and may give NaN (left out)."""
    values = np.array([statistic(draw) for draw in np.random.default_rng(SEED).integers(0, n, size=(RESAMPLES // 4, n))])
    return _interval(values[np.isfinite(values)])

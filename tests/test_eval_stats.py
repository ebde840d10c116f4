"""Intervals and tests, against hand-computed values and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.stats import interval_of, mcnemar, paired_difference, quantiles, ratio


def test_a_ratio_is_the_sum_over_the_sum_and_counts_its_cases() -> None:
    found = ratio([1, 0, 3, 9], [1, 2, 5, 0])
    assert found is not None
    assert (found.value, found.n, found.total) == (4 / 8, 3, 8)
    assert found.low <= found.value <= found.high


def test_nothing_measured_has_no_value() -> None:
    assert ratio([], []) is None
    assert ratio([5, 5], [0, 0]) is None
    with pytest.raises(ValueError, match="2 and 1"):
        ratio([1, 2], [1])


def test_the_interval_agrees_with_scipys_bootstrap() -> None:
    from scipy.stats import bootstrap

    rng = np.random.default_rng(5)
    den = rng.integers(1, 6, 60).astype(float)
    num = rng.binomial(den.astype(int), 0.7).astype(float)
    found = ratio(list(num), list(den))
    oracle = bootstrap(
        (num, den),
        lambda x, y, axis: x.sum(axis=axis) / y.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=9999,
        rng=1,
    ).confidence_interval
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(oracle.low, abs=0.01), pytest.approx(oracle.high, abs=0.01))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=30))
def test_intervals_are_the_same_every_time_and_hold_the_extremes(pairs: list[tuple[int, int]]) -> None:
    num, den = [float(min(a, b)) for a, b in pairs], [float(b) for _, b in pairs]
    one, again = ratio(num, den), ratio(num, den)
    assert one is not None
    assert one == again
    assert 0 <= one.low <= one.high <= 1
    if len(set(n / d for n, d in zip(num, den, strict=True))) == 1:
        assert one.low == pytest.approx(one.value) and one.high == pytest.approx(one.value)


def test_a_paired_difference_has_the_p_of_the_exact_permutation_test() -> None:
    a = [(0.0, 1.0)] * 5 + [(1.0, 1.0)] * 5
    b = [(1.0, 1.0)] * 4 + [(0.0, 1.0)] + [(1.0, 1.0)] * 5
    found = paired_difference(a, b)
    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert found.low > 0
    # Four cases moved, all up: of the 2^4 ways to label them, two are this extreme.
    assert found.p == pytest.approx(2 / 16, abs=0.02)


def test_paired_differences_of_equal_runs_are_none_and_of_nothing_do_not_exist() -> None:
    same = paired_difference([(1.0, 2.0), (0.0, 1.0)], [(1.0, 2.0), (0.0, 1.0)])
    assert same is not None
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert paired_difference([(1.0, 1.0)], [(0.0, 0.0)]) is None
    assert paired_difference([], []) is None
    with pytest.raises(ValueError, match="one length"):
        paired_difference([(1.0, 1.0)], [])


@pytest.mark.parametrize(("gained", "lost", "p"), [(0, 0, 1.0), (5, 0, 2 / 32), (3, 3, 1.0), (10, 2, 2 * (1 + 12 + 66) / 4096)])
def test_mcnemar(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p)


def test_quantiles() -> None:
    assert quantiles([]) == {}
    assert quantiles([4.0]) == {"p50": 4, "p90": 4, "p95": 4, "p100": 4}
    assert quantiles([0.0, 1.0, 2.0, 3.0, 4.0])["p50"] == 2


def test_draws_without_a_value_are_left_out_of_an_interval() -> None:
    data = np.array([0.0, 1.0, 2.0, 3.0])
    low, high = interval_of(4, lambda rows: math.nan if rows[0] == 0 else float(data[rows].mean()))
    assert 0 < low < high < 3

"""The speed comparison: what it counts, what it compares, what it cuts."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.bench.embed import compare, least_cosine, table, windows


def encoder(angle: float, seconds: float = 0.0, seen: list[int] | None = None) -> object:
    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(seconds * len(texts))
        if seen is not None:
            seen.append(len(texts))
        return np.tile(np.array([[np.cos(angle), np.sin(angle)]], dtype=np.float32), (len(texts), 1))

    return encode


def test_all_encoders_see_the_same_texts_and_the_faster_one_is_shown_as_faster() -> None:
    seen: list[int] = []
    texts = [str(i) for i in range(20)]
    slow, fast = compare({"slow": encoder(0, 0.001, seen), "fast": encoder(np.pi / 3, 0, seen)}, texts, repeats=2)  # type: ignore[dict-item]
    assert seen == [8, 8, 20, 20, 20, 20]
    assert slow.per_second < 1001 < fast.per_second
    assert slow.slowest <= slow.per_second <= slow.fastest
    assert (slow.cosine, fast.cosine) == pytest.approx((1, 0.5), abs=1e-6)


@pytest.mark.parametrize(("names", "texts", "repeats"), [([], ["a"], 1), (["a"], [], 1), (["a"], ["a"], 0)])
def test_an_empty_comparison_is_refused(names: list[str], texts: list[str], repeats: int) -> None:
    with pytest.raises(ValueError, match="at least one text"):
        compare({name: encoder(0) for name in names}, texts, repeats)  # type: ignore[misc]


def test_the_least_cosine_is_the_worst_row_whatever_the_lengths() -> None:
    a = np.array([[2, 0], [0, 5], [1, 1]], dtype=np.float32)
    b = np.array([[3, 0], [0, 1], [1, 0]], dtype=np.float32)
    assert least_cosine(a, b) == pytest.approx(np.sqrt(0.5))


@given(st.integers(0, 400), st.integers(1, 60), st.integers(1, 20))
def test_windows_are_different_whole_and_no_more_than_asked(words: int, count: int, width: int) -> None:
    text = " ".join(f"w{i}" for i in range(words))
    found = windows(text, count, width)
    assert len(found) == len(set(found)) <= max(count, 1)
    assert all(len(window.split()) == min(width, words) for window in found)
    assert all(window in text for window in found)
    if words > width + count:
        assert len(found) == count


def test_the_table_gives_ratios_to_the_first_row() -> None:
    slow, fast = compare({"a": encoder(0), "b": encoder(0)}, ["x"] * 9, repeats=1)  # type: ignore[dict-item]
    lines = table([slow, fast], "chunks").splitlines()
    assert lines[0].startswith("| | chunks/s")
    assert lines[2].endswith("| 1.0 |")
    assert len(lines) == 4

"""Batches of token sequences: sorted by length, cut by a budget of tokens instead of a count. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group row numbers so that rows of one batch have like lengths and rows x longest <= `budget` tokens.

    Every row occurs exactly once, the longest first (a batch too large for the memory then shows at once, and the
    small ones at the end keep all streams busy). A row longer than the budget makes a batch of its own.
    """
    batches: list[list[int]] = []
    current: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        longest = max(1, lengths[current[0]] if current else lengths[row])
        if current and (len(current) + 1) * longest > budget:
            batches.append(current)
            current = []
        current.append(row)
    if current:
        batches.append(current)
    return batches


def pad(rows: Sequence[Sequence[int]], fill: int = 0) -> NDArray[np.int64]:
    """Rows of token ids as one (len(rows), longest) array, filled up with `fill`."""
    width = max((len(row) for row in rows), default=0)
    padded = np.full((len(rows), width), fill, dtype=np.int64)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded

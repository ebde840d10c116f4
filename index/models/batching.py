"""Batches of token sequences: sorted by length, cut by a budget of tokens instead of a count; made ahead of their use.

Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


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


def pad(rows: Sequence[Sequence[int]], fill: int = 0, least: int = 0) -> NDArray[np.int64]:
    """Rows of token ids as one (len(rows), longest) array, `least` wide at least, filled up with `fill`."""
    width = max([least, *(len(row) for row in rows)])
    padded = np.full((len(rows), width), fill, dtype=np.int64)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded


def ahead(items: Iterable[T], depth: int = 1) -> Iterator[T]:
    """The items in order, each made by another thread while the reader is busy with the one before; at most `depth` wait.

    An error in making one is raised where it would have come. A reader that stops early waits for the one being made.
    """
    end = object()
    source: Iterator[T | object] = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as maker:
        coming = [maker.submit(next, source, end) for _ in range(depth)]
        while (item := coming.pop(0).result()) is not end:
            coming.append(maker.submit(next, source, end))
            yield item  # type: ignore[misc]  # only the end is no T

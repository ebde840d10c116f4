"""How fast encoders turn the same texts into vectors, side by side in one run, and how equal their vectors are.

The encoders come as callables. Runs are interleaved, so that a busy machine is busy for all of them, and the processor
time is measured beside the wall's, because it says more when others use the machine too. Knows no model.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Speed:
    """One encoder's speed. `per_second`: texts by the wall clock, median of the repeats; `slowest`, `fastest`: its range;
    `per_cpu_second`: texts by processor time of all threads. `cosine`: the least similarity to the first encoder's vectors.
    """

    name: str
    per_second: float
    slowest: float
    fastest: float
    per_cpu_second: float
    cosine: float


def compare(encoders: Mapping[str, Encode], texts: Sequence[str], repeats: int = 3) -> list[Speed]:
    """Encode `texts` `repeats` times with each encoder in turn, after one unmeasured pass over a few of them.

    The first encoder is the reference of `cosine`. Raises `ValueError` without texts, encoders or repeats.
    """
    if not texts or not encoders or repeats < 1:
        raise ValueError("a comparison needs at least one text, one encoder and one repeat")
    for encode in encoders.values():
        encode(texts[:8])
    wall: dict[str, list[float]] = {name: [] for name in encoders}
    cpu: dict[str, list[float]] = {name: [] for name in encoders}
    vectors: dict[str, NDArray[np.float32]] = {}
    for _ in range(repeats):
        for name, encode in encoders.items():
            before, before_cpu = time.perf_counter(), time.process_time()
            vectors[name] = encode(texts)
            wall[name].append(len(texts) / (time.perf_counter() - before))
            cpu[name].append(len(texts) / max(time.process_time() - before_cpu, 1e-9))
    reference = next(iter(vectors.values()))
    return [
        Speed(
            name,
            statistics.median(wall[name]),
            min(wall[name]),
            max(wall[name]),
            statistics.median(cpu[name]),
            least_cosine(reference, made),
        )
        for name, made in vectors.items()
    ]


def least_cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """The smallest cosine between rows of the same number, of two (texts, dim) arrays."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(axis=1) / np.maximum(lengths, 1e-12)).min())


def windows(text: str, count: int, words: int = 110) -> list[str]:
    """`count` different stretches of `words` words, evenly spread over the text; fewer when it is too short for that."""
    all_words = text.split()
    if len(all_words) <= words:
        return [text] if all_words else []
    last = len(all_words) - words
    starts = sorted({round(i * last / max(count - 1, 1)) for i in range(count)})
    return [" ".join(all_words[start : start + words]) for start in starts]


def table(speeds: Sequence[Speed], unit: str = "texts") -> str:
    """The comparison as a Markdown table; the last column is the ratio to the first row, by processor time."""
    rows = [f"| | {unit}/s (range) | {unit} per CPU second | least cosine | times the first |", "|---|---|---|---|---|"]
    first = speeds[0].per_cpu_second if speeds else 1.0
    rows += [
        f"| {s.name} | {s.per_second:.0f} ({s.slowest:.0f}-{s.fastest:.0f}) | {s.per_cpu_second:.0f} "
        f"| {s.cosine:.5f} | {s.per_cpu_second / first:.1f} |"
        for s in speeds
    ]
    return "\n".join(rows)

"""A corpus of any size out of a small real one: texts mixed from its sentences, vectors mixed from its vectors.

For sizes whose embedding would take longer than the bench. A made document walks from one real chunk to others near it;
each of its sections takes about half of the sentences of two neighbours. The vector of a made chunk is the mean of the
vectors of the chunks that its sentences come from, plus noise, so text and vector speak of the same thing and terms keep
the frequencies of real text. The vocabulary does not grow with the corpus, as a real one's does.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

NEIGHBOURS = 24
SECTIONS = 4  # about as many chunks a document
NOISE = 0.25  # length of the noise beside a vector of length 1
FIRST_DAY = date(2021, 1, 1)
DAYS = 1000
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Base:
    """The real chunks: their documents' titles, their sentences (no line breaks), unit vectors (n, dim) and near ones (n, k)."""

    titles: Sequence[str]
    sentences: Sequence[Sequence[str]]
    vectors: Vectors
    near: NDArray[np.int64]


def make_base(titles: Sequence[str], sentences: Sequence[Sequence[str]], vectors: Vectors) -> Base:
    """Find each chunk's neighbours (cosine, itself left out), block by block."""
    count = min(NEIGHBOURS, len(vectors) - 1)
    near = np.empty((len(vectors), count), dtype=np.int64)
    for start in range(0, len(vectors), _BLOCK):
        scores = vectors[start : start + _BLOCK] @ vectors.T
        scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -2.0
        near[start : start + _BLOCK] = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    return Base(titles, sentences, vectors, near)


def document(base: Base, number: int) -> str:
    """The made document of this number, the same each time: a date, a title, then a sentence a line."""
    random = np.random.default_rng([20261123, number])
    at = int(random.integers(len(base.vectors)))
    day = FIRST_DAY + timedelta(days=int(random.integers(DAYS)))
    lines = [f"{day.isoformat()} {base.titles[at]} ({number})"]
    for _ in range(SECTIONS):
        other = int(random.choice(base.near[at]))
        section = [line for chunk in (at, other) for line in base.sentences[chunk] if random.random() < 0.5]
        lines += [section[i] for i in random.permutation(len(section))]
        at = int(random.choice(base.near[other]))
    return "\n".join(lines) + "\n"


def describe(text: str) -> tuple[str, str]:
    """Date and title of a made document."""
    day, _, title = text.partition("\n")[0].partition(" ")
    return day, title


class StoredVectors:
    """Gives made chunks their vectors, in place of an embedder."""

    def __init__(self, base: Base) -> None:
        self._vectors = base.vectors
        self._home = {line: chunk for chunk, lines in enumerate(base.sentences) for line in lines}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dim); equal texts get equal ones. A text without a known sentence gets noise alone."""
        return np.stack([self._one(text) for text in texts]) if texts else np.empty((0, self._vectors.shape[1]), dtype=np.float32)

    def _one(self, text: str) -> Vectors:
        homes = [self._home[line] for line in text.split("\n") if line in self._home]
        noise = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self._vectors.shape[1])
        vector = noise * (NOISE / np.linalg.norm(noise))
        if homes:
            mean = self._vectors[homes].mean(axis=0)
            vector = vector + mean / np.linalg.norm(mean)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def exact_scores(vectors: Vectors, queries: Vectors, limit: int) -> Vectors:
    """The `limit` highest cosines of each query among all vectors, best first: (len(queries), limit)."""
    best = np.full((len(queries), limit), -2.0, dtype=np.float32)
    for start in range(0, len(vectors), 50_000):
        scores = np.concatenate([best, queries @ vectors[start : start + 50_000].T], axis=1)
        best = np.sort(scores, axis=1)[:, : -limit - 1 : -1]
    return best


def recall(found: Sequence[float], exact: Sequence[float], limit: int) -> float:
    """Share of the `limit` nearest that were found, told by their cosines, so that ties count as found."""
    floor = exact[limit - 1] - 1e-5
    return min(sum(score >= floor for score in found[:limit]), limit) / limit


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile (nearest rank)."""
    ordered = sorted(values)
    return {"median": round(ordered[len(ordered) // 2], 3), "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3)}


def documents(base: Base, first: int, count: int) -> Iterator[tuple[int, str]]:
    """The made documents `first` to `first + count`."""
    return ((number, document(base, number)) for number in range(first, first + count))

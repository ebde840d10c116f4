"""What the others need of an embedding model, and what a backend runs for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Token ids and attention mask, both (rows, longest)."""
Forward = Callable[[Iterable[Batch]], Iterable[NDArray[np.float32]]]
"""Runs batches and gives, in the same order, their vectors (rows, dim), normalised."""


class Embedder(Protocol):
    """What the index and the retriever need of an embedding model.

    `fingerprint` names the vectors: two embedders with one fingerprint may share an index. `backend` says what runs
    it ("openvino bf16, 2 streams"). `max_tokens` counts the model's special tokens too; longer texts are cut there.
    """

    name: str
    dim: int
    max_tokens: int
    fingerprint: str
    backend: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (len(texts), dim), float32, of length 1, in the order of `texts`."""
        ...

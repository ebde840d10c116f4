"""Entailment by a sentence-transformers CrossEncoder that the user configured, in place of the built-in graded score.

Loads from disk or the local cache only. Does not know claims' rules; `qa.check.verify` applies them first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError, ModelMissing


def load_cross_encoder(name_or_path: str, device: str | None = None) -> Callable[[Sequence[tuple[str, str]]], NDArray[np.float32]]:
    """A function from (evidence, claim) pairs to probabilities of entailment, float32 of shape (n,).

    The label is looked up in the model's `id2label` ("entailment", "supported", "consistent"); a model with one output is read
    as a probability of support. Raises `ModelMissing` and `ModelError`.
    """
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(name_or_path, device=device, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(f"entailment model {name_or_path!r} cannot be loaded: {error}. Give a folder or download it first.") from error
    label = entailment_index(dict(model.config.id2label), name_or_path)

    def entail(pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        if not pairs:
            return np.zeros(0, np.float32)
        import torch

        logits: Any = model.predict(list(pairs), activation_fn=torch.nn.Identity(), convert_to_numpy=True, show_progress_bar=False)
        values = np.asarray(logits, dtype=np.float32).reshape(len(pairs), -1)
        if label is None:
            return np.asarray(1 / (1 + np.exp(-values[:, 0])), dtype=np.float32)
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(shifted[:, label] / shifted.sum(axis=1), dtype=np.float32)

    return entail


def entailment_index(id2label: dict[int, str], name: str) -> int | None:
    """The column of the entailment label; None for a model with one output. Raises `ModelError` when there is none."""
    if len(id2label) == 1:
        return None
    for index, label in id2label.items():
        if str(label).lower().replace("_", " ") in ("entailment", "entails", "supported", "support", "consistent", "yes"):
            return int(index)
    raise ModelError(
        f"entailment model {name!r} must have a label 'entailment', has {sorted(map(str, id2label.values()))}. Choose an NLI cross-encoder."
    )

"""A judge of support from a sentence-transformers CrossEncoder that the settings name, in place of the built-in score.

Loads from disk or the local cache only. Knows no rules about claims; `qa.check.verify` applies them first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError, ModelMissing
from qa.check.judge import Item

_SUPPORTS = ("entailment", "entails", "supported", "support", "consistent", "yes")


@dataclass(frozen=True, slots=True)
class CrossEncoderJudge:
    """A `Judge` over a CrossEncoder; `label` is the column that says "supported", None for a model with one output."""

    model: Any
    label: int | None

    def support(self, items: Sequence[Item]) -> NDArray[np.float32]:
        """See `Judge.support`: the label's share of the softmax, or one output read as a probability."""
        if not items:
            return np.zeros(0, np.float32)
        import torch

        texts = [("\n\n".join((*item.context, *item.quotes)), item.claim) for item in items]
        logits: Any = self.model.predict(texts, activation_fn=torch.nn.Identity(), convert_to_numpy=True, show_progress_bar=False)
        values = np.asarray(logits, dtype=np.float32).reshape(len(items), -1)
        if self.label is None:
            return np.asarray(1 / (1 + np.exp(-values[:, 0])), dtype=np.float32)
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(shifted[:, self.label] / shifted.sum(axis=1), dtype=np.float32)


def load_cross_encoder(name_or_path: str, device: str | None = None) -> CrossEncoderJudge:
    """Open a cross-encoder with an NLI label or one output (HHEM style). Raises `ModelMissing` and `ModelError`."""
    try:
        from sentence_transformers import CrossEncoder

        model = CrossEncoder(name_or_path, device=device, local_files_only=True)
    except (ImportError, OSError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"models.judge {name_or_path!r} cannot be loaded as a cross-encoder: {error}. "
            "Give 'footnote-judge', a folder that holds one, or 'none'."
        ) from error
    return CrossEncoderJudge(model, support_label(dict(model.config.id2label), name_or_path))


def support_label(id2label: Mapping[int, str], name: str) -> int | None:
    """The column of the label that means "supported"; None for a model with one output. Raises `ModelError` when there is none."""
    if len(id2label) == 1:
        return None
    for index, label in id2label.items():
        if str(label).lower().replace("_", " ") in _SUPPORTS:
            return int(index)
    raise ModelError(
        f"models.judge {name!r} must have a label 'entailment', has {sorted(map(str, id2label.values()))}. Choose an NLI cross-encoder."
    )

"""How well a passage answers a question, by a cross-encoder that reads both together.

The default is ms-marco-MiniLM-L-12-v2 from an int8 ONNX file; any sentence-transformers CrossEncoder can replace it by
name or path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.config import IndexConfig
from index.errors import ModelError
from index.models.batching import pad, plan_batches
from index.models.compiled import places
from index.models.registry import ModelFiles, load_tokenizer, locate, verify_checksum

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from index.models.onnx_backend import Graph

MAX_TOKENS = 512  # what the MS MARCO cross-encoders were trained for: question, passage and special tokens together
# Swept 256-4096 tokens a batch (docs/experiments.md): 1024 is within 2 % of the best for 41-token sentences and for 164-token passages.
TOKEN_BUDGET = 1024
_PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


class Reranker(Protocol):
    """Scores passages for one question."""

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Logits (len(passages),), float32, in the order of `passages`: higher is better, unbounded, comparable
        across questions. A pair longer than the model's window is cut, its longer side first."""
        ...


@dataclass(frozen=True, slots=True)
class GraphReranker:
    """A cross-encoder graph with one logit a pair."""

    graph: Graph
    tokenizer: Tokenizer
    token_budget: int = TOKEN_BUDGET

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker.score`. A passage that occurs several times is computed once."""
        position: dict[str, int] = {}
        rows = [position.setdefault(passage, len(position)) for passage in passages]
        pairs = self.tokenizer.encode_batch([(query, passage) for passage in position])
        logits = np.empty(len(pairs), dtype=np.float32)
        plan = plan_batches([len(pair.ids) for pair in pairs], self.token_budget)
        batches = ({name: pad([getattr(pairs[i], part) for i in batch]) for name, part in _PARTS.items()} for batch in plan)
        for batch, output in zip(plan, self.graph.run(batches), strict=True):
            logits[batch] = output[:, 0]
        return logits[rows]


@dataclass(frozen=True, slots=True)
class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder with one logit a pair."""

    model: Any

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker.score`."""
        import torch

        if not passages:
            return np.empty(0, dtype=np.float32)
        pairs = [(query, passage) for passage in passages]
        logits = self.model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(logits, dtype=np.float32).reshape(-1)


def load_reranker(settings: IndexConfig, cache_dir: Path | None = None) -> Reranker | None:
    """The reranker that the settings name; None for "none". `cache_dir` keeps what is made for this processor.

    Raises `ModelMissing`, `ChecksumMismatch`, or `ModelError` when the model is not a cross-encoder with one score.
    """
    name = settings.models.reranker
    if name == "none":
        return None
    files = locate(name)
    checksum = verify_checksum(files)
    if files.weights.suffix == ".onnx":
        kept_in = (cache_dir,) if cache_dir else places(settings.store.path)
        return _load_graph(name, files, checksum, settings.models.threads, kept_in)
    return _load_cross_encoder(files, settings)


def _load_graph(name: str, files: ModelFiles, checksum: str, threads: int, kept_in: Sequence[Path]) -> GraphReranker:
    from index.models.onnx_backend import open_graph

    graph = open_graph(files.weights, checksum, threads, kept_in)
    if graph.rank != 2 or graph.width != 1:
        raise ModelError(f"models.reranker must give one score a pair; {name!r} does not. Set it to 'ms-marco-minilm-l-12-v2'.")
    tokenizer = load_tokenizer(name)
    tokenizer.enable_truncation(MAX_TOKENS)
    return GraphReranker(graph, tokenizer)


def _load_cross_encoder(files: ModelFiles, settings: IndexConfig) -> CrossEncoderReranker:
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    device = None if settings.models.device == "auto" else settings.models.device
    try:
        model = CrossEncoder(str(files.path), device=device, local_files_only=True)
    except Exception as error:  # safetensors, transformers and torch share no base class but Exception
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"models.reranker must be a cross-encoder; {files.path} is not ({reason}). Choose another model.") from error
    if model.num_labels != 1:
        raise ModelError(f"models.reranker must give one score a pair; {files.name!r} gives {model.num_labels}. Choose another model.")
    return CrossEncoderReranker(model)

"""The plain cross-encoder that the reader is measured against (ms-marco-MiniLM-L-12-v2, int8), and that its training starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.config import IndexConfig
from index.models.batching import pad, plan_batches
from index.models.compiled import places
from index.models.registry import load_tokenizer, locate, verify_checksum

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from index.models.onnx_backend import Graph

NAME = "ms-marco-minilm-l-12-v2"
MAX_TOKENS = 512  # what it was trained for: question, passage and special tokens together
TOKEN_BUDGET = 1024
_PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


@dataclass(frozen=True, slots=True)
class CrossEncoder:
    """A graph with one logit a pair, and its tokenizer."""

    graph: Graph
    tokenizer: Tokenizer

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Logits (len(passages),), float32, in the order of `passages`: higher is better. A pair longer than the window is cut."""
        pairs = self.tokenizer.encode_batch([(query, passage) for passage in passages])
        logits = np.empty(len(pairs), dtype=np.float32)
        plan = plan_batches([len(pair.ids) for pair in pairs], TOKEN_BUDGET)
        batches = ({name: pad([getattr(pairs[i], part) for i in batch]) for name, part in _PARTS.items()} for batch in plan)
        for batch, output in zip(plan, self.graph.run(batches), strict=True):
            logits[batch] = output[:, 0]
        return logits


def load_cross_encoder(settings: IndexConfig) -> CrossEncoder:
    """Open it. Raises `ModelMissing` and `ChecksumMismatch`."""
    from index.models.onnx_backend import open_graph

    files = locate(NAME)
    graph = open_graph(files.weights, verify_checksum(files), settings.models.threads, places(settings.store.path))
    tokenizer = load_tokenizer(NAME)
    tokenizer.enable_truncation(MAX_TOKENS)
    return CrossEncoder(graph, tokenizer)

"""ONNX models in onnxruntime on the CPU: sessions, and an embedder's forward pass. Knows no tokenizers, no batching."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

if TYPE_CHECKING:
    from index.embed import Batch, Forward

TOKEN_BUDGET = 1024


def open_session(path: Path, threads: int = 0) -> Any:
    """An onnxruntime session with `threads` threads (0: all cores). Raises `ModelError` for a damaged file."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        raise ModelError(f"{path} must be an ONNX model: {str(error).splitlines()[0]}. Install or copy it again.") from error


def feeds(
    session: Any, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64] | None = None
) -> dict[str, NDArray[np.int64]]:
    """The inputs that this graph declares, of ids, mask and token types (zeros when None)."""
    known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids) if types is None else types}
    return {entry.name: known[entry.name] for entry in session.get_inputs()}


def onnx_forward(path: Path, threads: int, pooling: str) -> tuple[Forward, str, int]:
    """An embedder whose graph gives token vectors: pooled ("cls" or "mean") and normalised here."""
    session = open_session(path, threads)

    def run(batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        for ids, mask in batches:
            tokens = session.run(None, feeds(session, ids, mask))[0]
            pooled = tokens[:, 0] if pooling == "cls" else _mean(tokens, mask)
            norms = np.linalg.norm(pooled, axis=1, keepdims=True)
            yield (pooled / np.maximum(norms, 1e-12)).astype(np.float32)

    return run, "onnxruntime", TOKEN_BUDGET


def _mean(tokens: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    weights = mask[:, :, None].astype(np.float32)
    mean: NDArray[np.float32] = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return mean

"""Encoder models that ship as ONNX files: run by OpenVINO when its version agrees with onnxruntime's, else by that.

Knows token ids in and arrays out; no tokenizers, no texts.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.models.batching import pad
from index.models.compiled import MAX_STREAMS, Inputs, Runner, compile_runner, open_kept, usable_cores

if TYPE_CHECKING:
    from index.models.protocol import Batch, Forward

log = logging.getLogger(__name__)

TOKEN_BUDGET = 1024
# Cosine of all outputs on the probe batch. The int8 graph's own rounding leaves .98-.99; a wrong graph is near 0.
MIN_AGREEMENT = 0.95
_PROBE_ROWS = ([101, 2029, 4759, 9786, 2024, 2311, 4264, 1029, 102, 25269, 3078, 3216, 2003, 2311, 1037, 2373, 3269, 102], [101, 7592, 102])


@dataclass(frozen=True, slots=True)
class Graph:
    """A loaded graph. `run` gives the first output of each batch, in order; `width` is that output's last dimension."""

    run: Callable[[Iterable[Inputs]], Iterable[NDArray[np.float32]]]
    width: int | None
    rank: int
    backend: str
    streams: int


def open_graph(path: Path, checksum: str, threads: int, kept_in: Sequence[Path]) -> Graph:
    """Load an ONNX encoder on `threads` threads (0: all cores). Raises `ModelError` for a file that is none."""
    streams = min(threads or usable_cores(), MAX_STREAMS)
    try:
        runner, precision = open_kept(f"{checksum}|float", kept_in, lambda core: _checked_float_model(core, path), streams)
        shape = runner.shape
        width = shape[len(shape) - 1]
        return Graph(runner, width.get_length() if width.is_static else None, len(shape), f"openvino {precision}", streams)
    except (ImportError, RuntimeError) as error:
        log.info("%s runs in onnxruntime (%s)", path, error)
    session = open_session(path, threads)
    shape = session.get_outputs()[0].shape
    width = shape[-1] if isinstance(shape[-1], int) else None
    return Graph(_session_runner(session), width, len(shape), "onnxruntime", 1)


def _checked_float_model(core: Any, path: Path) -> Any:
    from index.models.dequantise import float_model

    model = float_model(core, path)
    ids = pad(_PROBE_ROWS)
    mask = pad([[1] * len(row) for row in _PROBE_ROWS])
    probe = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    ours, theirs = (_first_row(run, probe) for run in (compile_runner(core, model, 1)[0], _session_runner(open_session(path))))
    agreement = float(ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs)))
    if not agreement > MIN_AGREEMENT:
        raise RuntimeError(f"the float copy differs from the graph, cosine {agreement:.4f}")
    return model


def _first_row(run: Runner | Callable[[Iterable[Inputs]], Iterable[NDArray[np.float32]]], probe: Inputs) -> NDArray[np.float32]:
    output: NDArray[np.float32] = next(iter(run([probe])))
    return output[:, 0].ravel() if output.ndim > 1 else output


def open_session(path: Path, threads: int = 0) -> Any:
    """An onnxruntime session with `threads` threads (0: all cores). Raises `ModelError` for a damaged file."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or usable_cores()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        raise ModelError(f"{path} must be an ONNX model: {str(error).splitlines()[0]}. Install or copy it again.") from error


def _session_runner(session: Any) -> Callable[[Iterable[Inputs]], Iterator[NDArray[np.float32]]]:
    names = [entry.name for entry in session.get_inputs()]

    def run(batches: Iterable[Inputs]) -> Iterator[NDArray[np.float32]]:
        for batch in batches:
            yield session.run(None, {name: batch[name] for name in names})[0]

    return run


def onnx_forward(path: Path, checksum: str, threads: int, kept_in: Sequence[Path], pooling: str) -> tuple[Forward, str, int]:
    """An embedder whose graph gives token vectors: pooled ("cls" or "mean") and normalised here."""
    graph = open_graph(path, checksum, threads, kept_in)
    if graph.rank != 3:
        raise ModelError(f"models.embedder must give token vectors; {path} gives {graph.rank} dimensions, not 3. Choose another model.")

    def forward(batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        masks: deque[NDArray[np.int64]] = deque()  # of the batches under way

        def inputs() -> Iterator[Inputs]:
            for ids, mask in batches:
                masks.append(mask)
                yield {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}

        for tokens in graph.run(inputs()):
            mask = masks.popleft()
            pooled = tokens[:, 0] if pooling == "cls" else _mean(tokens, mask)
            yield pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)

    return forward, f"{graph.backend}, {graph.streams} stream{'s' if graph.streams > 1 else ''}", TOKEN_BUDGET


def _mean(tokens: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    weights = mask[:, :, None].astype(np.float32)
    mean: NDArray[np.float32] = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return mean

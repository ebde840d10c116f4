"""The compiled copy: a sentence-transformers model converted once for OpenVINO, kept on disk, run by the CPU.

The copy is keyed by the checksum of the weights, the recipe and OpenVINO's version, written to a folder of its own
and renamed into place, so a killed run leaves nothing that looks whole; a damaged copy is made again. Before it is
used it must give the vectors that sentence-transformers gives. Knows nothing of tokenizers beyond that check.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.models import sha256_of
from index.recipe import Recipe

if TYPE_CHECKING:
    from index.embed import Batch, Forward

log = logging.getLogger(__name__)

# Swept 512-8192 tokens a batch, 1 and 2 streams, 152-token chunks, bf16 (EXPERIMENTS.md): 2 streams of one thread beat
# one stream of two, 91 against 71-79 chunks/s, and are flat from 1024 tokens on.
TOKEN_BUDGET = 2048
MAX_STREAMS = 16
MIN_COSINE = 0.999
_PROBES = (
    "A short probe.",
    "Korean firms build a combined cycle power plant in Turkistan, the ministry said on Tuesday. " * 12,
    "Қазақстан мен Корея 11 құжатқа қол қойды; 대한민국 기업이 참여했다.",
)


def openvino_forward(folder: Path, recipe: Recipe, checksum: str, cache_dir: Path, threads: int) -> tuple[Forward, str, int]:
    """The model as a function of token batches, its description for `status`, and its token budget.

    Raises `ImportError` without OpenVINO and `RuntimeError` when the model cannot be converted faithfully.
    """
    import openvino as ov

    if not recipe.standard:
        raise RuntimeError("the model has modules of its own")
    core = ov.Core()
    key = hashlib.sha256(f"{checksum}|{recipe}|{ov.__version__}".encode()).hexdigest()[:16]
    model = _read_copy(core, cache_dir / "compiled" / key)
    if model is None:
        model = _convert(core, folder, recipe.max_tokens)
        _write_copy(model, cache_dir / "compiled" / key)
    streams = min(threads or usable_cores(), MAX_STREAMS)
    compiled, precision = _compile(core, model, streams)
    return _Runner(compiled, streams), f"openvino {precision}, {streams} stream{'s' if streams > 1 else ''}", TOKEN_BUDGET


def usable_cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _compile(core: Any, model: Any, streams: int) -> tuple[Any, str]:
    # bf16 where the processor has it (cosine to fp32 .9999, three times the speed of f32 here); plain f16 was slower.
    precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    options = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "THROUGHPUT",
        "NUM_STREAMS": str(streams),
        "INFERENCE_NUM_THREADS": str(streams),
    }
    return core.compile_model(model, "CPU", options), precision


class _Runner:
    """Keeps every stream busy and hands the results back in the order of the batches."""

    def __init__(self, compiled: Any, streams: int) -> None:
        self._requests = [compiled.create_infer_request() for _ in range(2 * streams if streams > 1 else 1)]

    def __call__(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        pending: list[Any] = []
        free = list(self._requests)
        for ids, mask in batches:
            if not free:
                done = pending.pop(0)
                yield self._finish(done)
                free.append(done)
            request = free.pop()
            request.start_async([ids, mask], share_inputs=False)
            pending.append(request)
        for request in pending:
            yield self._finish(request)

    @staticmethod
    def _finish(request: Any) -> NDArray[np.float32]:
        request.wait()
        vectors: NDArray[np.float32] = np.array(request.get_output_tensor(0).data, dtype=np.float32)
        return vectors


def _convert(core: Any, folder: Path, max_tokens: int) -> Any:
    """Trace the model with its pooling and normalisation inside, and compare the result with the model itself.

    Takes two seconds after importing torch. Raises `RuntimeError` when the two disagree.
    """
    import openvino as ov
    import torch

    from index.torch_backend import load_module

    log.info("compiling a copy of %s for this processor (once)", folder)
    source = load_module(folder, "cpu")
    example = torch.ones((2, 8), dtype=torch.long)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer warns of every shape test in transformers; the probes check the result
        model = ov.convert_model(source.module, example_input={"input_ids": example, "attention_mask": example})
    run = _Runner(_compile(core, model, 1)[0], 1)
    for text in _PROBES:
        ids = np.array([source.tokenize(text, max_tokens)], dtype=np.int64)
        mask = np.ones_like(ids)
        cosine = float(next(iter(run([(ids, mask)])))[0] @ source.vectors(ids, mask)[0])
        if not cosine > MIN_COSINE:
            raise RuntimeError(f"the compiled copy differs from the model, cosine {cosine:.4f}")
    return model


def _read_copy(core: Any, folder: Path) -> Any | None:
    """The kept copy, or None when there is none or it is damaged (it is then removed)."""
    if not folder.is_dir():
        return None
    try:
        kept = json.loads((folder / "sha256.json").read_text(encoding="utf-8"))
        if {name: sha256_of(folder / name) for name in ("model.xml", "model.bin")} == kept:
            return core.read_model(folder / "model.xml")
    except (OSError, ValueError, RuntimeError) as error:
        log.info("compiled copy unreadable: %s", error)
    log.warning("the compiled copy in %s is damaged; making it again", folder)
    shutil.rmtree(folder, ignore_errors=True)
    return None


def _write_copy(model: Any, folder: Path) -> None:
    import openvino as ov

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
            new = Path(name) / "copy"
            new.mkdir()
            ov.save_model(model, new / "model.xml", compress_to_fp16=True)
            kept = {part: hashlib.sha256((new / part).read_bytes()).hexdigest() for part in ("model.xml", "model.bin")}
            (new / "sha256.json").write_text(json.dumps(kept), encoding="utf-8")
            new.rename(folder)
    except (OSError, RuntimeError) as error:  # read-only or full, or another process was first: this run has its model in memory
        log.warning("the compiled copy could not be kept in %s, every start will compile again (%s)", folder, error)

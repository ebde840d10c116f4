"""The compiled copy of a sentence-transformers embedder: its modules traced into one graph that the CPU runs fast.

Before it is used it must give the vectors that sentence-transformers gives. Knows nothing of texts beyond that check.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.models.compiled import MAX_STREAMS, compile_runner, open_kept, usable_cores
from index.models.recipe import Recipe

if TYPE_CHECKING:
    from index.models.protocol import Batch, Forward

log = logging.getLogger(__name__)

# Swept 512-8192 tokens a batch, 1 and 2 streams, 152-token chunks, bf16 (docs/experiments.md): 2 streams of one thread beat
# one stream of two, 91 against 71-79 chunks/s, and are flat from 1024 tokens on.
TOKEN_BUDGET = 2048
MIN_COSINE = 0.999
PROBES = (
    "A short probe.",
    "Korean firms build a combined cycle power plant in Turkistan, the ministry said on Tuesday. " * 12,
    "Қазақстан мен Корея 11 құжатқа қол қойды; 대한민국 기업이 참여했다.",
)


def openvino_forward(
    folder: Path, recipe: Recipe, checksum: str, kept_in: Sequence[Path], threads: int, *, for_questions: bool = False
) -> tuple[Forward, str, int]:
    """The model as a function of token batches, its description for `status`, and its token budget.

    `for_questions` puts all threads to one text: 2.2 ms instead of 3.2 a question, between searches, on two cores.
    Raises `ImportError` without OpenVINO and `RuntimeError` when the model cannot be converted faithfully.
    """
    if not recipe.standard:
        raise RuntimeError("the model has modules of its own")
    threads = min(threads or usable_cores(), MAX_STREAMS)
    streams = 1 if for_questions else threads
    key = f"{checksum}|{recipe}"
    runner, precision = open_kept(key, kept_in, lambda core: _convert(core, folder, recipe.max_tokens), streams, threads)

    def forward(batches: Iterable[Batch]) -> Iterable[NDArray[np.float32]]:
        return runner({"input_ids": ids, "attention_mask": mask} for ids, mask in batches)

    return forward, f"openvino {precision}, {streams} stream{'s' if streams > 1 else ''}", TOKEN_BUDGET


def _convert(core: Any, folder: Path, max_tokens: int) -> Any:
    """Trace the model with its pooling and normalisation inside, and compare the result with the model itself.

    Takes two seconds after importing torch. Raises `RuntimeError` when the two disagree.
    """
    import openvino as ov
    import torch

    from index.models.torch_backend import load_module

    log.info("compiling a copy of %s for this processor (once)", folder)
    source = load_module(folder, "cpu")
    example = torch.ones((2, 8), dtype=torch.long)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer warns of every shape test in transformers; the probes check the result
        model = ov.convert_model(source.module, example_input={"input_ids": example, "attention_mask": example})
    run, _ = compile_runner(core, model, 1)
    for text in PROBES:
        ids = np.array([source.tokenize(text, max_tokens)], dtype=np.int64)
        mask = np.ones_like(ids)
        cosine = float(next(iter(run([{"input_ids": ids, "attention_mask": mask}])))[0] @ source.vectors(ids, mask)[0])
        if not cosine > MIN_COSINE:
            raise RuntimeError(f"the compiled copy differs from the model, cosine {cosine:.4f}")
    return model

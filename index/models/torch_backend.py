"""A sentence-transformers model run by torch: on CUDA in half precision, on other machines as the last resort.

Also the definition that the compiled copy is made from and compared with. Importing torch and sentence-transformers
takes seconds, so only the functions of this module do. Knows nothing of batching policy beyond halving a batch that
does not fit into the device's memory.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

if TYPE_CHECKING:
    from index.models.protocol import Batch, Forward

log = logging.getLogger(__name__)

CUDA_TOKEN_BUDGET = 65536
CPU_TOKEN_BUDGET = 2048
IN_FLIGHT = 3
BUCKET = 8  # half-precision products run fastest on widths of a multiple of this, and few shapes mean few allocations


@dataclass(frozen=True, slots=True)
class SourceModel:
    """The model as sentence-transformers loaded it: one torch module of (input_ids, attention_mask), and its tokenizer."""

    module: Any
    device: str
    tokenize: Callable[[str, int], list[int]]

    def vectors(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors (rows, dim) of length 1 for token ids and mask (rows, longest)."""
        import torch

        with torch.inference_mode():
            on_device = [torch.from_numpy(array).to(self.device) for array in (ids, mask)]
            vectors: NDArray[np.float32] = self.module(*on_device).float().cpu().numpy()
        return vectors


def cuda_available() -> bool:
    """Whether torch sees a CUDA device (imports torch)."""
    import torch

    return bool(torch.cuda.is_available())


def torch_forward(folder: Path, device: str, threads: int = 0) -> tuple[Forward, str, int]:
    """The model as a function of token batches, its description for `status`, and its token budget.

    Raises `ModelError` for a folder without a model and `RuntimeError` when a CUDA device cannot run it.
    """
    import torch

    source = load_module(folder, device)
    if device == "cuda":
        source.module.half()
        runner = cuda_runner(source.module)
        _probe(runner)
        return runner, f"torch fp16 on {torch.cuda.get_device_name()}", CUDA_TOKEN_BUDGET
    if threads:
        torch.set_num_threads(threads)

    def run(batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        for ids, mask in batches:
            yield source.vectors(ids, mask)

    return run, "torch fp32 on cpu", CPU_TOKEN_BUDGET


def _probe(runner: Forward) -> None:
    """Run two tokens: a device that torch lists may still be one that it cannot use. Raises `RuntimeError`."""
    ids = np.ones((1, 2), dtype=np.int64)
    (vectors,) = runner([(ids, ids)])
    if not np.isfinite(vectors).all():
        raise RuntimeError("half precision gives no numbers")


@dataclass(slots=True)
class Room:
    """How many tokens (rows x longest) the device holds at once, as far as that is known yet."""

    tokens: int = sys.maxsize


def cuda_runner(module: Any) -> Forward:
    """Copies and results overlap with the device's work: a batch is waited for when the next ones are under way."""
    room = Room()

    def run(batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        waiting: deque[Callable[[], NDArray[np.float32]]] = deque()
        for ids, mask in batches:
            waiting.append(launch(module, _bucketed(ids), _bucketed(mask), room))
            if len(waiting) == IN_FLIGHT:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()

    return run


def _bucketed(array: NDArray[np.int64]) -> NDArray[np.int64]:
    """The array (rows, longest) filled up with zeros to a width that is a multiple of `BUCKET`."""
    return np.pad(array, ((0, 0), (0, -array.shape[1] % BUCKET)))


def launch(module: Any, ids: NDArray[np.int64], mask: NDArray[np.int64], room: Room) -> Callable[[], NDArray[np.float32]]:
    """Start one batch; the returned function waits for it.

    A batch that does not fit is cut into halves, and so is every later one of its size, at once. Raises `ModelError` when one
    text alone does not fit.
    """
    import torch

    if ids.size <= room.tokens or len(ids) == 1:
        try:
            return _start(module, ids, mask)
        except torch.cuda.OutOfMemoryError as error:
            if len(ids) == 1:
                raise ModelError(
                    f"one text of {ids.shape[1]} tokens does not fit into the CUDA device. Set models.device to 'cpu'."
                ) from error
        torch.cuda.empty_cache()
        room.tokens = ids.size // 2
        log.warning("CUDA out of memory at %d texts; halving the batch", len(ids))
    half = len(ids) // 2
    parts = [launch(module, ids[part], mask[part], room)() for part in (slice(half), slice(half, None))]
    return lambda: np.concatenate(parts)


def _start(module: Any, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Callable[[], NDArray[np.float32]]:
    import torch

    with torch.inference_mode():
        on_device = [torch.from_numpy(array).pin_memory().to("cuda", non_blocking=True) for array in (ids, mask)]
        result = module(*on_device).float().to("cpu", non_blocking=True)
        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record()

    def fetch() -> NDArray[np.float32]:
        done.synchronize()
        vectors: NDArray[np.float32] = result.numpy()
        return vectors

    return fetch


def load_module(folder: Path, device: str) -> SourceModel:
    """Load a model with sentence-transformers; all its modules become one that ends in vectors of length 1.

    Raises `ModelError` when the folder does not hold a model.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SentenceTransformer(str(folder), device=device, local_files_only=True)
    except Exception as error:  # safetensors, transformers and torch share no base class but Exception
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{folder} must hold a sentence-transformers model: {reason}. Copy the whole model there.") from error
    wants_types = "token_type_ids" in getattr(model.tokenizer, "model_input_names", ())

    class Whole(torch.nn.Module):
        """All modules of the model, one after another."""

        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(model)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            """Vectors (rows, dim) of length 1."""
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if wants_types:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            for part in self.parts:
                features = part(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], p=2, dim=1)

    def tokenize(text: str, limit: int) -> list[int]:
        return list(model.tokenizer(text, truncation=True, max_length=limit)["input_ids"])

    return SourceModel(Whole().eval(), device, tokenize)

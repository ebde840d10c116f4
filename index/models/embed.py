"""Texts to unit vectors, by whatever this machine runs fastest.

sentence-transformers defines every model (its transformer, its pooling, its normalisation). On a CPU a compiled
copy of exactly that runs (`index.models.openvino_backend`); a CUDA device runs the model itself in half precision
(`index.models.torch_backend`); a model that ships as ONNX has a way of its own (`index.models.onnx_backend`). All three see the same
token ids in the same batches.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.config import IndexConfig
from index.errors import ModelError
from index.models.batching import ahead, pad, plan_batches
from index.models.compiled import places
from index.models.protocol import Batch, Embedder, Forward
from index.models.recipe import Recipe, read_recipe
from index.models.registry import ModelFiles, load_tokenizer, locate, verify_checksum

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

# Texts are tokenised this many at a time: enough for full batches of like length, little enough to keep memory flat.
WINDOW = 4096
# A question is filled up to a multiple of so many tokens: OpenVINO prepares itself anew for each length, so few lengths make questions
# cheaper (200 headlines in turn, median ms: 1: 3.0, 8: 2.1, 16: 2.3). The vector is the same to a cosine of .99999.
QUERY_STEP = 8
# Tokens of a question; a longer one is cut there. Nobody asks in that many, and 2,000 characters without sense cost a second otherwise.
LONGEST_QUESTION = 128


@dataclass(slots=True)
class TokenEmbedder:
    """An `Embedder` over any backend that takes token ids."""

    name: str
    dim: int
    max_tokens: int
    fingerprint: str
    backend: str
    forward: Forward
    tokenizer: Tokenizer
    token_budget: int
    query_prefix: str = ""
    passage_prefix: str = ""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.encode`. A text that occurs several times is computed once."""
        return self._encode([self.passage_prefix + text for text in texts])

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The vector (dim,) of a question, with the prefix that the model was trained with for questions."""
        ids = self.tokenizer.encode(self.query_prefix + self.shortened(text)).ids
        width = min(-(-len(ids) // QUERY_STEP) * QUERY_STEP, self.max_tokens)
        [vectors] = self.forward([(pad([ids], least=width), pad([[1] * len(ids)], least=width))])
        vector: NDArray[np.float32] = vectors[0]
        return vector

    def shortened(self, question: str) -> str:
        """The question, cut to `LONGEST_QUESTION` tokens."""
        coded = self.tokenizer.encode(question, add_special_tokens=False)
        return question if len(coded.ids) <= LONGEST_QUESTION else question[: coded.offsets[LONGEST_QUESTION - 1][1]]

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        position: dict[str, int] = {}
        rows = [position.setdefault(text, len(position)) for text in texts]
        unique = list(position)
        vectors = np.empty((len(unique), self.dim), dtype=np.float32)
        order: list[list[int]] = []
        for batch, made in enumerate(self.forward(self.batches(unique, order))):
            vectors[order[batch]] = made
        return vectors if len(unique) == len(texts) else vectors[rows]

    def batches(self, texts: Sequence[str], order: list[list[int]]) -> Iterator[Batch]:
        """Batches of like length, window by window; `order` receives the rows of each. The next window is tokenised meanwhile."""
        windows = (self.tokenizer.encode_batch_fast(texts[start : start + WINDOW]) for start in range(0, len(texts), WINDOW))
        for number, encodings in enumerate(ahead(windows) if len(texts) > WINDOW else windows):
            ids = [encoding.ids for encoding in encodings]
            for batch in plan_batches([len(row) for row in ids], self.token_budget):
                order.append([number * WINDOW + i for i in batch])
                yield pad([ids[i] for i in batch]), pad([[1] * len(ids[i]) for i in batch])


def encode_query(embedder: Embedder, text: str) -> NDArray[np.float32]:
    """The vector (dim,) of a question: with the model's query prefix where it has one, else like any text."""
    if isinstance(embedder, TokenEmbedder):
        return embedder.encode_query(text)
    vector: NDArray[np.float32] = embedder.encode([text])[0]
    return vector


def shortened(embedder: Embedder, question: str) -> str:
    """A question as long as questions are: see `LONGEST_QUESTION`."""
    return embedder.shortened(question) if isinstance(embedder, TokenEmbedder) else question


def load_embedder(settings: IndexConfig, cache_dir: Path | None = None, *, for_questions: bool = False) -> Embedder:
    """The embedder that the settings name, on the device that they name; `for_questions`: one text at a time, soon, not many.

    `cache_dir` keeps the compiled copy; the user's cache folder, or the index's where that cannot be written, when None.
    Raises `ModelMissing`, `ChecksumMismatch`, or `ModelError` when the model or the device does not fit.
    """
    files = locate(settings.models.embedder)
    checksum = verify_checksum(files)
    recipe = read_recipe(files)
    tokenizer = load_tokenizer(settings.models.embedder)
    tokenizer.enable_truncation(recipe.max_tokens)
    kept_in = (cache_dir,) if cache_dir else places(settings.store.path)
    forward, backend, budget = _choose_backend(settings, files, recipe, checksum, kept_in, for_questions)
    return TokenEmbedder(
        name=files.name,
        dim=recipe.dim,
        max_tokens=recipe.max_tokens,
        fingerprint=_fingerprint(files, recipe, checksum),
        backend=backend,
        forward=forward,
        tokenizer=tokenizer,
        token_budget=budget,
        query_prefix=recipe.query_prefix,
        passage_prefix=recipe.passage_prefix,
    )


def _choose_backend(
    settings: IndexConfig, files: ModelFiles, recipe: Recipe, checksum: str, kept_in: Sequence[Path], for_questions: bool
) -> tuple[Forward, str, int]:
    device, threads = settings.models.device, settings.models.threads
    if files.weights.suffix == ".onnx":
        from index.models.onnx_backend import onnx_forward

        return onnx_forward(files.weights, checksum, threads, kept_in, recipe.pooling)
    if device == "cuda" or (device == "auto" and _may_have_cuda()):
        from index.models.torch_backend import cuda_available, torch_forward

        if cuda_available():
            try:
                return torch_forward(files.path, "cuda")
            except RuntimeError as error:  # a driver too old for this torch, a device in use by another process, ...
                reason = str(error).split("\n")[0]
                if device == "cuda":
                    raise ModelError(f"models.device is 'cuda', but it fails: {reason}. Mend the driver, or set it to 'cpu'.") from error
                log.warning("model %s runs on the CPU: the CUDA device fails (%s)", files.name, reason)
        elif device == "cuda":
            raise ModelError("models.device is 'cuda', but torch finds no CUDA device. Set it to 'auto', or install a CUDA build of torch.")
    try:
        from index.models.openvino_backend import openvino_forward

        return openvino_forward(files.path, recipe, checksum, kept_in, threads, for_questions=for_questions)
    except (ImportError, RuntimeError) as error:
        log.warning("model %s runs in torch, several times slower: no compiled copy (%s)", files.name, str(error).split("\n")[0])
    from index.models.torch_backend import torch_forward

    return torch_forward(files.path, "cpu", threads)


def _may_have_cuda() -> bool:
    """Whether importing torch to ask for a device is worth its seconds: a driver is there and torch is not a CPU build."""
    driver = any(Path(p).exists() for p in ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg", "/usr/local/nvidia"))
    return driver and not importlib.metadata.version("torch").endswith("+cpu")


def _fingerprint(files: ModelFiles, recipe: Recipe, checksum: str) -> str:
    parts = (checksum, recipe.pooling, str(recipe.max_tokens), str(recipe.dim), recipe.passage_prefix)
    return f"{files.name.rsplit('/', 1)[-1]}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"

"""`python -m eval.bench.cli_gpu`: chunks per second on a CUDA device, end to end without the stores, and what limits it.

Four measurements over the same chunks (about 200 tokens each, made text): tokenising alone; the forward pass alone, over
batches that are on the device already; ours, text to vectors; SentenceTransformer.encode in half precision. Refuses to
run where torch finds no CUDA device, so that no CPU figure passes for one of a GPU. Writes one JSON object.
"""

from __future__ import annotations

import json
import platform
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from index.config import IndexConfig, load_settings
from index.errors import ModelError
from index.offline import go_offline

WORDS = (
    "the of and to in a said million trade year minister company agreement project export investment Korea Kazakhstan Astana "
    "billion energy market bank growth industry plant construction percent government price oil growing cooperation signed during visit"
).split()


def main(
    count: Annotated[int, typer.Option(min=64, help="chunks")] = 50_000,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    model: Annotated[str, typer.Option(help="a sentence-transformers embedder")] = "all-minilm-l6-v2",
    out: Annotated[Path | None, typer.Option(help="also write the figures to this file")] = None,
) -> None:
    """Measure and print."""
    go_offline()
    from index.models.embed import TokenEmbedder, load_embedder
    from index.models.torch_backend import cuda_available

    if not cuda_available():
        raise SystemExit("torch finds no CUDA device: nothing measured. Run this where there is a GPU and a CUDA build of torch.")
    embedder = load_embedder(load_settings(IndexConfig, {"models": {"embedder": model, "device": "cuda"}}))
    if not isinstance(embedder, TokenEmbedder):
        raise ModelError(f"this bench needs an embedder of tokens, {model!r} is none. Give a sentence-transformers model.")
    texts = made_chunks(count)
    runs = {
        "tokenising alone": lambda: sum(1 for _ in embedder.tokenizer.encode_batch_fast(texts)),
        "footnote, text to vectors": lambda: embedder.encode(texts),
        "forward pass alone, batches on the device": _forward_alone(model, embedder, texts),
        "SentenceTransformer.encode, fp16, batches of 256": _usual(model, texts),
    }
    record = {"machine": _machine(), "model": model, "backend": embedder.backend, "chunks": count}
    record |= {"tokens_a_chunk": _tokens(embedder, texts), "chunks_per_second": {n: _rate(run, count, repeats) for n, run in runs.items()}}
    record["peak_gib"] = _peak()
    text = json.dumps(record, indent=2)
    print(text)
    if out:
        out.write_text(text + "\n", encoding="utf-8")


def made_chunks(count: int, seed: int = 3) -> list[str]:
    """Different chunks of 150 to 235 made-up words, about 200 tokens on average."""
    rng = random.Random(seed)
    return [f"{n} " + " ".join(rng.choices(WORDS, k=rng.randint(150, 235))) for n in range(count)]


def _rate(run: Callable[[], object], count: int, repeats: int) -> list[float]:
    """Chunks per second of each repeat, after one unmeasured."""
    run()
    rates = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        rates.append(round(count / (time.perf_counter() - started), 1))
    return rates


def _forward_alone(model: str, embedder: Any, texts: Sequence[str]) -> Callable[[], object]:
    import torch

    from index.models.registry import locate
    from index.models.torch_backend import load_module

    module = load_module(locate(model).path, "cuda").module.half()
    order: list[list[int]] = []
    batches = [tuple(torch.from_numpy(a).to("cuda") for a in batch) for batch in embedder.batches(list(texts), order)]

    def run() -> None:
        with torch.inference_mode():
            for ids, mask in batches:
                module(ids, mask)
        torch.cuda.synchronize()

    return run


def _usual(model: str, texts: Sequence[str]) -> Callable[[], object]:
    from sentence_transformers import SentenceTransformer

    from index.models.registry import locate

    usual = SentenceTransformer(str(locate(model).path), device="cuda").half()
    return lambda: usual.encode(list(texts), batch_size=256, show_progress_bar=False)


def _tokens(embedder: Any, texts: Sequence[str]) -> float:
    some = texts[:1000]
    return round(sum(len(e.ids) for e in embedder.tokenizer.encode_batch_fast(list(some))) / len(some), 1)


def _peak() -> float:
    import torch

    return round(torch.cuda.max_memory_allocated() / 2**30, 2)


def _machine() -> dict[str, Any]:
    import importlib.metadata

    import torch

    from index.models.compiled import usable_cores

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "device": torch.cuda.get_device_name(),
        "cores": usable_cores(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "sentence-transformers", "tokenizers")},
    }


if __name__ == "__main__":
    typer.run(main)

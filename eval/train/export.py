"""A trained network as the file that ships: `python -m eval.train.export --network FOLDER/network.pt --out qa/read/weights`.

An OpenVINO model (int8 weights with one scale a row, multiplied out when it is compiled) with one output, (rows, tokens, 4): answers,
evidence, start, end. Beside it the tokenizer. The export is compared with the network before it is kept.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from eval.train.network import HEADS, ReaderNetwork
from eval.train.reader import START, started
from index.models.registry import locate, sha256_of

MAX_DIFFERENCE = 0.35  # of logits between the network and the int8 file, 99th percentile on the probe
_SMALL = 4096  # numbers; smaller constants stay as they are


class Exported(nn.Module):
    """The network with its heads side by side: one output (rows, tokens, 4)."""

    def __init__(self, network: ReaderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        """Logits; "answers" is that of the first token, repeated."""
        answers, tokens = self.network(input_ids, attention_mask, token_type_ids)
        return torch.cat([answers[:, None, None].expand(-1, tokens.shape[1], 1), tokens], dim=2)


def export(network: ReaderNetwork, folder: Path, name: str) -> Path:
    """Write `name`.xml, `name`.bin and `tokenizer.json` into `folder`. Raises `ValueError` when the file gives other numbers."""
    import openvino as ov

    network.eval()
    module = Exported(network).eval()
    example = torch.ones((2, 8), dtype=torch.long)
    with torch.no_grad():
        model = ov.convert_model(
            module, example_input={"input_ids": example, "attention_mask": example, "token_type_ids": torch.zeros_like(example)}
        )
    for entry, given in zip(model.inputs, ("input_ids", "attention_mask", "token_type_ids"), strict=True):
        entry.get_tensor().set_names({given})
    shrink(model)
    folder.mkdir(parents=True, exist_ok=True)
    ov.save_model(model, folder / f"{name}.xml", compress_to_fp16=False)
    shutil.copyfile(locate(START).path / "tokenizer.json", folder / "tokenizer.json")
    difference = _difference(module, folder / f"{name}.xml")
    if not difference < MAX_DIFFERENCE:
        raise ValueError(f"the export must give what the network gives, its logits differ by {difference:.3f}. Do not ship it.")
    print(f"{(folder / f'{name}.bin').stat().st_size / 1e6:.1f} MB, logits differ by {difference:.3f} at most (99 %)")
    return folder / f"{name}.bin"


def mixed(state: Mapping[str, Any], other: Mapping[str, Any], share: float) -> dict[str, Any]:
    """The mean of two networks' weights, `share` of the other: one that goes on from the other keeps more of what that knew (Wortsman et
    al., Robust fine-tuning of zero-shot models, arXiv 2109.01903)."""
    return {name: (1 - share) * value + share * other[name] if value.is_floating_point() else value for name, value in state.items()}


def shrink(model: Any) -> None:
    """Replace every large float constant by int8 rows times scales, where the graph multiplies or looks rows up."""
    from openvino import opset13 as ops

    for node in list(model.get_ordered_ops()):
        if node.get_type_name() != "Constant" or node.get_element_type().is_integral() or node.get_output_shape(0) == []:
            continue
        values = node.get_data()
        if values.ndim != 2 or values.size < _SMALL:
            continue
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / 127
        small = ops.constant(np.round(values / scale).astype(np.int8))
        product = ops.multiply(ops.convert(small, "f32"), ops.constant(scale))
        for reader in list(node.output(0).get_target_inputs()):
            reader.replace_source_output(product.output(0))
    model.validate_nodes_and_infer_types()


def _difference(module: nn.Module, path: Path) -> float:
    import openvino as ov

    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(1000, 20000, (8, 96), generator=generator)
    mask, segments = torch.ones_like(ids), torch.zeros_like(ids)
    segments[:, 16:] = 1
    with torch.no_grad():
        expected = module(ids, mask, segments).numpy()
    compiled = ov.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = next(iter(compiled({"input_ids": ids.numpy(), "attention_mask": mask.numpy(), "token_type_ids": segments.numpy()}).values()))
    return float(np.quantile(np.abs(expected - found), 0.99))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", choices=("reader", "judge"), default="reader")
    parser.add_argument("--threshold", type=float, default=0.0, help='logit of "answers" and "evidence" that is to count as one half')
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--mean", type=Path, help="another network (.pt, or .xml of an export) whose weights are mixed in")
    parser.add_argument("--share", type=float, default=0.2, help="of the other network in the mean")
    args = parser.parse_args()
    network = ReaderNetwork(args.layers)
    network.load_state_dict(torch.load(args.network, map_location="cpu")["network"])
    if args.mean:
        network.load_state_dict(mixed(network.state_dict(), started(args.mean, network), args.share))
    with torch.no_grad():
        network.answers.bias.sub_(args.threshold)
        network.tokens.bias[HEADS.index("evidence")].sub_(args.threshold)
    print(f"sha256 {sha256_of(export(network, args.out, args.name))}")


if __name__ == "__main__":
    main()

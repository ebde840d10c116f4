"""Train the reader: `python -m eval.train.reader --data FILE --out FOLDER`. Seeded, with checkpoints, resumable.

Runs on two cores (bf16 where the processor has it) and on a GPU where there is one. Writes `FOLDER/network.pt` every few minutes
and `FOLDER/log.jsonl`; started again it goes on from there.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from eval.train.batches import Labelled, batches, read_rows
from eval.train.network import ReaderNetwork, start_network
from eval.train.weights import exported_state
from index.models.registry import load_tokenizer, locate

START = "ms-marco-minilm-l-12-v2"
FROZEN_LAYERS = 3  # and the embeddings: a third less work, what they know of words is kept
_EVERY_S = 240.0


def losses(network: ReaderNetwork, batch: Labelled, device: str, half: bool) -> Any:
    """The three losses, summed: the passage answers (binary), a unit is evidence (binary), the short answer's ends."""
    on = {name: torch.from_numpy(getattr(batch, name)).to(device) for name in batch.__slots__}
    with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
        answers, tokens = network(on["ids"], on["mask"], on["segments"])
    answers, tokens = answers.float(), tokens.float()
    whole = F.binary_cross_entropy_with_logits(answers, on["answers"])
    return whole + unit_loss(tokens[..., 0], on["unit"], on["labels"]) + 0.5 * short_loss(tokens[..., 1:], on["unit"], on["short"])


def unit_logits(evidence: Any, unit: Any, units: int) -> Any:
    """Mean evidence logit of each unit's tokens: (rows, tokens) and unit numbers to (rows, units); 0 for a unit without tokens."""
    inside = (unit >= 0).float()
    at = unit.clamp(min=0)
    total = torch.zeros(evidence.shape[0], units, device=evidence.device).scatter_add_(1, at, evidence * inside)
    count = torch.zeros_like(total).scatter_add_(1, at, inside)
    return total / count.clamp(min=1)


def unit_loss(evidence: Any, unit: Any, labels: Any) -> Any:
    """Binary cross-entropy of unit logits, each example weighing the same however many units it has."""
    known = (labels >= 0).float()
    loss = F.binary_cross_entropy_with_logits(unit_logits(evidence, unit, labels.shape[1]), labels.clamp(min=0).float(), reduction="none")
    # A passage has one or two units of evidence among ten: they weigh as much as the others together, at most fourfold.
    positive = (labels == 1).float()
    share = (known - positive).sum(1, keepdim=True) / positive.sum(1, keepdim=True).clamp(min=1)
    weight = known * (1 + positive * (share.clamp(1, 4) - 1))
    each = (loss * weight).sum(1) / weight.sum(1).clamp(min=1)
    return each.sum() / (known.sum(1) > 0).float().sum().clamp(min=1)


def short_loss(ends: Any, unit: Any, short: Any) -> Any:
    """Cross-entropy of the short answer's first and last token, among the tokens of units."""
    rows = short[:, 0] >= 0
    if not bool(rows.any()):
        return ends.sum() * 0
    logits = ends.masked_fill((unit < 0).unsqueeze(-1), -1e4)[rows]
    return (F.cross_entropy(logits[..., 0], short[rows, 0]) + F.cross_entropy(logits[..., 1], short[rows, 1])) / 2


def train(args: argparse.Namespace) -> None:
    """Go once over the data (or go on where the last run stopped)."""
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = load_tokenizer(START)
    rows = read_rows(args.data)
    network = (ReaderNetwork(args.layers) if args.start else start_network(locate(START).weights, args.layers)).to(device)
    if args.start:
        network.load_state_dict(started(args.start, network))
    freeze(network, args.frozen)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=args.lr, weight_decay=0.01)
    args.out.mkdir(parents=True, exist_ok=True)
    saved, done = args.out / "network.pt", 0
    if saved.exists():
        state = torch.load(saved, map_location=device)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        done = state["done"]
    total = len(rows) * args.epochs
    examples, step, last, began, running = 0, 0, time.monotonic(), time.monotonic(), 0.0
    network.train()
    for epoch in range(args.epochs):
        for batch in batches(rows, tokenizer, args.tokens, random.Random(args.seed + epoch)):
            examples += len(batch.answers)
            if examples <= done:
                continue
            for group in optimiser.param_groups:
                group["lr"] = args.lr * rate(progress(examples / total, time.monotonic() - began, args.minutes), args.warm, args.final)
            loss = losses(network, batch, device, args.half)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
            if time.monotonic() - last > _EVERY_S:
                last = time.monotonic()
                save(network, optimiser, examples, args.out)
                note(args.out, {"examples": examples, "of": total, "loss": round(running, 4), "s": round(last - began)})
            if args.minutes and time.monotonic() - began > 60 * args.minutes:
                save(network, optimiser, examples, args.out)
                note(args.out, {"examples": examples, "of": total, "loss": round(running, 4), "stopped": "time"})
                return
    save(network, optimiser, examples, args.out)
    note(args.out, {"examples": examples, "of": total, "loss": round(running, 4), "s": round(time.monotonic() - began), "done": True})


def started(path: Path, network: ReaderNetwork) -> dict[str, Any]:
    """The state in a checkpoint, or of an export (.xml)."""
    if path.suffix == ".xml":
        return exported_state(path, network.state_dict())
    state: dict[str, Any] = torch.load(path, map_location="cpu")["network"]
    return state


def rate(share: float, warm: float, final: float) -> float:
    """The factor of the learning rate: up over the first `warm` of the run, then down to `final`, linearly."""
    return share / warm if share < warm else 1 - (1 - final) * (share - warm) / (1 - warm)


def progress(read: float, seconds: float, minutes: float | None) -> float:
    """How far a run is, 0 to 1: by the share of the data that it has read, or by its time where that is limited and runs out first."""
    return min(1.0, max(read, seconds / (60 * minutes))) if minutes else read


def freeze(network: ReaderNetwork, layers: int) -> None:
    """Keep the embeddings and the first layers as they are."""
    if layers:
        for part in (network.encoder.embeddings, *network.encoder.encoder.layer[:layers]):
            for parameter in part.parameters():
                parameter.requires_grad = False


def save(network: ReaderNetwork, optimiser: Any, done: int, folder: Path) -> None:
    """Write the checkpoint; a kill leaves the one before."""
    beside = folder / "network.tmp"
    torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "done": done}, beside)
    beside.replace(folder / "network.pt")


def note(folder: Path, line: dict[str, Any]) -> None:
    """Append a line to the run's log and show it."""
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="to begin with: a network.pt, or an export such as qa/read/weights/reader.xml")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--frozen", type=int, default=FROZEN_LAYERS)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--lr", type=float, default=8e-5)
    parser.add_argument("--warm", type=float, default=0.05)
    parser.add_argument("--final", type=float, default=0.0)
    parser.add_argument("--tokens", type=int, default=3072, help="tokens a batch")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes; the rate has fallen by then")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", action=argparse.BooleanOptionalAction, default=True, help="bf16 arithmetic")
    train(parser.parse_args())


if __name__ == "__main__":
    main()

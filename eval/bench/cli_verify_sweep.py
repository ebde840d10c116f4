"""Sweep what decides when a number or name is taken to be another's: `python -m eval.bench.cli_verify_sweep PAIRS.jsonl.gz [LIMIT]`.

For each value of each constant, the others as they are, over labelled pairs of evidence and claim and by the rules alone: how many
false claims the rules call contradicted, how many true ones they do so wrongly, and the balanced accuracy. Pairs come from
`eval.metrics.grounding.read_pairs`, drawn evenly.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.metrics.grounding import Pair, read_pairs
from index.offline import go_offline
from qa.check.verify import Item, verify_many
from qa.english import claim_numbers, claim_roles

GRID: Sequence[tuple[Any, str, Sequence[float]]] = (
    (claim_numbers, "REACH", (2, 4, 6, 8, 12)),
    (claim_numbers, "MARGIN", (0.05, 0.1, 0.15, 0.25, 0.5)),
    (claim_roles, "REACH", (2, 4, 6, 8, 12)),
    (claim_roles, "MARGIN", (0.1, 0.25, 0.5, 0.75, 1.0)),
)


def caught(pairs: Sequence[Pair]) -> tuple[int, int, float]:
    """False claims that the rules contradict, true ones that they do, and the balanced accuracy of "contradicted" as a label."""
    verdicts = verify_many([Item(p.claim, [p.evidence]) for p in pairs], None)
    found = [v.label == "contradicted" for v in verdicts]
    false = [f for f, p in zip(found, pairs, strict=True) if not p.label]
    true = [f for f, p in zip(found, pairs, strict=True) if p.label]
    return sum(false), sum(true), (sum(false) / len(false) + 1 - sum(true) / len(true)) / 2


def main() -> None:
    """Print one line a constant."""
    go_offline()
    pairs = read_pairs(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(f"{len(pairs)} pairs, {sum(not p.label for p in pairs)} of them false")
    for module, name, values in GRID:
        present = getattr(module, name)
        row = []
        for value in values:
            setattr(module, name, value)
            row.append("{:g}: {} of the false, {} of the true, {:.4f}".format(value, *caught(pairs)))
        setattr(module, name, present)
        print(f"{module.__name__}.{name} (now {present:g}): " + "; ".join(row), flush=True)


if __name__ == "__main__":
    main()

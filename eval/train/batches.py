"""Examples as padded batches of token ids with their labels. Knows the tokenizer and nothing of networks."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LONGEST = 320  # tokens of question and passage together
_POOL = 60  # batches whose examples are sorted by length together


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example in tokens. `unit` is each token's unit or -1, `labels` a unit's label (1 evidence, 0 not, -1 not known)."""

    ids: list[int]
    segments: list[int]
    unit: list[int]
    labels: list[int]
    answers: bool
    short: tuple[int, int] | None


def encode(row: dict[str, Any], tokenizer: Tokenizer) -> Encoded:
    """The tokens of a written example; what does not fit into `LONGEST` is cut off at the end of the passage."""
    lead = f"{row['context']}\n" if row["context"] else ""
    coded = tokenizer.encode(row["question"], lead + row["passage"])
    length = min(len(coded.ids), LONGEST)
    spans = [(a + len(lead), b + len(lead)) for a, b in row["units"]]
    unit = [-1] * length
    at = 0
    for i in range(length):
        if coded.sequence_ids[i] != 1:
            continue
        start, end = coded.offsets[i]
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at < len(spans) and spans[at][0] < end:
            unit[i] = at
    evidence = set(row["evidence"])
    labels = [1 if i in evidence else 0 for i in range(len(spans))]
    if row["answers"] and not row["known"]:
        labels = [-1] * len(spans)
    return Encoded(coded.ids[:length], coded.type_ids[:length], unit, labels, row["answers"], _short(row, lead, coded, length))


def _short(row: dict[str, Any], lead: str, coded: Any, length: int) -> tuple[int, int] | None:
    if not row["short"] or not row["answers"]:
        return None
    start, end = (at + len(lead) for at in row["short"])
    inside = [i for i in range(length) if coded.sequence_ids[i] == 1 and coded.offsets[i][0] < end and start < coded.offsets[i][1]]
    return (inside[0], inside[-1]) if inside else None


@dataclass(frozen=True, slots=True)
class Labelled:
    """Arrays of one batch: `ids`, `mask`, `segments`, `unit` (rows, tokens); `labels` (rows, units), -1 where unknown or absent;
    `answers` (rows,); `short` (rows, 2), -1 where there is none."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    segments: NDArray[np.int64]
    unit: NDArray[np.int64]
    labels: NDArray[np.int64]
    answers: NDArray[np.float32]
    short: NDArray[np.int64]


def collate(group: Sequence[Encoded]) -> Labelled:
    """Encoded examples of similar length as one batch."""
    tokens, units = max(len(e.ids) for e in group), max(1, *(len(e.labels) for e in group))  # the judge's have none
    ids, mask, segments = (np.zeros((len(group), tokens), np.int64) for _ in range(3))
    unit, labels = np.full((len(group), tokens), -1, np.int64), np.full((len(group), units), -1, np.int64)
    short = np.full((len(group), 2), -1, np.int64)
    for i, example in enumerate(group):
        n = len(example.ids)
        ids[i, :n], mask[i, :n], segments[i, :n], unit[i, :n] = example.ids, 1, example.segments, example.unit
        seen = set(example.unit)
        labels[i, : len(example.labels)] = [label if k in seen else -1 for k, label in enumerate(example.labels)]
        if example.short:
            short[i] = example.short
    return Labelled(ids, mask, segments, unit, labels, np.array([e.answers for e in group], np.float32), short)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Examples as `eval.train.data` wrote them."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def batches(rows: Sequence[dict[str, Any]], tokenizer: Tokenizer, budget: int, rng: random.Random) -> Iterator[Labelled]:
    """All rows once, in random order; a batch has about `budget` tokens, of examples of similar length."""
    order = list(range(len(rows)))
    rng.shuffle(order)
    size = _POOL * max(1, budget // 180)
    for at in range(0, len(order), size):
        pool = sorted((encode(rows[i], tokenizer) for i in order[at : at + size]), key=lambda e: len(e.ids))
        groups: list[list[Encoded]] = [[]]
        for example in pool:
            if groups[-1] and len(example.ids) * (len(groups[-1]) + 1) > budget:
                groups.append([])
            groups[-1].append(example)
        rng.shuffle(groups)
        yield from (collate(group) for group in groups)

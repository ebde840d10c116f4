"""Our own claims (`eval/train/support/*.jsonl`) as training pairs of the judge.

Of two kinds: a supported and an unsupported claim for each question of the documents in `eval/train/office`, and whole texts with claims of
both. Each claim comes with just its evidence and with a window around it, under "title > heading" as the product gives it to the judge.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.train.examples import Example, covering, split_units, window
from eval.train.office import heading_path, is_heading

LACKING, ANOTHER = 0.4, 0.4  # of the supported claims come also with a window without the evidence, and with that of another question


def own_pairs(office: Path, claims: Path, rng: random.Random) -> Iterator[Example]:
    """The pairs of all files of `claims`; `office` holds the documents that `claims-NAME.jsonl` speaks of as `NAME.jsonl`."""
    for path in sorted(claims.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        documents = office / path.name
        if documents.exists():
            texts = [json.loads(line) for line in documents.read_text(encoding="utf-8").splitlines()]
            for number, text in enumerate(texts):
                yield from _of_document(text, [row for row in rows if row["doc"] == number], rng)
        else:
            for row in rows:
                yield from (own_pair(claim["text"], row["evidence"], "", claim["supported"]) for claim in row["claims"])


def own_pair(claim: str, evidence: str, context: str, supported: bool, source: str = "own") -> Example:
    """A pair in the form of the reader's examples: no units, no short answer."""
    return Example(source, claim, evidence, (), (), supported, context, known=False)


def _of_document(document: dict[str, Any], rows: list[dict[str, Any]], rng: random.Random) -> Iterator[Example]:
    text = document["text"]
    units = [unit for unit in split_units(text) if not is_heading(text, unit)]
    told = {row["q"]: covering(units, _places(text, document["questions"][row["q"]])) for row in rows}
    for row in rows:
        stands = told[row["q"]]
        if not stands:
            continue
        alone = "\n".join(text[units[i].start : units[i].end] for i in stands)
        first, last = window(text, units, stands, rng)
        around = text[units[first].start : units[last - 1].end] if set(stands) <= set(range(first, last)) else alone
        context = " > ".join(dict.fromkeys([document["title"], *heading_path(text, units[stands[0]].start)]))
        for claim, supported in ((row["yes"], True), (row["no"], False)):
            for evidence in dict.fromkeys((alone, around)):
                yield own_pair(claim, evidence, context, supported)
        without = [i for i in range(max(0, stands[0] - 3), min(len(units), stands[-1] + 4)) if i not in stands]
        if without and rng.random() < LACKING:
            yield own_pair(row["yes"], "\n".join(text[units[i].start : units[i].end] for i in without), context, False)
        others = [other for other in rows if other is not row and told[other["q"]] and not set(told[other["q"]]) & set(stands)]
        if others and rng.random() < ANOTHER:
            yield own_pair(rng.choice(others)["yes"], alone, context, False)


def _places(text: str, asked: dict[str, Any]) -> list[tuple[int, int]]:
    """Where the evidence of a question stands, of an unanswered one what comes nearest."""
    said = asked["evidence"] or [asked.get("near", "")]
    return [(match.start(), match.end()) for part in said if part for match in re.finditer(re.escape(part), text)]

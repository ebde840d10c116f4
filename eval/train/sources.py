"""The public reading sets as (question, text, units, evidence): how each is read, and which of its rows are left out.

Rows are JSON Lines as `../shared/training/README.md` describes them. Passages and questions of the sets that figures are reported
on (XQuAD, CLAP NQ) are left out here.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.train.examples import covering, split_units
from index.schema import Span

# How many questions of each set, and how: "spans" (evidence is the unit that holds the answer), "marked" (the set says which), "whole"
# (only that the passage answers is known).
RECIPE: dict[str, tuple[int, str]] = {
    "squadshifts": (3600, "spans"), "squad1_train_du": (2000, "spans"), "squad_train_sample": (800, "spans"),
    "squad2_train_part": (900, "spans"),
    "squad2_dev_cs224n": (2200, "spans"), "disflqa_joined": (800, "spans"), "tydiqa_goldp_en": (2000, "spans"), "mlqa_en": (700, "spans"),
    "policyqa": (1200, "spans"), "cuad": (1500, "spans"), "tatqa": (1400, "spans"), "wikitablequestions_spans": (2600, "spans"),
    "fetaqa": (1200, "marked"), "selqa": (1400, "marked"), "boolq": (1400, "whole"), "covid_qa_deepset": (600, "spans"),
    "fairytaleqa_part": (500, "spans"), "friendsqa": (600, "spans"), "tweetqa": (300, "spans"), "qamr": (500, "spans"),
    "qasrl_gs": (200, "spans"), "qadiscourse": (600, "spans"), "expmrc_squad_race": (500, "marked"),
    "hotpotqa_musique_sample": (300, "marked"),
}  # fmt: skip
_LONGEST_TABLE_LINE = 400
RECORDS = 0.35  # of the tables with columns: how many become one row by itself
OTHER_RECORD = 0.5  # of those: how many another row than the one that answers


@dataclass(frozen=True, slots=True)
class Read:
    """One row of a set, its text cut into units. `short` is a span of the text."""

    source: str
    question: str
    text: str
    units: tuple[Span, ...]
    evidence: tuple[int, ...]
    answerable: bool
    title: str
    known: bool
    short: tuple[int, int] | None


def read_source(folder: Path, name: str, left_out: frozenset[str], rng: random.Random, times: float = 1.0) -> Iterator[Read]:
    """A random sample of a set, `times` as large as the recipe says; rows without a usable answer are passed over."""
    number, how = round(RECIPE[name][0] * times), RECIPE[name][1]
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rng.shuffle(rows)
    taken = 0
    for row in rows:
        if taken == number:
            return
        if row["passage"] in left_out or row["question"].lower() in left_out or row.get("computed"):
            continue
        read = _read(name, row, how, rng)
        if read is not None:
            taken += 1
            yield read


def _read(name: str, row: dict[str, Any], how: str, rng: random.Random) -> Read | None:
    text, answers, evidence = row["passage"], row["answers"], row["evidence"]
    if name in ("wikitablequestions_spans", "fetaqa") and rng.random() < 0.7:
        text, answers, evidence = with_columns(text, answers, evidence)
        if name == "wikitablequestions_spans" and len(answers) == 1 and rng.random() < RECORDS:
            return _record(name, row["question"], text, answers[0], rng)
    units = tuple(split_units(text))
    answerable = bool(row["answerable"])
    marked = evidence if how == "marked" else answers
    spans = [(a["start"], a["start"] + len(a["text"])) for a in marked]
    if how == "spans" and spans:
        spans = spans[:1]
    held = tuple(covering(units, spans))
    known = how != "whole"
    if len(units) < 2 or (answerable and known and not held):
        return None
    short = None
    if answerable and answers and not row.get("answer_is_sentence"):
        shortest = min(answers, key=lambda a: len(a["text"]))
        short = (shortest["start"], shortest["start"] + len(shortest["text"]))
    if not known:
        held = tuple(range(len(units)))
    title = (row.get("title") or "").replace("_", " ")
    title = "" if name in ("squadshifts",) and title.startswith(("Amazon", "Reddit")) else title
    return Read(name, row["question"], text, units, held if answerable else (), answerable, title, known, short)


def _record(name: str, question: str, text: str, answer: dict[str, Any], rng: random.Random) -> Read | None:
    """The row that holds the answer as a record by itself, a line for each column, as rows of CSV files are stored; now and then
    another row of the table instead, which does not answer."""
    lines = text.split("\n")
    right = text.count("\n", 0, answer["start"])
    rows = [i for i, line in enumerate(lines) if line.startswith("- ") and " | " in line]
    if right not in rows or len(rows) < 2:
        return None
    wrong = rng.random() < OTHER_RECORD
    chosen = rng.choice([i for i in rows if i != right and answer["text"] not in lines[i]] or [right]) if wrong else right
    cells = lines[chosen].removeprefix("- ").split(" | ")
    record = "\n".join(cells)
    answerable = chosen == right
    start = record.find(answer["text"]) if answerable else -1
    short = (start, start + len(answer["text"])) if start >= 0 else None
    return Read(
        name,
        question,
        record,
        (Span(0, len(record)),),
        (0,) if answerable else (),
        answerable,
        lines[0] if 0 not in rows else "",
        True,
        short,
    )


def with_columns(text: str, answers: Sequence[dict[str, Any]], evidence: Sequence[dict[str, Any]]) -> tuple[str, list[Any], list[Any]]:
    """A table of lines with bars as our index keeps it, "- Column: value | Column: value"; spans move along.

    Unchanged when the text is no such table.
    """
    lines = text.split("\n")
    head = next((i for i, line in enumerate(lines[:3]) if " | " in line), None)
    if head is None or any(len(line) > _LONGEST_TABLE_LINE for line in lines):
        return text, list(answers), list(evidence)
    names = [cell.strip() for cell in lines[head].split(" | ")]
    out, moved, at, new_at = [], {}, 0, 0
    for number, line in enumerate(lines):
        if number == head:
            at += len(line) + 1
            continue
        made, start = "", at
        cells = line.split(" | ") if number > head and " | " in line else [line]
        for column, cell in enumerate(cells):
            if len(cells) > 1 and cell.strip():
                made += ("- " if not made else " | ") + (f"{names[column]}: " if column < len(names) and names[column] else "")
            if len(cells) == 1 or cell.strip():
                for i in range(len(cell) + 1):
                    moved[start + i] = new_at + len(made) + i
                made += cell
            start += len(cell) + 3
        at += len(line) + 1
        out.append(made)
        new_at += len(made) + 1
    new = "\n".join(out)

    def follow(spans: Sequence[dict[str, Any]]) -> list[Any]:
        found = [{"text": s["text"], "start": moved[s["start"]]} for s in spans if s["start"] in moved]
        return [s for s in found if new[s["start"] : s["start"] + len(s["text"])] == s["text"]]

    return new, follow(answers), follow(evidence)

"""Our own office documents with questions (`eval/train/office/*.jsonl`) as examples: each window of a document is one.

Windows are cut as the index cuts passages: neighbouring units of some 200 tokens under "title > heading".
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.train.examples import Example, covering, exchanged, names_and_numbers, split_units
from index.schema import Span

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.M)
_WORD = re.compile(r"[a-z0-9]{4,}")
OTHERS = 4  # windows of the same document that do not answer, for each question


def office_documents(folder: Path) -> list[dict[str, Any]]:
    """The documents of all files, in order of file and line."""
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines() if line]


def office_examples(folder: Path, rng: random.Random, others: int = OTHERS) -> Iterator[Example]:
    """Every question with each window that holds evidence or a near miss, `others` of its other windows, a window of another document that
    shares its words, and the question with a name or number exchanged."""
    documents = office_documents(folder)
    units = [[u for u in split_units(d["text"]) if not is_heading(d["text"], u)] for d in documents]
    elsewhere = [
        (n, _window(d, units[n], first, last, set(), {"question": "", "short": ""}))
        for n, d in enumerate(documents)
        for first, last in _windows(units[n], rng)
    ]
    known = [(n, e, set(_WORD.findall(f"{e.context} {e.passage}".lower()))) for n, e in elsewhere]
    names = sorted({d["text"][a:b] for d in documents for a, b, kind in names_and_numbers(d["text"]) if kind == "name" and b - a > 4})
    for n, document in enumerate(documents):
        for asked in document["questions"]:
            found = list(_of(document, units[n], asked, rng, others))
            yield from found
            right = next((e for e in found if e.answers), None)
            if right is not None and (swapped := exchanged(right, names, rng)) is not None:
                yield swapped
            yield _alike(asked["question"], [(e, held) for m, e, held in known if m != n], rng)


def _alike(question: str, windows: Sequence[tuple[Example, set[str]]], rng: random.Random) -> Example:
    """The question with a window of another document: one of the three that share most words with it."""
    words = set(_WORD.findall(question.lower()))
    ranked = sorted(windows, key=lambda window: -len(words & window[1]))
    return replace(rng.choice(ranked[:3])[0], question=question)


def _of(document: dict[str, Any], units: Sequence[Span], asked: dict[str, Any], rng: random.Random, others: int) -> Iterator[Example]:
    text = document["text"]
    spans = [(at, at + len(e)) for e in asked["evidence"] for at in (m.start() for m in re.finditer(re.escape(e), text))]
    evidence = set(covering(units, spans))
    if asked["evidence"] and not evidence:
        return
    windows = list(_windows(units, rng))
    near = asked.get("near", "")
    rest = []
    for first, last in windows:
        example = _window(document, units, first, last, evidence, asked)
        if example.answers or (near and near in example.passage):
            yield example
        else:
            rest.append(example)
    rng.shuffle(rest)
    yield from rest[:others]


def _windows(units: Sequence[Span], rng: random.Random) -> Iterator[tuple[int, int]]:
    first, room = 0, rng.randint(600, 950)
    for i, unit in enumerate(units):
        if unit.end - units[first].start > room and i > first:
            yield first, i
            first, room = i, rng.randint(600, 950)
    yield first, len(units)


def _window(document: dict[str, Any], units: Sequence[Span], first: int, last: int, evidence: set[int], asked: dict[str, Any]) -> Example:
    text, base = document["text"], units[first].start
    passage = text[base : units[last - 1].end]
    inside = tuple(i - first for i in range(first, last) if i in evidence)
    short = None
    for i in inside:
        at = text.find(asked["short"], units[first + i].start, units[first + i].end) if asked["short"] else -1
        if at >= 0:
            short = (at - base, at - base + len(asked["short"]))
            break
    return Example(
        "office", asked["question"], passage, tuple((u.start - base, u.end - base) for u in units[first:last]), inside, bool(inside),
        " > ".join([document["title"], *heading_path(text, base)]), True, short,
    )  # fmt: skip


def heading_path(text: str, at: int) -> list[str]:
    """The Markdown headings above a place, outermost first."""
    path: list[tuple[int, str]] = []
    for match in _HEADING.finditer(text, 0, at):
        level = len(match.group()) - len(match.group().lstrip("#"))
        path = [*(p for p in path if p[0] < level), (level, match[1])]
    return [name for _, name in path]


def is_heading(text: str, unit: Span) -> bool:
    """Whether the unit is the text of a heading line."""
    line = text.rfind("\n", 0, unit.start) + 1
    return text[line : unit.start].lstrip().startswith("#")

"""Training data of the reader, made by recipe: `python -m eval.train.data --shared ../shared/training/reading --out FILE`.

Positives come from public sets (`eval.train.sources`) and from our own office documents (`eval/train/office`); negatives are made:
the passage without its evidence, another passage of the same text or set that shares words with the question, the question with a
name, number or year exchanged. Seeded: the same inputs give the same file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.train.examples import Example, cut, exchanged, names_and_numbers, without_evidence
from eval.train.office import OTHERS, office_examples
from eval.train.sources import RECIPE, Read, read_source

SEED = 20261127
OFFICE = Path(__file__).parent / "office"
# Of the positives of a set: how many also come as a negative of each kind.
OTHER, LACKING, EXCHANGED = 0.55, 0.2, 0.25
_WORD = re.compile(r"[a-z0-9]{4,}")


def public_examples(folder: Path, left_out: frozenset[str], rng: random.Random, times: float = 1.0) -> Iterator[Example]:
    """Examples of every set of the recipe, positives and made negatives; `times` as many questions as it says."""
    for name in RECIPE:
        reads = list(read_source(folder, name, left_out, rng, times))
        found = {word for read in reads for word in _names(read)}
        others = sorted(found)
        finder = _Finder(reads)
        for read in reads:
            yield from _of(read, finder, others, rng)


def _of(read: Read, finder: _Finder, others: Sequence[str], rng: random.Random) -> Iterator[Example]:
    context = read.title if rng.random() < 0.8 else ""
    example = cut(
        read.source, read.question, read.text, read.units, read.evidence if read.known else (), rng,
        context=context, known=read.known, short=read.short, answers=read.answerable,
    )  # fmt: skip
    yield example
    if not read.answerable:
        return
    if rng.random() < OTHER and (other := finder.other(read, rng)) is not None:
        yield other
    if rng.random() < LACKING and (lacking := without_evidence(example)) is not None:
        yield lacking
    if rng.random() < EXCHANGED and (swapped := exchanged(example, others, rng)) is not None:
        yield swapped


def _names(read: Read) -> set[str]:
    return {read.question[a:b] for a, b, kind in names_and_numbers(read.question) if kind == "name"}


class _Finder:
    """Passages of a set that share words with a question and are not its own."""

    def __init__(self, reads: Sequence[Read]) -> None:
        self._reads = reads
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for i, read in enumerate(reads):
            for word in set(_WORD.findall(f"{read.title} {read.text[:3000]}".lower())):
                self._by_word[word].append(i)

    def other(self, read: Read, rng: random.Random) -> Example | None:
        """A window elsewhere that shares the rarest words with the question and does not hold the answer's words."""
        answer = read.text[read.short[0] : read.short[1]].lower() if read.short else None
        scores: dict[int, float] = defaultdict(float)
        for word in set(_WORD.findall(read.question.lower())):
            places = self._by_word.get(word, [])
            for i in places if len(places) < 400 else ():
                scores[i] += 1.0 / len(places)
        ranked = sorted(scores, key=lambda i: -scores[i])[:12]
        fitting = [i for i in ranked if self._reads[i].text != read.text and not (answer and answer in self._reads[i].text.lower())]
        if not fitting:
            return None
        there = self._reads[rng.choice(fitting[:4])]
        words = set(_WORD.findall(read.question.lower()))
        best = max(
            range(len(there.units)),
            key=lambda i: len(words & set(_WORD.findall(there.text[there.units[i].start : there.units[i].end].lower()))),
        )
        made = cut(read.source, read.question, there.text, there.units, (best,), rng, context=there.title, answers=False)
        return Example(made.source, made.question, made.passage, made.units, (), False, made.context)


def left_out_of(shared: Path) -> frozenset[str]:
    """Passages and questions (lower case) of the sets on which figures are reported."""
    texts: set[str] = set()
    for file in ("xquad-en", "clapnq-answerable", "clapnq-unanswerable"):
        path = shared / f"{file}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    texts |= _texts(json.loads(line))
    return frozenset(texts)


def _texts(row: dict[str, Any]) -> set[str]:
    found = {str(row.get(key, "")) for key in ("passage", "context")}
    found |= {str(row.get(key, "")).lower() for key in ("question", "input")}
    return found - {""}


def write(examples: Iterable[Example], path: Path) -> dict[str, list[int]]:
    """Write the examples, a line each; returns (answered, not) by source."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for example in examples:
            counts[example.source][0 if example.answers else 1] += 1
            out.write(json.dumps(example.as_json(), ensure_ascii=False) + "\n")
    return counts


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with the public sets (reading/*.jsonl.gz)")
    parser.add_argument("--reported", type=Path, help="folder with the sets that figures are reported on; their texts are left out")
    parser.add_argument("--out", type=Path, required=True, help="file to write, JSON Lines")
    parser.add_argument("--only-office", action="store_true")
    parser.add_argument("--no-office", action="store_true")
    parser.add_argument("--others", type=int, default=OTHERS, help="windows of an office document that do not answer, for each question")
    parser.add_argument("--seed", type=int, default=SEED, help="another one draws other questions of the public sets")
    parser.add_argument("--times", type=float, default=1.0, help="of the recipe's questions of each public set")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    left_out = left_out_of(args.reported) if args.reported else frozenset()
    public = [] if args.only_office else list(public_examples(args.shared, left_out, rng, args.times))
    examples = [*public, *(() if args.no_office else office_examples(OFFICE, rng, args.others))]
    rng.shuffle(examples)
    for source, (yes, no) in sorted(write(examples, args.out).items()):
        print(f"{source:28} {yes:6} answer {no:6} do not")


if __name__ == "__main__":
    main()

"""Training data of the judge of support, by recipe: `python -m eval.train.judge_data --shared ../shared/training --out FILE`.

Pairs (claim, evidence) from public sets of checked claims, and made ones: a sentence of a passage, kept or falsified
(`eval.train.claims`), its passage without it, a question with its right or a wrong answer as a statement
(`eval.train.statements`); `--only-own` writes those of our own claims (`eval.train.support`). The rows have the form that
`eval.train.reader` trains on: the claim in the question's place. Seeded. `LEFT_OUT` is what figures are reported on; `--all`
takes it in.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.train.claims import Stock, falsified, kept, stock
from eval.train.data import SEED, write
from eval.train.examples import Example
from eval.train.sources import with_columns
from eval.train.statements import Forms, statement, verb_forms
from eval.train.support import own_pair, own_pairs
from index.text.sentences import sentence_spans
from qa.english.parse import parse_many

if TYPE_CHECKING:
    from spacy.tokens import Doc

# Pairs taken of each set of checked claims, and how many of the supported ones also come falsified or with the evidence of another.
CHECKED = {"fever_sentences": 9000, "fever_symmetric": 1416, "expertqa_claims": 2177}
LEFT_OUT = {"foolmetwice": 2548, "contractnli": 3068}
FALSIFIED, ELSEWHERE = 0.35, 0.15
# Passages taken of each reading set for made claims; of each passage one sentence.
PASSAGES = {
    "squadshifts": 2200, "squad1_train_du": 1200, "tydiqa_goldp_en": 1200, "selqa": 500, "policyqa": 500, "cuad": 400, "mlqa_en": 400,
    "covid_qa_deepset": 300, "fairytaleqa_part": 400, "boolq": 900,
}  # fmt: skip
# Questions taken whose answers make a statement.
ASKED = {
    "squad1_train_du": 2400, "squad_train_sample": 1500, "tydiqa_goldp_en": 1300, "qamr": 2000, "squad2_train_part": 600, "mlqa_en": 400,
}  # fmt: skip
TABLES = 1500
# How many of each kind are trained on at most ("fever_sentences" and the like: as the set has them), and of every other kind. Few of each
# change teach more than many of one.
MIX = {
    "fever_sentences": 6000, "fever_symmetric": 1300, "expertqa_claims": 900, "foolmetwice": 2500, "contractnli": 2500, "kept": 2600,
    "statement": 2400, "fetaqa rows": 700, "subject": 1000, "name": 600, "swapped": 500, "opposite": 700, "word": 800, "number": 500,
    "denied": 350, "staged": 900, "wider": 700, "added": 400, "lacking": 1000, "wrong": 900,
}  # fmt: skip
OF_OTHER_KINDS = 160
SHORT, LONG, LONG_KEPT = 620, 1300, 0.35  # characters of a pair: longer than LONG none, between the two so many
WIDEST = 900  # characters of evidence
APART = 0.25  # of the windows: sentences that do not follow each other, as several quotes
JOINED = 0.12  # of the sentences: joined with the one before
_FEWEST_WORDS = 6
OFFICE = Path(__file__).with_name("office")
OWN = Path(__file__).with_name("support")


def rows_of(path: Path, rng: random.Random, number: int) -> list[dict[str, Any]]:
    """A random sample of a file's rows."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rng.shuffle(rows)
    return rows[:number]


def pair(source: str, claim: str, evidence: str, supported: bool) -> Example:
    """A pair of a public set."""
    return own_pair(claim, evidence[: 2 * WIDEST], "", supported, source)


def checked(folder: Path, sets: dict[str, int], known: Stock, rng: random.Random) -> Iterator[Example]:
    """Pairs of the sets of checked claims; supported claims also with one thing changed, and beside another's evidence."""
    for name, number in sets.items():
        rows = [r for r in rows_of(folder / f"{name}.jsonl.gz", rng, number) if len(r["evidence"].split()) >= 5]
        yield from (pair(name, r["claim"], r["evidence"], bool(r["label"])) for r in rows)
        supported = [r for r in rows if r["label"]]
        for row in supported:
            if rng.random() < ELSEWHERE:
                other = rng.choice(_sharing(row, rows, rng))
                if other["claim"] != row["claim"] and other["evidence"] != row["evidence"]:
                    yield pair(f"{name} elsewhere", row["claim"], other["evidence"], False)
        chosen = [r for r in supported if rng.random() < FALSIFIED]
        for row, doc in zip(chosen, parse_many([r["claim"] for r in chosen]), strict=True):
            near = parse_many(_sentences(row["evidence"])[:3])
            if made := falsified(doc, row["evidence"], near, known, rng):
                yield pair(f"{name} {made[0]}", made[1], row["evidence"], False)


def _sharing(row: dict[str, Any], rows: Sequence[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """Of 200 rows the three that share the most words with the claim."""
    words = set(row["claim"].lower().split())
    some = rng.sample(rows, min(200, len(rows)))
    return sorted(some, key=lambda r: -len(words & set(r["evidence"].lower().split())))[1:4]


def _sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentence_spans(text)]


def sentences_of(folder: Path, rng: random.Random) -> Iterator[tuple[str, list[str], int]]:
    """(set, sentences of a passage, the chosen one) for every passage of the recipe."""
    for name, number in PASSAGES.items():
        seen: set[str] = set()
        for row in rows_of(folder / f"{name}.jsonl.gz", rng, 20 * number):
            if len(seen) == number:
                break
            if row["passage"][:80] in seen:
                continue
            seen.add(row["passage"][:80])
            found = _sentences(row["passage"][:6000])
            fitting = [i for i, s in enumerate(found) if _FEWEST_WORDS <= len(s.split()) <= 45 and s[-1:] in '.!"”' and "|" not in s]
            if len(found) >= 3 and fitting:
                yield name, found, rng.choice(fitting)


def around(sentences: Sequence[str], at: int, rng: random.Random, *, without: bool = False) -> str:
    """The sentence at `at` with neighbours, or the neighbours without it; now and then sentences from elsewhere in the text."""
    count = rng.choice((1, 2, 2, 3, 4, 5)) + without
    if rng.random() < APART:
        others = rng.sample([i for i in range(len(sentences)) if i != at], min(count - 1, len(sentences) - 1))
        chosen, between = sorted([at, *others]), "\n\n"
    else:
        first = max(0, at - rng.randrange(count))
        chosen, between = list(range(first, min(len(sentences), first + count))), " "
    kept_ones = [sentences[i] for i in chosen if not (without and i == at)]
    return between.join(kept_ones)[: 2 * WIDEST]


def joined(first: str, second: str, rng: random.Random) -> str:
    """Two sentences as one, in either order: which clause says what must be read."""
    a, b = rng.sample((first.rstrip(" ."), second.rstrip(" .")), 2)
    return f"{a}{rng.choice((', and ', ', while ', ', but ', '; '))}{b}."


def made_of_sentences(
    chosen: Sequence[tuple[str, list[str], int]], docs: Sequence[Doc], known: Stock, rng: random.Random
) -> Iterator[Example]:
    """Of each chosen sentence: kept with its passage, falsified, and its passage without it."""
    for (name, sentences, at), doc in zip(chosen, docs, strict=True):
        evidence = around(sentences, at, rng)
        if rng.random() < JOINED and at > 0:
            evidence = joined(sentences[at], sentences[at - 1], rng)
        if rng.random() < 0.75:
            yield pair(f"{name} kept", kept(doc, known, rng), evidence, True)
        near = parse_many([s for i, s in enumerate(sentences[max(0, at - 1) : at + 2]) if i != min(1, at)])
        base = next(iter(parse_many([kept(doc, known, rng)]))) if rng.random() < 0.5 else doc
        if made := falsified(base, evidence, near, known, rng):
            yield pair(f"{name} {made[0]}", made[1], evidence, False)
        lacking = around(sentences, at, rng, without=True)
        if rng.random() < 0.35 and lacking.strip() and sentences[at] not in lacking:
            yield pair(f"{name} lacking", kept(doc, known, rng), lacking, False)


def made_of_questions(folder: Path, forms: Forms, known: Stock, rng: random.Random) -> Iterator[Example]:
    """A question with its answer as a supported statement, with another answer of the passage or falsified as one that is not."""
    for name, number in ASKED.items():
        rows = [r for r in rows_of(folder / f"{name}.jsonl.gz", rng, 4 * number) if r["answers"]]
        rows = [r for r in rows if len(r["answers"][0]["text"].split()) <= 8][:number]
        beside: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            beside[row["passage"]].append(row["answers"][0]["text"])
        for row, doc in zip(rows, parse_many([r["question"] for r in rows]), strict=True):
            answer = row["answers"][0]
            claim = statement(doc, answer["text"], forms)
            if claim is None or not 4 <= len(claim.split()) <= 40:
                continue
            spans = sentence_spans(row["passage"])
            at = next((i for i, s in enumerate(spans) if s.start <= answer["start"] < s.end), None)
            if at is None:
                continue
            sentences = _sentences(row["passage"])
            evidence = around(sentences, at, rng)
            yield pair(f"{name} statement", claim, evidence, True)
            near = parse_many([sentences[at]])
            wrong = _wrong(answer["text"], [*beside[row["passage"]], *(e.text for e in near[0].ents)], row["question"], rng)
            said = statement(doc, wrong, forms) if wrong and rng.random() < 0.6 else None
            if said:
                yield pair(f"{name} wrong", said, evidence, False)
            elif made := falsified(parse_many([claim])[0], evidence, near, known, rng):
                yield pair(f"{name} {made[0]}", made[1], evidence, False)


def _wrong(right: str, others: Sequence[str], question: str, rng: random.Random) -> str | None:
    """Another thing that the passage names: of the same make (a number for a number), not part of the right one."""
    low = right.lower()
    numeric = any(c.isdigit() for c in right)
    fitting = [
        o for o in others
        if o.lower() not in low and low not in o.lower() and o.lower() not in question.lower() and any(c.isdigit() for c in o) == numeric
    ]  # fmt: skip
    return rng.choice(fitting) if fitting else None


def made_of_tables(path: Path, known: Stock, rng: random.Random) -> Iterator[Example]:
    """A free answer over a table with the rows that it rests on, and the same falsified."""
    rows = [r for r in rows_of(path, rng, 3 * TABLES) if r.get("free_answers") and r["evidence"]][:TABLES]
    for row, doc in zip(rows, parse_many([r["free_answers"][0] for r in rows]), strict=True):
        text, _, spans = with_columns(row["passage"], row["answers"], row["evidence"])
        lines = text.split("\n")
        wanted = {text.count("\n", 0, span["start"]) for span in spans} | {0}
        evidence = "\n".join(line for i, line in enumerate(lines) if i in wanted)
        if len(evidence) > WIDEST or len(wanted) < 2:
            continue
        yield pair("fetaqa rows", doc.text, evidence, True)
        if made := falsified(doc, evidence, [], known, rng):
            yield pair(f"fetaqa {made[0]}", made[1], evidence, False)


def all_pairs(shared: Path, rng: random.Random, whole: bool) -> list[Example]:
    """Everything of the recipe in random order; `whole` takes in what figures are reported on."""
    reading, grounding = shared / "reading", shared / "grounding"
    chosen = list(sentences_of(reading, rng))
    docs = parse_many([sentences[at] for _, sentences, at in chosen])
    known = stock(docs)
    examples = list(made_of_sentences(chosen, docs, known, rng))
    examples += made_of_questions(reading, verb_forms(docs), known, rng)
    examples += made_of_tables(reading / "fetaqa.jsonl.gz", known, rng)
    examples += checked(grounding, {**CHECKED, **(LEFT_OUT if whole else {})}, known, rng)
    rng.shuffle(examples)
    return examples


def mixed(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """At most so many of each kind as `MIX` says; of long ones only some, for they cost more."""
    taken: Counter[str] = Counter()
    for example in examples:
        kind = kind_of(example.source)
        size = len(example.question) + len(example.passage)
        if size > LONG or (size > SHORT and rng.random() >= LONG_KEPT) or taken[kind] >= MIX.get(kind, OF_OTHER_KINDS):
            continue
        taken[kind] += 1
        yield example


def kind_of(source: str) -> str:
    """What was done to make a pair, beside the name of its set where the claim is not a passage's own sentence."""
    name, _, change = source.partition(" ")
    return source if not change or name in (*CHECKED, *LEFT_OUT, "fetaqa") else change


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with reading/*.jsonl.gz and grounding/*.jsonl.gz")
    parser.add_argument("--only-own", action="store_true", help="our own claims alone, all of them")
    parser.add_argument("--all", action="store_true", help="with the sets that figures are reported on")
    parser.add_argument("--out", type=Path, required=True, help="file to write, JSON Lines")
    args = parser.parse_args()
    rng = random.Random(SEED)
    found = own_pairs(OFFICE, OWN, rng) if args.only_own else mixed(all_pairs(args.shared, rng, args.all), rng)
    for source, (yes, no) in sorted(write(found, args.out).items()):
        print(f"{source:32} {yes:6} supported {no:6} not")


if __name__ == "__main__":
    main()

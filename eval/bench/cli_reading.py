"""Answers over public question sets: `python -m eval.bench.cli_reading FOLDER [--before DIR]`.

FOLDER holds `xquad-en.jsonl.gz`, `clapnq-answerable.jsonl.gz`, `clapnq-unanswerable.jsonl.gz` and `multispanqa-valid.jsonl.gz` (XQuAD,
arXiv 1910.11856; CLAP NQ, arXiv 2404.02103; MultiSpanQA, NAACL 2022). The passages of a set become one folder of documents, each question
of a seeded sample is asked of all of them. Right by answer string: XQuAD one of the answers, MultiSpanQA all of the spans, CLAP NQ one of
the sentences that its annotators chose, in what is shown. Beside it, over the passages that the same retrieval gives: the passage that
the plain cross-encoder puts first, its best window of three sentences, its best sentence. `--before` asks a checkout of another version.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.config import IndexConfig, load_settings
from index.errors import EvalError
from index.models.batching import pad, plan_batches
from index.models.compiled import places
from index.models.registry import load_tokenizer, locate, verify_checksum
from index.text.sentences import sentence_spans
from qa.config import Settings
from qa.engine import open_engine
from qa.loaded import Loaded
from qa.read.choose import folded

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from index.models.onnx_backend import Graph

SEED, SAMPLE, WINDOW = 20261128, 150, 3
ROOT = Path(__file__).parents[2]
# In whichever version stands first in PYTHONPATH: runs a command; asks each question of stdin, prints what is shown, null when refused.
_INDEX = "import sys; from qa.cli import main; main()"
_ASK = """
import json, sys
from pathlib import Path
from index.config import load_settings
from qa.config import Settings
try:
    from qa.engine import open_engine
except ImportError:
    from qa.answer import open_engine
engine = open_engine(load_settings(Settings, {"store": {"path": Path(sys.argv[1])}, "llm": {"kind": "none"}}))
for line in sys.stdin:
    answer = engine.ask(json.loads(line))
    print(json.dumps(None if answer.abstained else "\\n".join(claim.text for claim in answer.claims)), flush=True)
"""

CROSS_ENCODER = "ms-marco-minilm-l-12-v2"
MAX_TOKENS = 512  # what it was trained for: question, passage and special tokens together
TOKEN_BUDGET = 1024
_PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}

Texts = list[tuple[str, str]]  # title, text


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers: every group has to be said, by one of its strings; none for a question without an answer."""

    question: str
    answers: tuple[tuple[str, ...], ...]

    def said(self, text: str | None) -> bool:
        """Whether a text says every group."""
        shown = f" {folded(text or '')} "
        return all(any(f" {folded(one)} " in shown for one in group) for group in self.answers)


def xquad(folder: Path) -> tuple[Texts, list[Asked]]:
    """Paragraphs of one article are one document."""
    rows = _rows(folder / "xquad-en.jsonl.gz")
    articles: dict[str, dict[str, None]] = {}
    for row in rows:
        articles.setdefault(row["title"].replace("_", " "), {})[row["context"]] = None
    asked = [Asked(row["question"], (tuple(a["text"] for a in row["answers"]),)) for row in rows]
    return [(title, "\n\n".join(paragraphs)) for title, paragraphs in articles.items()], asked


def clapnq(folder: Path) -> tuple[Texts, list[Asked]]:
    """Each passage is a document; half of the questions are not answered by theirs."""
    texts, asked = [], []
    for name in ("clapnq-answerable", "clapnq-unanswerable"):
        for row in _rows(folder / f"{name}.jsonl.gz"):
            texts += [(p["title"], p["text"]) for p in row["passages"]]
            sentences = tuple(s for given in row["output"] for s in given.get("selected_sentences") or ())
            asked.append(Asked(row["input"], (sentences,) if name == "clapnq-answerable" else ()))
    return texts, asked


def multispanqa(folder: Path) -> tuple[Texts, list[Asked]]:
    """Each context is a document without a title; every span is wanted."""
    texts, asked = [], []
    for row in _rows(folder / "multispanqa-valid.jsonl.gz"):
        texts.append(("", " ".join(row["context"])))
        spans: list[list[str]] = []
        for word, label in zip(row["context"], row["label"], strict=True):
            if label == "B":
                spans.append([word])
            elif label == "I" and spans:
                spans[-1].append(word)
        asked.append(Asked(" ".join(row["question"]), tuple((" ".join(span),) for span in spans)))
    return texts, asked


SETS: dict[str, Callable[[Path], tuple[Texts, list[Asked]]]] = {"XQuAD-en": xquad, "CLAP NQ": clapnq, "MultiSpanQA": multispanqa}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.cli_reading", description="Right by answer string on public sets.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder that holds the public sets")
    parser.add_argument("--before", type=Path, metavar="DIR", help="checkout of another version that answers the same questions")
    parser.add_argument("--sample", type=int, default=SAMPLE, metavar="N", help=f"questions of each set (default {SAMPLE})")
    args = parser.parse_args(argv)
    print("| set | who answers | answerable | right | beside | refused | unanswerable refused | words, median |")
    print("|" + "---|" * 8)
    with tempfile.TemporaryDirectory(prefix="footnote-reading-") as home:
        for name, read in SETS.items():
            texts, asked = read(args.folder)
            chosen = random.Random(SEED).sample(asked, min(args.sample, len(asked)))
            _one_set(name, texts, chosen, Path(home) / name.replace(" ", ""), args.before)


def _one_set(name: str, texts: Texts, asked: Sequence[Asked], home: Path, before: Path | None) -> None:
    files = home / "files"
    files.mkdir(parents=True)
    for n, (title, text) in enumerate(dict.fromkeys(texts)):
        heading = f"# {title}\n\n" if title else ""
        (files / f"{n:04}.md").write_text(heading + text, encoding="utf-8")
    for label, root in (("footnote", ROOT), *((("before", before.resolve()),) if before else ())):
        db = home / label
        _python(root, ["-c", _INDEX, "index", str(files), "--db", str(db)])
        lines = _python(root, ["-c", _ASK, str(db)], "\n".join(json.dumps(a.question) for a in asked)).splitlines()
        _row(name, label, asked, [json.loads(line) for line in lines])
    engine = open_engine(load_settings(Settings, {"store": {"path": home / "footnote"}, "llm": {"kind": "none"}}))
    for label, shown in _plain(engine.loaded, asked).items():
        _row(name, label, asked, shown)
    engine.close()


@dataclass(frozen=True, slots=True)
class CrossEncoder:
    """A graph with one logit a pair, and its tokenizer."""

    graph: Graph
    tokenizer: Tokenizer

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Logits (len(passages),), float32, in the order of `passages`: higher is better. A pair longer than the window is cut."""
        pairs = self.tokenizer.encode_batch([(query, passage) for passage in passages])
        logits = np.empty(len(pairs), dtype=np.float32)
        plan = plan_batches([len(pair.ids) for pair in pairs], TOKEN_BUDGET)
        batches = ({name: pad([getattr(pairs[i], part) for i in batch]) for name, part in _PARTS.items()} for batch in plan)
        for batch, output in zip(plan, self.graph.run(batches), strict=True):
            logits[batch] = output[:, 0]
        return logits


def load_cross_encoder(settings: IndexConfig) -> CrossEncoder:
    """Open the plain cross-encoder, from which the reader was trained. Raises `ModelMissing` and `ChecksumMismatch`."""
    from index.models.onnx_backend import open_graph

    files = locate(CROSS_ENCODER)
    graph = open_graph(files.weights, verify_checksum(files), settings.models.threads, places(settings.store.path))
    tokenizer = load_tokenizer(CROSS_ENCODER)
    tokenizer.enable_truncation(MAX_TOKENS)
    return CrossEncoder(graph, tokenizer)


def _plain(loaded: Loaded, asked: Sequence[Asked]) -> dict[str, list[str | None]]:
    """What the plain cross-encoder would show of the passages that are read: its first passage, window and sentence."""
    plain = load_cross_encoder(loaded.settings)
    shown: dict[str, list[str | None]] = {"first passage": [], f"window of {WINDOW} sentences": [], "first sentence": []}
    for one in asked:
        texts = [p.text for p in loaded.passages(one.question)]
        sentences = [[text[span.start : span.end] for span in sentence_spans(text)] for text in texts]
        windows = [" ".join(s[i : i + WINDOW]) for s in sentences for i in range(max(1, len(s) - WINDOW + 1))]
        for label, pieces in zip(shown, (texts, windows, [s for of in sentences for s in of]), strict=True):
            shown[label].append(pieces[int(plain.score(one.question, pieces).argmax())] if pieces else None)
    return shown


def _row(name: str, label: str, asked: Sequence[Asked], shown: Sequence[str | None]) -> None:
    wanted = [(a, s) for a, s in zip(asked, shown, strict=True) if a.answers]
    none = [s for a, s in zip(asked, shown, strict=True) if not a.answers]
    right = sum(a.said(s) for a, s in wanted)
    refused = sum(s is None for _, s in wanted)
    words = sorted(len(s.split()) for s in shown if s is not None)
    share = [f"{n / len(wanted):.2f}" for n in (right, len(wanted) - right - refused, refused)]
    honest = f"{sum(s is None for s in none)} of {len(none)}" if none else "–"
    print(f"| {name} | {label} | {len(wanted)} | {' | '.join(share)} | {honest} | {words[len(words) // 2] if words else 0} |", flush=True)


def _python(root: Path, arguments: list[str], stdin: str = "") -> str:
    """What a Python of this environment prints, with `root`'s packages. Raises `EvalError` with its last lines when it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], input=stdin, capture_output=True, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )
    if done.returncode:
        raise EvalError(f"{root}: {arguments[0]} {arguments[1][:40]} failed: {re.sub(chr(10), ' ', done.stderr[-400:])}")
    return done.stdout


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise EvalError(f"{path}: no such file. It is one of the public sets that --help names.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()

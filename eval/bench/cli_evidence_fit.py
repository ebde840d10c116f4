"""Fit the probability that a sentence answers a question: `python -m eval.bench.cli_evidence_fit features|fit OUT [EVALDATA]`.

`features` reads questions whose answering sentences are known (our own development set, XQuAD, CLAP NQ, MultiSpanQA),
runs the product's own candidate scoring, and appends one JSON line a question to OUT. `fit` reads OUT, fits a logistic
regression, reports every figure on the source that was left out of the fit, and prints the constants for
`qa/evidence_model.py`. A developer's tool: it assembles the product by itself and needs scikit-learn.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.build import build
from index.config import load_settings
from index.offline import go_offline
from index.schema import Document
from qa.answer import Engine, open_engine
from qa.candidates import candidates
from qa.config import Settings
from qa.evidence import score
from qa.evidence_model import features
from qa.query import analyse
from qa.rerank import Reranker
from qa.schema import Passage
from qa.times import Window

OWN = Path(__file__).parents[1] / "sets" / "kazakhstan-korea.jsonl"
EXAMPLES = Path(__file__).parents[2] / "examples" / "kazakhstan-korea"
PER_SOURCE = 50


@dataclass(frozen=True, slots=True)
class Task:
    """One question with its passages in the order of retrieval; `gold` are (source, text) that answer it, empty when nothing does."""

    origin: str
    id: str
    question: str
    passages: tuple[Passage, ...]
    documents: dict[str, Document]
    gold: tuple[tuple[str, str], ...]


def own_tasks(engine: Engine) -> Iterator[Task]:
    """Our development set over the example corpus, retrieved as the product retrieves."""
    for line in OWN.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case.get("history"):
            continue
        gold = tuple((e["source"], e["quote"]) for n in case["nuggets"] for e in n["evidence"])
        passages = engine.passages(analyse(case["question"]), Window())
        yield Task("own", case["id"], case["question"], tuple(passages), {p.source: engine.document(p.source) for p in passages}, gold)


def public_tasks(folder: Path) -> Iterator[Task]:
    """Samples of the public sets, the same at every run."""
    yield from _sample(list(_xquad(folder / "xquad-en.jsonl.gz")))
    yield from _sample(list(_clapnq(folder / "clapnq-answerable.jsonl.gz")))
    yield from _sample(list(_clapnq(folder / "clapnq-unanswerable.jsonl.gz")))
    yield from _sample(list(_multispan(folder / "multispanqa-valid.jsonl.gz")))


def _sample(tasks: list[Task]) -> list[Task]:
    return random.Random(7).sample(tasks, min(PER_SOURCE, len(tasks)))


def _lines(path: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _task(origin: str, id: str, question: str, texts: dict[str, str], title: str, gold: tuple[tuple[str, str], ...]) -> Task:
    documents = {n: Document(source=n, text=t, format="text", content_hash=n, title=title.replace("_", " ")) for n, t in texts.items()}
    passages = tuple(Passage(n, n, 0, len(d.text), d.text, 1.0, d.title) for n, d in documents.items())
    return Task(origin, id, question, passages, documents, gold)


def _xquad(path: Path) -> Iterator[Task]:
    rows = list(_lines(path))
    by_title: dict[str, list[str]] = {}
    for row in rows:
        if row["context"] not in by_title.setdefault(row["title"], []):
            by_title[row["title"]].append(row["context"])
    for row in rows:
        others = [c for c in by_title[row["title"]] if c != row["context"]][:3]
        texts = {"gold": row["context"], **{f"o{i}": c for i, c in enumerate(others)}}
        start, answer = row["answers"][0]["answer_start"], row["answers"][0]["text"]
        around = row["context"][max(0, start - 15) : start + len(answer) + 5]
        gold = (("gold", around), ("gold", answer if len(answer) > 12 else around))
        yield _task("xquad", row["id"], row["question"], texts, row["title"], gold)


def _clapnq(path: Path) -> Iterator[Task]:
    origin = path.name.split(".")[0]
    for row in _lines(path):
        passage = row["passages"][0]
        texts = {"gold": "\n\n".join(passage["sentences"])}
        gold = [s for o in row["output"] for s in o.get("selected_sentences", []) if s.strip()]
        yield _task(origin, row["id"], row["input"].capitalize() + "?", texts, passage["title"], tuple(("gold", s.strip()) for s in gold))


def _multispan(path: Path) -> Iterator[Task]:
    for row in _lines(path):
        context, spans, start = "", [], None
        for word, label in zip([*row["context"], ""], [*row["label"], "O"], strict=False):
            if label != "I" and start is not None:
                spans.append((start, len(context)))
                start = None
            if label == "B":
                start = len(context) + 1
            context += " " + word
        gold = tuple(("gold", context[max(0, a - 12) : b + 2].strip()) for a, b in spans)
        yield _task("multispanqa", row["id"], " ".join(row["question"]).capitalize() + "?", {"gold": context.strip()}, "", gold)


def write_features(out: Path, evaldata: Path | None) -> None:
    """Append what is missing in `out`: one line a task with its kind and, for each candidate, features and label."""
    go_offline()
    with TemporaryDirectory() as folder:
        settings = load_settings(Settings, {"store": {"path": Path(folder) / "index"}})
        build([EXAMPLES], settings)
        engine = open_engine(settings)
        done = {json.loads(line)["key"] for line in out.read_text().splitlines()} if out.exists() else set()
        with out.open("a", encoding="utf-8") as file:
            for task in itertools.chain(own_tasks(engine), public_tasks(evaldata) if evaldata else []):
                if f"{task.origin}:{task.id}" not in done:
                    file.write(json.dumps(_row(task, engine.reranker)) + "\n")
                    file.flush()
        engine.close()


def _row(task: Task, reranker: Reranker) -> dict[str, object]:
    query = analyse(task.question)
    found = score(query, candidates(task.passages, task.documents), reranker)
    rows = [[*features(query, c), int(any(c.source == s and _overlap(g, c.text) for s, g in task.gold))] for c in found[:40]]
    return {"key": f"{task.origin}:{task.id}", "origin": task.origin, "kind": query.kind, "answerable": bool(task.gold), "rows": rows}


def _overlap(gold: str, text: str) -> bool:
    return _fold(gold) in _fold(text) or _fold(text) in _fold(gold)


def _fold(text: str) -> str:
    return " ".join(text.lower().split())


def fit(out: Path) -> None:
    """Fit on all sources but one, report on that one; then fit on all and print the constants."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    tasks = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    tasks = [t for t in tasks if t["rows"]]

    def matrix(chosen: list[dict]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        x = np.array([r[:-1] for t in chosen for r in t["rows"]])
        y = np.array([r[-1] for t in chosen for r in t["rows"]])
        # Every question weighs the same, however many sentences it has; positives and negatives of a source stay as they are.
        w = np.array([1 / len(t["rows"]) for t in chosen for _ in t["rows"]])
        return x, y, w

    for origin in [*dict.fromkeys(t["origin"].split("-")[0] for t in tasks), None]:
        train = [t for t in tasks if origin is None or not t["origin"].startswith(origin)]
        model = LogisticRegression(C=1.0, max_iter=2000)
        x, y, w = matrix(train)
        model.fit(x, y, sample_weight=w * len(w) / w.sum())
        test = [t for t in tasks if origin is None or t["origin"].startswith(origin)]
        p = [model.predict_proba(np.array([r[:-1] for r in t["rows"]]))[:, 1] for t in test]
        labels = [np.array([r[-1] for r in t["rows"]]) for t in test]
        answerable = np.array([bool(v.any()) for v in labels])
        top = np.array([v.max() for v in p])
        right = np.array([bool(lab[int(v.argmax())]) for v, lab in zip(p, labels, strict=True)])
        auc = roc_auc_score(answerable, top) if answerable.any() and not answerable.all() else float("nan")
        print(f"{origin or 'all'}: n {len(test)}, answerable {answerable.mean():.2f}", end=", ")
        print(f"best sentence right {right[answerable].mean():.3f}, AUC answerable by best {auc:.3f}")
        for threshold in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
            shown = top >= threshold
            refused = (~shown)[~answerable].mean() if (~answerable).any() else float("nan")
            print(f"   at {threshold:.2f}: false refusals {(~shown)[answerable].mean():.3f}, rejected {refused:.3f}", end=", ")
            print(f"right when shown {right[shown].mean():.3f}")
        if origin is None:
            print("COEFFICIENTS =", [round(float(c), 3) for c in model.coef_[0]])
            print("INTERCEPT =", round(float(model.intercept_[0]), 3))


if __name__ == "__main__":
    action, target = sys.argv[1], Path(sys.argv[2])
    if action == "features":
        write_features(target, Path(sys.argv[3]) if len(sys.argv) > 3 else None)
    else:
        fit(target)

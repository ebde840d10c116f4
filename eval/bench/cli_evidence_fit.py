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
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
from qa.followup import standalone
from qa.query import analyse
from qa.rerank import Reranker
from qa.schema import Passage, Turn
from qa.times import Window

OWN = Path(__file__).parents[1] / "sets" / "kazakhstan-korea.jsonl"
EXAMPLES = Path(__file__).parents[2] / "examples" / "kazakhstan-korea"
PER_SOURCE = 140
PENALTY = 0.02  # of .005, .02, .1, .2 the best score on sources left out


@dataclass(frozen=True, slots=True)
class Task:
    """One question with its passages in the order of retrieval; `gold` are (source, text) that answer it, empty when nothing does."""

    origin: str
    id: str
    question: str
    passages: tuple[Passage, ...]
    documents: dict[str, Document]
    gold: tuple[tuple[str, str], ...]
    answerable: bool | None = None  # when it is known though the answering sentences are not


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
    for answerable in (True, False):
        yield from _sample([t for t in _mtrag(folder / "mtrag-un.jsonl.gz") if t.answerable is answerable])


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


def _mtrag(path: Path) -> Iterator[Task]:
    """Last turns of conversations, made whole by their history; which sentence answers is not known, whether one does is."""
    for row in _lines(path):
        label = row["answerability"][0]
        if label not in ("ANSWERABLE", "UNDERSPECIFIED") or not row["contexts"]:
            continue  # the unanswerable ones come without contexts: there is nothing to refuse
        said = [t["text"] for t in row["input"]]
        question = standalone(said[-1], [Turn(said[-3], said[-2])] if len(said) >= 3 else [])
        texts = {f"c{i}": c["text"].strip() for i, c in enumerate(row["contexts"])}
        task = _task("mtrag", row["task_id"], question, texts, "", ())
        yield replace(task, answerable=label == "ANSWERABLE")


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
    return {
        "key": f"{task.origin}:{task.id}",
        "origin": task.origin,
        "kind": query.kind,
        "answerable": bool(task.gold) if task.answerable is None else task.answerable,
        "rows": rows,
    }


def _overlap(gold: str, text: str) -> bool:
    return _fold(gold) in _fold(text) or _fold(text) in _fold(gold)


def _fold(text: str) -> str:
    return " ".join(text.lower().split())


Rows = list[dict[str, Any]]


def fit(out: Path) -> None:
    """Fit without each source in turn and report on it; choose the floor on those left-out predictions; print the constants of a fit on
    all sources."""
    known: Rows = [t for line in out.read_text(encoding="utf-8").splitlines() if (t := json.loads(line))["rows"]]
    tasks = [t for t in known if t["origin"] != "mtrag"]
    origins = list(dict.fromkeys(_source(t) for t in tasks))
    left_out = {o: _predicted(_model([t for t in tasks if _source(t) != o]), [t for t in tasks if _source(t) == o]) for o in origins}
    floors = np.arange(0.3, 0.71, 0.02)
    for origin, found in left_out.items():
        print(f"{origin}: n {len(found)}, best sentence right {np.mean([r for r, _, a in found if a]):.3f}")
    # Every source weighs the same. A right answer counts 1, a refusal 0, a wrong answer -1 (as in CRAG, arXiv 2406.04744).
    scores = [np.mean([np.mean([(1 if r else -1) if p >= f else 0 for r, p, _ in found]) for found in left_out.values()]) for f in floors]
    for floor, value in zip(floors, scores, strict=True):
        shown = [[r for r, p, _ in found if p >= floor] for found in left_out.values()]
        refused = [np.mean([p < floor for _, p, a in found if a]) for found in left_out.values()]
        wrong = np.mean([1 - np.mean(some) for some in shown if some])
        print(f"   floor {floor:.2f}: score {value:.3f}, answerable refused {np.mean(refused):.3f}, wrong among shown {wrong:.3f}")
    model = _model(tasks)
    _print_abstention(_predicted(model, [t for t in known if t["origin"] == "mtrag"]), floors)
    print(f"ANSWER_FLOOR = {floors[int(np.argmax(scores))]:.2f}")
    print("COEFFICIENTS =", [round(float(c), 3) for c in model[:-1]])
    print("INTERCEPT =", round(float(model[-1]), 3))


def _model(tasks: Rows) -> np.ndarray:
    """Weights that put the answering sentence before the others of its question (a softmax over them and "none of these"), then
    one slope and intercept that make the best one's score the probability of being right (Platt). Every source weighs the same."""
    from scipy.optimize import minimize
    from sklearn.linear_model import LogisticRegression

    counts = Counter(_source(t) for t in tasks)
    share = np.array([1 / counts[_source(t)] for t in tasks])
    data = [(np.array([r[:-1] for r in t["rows"]], float), np.array([r[-1] for r in t["rows"]], bool)) for t in tasks]
    size = data[0][0].shape[1]

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.0, np.zeros(size + 1)
        for (x, y), weight in zip(data, share, strict=True):
            scores = np.append(x @ w[:size] + w[size], 0.0)
            p = np.exp(scores - scores.max())
            p /= p.sum()
            gold = p * np.append(y, not y.any())
            total -= weight * np.log(gold.sum() + 1e-12)
            step = weight * (p - gold / (gold.sum() + 1e-12))[:-1]
            slope += np.append(step @ x, step.sum())
        flat = np.append(w[:size], 0.0)
        return total / share.sum() + PENALTY * (flat**2).sum(), slope / share.sum() + 2 * PENALTY * flat

    weights = minimize(loss, np.zeros(size + 1), jac=True, method="L-BFGS-B").x[:size]
    best = [x @ weights for x, _ in data]
    right = [bool(y[int(s.argmax())]) for s, (_, y) in zip(best, data, strict=True)]
    platt = LogisticRegression(C=10.0).fit([[s.max()] for s in best], right, sample_weight=share * len(tasks))
    return np.append(platt.coef_[0][0] * weights, platt.intercept_[0])


def _predicted(model: np.ndarray, tasks: Rows) -> list[tuple[bool, float, bool]]:
    """For each question: whether its best sentence is right, that sentence's probability, and whether any is right."""
    found = []
    for task in tasks:
        labels = [bool(r[-1]) for r in task["rows"]]
        p = 1 / (1 + np.exp(-(np.array([r[:-1] for r in task["rows"]]) @ model[:-1] + model[-1])))
        found.append((labels[int(p.argmax())], float(p.max()), any(labels) or (task["origin"] == "mtrag" and task["answerable"])))
    return found


def _print_abstention(found: Sequence[tuple[bool, float, bool]], floors: np.ndarray) -> None:
    """Refusals on conversations that had no part in the fit."""
    from sklearn.metrics import roc_auc_score

    if not found:
        return
    print(f"mtrag: n {len(found)}, AUC answerable by best {roc_auc_score([a for _, _, a in found], [p for _, p, _ in found]):.3f}")
    for floor in floors[::2]:
        refused = {kind: np.mean([p < floor for _, p, a in found if a is kind]) for kind in (True, False)}
        print(f"   floor {floor:.2f}: answerable refused {refused[True]:.3f}, underspecified refused {refused[False]:.3f}")


def _source(task: dict[str, Any]) -> str:
    """Our own questions about the example corpus and about the five real pages are one source, both parts of CLAP NQ another."""
    return {"seeds": "own"}.get(str(task["origin"]), str(task["origin"]).split("-")[0])


if __name__ == "__main__":
    action, target = sys.argv[1], Path(sys.argv[2])
    if action == "features":
        write_features(target, Path(sys.argv[3]) if len(sys.argv) > 3 else None)
    else:
        fit(target)

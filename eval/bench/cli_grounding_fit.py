"""Fit the grounding score: `python -m eval.bench.cli_grounding_fit features PAIRS OUT`, then `... fit OUT`.

`features` reads pairs {source, evidence, claim, label} (.jsonl.gz) and writes their signals, one JSON line a pair. `fit` fits the
two regressions of `qa.check.grounding`, reports every figure on the source that was left out of everything (strength of the penalty,
coefficients, threshold), and prints the constants for `qa/check/grounding_model.py`. A developer's tool; needs scipy.

A coefficient may not take the sign that contradicts its meaning (a missing number never speaks for a claim): pooled data of edited
summaries would else reward words that the evidence lacks, because there honest paraphrases have more of them. None of the sources
has claims about something else altogether; so claims paired with another evidence of their source are added as false ones.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.config import load_settings
from index.errors import UsageError
from qa.check.grounding import features, lowest_logit, windows
from qa.check.verify import Item, by_rules
from qa.config import Settings
from qa.retrieve.rerank import load_reranker

Floats = NDArray[np.float64]
# +1: speaks for the claim, -1: against it, 0: either.
SIGNS = {
    "thin": -1, "verb_share": 1, "apart": -1, "longest_gap": -1, "limits": -1, "denials": -1, "opinion": -1, "question": -1, "numbers": 0,
    "number_missing": -1, "number_differs": -1, "name_missing": -1, "negation": -1, "opposite": -1,
}  # fmt: skip
GATE = {"said": 1, "unsaid": -1, "limits": -1, "opinion": -1, "question": -1, "logit": 1}
GATE_SOURCES = ("begin_wow", "scifact")  # claims that are meant to say what one short text says
STRANGE_SHARE = 0.25  # of the weight of false claims; swept 0, 0.1, 0.25, 0.4
STRANGE_PER_SOURCE = 80
GATE_PENALTY = 0.01  # too few sources to choose it by; 0.01, 0.1 and 1 give the same figures to 0.01
PENALTIES = (0.01, 0.03, 0.1, 0.3)
THRESHOLDS = np.linspace(0.05, 0.95, 91)


@dataclass(frozen=True, slots=True)
class Table:
    """Signals of all pairs: `x` (pairs, signals), labels, sources."""

    names: tuple[str, ...]
    x: Floats
    y: NDArray[np.int64]
    source: NDArray[np.str_]
    strange: NDArray[np.bool_]

    def of(self, rows: NDArray[np.bool_]) -> Table:
        """The pairs of `rows`."""
        return Table(self.names, self.x[rows], self.y[rows], self.source[rows], self.strange[rows])


@dataclass(frozen=True, slots=True)
class Fit:
    """A logistic regression in the signals' own units."""

    weights: Floats
    intercept: float

    def score(self, x: Floats) -> Floats:
        """Probabilities, shape (rows,)."""
        return np.asarray(1 / (1 + np.exp(-(x @ self.weights + self.intercept))), dtype=np.float64)


def write_features(pairs: Path, out: Path) -> None:
    """Signals of every pair and of the strange ones, with whether the certain rules of verification leave a pair open."""
    scorer = load_reranker(load_settings(Settings))
    if scorer is None:
        raise UsageError("the fit needs a reranker; models.reranker is 'none'. Name one in footnote.toml.")
    with gzip.open(pairs, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    with out.open("w", encoding="utf-8") as sink:
        for row in [*rows, *strange_pairs(rows)]:
            near = windows(row["claim"], row["evidence"])
            signals = features(row["claim"], row["evidence"], near)
            signals["logit"] = lowest_logit(near, scorer) / 10
            is_open = row["source"] in GATE_SOURCES and by_rules(Item(row["claim"], [row["evidence"]])) is None
            about = {"source": row["source"], "label": row["label"], "strange": row.get("strange", False), "open": is_open}
            sink.write(json.dumps({**about, **signals}) + "\n")


def strange_pairs(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Claims with another evidence of the same source, false by construction; the same at every run."""
    chance = random.Random(11)
    for source in sorted({row["source"] for row in rows}):
        own = [row for row in rows if row["source"] == source]
        for row in chance.sample(own, min(STRANGE_PER_SOURCE, len(own))):
            others = [other["evidence"] for other in own if other["evidence"] != row["evidence"]]
            if others:
                yield {**row, "evidence": chance.choice(others), "label": 0, "strange": True}


def read_table(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> Table:
    """The table of the named signals."""
    x = np.asarray([[row[name] for name in names] for row in rows], dtype=np.float64)
    labels, sources = np.asarray([row["label"] for row in rows]), np.asarray([row["source"] for row in rows])
    return Table(tuple(names), x, labels, sources, np.asarray([row["strange"] for row in rows], dtype=bool))


def balanced_weights(table: Table) -> Floats:
    """Every source counts the same, and in it true and false; of the false, the strange ones count `STRANGE_SHARE`."""
    weights = np.zeros(len(table.y))
    for source in np.unique(table.source):
        false = (table.source == source) & (table.y == 0)
        shares = [
            ((table.source == source) & (table.y == 1), 1.0),
            (false & ~table.strange, 1 - STRANGE_SHARE),
            (false & table.strange, STRANGE_SHARE),
        ]
        for rows, share in shares:
            weights[rows] = share / max(1, rows.sum())
    return np.asarray(weights * len(weights) / weights.sum(), dtype=np.float64)


def fit(table: Table, signs: Sequence[int], penalty: float) -> Fit:
    """Penalised logistic regression with the signs given; `penalty` multiplies the likelihood (larger: weaker penalty)."""
    from scipy.optimize import minimize

    mean, scale = table.x.mean(axis=0), table.x.std(axis=0) + 1e-9
    x, target, weights = (table.x - mean) / scale, 2 * table.y - 1, balanced_weights(table)

    def loss(b: Floats) -> tuple[float, Floats]:
        margin = target * (x @ b[:-1] + b[-1])
        pull = -(weights * target / (1 + np.exp(margin)))
        value = penalty * float((weights * np.logaddexp(0, -margin)).sum()) + 0.5 * float((b[:-1] ** 2).sum())
        return value, np.append(penalty * (x.T @ pull) + b[:-1], penalty * pull.sum())

    bounds = [(0, None) if s > 0 else (None, 0) if s < 0 else (None, None) for s in signs] + [(None, None)]
    b = minimize(loss, np.zeros(len(signs) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    return Fit(b[:-1] / scale, float(b[-1] - (b[:-1] * mean / scale).sum()))


def auc(y: NDArray[np.int64], score: Floats) -> float:
    """Area under the ROC curve; ties count half."""
    from scipy.stats import rankdata

    ranks, positive = rankdata(score), int((y == 1).sum())
    return float((ranks[y == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(y) - positive)))


def balanced_accuracy(y: NDArray[np.int64], yes: NDArray[np.bool_]) -> float:
    """Mean of the shares that are right among supported and among unsupported."""
    return float((yes[y == 1].mean() + (~yes[y == 0]).mean()) / 2)


def best_threshold(table: Table, score: Floats) -> float:
    """The threshold with the best mean balanced accuracy over the table's sources."""
    means = [np.mean([balanced_accuracy(table.y[r], score[r] >= t) for r in _by_source(table)]) for t in THRESHOLDS]
    return float(THRESHOLDS[int(np.argmax(means))])


def _by_source(table: Table) -> Iterator[NDArray[np.bool_]]:
    """The real pairs of each source."""
    return ((table.source == source) & ~table.strange for source in np.unique(table.source))


def _without(table: Table, rows: NDArray[np.bool_]) -> Table:
    """The table without the source of `rows`, its strange pairs too."""
    return table.of(table.source != table.source[rows][0])


def best_penalty(table: Table, signs: Sequence[int]) -> float:
    """The penalty with the best mean AUC over the table's sources, each left out in turn."""
    if len(np.unique(table.source)) <= len(GATE_SOURCES):
        return GATE_PENALTY
    means = [np.mean([auc(table.y[r], fit(_without(table, r), signs, p).score(table.x[r])) for r in _by_source(table)]) for p in PENALTIES]
    return PENALTIES[int(np.argmax(means))]


def report(title: str, table: Table, signs: Sequence[int]) -> None:
    """AUC and balanced accuracy on each source, everything fitted on the others."""
    figures = []
    print(f"\n{title}: left-out source, n, AUC, balanced accuracy, AUC against strange pairs, penalty, threshold")
    for rows in _by_source(table):
        rest = _without(table, rows)
        penalty = best_penalty(rest, signs)
        model = fit(rest, signs, penalty)
        threshold, score = best_threshold(rest, model.score(rest.x)), model.score(table.x[rows])
        off = (table.source == table.source[rows][0]) & (table.strange | (table.y == 1))
        apart = auc(table.y[off], model.score(table.x[off]))
        figures.append((auc(table.y[rows], score), balanced_accuracy(table.y[rows], score >= threshold), apart))
        print(f"{table.source[rows][0]:24} {rows.sum():5} {' '.join(f'{f:.3f}' for f in figures[-1])} {penalty:.3f} {threshold:.2f}")
    print(f"{'mean':24} {(~table.strange).sum():5} {' '.join(f'{np.mean(column):.3f}' for column in zip(*figures, strict=True))}")


def alone(table: Table, signs: Sequence[int]) -> None:
    """AUC of each signal by itself on each source."""
    print(f"\nEach signal alone, AUC: {', '.join(np.unique(table.source))}; mean")
    for column, name in enumerate(table.names):
        figures = [auc(table.y[r], (signs[column] or 1) * table.x[r][:, column]) for r in _by_source(table)]
        print(f"{name:16} {' '.join(f'{f:.2f}' for f in figures)}  {np.mean(figures):.3f}")


def constants(title: str, table: Table, signs: Sequence[int], centre: bool) -> None:
    """Print the constants fitted on all sources; `centre` moves the intercept so that the best threshold is 0.5."""
    model = fit(table, signs, best_penalty(table, signs))
    real = table.of(~table.strange)
    threshold = best_threshold(real, model.score(real.x))
    shift = float(np.log(threshold / (1 - threshold))) if centre else 0.0
    print(f"{title}: dict[str, float] = {{")
    for name, weight in zip(table.names, model.weights, strict=True):
        if abs(weight) >= 0.005:
            print(f'    "{name}": {weight:.2f},')
    print(f"}}\n{title}_INTERCEPT = {model.intercept - shift:.2f}\n# threshold {0.5 if centre else threshold:.2f}")


def fit_all(path: Path) -> None:
    """Report and print the constants."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    everything, gate_rows = read_table(rows, list(SIGNS)), [row for row in rows if row["open"]]
    shown = {**SIGNS, "coverage": 1, "logit": 1}
    alone(read_table(rows, list(shown)), list(shown.values()))
    report("Grounding score", everything, list(SIGNS.values()))
    words = {name: sign for name, sign in GATE.items() if name != "logit"}
    gates = {"SUPPORT": GATE, "SUPPORT_BY_WORDS": words}
    for title, signs in gates.items():
        report(title, read_table(gate_rows, list(signs)), list(signs.values()))
    constants("GROUNDING", everything, list(SIGNS.values()), centre=False)
    for title, signs in gates.items():
        constants(title, read_table(gate_rows, list(signs)), list(signs.values()), centre=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["features"] and len(sys.argv) == 4:
        write_features(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["fit"] and len(sys.argv) == 3:
        fit_all(Path(sys.argv[2]))
    else:
        sys.exit("usage: python -m eval.bench.cli_grounding_fit features PAIRS OUT | fit OUT")

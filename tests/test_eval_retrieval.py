"""Rank metrics against hand-computed values and formulas written out; reading BEIR folders."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases.beir import read_beir
from eval.metrics.retrieval import measure_run, ranking, spans_as_run, vital_found, vital_scores
from index.errors import EvalError
from qa.schema import Passage
from tests.fakes import EVAL_TEXTS, eval_case


def values(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: estimate.value for name, estimate in measure_run(qrels, run).means.items()}


def test_by_hand() -> None:
    qrels = {"q": {"a": 1, "b": 2, "z": 0}}
    run = {"q": {"x": 4.0, "a": 3.0, "z": 2.0, "b": 1.0}}
    dcg = 1 / math.log2(3) + 2 / math.log2(5)
    ideal = 2 + 1 / math.log2(3)
    assert values(qrels, run) == {"nDCG@10": pytest.approx(dcg / ideal), "R@100": 1, "RR@10": 0.5, "Success@5": 1}


def test_cutoffs() -> None:
    run = {"q": {f"d{i:03}": 200.0 - i for i in range(150)}}
    assert values({"q": {"d010": 1}}, run) == {"nDCG@10": 0, "R@100": 1, "RR@10": 0, "Success@5": 0}
    assert values({"q": {"d009": 1}}, run)["RR@10"] == pytest.approx(0.1)
    assert values({"q": {"d004": 1}}, run)["Success@5"] == 1
    assert values({"q": {"d005": 1, "d100": 1}}, run)["R@100"] == 0.5


def test_missed_queries_count_as_zero_and_queries_without_relevance_not_at_all() -> None:
    qrels = {"hit": {"a": 1}, "missed": {"a": 1}, "empty": {"a": 1}, "unjudged": {"a": 0}, "negative": {"a": -1}}
    found = measure_run(qrels, {"hit": {"a": 1.0}, "empty": {}, "unjudged": {"a": 1.0}, "stranger": {"a": 1.0}})
    assert found.means["nDCG@10"].value == pytest.approx(1 / 3)
    assert (found.means["nDCG@10"].n, found.missed) == (3, 2)
    assert set(found.by_query) == {"hit", "missed", "empty"} and set(found.by_query["missed"].values()) == {0.0}
    assert found.by_query["hit"]["nDCG@10"] == 1
    with pytest.raises(EvalError, match=r"^The qrels hold no relevant document\. Give qrels with a score above 0\.$"):
        measure_run({"q": {"a": 0}}, {})


def test_negative_grades_do_not_gain() -> None:
    assert values({"q": {"a": 1, "b": -1}}, {"q": {"a": 2.0, "b": 1.0}})["nDCG@10"] == 1


def test_ties_are_broken_by_id_for_every_metric() -> None:
    tied = {"q": {"c": 1.0, "a": 1.0, "b": 1.0}}
    assert ranking(tied["q"]) == ["a", "b", "c"]
    found = values({"q": {"b": 1}}, tied)
    assert found["RR@10"] == 0.5
    assert found["nDCG@10"] == pytest.approx(1 / math.log2(3))


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefghijklmno"), st.integers(0, 3), min_size=1),
    st.dictionaries(st.sampled_from("abcdefghijklmnoxyz"), st.integers(0, 4).map(float)),
)
def test_against_the_formulas(grades: dict[str, int], scores: dict[str, float]) -> None:
    relevant = {doc for doc, grade in grades.items() if grade > 0}
    if not relevant:
        return
    order = ranking(scores)
    first = next((rank for rank, doc in enumerate(order[:10], start=1) if doc in relevant), None)
    gains = [grades.get(doc, 0) for doc in order[:10]]
    ideal = sorted(grades.values(), reverse=True)[:10]
    dcg, best = (sum(g / math.log2(rank + 1) for rank, g in enumerate(row, start=1)) for row in (gains, ideal))
    assert values({"q": grades}, {"q": scores}) == {
        "nDCG@10": pytest.approx(dcg / best),
        "R@100": pytest.approx(len(relevant & set(order[:100])) / len(relevant)),
        "RR@10": pytest.approx(1 / first if first else 0),
        "Success@5": float(bool(relevant & set(order[:5]))),
    }


def passage(source: str, quote: str, score: float) -> Passage:
    start = EVAL_TEXTS[source].index(quote)
    return Passage(f"{source}:{start}", source, start, start + len(quote), quote, score)


def test_passages_are_relevant_by_span_and_the_same_evidence_counts_once() -> None:
    nugget = eval_case().nuggets[0].model_dump()
    jobs = {**nugget, "text": "jobs", "evidence": [{"source": "a.txt", "quote": "employs 700 people"}]}
    case = eval_case(nuggets=[nugget, jobs])
    found = [
        passage("b.txt", "Samsung plans a plant", 0.9),
        passage("a.txt", "a plant in Almaty.", 0.8),
        passage("a.txt", "Hyundai opened", 0.7),
        passage("a.txt", "It employs 700 people.", 0.6),
    ]
    qrels, run = spans_as_run(case, found, EVAL_TEXTS.get)
    scored = values({"c": qrels}, {"c": run})
    assert scored["RR@10"] == 0.5 and scored["R@100"] == 1
    assert scored["nDCG@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))
    assert qrels == {"nugget 0": 1, "nugget 1": 1}
    assert run == {"passage 0": 0.0, "nugget 0": -1.0, "passage 2": -2.0, "nugget 1": -3.0}
    assert spans_as_run(case, [passage("a.txt", EVAL_TEXTS["a.txt"], 1.0)], EVAL_TEXTS.get)[1] == {"nugget 0": 0.0, "nugget 1": -0.001}
    whole = [passage("a.txt", EVAL_TEXTS["a.txt"], 1.0)]
    assert values({"c": qrels}, {"c": spans_as_run(case, whole, EVAL_TEXTS.get)[1]})["nDCG@10"] == 1


def beir(folder: Path, **files: str) -> Path:
    made = {
        "corpus.jsonl": '{"_id": "d1", "title": "T", "text": "one"}\n{"_id": "d2", "text": "two"}\n',
        "queries.jsonl": '{"_id": "q1", "text": "?"}\n{"_id": "q2", "text": "!"}\n',
        "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n",
    } | {name.replace("__", "/"): text for name, text in files.items()}
    for name, text in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_reads_plain_and_gzip_with_and_without_a_heading(tmp_path: Path) -> None:
    data = read_beir(beir(tmp_path), "test")
    assert [(d.id, d.title, d.text) for d in data.documents] == [("d1", "T", "one"), ("d2", "", "two")]
    assert (data.queries, data.qrels) == ({"q1": "?"}, {"q1": {"d1": 1, "d2": 0}})
    for name in ("corpus.jsonl", "queries.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    (tmp_path / "qrels_dev.tsv.gz").write_bytes(gzip.compress(b"q2\td2\t1\textra\n"))
    assert read_beir(tmp_path, "dev").qrels == {"q2": {"d2": 1}}


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("corpus.jsonl", '{"_id": 1, "text": "x"}\n', ["corpus.jsonl, line 1", "'_id'"]),
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n' * 2, ["corpus.jsonl, line 2", "there twice"]),
        ("queries.jsonl", '{"_id": "q1"}\n', ["queries.jsonl, line 1", "'text'"]),
        ("qrels/test.tsv", "q1 d1 1\n", ["test.tsv, line 1", "three columns"]),
        ("qrels/test.tsv", "q1\td1\t1\nq9\td1\t1\n", ["line 2", "'query-id'", "'q9'"]),
        ("qrels/test.tsv", "q1\td9\t1\n", ["line 1", "'corpus-id'", "'d9'"]),
        ("qrels/test.tsv", "h\th\th\nq1\td1\tyes\n", ["line 2", "'score'"]),
        ("qrels/test.tsv", "q1\td1\t1\nq1\td1\t0\n", ["line 2", "twice"]),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", ["no judgement"]),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path: Path, name: str, text: str, named: list[str]) -> None:
    beir(tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(EvalError) as caught:
        read_beir(tmp_path, "test")
    assert all(part in str(caught.value) for part in named), caught.value


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="is no folder"):
        read_beir(tmp_path / "none", "test")
    with pytest.raises(EvalError, match=r"none of corpus\.jsonl"):
        read_beir(tmp_path, "test")
    with pytest.raises(EvalError, match="another --split"):
        read_beir(beir(tmp_path), "train")


@pytest.mark.shared
def test_scifact_is_read_whole() -> None:
    folder = Path(__file__).parents[2] / "shared" / "evaldata" / "scifact"
    if not folder.is_dir():
        pytest.skip("needs ../shared/evaldata/scifact")
    data = read_beir(folder, "test")
    assert (len(data.documents), len(data.queries)) == (5183, 300)
    assert sum(len(docs) for docs in data.qrels.values()) == 339
    perfect = {query: {doc: float(grade) for doc, grade in docs.items()} for query, docs in data.qrels.items()}
    assert values(data.qrels, perfect)["nDCG@10"] == 1
    assert json.dumps(data.queries["1"])


def test_a_vital_quote_counts_when_it_stands_whole_in_the_best_five() -> None:
    nugget = eval_case().nuggets[0].model_dump()
    jobs = {**nugget, "text": "jobs", "vital": True, "evidence": [{"source": "a.txt", "quote": "It employs 700 people."}]}
    gone = {**nugget, "text": "gone", "vital": True, "evidence": [{"source": "z.txt", "quote": "x"}]}
    case = eval_case(nuggets=[jobs, gone])
    noise = [passage("b.txt", "Samsung", 1.0 - n / 100) for n in range(5)]
    parts = [passage("a.txt", "It employs", 0.5), passage("a.txt", "700 people.", 0.4)]
    assert vital_found(case, parts, EVAL_TEXTS.get) == (1, 2), "a quote over two passages that adjoin"
    assert vital_found(case, parts[:1], EVAL_TEXTS.get) == (0, 2), "a passage that holds half of it"
    assert vital_found(case, [*noise, *parts], EVAL_TEXTS.get) == (0, 2), "behind the fifth"
    found = vital_scores([(1, 2), (1, 1), (0, 0)])
    assert (found["Vital@5"].value, found["AllVital@5"].value) == (pytest.approx(2 / 3), 0.5)
    assert vital_scores([(0, 0)]) == {}

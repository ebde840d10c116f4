"""Rank metrics by ir_measures, with the two decisions it leaves to others made here: ties and missing queries.

Ties are broken by id before anything is measured (its providers break them differently: trec_eval for nDCG, another
for RR), and a query without a ranking counts 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.cases.matching import overlap
from eval.extra import needs
from eval.metrics.facts import TextOf, evidence_spans
from eval.metrics.stats import Estimate, ratio
from eval.schema import Case, Qrels, Run
from index.errors import EvalError
from qa.schema import Passage

MEASURES = ("nDCG@10", "R@100", "RR@10", "Success@5")
TITLES = {"nDCG@10": "nDCG@10", "R@100": "Recall@100", "RR@10": "MRR@10", "Success@5": "Success@5"}
DEPTH = 100
BEST = 5  # passages that count for `vital_found`


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Means over queries by measure, and each query's values; `missed` queries had no ranking and count 0. `vital` (see `vital_scores`)
    is measured on eval sets only."""

    means: dict[str, Estimate]
    by_query: dict[str, dict[str, float]]
    missed: int
    vital: Mapping[str, Estimate] = field(default_factory=dict)


def ranking(scores: Mapping[str, float]) -> list[str]:
    """Document ids, best first; equal scores in the order of their ids."""
    return sorted(scores, key=lambda doc: (-scores[doc], doc))


def measure_run(qrels: Qrels, run: Run) -> RetrievalScores:
    """nDCG@10, R@100, RR@10 and Success@5 of a run.

    * nDCG@10: Jarvelin and Kekalainen 2002, gain = relevance grade, discount log2(rank + 1), ideal from the qrels. Not
      the variant with gain 2^grade - 1 (the same for grades 0 and 1).
    * R@100: relevant documents in the first 100 / relevant documents. Not "recall" in the sense of Success.
    * RR@10: 1 / rank of the first relevant document, 0 beyond 10; its mean is MRR@10 (Kantor and Voorhees 2000).
    * Success@5: 1 when any of the first 5 is relevant. Not Precision@5, nor Recall@5.

    Means are over the queries that have a relevant document in `qrels`, ranked or not. Raises `EvalError` when there are none.
    """
    ir_measures = needs("ir_measures")
    judged = {q: docs for q, docs in qrels.items() if any(grade > 0 for grade in docs.values())}
    if not judged:
        raise EvalError("The qrels hold no relevant document. Give qrels with a score above 0.")
    ranked = {q: {doc: -float(rank) for rank, doc in enumerate(ranking(run[q]))} for q in judged if run.get(q)}
    by_query = {q: dict.fromkeys(MEASURES, 0.0) for q in judged}
    if ranked:
        graded = {q: {doc: max(0, grade) for doc, grade in docs.items()} for q, docs in judged.items()}
        for found in ir_measures.iter_calc([ir_measures.parse_measure(name) for name in MEASURES], graded, ranked):
            by_query[found.query_id][str(found.measure)] = float(found.value)
    ones = [1.0] * len(judged)
    means = {name: ratio([values[name] for values in by_query.values()], ones) for name in MEASURES}
    return RetrievalScores({name: value for name, value in means.items() if value}, by_query, len(judged) - len(ranked))


def spans_as_run(case: Case, passages: Sequence[Passage], text_of: TextOf) -> tuple[dict[str, int], dict[str, float]]:
    """One case's (qrels, ranking), where a nugget is the relevant "document" and a passage stands for what it adds.

    A passage that overlaps the evidence of nuggets not yet found stands for those, in consecutive places; any other
    passage is not relevant, so the same evidence in two passages counts once and no score passes 1. Relevance is by
    document span: re-chunking keeps it valid. `case.nuggets` without evidence in the corpus stay unfound.
    """
    spans = evidence_spans(case, text_of)
    found: set[int] = set()
    scores: dict[str, float] = {}
    order = sorted(passages, key=lambda p: (-p.score, p.chunk_id))
    for rank, passage in enumerate(order):
        new = [
            i
            for i, source, start, end in spans
            if i not in found and source == passage.source and overlap((start, end), (passage.start, passage.end))
        ]
        found.update(new)
        # A passage with several new nuggets takes one place for each: nothing it found is lost to Recall.
        for j, nugget in enumerate(dict.fromkeys(new) or [-1]):
            scores[f"nugget {nugget}" if nugget >= 0 else f"passage {rank}"] = -(rank + j / 1000)
    return {f"nugget {i}": 1 for i in range(len(case.nuggets))}, scores


def vital_found(case: Case, passages: Sequence[Passage], text_of: TextOf) -> tuple[int, int]:
    """(vital nuggets with an evidence quote that stands whole in the `BEST` best passages, vital nuggets).

    A quote may stand in several of the passages that adjoin. Not Recall@5: a passage that only touches a quote does not count, and a
    nugget whose quotes the corpus has lost is not found.
    """
    best = sorted(passages, key=lambda p: (-p.score, p.chunk_id))[:BEST]
    vital = {i for i, nugget in enumerate(case.nuggets) if nugget.vital}
    found = {i for i, source, start, end in evidence_spans(case, text_of) if i in vital and _covered(source, start, end, best, text_of)}
    return len(found), len(vital)


def _covered(source: str, start: int, end: int, passages: Sequence[Passage], text_of: TextOf) -> bool:
    text, at = text_of(source) or "", start
    for passage in sorted((p for p in passages if p.source == source), key=lambda p: p.start):
        if text[at : max(at, passage.start)].strip():
            return False
        at = max(at, passage.end)
        if at >= end:
            return True
    return not text[at:end].strip()


def vital_scores(counts: Sequence[tuple[int, int]]) -> dict[str, Estimate]:
    """From the counts of `vital_found`: "Vital@5", the share of vital nuggets, and "AllVital@5", of cases with all of them."""
    asked = [(found, vital) for found, vital in counts if vital]
    share = ratio([found for found, _ in asked], [vital for _, vital in asked])
    whole = ratio([float(found == vital) for found, vital in asked], [1.0] * len(asked))
    return {"Vital@5": share, "AllVital@5": whole} if share and whole else {}

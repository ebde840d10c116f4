"""Scoring a run: facts of every case, each metric over all cases and by tag with intervals, risk-coverage, latency.

Loads no model: support verdicts are read from the run, or come from a judge that the caller opened. Knows nothing of
screens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.baseline import BASELINE, read_baseline
from eval.cases.evalset import Problem, in_members, lost_quotes, read_cases, require_evidence, set_hash
from eval.cases.support import SupportTable, judge_pairs, read_support
from eval.metrics.answers import METRICS, Metric, RiskCoverage, risk_coverage
from eval.metrics.facts import CaseFacts, case_facts, support_pairs
from eval.metrics.stats import Estimate, quantiles, ratio
from eval.record import read_record
from eval.run import read_predictions, require_complete
from eval.schema import Case, Corpus, Prediction, RunRecord, SupportJudge
from index.errors import EvalError

Table = dict[str, Estimate | None]  # metric name -> estimate; None: no case of that kind, or not measured


@dataclass(frozen=True, slots=True)
class JudgeInfo:
    """Who judged support. `balanced_accuracy` is its own, as recorded in baseline.json for this threshold; None: not measured."""

    name: str
    threshold: float
    balanced_accuracy: float | None
    measured_on: str | None


@dataclass(frozen=True, slots=True)
class Scores:
    """A scored run. `judge` is None when no support verdicts were at hand; the judged metrics are None then. `lost` are the evidence
    quotes that the documents do not hold: their cases cannot be answered from what was read."""

    run: Path
    record: RunRecord
    cases: tuple[Case, ...]
    predictions: dict[str, Prediction]
    facts: tuple[CaseFacts, ...]
    overall: Table
    by_tag: dict[str, Table]
    risk: RiskCoverage
    latency_ms: dict[str, dict[str, float]]
    judge: JudgeInfo | None
    lost: tuple[Problem, ...] = ()

    @property
    def failed(self) -> int:
        """Crashed cases."""
        return sum(facts.failed for facts in self.facts)


def score_run(
    run: Path,
    open_corpus: Callable[[Path], Corpus],
    *,
    set_path: Path | None = None,
    db: Path | None = None,
    open_judge: Callable[[], SupportJudge] | None = None,
) -> Scores:
    """Score the run in folder `run`.

    `set_path` and `db` are where the set and the index are now, by default where the run found them. With `open_judge`
    missing support verdicts are made; without it those stored in the run are used if complete. Raises `EvalError` when
    set or corpus are not those of the run, or the run is half-written.
    """
    record = read_record(run)
    cases = _cases(record, set_path or Path(record.set.path))
    corpus = open_corpus(db or Path(record.corpus.db))
    if corpus.sha256 != record.corpus.sha256:
        raise EvalError(
            f"{run} was made with another corpus than {corpus.db} holds now ({record.corpus.sha256[:12]}, now {corpus.sha256[:12]}). "
            "Give the index of the run with --db, or run again."
        )
    require_evidence(cases, set_path or Path(record.set.path))
    cases = in_members(cases, corpus)
    predictions = read_predictions(run, {case.id for case in cases})
    require_complete(predictions, cases, run)
    answers = [p.answer for p in predictions.values() if p.answer]
    pairs = [pair for answer in answers for pair in support_pairs(answer)]
    table = judge_pairs(run, pairs, open_judge()) if open_judge else read_support(run, pairs)
    return _scores(run, record, cases, predictions, corpus, table)


def _cases(record: RunRecord, path: Path) -> list[Case]:
    found = set_hash(path)
    if found != record.set.sha256:
        raise EvalError(
            f"The run was made with another set than {path} is now ({record.set.sha256[:12]}, now {found[:12]}). "
            "Give the set of the run with --set, or run again."
        )
    return read_cases(path)


def _scores(
    run: Path, record: RunRecord, cases: list[Case], predictions: dict[str, Prediction], corpus: Corpus, table: SupportTable | None
) -> Scores:
    supports = table.supports if table else None
    facts = tuple(case_facts(case, predictions[case.id], corpus.text_of, supports) for case in cases)
    tags = sorted({tag for case in cases for tag in case.tags})
    return Scores(
        run=run,
        record=record,
        cases=tuple(cases),
        predictions=predictions,
        facts=facts,
        overall=measure(facts),
        by_tag={tag: measure([f for f in facts if tag in f.tags]) for tag in tags},
        risk=risk_coverage(facts),
        latency_ms=_latency(predictions),
        judge=_judge_info(table) if table else None,
        lost=tuple(lost_quotes(cases, corpus.text_of)),
    )


def _judge_info(table: SupportTable) -> JudgeInfo:
    known = read_baseline(BASELINE).judges.get(table.judge)
    if known is None or known.threshold != table.threshold:
        return JudgeInfo(table.judge, table.threshold, None, None)
    return JudgeInfo(table.judge, table.threshold, known.balanced_accuracy, f"{known.pairs} pairs of {known.data}")


def measure(facts: Sequence[CaseFacts]) -> Table:
    """Every metric over these cases."""
    return {metric.name: estimate(metric, facts) for metric in METRICS}


def estimate(metric: Metric, facts: Sequence[CaseFacts]) -> Estimate | None:
    """One metric over these cases with its interval; None when none of them enters it."""
    shares = [metric.of(case) for case in facts]
    return ratio([float(num) for num, _ in shares], [float(den) for _, den in shares])


def _latency(predictions: dict[str, Prediction]) -> dict[str, dict[str, float]]:
    timings = [p.answer.timings_ms.model_dump() for p in predictions.values() if p.answer]
    return {stage: quantiles([t[stage] for t in timings]) for stage in timings[0]} if timings else {}


def as_json(scores: Scores) -> dict[str, Any]:
    """`score --json`: one object; `metrics` and `tags` map metric names to {value, low, high, n, total} or null."""

    def table(found: Table) -> dict[str, Any]:
        return {name: asdict(value) if value else None for name, value in found.items()}

    return {
        "run": str(scores.run),
        "set": scores.record.set.model_dump(),
        "corpus": scores.record.corpus.model_dump(),
        "cases": len(scores.facts),
        "failed": scores.failed,
        "lost": [asdict(problem) for problem in scores.lost],
        "judge": asdict(scores.judge) if scores.judge else None,
        "metrics": table(scores.overall),
        "tags": {tag: table(found) for tag, found in scores.by_tag.items()},
        "risk_coverage": asdict(scores.risk),
        "latency_ms": scores.latency_ms,
        "by_case": [
            {"id": f.id, "passed": f.passed, "correct": f.correct, "abstained": f.abstained, "failed": f.failed, "reasons": list(f.reasons)}
            for f in scores.facts
        ],
    }

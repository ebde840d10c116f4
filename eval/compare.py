"""Two runs over one set, case by case: paired differences, cases gained and lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from eval.metrics.answers import METRICS, Metric
from eval.metrics.facts import CaseFacts
from eval.metrics.stats import Difference, Estimate, mcnemar, paired_difference
from eval.report.tables import Table
from eval.schema import Case, Prediction
from eval.score import Scores
from index.errors import EvalError


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric in both runs."""

    metric: Metric
    a: Estimate
    b: Estimate
    difference: Difference


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One case in both runs; `kind` says how it moved from A to B."""

    kind: str
    case: Case
    a: Prediction
    b: Prediction
    facts_a: CaseFacts
    facts_b: CaseFacts


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gained` passed only in B, `lost` only in A, `other` fail in both for other reasons; `p` is McNemar's of passing."""

    metrics: tuple[MetricChange, ...]
    gained: tuple[CaseChange, ...]
    lost: tuple[CaseChange, ...]
    other: tuple[CaseChange, ...]
    identical: int
    n: int
    p: float
    note: str


def compare_runs(a: Scores, b: Scores) -> Comparison:
    """Compare two scored runs. Raises `EvalError` when they were made over different sets or corpora."""
    for name, one, other in (("set", a.record.set, b.record.set), ("corpus", a.record.corpus, b.record.corpus)):
        if one.sha256 != other.sha256:
            raise EvalError(f"{a.run} and {b.run} were made with different versions of the {name}. Run one of them again.")
    judges_differ = a.judge != b.judge
    changes = [_metric_change(m, a, b) for m in METRICS if not (m.judged and judges_differ)]
    moved = [_case_change(a, b, i) for i in range(len(a.cases))]
    gained = tuple(c for c in moved if c and c.kind == "gained")
    lost = tuple(c for c in moved if c and c.kind == "lost")
    return Comparison(
        metrics=tuple(change for change in changes if change),
        gained=gained,
        lost=lost,
        other=tuple(c for c in moved if c and c.kind == "other"),
        identical=sum(same_prediction(a.predictions[case.id], b.predictions[case.id]) for case in a.cases),
        n=len(a.cases),
        p=mcnemar(len(gained), len(lost)),
        note="Support was judged differently in the two runs and is left out: use --judge." if judges_differ else "",
    )


def same_prediction(a: Prediction, b: Prediction) -> bool:
    """Equal but for the timings."""
    if a.answer is None or b.answer is None:
        return a.error == b.error and a.answer is b.answer
    return a.answer.model_dump(exclude={"timings_ms"}) == b.answer.model_dump(exclude={"timings_ms"})


def _metric_change(metric: Metric, a: Scores, b: Scores) -> MetricChange | None:
    before, after = a.overall[metric.name], b.overall[metric.name]
    shares = [[(float(num), float(den)) for num, den in map(metric.of, scores.facts)] for scores in (a, b)]
    difference = paired_difference(*shares)
    if before is None or after is None or difference is None:
        return None
    return MetricChange(metric, before, after, difference)


def _case_change(a: Scores, b: Scores, i: int) -> CaseChange | None:
    case, x, y = a.cases[i], a.facts[i], b.facts[i]
    if x.reasons == y.reasons:
        return None
    kind = "other" if x.passed == y.passed else "gained" if y.passed else "lost"
    return CaseChange(kind, case, a.predictions[case.id], b.predictions[case.id], x, y)


def difference_table(found: Comparison) -> Table:
    """Metrics of A, of B, B minus A with interval and p."""
    rows = []
    for change in found.metrics:
        d = change.difference
        name = change.metric.title + ("" if change.metric.better > 0 else " (lower is better)")
        interval = f"{d.low:+.3f} to {d.high:+.3f}"
        rows.append((name, f"{change.a.value:.3f}", f"{change.b.value:.3f}", f"{d.value:+.3f}", interval, f"{d.p:.3f}", str(d.n)))
    note = (
        f"{len(found.gained)} cases gained, {len(found.lost)} lost (McNemar p = {found.p:.3f}), "
        f"{len(found.other)} fail otherwise than before; "
        f"{found.identical} of {found.n} answers are the same but for timings. {found.note}"
    )
    return Table("B minus A", ("metric", "A", "B", "B - A", "95 % interval", "p", "cases"), tuple(rows), note.strip())


def side_text(prediction: Prediction, facts: CaseFacts) -> str:
    """What one run said to a case, with what is wrong with it."""
    said = prediction.answer.answer if prediction.answer else f"(crashed: {prediction.error})"
    return said + "".join(f"\n  ! {reason}" for reason in facts.reasons)


def as_json(found: Comparison) -> dict[str, Any]:
    """`compare --json`: one object."""

    def case(change: CaseChange) -> dict[str, Any]:
        sides = {"a": side_text(change.a, change.facts_a), "b": side_text(change.b, change.facts_b)}
        return {"id": change.case.id, "question": change.case.question, **sides}

    return {
        "metrics": {c.metric.name: {"a": c.a.value, "b": c.b.value, **asdict(c.difference)} for c in found.metrics},
        **{kind: [case(change) for change in getattr(found, kind)] for kind in ("gained", "lost", "other")},
        "identical": found.identical,
        "cases": found.n,
        "mcnemar_p": found.p,
        "note": found.note,
    }

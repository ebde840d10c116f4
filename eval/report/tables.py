"""Scores as tables of strings, the same for the terminal, Markdown and HTML."""

from __future__ import annotations

from dataclasses import dataclass

from eval.metrics.answers import METRICS
from eval.metrics.judge import Agreement
from eval.metrics.stats import Estimate
from eval.score import Scores

NOT_MEASURED = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and rows of equal length; `numeric` columns (all but the first) are set right."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def metric_table(scores: Scores) -> Table:
    """Every metric with interval and n."""
    rows = []
    for metric in METRICS:
        value = scores.overall[metric.name]
        arrow = "" if metric.better > 0 else " (lower is better)"
        if value is None:
            why = "needs --judge" if metric.judged and scores.judge is None else "no such case"
            rows.append((metric.title + arrow, NOT_MEASURED, why, "0"))
        else:
            rows.append((metric.title + arrow, *show_estimate(value)))
    aurc = NOT_MEASURED if scores.risk.aurc is None else f"{scores.risk.aurc:.3f}"
    between = f"{scores.risk.interval[0]:.3f} to {scores.risk.interval[1]:.3f}" if scores.risk.interval else "no answer given"
    rows.append(("area under the risk-coverage curve (lower is better)", aurc, between, str(scores.risk.n)))
    return Table("Metrics", ("metric", "value", "95 % interval", "cases"), tuple(rows), judge_note(scores))


def judge_note(scores: Scores) -> str:
    """Who judged support, and how many cases crashed."""
    crashed = f"{scores.failed} of {len(scores.facts)} cases crashed; each counts as the worst outcome."
    if scores.judge is None:
        return crashed + " Support was not judged."
    judge = scores.judge
    if judge.balanced_accuracy is None:
        own = "its own balanced accuracy is not on record (footnote eval grounding --record)"
    else:
        own = f"its own balanced accuracy is {judge.balanced_accuracy:.3f} on {judge.measured_on}"
    return f"{crashed} Support judged by {judge.name} at threshold {judge.threshold:g}; {own}."


def show_estimate(value: Estimate) -> tuple[str, str, str]:
    """(value, interval, n) as text."""
    return f"{value.value:.3f}", f"{value.low:.3f} to {value.high:.3f}", str(value.n)


_TAG_COLUMNS = {
    "passed": "passed",
    "vital_recall": "nuggets",
    "quote_precision": "relevant quotes",
    "groundedness": "grounded",
    "rejection": "rejected",
    "false_refusal": "refused",
}


def tag_table(scores: Scores) -> Table:
    """Six metrics by tag as "value (n)"."""
    rows = []
    for tag, found in scores.by_tag.items():
        n = sum(tag in facts.tags for facts in scores.facts)
        cells = (f"{value.value:.2f} ({value.n})" if (value := found[name]) else NOT_MEASURED for name in _TAG_COLUMNS)
        rows.append((tag, str(n), *cells))
    note = "value (cases it was taken over); rejected: unanswerable and not answered, refused: answerable and not answered"
    return Table("By tag", ("tag", "cases", *_TAG_COLUMNS.values()), tuple(rows), note)


def latency_table(scores: Scores) -> Table:
    """Quantiles of milliseconds by stage over the cases that did not crash."""
    rows = tuple((stage, *(f"{value:.0f}" for value in found.values())) for stage, found in scores.latency_ms.items())
    return Table("Latency in ms", ("stage", "median", "90 %", "95 %", "slowest"), rows)


def agreement_table(found: Agreement) -> Table:
    """How far a second judge agrees with the first."""

    def show(value: float | None) -> str:
        return NOT_MEASURED if value is None else f"{value:.3f}"

    row = (
        str(found.n),
        show(found.share),
        show(found.kappa),
        *map(str, (found.both_yes, found.both_no, found.only_first, found.only_second)),
    )
    head = ("claims", "agreement", "Cohen's kappa", "both yes", "both no", "only first", "only second")
    return Table(
        "Second judge", head, (row,), f"{found.unclear} claims got neither yes nor no from the second judge and are not among these."
    )


def markdown(table: Table) -> str:
    """A table as GitHub Markdown; bars inside cells are escaped."""
    cells = [table.head, tuple("---" if i == 0 else "---:" for i in range(len(table.head))), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in cells]
    note = [f"\n{table.note}"] if table.note else []
    return "\n".join([f"### {table.title}", "", *lines, *note]) + "\n"

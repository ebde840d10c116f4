"""What the peers' bench found, as a file and as the table of docs/benchmarks.md.

The table is made from the file alone, so a test can hold the page to the committed file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from eval.cases.evalset import first_problem, read_bytes
from index.errors import EvalError

START, END = "<!-- peers -->", "<!-- /peers -->"
OURS = ("footnote, without reranking", "footnote, with reranking")
COMMITTED = Path(__file__).parents[2] / "results" / "peers.json"  # what the table in docs/benchmarks.md is made from


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Frozen):
    """Where and when. `load` is the load average over one minute before the first run: 0 when nothing else ran."""

    date: str
    processor: str
    cores: int
    memory_gb: float
    python: str
    load: float


class Speed(_Frozen):
    """One size of the corpus, reached from the size before it in the same process; all figures are from the first document on.

    `index_s` is without loading the model, `index_cpu_s` the processor time of it on all cores. MB are 10^6 bytes.
    `index_peak_mb` is the largest resident size until the index was built, `peak_mb` until the questions had been asked.
    Milliseconds are of one question after warm-up, embedding it included.
    """

    documents: int
    units: int
    index_s: float
    index_cpu_s: float
    store_mb: float
    index_peak_mb: float
    peak_mb: float
    median_ms: float
    p95_ms: float

    @property
    def rate(self) -> float:
        """Documents a second."""
        return self.documents / self.index_s


class Quality(_Frozen):
    """Mean nDCG@10 with its 95 % bootstrap interval over `queries` queries, and what indexing the judged corpus took."""

    ndcg: float
    low: float
    high: float
    queries: int
    documents: int
    index_s: float
    index_cpu_s: float


class Row(_Frozen):
    """One system. `versions` are of its packages, the one that names it first.

    `load_s` is the time to import and load the model, `process_s` all of the process over the articles, questions too.
    """

    system: str
    versions: dict[str, str]
    load_s: float
    process_s: float
    speeds: tuple[Speed, ...]
    quality: Quality

    @property
    def name(self) -> str:
        """For a table: system, version, and how it was used."""
        name, _, way = self.system.partition(", ")
        return ", ".join(part for part in (f"{name} {next(iter(self.versions.values()), '')}".strip(), way) if part)


class Results(_Frozen):
    """A whole run: `failed` tells why a system is not among the rows."""

    machine: Machine
    short: bool
    questions: int
    minutes: float
    rows: tuple[Row, ...]
    failed: dict[str, str]


def speeds(stages: Sequence[Mapping[str, Any]], sizes: Sequence[int], process_peak_mb: float) -> tuple[Speed, ...]:
    """From the stages that a runner wrote; at the last one the process's own peak counts, what the runner read before that."""
    found = []
    for n, (stage, size) in enumerate(zip(stages, sizes, strict=True), start=1):
        found.append(
            Speed(
                documents=size,
                units=stage["units"],
                index_s=round(sum(s["index_s"] for s in stages[:n]), 4),
                index_cpu_s=round(sum(s["index_cpu_s"] for s in stages[:n]), 4),
                store_mb=round(stage["store_mb"], 2),
                index_peak_mb=round(stage["index_peak_mb"], 1),
                peak_mb=round(process_peak_mb if n == len(stages) else stage["peak_mb"], 1),
                median_ms=round(median(stage["ms"]), 4),
                p95_ms=round(float(np.quantile(stage["ms"], 0.95)), 4),
            )
        )
    return tuple(found)


def read_results(path: Path) -> Results:
    """A result file. Raises `EvalError` naming the field that does not fit."""
    try:
        return Results.model_validate_json(read_bytes(path))
    except ValidationError as error:
        raise EvalError(f"{path} must be a result of eval.bench.peers.run: {first_problem(error)} Run the bench again.") from error


def write_results(path: Path, results: Results) -> None:
    """Write the file whole or not at all, and the folder it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    half.write_text(results.model_dump_json(indent=2) + "\n", encoding="utf-8")
    half.replace(path)


def render(results: Results) -> str:
    """The table in Markdown with what to know of it below. Sizes are set side by side in a cell."""
    sizes = [f"{s.documents:,}" for s in results.rows[0].speeds] if results.rows else []
    both = " / ".join(sizes)
    head = ["", f"documents a second ({both})", f"MB on disk ({both})", f"peak MB ({both})"]
    head += [f"ms a question, median ({both})", f"95 % ({both})", "SciFact nDCG@10"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in results.rows:
        cells = [row.name]
        for shown in ([f"{s.rate:.0f}" for s in row.speeds], [f"{s.store_mb:.0f}" for s in row.speeds]):
            cells.append(" / ".join(shown))
        cells.append(" / ".join(f"{s.peak_mb:.0f}" for s in row.speeds))
        cells.append(" / ".join(f"{s.median_ms:.1f}" for s in row.speeds))
        cells.append(" / ".join(f"{s.p95_ms:.1f}" for s in row.speeds))
        cells.append(f"{row.quality.ndcg:.3f}".removeprefix("0"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_notes(results)]) + "\n"


def _notes(results: Results) -> list[str]:
    machine = results.machine
    notes = [*_comparison(results)]
    for system, reason in results.failed.items():
        notes.append(f"{system} is missing: {reason}")
    quality = results.rows[0].quality if results.rows else None
    over = f"; SciFact: {quality.documents:,} documents, {quality.queries} queries" if quality else ""
    if len(sizes := [s.documents for s in results.rows[0].speeds] if results.rows else []) > 1:
        notes.append(f"The first {sizes[0]:,} documents are indexed and asked about, then the others are added to them.")
    notes.append(
        f"{machine.date}, {machine.processor}, {machine.cores} cores, {machine.memory_gb:.0f} GB, Python {machine.python}, "
        f"load average {machine.load:.1f} beforehand; "
        f"{results.questions} questions{over}."
    )
    return notes


def _comparison(results: Results) -> list[str]:
    """Our row without reranking, by the largest corpus, against the best of the others in each figure."""
    ours = next((row for row in results.rows if row.system == OURS[0]), None)
    peers = [row for row in results.rows if row.system not in OURS]
    if ours is None or not peers:
        return []
    fastest = max(peers, key=lambda row: row.speeds[-1].rate)
    quickest = min(peers, key=lambda row: row.speeds[-1].median_ms)
    best = max(peers, key=lambda row: row.quality.ndcg)
    mine = ours.speeds[-1]
    faster, longer = mine.rate / fastest.speeds[-1].rate, mine.median_ms / quickest.speeds[-1].median_ms
    return [
        f"At {mine.documents:,} documents footnote indexes {faster:.1f} times as fast as the fastest of the others ({fastest.system}). "
        f"Without reranking its median question takes {longer:.2f} of the time of the quickest's ({quickest.system}), and its nDCG@10 is "
        f"{ours.quality.ndcg - best.quality.ndcg:+.3f} against the best of theirs ({best.system}). "
        "Its size on disk includes a compiled copy of the model."
    ]


def put_into(page: Path, table: str) -> None:
    """Replace what stands between the two marks of a page. Raises `EvalError` when it does not have them once each, in order."""
    text = page.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end or START in rest:
        raise EvalError(f"{page} must have the marks {START} and {END} once, in this order. Add them where the table goes.")
    page.write_text(f"{before}{START}\n\n{table}\n{END}{after}", encoding="utf-8")

"""What the peers' bench found, as a file and as the table of the README. Knows nothing of how it was measured.

The table is made from the file alone, so a test can hold the README to the committed file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from eval.evalset import first_problem, read_bytes
from index.errors import EvalError

START, END = "<!-- peers -->", "<!-- /peers -->"
OURS = "footnote"
COMMITTED = Path(__file__).parents[1] / "results" / "peers.json"  # what the table in the README is made from


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
    """One corpus size. `index_s` is without loading the model (`load_s`), `index_cpu_s` the processor time of it on all cores;
    `process_s` is all of the process, imports and questions too.

    MB are 10^6 bytes. `index_peak_mb` is the largest resident size until the index was built, `peak_mb` until the
    questions had been asked. Milliseconds are of one question after warm-up, embedding it included.
    """

    documents: int
    units: int
    load_s: float
    index_s: float
    index_cpu_s: float
    process_s: float
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


class Row(_Frozen):
    """One way of asking one system. `versions` are of its packages, the one that names it first."""

    system: str
    way: str
    versions: dict[str, str]
    speeds: tuple[Speed, ...]
    quality: Quality

    @property
    def name(self) -> str:
        """For a table: system, version, way."""
        version = next(iter(self.versions.values()), "")
        return ", ".join(part for part in (f"{self.system} {version}".strip(), self.way) if part)


class Results(_Frozen):
    """A whole run: `failed` tells why a system is not among the rows."""

    machine: Machine
    short: bool
    questions: int
    minutes: float
    rows: tuple[Row, ...]
    failed: dict[str, str]


def speed(figures: dict[str, float], documents: int, times_ms: Sequence[float], peak_mb: float) -> Speed:
    """From what `run_job` gives; `peak_mb` is the process's when the way's questions had been asked."""
    return Speed(
        documents=documents,
        units=int(figures["units"]),
        load_s=round(figures["load_s"], 4),
        index_s=round(figures["index_s"], 4),
        index_cpu_s=round(figures["index_cpu_s"], 4),
        process_s=round(figures["process_s"], 2),
        store_mb=round(figures["store_mb"], 2),
        index_peak_mb=round(figures["index_peak_mb"], 1),
        peak_mb=round(peak_mb, 1),
        median_ms=round(median(times_ms), 4),
        p95_ms=round(float(np.quantile(times_ms, 0.95)), 4),
    )


def read_results(path: Path) -> Results:
    """A result file. Raises `EvalError` naming the field that does not fit."""
    try:
        return Results.model_validate_json(read_bytes(path))
    except ValidationError as error:
        raise EvalError(f"{path} must be a result of eval.bench.peers: {first_problem(error)} Run the bench again.") from error


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
    notes.append(
        f"{machine.date}, {machine.processor}, {machine.cores} cores, {machine.memory_gb:.0f} GB, Python {machine.python}, "
        f"load average {machine.load:.1f} beforehand; "
        f"{results.questions} questions{over}."
    )
    return notes


def _comparison(results: Results) -> list[str]:
    """Our row without reranking, by the largest corpus, against the best of the others in each figure."""
    ours = next((row for row in results.rows if row.system == OURS), None)
    peers = [row for row in results.rows if row.system != OURS]
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

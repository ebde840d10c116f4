"""How cost grows with the index: build time, size, memory, recall, latency, one edit, one delete, at several sizes.

    python -m eval.bench.scale RECORDS.jsonl.gz --work DIR --sizes 10000 100000 300000 --results scale.json --plot scale.svg

One index grows from size to size, so "build" at a size is the sum of what it took to get there. Each step is a process of
its own (`eval.bench.cli_scale`), watched for disk and time; what a step measured is kept in DIR/steps, so a bench that was
stopped goes on where it was, and a later call with larger sizes adds to it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.extra import needs
from index.errors import EvalError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = dict[str, Any]
_BLUE, _RED, _GREEN, _GREY = "#2f6690", "#b23a48", "#3a7d44", "#7a828a"
_LOOK_S = 1.0
CHANGES = {
    "nothing": "looking, nothing changed",
    "edit": "one edit, looking at all files",
    "delete": "one deletion, looking at all files",
    "watched edit": "one edit, told by a watcher",
    "watched delete": "one deletion, told by a watcher",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a step may take before it is stopped: bytes on disk in the work folder, seconds."""

    disk: float = 10e9
    seconds: float = 600.0


class Bench:
    """Runs the steps of `command` in the folder `home` and keeps what they print."""

    def __init__(self, home: Path, command: Sequence[str], limits: Limits) -> None:
        self._home, self._command, self._limits = home, list(command), limits
        (home / "steps").mkdir(parents=True, exist_ok=True)

    def step(self, name: str, *arguments: str) -> Row:
        """What the step measured, now or in an earlier call. Raises `EvalError` when it fails or passes a limit."""
        kept = self._home / "steps" / f"{name}.json"
        if not kept.exists():
            said = self._run(name, [*self._command, arguments[0], str(self._home), *arguments[1:]])
            kept.write_text(said, encoding="utf-8")
        row: Row = json.loads(kept.read_text(encoding="utf-8"))
        return row

    def _run(self, name: str, command: Sequence[str]) -> str:
        output = self._home / "steps" / f"{name}.out"
        start = time.monotonic()
        with output.open("w", encoding="utf-8") as stdout:
            process = subprocess.Popen(command, stdout=stdout)
            try:
                while not _ended(process):
                    used, seconds = disk_use(self._home), time.monotonic() - start
                    if used > self._limits.disk or seconds > self._limits.seconds:
                        raise EvalError(
                            f"a step may take {self._limits.disk / 1e9:g} GB and {self._limits.seconds:g} s, {name} stood at "
                            f"{used / 1e9:.1f} GB after {seconds:.0f} s. Run it again to go on from there, or give smaller sizes."
                        )
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode:
            raise EvalError(f"a step must succeed, got exit code {process.returncode}: {shlex.join(command)}")
        said = output.read_text(encoding="utf-8")
        output.unlink()
        return said


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def disk_use(folder: Path) -> int:
    """Bytes that the files below `folder` take on disk; a file that vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{parent}/{name}").st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def bench_scale(bench: Bench, records: Path, base: int, sizes: Iterable[int]) -> list[Row]:
    """One row for the real articles, then one for each size of the made corpus, smallest first."""
    real = bench.step("prepare", "prepare", "--records", str(records), "--chunks", str(base))
    rows = [{**real, **bench.step("measure-real", "measure", "--kind", "real")}]
    built: Row = {"build_s": 0.0, "build_cpu_s": 0.0}
    for size in sorted(sizes):
        grown = bench.step(f"grow-{size}", "grow", "--chunks", str(size))
        sums = {key: round(built[key] + grown[key], 1) for key in ("build_s", "build_cpu_s")}
        built = sums
        changes = bench.step(f"change-{size}", "change")
        row = {**grown, **bench.step(f"measure-{size}", "measure"), **sums, "grown_s": grown["build_s"]}
        told = {name: changes[name] for name in ("files", *CHANGES)}
        rows.append({**row, **told, "change_peak_mb": changes["peak_mb"]})
    return rows


def change_table(rows: Sequence[Row]) -> str:
    """Processor seconds of each kind of change at each size, as Markdown."""
    made = [row for row in rows if row["kind"] == "made"]
    lines = ["| processor seconds | " + " | ".join(f"{row['chunks']:,} chunks, {row['files']:,} files" for row in made) + " |"]
    lines.append("|---" * (len(made) + 1) + "|")
    lines += [f"| {says} | " + " | ".join(f"{row[name]['cpu_s']:.2f}" for row in made) + " |" for name, says in CHANGES.items()]
    return "\n".join(lines)


def plot(rows: Sequence[Row]) -> str:
    """Six small plots of the made corpus over its size, as SVG text."""
    needs("matplotlib")
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "footnote", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(10.5, 6.2), layout="constrained")
        FigureCanvasSVG(figure)
        for ax, draw in zip(figure.subplots(2, 3).flat, (_build, _size, _memory, _latency, _recall, _change), strict=True):
            draw(ax, [row for row in rows if row["kind"] == "made"])
            ax.spines[["top", "right"]].set_visible(False)
            ax.set_xlabel("chunks")
            ax.legend(frameon=False, fontsize=8)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return out.getvalue()[out.getvalue().index("<svg") :]


def _line(ax: Axes, rows: Sequence[Row], label: str, color: str, value: Callable[[Row], float]) -> None:
    ax.plot([row["chunks"] for row in rows], [value(row) for row in rows], marker="o", markersize=3, color=color, label=label)


def _build(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_title("build without embedding, seconds")
    _line(ax, rows, "wall", _BLUE, lambda r: r["build_s"])
    _line(ax, rows, "processor", _RED, lambda r: r["build_cpu_s"])


def _size(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_title("kilobytes on disk per chunk")
    ax.set_ylim(0, 3)
    _line(ax, rows, "vectors (Chroma, codes)", _BLUE, lambda r: r["vectors_mb"] * 1000 / r["chunks"])
    _line(ax, rows, "catalog (SQLite)", _RED, lambda r: r["catalog_mb"] * 1000 / r["chunks"])
    _line(ax, rows, "words (tantivy)", _GREEN, lambda r: r["words_mb"] * 1000 / r["chunks"])


def _memory(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_title("memory, MB")
    _line(ax, rows, "reader: what opening adds", _BLUE, lambda r: r["reader_mb"])
    _line(ax, rows, "of this its own", _GREEN, lambda r: r["reader_private_mb"])
    _line(ax, rows, "writer at its peak", _RED, lambda r: r["build_peak_mb"])


def _latency(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_title("milliseconds a query: median, dashed 95 %")
    for name, color in (("vectors", _GREEN), ("bm25", _RED), ("fused", _BLUE), ("fused, quarter", _GREY)):
        _line(ax, rows, name, color, lambda r, name=name: r["latency_ms"][name]["median"])  # type: ignore[misc]
        ax.plot([r["chunks"] for r in rows], [r["latency_ms"][name]["p95"] for r in rows], linestyle="--", linewidth=0.8, color=color)
    ax.set_xscale("log")
    ax.set_yscale("log")


def _recall(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_title("recall of the search by vectors")
    _line(ax, rows, "of the 10 nearest", _BLUE, lambda r: r["recall@10"])
    _line(ax, rows, "of the 100 nearest", _RED, lambda r: r["recall@100"])
    ax.set_ylim(0.8, 1.01)


def _change(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_title("processor seconds to follow a change")
    for name, color in (("nothing", _GREEN), ("edit", _BLUE), ("delete", _RED), ("watched edit", _GREY)):
        label = "nothing changed" if name == "nothing" else f"one {name}"
        _line(ax, rows, label, color, lambda r, name=name: r[name]["cpu_s"])  # type: ignore[misc]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the rows as JSON and the plots as SVG."""
    parser = argparse.ArgumentParser(prog="eval.bench.scale", description="What grows with the size of the index, and how.")
    parser.add_argument("records", type=Path, help="JSON Lines (gzip or not) with the keys title and text")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder, kept; about 4 KB a chunk, twice that while it is written")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 300_000])
    parser.add_argument("--base", type=int, default=10_000, help="chunks of real articles, with real vectors")
    parser.add_argument("--results", type=Path, default=Path("scale.json"))
    parser.add_argument("--plot", type=Path, default=Path("scale.svg"))
    parser.add_argument("--command", default=f"{sys.executable} -m eval.bench.cli_scale", help="what runs a step")
    parser.add_argument("--disk-gb", type=float, default=10.0)
    parser.add_argument("--step-minutes", type=float, default=10.0)
    given = parser.parse_args(arguments)
    if not given.records.is_file():
        parser.error(f"the records must be a file, got {str(given.records)!r}")
    bench = Bench(given.work, shlex.split(given.command), Limits(given.disk_gb * 1e9, given.step_minutes * 60))
    try:
        rows = bench_scale(bench, given.records, given.base, given.sizes)
    except EvalError as error:
        print(f"eval.bench.scale: {error}", file=sys.stderr)
        return 1
    given.results.write_text(
        json.dumps({"sizes": sorted(given.sizes), "base": given.base, "rows": rows}, indent=1) + "\n", encoding="utf-8"
    )
    given.plot.write_text(plot(rows), encoding="utf-8")
    print(change_table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

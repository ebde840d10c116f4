"""What a person waits for, measured as they would meet it: `python -m eval.bench.feel [--before DIR]`.

Every row is a command line of its own process (or questions that one process answers one after the other), over the example documents,
with compiled models kept from an earlier run. With `--before`, a checkout of another version runs beside this one, turn by turn, so
that both meet the same load; its figures and the ratio stand beside ours. Seconds by the clock and of processor time are the least of
the rounds: on a machine that others use, trust the processor time.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import EvalError

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
FOLDERS = ("kazakhstan-korea", "ferry", "cooperative", "theatre")
QUESTION = "Which Korean firms are building plants?"
REPEATED = ("1," * 1000)[:1999]  # as long as a question may be, without sense
FILES = 5
ROW_NAMES = {
    "help": "footnote --help",
    "index-five": f"index of {FILES} small files into a new index",
    "index-one": "index after one new file",
    "index-gone": "index after one file left",
    "index-nothing": "index when nothing changed",
    "ask": "cold ask over the examples",
    "warm": "warm answer, median",
    "warm-95": "warm answer, 95 %",
    "repeated": "a question of 2,000 characters of repeated words, warm",
}


@dataclass(slots=True)
class Tree:
    """A version under test: its checkout, a folder of its own, and what each row took, least last."""

    root: Path
    home: Path
    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def run(self, row: str | None, *arguments: str) -> str:
        """Run `footnote` with these arguments; its time counts for `row`. Returns stdout. Raises `EvalError` when it fails."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
        env |= {"PYTHONPATH": str(self.root), "XDG_CACHE_HOME": str(self.home / "cache")}
        said = self.home / "out"
        with said.open("w", encoding="utf-8") as out, (self.home / "err").open("w", encoding="utf-8") as err:
            start = time.perf_counter()
            process = subprocess.Popen([sys.executable, "-m", "qa.cli", *arguments], cwd=self.home, env=env, stdout=out, stderr=err)
            _, status, used = os.wait4(process.pid, 0)
            taken = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            reason = (self.home / "err").read_text(encoding="utf-8").strip().splitlines()[-1:]
            raise EvalError(f"footnote {arguments[0]} must succeed in {self.root}, got exit code {process.returncode}: {reason}")
        if row is not None:
            self.note(row, taken, used.ru_utime + used.ru_stime)
            self.memory_mb[row] = round(max(self.memory_mb.get(row, 0.0), used.ru_maxrss / 1024))
        return said.read_text(encoding="utf-8")

    def note(self, row: str, wall: float, cpu: float | None = None) -> None:
        """Keep the least."""
        self.wall[row] = round(min(self.wall.get(row, wall), wall), 3)
        if cpu is not None:
            self.cpu[row] = round(min(self.cpu.get(row, cpu), cpu), 3)


def prepare(tree: Tree) -> None:
    """Documents, and an index of the examples; the first run compiles the models, and is measured once."""
    small = sorted((EXAMPLES / FOLDERS[0]).iterdir())
    (tree.home / "five").mkdir(parents=True)
    for path in small[:FILES]:
        shutil.copy(path, tree.home / "five")
    shutil.copy(small[FILES], tree.home / "one-more")
    tree.notes["suffix"] = small[FILES].suffix
    start = time.perf_counter()
    tree.run(None, "index", *(str(EXAMPLES / folder) for folder in FOLDERS), "--db", "examples.db")
    tree.run(None, "ask", QUESTION, "--db", "examples.db", "--no-llm")
    tree.notes["first index of the examples and first answer, models compiled, s"] = round(time.perf_counter() - start, 1)
    questions = [{"question": case["question"]} for folder in FOLDERS for case in _cases(folder)[:12]]
    lines = [json.dumps(question) for question in [*questions[:2], *questions, {"question": REPEATED}, {"question": REPEATED}]]
    (tree.home / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cases(folder: str) -> list[dict[str, Any]]:
    lines = (ROOT / "eval" / "sets" / f"{folder}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for line in lines if not (case := json.loads(line)).get("history")]


def measure(tree: Tree) -> None:
    """One round of every row."""
    tree.run("help", "--help")
    shutil.rmtree(tree.home / "new.db", ignore_errors=True)
    tree.run("index-five", "index", "five", "--db", "new.db")
    more = tree.home / "five" / f"one-more{tree.notes['suffix']}"
    shutil.copy(tree.home / "one-more", more)
    tree.run("index-one", "index", "five", "--db", "new.db")
    more.unlink()
    tree.run("index-gone", "index", "five", "--db", "new.db")
    tree.run("index-nothing", "index", "five", "--db", "new.db")
    tree.run("ask", "ask", QUESTION, "--db", "examples.db", "--no-llm")
    said = tree.run("questions", "ask", "--questions", "questions.jsonl", "--db", "examples.db", "--no-llm", "--json")
    answers = [json.loads(line) for line in said.splitlines()]
    seconds = [answer["timings_ms"]["total"] / 1000 for answer in answers]
    warm = sorted(seconds[2:-2])  # two to warm up, two without sense
    tree.note("warm", statistics.median(warm), max(0.0, tree.cpu["questions"] - tree.cpu["ask"]) / (len(answers) - 1))  # a mean
    tree.note("warm-95", warm[int(0.95 * (len(warm) - 1))])
    tree.note("repeated", seconds[-1])
    tree.notes["repeated words refused"] = answers[-1]["abstained"]


def table(now: Tree, before: Tree | None) -> str:
    """The rows as Markdown."""
    head = ["what", "s", "processor s", "MB"]
    rows = [[*head, "before, s", "before, processor s", "of it"] if before else head]
    for name, what in ROW_NAMES.items():
        cells = [what, f"{now.wall[name]:.2f}", _number(now.cpu.get(name)), f"{now.memory_mb[name]:.0f}" if name in now.memory_mb else ""]
        if before:
            ours, theirs = (tree.cpu.get(name) or tree.wall[name] for tree in (now, before))
            cells += [f"{before.wall[name]:.2f}", _number(before.cpu.get(name)), f"{ours / theirs:.2f}"]
        rows.append(cells)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def machine() -> dict[str, Any]:
    """Where it ran: what matters to compare figures."""
    try:
        flags = next(line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if line.startswith("flags")).split()
    except (OSError, StopIteration):
        flags = []
    units = [unit for unit in ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx_vnni") if unit in flags]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"cores": os.cpu_count(), "units": units, "system": platform.system(), "python": platform.python_version(), "load": load}


def bench(trees: Sequence[Tree], rounds: int, progress: Callable[[str], None]) -> None:
    """All rounds, the versions turn by turn."""
    for tree in trees:
        progress(f"first run of {tree.root}")
        prepare(tree)
    for number in range(rounds):
        for tree in trees:
            progress(f"round {number + 1} of {rounds}: {tree.root}")
            measure(tree)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the results."""
    parser = argparse.ArgumentParser(prog="eval.bench.feel", description="What a person waits for.")
    parser.add_argument("--before", type=Path, help="checkout of another version to run beside this one (git worktree add DIR COMMIT)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=Path("feel.json"))
    given = parser.parse_args(arguments)
    if given.before is not None and not (given.before / "qa" / "cli.py").is_file():
        parser.error(f"--before must be a checkout of footnote, got {str(given.before)!r}")
    with tempfile.TemporaryDirectory(prefix="footnote-feel-") as scratch:
        now = Tree(ROOT, Path(scratch) / "now")
        before = Tree(given.before.resolve(), Path(scratch) / "before") if given.before else None
        try:
            bench([tree for tree in (now, before) if tree], max(given.rounds, 1), lambda said: print(said, file=sys.stderr, flush=True))
        except EvalError as error:
            print(f"eval.bench.feel: {error}", file=sys.stderr)
            return 1
    trees = {"now": now, "before": before}
    rows = {name: {"s": t.wall, "processor_s": t.cpu, "mb": t.memory_mb, "notes": t.notes} for name, t in trees.items() if t is not None}
    found = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "machine": machine(), "rounds": given.rounds, **rows}
    given.results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table(now, before))
    for name, value in now.notes.items():
        if name != "suffix":
            print(f"{name}: {value}" + (f" (before: {before.notes[name]})" if before else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())

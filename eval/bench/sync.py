"""What keeping an index up to date costs, as ratios within one run: re-index, one edit, deletion, growth, memory.

Drives the product as its users do, by the command line in a process of its own, so times include the start and memory is
the operating system's own count. What takes a second or two is done `repeats` times and the fastest counts, so that other
work on the machine does not decide. Run it: python -m eval.bench.sync RECORDS.jsonl.gz --command "footnote". Knows nothing of
how the index works.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index.errors import EvalError

EDITED_WORDS = 80
PARTS = ("changes", "growth", "memory")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: seconds of wall clock and the peak of resident memory in MB."""

    seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio and the bound that it must keep; `at_least` tells which side is good."""

    name: str
    value: float
    bound: float
    at_least: bool
    basis: str

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of documents: the corpus, how many of it are deleted, the two corpora whose memory is compared, and those that
    are edited again and again; then rounds of editing, and how often short runs are repeated."""

    corpus: int = 10_000
    deleted: int = 1_000
    small: int = 2_000
    large: int = 17_000
    edited: int = 500
    rounds: int = 20
    repeats: int = 3


class Bench:
    """A scratch folder with documents and indexes."""

    def __init__(self, records: Path, command: Sequence[str], home: Path) -> None:
        self._records = records
        self._command = list(command)
        self._home = home

    def write(self, folder: str, number: int, first: int = 0, words: int | None = None) -> Path:
        """Write documents `first` to `number` as text files, a thousand a folder, cut to so many words.

        Raises `EvalError` when there are too few.
        """
        texts = list(islice(_texts(self._records), first, number))
        if len(texts) < number - first:
            raise EvalError(f"the bench needs {number} records with text, {self._records} has {first + len(texts)}. Give smaller sizes.")
        for n, text in enumerate(texts, first):
            path = self._home / folder / f"{n // 1000:03}" / f"{n:05}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if words is None else " ".join(text.split()[:words]), encoding="utf-8")
        return self._home / folder

    def index(self, folder: Path, db: str) -> Run:
        """Run `index` on a folder. Raises `EvalError` when it fails."""
        start = time.perf_counter()
        process = subprocess.Popen([*self._command, "index", str(folder), "--db", str(self._home / db)], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise EvalError(f"the command under test must succeed, got exit code {process.returncode}: {shlex.join(self._command)} index")
        return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)

    def size_mb(self, db: str) -> float:
        """Size of an index without the compiled model, which does not grow."""
        files = [p for p in (self._home / db).rglob("*") if p.is_file() and "compiled" not in p.parts]
        return sum(path.stat().st_size for path in files) / 1e6


def bench_sync(bench: Bench, sizes: Sizes, parts: Sequence[str] = PARTS) -> Iterator[Ratio]:
    """Measure the parts, in their order, on one machine and in one go; yields each ratio as soon as it is known.

    Every index first gets one document of another folder, so that what is done once an index (compiling a model) is in no
    figure.
    """
    one = bench.write("one", 1)
    for db in ("one.db", "main.db", "small.db", "edited.db"):
        bench.index(one, db)
    peak_mb = 0.0
    if "changes" in parts:
        peak_mb = yield from _changes(bench, sizes, one)
    if "growth" in parts:
        yield _growth(bench, sizes)
    if "memory" in parts:
        yield _memory(bench, sizes, peak_mb)


def _changes(bench: Bench, sizes: Sizes, one: Path) -> Generator[Ratio, None, float]:
    """Nothing changed, one edit, many deletions, each against the first build; returns that build's peak of memory in MB."""
    alone = _edits(bench, one, "one.db", sorted(one.rglob("*.txt")) * sizes.repeats)
    docs = bench.write("docs", sizes.corpus)
    first = bench.index(docs, "main.db")
    again = min(bench.index(docs, "main.db").seconds for _ in range(sizes.repeats))
    yield Ratio("first build / nothing changed", first.seconds / again, 50, True, f"{first.seconds:.1f} s / {again:.2f} s")
    files = sorted(docs.rglob("*.txt"))
    edit = _edits(bench, docs, "main.db", files[-sizes.repeats :])
    # Not 1: every file is looked at, and the store of all vectors is opened. Far from 10,000 all the same.
    basis = f"{edit:.2f} s among {sizes.corpus} / {alone:.2f} s alone"
    yield Ratio("one edit / one document", edit / alone, 2, False, basis)
    for path in files[: sizes.deleted]:
        path.unlink()
    deletion = bench.index(docs, "main.db")
    basis = f"{deletion.seconds:.2f} s for {sizes.deleted} of {sizes.corpus} / {first.seconds:.1f} s"
    yield Ratio("deletion / first build", deletion.seconds / first.seconds, 0.05, False, basis)
    return first.peak_mb


def _memory(bench: Bench, sizes: Sizes, peak_mb: float) -> Ratio:
    """Peak of the large corpus, on top of what the index holds already (`peak_mb` while that was built), to that of the small."""
    little = bench.index(bench.write("small", sizes.small), "small.db")
    much = bench.index(bench.write("docs", sizes.large, sizes.corpus if peak_mb else 0), "main.db")
    most = max(much.peak_mb, peak_mb)
    basis = f"{most:.0f} MB for {sizes.large} / {little.peak_mb:.0f} MB for {sizes.small}"
    return Ratio("memory, large / small", most / little.peak_mb, 1.5, False, basis)


def _edits(bench: Bench, docs: Path, db: str, files: Sequence[Path]) -> float:
    """Seconds of the fastest of several runs, each after one edit of one of the files."""
    seconds = []
    for turn, path in enumerate(files):
        path.write_text(f"One document was edited in turn {turn}. " * 20, encoding="utf-8")
        seconds.append(bench.index(docs, db).seconds)
    return min(seconds)


def _growth(bench: Bench, sizes: Sizes) -> Ratio:
    """The largest size in all rounds of editing every document. Texts are short: then the vectors, which grow worst, weigh most."""
    docs = bench.write("edited", sizes.edited, words=EDITED_WORDS)
    bench.index(docs, "edited.db")
    before = bench.size_mb("edited.db")
    largest = 0.0
    for turn in range(sizes.rounds):
        for path in docs.rglob("*.txt"):
            words = path.read_text(encoding="utf-8").split(" ")
            words[turn % len(words)] = f"round{turn}"
            path.write_text(" ".join(words[turn % 7 :] + words[: turn % 7]), encoding="utf-8")
        bench.index(docs, "edited.db")
        largest = max(largest, bench.size_mb("edited.db"))
    basis = f"{largest:.2f} MB at most in {sizes.rounds} rounds over {sizes.edited} documents / {before:.2f} MB"
    return Ratio("size after edits / before", largest / before, 1.3, False, basis)


def _texts(records: Path) -> Iterator[str]:
    """Title and text of each record that has both."""
    with gzip.open(records, "rt", encoding="utf-8") if records.suffix == ".gz" else records.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record.get("text"):
                yield f"{record.get('title') or ''}\n\n{record['text']}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the ratios; 1 when one breaks its bound."""
    parser = argparse.ArgumentParser(prog="eval.bench.sync", description="Ratios of keeping an index up to date.")
    parser.add_argument("records", type=Path, help="JSON Lines (gzip or not) with the keys title and text")
    parser.add_argument("--command", default=f"{sys.executable} -m qa.cli", help="the command line under test")
    parser.add_argument("--work", type=Path, help="scratch folder, emptied first and kept; a temporary one when absent")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this part; may be given again")
    for name in Sizes.__dataclass_fields__:
        parser.add_argument(f"--{name}", type=int, default=getattr(Sizes(), name))
    given = parser.parse_args(arguments)
    sizes = Sizes(**{name: getattr(given, name) for name in Sizes.__dataclass_fields__})
    if not given.records.is_file():
        parser.error(f"the records must be a file, got {str(given.records)!r}")
    home = given.work or Path(tempfile.mkdtemp(prefix="footnote-bench-"))
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    broken = 0
    try:
        for ratio in bench_sync(Bench(given.records, shlex.split(given.command), home), sizes, given.only or PARTS):
            sign, verdict = (">=" if ratio.at_least else "<="), ("holds" if ratio.holds else "BROKEN")
            print(f"{ratio.name:32} {ratio.value:8.3f}  {sign} {ratio.bound:<5} {verdict:6}  {ratio.basis}", flush=True)
            broken += not ratio.holds
    finally:
        if given.work is None:
            shutil.rmtree(home, ignore_errors=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

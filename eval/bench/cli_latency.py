"""How long an answer takes over ten thousand chunks: `python -m eval.bench.cli_latency NEWS.jsonl[.gz] [--chunks N] [--db DIR]`.

Indexes articles (JSON Lines with "title" and "text" or "body") together with the example documents until there are N
chunks, searches and asks the questions of our development set without a language model, and prints median and 95th
percentile by stage.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import tempfile
import time
from pathlib import Path

from index.config import load_settings
from index.offline import go_offline
from index.sync.build import build
from qa.config import Settings
from qa.engine import open_engine
from qa.retrieve.hybrid import retrieve

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "eval" / "sets" / "kazakhstan-korea.jsonl"
STAGES = ("retrieve", "rerank", "compose", "verify", "total")


def write_articles(source: Path, folder: Path, chunks: int) -> int:
    """Write articles as text files until they should give `chunks` chunks (about 700 characters each). Returns their number."""
    characters = count = 0
    with gzip.open(source, "rt", encoding="utf-8") if source.suffix == ".gz" else source.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = f"{row.get('title') or ''}\n\n{row.get('text') or row.get('body') or ''}".strip()
            if len(text) < 300:
                continue
            (folder / f"{count:06d}.txt").write_text(text, encoding="utf-8")
            characters, count = characters + len(text), count + 1
            if characters / 700 >= chunks:
                break
    return count


def measure(db: Path, limit: int) -> dict[str, list[float]]:
    """Milliseconds by stage for each question, after two to warm up."""
    engine = open_engine(load_settings(Settings, {"store": {"path": db}, "llm": {"kind": "none"}}))
    found: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for number, question in enumerate(_questions()[: limit + 2]):
        timings = engine.ask(question).timings_ms
        if number >= 2:
            for stage in STAGES:
                found[stage].append(getattr(timings, stage))
    engine.close()
    return found


def measure_search(db: Path, limit: int) -> dict[str, list[float]]:
    """Milliseconds of finding passages, with and without their second reading, models warm, every passage read for the first time
    unless an earlier question found it too."""
    engine = open_engine(load_settings(Settings, {"store": {"path": db}, "llm": {"kind": "none"}}))
    loaded = engine.loaded
    found: dict[str, list[float]] = {"search": [], "search, read again": []}
    for number, question in enumerate(_questions()[: limit + 2]):
        for name, second in zip(found, (None, loaded.second), strict=True):
            started = time.perf_counter()
            retrieve(loaded.library, loaded.embedder, question, loaded.settings.answer.candidates, second=second)
            if number >= 2:
                found[name].append(1000 * (time.perf_counter() - started))
    engine.close()
    return found


def _questions() -> list[str]:
    cases = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    return [case["question"] for case in cases if not case.get("history")]


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--db", type=Path, help="keep the index here and use it again")
    options = parser.parse_args()
    go_offline()
    with tempfile.TemporaryDirectory() as scratch:
        db = options.db or Path(scratch) / "db"
        if not db.exists():
            folder = Path(scratch) / "articles"
            folder.mkdir()
            number = write_articles(options.articles, folder, options.chunks)
            started = time.perf_counter()
            report = build([folder, ROOT / "examples" / "kazakhstan-korea"], load_settings(Settings, {"store": {"path": db}}))
            print(f"indexed {number} articles, {report.chunks} chunks in {time.perf_counter() - started:.0f} s")
        found = measure_search(db, options.questions) | measure(db, options.questions)
    print(f"{len(found['total'])} questions, milliseconds")
    print("| stage | median | 95 % |\n|---|---|---|")
    for stage, taken in found.items():
        values = sorted(taken)
        print(f"| {stage} | {statistics.median(values):.0f} | {values[int(0.95 * (len(values) - 1))]:.0f} |")


if __name__ == "__main__":
    main()

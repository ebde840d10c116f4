"""What every system in the peers' bench is asked to do, and how its time and memory are taken: the same for all.

Standard library only: a peer's runner runs in that peer's own environment, as `python -m eval.bench.peers.peer_NAME TASK OUT`.
The corpus comes in stages: each is indexed, its time taken without loading the model, and then the questions are asked,
one after the other, after some that are not counted. Knows nothing of any system, nor of quality: it writes down which
documents were found.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

WARM_UP = 5
Text = tuple[str, str]  # id, title and text


@dataclass(frozen=True, slots=True)
class Task:
    """`stages` are JSON Lines with "title" and "text"; a document's id is its line number over all stages as text, from "1".

    `weights` is the folder of the embedding model, `store` an empty folder for the index, `limit` how many hits
    (chunks, where a system cuts documents) a question asks for.
    """

    stages: tuple[Path, ...]
    weights: Path
    store: Path
    questions: tuple[str, ...]
    limit: int


class Peer(Protocol):
    """A system with its model loaded and what it needs for indexing imported; its store is empty at first."""

    def add(self, texts: Sequence[Text], corpus: Path) -> int:
        """Cut, embed and store documents (`corpus` is the file they came from), so that they are on disk; units stored in all."""

    def search(self, question: str) -> Sequence[str]:
        """Ids of documents, best first; an id may come more than once. What the first question loads is not counted."""


def run_task(open_peer: Callable[[Task], Peer], packages: Sequence[str], known: Mapping[str, str] | None = None) -> None:
    """Carry out the task file that the command line ends with but one, and write the figures to the file that it ends with.

    Versions of the installed `packages` are written too, after those that are `known` otherwise.
    """
    task_file, out = sys.argv[-2:]
    fields = json.loads(Path(task_file).read_text(encoding="utf-8"))
    stages = tuple(Path(stage) for stage in fields["stages"])
    task = Task(stages, Path(fields["weights"]), Path(fields["store"]), tuple(fields["questions"]), fields["limit"])
    started = time.perf_counter()
    peer = open_peer(task)
    result: dict[str, Any] = {"load_s": time.perf_counter() - started, "stages": []}
    first = 1
    for corpus in task.stages:
        texts = read_texts(corpus, first)
        first += len(texts)
        result["stages"].append(run_stage(peer, texts, corpus, task))
    result["versions"] = dict(known or {}) | {name: version(name) for name in packages}
    Path(out).write_text(json.dumps(result), encoding="utf-8")


def read_texts(corpus: Path, first: int) -> list[Text]:
    """(id, title and text) of every document of a stage; ids count on from `first`."""
    with corpus.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(str(n), f"{row['title']}\n\n{row['text']}" if row["title"] else row["text"]) for n, row in enumerate(rows, start=first)]


def run_stage(peer: Peer, texts: Sequence[Text], corpus: Path, task: Task) -> dict[str, Any]:
    """Index one stage and ask the questions: seconds, units and MB on disk and in memory so far, and what `ask` gives."""
    started, used = time.perf_counter(), time.process_time()
    units = peer.add(texts, corpus)
    figures = {
        "index_s": time.perf_counter() - started,
        "index_cpu_s": time.process_time() - used,
        "units": units,
        "store_mb": folder_mb(task.store),
        "index_peak_mb": peak_mb(),
    }
    return figures | ask(peer.search, task.questions) | {"peak_mb": peak_mb()}


def ask(search: Callable[[str], Sequence[str]], questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of each question, and the documents found, each once, in order; the first few are asked beforehand to warm up."""
    for question in questions[:WARM_UP]:
        search(question)
    times, found = [], []
    for question in questions:
        started = time.perf_counter()
        hits = search(question)
        times.append(1000 * (time.perf_counter() - started))
        found.append(list(dict.fromkeys(hits)))
    return {"ms": times, "found": found}


def peak_mb() -> float:
    """Largest resident size of this process so far, in MB (10^6 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def folder_mb(folder: Path) -> float:
    """Size of all files below a folder, in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6

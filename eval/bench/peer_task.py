"""What every system in the peers' bench is asked to do, and how its time and memory are taken: the same for all.

Standard library only: a peer's runner runs in that peer's own environment, as `python -m eval.bench.peer_NAME TASK OUT`.
Loading the model, indexing and each question are timed apart; questions are asked one after the other, after some that
are not counted. Knows nothing of any system, nor of quality: it writes down which documents were found.
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
Search = Callable[[str], Sequence[str]]  # question -> ids of documents, best first; an id may come more than once


@dataclass(frozen=True, slots=True)
class Task:
    """`corpus` is JSON Lines with "title" and "text"; a document's id is its line number as text, from "1".

    `weights` is the folder of the embedding model, `store` an empty folder for the index, `limit` how many hits
    (chunks, where a system cuts documents) are asked for.
    """

    corpus: Path
    weights: Path
    store: Path
    questions: tuple[str, ...]
    limit: int

    def texts(self) -> list[tuple[str, str]]:
        """(id, title and text) of every document."""
        with self.corpus.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        return [(str(n), f"{row['title']}\n\n{row['text']}" if row["title"] else row["text"]) for n, row in enumerate(rows, start=1)]


class Peer(Protocol):
    """A system with its model loaded and its store empty."""

    def index(self, task: Task) -> int:
        """Cut, embed and store the corpus, so that it is on disk; how many units were stored."""

    def searches(self, task: Task) -> dict[str, Search]:
        """The ways to ask by name; called after `index`. What is loaded here is not in the time of a question."""


def run_task(open_peer: Callable[[Task], Peer], packages: Sequence[str], known: Mapping[str, str] | None = None) -> None:
    """Carry out the task file named first on the command line and write the figures to the file named second.

    Versions of the installed `packages` are written too, after those that are `known` otherwise.
    """
    task_file, out = sys.argv[1:]
    fields = json.loads(Path(task_file).read_text(encoding="utf-8"))
    paths = {name: Path(fields[name]) for name in ("corpus", "weights", "store")}
    task = Task(**paths, questions=tuple(fields["questions"]), limit=fields["limit"])
    started = time.perf_counter()
    peer = open_peer(task)
    loaded, used = time.perf_counter(), time.process_time()
    units = peer.index(task)
    indexed = time.perf_counter()
    result: dict[str, Any] = {
        "load_s": loaded - started,
        "index_s": indexed - loaded,
        "index_cpu_s": time.process_time() - used,
        "units": units,
        "index_peak_mb": peak_mb(),
        "searches": {},
        "versions": dict(known or {}) | {name: version(name) for name in packages},
    }
    for name, search in peer.searches(task).items():
        result["searches"][name] = ask(search, task.questions) | {"peak_mb": peak_mb()}
    Path(out).write_text(json.dumps(result), encoding="utf-8")


def ask(search: Search, questions: Sequence[str]) -> dict[str, Any]:
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
    """Largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6

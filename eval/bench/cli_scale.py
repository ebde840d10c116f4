"""The steps of `eval.bench.scale`, each in a process of its own: `python -m eval.bench.cli_scale STEP HOME [...]`.

The product's own path from files to answers, except where it is said that embedding and cleaning are replaced. Each step
prints one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.bench.scale_corpus import Base, StoredVectors, Vectors, describe, document, documents, exact_scores, make_base, quantiles, recall
from index.catalog.codes import waiting
from index.catalog.library import Library, open_library
from index.config import IndexConfig, load_settings
from index.errors import EvalError, LoadError, NoIndex
from index.offline import go_offline
from index.schema import Document, Published
from index.sync.build import build
from index.sync.pipeline import Pipeline, default_pipeline, keep_models

if TYPE_CHECKING:
    from index.sync.report import Report

REAL, MADE = "real", "made"
QUERIES = 100
WATCHED = 5  # edits of which the median counts: now and then one waits for the word index to merge
POOL = 100  # what the product takes from each list before it fuses them
TOP = 24  # passages that the product hands on
PORTION = 1000  # files a folder
SINCE = {"quarter": "2023-01-20", "day": "2023-09-26"}  # leave 25 % and 0.1 % of the made documents
_CHARACTERS = 540  # of a real article, per chunk


def prepare(home: Path, records: Path, chunks: int) -> dict[str, Any]:
    """Index about `chunks` chunks of real articles with the real embedder; keep their sentences and vectors as the base."""
    titles, queries = [], []
    characters = 0
    for number, (title, text) in enumerate(_articles(records)):
        if characters / _CHARACTERS >= chunks:
            queries.append(title)
            if len(queries) == QUERIES:
                break
            continue
        characters += len(text)
        titles.append(title)
        _write(home / REAL, number, f"{title}\n\n{text}")
    if not queries:
        raise EvalError(f"the records must hold more than {chunks} chunks, {records} holds too few. Give a smaller --base.")
    settings = _settings(home, REAL)
    row = _built(home, REAL, default_pipeline(settings))
    pipeline = default_pipeline(settings)
    row["kind"] = REAL
    vectors = pipeline.load_embedder(settings).encode(queries)
    with open_library(settings) as library:
        base = _base(library)
    np.savez(home / "base.npz", vectors=base.vectors, near=base.near, queries=vectors)
    kept = {"titles": list(base.titles), "sentences": [list(s) for s in base.sentences], "queries": queries}
    (home / "base.json").write_text(json.dumps(kept), encoding="utf-8")
    return row


def grow(home: Path, chunks: int) -> dict[str, Any]:
    """Bring the made index to about `chunks` chunks: write more documents, then build, which alone is timed."""
    base, settings = _load(home), _settings(home, MADE)
    documents_before, have = _count(settings)
    folder = home / MADE
    known = sum(1 for _ in folder.rglob("*.txt")) if folder.exists() else 0
    wanted = round(chunks * (documents_before / have if have else 1 / 4.1))
    for number, text in documents(base, known, max(0, wanted - known)):
        _write(folder, number, text)
    row = _built(home, MADE, _made_pipeline(base, settings))
    return {**row, "kind": MADE, "chunks_before": have}


def measure(home: Path, kind: str) -> dict[str, Any]:
    """Memory, latency and recall of a reader that opens the index in a fresh process.

    `reader_mb` counts every page that it touched, also of files that readers share and the system may take back; `reader_private_mb` what
    is its own.
    """
    settings = _settings(home, kind)
    questions, vectors = _queries(home)
    before, private = _rss_mb(), _private_mb()
    start = time.perf_counter()
    with open_library(settings) as library:
        library.vectors.query(vectors[0], 1)
        opened = time.perf_counter() - start
        found = [library.vectors.query(vector, POOL) for vector in vectors]
        memory, owned = _rss_mb() - before, _private_mb() - private
        row = {"kind": kind, "chunks": library.catalog.counts().chunks, "open_s": round(opened, 3)}
        row |= {"reader_mb": round(memory), "reader_private_mb": round(owned)}
        row["latency_ms"] = _latencies(library, questions, vectors, dated=kind == MADE)
        keys, stored = _all_vectors(library)
        exact, scores = exact_scores(stored, vectors, POOL), _exact_scores_of(library, found, vectors, dict(zip(keys, stored, strict=True)))
    for limit in (10, POOL):
        shares = [recall(hits, list(row_), limit) for hits, row_ in zip(scores, exact, strict=True)]
        row[f"recall@{limit}"] = round(float(np.mean(shares)), 4)
    return row


def change(home: Path) -> dict[str, Any]:
    """What it costs to look for changes, to take in one edited document and to take out a deleted one: by a look at all files, and
    while watching, when the path is told. The process is warm: it has looked once before."""
    base, settings = _load(home), _settings(home, MADE)
    pipeline = keep_models(_made_pipeline(base, settings))
    _changed(settings, pipeline, home)
    files = sorted((home / MADE).rglob("*.txt"))
    row: dict[str, Any] = {"kind": MADE, "chunks": _count(settings)[1], "nothing": _changed(settings, pipeline, home)}
    row["files"] = len(files)
    edited, *told = files[len(files) // 2 :][: 1 + WATCHED]
    edited.write_text(document(base, 10**9), encoding="utf-8")
    row["edit"] = _changed(settings, pipeline, home)
    watched = []
    for number, path in enumerate(told, 1):
        path.write_text(document(base, 10**9 + number), encoding="utf-8")
        watched.append(_changed(settings, pipeline, home, path))
    row["watched edit"] = {name: round(float(np.median([one[name] for one in watched])), 3) for name in ("s", "cpu_s")}
    files[len(files) // 3].unlink()
    row["delete"] = _changed(settings, pipeline, home)
    files[len(files) // 4].unlink()
    row["watched delete"] = _changed(settings, pipeline, home, files[len(files) // 4])
    row["peak_mb"] = _peak_mb()
    return row


def _changed(settings: IndexConfig, pipeline: Pipeline, home: Path, path: Path | None = None) -> dict[str, Any]:
    start, cpu = time.perf_counter(), time.process_time()
    report = build([home / MADE], settings, pipeline=pipeline, changed=[str(path.absolute())] if path else None)
    return {"s": round(time.perf_counter() - start, 3), "cpu_s": round(time.process_time() - cpu, 3), **_stages(report)}


def _built(home: Path, kind: str, pipeline: Pipeline) -> dict[str, Any]:
    settings = _settings(home, kind)
    start, cpu = time.perf_counter(), time.process_time()
    report = build([home / kind], settings, pipeline=pipeline)
    if report.failed:
        raise EvalError(f"every document of the bench must be readable, got {next(iter(report.failed.values()))}")
    return {
        "documents": report.documents,
        "chunks": report.chunks,
        "near_copies": report.duplicates,
        "build_s": round(time.perf_counter() - start, 1),
        "build_cpu_s": round(time.process_time() - cpu, 1),
        "build_peak_mb": _peak_mb(),
        **_stages(report),
        "catalog_mb": _size_mb(settings.store.path, "catalog.sqlite3*"),
        "words_mb": _size_mb(settings.store.path, "words/**/*"),
        "vectors_mb": _size_mb(settings.store.path, "vectors/**/*"),
    }


def _stages(report: Report) -> dict[str, Any]:
    return {"stages_s": {stage: round(seconds, 2) for stage, seconds in report.seconds.items()}}


def _exact_scores_of(
    library: Library, found: Sequence[Sequence[tuple[str, float]]], queries: Vectors, vectors: Mapping[str, Vectors]
) -> list[list[float]]:
    """The cosines of what each query found, from the vectors: a search may give them rounded."""
    key_of = {row["id"]: row["vector"] for row in library.catalog.rows("SELECT id, vector FROM chunks")}
    return [[float(vectors[key_of[id]] @ query) for id, _ in hits] for hits, query in zip(found, queries, strict=True)]


def _latencies(library: Library, questions: Sequence[str], vectors: Vectors, *, dated: bool) -> dict[str, dict[str, float]]:
    """Milliseconds of each way to search; the question's vector is given, so embedding it (2 ms) is not in them."""
    from qa.retrieve.hybrid import dense, retrieve

    by_text = dict(zip(questions, vectors, strict=True))
    embedder: Any = _Given(by_text)
    ways: dict[str, Callable[[str], object]] = {
        "vectors": lambda q: library.vectors.query(by_text[q], POOL),
        "dense": lambda q: dense(library, embedder, q, POOL),
        "bm25": lambda q: library.catalog.bm25(q, POOL),
        "fused": lambda q: retrieve(library, embedder, q, TOP),
    }
    if dated:
        for name, since in SINCE.items():
            ways[f"fused, {name}"] = lambda q, since=since: retrieve(library, embedder, q, TOP, since=since)  # type: ignore[misc]
    return {name: _timed(way, questions) for name, way in ways.items()}


def _timed(way: Callable[[str], object], questions: Sequence[str]) -> dict[str, float]:
    wall = []
    way(questions[0])
    cpu = time.process_time()
    for question in questions:
        start = time.perf_counter()
        way(question)
        wall.append((time.perf_counter() - start) * 1000)
    return {**quantiles(wall), "cpu": round((time.process_time() - cpu) * 1000 / len(questions), 3)}


class _Given:
    """An embedder that knows the vectors of the bench's questions."""

    def __init__(self, by_text: dict[str, Vectors]) -> None:
        self._by_text = by_text

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._by_text[text] for text in texts])


class _Stored(StoredVectors):
    """Stored vectors in the place of the build's embedder; its name differs, so that no real index is ever taken for it."""

    max_tokens = 256
    name = backend = "stored vectors"
    fingerprint = "scale-bench"

    def __init__(self, base: Base) -> None:
        super().__init__(base)
        self.dim = base.vectors.shape[1]


def _made_pipeline(base: Base, settings: IndexConfig) -> Pipeline:
    """The product's parts, but files are read as they are and vectors come from the base."""
    stored = _Stored(base)
    return replace(default_pipeline(settings), load_file=_read, load_embedder=lambda settings: stored, loader_version="scale")


def _read(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
    text = path.read_text(encoding="utf-8")
    day, title = describe(text)
    digest = sha256(text.encode()).hexdigest()
    return [Document(source, text, "text", digest, title=title, published=Published(day, "day", "dateline"), language="en")]


def _base(library: Library) -> Base:
    from index.text.sentences import sentence_spans

    keys, vectors = _all_vectors(library)
    chunk_of = library.catalog.chunks_by_vector(keys)
    chunks = library.catalog.chunks([ids[0] for ids in chunk_of.values()])
    titles = {info.source: info.title or "Untitled" for info in library.catalog.documents()}
    rows, names, sentences = [], [], []
    for row, key in enumerate(keys):
        if key in chunk_of:
            chunk = chunks[chunk_of[key][0]]
            spans = [chunk.text[s.start : s.end] for s in sentence_spans(chunk.text)]
            rows.append(row)
            names.append(" ".join(titles[chunk.source].split()))
            sentences.append([" ".join(text.split()) for text in spans])
    return make_base(names, sentences, vectors[rows])


def _all_vectors(library: Library) -> tuple[list[str], Vectors]:
    """Every key with its vector, straight from the store or from where it waits."""
    keys = sorted({row["vector"] for row in library.catalog.rows("SELECT DISTINCT vector FROM chunks")})
    with library.vectors.store() as store:
        pages = list(store.pages(keys))
    if late := waiting(library.catalog.rows, keys):
        pages.append((list(late), np.stack(list(late.values()))))
    return [key for ids, _ in pages for key in ids], np.concatenate([vectors for _, vectors in pages])


def _load(home: Path) -> Base:
    kept, arrays = json.loads((home / "base.json").read_text(encoding="utf-8")), np.load(home / "base.npz")
    return Base(kept["titles"], kept["sentences"], arrays["vectors"], arrays["near"])


def _queries(home: Path) -> tuple[list[str], Vectors]:
    kept = json.loads((home / "base.json").read_text(encoding="utf-8"))
    return kept["queries"][:QUERIES], np.load(home / "base.npz")["queries"][:QUERIES]


def _settings(home: Path, kind: str) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": home / f"{kind}.db"}})


def _count(settings: IndexConfig) -> tuple[int, int]:
    """Documents and chunks."""
    try:
        with open_library(settings) as library:
            counts = library.catalog.counts()
            return counts.documents, counts.chunks
    except NoIndex:
        return 0, 0


def _articles(records: Path) -> Iterator[tuple[str, str]]:
    seen = set()
    with gzip.open(records, "rt", encoding="utf-8") if records.suffix == ".gz" else records.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            title = " ".join(str(record.get("title") or "").split())
            if title and title not in seen and len(record.get("text") or "") >= 300:
                seen.add(title)
                yield title, record["text"]


def _write(folder: Path, number: int, text: str) -> None:
    path = folder / f"{number // PORTION:04}" / f"{number:07}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _size_mb(folder: Path, pattern: str) -> float:
    return round(sum(path.stat().st_blocks * 512 for path in folder.glob(pattern) if path.is_file()) / 1e6, 1)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _private_mb() -> float:
    """What the process has written to memory of its own."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:")) / 1e3


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one step and print what it measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["prepare", "grow", "measure", "change"])
    parser.add_argument("home", type=Path)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--kind", choices=[REAL, MADE], default=MADE)
    given = parser.parse_args(arguments)
    go_offline()
    steps: dict[str, Callable[[], dict[str, Any]]] = {
        "prepare": lambda: prepare(given.home, given.records, given.chunks),
        "grow": lambda: grow(given.home, given.chunks),
        "measure": lambda: measure(given.home, given.kind),
        "change": lambda: change(given.home),
    }
    print(json.dumps(steps[given.step]()))


if __name__ == "__main__":
    main()

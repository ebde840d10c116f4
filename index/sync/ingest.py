"""One run's reading: prepared documents -> vectors and staged rows, batch by batch, in the order of the files.

Memory grows with the batch. Now and then what is staged is published, so that a killed run loses little. Preparing and
embedding may run ahead on workers (see pipeline); writing happens here alone, in order, so where they run shows nowhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.catalog.inventory import FileRow
from index.catalog.writer import CatalogWriter, Staged
from index.config import IndexConfig
from index.store.generations import Generations
from index.store.vectors import Vectors
from index.store.writer import VectorWriter
from index.sync.late import LateVectors
from index.sync.pipeline import Pipeline, make_preparation
from index.sync.plan import Task
from index.sync.prepare import Prepared, PrepareTask, Same
from index.sync.protocol import Encoder
from index.sync.report import ProgressCallback, Report

BATCH_CHUNKS = 512
# Publishing costs a copy of the vectors: after every 2,000 chunks (about half a minute of embedding on two cores), and
# rarer in a large index, so that copying stays a few per cent of the time.
PUBLISH_CHUNKS = 2000
PUBLISH_SHARE = 0.05


@dataclass(slots=True)
class _Batch:
    """What the next transaction will write; `missing` are the texts to embed first, by key."""

    staged: list[tuple[int, Staged]] = field(default_factory=list)
    finished: list[FileRow] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    dying: list[int] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    chunks: int = 0
    done: tuple[int, int] = (0, 0)


class Ingest:
    """Reads files into the catalog and the vectors; nothing shows before a publish."""

    def __init__(
        self,
        catalog: CatalogWriter,
        vectors: VectorWriter | LateVectors,
        generations: Generations,
        pipeline: Pipeline,
        settings: IndexConfig,
        embedder: Encoder,
        report: Report,
    ) -> None:
        self._catalog, self._vectors, self._generations, self._pipeline = catalog, vectors, generations, pipeline
        self._embedder, self._report = embedder, report
        self._preparation = make_preparation(pipeline, settings, embedder)
        self._batch = _Batch()
        self._ahead: deque[_Batch] = deque()
        self._unpublished = 0

    def run(self, tasks: Sequence[Task], progress: ProgressCallback) -> None:
        """Read all files. `progress` counts documents, and files not yet opened as one document each."""
        progress("read", 0, len(tasks))
        for vectors in self._pipeline.embed(self._batches(tasks), self._embedder, self._report):
            batch = self._ahead.popleft()
            self._write(batch, vectors)
            progress("read", *batch.done)

    def _batches(self, tasks: Sequence[Task]) -> Iterator[Sequence[str]]:
        """Prepare all files; the texts that each batch lacks vectors for. Batches wait in `_ahead` to be written."""
        done, total = 0, len(tasks)
        prepared = self._pipeline.prepare((self._asked(task) for task in tasks), self._preparation, self._report)
        for file in prepared:
            total += max(file.number, 1) - 1
            for _ in self._take(file):
                done += 1
                if self._batch.chunks >= BATCH_CHUNKS:
                    yield self._close_batch(done, total)
            done += not file.number
        yield self._close_batch(total, total)

    def _asked(self, task: Task) -> PrepareTask:
        """The file with those of its stored documents that need not be read again when they are the same."""
        known = self._catalog.known_documents(task.row.id) if task.row.id else {}
        have = self._vectors.have
        kept = {source: before for source, (id, before) in known.items() if all(key in have for key in self._catalog.keys_of(id))}
        return PrepareTask(task, kept)

    def _take(self, prepared: Prepared) -> Iterator[None]:
        """Put a file's documents into the batch, yielding after each."""
        if prepared.row is None:
            return
        file = self._catalog.file_id(prepared.row)
        known = self._catalog.known_documents(file)
        for one in prepared.documents:
            if isinstance(one, Same):
                self._batch.confirmed.append(known.pop(one.source)[0])
                self._report.count("same", format=one.format)
            else:
                id, _ = known.pop(one.document.source, (None, ""))
                self._report.count("new" if id is None else "changed", format=one.document.format)
                self._batch.texts.update(zip(one.keys, (chunk.read for chunk in one.chunks), strict=True))
                self._batch.staged.append((file, one))
                self._batch.chunks += len(one.chunks)
                if id is not None:
                    self._batch.dying.append(id)
            yield
        self._report.count("removed", len(known))
        self._batch.dying += [id for id, _ in known.values()]
        self._batch.finished.append(prepared.row)

    def _close_batch(self, done: int, total: int) -> Sequence[str]:
        """Begin a new batch; the texts that the closed one lacks vectors for."""
        batch, self._batch = self._batch, _Batch()
        batch.missing, batch.done = self._vectors.claim(batch.texts), (done, total)
        batch.texts.clear()
        self._ahead.append(batch)
        return list(batch.missing.values())

    def _write(self, batch: _Batch, vectors: Vectors) -> None:
        """Write the batch: vectors first, then the rows; publish when enough has come together."""
        with self._report.timed("store"):
            self._vectors.add(list(batch.missing), vectors)
            self._catalog.stage(batch.staged, batch.finished, batch.confirmed, batch.dying)
            self._unpublished += batch.chunks
            if self._unpublished >= max(PUBLISH_CHUNKS, PUBLISH_SHARE * len(self._vectors.have)):
                self._publish()

    def _publish(self) -> None:
        # A copy that was found damaged began empty: files that were not read again need their vectors before anything shows.
        if not self._vectors.late:
            self._vectors.repair(self._catalog.surviving_keys(), self._catalog.texts_of_keys)
        self._catalog.add_codes(self._vectors.pages, new_only=self._vectors.late)
        facts = self._vectors.seal(self._catalog.coded)
        self._catalog.publish(facts, late=self._vectors.late)
        self._catalog.purge(hidden=False)
        self._vectors.resume(int(self._catalog.meta()["generation"]))
        self._generations.sweep(str(facts["vectors"]), self._vectors.name)
        self._unpublished = 0

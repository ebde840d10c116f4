"""One run's reading: files -> documents -> chunks -> vectors and staged rows, batch by batch.

Memory grows with the batch. Now and then what is staged is published, so that a killed run loses little. Knows nothing of
which files to read nor of what was removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from index.catalog_inventory import FileRow
from index.catalog_write import CatalogWriter, Staged
from index.chunk import chunk_document
from index.chunk import fingerprint as chunking_fingerprint
from index.config import IndexConfig
from index.errors import LoadError
from index.generations import Generations
from index.parts import Encoder, Parts
from index.plan import Task, look, unmoved
from index.report import ProgressCallback, Report
from index.schema import Document
from index.vector_writer import VectorWriter, vector_key

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH_CHUNKS = 512
# Publishing costs a copy of the vectors: after every 2,000 chunks (about half a minute of embedding on two cores), and
# rarer in a large index, so that copying stays a few per cent of the time.
PUBLISH_CHUNKS = 2000
PUBLISH_SHARE = 0.05


@dataclass(slots=True)
class _Batch:
    """What the next transaction will write."""

    staged: list[tuple[int, Staged]] = field(default_factory=list)
    finished: list[FileRow] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    dying: list[int] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    chunks: int = 0


class Ingest:
    """Reads files into the catalog and the vectors; nothing shows before a publish."""

    def __init__(
        self,
        catalog: CatalogWriter,
        vectors: VectorWriter,
        generations: Generations,
        parts: Parts,
        settings: IndexConfig,
        embedder: Encoder,
        report: Report,
    ) -> None:
        self._catalog, self._vectors, self._generations, self._parts = catalog, vectors, generations, parts
        self._report = report
        self._fingerprint = embedder.fingerprint
        self._max_bytes = int(settings.index.max_file_mb * 1_000_000)
        self._tokenizer: Tokenizer = parts.load_tokenizer(settings.models.embedder)
        special = self._tokenizer.num_special_tokens_to_add(False)
        self._budget = min(settings.index.chunk_tokens, embedder.max_tokens - special)
        self._salt = f"{parts.loader_version}|{chunking_fingerprint(self._budget)}"
        self._batch = _Batch()
        self._row: FileRow | None = None
        self._unpublished = 0

    def run(self, tasks: Sequence[Task], progress: ProgressCallback) -> None:
        """Read all files. `progress` counts documents, and files not yet opened as one document each."""
        done, total = 0, len(tasks)
        progress("read", done, total)
        for task in tasks:
            documents = self._load(task)
            total += max(len(documents), 1) - 1
            for _ in self._take(task, documents):
                done += 1
                if self._batch.chunks >= BATCH_CHUNKS:
                    self._flush()
                    progress("read", done, total)
            done += not documents
        self._flush()
        progress("read", total, total)

    def _load(self, task: Task) -> Sequence[Document]:
        """A file's documents; none, and a failure noted, when it cannot be read or keeps changing."""
        source = task.row.source
        try:
            with self._report.timed("read"):
                for _ in range(2):
                    before = look(task, digest=task.path.stat().st_size <= self._max_bytes)
                    problems: list[LoadError] = []
                    documents = self._parts.load_file(task.path, source, max_bytes=self._max_bytes, problems=problems)
                    if unmoved(before, look(task, digest=False)):
                        self._row = before
                        for problem in problems:
                            self._report.fail(str(problem).partition(": ")[0], str(problem))
                        return self._sound(documents)
            reason = f"{source}: must not change while it is read, and did so twice. Run footnote index again."
        except LoadError as error:
            reason = str(error)
        except OSError as error:
            reason = f"{source}: must be readable, got {error.strerror or error}. Check its permissions."
        except Exception as error:  # noqa: BLE001 - one file's parser must not end the run; the file is reported by name
            reason = f"{source}: cannot be read ({type(error).__name__}: {str(error)[:120]}). Convert it or leave it out."
        self._report.fail(source, reason)
        self._row = None
        return []

    def _sound(self, documents: Sequence[Document]) -> list[Document]:
        """Those with a name of their own and text that can be stored."""
        sound: dict[str, Document] = {}
        for document in documents:
            if document.source in sound:
                self._report.fail(
                    document.source, f"{document.source}: every record needs its own name, this one occurs twice. Rename one."
                )
            elif not _encodable(document.text):
                self._report.fail(
                    document.source, f"{document.source}: the text must be valid Unicode, found lone surrogates. Save it as UTF-8."
                )
            else:
                sound[document.source] = document
        return list(sound.values())

    def _take(self, task: Task, documents: Sequence[Document]) -> Iterator[None]:
        """Put a file's documents into the batch, yielding after each."""
        if self._row is None:
            return
        file = self._catalog.file_id(self._row)
        known = self._catalog.known_documents(file)
        for document in documents:
            id, before = known.pop(document.source, (None, ""))
            now = _fingerprint(document, self._salt)
            if id is not None and now == before and self._vectors.have.issuperset(self._catalog.keys_of(id)):
                self._batch.confirmed.append(id)
                self._report.count("same", format=document.format)
            else:
                self._report.count("new" if id is None else "changed", format=document.format)
                self._add(file, document, now)
                if id is not None:
                    self._batch.dying.append(id)
            yield
        self._report.count("removed", len(known))
        self._batch.dying += [id for id, _ in known.values()]
        self._batch.finished.append(self._row)

    def _add(self, file: int, document: Document, fingerprint: str) -> None:
        with self._report.timed("chunk"):
            chunks = chunk_document(document, self._tokenizer, self._budget)
            keys = [vector_key(self._fingerprint, chunk.text) for chunk in chunks]
            signature = self._parts.signature(_prose(document))
        self._batch.texts.update(zip(keys, (chunk.text for chunk in chunks), strict=True))
        self._batch.staged.append((file, Staged(document, chunks, keys, fingerprint, signature)))
        self._batch.chunks += len(chunks)

    def _flush(self) -> None:
        """Write the batch: vectors first, then the rows; publish when enough has come together."""
        batch, self._batch = self._batch, _Batch()
        with self._report.timed("embed"):
            self._vectors.ensure(batch.texts)
        with self._report.timed("store"):
            self._catalog.stage(batch.staged, batch.finished, batch.confirmed, batch.dying)
            self._unpublished += batch.chunks
            if self._unpublished >= max(PUBLISH_CHUNKS, PUBLISH_SHARE * len(self._vectors.have)):
                self._publish()

    def _publish(self) -> None:
        facts = self._vectors.seal()
        self._catalog.publish(facts)
        self._catalog.purge(hidden=False)
        self._vectors.resume(int(self._catalog.meta()["generation"]))
        self._generations.sweep(str(facts["vectors"]), self._vectors.name)
        self._unpublished = 0


def _fingerprint(document: Document, salt: str) -> str:
    """Changes with anything that the index keeps of a document."""
    return blake2b(repr((salt, asdict(document))).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _prose(document: Document) -> str:
    """The text without furniture, by which copies are told."""
    parts, at = [], 0
    for mark in sorted(document.furniture, key=lambda s: s.start):
        parts.append(document.text[at : mark.start])
        at = max(at, mark.end)
    return "".join([*parts, document.text[at:]])

"""One file -> its documents ready to be written: read while it holds still, compared, cut into chunks, vectors named.

Needs neither catalog nor vectors, so it runs anywhere that sees the file: here one file after the other, or on workers
(`index.sync.engine_ray`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from index.catalog.inventory import FileRow
from index.catalog.writer import Staged
from index.errors import LoadError, NotRead, Remark, unreadable
from index.formats.records import RECORD_FORMATS
from index.schema import Document
from index.store.vectors import Vectors
from index.store.writer import vector_key
from index.structure.chunk import chunk_document
from index.sync.plan import Task, look, unmoved
from index.sync.report import Report
from index.text.names import shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokenizers import Tokenizer

    from index.sync.protocol import Encoder, LoadFile

CONTEXT_TOKENS = 64  # of title, headings and column names before a chunk


@dataclass(frozen=True, slots=True)
class PrepareTask:
    """A file to prepare. `settled` maps the sources of its documents that are stored to what they were made of: a document
    found to be the same is not cut again."""

    task: Task
    settled: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Same:
    """A document that is stored as it is."""

    source: str
    format: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file's `number` documents, in order; `row` is how the file looked when they were read, None when it could not be."""

    row: FileRow | None
    number: int
    documents: Iterable[Staged | Same]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What preparing takes besides the file: the same for all files of a run, and fit to be sent to another process."""

    load_file: LoadFile
    signature: Callable[[str], bytes]
    tokenizer: Tokenizer
    budget: int
    room: int
    salt: str
    embedder: str
    max_bytes: int


def prepare_here(asked: Iterable[PrepareTask], preparation: Preparation, report: Report) -> Iterator[Prepared]:
    """Prepare the files one after the other, each when it is asked for."""
    for one in asked:
        yield prepare_file(one, preparation, report)


def embed_here(batches: Iterable[Sequence[str]], embedder: Encoder, report: Report) -> Iterator[Vectors]:
    """The vectors of each batch, in order. While one batch is embedded the next is prepared and the one before is written:
    both keep one core busy at most, so the others need not wait (docs/experiments.md)."""

    def encode(texts: Sequence[str]) -> Vectors:
        with report.timed("embed"):
            return embedder.encode(texts) if texts else np.empty((0, embedder.dim), dtype=np.float32)

    with ThreadPoolExecutor(1, thread_name_prefix="embed") as worker:
        under_way: deque[Future[Vectors]] = deque()
        try:
            for texts in batches:
                under_way.append(worker.submit(encode, texts))
                if len(under_way) > 1:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:  # who stops early waits for one batch at most
            for waiting in under_way:
                waiting.cancel()


def prepare_file(asked: PrepareTask, preparation: Preparation, report: Report) -> Prepared:
    """Read a file; its documents are cut as they are taken. Failures and times are added to `report`."""
    row, documents = _load(asked.task, preparation, report)
    return Prepared(row, len(documents), (_ready(document, asked.settled, preparation, report) for document in documents))


def _load(task: Task, preparation: Preparation, report: Report) -> tuple[FileRow | None, Sequence[Document]]:
    """A file's documents; none, and a failure noted, when it cannot be read or keeps changing."""
    source = task.row.source
    try:
        with report.timed("read"):
            for _ in range(2):
                before = look(task, digest=task.path.stat().st_size <= preparation.max_bytes)
                problems: list[LoadError] = []
                documents = preparation.load_file(task.path, source, max_bytes=preparation.max_bytes, problems=problems)
                if unmoved(before, look(task, digest=False)):
                    for problem in problems:
                        _note(report, problem)
                    return before, _sound(documents, report)
        reason = f"{source}: must not change while it is read, and did so twice. Run footnote index again."
    except NotRead as error:
        _note(report, error)
        return None, []
    except LoadError as error:
        reason = str(error)
    except OSError as error:
        reason = str(unreadable(source, error))
    except Exception as error:  # noqa: BLE001 - one file's parser must not end the run; the file is reported by name
        reason = f"{source}: cannot be read ({type(error).__name__}: {str(error)[:120]}). Convert it or leave it out."
    report.fail(source, reason)
    return None, []


def _note(report: Report, problem: LoadError) -> None:
    note = report.leave_out if isinstance(problem, NotRead) else report.remark if isinstance(problem, Remark) else report.fail
    note(str(problem).partition(": ")[0], str(problem))


def _sound(documents: Sequence[Document], report: Report) -> list[Document]:
    """Those with a name of their own and text that can be stored."""
    sound: dict[str, Document] = {}
    for document in documents:
        document = _named(document)
        if document.source in sound:
            report.fail(document.source, f"{document.source}: every record needs its own name, this one occurs twice. Rename one.")
        elif not _encodable(document.text):
            report.fail(document.source, f"{document.source}: the text must be valid Unicode, found lone surrogates. Save it as UTF-8.")
        else:
            sound[document.source] = document
    return list(sound.values())


def _named(document: Document) -> Document:
    """The document under names that can be stored: members of archives, mails and records bring what is no Unicode too."""
    title, author, publisher = (text and shown_name(text) for text in (document.title, document.author, document.publisher))
    return replace(document, source=shown_name(document.source), title=title, author=author, publisher=publisher)


def _ready(document: Document, settled: Mapping[str, str], preparation: Preparation, report: Report) -> Staged | Same:
    now = _fingerprint(document, preparation.salt)
    if settled.get(document.source) == now:
        return Same(document.source, document.format)
    with report.timed("chunk"):
        chunks = chunk_document(document, preparation.tokenizer, preparation.budget, room=preparation.room)
        keys = [vector_key(preparation.embedder, chunk.read) for chunk in chunks]
        return Staged(document, chunks, keys, now, preparation.signature(_prose(document)))


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
    """The text by which copies are told: without boilerplate, and of a record only its running text.

    Rows of one table share their names and many values; that makes them no copies, and comparing each with each takes long.
    """
    fields = [block for block in document.blocks if block.label == "pair"] if document.format in RECORD_FORMATS else []
    parts, at = [], 0
    for mark in sorted([*document.boilerplate, *fields], key=lambda s: s.start):
        parts.append(document.text[at : mark.start])
        at = max(at, mark.end)
    return "".join([*parts, document.text[at:]])

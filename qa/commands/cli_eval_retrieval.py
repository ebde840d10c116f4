"""For `footnote eval retrieval`: a BEIR corpus in a throw-away index, and the four rankings through the product's own parts.

Documents go through the same chunking, embedding and stores as files do; only finding, parsing and near-copies are left
out. A document's score is its best chunk's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from eval.schema import BeirDocument, Case, FindPassages, Progress, Run, RunQueries
from index.catalog.library import Library, open_library
from index.config import load_settings
from index.errors import EvalError, LoadError
from index.formats.find import FoundFile
from index.schema import Document
from index.sync.build import build
from index.sync.pipeline import default_pipeline
from index.sync.protocol import Encoder
from qa.config import Settings
from qa.retrieve.hybrid import POOL, Hit, dense, fuse, reread, to_passages
from qa.schema import Passage

if TYPE_CHECKING:
    from qa.retrieve.rescorer import Rescorer

Hits = list[tuple[str, float]]  # (chunk id, score), best first
Search = Callable[[str], Hits]
# Chunks looked at for each document wanted: a document has a few chunks, and its best one counts.
CHUNKS_PER_DOCUMENT = 4
WHOLE = 8192  # tokens; what is longer is cut all the same


@contextmanager
def retrievers(
    documents: Sequence[BeirDocument], workdir: Path, progress: Progress, *, depth: int, chunked: bool
) -> Iterator[Mapping[str, RunQueries]]:
    """Index the documents below `workdir`; rankings of up to `depth` documents by name, while the context is open.

    As published figures are made, a document is one chunk, of which the embedder reads as much as it can; with `chunked`
    it is cut as the product cuts files.
    """
    settings = load_settings(Settings, {"store": {"path": workdir / "index"}, **({} if chunked else {"index": {"chunk_tokens": WHOLE}})})
    _index(documents, workdir, settings, progress, chunked)
    with open_library(settings) as library:
        yield {
            name: _by_document(library, search, depth) for name, search in searches(library, settings, depth * CHUNKS_PER_DOCUMENT).items()
        }


def passages(db: Path) -> Mapping[str, FindPassages]:
    """The same rankings as passages over an existing index, the question as it stands (no history)."""
    settings = load_settings(Settings, {"store": {"path": db}})
    library = open_library(settings)

    def finder(search: Search) -> FindPassages:
        def find(case: Case) -> Sequence[Passage]:
            return to_passages(library.catalog, search(case.question))

        return find

    return {name: finder(search) for name, search in searches(library, settings, POOL).items()}


def searches(library: Library, settings: Settings, limit: int) -> dict[str, Search]:
    """BM25, dense, fused and reranked (read a second time), each over chunks. Loads the embedders."""
    from index.models.embed import load_embedder
    from qa.retrieve.rescorer import load_rescorer

    embedder, second = load_embedder(settings), load_rescorer(settings)

    limit = max(limit, POOL)

    def bm25(question: str) -> Hits:
        return library.catalog.bm25(question, limit)

    def by_vector(question: str) -> Hits:
        return dense(library, embedder, question, limit)

    def fused(question: str) -> list[Hit]:
        return fuse(by_vector(question), bm25(question), limit)[:limit]

    found: dict[str, Search] = {"bm25": bm25, "dense": by_vector, "fused": lambda question: _scores(fused(question))}
    if second is not None:
        found["reranked"] = lambda question: _reread(library, second, question, fused(question), settings.answer.candidates)
    return found


def _scores(hits: Sequence[Hit]) -> Hits:
    return [(hit.id, hit.score) for hit in hits]


def _reread(library: Library, second: Rescorer, question: str, hits: Sequence[Hit], candidates: int) -> Hits:
    """The first `candidates` in the order of a second reading; the rest behind them."""
    texts = {id: chunk.read for id, chunk in library.catalog.chunks([hit.id for hit in hits[:candidates]]).items()}
    head = _scores(reread(hits[:candidates], texts, question, second))
    return head + [(hit.id, -float(rank)) for rank, hit in enumerate(hits[candidates:], start=1)]


def _by_document(library: Library, search: Search, depth: int) -> RunQueries:
    def rank(queries: Mapping[str, str]) -> Run:
        run: Run = {}
        for query, text in queries.items():
            hits = search(text)
            chunks = library.catalog.chunks([chunk for chunk, _ in hits])
            best: dict[str, float] = {}
            for chunk, score in hits:
                best.setdefault(chunks[chunk].source, score)
            run[query] = dict(list(best.items())[:depth])
        return run

    return rank


def _index(documents: Sequence[BeirDocument], workdir: Path, settings: Settings, progress: Progress, chunked: bool) -> None:
    stand_in = workdir / "corpus.txt"
    stand_in.write_text("stands for the documents that are handed over", encoding="utf-8")

    def load_file(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
        return [_document(document) for document in documents]

    real = default_pipeline(settings)
    pipeline = replace(
        real,
        discover=lambda paths: [FoundFile("corpus.txt", workdir, str(stand_in))],
        load_file=load_file,
        load_embedder=real.load_embedder if chunked else lambda settings: _Whole(real.load_embedder(settings)),
        signature=lambda text: b"",
        cluster=lambda signatures: {},
    )
    report = build([stand_in], settings, progress=lambda stage, done, total: progress(done, total), pipeline=pipeline)
    if report.failed:
        raise EvalError(f"The corpus cannot be indexed: {next(iter(report.failed.values()))}")


class _Whole:
    """The embedder, saying that it takes texts of any length: it cuts them itself."""

    max_tokens = WHOLE

    def __init__(self, embedder: Encoder) -> None:
        self.dim = embedder.dim
        self.fingerprint = embedder.fingerprint
        self.encode = embedder.encode


def _document(document: BeirDocument) -> Document:
    text = f"{document.title}\n\n{document.text}" if document.title else document.text
    return Document(document.id, text, "text", sha256(text.encode()).hexdigest(), title=document.title or None, language="en")

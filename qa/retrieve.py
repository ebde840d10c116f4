"""Passages for a question: dense and BM25 candidates, fused by reciprocal rank.

Reciprocal rank fusion after Cormack, Clarke and Buettcher (SIGIR 2009). Knows the index's read side and the embedder;
knows nothing of sentences, answers or language models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.embed import encode_query
from qa.schema import Passage

if TYPE_CHECKING:
    from index.catalog import Catalog
    from index.embed import Embedder
    from index.library import Library

RRF_K = 60  # the constant of the paper
POOL = 100  # candidates taken from each list before fusion


def fuse(rankings: Iterable[Sequence[str]], weights: Sequence[float] | None = None, k: int = RRF_K) -> list[tuple[str, float]]:
    """Reciprocal rank fusion: ids with their fused scores, best first, ties broken by id."""
    scores: dict[str, float] = {}
    for index, ranking in enumerate(rankings):
        weight = weights[index] if weights is not None else 1.0
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def dense(
    library: Library, embedder: Embedder, question: str, limit: int, *, since: str | None = None, until: str | None = None
) -> list[tuple[str, float]]:
    """Chunk ids by cosine similarity, best first."""
    return library.vectors.query(encode_query(embedder, question), limit, since=since, until=until)


def retrieve(
    library: Library,
    embedder: Embedder,
    question: str,
    limit: int,
    *,
    extra_queries: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
) -> list[Passage]:
    """The `limit` best passages for a question, best first; `score` is the fused score.

    `extra_queries` are further wordings whose rankings are fused in with half the weight.
    """
    rankings: list[list[str]] = []
    weights: list[float] = []
    for number, text in enumerate([question, *extra_queries]):
        for hits in (
            dense(library, embedder, text, POOL, since=since, until=until),
            library.catalog.bm25(text, POOL, since=since, until=until),
        ):
            rankings.append([i for i, _ in hits])
            weights.append(1.0 if number == 0 else 0.5)
    return to_passages(library.catalog, fuse(rankings, weights)[:limit])


def to_passages(catalog: Catalog, hits: Sequence[tuple[str, float]]) -> list[Passage]:
    """Chunk ids and scores with their text and their document's metadata; ids that are no longer visible are left out."""
    chunks = catalog.chunks([i for i, _ in hits])
    about = catalog.infos({c.source for c in chunks.values()})
    passages = []
    for chunk_id, score in hits:
        chunk = chunks.get(chunk_id)
        if chunk is None or chunk.source not in about:
            continue
        info = about[chunk.source]
        passages.append(
            Passage(chunk.id, chunk.source, chunk.start, chunk.end, chunk.text, score, info.title, info.publisher, info.published.date)
        )
    return passages

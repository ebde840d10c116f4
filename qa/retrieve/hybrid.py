"""Passages for a question: the nearest by vector and by BM25, their scores added up; the best of them read a second time.

Knows the index's read side and the embedders; knows nothing of sentences, answers or language models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from index.models.embed import encode_query
from qa.schema import Passage
from qa.trace import seen

if TYPE_CHECKING:
    from index.catalog.library import Library
    from index.catalog.reader import Catalog
    from index.models.protocol import Embedder
    from qa.retrieve.rescorer import Rescorer

# Swept on SciFact train (809 queries), 826 questions of CLAP NQ, MultiSpanQA and XQuAD, and Cranfield (225), nDCG@10:
# reciprocal ranks (k 60) .719, .935, .567; scores scaled by each list's own range .736, .952, .574; this way .744, .953, .575.
POOL = 200  # candidates taken from each list; 100: .004 less on SciFact, 400: the same
NEAR_SPAN = 0.4  # cosine behind the best at which a chunk counts as unlike: the same at .6
# The best 24 read by a second embedder: .774, .969, .586. That one indexing everything: .772, .968, .576. A cross-encoder (L12) in
# its place .020 and .010 less, one beside it nothing more, late interaction (ColBERT) beside it .003 more for twice the time.
SECOND_SPAN = 0.35  # .15 to .35 alike
# BM25, first embedder, second: 1.5 to 2.5 for the second alike, the first left out .004 less. Since tantivy counts the words: 2.5 .6756,
# 2.0 .6752, 1.0 or .75 for the first less (mean of SciFact train and Cranfield, whole and in chunks).
WEIGHTS = (1.0, 0.5, 2.5)

# One thread for good: the catalog keeps a connection for every thread that ever read it.
_BESIDE = ThreadPoolExecutor(1, thread_name_prefix="terms")

Scores = Sequence[tuple[str, float]]


class Hit(NamedTuple):
    """A chunk found: `terms` and `near` are its BM25 and vector scores beside the best one's, which is 1; `score` joins them, and
    `second`, its cosine to the question by the second embedder, where that has read it."""

    id: str
    score: float
    terms: float = 0.0
    near: float = 0.0
    second: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What retrieval made for one question: cosines and BM25 scores as the stores give them, the fused passages, best first, and
    the hits in their final order."""

    near: Scores
    terms: Scores
    passages: Sequence[Passage]
    hits: Sequence[Hit]


def fuse(near: Scores, terms: Scores, pool: int = POOL) -> list[Hit]:
    """Chunks by cosine and by BM25, each best first, as one list of hits: the mean of the two shares, best first, ties by id.

    BM25 counts as a share of the best score, a cosine by how far it lies behind the best. What a full list (of `pool`) has
    no room for is taken to be as good as its last.
    """
    shares = {id: share(cosine, near[0][1], NEAR_SPAN) for id, cosine in near}
    parts = {id: score / terms[0][1] if terms[0][1] > 0 else 1.0 for id, score in terms}
    no_share = shares[near[-1][0]] if len(near) >= pool else 0.0
    no_part = parts[terms[-1][0]] if len(terms) >= pool else 0.0
    hits = []
    for id in shares.keys() | parts.keys():
        one, other = parts.get(id, no_part), shares.get(id, no_share)
        hits.append(Hit(id, (one + other) / 2, one, other))
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))


def share(cosine: float, best: float, span: float) -> float:
    """1 for the best cosine, 0 for those that lie `span` or more behind it."""
    return max(0.0, 1.0 - (best - cosine) / span)


def reread(hits: Sequence[Hit], texts: Mapping[str, str], question: str, second: Rescorer) -> list[Hit]:
    """The hits in the order that a second reading of their texts gives them, ties by id. Those without a text are left out."""
    known = [hit for hit in hits if hit.id in texts]
    if len(known) < 2:
        return known
    found = [float(value) for value in second.score(question, [texts[hit.id] for hit in known])]
    best = max(found)
    terms, near, other = WEIGHTS
    again = [
        hit._replace(
            score=(terms * hit.terms + near * hit.near + other * (1.0 - (best - value) / SECOND_SPAN)) / sum(WEIGHTS),
            second=value,
        )
        for hit, value in zip(known, found, strict=True)
    ]
    return sorted(again, key=lambda hit: (-hit.score, hit.id))


def dense(
    library: Library,
    embedder: Embedder,
    question: str,
    limit: int,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: Sequence[str] = (),
) -> list[tuple[str, float]]:
    """Chunk ids by cosine similarity, best first."""
    return library.vectors.query(encode_query(embedder, question), limit, since=since, until=until, sources=sources)


def retrieve(
    library: Library,
    embedder: Embedder,
    question: str,
    limit: int,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: Sequence[str] = (),
    second: Rescorer | None = None,
) -> list[Passage]:
    """The `limit` best passages for a question, best first; `score` is comparable within one call. `second` reads them all again.

    `since`, `until` and `sources` limit the documents, as in `Catalog.bm25`; raises `UsageError` where a source names none.
    """
    near, terms = _both(library, embedder, question, since, until, sources)
    hits = fuse(near, terms)[:limit]
    passages = to_passages(library.catalog, [(hit.id, hit.score) for hit in hits])
    if second is None:
        seen(Retrieved(near, terms, passages, hits))
        return passages
    by_id = {passage.chunk_id: passage for passage in passages}
    again = reread(hits, {id: passage.read for id, passage in by_id.items()}, question, second)
    seen(Retrieved(near, terms, passages, again))
    return [replace(by_id[hit.id], score=hit.score) for hit in again]


def _both(
    library: Library, embedder: Embedder, question: str, since: str | None, until: str | None, sources: Sequence[str]
) -> tuple[Scores, Scores]:
    """What the two stores find, looked for side by side: both work outside of Python, so a second core halves the wait."""
    found = _BESIDE.submit(library.catalog.bm25, question, POOL, since=since, until=until, sources=sources)
    try:
        near = dense(library, embedder, question, POOL, since=since, until=until, sources=sources)
    finally:
        wait([found])  # nobody closes the catalog under it
    return near, found.result()


def to_passages(catalog: Catalog, hits: Scores) -> list[Passage]:
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
            Passage(
                chunk.id,
                chunk.source,
                chunk.start,
                chunk.end,
                chunk.text,
                score,
                info.title,
                info.publisher,
                info.published.date,
                chunk.context,
            )
        )
    return passages

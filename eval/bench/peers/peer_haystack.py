"""Haystack in the peers' bench: its SentenceTransformers embedders and ChromaDocumentStore in two pipelines, as its documentation does.

A document is one unit: the issue names no splitter, so Haystack gets the least work. Everything else is its default but
the distance, which is the cosine that the model was trained for. Runs in its own environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench.peers.task import Task, Text, run_task

PACKAGES = ("haystack-ai", "chroma-haystack", "sentence-transformers-haystack", "sentence-transformers", "chromadb", "torch")


class Haystack:
    """An indexing pipeline (embedder, writer) and a query pipeline (embedder, retriever) over one store on disk."""

    def __init__(self, task: Task) -> None:
        from haystack import Document, Pipeline  # type: ignore[import-not-found]
        from haystack.components.writers import DocumentWriter  # type: ignore[import-not-found]
        from haystack_integrations.components.embedders.sentence_transformers import (  # type: ignore[import-not-found]
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )
        from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever  # type: ignore[import-not-found]
        from haystack_integrations.document_stores.chroma import ChromaDocumentStore  # type: ignore[import-not-found]

        self._document = Document
        model = str(task.weights)
        self._store = ChromaDocumentStore(persist_path=str(task.store), distance_function="cosine")
        self._indexing: Any = Pipeline()
        self._indexing.add_component("embedder", SentenceTransformersDocumentEmbedder(model=model, progress_bar=False))
        self._indexing.add_component("writer", DocumentWriter(document_store=self._store))
        self._indexing.connect("embedder", "writer")
        self._querying: Any = Pipeline()
        self._querying.add_component("embedder", SentenceTransformersTextEmbedder(model=model, progress_bar=False))
        self._querying.add_component("retriever", ChromaEmbeddingRetriever(document_store=self._store, top_k=task.limit))
        self._querying.connect("embedder.embedding", "retriever.query_embedding")
        self._indexing.warm_up()
        self._querying.warm_up()

    def add(self, texts: Sequence[Text], corpus: Path) -> int:
        """See `Peer.add`."""
        documents = [self._document(id=id_, content=text) for id_, text in texts]
        self._indexing.run({"embedder": {"documents": documents}})
        return int(self._store.count_documents())

    def search(self, question: str) -> list[str]:
        """See `Peer.search`."""
        found = self._querying.run({"embedder": {"text": question}})
        return [hit.id for hit in found["retriever"]["documents"]]


if __name__ == "__main__":
    run_task(Haystack, PACKAGES)

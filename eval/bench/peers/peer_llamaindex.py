"""LlamaIndex in the peers' bench: VectorStoreIndex, HuggingFaceEmbedding and ChromaVectorStore, put together as its documentation does.

Everything else is its default: sentence splitter of 1,024 tokens, batches of 10 texts. Runs in its own environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench.peers.task import Task, Text, run_task

PACKAGES = ("llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-chroma", "chromadb", "torch")


class LlamaIndex:
    """An index over a Chroma collection on disk."""

    def __init__(self, task: Task) -> None:
        import chromadb
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-untyped]
        from llama_index.vector_stores.chroma import ChromaVectorStore  # type: ignore[import-untyped]

        self._document, self._make = Document, VectorStoreIndex.from_documents
        self._model = HuggingFaceEmbedding(model_name=str(task.weights))
        self._collection = chromadb.PersistentClient(path=str(task.store)).get_or_create_collection("articles")
        self._storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=self._collection))
        self._limit = task.limit
        self._retriever: Any = None

    def add(self, texts: Sequence[Text], corpus: Path) -> int:
        """See `Peer.add`."""
        documents = [self._document(text=text, id_=id_) for id_, text in texts]
        index = self._make(documents, storage_context=self._storage, embed_model=self._model)
        self._retriever = index.as_retriever(similarity_top_k=self._limit)
        return self._collection.count()

    def search(self, question: str) -> list[str]:
        """See `Peer.search`."""
        return [hit.node.ref_doc_id for hit in self._retriever.retrieve(question)]


if __name__ == "__main__":
    run_task(LlamaIndex, PACKAGES)

"""LlamaIndex in the peers' bench: VectorStoreIndex, HuggingFaceEmbedding and ChromaVectorStore, put together as its documentation does.

Everything else is its default: sentence splitter of 1,024 tokens, batches of 10 texts. Runs in its own environment.
"""

from __future__ import annotations

from typing import Any

from eval.bench.peer_task import Search, Task, run_task

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
        self._index: Any = None

    def index(self, task: Task) -> int:
        """See `Peer.index`."""
        documents = [self._document(text=text, id_=id_) for id_, text in task.texts()]
        self._index = self._make(documents, storage_context=self._storage, embed_model=self._model)
        return self._collection.count()

    def searches(self, task: Task) -> dict[str, Search]:
        """See `Peer.searches`."""
        retriever = self._index.as_retriever(similarity_top_k=task.limit)
        return {"": lambda question: [hit.node.ref_doc_id for hit in retriever.retrieve(question)]}


if __name__ == "__main__":
    run_task(LlamaIndex, PACKAGES)

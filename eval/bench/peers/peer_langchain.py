"""LangChain in the peers' bench: RecursiveCharacterTextSplitter, HuggingFaceEmbeddings and Chroma, put together as its documentation does.

Chunks of 1,000 characters that overlap by 200, as in its tutorials; everything else is its default. Runs in its own
environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.bench.peers.task import Task, Text, run_task

PACKAGES = ("langchain-core", "langchain-text-splitters", "langchain-huggingface", "langchain-chroma", "chromadb", "torch")
# What Chroma takes in one call; add_documents leaves it to the caller to keep to it.
BATCH = 5000


class LangChain:
    """A Chroma vector store on disk."""

    def __init__(self, task: Task) -> None:
        from langchain_chroma import Chroma  # type: ignore[import-not-found]
        from langchain_core.documents import Document  # type: ignore[import-not-found]
        from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found]
        from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]

        self._document = Document
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        embeddings = HuggingFaceEmbeddings(model_name=str(task.weights))
        self._store = Chroma(collection_name="articles", embedding_function=embeddings, persist_directory=str(task.store))
        self._limit = task.limit
        self._units = 0

    def add(self, texts: Sequence[Text], corpus: Path) -> int:
        """See `Peer.add`."""
        whole = [self._document(page_content=text, metadata={"id": id_}) for id_, text in texts]
        chunks = self._splitter.split_documents(whole)
        for start in range(0, len(chunks), BATCH):
            self._store.add_documents(chunks[start : start + BATCH])
        self._units += len(chunks)
        return self._units

    def search(self, question: str) -> list[str]:
        """See `Peer.search`."""
        return [hit.metadata["id"] for hit in self._store.similarity_search(question, k=self._limit)]


if __name__ == "__main__":
    run_task(LangChain, PACKAGES)

"""txtai in the peers' bench: Embeddings with hybrid search (Faiss and BM25) and stored content, as its documentation does.

A document is one unit and everything else its default. Runs in its own environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.bench.peers.task import Task, Text, run_task

PACKAGES = ("txtai", "transformers", "faiss-cpu", "torch")


class Txtai:
    """An Embeddings database, saved when it is built."""

    def __init__(self, task: Task) -> None:
        from txtai import Embeddings  # type: ignore[import-not-found]

        self._embeddings = Embeddings(path=str(task.weights), hybrid=True, content=True)
        self._store = str(task.store)
        self._limit = task.limit

    def add(self, texts: Sequence[Text], corpus: Path) -> int:
        """See `Peer.add`."""
        # upsert builds the index where there is none.
        self._embeddings.upsert(texts)
        self._embeddings.save(self._store)
        return int(self._embeddings.count())

    def search(self, question: str) -> list[str]:
        """See `Peer.search`."""
        return [str(hit["id"]) for hit in self._embeddings.search(question, self._limit)]


if __name__ == "__main__":
    run_task(Txtai, PACKAGES)

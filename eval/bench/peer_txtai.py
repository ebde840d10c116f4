"""txtai in the peers' bench: Embeddings with hybrid search (Faiss and BM25) and stored content, as its documentation does.

A document is one unit and everything else its default. Runs in its own environment.
"""

from __future__ import annotations

from eval.bench.peer_task import Search, Task, run_task

PACKAGES = ("txtai", "transformers", "faiss-cpu", "torch")


class Txtai:
    """An Embeddings database, saved when it is built."""

    def __init__(self, task: Task) -> None:
        from txtai import Embeddings  # type: ignore[import-not-found]

        self._embeddings = Embeddings(path=str(task.weights), hybrid=True, content=True)

    def index(self, task: Task) -> int:
        """See `Peer.index`."""
        self._embeddings.index(task.texts())
        self._embeddings.save(str(task.store))
        return int(self._embeddings.count())

    def searches(self, task: Task) -> dict[str, Search]:
        """See `Peer.searches`."""
        return {"": lambda question: [str(hit["id"]) for hit in self._embeddings.search(question, task.limit)]}


if __name__ == "__main__":
    run_task(Txtai, PACKAGES)

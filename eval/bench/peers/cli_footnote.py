"""footnote in the peers' bench: the product's own build and retrieval in its default configuration, by the peers' rules.

Each stage is indexed as the JSON Lines file that it is. Asked is fused retrieval as `Engine.search` does it, or with
`--rerank` the reranked ranking that `footnote eval retrieval` reports. Assembles the product by itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from eval.bench.peers.task import Task, Text, run_task
from index.offline import go_offline
from index.version import __version__

if TYPE_CHECKING:
    from qa.config import Settings
    from qa.schema import Passage

PACKAGES = ("chromadb", "openvino", "tokenizers")
Find = Callable[[str], Sequence["Passage"]]


class Footnote:
    """An index built by `index.sync.build` and read by `qa.retrieve.hybrid`."""

    def __init__(self, task: Task, *, rerank: bool = False) -> None:
        from index.models.embed import load_embedder

        self._settings = _settings(task.store)
        self._limit = task.limit
        self._rerank = rerank
        self._first: dict[str, int] = {}  # by file: how many documents came before it
        self._documents = 0
        self._find: Find | None = None
        self._embedder = load_embedder(self._settings)
        # The product imports when it first needs something; the peers' runners import before they index. One document in
        # another place makes that equal.
        with TemporaryDirectory() as folder:
            one = Path(folder, "one.jsonl")
            one.write_text(json.dumps({"title": "One", "text": "One document was written in June 2020. " * 9}), encoding="utf-8")
            self._build(one, _settings(Path(folder, "db")))

    def add(self, texts: Sequence[Text], corpus: Path) -> int:
        """See `Peer.add`. Raises `RuntimeError` when a document could not be indexed."""
        self._first[corpus.name] = self._documents
        self._documents += len(texts)
        return self._build(corpus, self._settings)

    def search(self, question: str) -> list[str]:
        """See `Peer.search`. Line numbers of records: "corpus.jsonl#row-7" is "7", and those of later files count on."""
        if self._find is None:
            self._find = self._reranked() if self._rerank else self._fused()
        found = (passage.source.rpartition("#row-") for passage in self._find(question))
        return [str(self._first[name] + int(row)) for name, _, row in found]

    def _build(self, corpus: Path, settings: Settings) -> int:
        from index.sync.build import build
        from index.sync.pipeline import default_pipeline

        # The embedder is handed over, because for the peers too the time of indexing is without loading the model.
        pipeline = replace(default_pipeline(settings), load_embedder=lambda given: self._embedder)
        report = build([corpus], settings, pipeline=pipeline)
        if report.failed:
            raise RuntimeError(f"not indexed: {report.failed}")
        return report.chunks

    def _fused(self) -> Find:
        from index.catalog.library import open_library
        from index.models.embed import load_embedder
        from qa.retrieve.hybrid import retrieve

        library = open_library(self._settings)
        embedder = load_embedder(self._settings, for_questions=True)  # as `footnote ask` does
        return lambda question: retrieve(library, embedder, question, self._limit)

    def _reranked(self) -> Find:
        from index.catalog.library import open_library
        from qa.commands.cli_eval_retrieval import searches
        from qa.retrieve.hybrid import to_passages

        library = open_library(self._settings)
        search = searches(library, self._settings, self._limit)["reranked"]
        return lambda question: to_passages(library.catalog, search(question)[: self._limit])


def _settings(store: Path) -> Settings:
    from index.config import load_settings
    from qa.config import Settings

    return load_settings(Settings, {"store": {"path": store}, "models": {"embedder": "all-minilm-l6-v2"}})


if __name__ == "__main__":
    go_offline()
    run_task(lambda task: Footnote(task, rerank="--rerank" in sys.argv), PACKAGES, {"footnote": __version__})

"""footnote in the peers' bench: the product's own build and retrieval in its default configuration, by the peers' rules.

The corpus is indexed as the JSON Lines file that it is. Asked twice over one index: fused retrieval as `Engine.search`
does it, and the reranked ranking that `footnote eval retrieval` reports. Assembles the product by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from eval.bench.peer_task import Search, Task, run_task
from index.offline import go_offline
from index.version import __version__

if TYPE_CHECKING:
    from qa.config import Settings
    from qa.schema import Passage

PACKAGES = ("chromadb", "openvino", "tokenizers")
WITHOUT, WITH = "without reranking", "with reranking"


class Footnote:
    """An index built by `index.build` and read by `qa.retrieve`."""

    def __init__(self, task: Task) -> None:
        from index.embed import load_embedder

        self._settings = _settings(task.store)
        self._embedder = load_embedder(self._settings, task.store)
        # The product imports when it first needs something; the peers' runners import before they index. One document in
        # another place makes that equal.
        with TemporaryDirectory() as folder:
            one = Path(folder, "one.jsonl")
            one.write_text(json.dumps({"title": "One", "text": "One document was written in June 2020. " * 9}), encoding="utf-8")
            self._build(one, _settings(Path(folder, "db")))

    def index(self, task: Task) -> int:
        """See `Peer.index`. Raises `RuntimeError` when a document could not be indexed."""
        return self._build(task.corpus, self._settings)

    def _build(self, corpus: Path, settings: Settings) -> int:
        from index.build import build
        from index.parts import default_parts

        # The embedder is handed over, because for the peers too the time of indexing is without loading the model.
        parts = replace(default_parts(settings), load_embedder=lambda given, folder: self._embedder)
        report = build([corpus], settings, parts=parts)
        if report.failed:
            raise RuntimeError(f"not indexed: {report.failed}")
        return report.chunks

    def searches(self, task: Task) -> dict[str, Search]:
        """See `Peer.searches`: without the reranker, which is loaded at the first question to the other."""
        from index.library import open_library
        from qa.cli_eval_retrieval import searches
        from qa.retrieve import retrieve, to_passages

        library = open_library(self._settings)

        def fused(question: str) -> Sequence[str]:
            return _rows(retrieve(library, self._embedder, question, task.limit))

        ways: dict[str, Search] = {}

        def reranked(question: str) -> Sequence[str]:
            if not ways:
                found = searches(library, self._settings, task.limit)["reranked"]
                ways["reranked"] = lambda text: _rows(to_passages(library.catalog, found(text)[: task.limit]))
            return ways["reranked"](question)

        return {WITHOUT: fused, WITH: reranked}


def _settings(store: Path) -> Settings:
    from index.config import load_settings
    from qa.config import Settings

    return load_settings(Settings, {"store": {"path": store}, "models": {"embedder": "all-minilm-l6-v2"}})


def _rows(passages: Sequence[Passage]) -> list[str]:
    """Line numbers of records: "corpus.jsonl#row-7" is "7"."""
    return [passage.source.rpartition("#row-")[2] for passage in passages]


if __name__ == "__main__":
    go_offline()
    run_task(Footnote, PACKAGES, {"footnote": __version__})

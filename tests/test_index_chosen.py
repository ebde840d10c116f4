"""Documents chosen by source, folder or pattern: searches find the best of theirs, and nothing of the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.catalog.library import Library, open_library
from index.config import IndexConfig, load_settings
from index.errors import UsageError
from index.schema import Document, Published
from index.sync.build import build
from qa.retrieve.hybrid import retrieve
from tests.fakes import HashEmbedder, fake_pipeline, read_plain

EMBEDDER = HashEmbedder()


def read_dated(path: Path, source: str, **more: Any) -> list[Document]:
    """Text or records; a text that begins with a date has that one."""
    return [
        replace(document, published=Published(document.text[:10], "day", "dateline")) if document.text.startswith("2") else document
        for document in read_plain(path, source, **more)
    ]


PIPELINE = fake_pipeline(EMBEDDER, load_file=read_dated)
FILES = {
    "reports/2023/a.txt": "2023-05-01\nPumps were bought in May. ",
    "reports/2024/b.txt": "2024-05-01\nPumps were sold in May. ",
    "reports/2024/c [final].txt": "2024-06-01\nPumps were mended in June. ",
    "reports/2024/c f.txt": "2024-06-02\nPumps were painted in June. ",
    "mail/box.jsonl": "First message about pumps.\nSecond message about pumps.",
    "mail.txt": "2024-01-01\nA letter about pumps. ",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> IndexConfig:
    folder = tmp_path_factory.mktemp("chosen")
    for source, text in FILES.items():
        path = folder / "docs" / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if source.endswith("jsonl") else text * 20)
    settings = load_settings(IndexConfig, {"store": {"path": folder / "db"}})
    build([folder / "docs"], settings, pipeline=PIPELINE)
    return settings


@pytest.fixture(scope="module")
def library(settings: IndexConfig) -> Iterator[Library]:
    with open_library(settings) as library:
        yield library


def sources_of(library: Library, ids: Sequence[str]) -> set[str]:
    return {chunk.source for chunk in library.catalog.chunks(ids).values()}


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (["mail.txt"], {"mail.txt"}),
        (["mail/"], {"mail/box.jsonl#1", "mail/box.jsonl#2"}),
        (["mail/box.jsonl"], {"mail/box.jsonl#1", "mail/box.jsonl#2"}),
        (["mail/box.jsonl#2"], {"mail/box.jsonl#2"}),
        (["mail*"], {"mail.txt", "mail/box.jsonl#1", "mail/box.jsonl#2"}),
        (["reports/*/b.txt", "mail.txt"], {"reports/2024/b.txt", "mail.txt"}),
        (["reports/2024/c [final].txt"], {"reports/2024/c [final].txt"}),  # its own name, not "c" with one of six letters
        (["reports/2024/c [!x].txt"], {"reports/2024/c f.txt"}),
        (["reports/"], {name for name in FILES if name.startswith("reports/")}),
    ],
)
def test_every_search_stays_within_what_is_chosen(library: Library, sources: list[str], found: set[str]) -> None:
    vector = EMBEDDER.encode(["pumps"])[0]
    assert sources_of(library, [id for id, _ in library.catalog.bm25("pumps", 500, sources=sources)]) == found
    assert sources_of(library, [id for id, _ in library.vectors.query(vector, 500, sources=sources)]) == found
    assert {p.source for p in retrieve(library, EMBEDDER, "pumps", 500, sources=sources)} == found


def test_the_best_of_the_chosen_are_the_best_of_all_without_the_others(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the limit is told to the stores: as ranges of rows, row by row, or not at all."""
    vector = EMBEDDER.encode(["pumps mended"])[0]
    inside = {"reports/2024/b.txt", "mail/box.jsonl#1", "mail.txt"}
    every = library.catalog.bm25("pumps mended may", 10_000)
    kept = [(id, score) for id, score in every if sources_of(library, [id]) <= inside]
    near = [(id, score) for id, score in library.vectors.query(vector, 10_000) if sources_of(library, [id]) <= inside]
    monkeypatch.setattr("index.catalog.search._SPARE", 1)
    for n, (ranges, rows, compared) in enumerate([(8, 20_000, 20_000), (0, 20_000, 0), (0, 0, 0)]):
        monkeypatch.setattr("index.catalog.bm25.FEW_RANGES", ranges)
        monkeypatch.setattr("index.catalog.chosen.FEW_RANGES", ranges)
        monkeypatch.setattr("index.catalog.chosen.FEW_ROWS", rows)
        monkeypatch.setattr("index.catalog.library.COMPARED", compared)
        sources = [*sorted(inside), *["mail.txt"] * n]  # another key each time: nothing kept
        for limit in (1, 5, 10_000):
            assert library.catalog.bm25("pumps mended may", limit, sources=sources) == kept[:limit]
            found = library.vectors.query(vector, limit, sources=sources)
            assert [score for _, score in found] == pytest.approx([score for _, score in near[:limit]], abs=5e-3)
            assert sources_of(library, [id for id, _ in found]) <= inside


def test_dates_and_sources_both_hold(library: Library) -> None:
    found = library.catalog.bm25("pumps", 500, since="2024-05-15", sources=["reports/"])
    assert sources_of(library, [id for id, _ in found]) == {"reports/2024/c [final].txt", "reports/2024/c f.txt"}
    vector = EMBEDDER.encode(["pumps"])[0]
    near = library.vectors.query(vector, 500, since="2024-05-15", sources=["reports/"])
    assert {id for id, _ in near} == {id for id, _ in found}
    assert library.catalog.bm25("pumps", 5, since="2030-01-01", sources=["reports/"]) == []
    assert library.vectors.query(vector, 5, since="2030-01-01", sources=["reports/"]) == []


@pytest.mark.parametrize("source", ["nothing.txt", "report/", "*.pdf", "", "' OR 1=1 --", "reports", "caf\udce9.txt"])
def test_what_names_no_document_is_said(library: Library, source: str) -> None:
    with pytest.raises(UsageError, match="no document is named by"):
        library.catalog.bm25("pumps", 5, sources=["mail.txt", source])
    with pytest.raises(UsageError, match="no document is named by"):
        library.vectors.query(np.ones(EMBEDDER.dim, dtype=np.float32), 5, sources=[source])


def test_a_change_of_the_index_is_seen(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "in").mkdir(parents=True)
    (docs / "in" / "a.txt").write_text("Pumps a.")
    (docs / "out.txt").write_text("Pumps out.")
    settings = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}})
    build([docs], settings, pipeline=PIPELINE)
    with open_library(settings) as library:
        assert sources_of(library, [id for id, _ in library.catalog.bm25("pumps", 9, sources=["in/"])]) == {"in/a.txt"}
        (docs / "in" / "b.txt").write_text("Pumps b.")
        (docs / "in" / "a.txt").unlink()
        time.sleep(0.01)
        build([docs], settings, pipeline=PIPELINE)
        assert sources_of(library, [id for id, _ in library.catalog.bm25("pumps", 9, sources=["in/"])]) == {"in/b.txt"}

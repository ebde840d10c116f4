"""Indexes of every layout that there was, kept as small archives: the newest version opens them, embeds nothing again, loses nothing."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from index.catalog.library import open_library
from index.catalog.tables import LAYOUT, UPGRADES
from index.config import IndexConfig, load_settings
from index.errors import IndexMismatch
from index.sync.build import build
from tests.fakes import HashEmbedder, fake_pipeline

KEPT = Path(__file__).parent / "data" / "layouts"
TEXTS = {
    "kia.txt": "Kia opens a factory in Almaty. It employs 700 people.",
    "pump.txt": "The pump needs oil each May. The valve does not.",
    "rows.jsonl#1": "Doosan builds a plant.",
    "rows.jsonl#2": "Hyundai builds a yard.",
}


def test_an_index_of_every_layout_is_kept() -> None:
    """A new layout brings its own: an index of `TEXTS` made by `build` with `fake_pipeline`, as `tests/data/layouts/N.tar.gz`."""
    assert {path.name.removesuffix(".tar.gz") for path in KEPT.iterdir()} == {*UPGRADES, LAYOUT}


@pytest.mark.parametrize("layout", [*UPGRADES, LAYOUT])
def test_an_older_index_is_brought_up_to_date(layout: str, tmp_path: Path) -> None:
    with tarfile.open(KEPT / f"{layout}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    settings = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}, "index": {"chunk_tokens": 16}})
    if layout != LAYOUT:
        with pytest.raises(IndexMismatch, match=r"footnote index FOLDER --db .*brings it up to date and embeds nothing again"):
            open_library(settings)
    report = build([], settings, pipeline=fake_pipeline())
    assert (report.embedded, report.documents) == (0, 4)
    with open_library(settings) as library:
        assert {info.source: library.catalog.text_of(info.source) for info in library.catalog.documents()} == TEXTS
        for source, text in TEXTS.items():
            (chunk,) = library.catalog.chunks_of(source)
            assert chunk.text == text[chunk.start : chunk.end]
            assert library.catalog.bm25(text.split()[0] if text[0] != "T" else "pump", 1)[0][0] == chunk.id
            assert library.vectors.query(HashEmbedder().encode([chunk.read])[0], 1)[0][0] == chunk.id
            assert library.catalog.nearest(HashEmbedder().encode([chunk.read])[0], 1) is not None

"""Codes of vectors: how near they come, and the search of all chunks within some dates by them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.catalog.library import Library, open_library
from index.catalog.tables import FILE_NAME
from index.catalog.writer import CatalogWriter
from index.config import IndexConfig, load_settings
from index.errors import StoreError
from index.schema import Document, Published
from index.sync.build import build
from index.text.codes import cosines, pack, record_size
from tests.fakes import HashEmbedder, fake_pipeline
from tests.same_index import assert_codes_fit, vectors_of


def read_dated(path: Path, source: str, **_: Any) -> list[Document]:
    """A text whose first line is its date."""
    day, text = path.read_text(encoding="utf-8").split("\n", 1)
    return [Document(source, text, "text", text[:99], published=Published(day, "day", "dateline"))]


PARTS = fake_pipeline(load_file=read_dated)
QUERY = HashEmbedder().encode(["Copied words."])[0]


def test_a_cosine_from_codes_is_off_by_less_than_a_thousandth() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(3000, 384)).astype(np.float32) * random.uniform(0.01, 100, size=(3000, 1)).astype(np.float32)
    question = random.normal(size=384).astype(np.float32)
    true = vectors @ question / np.linalg.norm(vectors, axis=1) / np.linalg.norm(question)
    found = cosines(pack(vectors), question)
    assert found.shape == (3000,) and found.dtype == np.float32
    assert np.abs(found - true).std() < 4e-4 and np.abs(found - true).max() < 2e-3
    # one by one they are the same bytes, so it does not matter which were packed together
    assert b"".join(pack(vector[None]) for vector in vectors[:50]) == pack(vectors[:50])


@given(arrays(np.float32, (4, 8), elements=st.floats(-1000, 1000, width=16)))
def test_whatever_the_numbers_codes_are_cosines(vectors: np.ndarray) -> None:
    packed = pack(vectors)
    assert len(packed) == 4 * record_size(8) == 4 * 12
    found = cosines(packed, np.ones(8, dtype=np.float32))
    assert (np.abs(found) <= 1.01).all()


def test_no_vectors_and_a_vector_of_zeros_are_no_error() -> None:
    assert pack(np.empty((0, 384), dtype=np.float32)) == b""
    assert cosines(b"", np.ones(384, dtype=np.float32)).shape == (0,)
    assert cosines(pack(np.zeros((1, 8), dtype=np.float32)), np.ones(8, dtype=np.float32)).tolist() == [0.0]


@pytest.fixture
def settings(tmp_path: Path) -> IndexConfig:
    """An index of 30 dated documents of several chunks, some of whose texts are the same."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for n in range(30):
        body = "Copied words. " * 30 if n % 5 == 0 else f"Word{n} stays here. " * 60
        (docs / f"{n:02}.txt").write_text(f"2024-06-{n + 1:02}\n{body}")
    settings = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}})
    build([docs], settings, pipeline=PARTS)
    return settings


def exact(library: Library, since: str, until: str) -> list[tuple[str, float]]:
    dates = {info.source: info.published.date or "" for info in library.catalog.documents()}
    every = library.vectors.query(QUERY, 10_000)
    sources = {id: chunk.source for id, chunk in library.catalog.chunks([id for id, _ in every]).items()}
    return [(id, score) for id, score in every if since <= dates[sources[id]] <= until]


def test_the_nearest_within_dates_are_compared_one_by_one(settings: IndexConfig) -> None:
    with open_library(settings) as library:
        expected = exact(library, "2024-06-03", "2024-06-17")
        assert len(expected) > 20
        for limit in (1, 4, 20, 1000):
            found = library.catalog.nearest(QUERY, limit, since="2024-06-03", until="2024-06-17")
            assert found is not None
            assert [score for _, score in found] == pytest.approx([score for _, score in expected[:limit]], abs=5e-3)
            assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
            assert {id for id, _ in found} <= {id for id, _ in expected}
        # what ties with the last one wanted is chosen by its id, wherever it lies
        everything = library.catalog.nearest(QUERY, 1000)
        assert everything is not None
        assert [library.catalog.nearest(QUERY, limit) for limit in (1, 2, 3)] == [everything[:1], everything[:2], everything[:3]]
        assert library.catalog.nearest(QUERY, 5, since="2030-01-01") == []


def test_codes_are_written_some_chunks_at_a_time(settings: IndexConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, asked = vectors_of(settings), []

    def pages(keys: Sequence[str]) -> Iterator[tuple[list[str], np.ndarray]]:
        asked.append(len(keys))
        yield list(keys), np.array([vectors[key] for key in keys], dtype=np.float32)

    monkeypatch.setattr("index.catalog.codes._CHUNKS", 4)
    with closing(CatalogWriter(settings.store.path)) as writer:
        writer.db.execute("DELETE FROM codes")
        writer.add_codes(pages)
        assert not writer.lacks_codes()
        most = writer.db.execute("SELECT max(chunks) FROM documents").fetchone()[0]
    assert len(asked) > 10 and max(asked) <= max(4, most)
    with open_library(settings) as library:
        assert_codes_fit(library, vectors)


@pytest.mark.parametrize("harm", ["DELETE FROM codes WHERE document = 4", "UPDATE codes SET codes = substr(codes, 2) WHERE document = 4"])
def test_where_codes_are_lacking_the_store_answers_and_the_next_run_writes_them(settings: IndexConfig, tmp_path: Path, harm: str) -> None:
    with open_library(settings) as library:
        expected = library.vectors.query(QUERY, 9, since="2024-06-03", until="2024-06-05")
    connection = sqlite3.connect(settings.store.path / FILE_NAME)
    connection.execute(harm)
    connection.commit()
    connection.close()
    with open_library(settings) as library:
        assert library.catalog.nearest(QUERY, 9) is None
        found = library.vectors.query(QUERY, 9, since="2024-06-03", until="2024-06-05")
        assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=5e-3)
    if harm.startswith("DELETE"):
        assert build([tmp_path / "docs"], settings, pipeline=PARTS).embedded == 0
        vectors = vectors_of(settings)
        with open_library(settings) as library:
            assert_codes_fit(library, vectors)


def test_a_run_that_fails_at_the_codes_shows_nothing_new(settings: IndexConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs" / "new.txt").write_text("2024-07-03\nA new plant opened.")
    with monkeypatch.context() as patch:
        patch.setattr(CatalogWriter, "add_codes", lambda self, pages, **how: (_ for _ in ()).throw(StoreError("the disk is gone")))
        with pytest.raises(StoreError, match="the disk is gone"):
            build([tmp_path / "docs"], settings, pipeline=PARTS)
    with open_library(settings) as library:
        assert library.catalog.document("new.txt") is None and library.catalog.nearest(QUERY, 5) is not None
    build([tmp_path / "docs"], settings, pipeline=PARTS)
    with open_library(settings) as library:
        found = library.catalog.nearest(QUERY, 5, since="2024-07-01")
        assert found is not None and [c.source for c in library.catalog.chunks([id for id, _ in found]).values()] == ["new.txt"]

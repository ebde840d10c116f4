"""Vectors in real Chroma: exact keys, cosine scores, generations that readers can hold while the writer moves on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.catalog.library import open_library
from index.config import IndexConfig, StoreSettings, load_settings
from index.errors import StoreError
from index.store.generations import Generations
from index.store.vectors import SEARCH_EF, Vectors, copy_vectors, import_chromadb, open_folder
from index.store.writer import VectorWriter, vector_key
from index.sync.build import build
from tests.fakes import HashEmbedder, fake_pipeline
from tests.made import document

DIM = 16


def unit(number: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(number, DIM)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def names(number: int, prefix: str = "k") -> list[str]:
    return [f"{prefix}{i:05d}" for i in range(number)]


def test_query_gives_cosine_best_first_with_ties_by_id(tmp_path: Path) -> None:
    store = open_folder(tmp_path, create=True)
    vectors = unit(50)
    store.upsert(names(50), vectors)
    store.upsert(["a-twin"], vectors[7:8])
    found = store.query(vectors[7] * 3, 5)
    assert [key for key, _ in found[:2]] == ["a-twin", "k00007"]
    exact = np.sort(vectors @ vectors[7])[::-1][:4]
    assert [score for _, score in found[1:]] == pytest.approx(exact.tolist(), abs=1e-5)
    assert store.query(vectors[0], 500) and len(store.query(vectors[0], 500)) == 51
    store.close()


def test_upsert_replaces_and_delete_ignores_the_absent(tmp_path: Path) -> None:
    store = open_folder(tmp_path, create=True)
    store.upsert(["a", "b"], unit(2))
    store.upsert(["a"], -unit(1))
    assert store.count() == 2
    assert store.query(-unit(1)[0], 1)[0] == ("a", pytest.approx(1.0, abs=1e-5))
    store.delete(["a", "never there"])
    assert store.ids() == ["b"]
    assert store.query(unit(1)[0], 5)[0][0] == "b"
    store.close()


def test_batches_over_the_limit_survive_reopening(tmp_path: Path) -> None:
    store = open_folder(tmp_path / "a", create=True)
    vectors = unit(6000)
    store.upsert(names(6000), vectors)
    store.close()
    again = open_folder(tmp_path / "a")
    assert sorted(again.ids()) == names(6000)
    assert again.query(vectors[4321], 1)[0][0] == "k04321"
    other = open_folder(tmp_path / "b", create=True)
    copy_vectors(again, other, names(4500))
    assert other.count() == 4500
    assert other.query(vectors[10], 1)[0] == ("k00010", pytest.approx(1.0, abs=1e-5))
    other.delete(names(4400))
    assert sorted(other.ids()) == names(4500)[4400:]
    again.close()
    other.close()


def test_an_empty_store_answers_nothing(tmp_path: Path) -> None:
    store = open_folder(tmp_path, create=True)
    assert store.query(unit(1)[0], 5) == []
    assert store.query(unit(1)[0], 0) == []
    store.close()


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="footnote index again"):
        open_folder(tmp_path / "empty")
    (tmp_path / "chroma.sqlite3").write_bytes(b"junk" * 5000)
    with pytest.raises(StoreError):
        open_folder(tmp_path)


def test_equal_texts_share_a_key_and_embedders_do_not() -> None:
    assert vector_key("e1", "text") == vector_key("e1", "text")
    assert len({vector_key("e1", "text"), vector_key("e2", "text"), vector_key("e1", "text2")}) == 3


def writer_at(path: Path, facts: dict[str, str | int], vectors: Vectors) -> VectorWriter:
    generations = Generations(StoreSettings(path=path), "id")
    return VectorWriter(generations, {key: str(value) for key, value in facts.items()}, lambda texts: vectors[[int(t) for t in texts]])


def test_a_reader_keeps_its_generation_until_it_lets_go(tmp_path: Path) -> None:
    generations, vectors = Generations(StoreSettings(path=tmp_path), "id"), unit(300)
    first = writer_at(tmp_path, {"generation": 0}, vectors)
    first.ensure({key: str(i) for i, key in enumerate(names(100))})
    sealed = first.seal()
    reader = generations.open(str(sealed["vectors"]))
    assert reader is not None
    second = writer_at(tmp_path, {"generation": 1, "dim": DIM, **sealed}, vectors)
    assert second.have == set(names(100))
    second.ensure({key: str(i) for i, key in enumerate(names(300))})
    newer = str(second.seal()["vectors"])
    generations.sweep(newer)
    assert reader.store.count() == 100
    assert reader.store.query(vectors[50], 1)[0][0] == "k00050"
    reader.close()
    generations.sweep(newer)
    assert generations.open(reader.name) is None
    assert [path.name for path in (tmp_path / "vectors").iterdir() if path.is_dir()] == [newer]
    last = generations.open(newer)
    assert last is not None and last.store.count() == 300
    last.close()


def test_dead_places_are_rebuilt_away(tmp_path: Path) -> None:
    vectors, facts = unit(2000), {"generation": 0}
    for turn in range(6):
        writer = writer_at(tmp_path, facts, vectors)
        kept = names(300, f"t{turn}-")
        writer.ensure({key: str(turn * 300 + i) for i, key in enumerate(kept)})
        writer.collect(set(kept))
        assert writer.have == set(kept)
        sealed = writer.seal()
        assert int(sealed["vectors_written"]) == 300
        Generations(StoreSettings(path=tmp_path), "id").sweep(str(sealed["vectors"]))
        facts = {"generation": turn + 1, "dim": DIM, **sealed}


def test_a_damaged_generation_gives_an_empty_copy_not_an_error(tmp_path: Path) -> None:
    vectors = unit(10)
    first = writer_at(tmp_path, {"generation": 0}, vectors)
    first.ensure({"a": "0"})
    sealed = first.seal()
    (tmp_path / "vectors" / str(sealed["vectors"]) / "chroma.sqlite3").write_bytes(b"junk" * 5000)
    second = writer_at(tmp_path, {"generation": 1, "dim": DIM, **sealed}, vectors)
    assert second.have == set()
    second.repair({"a"}, lambda keys: dict.fromkeys(keys, "0"))
    assert second.have == {"a"} and second.embedded == 1
    second.close()


@pytest.mark.parametrize("compared", [0, 3, 20_000])
def test_the_nearest_within_dates_are_those_of_all_without_the_others(
    tmp_path: Path, compared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.catalog.library.COMPARED", compared)
    (tmp_path / "all.txt").write_text("stands for forty documents")
    # every fourth is a copy of one text, which share a vector, with dates of their own
    texts = ["Copied words." if n % 4 == 0 else f"Word{n} stays here." for n in range(40)]
    documents = [document(text, f"{n}.txt", f"2024-{n % 12 + 1:02}-03") for n, text in enumerate(texts)]
    settings = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}})
    build([tmp_path / "all.txt"], settings, pipeline=fake_pipeline(load_file=lambda path, source, **_: documents))
    with open_library(settings) as library:
        dates = {info.source: info.published.date or "" for info in library.catalog.documents()}
        assert len(dates) == 40 and all(dates.values())
        query = HashEmbedder().encode(["Copied words."])[0]
        every = library.vectors.query(query, 99)
        source = {id: chunk.source for id, chunk in library.catalog.chunks([id for id, _ in every]).items()}
        for since, until in [("2024-12-01", None), (None, "2024-06-30"), ("2024-02-01", "2024-02-28")]:
            expected = [(id, s) for id, s in every if (since or "") <= dates[source[id]] <= (until or "9")]
            for limit in (1, 5, 99):
                found = library.vectors.query(query, limit, since=since, until=until)
                assert [s for _, s in found] == pytest.approx([s for _, s in expected[:limit]], abs=0.005)  # different texts may tie
                assert {id for id, _ in found} <= {id for id, _ in expected}
        assert library.vectors.query(query, 5, since="2030-01-01") == []


def test_a_collection_of_an_earlier_version_is_searched_as_widely_as_a_new_one(tmp_path: Path) -> None:
    client = import_chromadb().PersistentClient(path=str(tmp_path))
    client.create_collection("chunks", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None)
    client.close()
    for create in (True, False):
        store = open_folder(tmp_path, create=create)
        assert store._collection.configuration_json["hnsw"]["ef_search"] == SEARCH_EF
        store.close()
    fresh = open_folder(tmp_path / "new", create=True)
    assert fresh._collection.configuration_json["hnsw"]["ef_search"] == SEARCH_EF
    fresh.close()

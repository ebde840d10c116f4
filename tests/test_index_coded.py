"""The file of codes that a search reads instead of Chroma: near to exact, whole or not at all, never needed, always made again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.catalog.library import open_library
from index.errors import StoreError
from index.exchange.export import export_index
from index.exchange.restore import import_index
from index.health.checkup import check_index, mend
from index.store import coded, vectors
from index.store.coded import CodedVectors, open_coded, write_coded
from index.store.generations import Generations
from index.store.vectors import Vectors
from index.sync.build import build, forget
from index.sync.ingest import Ingest
from index.text.codes import pack
from tests.fakes import HashEmbedder, fake_pipeline
from tests.same_index import vectors_of
from tests.test_index_late import DOCUMENTS, Shelf

DIM = 72  # no whole number of words of bits
QUERY = HashEmbedder().encode(["Text3 of the first day."])[0]


def cloud(number: int, seed: int = 0) -> Vectors:
    """Vectors that lie on one side, as those of texts do."""
    made = np.random.default_rng(seed).normal(0.3, 1.0, size=(number, DIM)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def names(number: int) -> list[str]:
    return [f"k{n:05d}" for n in range(number)]


def pages(vectors: Vectors, size: int = 700) -> Iterator[tuple[bytes, list[str]]]:
    for i in range(0, len(vectors), size):
        yield pack(vectors[i : i + size]), names(len(vectors))[i : i + size]


def written(path: Path, vectors: Vectors) -> CodedVectors:
    write_coded(path, "here", pages(vectors))
    opened = open_coded(path, "here")
    assert opened is not None
    return opened


@pytest.mark.parametrize("number", [1, 63, 3000])
def test_few_are_all_compared(tmp_path: Path, number: int) -> None:
    vectors = cloud(number)
    codes = written(tmp_path / "codes", vectors)
    exact = vectors @ vectors[0]
    for limit in (1, 10, number, 10_000):
        found = codes.query(vectors[0] * 3, limit)
        assert [score for _, score in found] == pytest.approx(np.sort(exact)[::-1][:limit].tolist(), abs=5e-3)
        assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
    assert codes.query(vectors[0], 0) == []
    assert codes.keys() == set(names(number)) and codes.is_whole()


def test_nothing_is_out_of_reach(tmp_path: Path) -> None:
    """As in a graph, which loses vectors that lie close together (hashed words do, and the lines of a price list)."""
    texts = [f"The word is w{n}x here. A sentence that every document shares." for n in range(600)]
    texts += [f"A sentence that every document shares. Once more w{n}x at the end." for n in range(600)]
    vectors = HashEmbedder().encode(texts)
    found = written(tmp_path / "codes", vectors).query(vectors[1], 10_000)
    assert sorted(key for key, _ in found) == names(1200)
    exact = dict(zip(names(1200), (vectors @ vectors[1]).tolist(), strict=True))
    assert dict(found) == pytest.approx(exact, abs=5e-3)


def test_of_many_those_that_share_most_bits_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = cloud(500)
    vectors, queries = (np.repeat(topics[:some], each, axis=0) + cloud(some * each, 1) for some, each in ((500, 40), (50, 1)))
    codes = written(tmp_path / "codes", vectors)
    monkeypatch.setattr(coded, "SHORTLIST", 4000)
    shares = []
    for query in queries:
        exact = {f"k{n:05d}" for n in np.argsort(vectors @ query / np.linalg.norm(vectors, axis=1))[-10:]}
        shares.append(len(exact & {key for key, _ in codes.query(query, 10)}) / 10)
    assert np.mean(shares) > 0.97
    assert len(codes.query(queries[0], 15_000)) == 15_000, "who wants many gets many"


def test_what_ties_with_the_last_one_wanted_is_chosen_by_its_key(tmp_path: Path) -> None:
    same = np.repeat(cloud(1), 9, axis=0)
    write_coded(tmp_path / "codes", "here", iter([(pack(same), list("hgfedcbai"))]))
    codes = open_coded(tmp_path / "codes", "here")
    assert codes is not None and [key for key, _ in codes.query(same[0], 4)] == list("abcd")


def test_keys_come_once_and_only_those_that_are_wanted(tmp_path: Path) -> None:
    vectors = cloud(40)
    twice = [*pages(vectors, 15), *pages(vectors[:5])]
    write_coded(tmp_path / "codes", "here", twice, set(names(40)[::2]))
    codes = open_coded(tmp_path / "codes", "here")
    assert codes is not None
    assert [key for key, _ in codes.query(vectors[3], 99)] and len(codes.query(vectors[3], 99)) == 20
    assert codes.keys() == set(names(40)[::2])


HARMS: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: os.truncate(path, 0),
    "its head alone": lambda path: os.truncate(path, 4096),
    "halved": lambda path: os.truncate(path, path.stat().st_size // 2),
    "a byte too few": lambda path: os.truncate(path, path.stat().st_size - 1),
    "a byte too many": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "zeroed after its head": lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(path.stat().st_size - 4096)),
    "noise": lambda path: path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size)),
    "another count": lambda path: path.write_bytes(path.read_bytes().replace(b'"count": 500', b'"count": 501')),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_file_is_not_opened(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "codes"
    written(path, cloud(500))
    assert open_coded(path, "elsewhere") is None
    HARMS[harm](path)
    assert open_coded(path, "here") is None


def test_what_opening_overlooks_a_whole_look_finds(tmp_path: Path) -> None:
    path = tmp_path / "codes"
    written(path, cloud(20_000))
    data = bytearray(path.read_bytes())
    data[700_000] ^= 1
    path.write_bytes(data)
    opened = open_coded(path, "here")
    assert opened is not None and not opened.is_whole()


def test_a_file_that_is_mapped_stays_as_it_was_when_another_takes_its_name(tmp_path: Path) -> None:
    path, vectors = tmp_path / "codes", cloud(500)
    before = written(path, vectors)
    after = written(path, -vectors)
    path.unlink()
    assert before.query(vectors[7], 1)[0][0] == "k00007" and after.query(-vectors[7], 1)[0][0] == "k00007"
    assert before.is_whole()


def test_a_file_is_written_to_its_end_or_not_at_all(tmp_path: Path) -> None:
    def breaks() -> Iterator[tuple[bytes, list[str]]]:
        yield from pages(cloud(100))
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_coded(tmp_path / "codes", "here", breaks())
    assert open_coded(tmp_path / "codes", "here") is None and not [*tmp_path.iterdir()]
    write_coded(tmp_path / "codes", "here", iter([]))
    write_coded(tmp_path / "codes", "here", pages(cloud(9)), set())
    assert not [*tmp_path.iterdir()], "of nothing there is no file"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for number in range(DOCUMENTS):
        shelf.write(number, f"Text{number} of the first day.")
    shelf.build()
    return shelf


def codes_file(shelf: Shelf) -> Path:
    (path,) = (shelf.settings.store.path / "vectors").glob("*.codes*")
    assert path.name == f"{shelf.facts()['vectors']}.codes"
    return path


def held(shelf: Shelf) -> set[str]:
    with open_library(shelf.settings) as library:
        codes = library.vectors.codes()
        assert codes is not None and codes.is_whole()
        return codes.keys()


def nearest(shelf: Shelf) -> list[tuple[str, float]]:
    with open_library(shelf.settings) as library:
        return library.vectors.query(QUERY, 1000)


def test_a_reader_does_not_open_chroma(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.catalog.library.COMPARED", 0)
    monkeypatch.setattr("index.store.generations.open_folder", lambda *_, **__: pytest.fail("Chroma was opened"))
    with open_library(shelf.settings) as library:
        library.vectors.open()
        assert len(library.vectors.query(QUERY, 1000)) == library.catalog.counts().chunks
        (best, _), *_ = library.vectors.query(QUERY, 1)
        assert "Text3" in library.catalog.chunks([best])[best].text


@pytest.mark.parametrize("harm", ["deleted", "halved", "zeroed", "noise"])
@pytest.mark.parametrize("late", [False, True])
def test_without_its_codes_an_index_answers_and_the_next_run_writes_them(
    shelf: Shelf, harm: str, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, keys = nearest(shelf), held(shelf)
    path = codes_file(shelf)
    HARMS[harm](path)
    assert nearest(shelf) == expected, "by the codes in the catalog"
    monkeypatch.setattr("index.catalog.library.COMPARED", 0)
    found = dict(nearest(shelf))
    assert len(found) > len(expected) / 2 and found.items() <= {id: pytest.approx(score, abs=5e-3) for id, score in expected}.items()
    if late:
        shelf.write(3, "An edited beginning.")
    with monkeypatch.context() as patched:
        patched.setattr(Generations, "begin", lambda *_: pytest.fail("Chroma was opened for writing"))
        shelf.build()
    assert path == codes_file(shelf) and (keys <= held(shelf) or late)
    assert "edited" in next(iter(shelf.found("An edited beginning."))) or not late


def test_a_reader_that_had_opened_chroma_lets_go_of_it(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.catalog.library.COMPARED", 0)
    codes_file(shelf).unlink()
    closed = []
    monkeypatch.setattr(vectors.ChromaStore, "close", lambda self, close=vectors.ChromaStore.close: (closed.append(1), close(self)))
    with open_library(shelf.settings) as library:
        library.vectors.open()
        library.vectors.query(QUERY, 1)
        assert not closed and library.vectors.codes() is None
        shelf.build()
        library.vectors.query(QUERY, 1)
        assert closed and library.vectors.codes() is not None


def test_a_reader_goes_on_while_newer_codes_take_the_place(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_library(shelf.settings) as library:
        before = library.vectors.codes()
        assert before is not None
        keys = before.keys()
        monkeypatch.setattr("index.sync.late.FILES", 0)
        shelf.write(DOCUMENTS, "A new arrival.")
        shelf.build()
        assert codes_file(shelf).exists(), "those of the generation before are gone"
        assert before.keys() == keys and len(before.query(QUERY, 1000)) == len(keys)
        after = library.vectors.codes()
        assert after is not None and after.keys() > keys
        assert len(library.vectors.query(QUERY, 1000)) == library.catalog.counts().chunks


def test_what_is_forgotten_leaves_the_codes_too(shelf: Shelf) -> None:
    before = held(shelf)
    forget("003.txt", shelf.settings)
    after = held(shelf)
    assert after < before and after == vectors_of(shelf.settings).keys()


def test_what_is_hidden_while_a_file_is_read_again_is_in_every_generation(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may show again before the next one."""
    monkeypatch.setattr("index.sync.late.FILES", 0)
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 4)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 8)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_SHARE", 0.0)
    seen, publish = [], Ingest._publish

    def looks(ingest: Ingest) -> None:
        publish(ingest)
        with open_library(shelf.settings) as library:
            codes = library.vectors.codes()
            assert codes is not None and codes.keys() >= {row["vector"] for row in library.catalog.rows("SELECT vector FROM chunks")}
            seen.append(len(codes.keys()))

    monkeypatch.setattr(Ingest, "_publish", looks)
    for number in range(DOCUMENTS):
        shelf.write(number, f"Text{number} of the second day.")
    shelf.build()
    assert len(seen) > 2
    assert held(shelf) == vectors_of(shelf.settings).keys()


def test_an_import_brings_codes(shelf: Shelf, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    export_index(tmp_path / "out", shelf.settings)
    back = Shelf(tmp_path / "back")
    import_index(tmp_path / "out", back.settings)
    assert codes_file(back).exists() and held(back) == held(shelf)


def test_the_doctor_finds_what_is_wrong_with_the_codes_and_mends_it_alone(shelf: Shelf) -> None:
    pipeline = fake_pipeline(shelf.embedder)
    store, path = shelf.facts()["vectors"], codes_file(shelf)
    assert check_index(shelf.settings, pipeline) == []
    path.unlink()
    (fault,) = check_index(shelf.settings, pipeline)
    assert fault.part == "codes" and "missing" in fault.detail
    with open_library(shelf.settings) as library:
        facts = library.catalog.meta()
    generations = Generations(shelf.settings.store, facts["id"])
    generations.write_codes(store, iter([(pack(QUERY[None]), ["of another text"])]))
    (fault,) = check_index(shelf.settings, pipeline)
    assert fault.part == "codes" and "not of all" in fault.detail
    assert mend(shelf.settings, pipeline).embedded == 0
    assert shelf.facts()["vectors"] == store, "Chroma is left as it is"
    assert check_index(shelf.settings, pipeline) == []


def test_where_the_catalog_lacks_codes_no_file_is_written(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    path = codes_file(shelf)
    path.unlink()
    connection = sqlite3.connect(shelf.settings.store.path / "catalog.sqlite3")
    connection.execute("UPDATE codes SET codes = substr(codes, 2) WHERE document = 4")
    connection.commit()
    connection.close()
    build([shelf.docs], shelf.settings, pipeline=fake_pipeline(shelf.embedder))
    assert not path.exists()
    mend(shelf.settings, fake_pipeline(shelf.embedder))
    assert held(shelf) == vectors_of(shelf.settings).keys()


def test_a_disk_that_is_full_is_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.store.generations.write_coded", full)
    monkeypatch.setattr("index.sync.late.FILES", 0)
    shelf.write(DOCUMENTS, "A new arrival.")
    with pytest.raises(StoreError, match="Free space"):
        shelf.build()
    monkeypatch.undo()
    assert len(nearest(shelf)) == DOCUMENTS
    shelf.build()
    assert held(shelf) == vectors_of(shelf.settings).keys()

"""Power cuts at any moment of real index runs: what is left answers as before or as after, or says what mends it, and is mended.

The long version: python -m tests.power_campaign 500
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.catalog.codes import stored_keys
from index.catalog.library import open_library
from index.config import IndexConfig, load_settings
from index.errors import FootnoteError, NoIndex
from index.health.checkup import check_index
from index.sync.build import build
from tests.fakes import HashEmbedder, fake_pipeline
from tests.power_cut import Disk, Record, record

pytestmark = pytest.mark.slow
LOOKED_AT = 20  # documents that are searched for after a cut

DRIVER = """
import sys
from pathlib import Path
import index.store.pending, index.store.writer, index.sync.ingest
index.sync.ingest.BATCH_CHUNKS, index.sync.ingest.PUBLISH_CHUNKS = int(sys.argv[3]), int(sys.argv[3]) * 3
index.store.writer.DEAD_FLOOR, index.store.pending.MOST_WAITING = 5, 10
from tests.test_index_power import sync
sync(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One run: the documents as the run before had them and as this one finds them, and what it did to the index's folder."""

    before: dict[str, str]
    now: dict[str, str]
    records: Sequence[Record]


def settings(db: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db}, "index": {"chunk_tokens": 16}})


def sync(docs: Path, db: Path) -> None:
    build([docs], settings(db), pipeline=fake_pipeline())


def text(number: int, turn: int = 0) -> str:
    return f"Word{number}t{turn} stands here, fact{number} and date{turn}. " * (1 + number % 3)


def write(docs: Path, texts: dict[str, str]) -> None:
    """Make the folder hold these texts and no others."""
    docs.mkdir(exist_ok=True)
    for path in docs.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, words in texts.items():
        if not (docs / name).exists() or (docs / name).read_text() != words:
            (docs / name).write_text(words)


def small_runs() -> Iterator[dict[str, str]]:
    """A first run, a change that waits in the catalog, changes of all kinds, and so much gone that all is written anew."""
    texts = {f"{n}.txt": text(n) for n in range(40)}
    yield dict(texts)
    texts["3.txt"] = text(3, 1)
    yield dict(texts)
    texts |= {f"{n}.txt": text(n, 2) for n in range(5, 50, 3)}
    del texts["1.txt"], texts["2.txt"]
    yield dict(texts)
    yield {name: words for name, words in texts.items() if name.startswith(("1", "2"))}


def large_runs() -> Iterator[dict[str, str]]:
    """Enough for files of Chroma's graph on the disk, and a second run over them."""
    texts = {f"{n}.txt": text(n) for n in range(1, 1300, 3)} | {f"{n}.txt": text(n) for n in range(0, 1300, 3)}
    texts |= {f"b{n}.txt": text(n, 9) for n in range(1, 1300, 3)}
    yield dict(texts)
    yield texts | {f"{n}.txt": text(n, 1) for n in range(0, 300, 3)}


RUNS = {"small": (small_runs, 8), "large": (large_runs, 512)}


def steps(home: Path, kind: str) -> list[Step]:
    """The runs of this kind, recorded; what was recorded is all that happened."""
    runs, batch = RUNS[kind]
    docs, db, disk, before, made = home / "docs", home / "db", Disk(), dict[str, str](), list[Step]()
    db.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for now in runs():
        write(docs, now)
        records = record(db, [sys.executable, "-c", DRIVER, str(docs), str(db), str(batch)], home, environment)
        for one in records:
            disk.take(one)
        live = {path: data for path, data in disk.live().items() if path not in disk.mapped}
        there = {path.relative_to(db).as_posix(): path for path in db.rglob("*") if path.is_file()}
        assert {path: there[path].read_bytes() for path in there if path not in disk.mapped} == live
        made.append(Step(before, now, records))
        before = now
    assert {Path(path).name for path in disk.mapped} == {"catalog.sqlite3-shm"}, "SQLite makes it anew when it finds nobody at work"
    return made


def cut(home: Path, runs: Sequence[Step], cuts: int, seed: int) -> Iterator[tuple[str, str]]:
    """Cut the power so often, and look at what is left; yields how what was left was made, and how it ended."""
    chance, places = random.Random(seed), []
    for run, step in enumerate(runs):
        near = [at for at, one in enumerate(step.records, 1) if one.what in ("sync", "rename", "remove", "create")]
        places += [(run, at) for at in near] + [(run, chance.randrange(len(step.records) + 1)) for _ in near]
    disk = Disk()
    chosen = sorted(chance.sample(places, min(cuts, len(places))))
    for run, step in enumerate(runs):
        for at, one in enumerate([*step.records, None]):
            while chosen and chosen[0] == (run, at):
                del chosen[0]
                name = f"seed{seed}-run{run}-at{at}"
                way = disk.leave(home / name, random.Random(name))
                write(home / "docs", step.now)
                try:
                    yield way, check(home / "docs", home / name, step, way)
                except BaseException:
                    print(f"{way}, left in {home / name}")
                    raise
                shutil.rmtree(home / name)
            if one is not None:
                disk.take(one)


def shown(db: Path) -> dict[str, str]:
    """What can be read, after checking that all of it and nothing else is found by vectors, and some of it by its words.

    By codes, wherever they are read from; that Chroma holds all that it must is looked at beside.
    """
    with open_library(settings(db)) as library:
        with library.vectors.store() as store:
            assert stored_keys(library.catalog.rows) <= set(store.ids())
        texts = {info.source: library.catalog.text_of(info.source) for info in library.catalog.documents()}
        found = library.vectors.query(HashEmbedder().encode(["Word1t0"])[0], 10_000)
        chunks = library.catalog.chunks([id for id, _ in found])
        assert {chunk.source for chunk in chunks.values()} == set(texts)
        for source in random.Random(1).sample(sorted(texts), min(len(texts), LOOKED_AT)):
            for chunk in library.catalog.chunks_of(source):
                assert texts[source][chunk.start : chunk.end] == chunk.text
                assert chunk.id in [id for id, _ in library.catalog.bm25(chunk.text.split()[0], 10)]
                assert library.vectors.query(HashEmbedder().encode([chunk.read])[0], 1)[0][1] > 0.99
    return texts


def check(docs: Path, db: Path, step: Step, way: str) -> str:
    """What is left shows each document as it was or as it is, or says in a line what mends it; the next run mends it.

    Where names come in order there is nothing to mend: what the catalog counts on was synced before.
    """
    try:
        texts = shown(db)
        assert all(words in (step.before.get(source), step.now.get(source)) for source, words in texts.items())
        assert texts.items() >= step.before.items() & step.now.items()
        ended = "before" if texts == step.before else "now" if texts == step.now else "between"
    except FootnoteError as error:
        ended = str(error).replace(str(db), "DB")
        assert len(ended.splitlines()) == 1 and "footnote index" in ended, ended
        assert way == "any" or isinstance(error, NoIndex), ended
    sync(docs, db)
    assert shown(db) == step.now, ended
    assert check_index(settings(db), fake_pipeline()) == []
    return ended


@pytest.fixture(scope="module", params=[("small", 16), ("large", 3)], ids=["small", "large"])
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Step], int]:
    """Where they were made, the runs, and how often to cut."""
    home = tmp_path_factory.mktemp("home")
    return home, steps(home, request.param[0]), request.param[1]


def test_after_a_power_cut_nothing_is_lost_and_the_next_run_mends_what_was_not_written(runs: tuple[Path, list[Step], int]) -> None:
    home, made, cuts = runs
    assert len([*cut(home, made, cuts, seed=1)]) == cuts


def test_words_are_certain_when_the_catalog_counts_on_them(runs: tuple[Path, list[Step], int]) -> None:
    """Words may be newer than the catalog and never older, so what names their latest files is synced before its next transaction."""
    unnamed = False
    for one in (one for step in runs[1] for one in step.records):
        if one.what == "rename" and one.other == "words/meta.json":
            unnamed = True
        elif one.what == "sync" and one.path == "words":
            unnamed = False
        elif one.what == "sync" and one.path == "catalog.sqlite3-wal":
            assert not unnamed


WRITES = """
import os, sys
from pathlib import Path
a, b, c = (Path(sys.argv[1]) / name for name in "abc")
def sync(path):
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
a.write_text("synced")
sync(a), sync(a.parent)
with a.open("a") as more:
    more.write(", and more")
b.write_text("once of another name")
sync(b)
c.write_text("never synced")
sync(c.parent)
b.rename(c)
"""


def test_what_was_not_synced_may_be_lost(tmp_path: Path) -> None:
    """The content of a file by what was synced of it, its name by what was synced of its folder."""
    (tmp_path / "db").mkdir()
    disk = Disk()
    for one in record(tmp_path / "db", [sys.executable, "-c", WRITES, str(tmp_path / "db")], tmp_path, os.environ):
        disk.take(one)
    assert disk.live() == {"a": b"synced, and more", "c": b"once of another name"}
    left = set()
    for seed in range(200):
        chance = random.Random(seed)
        way = disk.leave(tmp_path / str(seed), chance)
        found = {path.name: path.read_text() for path in (tmp_path / str(seed)).iterdir()}
        left |= {(way, name, words) for name, words in found.items()}
    synced = {("a", "synced"), ("b", "once of another name"), ("c", "")}
    assert {(name, words) for way, name, words in left if way == "synced"} == synced
    assert {(name, words) for way, name, words in left if way != "synced"} >= {
        ("a", "synced, and more"),
        ("a", "synced" + "\0" * len(", and more")),
        ("c", "never synced"),
        ("c", "once of another name"),
    }

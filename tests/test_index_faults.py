"""A full disk and a locked catalog, both real: told in a line or two, nothing lost, and the next run goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.catalog.library import open_library
from index.catalog.tables import FILE_NAME
from index.catalog.writer import CatalogWriter
from index.config import IndexConfig, load_settings
from index.errors import StoreError
from index.store.generations import Generations
from index.sync.build import build, forget
from tests.fakes import HashEmbedder, fake_pipeline

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "footnote-test", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system takes root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def text(number: int, turn: int = 0) -> str:
    return f"Word{number} of turn{turn} stands here, fact{number} and date{number}. " * 4


def settings(db: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db}, "index": {"chunk_tokens": 16}})


def sync(docs: Path, db: Path) -> None:
    build([docs], settings(db), pipeline=fake_pipeline())


def shown(db: Path) -> dict[str, str]:
    """What can be read, after checking that it can be found by its vectors and that nothing else is."""
    with open_library(settings(db)) as library:
        texts = {info.source: library.catalog.text_of(info.source) for info in library.catalog.documents()}
        found = library.vectors.query(HashEmbedder().encode(["Word1 of turn0"])[0], 10_000)
        chunks = library.catalog.chunks([id for id, _ in found])
    assert {chunk.source for chunk in chunks.values()} == set(texts)
    assert all(texts[chunk.source][chunk.start : chunk.end] == chunk.text for chunk in chunks.values())
    return texts


def on_disk(docs: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in docs.iterdir()}


def fill(disk: Path, spare: int) -> Path:
    """Leave `spare` bytes."""
    filler = disk / "filler"
    filler.write_bytes(b"\0" * (shutil.disk_usage(disk).free - spare))
    return filler


def test_a_full_disk_is_told_at_every_step_and_loses_nothing(small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 40)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 120)
    docs, db = tmp_path / "docs", small_disk / "db"
    docs.mkdir()
    for n in range(60):
        (docs / f"{n}.txt").write_text(text(n))
    sync(docs, db)
    told = 0
    for turn, spare in enumerate((0, 50_000, 150_000, 400_000, 800_000, 1_200_000), start=1):
        before = on_disk(docs)
        filler = fill(small_disk, spare)
        for n in range(turn, 60, 7):
            (docs / f"{n}.txt").write_text(text(n, turn))
        (docs / f"{50 + turn}.txt").unlink()
        for n in range(40):
            (docs / f"{turn}-{n}.txt").write_text(text(n, 100 + turn))
        now = on_disk(docs)
        try:
            sync(docs, db)
        except StoreError as error:
            assert "is full. Free space, then run footnote index again" in str(error)
            told += 1
        unchanged = {source: words for source, words in before.items() if now.get(source) == words}
        if spare == 0:  # not even a reader has the room that it needs beside the catalog
            with pytest.raises(StoreError, match="is full"):
                shown(db)
            filler.unlink()
            assert shown(db) == before
        else:
            visible = shown(db)
            assert visible.items() >= unchanged.items()
            # Without room for the few pages that hide what changed, the run ends before it has changed anything.
            assert visible.items() <= now.items() or (visible == before and spare < 400_000)
            filler.unlink()
        sync(docs, db)
        assert shown(db) == now
        for n in range(40):
            (docs / f"{turn}-{n}.txt").unlink()
        sync(docs, db)
    assert told >= 4


def test_a_first_build_on_a_full_disk_is_told_and_leaves_the_place_usable(small_disk: Path, tmp_path: Path) -> None:
    docs, db = tmp_path / "docs", small_disk / "db"
    docs.mkdir()
    for n in range(20):
        (docs / f"{n}.txt").write_text(text(n))
    for spare in (0, 20_000, 250_000):
        filler = fill(small_disk, spare)
        with pytest.raises(StoreError, match=r"is full\. Free space, then run footnote index again"):
            sync(docs, db)
        filler.unlink()
    sync(docs, db)
    assert shown(db) == on_disk(docs)


def test_a_catalog_that_another_program_keeps_locked_is_told_and_taken_up_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.catalog.tables.PATIENCE_S", 0.3)
    docs, db = tmp_path / "docs", tmp_path / "db"
    docs.mkdir()
    for n in range(5):
        (docs / f"{n}.txt").write_text(text(n))
    sync(docs, db)
    (docs / "1.txt").write_text(text(1, 1))
    before = shown(db)
    with closing(sqlite3.connect(db / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for attempt in (lambda: sync(docs, db), lambda: forget("2.txt", settings(db))):
            with pytest.raises(StoreError, match=r"must not be locked by other programs.*0\.3 s\. Close it.*nothing is lost"):
                attempt()
        assert shown(db) == before  # readers do not mind
        other.execute("ROLLBACK")
    with closing(sqlite3.connect(db / FILE_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="must not be locked by other programs"):
            sync(docs, db)
    sync(docs, db)
    assert shown(db) == on_disk(docs)


def test_a_lock_that_goes_away_in_time_is_waited_for(tmp_path: Path) -> None:
    docs, db = tmp_path / "docs", tmp_path / "db"
    docs.mkdir()
    (docs / "1.txt").write_text(text(1))
    sync(docs, db)
    (docs / "1.txt").write_text(text(1, 1))
    with closing(sqlite3.connect(db / FILE_NAME, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
        release.start()
        sync(docs, db)
        release.join()
    assert shown(db) == on_disk(docs)


def test_what_the_catalog_names_is_on_the_disk_before_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a power cut: every file of a generation is synced, then the transaction that names it (SQLite syncs each one), then the
    generation before is removed."""
    steps: list[str] = []
    fsync, publish, sweep = os.fsync, CatalogWriter.publish, Generations.sweep

    def synced(handle: int) -> None:
        steps.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def published(self: CatalogWriter, facts: Mapping[str, str | int], **more: Any) -> None:
        folder = tmp_path / "db" / "vectors" / str(facts["vectors"])
        assert {str(path) for path in (*folder.rglob("*"), folder, folder.parent)} <= set(steps)
        assert self.db.execute("PRAGMA synchronous").fetchone()[0] == 2
        publish(self, facts, **more)
        steps.append("published")

    def swept(self: Generations, *keep: str) -> None:
        steps.append("swept")
        sweep(self, *keep)

    docs, db = tmp_path / "docs", tmp_path / "db"
    docs.mkdir()
    (docs / "1.txt").write_text(text(1))
    sync(docs, db)
    monkeypatch.setattr("index.sync.late.FILES", 0)  # a change that does not wait
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(CatalogWriter, "publish", published)
    monkeypatch.setattr(Generations, "sweep", swept)
    (docs / "1.txt").write_text(text(1, 1))
    sync(docs, db)
    assert steps.index("published") < steps.index("swept")
    assert shown(db) == on_disk(docs)

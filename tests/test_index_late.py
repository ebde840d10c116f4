"""Small changes: their vectors wait in the catalog, are found all the same, and reach Chroma with a larger change."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.catalog.library import open_library
from index.config import IndexConfig, load_settings
from index.errors import StoreError
from index.health.checkup import check_index
from index.store.generations import Generations
from index.store.vectors import Vectors
from index.sync.build import build, forget
from index.sync.report import Report
from tests.fakes import HashEmbedder, fake_pipeline
from tests.same_index import contents, vectors_of

DOCUMENTS = 30


class Shelf:
    """A folder of texts and its index."""

    def __init__(self, folder: Path) -> None:
        self.docs, self.embedder = folder / "docs", HashEmbedder()
        self.docs.mkdir(parents=True)
        self.settings = load_settings(IndexConfig, {"store": {"path": folder / "db"}, "index": {"chunk_tokens": 16}})

    def write(self, number: int, text: str) -> None:
        (self.docs / f"{number:03d}.txt").write_text(f"{text} Shared by every one. Word{number} stays.", encoding="utf-8")

    def build(self, **changed: Any) -> Report:
        return build([self.docs], self.settings, pipeline=fake_pipeline(self.embedder, **changed))

    def facts(self) -> dict[str, str]:
        with open_library(self.settings) as library:
            return library.catalog.meta()

    def waiting(self) -> int:
        with closing(sqlite3.connect(self.settings.store.path / "catalog.sqlite3")) as db:
            return int(db.execute("SELECT count(*) FROM pending").fetchone()[0])

    def found(self, text: str) -> set[str]:
        with open_library(self.settings) as library:
            near = [id for id, _ in library.vectors.query(self.embedder.encode([text])[0], 10_000)]
            assert len(near) == len(set(near)) == library.catalog.counts().chunks
            best = library.vectors.query(self.embedder.encode([text])[0], 1)
            return {library.catalog.chunks([id])[id].text for id, _ in best}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for number in range(DOCUMENTS):
        shelf.write(number, f"Text{number} of the first day.")
    shelf.build()
    assert shelf.waiting() == 0
    return shelf


@pytest.mark.parametrize("compared", [0, 20_000])
def test_an_edit_an_addition_and_a_deletion_do_not_touch_chroma(shelf: Shelf, compared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared by codes, and by what Chroma holds together with what waits."""
    monkeypatch.setattr("index.catalog.library.COMPARED", compared)
    store = shelf.facts()["vectors"]
    with monkeypatch.context() as patched:
        patched.setattr(Generations, "begin", lambda *_: pytest.fail("Chroma was opened for writing"))
        shelf.write(3, "An edited beginning.")
        shelf.write(DOCUMENTS, "A new arrival.")
        (shelf.docs / "005.txt").unlink()
        report = shelf.build()
    assert (report.new, report.changed, report.removed) == (1, 1, 1)
    assert report.embedded == shelf.waiting() > 0
    assert shelf.facts()["vectors"] == store and "pending_after" in shelf.facts()
    assert "edited" in next(iter(shelf.found("An edited beginning. Shared by every one.")))
    assert "arrival" in next(iter(shelf.found("A new arrival. Shared by every one.")))
    assert not any("Text3 " in text or "Text5 " in text for text in shelf.found("Text3 of the first day. Text5 of the first day."))


def test_what_waits_is_written_when_enough_has_come_together(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.write(3, "An edited beginning.")
    shelf.build()
    assert shelf.waiting() > 0
    monkeypatch.setattr("index.store.pending.MOST_WAITING", 0)
    monkeypatch.setattr("index.store.pending.MOST_SHARE", 0.0)
    shelf.write(4, "Another one.")
    embedded = shelf.build().embedded
    assert shelf.waiting() == 0 and "pending_after" not in shelf.facts()
    assert 0 < embedded < 4, "what had waited is not embedded again"
    vectors_of(shelf.settings)  # every vector is there, none too many


def test_the_doctor_takes_what_waits_for_what_it_is(shelf: Shelf) -> None:
    shelf.write(3, "An edited beginning.")
    for number in range(DOCUMENTS, DOCUMENTS + 3):
        shelf.write(number, "A new arrival.")
    shelf.build()
    assert shelf.waiting() > 0
    assert check_index(shelf.settings, fake_pipeline(shelf.embedder)) == []
    with closing(sqlite3.connect(shelf.settings.store.path / "catalog.sqlite3")) as db:
        db.execute("UPDATE pending SET vector = (SELECT vector FROM pending ORDER BY key LIMIT 1)")
        db.commit()
    (fault,) = check_index(shelf.settings, fake_pipeline(shelf.embedder))
    assert fault.part == "vectors"


def test_after_any_changes_the_index_is_what_a_fresh_one_would_be(shelf: Shelf, tmp_path: Path) -> None:
    dice = random.Random(20261128)
    for day in range(12):
        for _ in range(dice.randrange(1, 4)):
            number = dice.randrange(DOCUMENTS + 5)
            if dice.random() < 0.3:
                (shelf.docs / f"{number:03d}.txt").unlink(missing_ok=True)
            else:
                shelf.write(number, dice.choice(["", f"Text{number} of the first day.", f"Day{day} wrote this."]))
        shelf.build()
    fresh = Shelf(tmp_path / "fresh")
    for path in shelf.docs.iterdir():
        (fresh.docs / path.name).write_bytes(path.read_bytes())
    fresh.build()
    ours, theirs = (contents(one.settings) for one in (shelf, fresh))
    assert {source: rest for source, (_, *rest) in ours.items()} == {source: rest for source, (_, *rest) in theirs.items()}
    query = shelf.embedder.encode(["Day7 wrote this. Shared by every one."])[0]
    with open_library(shelf.settings) as a, open_library(fresh.settings) as b:
        scores = [dict(library.vectors.query(query, 10_000)) for library in (a, b)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_a_run_that_ends_early_loses_nothing(shelf: Shelf) -> None:
    shelf.write(3, "An edited beginning.")
    shelf.build()

    def dies(texts: object) -> Vectors:
        raise StoreError("the power went out. Switch it on.")

    shelf.write(4, "Another one.")
    embed, shelf.embedder.encode = shelf.embedder.encode, dies  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreError, match="power"):
        shelf.build()
    shelf.embedder.encode = embed  # type: ignore[method-assign]
    assert "edited" in next(iter(shelf.found("An edited beginning. Shared by every one.")))
    shelf.build()
    assert "Another" in next(iter(shelf.found("Another one. Shared by every one.")))
    assert shelf.waiting() == 0, "a run after a broken one brings the store up to date"
    vectors_of(shelf.settings)


def test_what_is_forgotten_leaves_chroma_too(shelf: Shelf) -> None:
    shelf.write(3, "An edited beginning.")
    shelf.build()
    forget("003.txt", shelf.settings)
    assert shelf.waiting() == 0
    vectors_of(shelf.settings)


def test_a_large_change_does_not_wait(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.late.FILES", 2)
    for number in range(4):
        shelf.write(number, "Edited.")
    shelf.build()
    assert shelf.waiting() == 0 and "pending" not in shelf.facts()

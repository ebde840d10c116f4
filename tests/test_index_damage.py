"""Every file of an index truncated, zeroed, deleted: the next command says what mends it, or mends it.

Nothing that is stale, half or wrong is shown before or after.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from index.catalog.library import open_library
from index.cli_models import register
from index.config import IndexConfig, load_settings
from index.doctor import examine
from index.errors import FootnoteError, NoIndex
from index.health.checkup import check_index, mend
from index.store.vectors import Vectors
from index.sync.build import build
from tests.fakes import HashEmbedder, fake_pipeline

DAMAGES: dict[str, Callable[[Path], object]] = {
    "halved": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "deleted": lambda path: path.unlink(missing_ok=True),
}
pytestmark = pytest.mark.slow
PAIRS = 20  # of all; DAMAGED_PAIRS says otherwise


def text(number: int) -> str:
    return f"Word{number} of the text stands here, fact{number} and date{number}. " * 3


def settings(db: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db}, "index": {"chunk_tokens": 16}})


def sync(docs: Path, db: Path) -> None:
    build([docs], settings(db), pipeline=fake_pipeline())


def shown(db: Path) -> dict[str, str]:
    """What is read: every document, found by its words and by its vector; what is found is what stands in the texts."""
    with open_library(settings(db)) as library:
        texts = {info.source: library.catalog.text_of(info.source) for info in library.catalog.documents()}
        for source in random.Random(1).sample(sorted(texts), min(len(texts), 4)):
            for chunk in library.catalog.chunks_of(source):
                assert texts[source][chunk.start : chunk.end] == chunk.text
                assert chunk.id in [id for id, _ in library.catalog.bm25(chunk.text.split()[0], 10)]
                near = library.vectors.query(HashEmbedder().encode([chunk.read])[0], 10)
                assert near[0][1] > 0.99, "the nearest vector is that of the very text"
    return texts


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents and its index, of two runs, large enough for HNSW files on the disk."""
    home = tmp_path_factory.mktemp("whole")
    (home / "docs").mkdir()
    for n in range(1100):
        (home / "docs" / f"{n}.txt").write_text(text(n))
    sync(home / "docs", home / "db")
    (home / "docs" / "7.txt").write_text(text(5007))
    (home / "docs" / "8.txt").unlink()
    sync(home / "docs", home / "db")
    return home


def files(db: Path) -> list[str]:
    return sorted(path.relative_to(db).as_posix() for path in db.rglob("*") if path.is_file())


def check(whole: Path, db: Path, damaged: list[tuple[str, str]]) -> str:
    """Damage a copy; read, index, read; returns how it ended."""
    db = db / str(len([*db.iterdir()]) if db.exists() else 0)  # chromadb keeps what it opened in mind by its path
    shutil.copytree(whole / "db", db)
    docs = whole / "docs"
    expected = {path.name: path.read_text() for path in docs.iterdir()}
    for name, how in damaged:
        if (db / name).exists():
            DAMAGES[how](db / name)
    try:
        assert shown(db) == expected
        read = "read"
    except FootnoteError as error:
        read = str(error)
        assert len(read.splitlines()) <= 2
        assert any(command in read for command in ("footnote index", "footnote doctor")), read
    try:
        sync(docs, db)
        ended = "indexed"
    except FootnoteError as error:
        assert len(str(error).splitlines()) <= 2
        if f"Move {db} aside" in str(error):  # neither the catalog nor the list of folders can be read
            db = db.rename(db.with_name(f"{db.name}-aside")).with_name(db.name)
            sync(docs, db)
            ended = "built anew"
        else:
            assert "footnote doctor --mend --db" in str(error), error
            mend(settings(db), fake_pipeline())
            ended = "mended"
    assert shown(db) == expected, f"{damaged}, read before: {read}"
    for path in db.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return ended


def test_every_file_damaged_by_itself(whole: Path, tmp_path: Path) -> None:
    ends = {(name, how): check(whole, tmp_path / "db", [(name, how)]) for name in files(whole / "db") for how in DAMAGES}
    assert {name for (name, _), end in ends.items() if end == "mended"} == {"catalog.sqlite3"}, "all else mends itself"


def test_pairs_of_files_damaged(whole: Path, tmp_path: Path) -> None:
    every = [pair for pair in combinations([(n, h) for n in files(whole / "db") for h in DAMAGES], 2) if pair[0][0] != pair[1][0]]
    number = int(os.environ.get("DAMAGED_PAIRS", PAIRS))
    for pair in random.Random(7).sample(every, min(number, len(every))):
        check(whole, tmp_path / "db", list(pair))


def test_without_an_index_nothing_is_mended(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="footnote index FOLDER"):
        mend(settings(tmp_path / "none"), fake_pipeline())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    for n in range(6):
        (tmp_path / "docs" / f"{n}.txt").write_text(text(n))
    sync(tmp_path / "docs", tmp_path / "db")
    return tmp_path


def faults(db: Path) -> dict[str, str]:
    return {fault.part: fault.detail for fault in check_index(settings(db), fake_pipeline())}


WRONG = {
    "a text that was changed": ("UPDATE texts SET text = replace(text, 'Word', 'Ward') WHERE document = 2", "catalog", "do not stand in"),
    "a chunk that is gone": ("DELETE FROM chunks WHERE row = 1", "catalog", "whose chunks are not all there"),
    "a passage that is gone": ("DELETE FROM passages WHERE row = 1", "catalog", "without their passage"),
    "a text that is gone": ("DELETE FROM texts WHERE document = 2", "catalog", "without their text"),
    "codes that are changed": ("UPDATE codes SET codes = zeroblob(length(codes))", "vectors", "missing, changed or not found"),
    "vectors of other texts": (
        "UPDATE chunks SET vector = (SELECT min(vector) FROM chunks)",
        "catalog",
        "do not stand in",
    ),
    "words that are not known": ("INSERT INTO gone VALUES (1)", "words", "does not hold what the catalog does"),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_doctor_finds_what_no_file_shows_and_mends_it(small: Path, what: str) -> None:
    sql, part, said = WRONG[what]
    db, expected = small / "db", {path.name: path.read_text() for path in (small / "docs").iterdir()}
    assert faults(db) == {}
    with closing(sqlite3.connect(db / "catalog.sqlite3")) as connection:
        assert connection.execute(sql).rowcount
        connection.commit()
    assert said in faults(db)[part]
    mend(settings(db), fake_pipeline())
    assert faults(db) == {}
    assert shown(db) == expected


def test_the_doctor_compares_vectors_with_texts(small: Path) -> None:
    """Vectors and codes that fit each other, of another model under the same name."""
    db = small / "db"
    other = fake_pipeline(OtherEmbedder())
    assert [fault.detail for fault in check_index(settings(db), other)] == ["6 of 6 looked at are not those of their texts"]
    mend(settings(db), other)
    assert check_index(settings(db), other) == []
    assert "vectors" in faults(db)


class OtherEmbedder(HashEmbedder):
    def encode(self, texts: Sequence[str]) -> Vectors:
        return super().encode([f"other {text}" for text in texts])[:, ::-1].copy()


def test_the_doctor_without_an_index_and_with_a_lost_catalog(small: Path) -> None:
    (none,) = [f for f in examine(settings(small / "none")) if f.subject == "index"]
    assert (none.state, none.fix) == ("note", f"footnote index FOLDER --db {small / 'none'}")
    (small / "db" / "catalog.sqlite3").unlink()
    (lost,) = [f for f in examine(settings(small / "db")) if f.subject == "index"]
    assert (lost.state, lost.fix) == ("problem", f"footnote doctor --mend --db {small / 'db'}") and "is gone" in lost.detail


def test_the_command_mends_and_ends_well(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.health.checkup.default_pipeline", lambda settings: fake_pipeline())
    monkeypatch.setattr("index.doctor._models", lambda settings: iter(()))
    monkeypatch.chdir(small)
    app = typer.Typer()
    register(app)
    DAMAGES["zeroed"](small / "db" / "catalog.sqlite3")
    result = CliRunner().invoke(app, ["doctor", "--db", "db"])
    assert result.exit_code == 1 and "footnote doctor --mend --db db" in " ".join(result.stdout.split())
    result = CliRunner().invoke(app, ["doctor", "--mend", "--db", "db"])
    assert result.exit_code == 0, result.output
    assert "6 new" in result.stdout and [*(small / "db").glob("catalog.sqlite3.damaged-*")]
    assert shown(small / "db")["1.txt"] == text(1)


def test_a_folder_that_is_away_keeps_what_the_catalog_has_of_it(small: Path) -> None:
    (small / "docs").rename(small / "away")
    shutil.rmtree(small / "db" / "words")
    mend(settings(small / "db"), fake_pipeline())
    assert len(shown(small / "db")) == 6

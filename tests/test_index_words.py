"""The word index follows the catalog: through deletions, damage, kills at any step, and under readers that hold it open."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.catalog import bm25 as words
from index.catalog import bm25_sync as catalog_words
from index.catalog.bm25 import Entry, Words, count, day_number, write
from index.catalog.inventory import FileRow
from index.catalog.library import Library, open_library
from index.catalog.reader import Catalog
from index.catalog.tables import FILE_NAME, connect, open_for_reading
from index.catalog.writer import CatalogWriter, Staged
from index.config import IndexConfig, load_settings
from index.errors import IndexMismatch, StoreError
from index.schema import Document
from index.structure.chunk import chunk_document
from index.sync.build import build
from index.text.terms import query_words
from tests.fakes import HashEmbedder, fake_pipeline, word_tokenizer


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[CatalogWriter]:
    made = CatalogWriter(tmp_path)
    yield made
    made.close()


@pytest.fixture
def catalog(tmp_path: Path, writer: CatalogWriter) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / FILE_NAME)
    yield opened
    opened.close()


def stage(writer: CatalogWriter, texts: dict[str, str], dying: Sequence[str] = ()) -> None:
    row = FileRow("/r/f", "/r", "f", 1, 1, 1, 1, "h", "r")
    file = writer.file_id(row)
    known = writer.known_documents(file)
    staged = []
    for source, text in texts.items():
        document = Document(source, text, "text", source)
        chunks = chunk_document(document, word_tokenizer(), 12)
        staged.append((file, Staged(document, chunks, [f"k-{c.id}" for c in chunks], "fp", b"s")))
    writer.stage(staged, [row], [], [known[source][0] for source in dying])


def finish(writer: CatalogWriter) -> None:
    writer.publish({"vectors": "v1"})
    writer.purge(hidden=True)
    writer.compact()


def sources(catalog: Catalog, query: str) -> list[str]:
    chunks = catalog.chunks([id for id, _ in catalog.bm25(query, 50)])
    return sorted({chunk.source for chunk in chunks.values()})


def stored(folder: Path) -> set[str]:
    """Which of the words w0 to w99 the files still hold."""
    bytes_ = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return {f"zw{n}z" for n in range(100) if f"zw{n}z".encode() in bytes_}


@pytest.mark.parametrize("few", [0, 5000])
def test_a_replaced_document_s_words_go_and_scores_are_those_of_a_fresh_index(
    few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: CatalogWriter, catalog: Catalog
) -> None:
    monkeypatch.setattr(catalog_words, "FEW_ROWS", few)
    stage(writer, {f"d{n}": f"zw{n}z common words." for n in range(20)})
    finish(writer)
    assert sources(catalog, "zw3z") == ["d3"]
    stage(writer, {"d3": "zw50z common words."}, dying=["d3"])
    assert sources(catalog, "zw3z") == ["d3"], "shown until its successor is"
    assert sources(catalog, "zw50z") == []
    finish(writer)
    assert (sources(catalog, "zw3z"), sources(catalog, "zw50z")) == ([], ["d3"])
    assert catalog_words.in_step(writer.db, tmp_path / "words")
    assert writer.db.execute("SELECT count(*) FROM gone").fetchone()[0] == 0
    if few:
        fresh = CatalogWriter(tmp_path / "fresh") if (tmp_path / "fresh").mkdir() is None else writer
        stage(fresh, {f"d{n}": f"zw{50 if n == 3 else n}z common words." for n in range(20)})
        finish(fresh)
        fresh.close()
        again = Catalog(tmp_path / "fresh" / FILE_NAME)
        assert again.bm25("common zw50z", 50) == catalog.bm25("common zw50z", 50)
        again.close()
        assert "zw3z" not in stored(tmp_path / "words"), "nothing of it stays on the disk"


def test_a_large_index_drops_rows_one_by_one_until_a_tenth_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: CatalogWriter, catalog: Catalog
) -> None:
    monkeypatch.setattr(catalog_words, "FEW_ROWS", 0)
    stage(writer, {f"d{n}": f"zw{n}z common words." for n in range(40)})
    finish(writer)
    dead = []
    for n in range(6):
        stage(writer, {f"d{n}": f"zw{n + 50}z common words."}, dying=[f"d{n}"])
        finish(writer)
        dead.append(writer.meta()["words_dead"])
        assert len(sources(catalog, "common")) == 40
        assert words.count(tmp_path / "words") == 40
    assert dead == ["1", "2", "3", "4", "0", "1"]


def test_row_numbers_are_never_given_again(tmp_path: Path, writer: CatalogWriter) -> None:
    stage(writer, {"a": "First.", "b": "Second."})
    finish(writer)
    writer.hide(removed=[1])
    finish(writer)
    writer.close()
    again = CatalogWriter(tmp_path)
    stage(again, {"c": "Third."})
    assert [row[0] for row in again.db.execute("SELECT row FROM chunks")] == [3]
    again.close()


@pytest.mark.parametrize("harm", ["gone", "empty", "junk", "of another index", "older"])
def test_lost_damaged_and_foreign_words_are_told_and_mended_by_the_next_run(tmp_path: Path, harm: str) -> None:
    docs, db, other = tmp_path / "docs", tmp_path / "db", tmp_path / "other"
    docs.mkdir()
    for n in range(6):
        (docs / f"{n}.txt").write_text(f"The plant zw{n}z stands here.")
    settings = load_settings(IndexConfig, {"store": {"path": db}})
    build([docs], settings, pipeline=fake_pipeline())
    older = shutil.copytree(db / "words", tmp_path / "older")
    (docs / "6.txt").write_text("The plant zw6z stands here.")
    build([docs], settings, pipeline=fake_pipeline())
    if harm == "junk":
        for path in (db / "words").iterdir():
            path.write_bytes(b"junk" * 100)
    elif harm == "of another index":
        build([docs / "1.txt"], load_settings(IndexConfig, {"store": {"path": other}}), pipeline=fake_pipeline())
        shutil.rmtree(db / "words")
        shutil.copytree(other / "words", db / "words")
    else:
        shutil.rmtree(db / "words")
        if harm == "empty":
            (db / "words").mkdir()
        elif harm == "older":
            shutil.copytree(older, db / "words")
    with open_library(settings) as library:
        if harm in ("gone", "empty", "junk"):
            with pytest.raises(StoreError, match=r"words in .*Check the disk, then run footnote index again: it mends them\."):
                library.catalog.bm25("plant", 9)
        build([docs], settings, pipeline=fake_pipeline())
        for n in range(7):
            assert sources(library.catalog, f"zw{n}z") == [f"{n}.txt"], "also by a library that was open meanwhile"


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("call", range(4))
def test_a_kill_around_any_write_shows_nothing_stale_and_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, step: str
) -> None:
    docs, db = tmp_path / "docs", tmp_path / "db"
    docs.mkdir()
    settings = load_settings(IndexConfig, {"store": {"path": db}})
    for n in range(8):
        (docs / f"{n}.txt").write_text(f"The plant zw{n}z stands here.")
    build([docs], settings, pipeline=fake_pipeline())
    for n in range(4):
        (docs / f"{n}.txt").write_text(f"The plant zw{n + 20}z stands here.")
    calls = 0

    def dying(*args: object, **more: object) -> None:
        nonlocal calls
        calls += 1
        if calls > call and step == "before":
            raise Killed
        write(*args, **more)  # type: ignore[arg-type]
        if calls > call:
            raise Killed

    monkeypatch.setattr(words, "write", dying)
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 2)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 2)
    with open_library(settings) as held:
        if call < 3:
            with pytest.raises(Killed):
                build([docs], settings, pipeline=fake_pipeline())
        else:
            build([docs], settings, pipeline=fake_pipeline())  # two publishes, one clearing up
        with open_library(settings) as fresh:
            for library in (held, fresh):
                for n in range(8):
                    assert sources(library.catalog, f"zw{n}z") == ([f"{n}.txt"] if n > 3 else [])
                    assert sources(library.catalog, f"zw{n + 20}z") in ([], [f"{n}.txt"])
        monkeypatch.setattr(words, "write", write)
        build([docs], settings, pipeline=fake_pipeline())
        for n in range(8):
            assert sources(held.catalog, f"zw{n}z") == ([f"{n}.txt"] if n > 3 else [])
            assert sources(held.catalog, f"zw{n + 20}z") == ([f"{n}.txt"] if n < 4 else [])
    connection = connect(db / FILE_NAME)
    assert catalog_words.in_step(connection, db / "words")
    connection.close()


def as_layout(old: str, db: Path) -> None:
    """Turn a catalog back into what a version before wrote."""
    connection = sqlite3.connect(db / FILE_NAME)
    connection.executescript(f"ALTER TABLE documents DROP COLUMN blocks; UPDATE meta SET value = '{old}' WHERE key = 'layout';")
    if old < "3":
        connection.executescript("""
            DROP TABLE codes; DROP INDEX documents_shown; DROP INDEX chunks_vector;
            CREATE INDEX chunks_vector ON chunks (vector);
        """)
    if old == "1":
        connection.executescript("""
            CREATE VIRTUAL TABLE terms USING fts5 (text, title, tokenize = "porter unicode61 remove_diacritics 2");
            INSERT INTO terms (rowid, text, title)
                SELECT p.row, p.text, d.title FROM passages p JOIN chunks c ON c.row = p.row JOIN documents d ON d.id = c.document;
            DROP TABLE passages; DROP TABLE gone; DROP INDEX documents_dates;
            DELETE FROM meta WHERE key LIKE 'words%';
        """)
        shutil.rmtree(db / "words")
    connection.close()


@pytest.mark.parametrize("old", ["1", "2", "3"])
def test_an_index_of_a_version_before_is_brought_up_to_date_without_embedding(tmp_path: Path, old: str) -> None:
    docs, db = tmp_path / "docs", tmp_path / "db"
    docs.mkdir()
    for n in range(3):
        (docs / f"{n}.txt").write_text(f"The plant zw{n}z stands here. " * 40)
    settings = load_settings(IndexConfig, {"store": {"path": db}})
    build([docs], settings, pipeline=fake_pipeline())
    with open_library(settings) as library:
        before = shown(library)
    schema = indexes(db)
    as_layout(old, db)
    with pytest.raises(
        IndexMismatch, match=rf"layout '{old}'.*footnote index FOLDER --db {db}, which brings it up to date and embeds nothing"
    ):
        open_for_reading(db)
    report = build([docs], settings, pipeline=fake_pipeline())
    assert (report.embedded, report.same) == (0, 3)
    assert indexes(db) == schema
    with open_library(settings) as library:
        assert shown(library) == before
        generation = library.catalog.generation()
    build([docs], settings, pipeline=fake_pipeline())
    with open_library(settings) as library:
        assert library.catalog.generation() == generation, "nothing is left to do"


def shown(library: Library) -> list[object]:
    vector = HashEmbedder().encode(["The plant zw1z stands here."])[0]
    compared = library.catalog.nearest(vector, 50)
    assert compared
    return [library.catalog.bm25("plant zw1z", 50), library.catalog.chunks_of("1.txt"), compared, library.vectors.query(vector, 50)]


def indexes(db: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(db / FILE_NAME)
    found = connection.execute("SELECT name, replace(sql, 'IF NOT EXISTS ', '') FROM sqlite_master WHERE type = 'index' ORDER BY name")
    rows = [row for row in found.fetchall() if row[1]]
    connection.close()
    return rows


class TestWords:
    def test_counts_rows_and_finds_the_best_first(self, tmp_path: Path) -> None:
        write(tmp_path / "w", [Entry(n, "plant " * n + "of Kia") for n in range(1, 6)], after=None)
        assert (count(tmp_path / "w"), count(tmp_path / "w", 3), count(tmp_path / "absent")) == (5, 3, None)
        found = Words(tmp_path / "w").search(1, ["plants"], 3)
        assert [row for row, _ in found] == [5, 4, 3]
        assert found == sorted(found, key=lambda pair: -pair[1])

    def test_a_writer_that_fails_leaves_what_was_there(self, tmp_path: Path) -> None:
        write(tmp_path / "w", [Entry(1, "plant")], after=None)

        def failing() -> Iterator[Entry]:
            yield Entry(2, "plant")
            raise Killed

        for after in (None, 1):
            with pytest.raises(Killed):
                write(tmp_path / "w", failing(), after=after)
            assert Words(tmp_path / "w").search(1, ["plant"], 9)[0][0] == 1
            assert count(tmp_path / "w") == 1

    def test_rows_above_are_replaced_and_a_reader_follows_by_version(self, tmp_path: Path) -> None:
        write(tmp_path / "w", [Entry(1, "plant"), Entry(2, "plant"), Entry(3, "plant")], after=None)
        reader = Words(tmp_path / "w")
        assert len(reader.search(1, ["plant"], 9)) == 3
        write(tmp_path / "w", [Entry(2, "mill"), Entry(4, "plant")], after=1, gone=[7])
        assert len(reader.search(1, ["plant"], 9)) == 3, "as it was, until it is told of a change"
        assert sorted(row for row, _ in reader.search(2, ["plant"], 9)) == [1, 4]
        assert reader.search(2, ["mill"], 9)[0][0] == 2

    def test_no_words_find_nothing(self, tmp_path: Path) -> None:
        write(tmp_path / "w", [Entry(1, "plant")], after=None)
        assert Words(tmp_path / "w").search(1, ["_", "x" * 300], 9) == []

    @pytest.mark.parametrize(
        ("date", "number"),
        [("2024-06-12", 20240612), ("2024-06", 20240600), ("2024", 20240000), (None, None), ("soon", None)],
    )
    def test_days_as_numbers(self, date: str | None, number: int | None) -> None:
        assert day_number(date) == number


@pytest.mark.parametrize(
    ("written", "asked"),
    [("Łódź", "Lodz"), ("Grønland", "gronland"), ("Straße", "Strasse"), ("æble", "aeble"), ("Mu\u0308ller", "muller"), ("Đorđe", "dorde")],
)
def test_a_word_with_accents_is_found_without_them_and_the_other_way_round(tmp_path: Path, written: str, asked: str) -> None:
    write(tmp_path / "w", [Entry(1, f"the harbour of {written}"), Entry(2, f"the harbour of {asked}")], after=None)
    reader = Words(tmp_path / "w")
    for word in (written, asked):
        assert {row for row, _ in reader.search(1, query_words(word), 9)} == {1, 2}


@pytest.mark.parametrize("asked", ["QX-17/4", "qx17/4", "QX17-4", "part QX-17/4"])
def test_a_part_number_is_found_as_a_whole_before_its_parts(tmp_path: Path, asked: str) -> None:
    texts = ["QX 4 and 17 of the old list", "order the part QX-17/4 there", "QX-17/5 is another", "17 boats and 4 nets"]
    write(tmp_path / "w", [Entry(number, text) for number, text in enumerate(texts, 1)], after=None)
    assert Words(tmp_path / "w").search(1, query_words(asked), 9)[0][0] == 2


def test_a_numbered_thing_is_found_before_its_word_and_number_apart(tmp_path: Path) -> None:
    write(tmp_path / "w", [Entry(1, "line 4 has 7 stops, line 4 is old"), Entry(2, "on line 7 there are 4 long stops")], after=None)
    assert Words(tmp_path / "w").search(1, query_words("How old is line 7?"), 9)[0][0] == 2
    assert query_words("What happened in 2024 on line 7?") == ["happened", "2024", "line", "7", "line7"]

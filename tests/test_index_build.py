"""Building and syncing on real Chroma with hashed vectors: what is on disk is what can be found, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from index.catalog.library import Library, open_library
from index.config import IndexConfig, load_settings
from index.errors import IndexBusy, IndexMismatch, LoadError, ModelMissing, NoIndex, NotRead, StoreError, UsageError
from index.schema import Document
from index.store.lock import writer_lock
from index.sync import build as building
from index.sync.build import build, forget, make_folder
from index.sync.pipeline import default_pipeline
from index.sync.report import Report
from tests.fakes import HashEmbedder, fake_pipeline, read_plain
from tests.same_index import count_vectors


class Shelf:
    """A folder of texts and its index."""

    def __init__(self, folder: Path, waits: bool = True) -> None:
        self.docs = folder / "docs"
        self.db = folder / "db"
        self.docs.mkdir()
        self.waits = waits  # whether the vectors of small changes wait in the catalog
        self.embedder = HashEmbedder()
        self.settings = load_settings(IndexConfig, {"store": {"path": self.db}, "index": {"chunk_tokens": 16}})

    def write(self, name: str, text: str) -> Path:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def build(self, *paths: Path, dry_run: bool = False, settings: IndexConfig | None = None, **changed: Any) -> Report:
        pipeline = fake_pipeline(self.embedder, **changed)
        return build(list(paths or (self.docs,)), settings or self.settings, dry_run=dry_run, pipeline=pipeline)

    def open(self) -> Library:
        return open_library(self.settings)

    def sources(self) -> list[str]:
        with self.open() as library:
            return [info.source for info in library.catalog.documents()]

    def found(self, text: str) -> set[str]:
        """Sources of chunks that either store finds and that hold the text."""
        with self.open() as library:
            near = [id for id, _ in library.vectors.query(self.embedder.encode([text])[0], 50)]
            chunks = library.catalog.chunks([*near, *(id for id, _ in library.catalog.bm25(text, 50))])
            assert set(near) <= set(chunks)
            return {chunk.source for chunk in chunks.values() if text in chunk.text}


@pytest.fixture(params=[True, False], ids=["small changes wait", "all are written"])
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Shelf:
    if not request.param:
        monkeypatch.setattr("index.sync.late.FILES", 0)
    return Shelf(tmp_path, waits=request.param)


def outcome(report: Report) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.same, report.removed, len(report.failed)


def test_first_build_finds_every_document_both_ways(shelf: Shelf) -> None:
    shelf.write("a.txt", "Doosan builds a plant. " * 10)
    shelf.write("sub/b.txt", "Kia opens a factory.")
    report = shelf.build()
    assert outcome(report) == (2, 0, 0, 0, 0)
    assert (report.documents, report.undated, report.formats) == (2, 2, {"text": 2})
    assert shelf.found("Doosan builds") == {"a.txt"}
    assert shelf.found("Kia opens") == {"sub/b.txt"}
    with shelf.open() as library:
        document = library.catalog.document("a.txt")
        assert document is not None
        assert all(document.text[c.start : c.end] == c.text for c in library.catalog.chunks_of("a.txt"))
        assert (library.meta.embedder, library.meta.fingerprint) == (shelf.settings.models.embedder, "hash-1")
        assert (library.meta.dim, library.meta.chunk_tokens, library.meta.roots) == (32, 16, (str(shelf.docs.resolve()),))


def test_unchanged_files_are_neither_read_nor_embedded(shelf: Shelf) -> None:
    shelf.write("a.txt", "Words here.")
    shelf.build()

    def never(*args: object, **more: object) -> Any:
        raise AssertionError("not to be called")

    report = shelf.build(load_file=never, load_embedder=never)
    assert outcome(report) == (0, 0, 1, 0, 0)


def test_new_times_alone_change_nothing(shelf: Shelf) -> None:
    path = shelf.write("a.txt", "Words here.")
    shelf.build()
    os.utime(path, (1, 1))
    assert outcome(shelf.build(load_file=None)) == (0, 0, 1, 0, 0)


def test_an_edit_of_equal_length_with_kept_times_is_noticed(shelf: Shelf) -> None:
    path = shelf.write("a.txt", "Old words.")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    shelf.build()
    path.write_text("New words.")
    os.utime(path, ns=times)
    assert outcome(shelf.build()) == (0, 1, 0, 0, 0)
    assert shelf.found("New words") == {"a.txt"}


def test_edit_rename_delete(shelf: Shelf) -> None:
    for name in "abc":
        shelf.write(f"{name}.txt", f"Text number {name}x stays. " * 5)
    shelf.build()
    encoded = shelf.embedder.encoded
    shelf.write("a.txt", "Something else entirely.")
    (shelf.docs / "b.txt").rename(shelf.docs / "moved.txt")
    (shelf.docs / "c.txt").unlink()
    report = shelf.build()
    assert outcome(report) == (1, 1, 0, 2, 0)
    assert shelf.embedder.encoded == encoded + 1 == encoded + report.embedded
    assert shelf.sources() == ["a.txt", "moved.txt"]
    assert shelf.found("Text number ax") == shelf.found("Text number cx") == set()
    assert shelf.found("Text number bx") == {"moved.txt"}
    assert shelf.found("Something else") == {"a.txt"}
    with shelf.open() as library:
        assert count_vectors(library) == len({c.read for d in shelf.sources() for c in library.catalog.chunks_of(d)})


def test_equal_texts_are_embedded_once_and_each_found(shelf: Shelf) -> None:
    shelf.write("a.txt", "The very same text.")
    shelf.write("b.txt", "The very same text.")
    report = shelf.build()
    assert (report.embedded, report.duplicates, report.documents) == (1, 1, 2)
    assert shelf.found("The very same text.") == {"a.txt", "b.txt"}
    (shelf.docs / "a.txt").unlink()
    shelf.build()
    assert shelf.found("The very same text.") == {"b.txt"}


def test_a_failed_file_is_named_and_the_rest_goes_on(shelf: Shelf) -> None:
    shelf.write("bad.txt", "FAIL")
    shelf.write("good.txt", "Good words.")
    report = shelf.build()
    assert list(report.failed) == ["bad.txt"]
    assert "broken file" in report.failed["bad.txt"]
    assert shelf.sources() == ["good.txt"]
    shelf.write("good.txt", "FAIL now")
    assert sorted(shelf.build().failed) == ["bad.txt", "good.txt"]
    assert shelf.sources() == []
    shelf.write("good.txt", "Good again.")
    assert shelf.build().new == 1
    assert shelf.found("Good again") == {"good.txt"}


def test_what_is_no_file_is_named_with_its_own_fix_and_nothing_waits(shelf: Shelf) -> None:
    """Through the real loader: a pipe without a writer, a link to nowhere, a link to itself, a loop of folders."""
    shelf.write("good.txt", "Good words stand in this file.")
    os.mkfifo(shelf.docs / "pipe.txt")
    (shelf.docs / "nowhere.txt").symlink_to(shelf.docs / "gone.txt")
    (shelf.docs / "self.txt").symlink_to("self.txt")
    (shelf.docs / "loop").mkdir()
    (shelf.docs / "loop" / "up").symlink_to("..")
    real = default_pipeline(shelf.settings)
    for _ in range(2):  # the second time the files are known to have failed
        report = shelf.build(discover=real.discover, load_file=real.load_file)
        assert sorted(report.failed) == ["nowhere.txt", "pipe.txt", "self.txt"]
        assert "ordinary file" in report.failed["pipe.txt"]
        assert report.failed["nowhere.txt"].endswith("The file is gone, or a link that leads nowhere: remove it.")
        assert report.failed["self.txt"].endswith("The link leads to itself: remove it.")
        assert shelf.sources() == ["good.txt"]


def test_columns_are_mapped_by_the_settings_and_another_mapping_reads_again(shelf: Shelf) -> None:
    shelf.write("news.csv", "kopf,inhalt,tag\nWerk,Kia baut ein Werk in Kostanay.,2024-06-14\n")

    def build_with(**fields: str) -> tuple[Report, Document]:
        settings = load_settings(IndexConfig, {"store": {"path": shelf.db}, "index": {"fields": fields}})
        real = default_pipeline(settings)
        pipeline = fake_pipeline(shelf.embedder, discover=real.discover, load_file=real.load_file, loader_version=real.loader_version)
        report = build([shelf.docs], settings, pipeline=pipeline)
        with open_library(settings) as library:
            document = library.catalog.document("news.csv#row-2")
        assert document is not None
        return report, document

    report, document = build_with()
    assert (report.new, document.title, document.published.date) == (1, None, None)
    report, document = build_with(title="kopf", text="inhalt", date="tag")
    assert (report.changed, document.title, document.published.date) == (1, "Werk", "2024-06-14")
    report, document = build_with(title="kopf", text="inhalt", date="tag")
    assert (report.same, report.changed) == (1, 0)


def test_a_parser_that_breaks_costs_one_file(shelf: Shelf) -> None:
    def load(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        if source == "b.txt":
            raise RecursionError("too deep")
        return read_plain(path, source, max_bytes=max_bytes, problems=problems)

    for name in "abc":
        shelf.write(f"{name}.txt", "Words.")
    assert shelf.build(load_file=load).failed == {"b.txt": "b.txt: cannot be read (RecursionError: too deep). Convert it or leave it out."}
    assert shelf.sources() == ["a.txt", "c.txt"]


def test_text_that_is_no_unicode_fails_by_name(shelf: Shelf) -> None:
    shelf.write("a.txt", "Words.")
    report = shelf.build(load_file=lambda path, source, max_bytes, problems: [Document(source, "lone \ud800", "text", "h")])
    assert "surrogates" in report.failed["a.txt"]


def test_a_file_that_changes_while_read(shelf: Shelf) -> None:
    path = shelf.write("a.txt", "Words.")
    turns = iter(range(100))

    def load(times: int) -> Callable[..., Sequence[Document]]:
        def read(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
            documents = read_plain(path, source, max_bytes=max_bytes, problems=problems)
            if (turn := next(turns)) < times:
                path.write_text(f"Changed in turn {turn}.{'!' * turn}")
            return documents

        return read

    assert "while it is read" in shelf.build(load_file=load(100)).failed["a.txt"]
    turns = iter(range(100))
    assert outcome(shelf.build(load_file=load(1))) == (1, 0, 0, 0, 0)
    assert shelf.found("Changed in turn") == {"a.txt"}
    with shelf.open() as library:
        assert library.catalog.text_of("a.txt") == path.read_text()


def test_only_the_given_paths_are_compared(shelf: Shelf) -> None:
    shelf.write("one/a.txt", "First.")
    shelf.write("two/b.txt", "Second.")
    shelf.build(shelf.docs / "one", shelf.docs / "two")
    (shelf.docs / "two" / "b.txt").unlink()
    shelf.write("two/c.txt", "Third.")
    assert outcome(shelf.build(shelf.docs / "one")) == (0, 0, 1, 0, 0)
    assert shelf.sources() == ["a.txt", "b.txt"]
    assert outcome(shelf.build(shelf.docs / "two")) == (1, 0, 0, 1, 0)
    assert shelf.sources() == ["a.txt", "c.txt"]
    shelf.write("one/d.txt", "Fourth.")
    assert outcome(shelf.build(shelf.docs / "one" / "d.txt")) == (1, 0, 0, 0, 0)
    assert shelf.sources() == ["a.txt", "c.txt", "d.txt"]


def test_equal_names_under_two_roots_are_kept_apart(shelf: Shelf) -> None:
    shelf.write("one/a.txt", "First.")
    shelf.write("two/a.txt", "Second.")
    shelf.build(shelf.docs / "one")
    shelf.build(shelf.docs / "two")
    assert shelf.sources() == ["a.txt", "two/a.txt"]
    assert shelf.found("Second.") == {"two/a.txt"}
    assert outcome(shelf.build(shelf.docs / "one", shelf.docs / "two")) == (0, 0, 2, 0, 0)


def test_a_moved_folder_takes_its_names_along(shelf: Shelf) -> None:
    shelf.write("one/a.txt", "First words.")
    shelf.build(shelf.docs / "one")
    (shelf.docs / "one").rename(shelf.docs / "two")
    report = shelf.build(shelf.docs / "two")
    assert (report.new, report.removed, report.embedded) == (1, 1, 0)
    assert shelf.sources() == ["a.txt"]


def test_a_wider_root_renames_the_sources(shelf: Shelf) -> None:
    shelf.write("sub/a.txt", "First words.")
    shelf.build(shelf.docs / "sub")
    shelf.build(shelf.docs)
    assert shelf.sources() == ["sub/a.txt"]
    assert outcome(shelf.build(shelf.docs / "sub")) == (0, 0, 1, 0, 0)
    assert shelf.sources() == ["sub/a.txt"]


def test_an_emptied_folder_empties_the_index(shelf: Shelf) -> None:
    path = shelf.write("a.txt", "First words.")
    shelf.build()
    path.unlink()
    assert outcome(shelf.build()) == (0, 0, 0, 1, 0)
    assert shelf.sources() == []
    assert shelf.found("First") == set()


def test_a_missing_root_removes_nothing(shelf: Shelf) -> None:
    shelf.write("a.txt", "First words.")
    shelf.build()
    shelf.docs.rename(shelf.docs.with_name("unmounted"))
    with pytest.raises(UsageError, match="must exist"):
        shelf.build()
    assert shelf.sources() == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_removes_nothing(shelf: Shelf) -> None:
    shelf.write("a.txt", "First words.")
    shelf.write("sub/b.txt", "Second words.")
    shelf.build()
    (shelf.docs / "sub").chmod(0)
    try:
        report = shelf.build()
    finally:
        (shelf.docs / "sub").chmod(0o700)
    assert list(report.failed) == ["sub/b.txt"]
    assert shelf.sources() == ["a.txt", "sub/b.txt"]


def test_records_of_one_file_are_compared_one_by_one(shelf: Shelf) -> None:
    lines = [f"Record number {n} tells of things." for n in range(30)]
    shelf.write("r.jsonl", "\n".join(lines))
    discover = shelf_files(shelf)
    shelf.build(discover=discover)
    encoded = shelf.embedder.encoded
    lines[7] = "Changed record."
    shelf.write("r.jsonl", "\n".join(lines[:29]))
    report = shelf.build(discover=discover)
    assert outcome(report) == (0, 1, 28, 1, 0)
    assert shelf.embedder.encoded == encoded + 1
    assert shelf.found("Changed record") == {"r.jsonl#8"}
    assert shelf.found("Record number 29") == set()
    assert len(shelf.sources()) == 29
    assert forget("r.jsonl#3", shelf.settings) == ["r.jsonl#3"]
    assert len(forget("r.jsonl", shelf.settings)) == 28
    assert shelf.sources() == []


def shelf_files(shelf: Shelf) -> Callable[[Sequence[Path]], list[Any]]:
    """Discovery that takes every file, whatever its ending."""
    from index.formats.find import FoundFile

    return lambda paths: [FoundFile(p.name, shelf.docs, str(p)) for p in sorted(shelf.docs.iterdir())]


def test_another_chunk_budget_or_loader_reads_again_without_hiding(shelf: Shelf) -> None:
    shelf.write("a.txt", "One two three four five. " * 10)
    before = shelf.build().chunks
    seen: list[list[str]] = []

    def load(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        seen.append(shelf.sources())
        return read_plain(path, source, max_bytes=max_bytes, problems=problems)

    wider = load_settings(IndexConfig, {"store": {"path": shelf.db}, "index": {"chunk_tokens": 64}})
    report = shelf.build(settings=wider, load_file=load)
    assert outcome(report) == (0, 1, 0, 0, 0)
    assert report.chunks < before
    assert outcome(shelf.build(settings=wider, load_file=load, loader_version="2")) == (0, 1, 0, 0, 0)
    assert seen == [["a.txt"], ["a.txt"]]


def test_an_index_of_another_way_of_cutting_is_brought_up_by_the_next_run(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.write("a.md", "# Ferry\n\n" + "One two three four five. " * 10)
    with monkeypatch.context() as old:
        old.setattr("index.structure.chunk.VERSION", "1")
        old.setattr("index.structure.chunk.contexts_of", lambda document, units, spans: [""] * len(spans))
        shelf.build()
    with shelf.open() as library:
        assert all(chunk.context == "" for chunk in library.catalog.chunks_of("a.md"))
    report = shelf.build()
    assert outcome(report) == (0, 1, 0, 0, 0) and report.embedded > 0
    with shelf.open() as library:
        chunks = library.catalog.chunks_of("a.md")
        assert len(chunks) > 2 and chunks[0].context == "", "the first holds its heading itself"
        assert all(chunk.context.endswith("Ferry") for chunk in chunks[1:])
        assert {chunk.id for chunk in chunks} == {id for id, _ in library.catalog.bm25("ferry", 50)}, "found by the words of its heading"
    assert outcome(shelf.build()) == (0, 0, 1, 0, 0)


def test_another_embedder_is_refused_before_anything_changes(shelf: Shelf) -> None:
    shelf.write("a.txt", "Words.")
    shelf.build()
    shelf.write("a.txt", "Other words.")
    other = load_settings(IndexConfig, {"store": {"path": shelf.db}, "models": {"embedder": "bge-small-en-v1.5"}})
    for attempt in (lambda: shelf.build(settings=other), lambda: shelf.build(settings=other, dry_run=True), lambda: open_library(other)):
        with pytest.raises(IndexMismatch, match=r"all-minilm-l6-v2.*models.embedder.*NEW_FOLDER"):
            attempt()
    with pytest.raises(IndexMismatch, match="other weights"):
        shelf.build(load_embedder=lambda settings: HashEmbedder("hash-2"))
    assert shelf.found("Words") == {"a.txt"}


def test_an_empty_index_takes_any_embedder(shelf: Shelf) -> None:
    path = shelf.write("a.txt", "Words.")
    shelf.build()
    path.unlink()
    shelf.build()
    path.write_text("New words.")
    shelf.embedder = HashEmbedder("hash-2")
    shelf.build()
    assert shelf.found("New words") == {"a.txt"}


def test_a_second_writer_is_told_who_writes_and_readers_are_not_held_up(shelf: Shelf) -> None:
    shelf.write("a.txt", "Words.")
    shelf.build()
    with writer_lock(shelf.db / building.LOCK_NAME):
        for attempt in (shelf.build, lambda: forget("a.txt", shelf.settings)):
            with pytest.raises(IndexBusy, match=f"process {os.getpid()} is writing"):
                attempt()
        assert shelf.found("Words") == {"a.txt"}
    assert outcome(shelf.build()) == (0, 0, 1, 0, 0)


def test_an_open_library_follows_the_writer(shelf: Shelf) -> None:
    shelf.write("a.txt", "Alpha words.")
    shelf.build()
    with shelf.open() as library:
        query = shelf.embedder.encode(["Beta words."])[0]
        assert len(library.vectors.query(query, 9)) == 1
        shelf.write("b.txt", "Beta words.")
        shelf.build()
        assert [library.catalog.chunks([id])[id].source for id, _ in library.vectors.query(query, 9)] == ["b.txt", "a.txt"]
        (shelf.docs / "b.txt").unlink()
        shelf.build()
        assert len(library.vectors.query(query, 9)) == count_vectors(library) == 1
        shelf.build()
        assert len([p for p in (shelf.db / "vectors").iterdir() if p.is_dir()]) == 1


def test_a_dry_run_says_what_would_be_done_and_does_nothing(shelf: Shelf) -> None:
    shelf.write("a.txt", "First.")
    assert shelf.build(dry_run=True).plan == [("new", "a.txt")]
    assert not shelf.db.exists()
    shelf.write("b.txt", "Second.")
    shelf.write("c.txt", "Third.")
    shelf.build()
    before = {path: path.read_bytes() for path in shelf.db.rglob("*") if path.is_file()}
    shelf.write("a.txt", "First edition.")
    (shelf.docs / "b.txt").unlink()
    shelf.write("d.txt", "Fourth.")
    report = shelf.build(dry_run=True)
    assert report.plan == [("new", "d.txt"), ("changed", "a.txt"), ("removed", "b.txt")]
    assert outcome(report) == (1, 1, 1, 1, 0)
    after = {path: path.read_bytes() for path in shelf.db.rglob("*") if path.is_file()}
    assert {p: b for p, b in after.items() if not p.name.endswith(("-shm", "-wal"))} == {
        p: b for p, b in before.items() if not p.name.endswith(("-shm", "-wal"))
    }


def test_nothing_is_left_of_a_first_build_that_fails(shelf: Shelf) -> None:
    with pytest.raises(UsageError):
        shelf.build(shelf.docs / "absent")
    with pytest.raises(UsageError):
        shelf.build()
    shelf.write("a.txt", "FAIL")

    def missing(settings: IndexConfig) -> Any:
        raise ModelMissing("the wheel is missing")

    with pytest.raises(ModelMissing):
        shelf.build(load_embedder=missing)
    assert outcome(shelf.build()) == (0, 0, 0, 0, 1)
    assert not shelf.db.exists()
    with pytest.raises(NoIndex, match="footnote index FOLDER --db"):
        shelf.open()


def test_forgetting_is_at_once_and_the_next_build_adds_again(shelf: Shelf) -> None:
    shelf.write("a.txt", "Alpha words.")
    shelf.write("b.txt", "Beta words.")
    shelf.build()
    assert forget("a.txt", shelf.settings) == ["a.txt"]
    assert shelf.sources() == ["b.txt"]
    assert shelf.found("Alpha") == set()
    with shelf.open() as library:
        assert library.vectors.count() == 1
    with pytest.raises(StoreError, match=r"no document 'a.txt'"):
        forget("a.txt", shelf.settings)
    assert shelf.build().new == 1
    assert shelf.found("Alpha") == {"a.txt"}


def test_a_lost_vector_folder_is_mended_from_the_catalog(shelf: Shelf) -> None:
    import shutil

    shelf.write("a.txt", "Alpha words. " * 20)
    shelf.build()
    shutil.rmtree(shelf.db / "vectors")
    report = shelf.build()
    assert outcome(report) == (0, 0, 1, 0, 0)
    assert report.embedded > 0
    assert shelf.found("Alpha") == {"a.txt"}


def test_a_failure_in_the_middle_loses_nothing_and_the_next_run_goes_on(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 4)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 8)
    for n in range(20):
        shelf.write(f"{n:02}.txt", f"Document number {n} stays.")
    shelf.build()
    for n in range(20):
        shelf.write(f"{n:02}.txt", f"Edition two of {n} comes.")
    encode, calls = shelf.embedder.encode, iter(range(100))

    class Full(HashEmbedder):
        def encode(self, texts: Sequence[str]) -> Any:
            if next(calls) == 3:
                raise OSError("no space left")
            return encode(texts)

    with pytest.raises(OSError, match="no space"):
        shelf.build(load_embedder=lambda settings: Full())
    assert shelf.found("Document number") == set()
    assert len(shelf.found("Edition two")) == len(shelf.sources()) == 8
    report = shelf.build()
    assert report.embedded == (8 if shelf.waits else 12), "of a run that failed, what waited is not lost"
    assert len(shelf.found("Edition two")) == 20


def test_the_report_is_plain_data(shelf: Shelf) -> None:
    shelf.write("a.txt", "Words.")
    shelf.write("b.txt", "FAIL")
    data = json.loads(json.dumps(shelf.build().as_json()))
    assert data["new"] == 1
    assert data["outcomes_by_format"] == {"text": {"new": 1}}
    assert set(data["failed"]) == {"b.txt"}
    assert {"compare", "models", "read", "chunk", "embed", "store", "finish"} <= set(data["seconds"])


def test_outcomes_are_counted_by_format(shelf: Shelf) -> None:
    def load(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        return [Document(source, path.read_text(), path.suffix[1:], path.read_text())]

    for name in ("a.txt", "b.txt", "c.md", "d.md"):
        shelf.write(name, f"Words of {name}.")
    assert shelf.build(load_file=load).outcomes_by_format == {"txt": {"new": 2}, "md": {"new": 2}}
    (shelf.docs / "a.txt").unlink()
    shelf.write("c.md", "Other words.")
    assert shelf.build(load_file=load).outcomes_by_format == {"txt": {"same": 1, "removed": 1}, "md": {"same": 1, "changed": 1}}


def test_nothing_foreign_in_the_index_folder_is_touched(shelf: Shelf) -> None:
    foreign = shelf.db / "vectors" / "mine" / "notes.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("Mine.")
    shelf.write("a.txt", "FAIL")
    shelf.build()
    shelf.write("a.txt", "Words.")
    shelf.build()
    shelf.write("a.txt", "More words.")
    shelf.build()
    assert foreign.read_text() == "Mine."


def test_progress_reaches_the_end(shelf: Shelf) -> None:
    calls: list[tuple[str, int, int]] = []
    for n in range(5):
        shelf.write(f"{n}.txt", "Words.")
    build([shelf.docs], shelf.settings, progress=lambda *call: calls.append(call), pipeline=fake_pipeline())
    assert calls[:3] == [("models", 0, 1), ("models", 1, 1), ("read", 0, 5)]
    assert ("read", 5, 5) in calls and calls[-1] == ("finish", 1, 1)


def test_names_in_any_script(shelf: Shelf) -> None:
    names = ["папка/файл.txt", "한국/기사.txt", "with space & 'quotes'.txt", "percent%20.txt", "new\nline.txt"]
    for name in names:
        shelf.write(name, f"Text of {name.encode().hex()}.")
    shelf.build()
    assert sorted(shelf.sources()) == sorted(names)
    assert outcome(shelf.build()) == (0, 0, 5, 0, 0)


def test_a_failing_loader_error_keeps_its_words(shelf: Shelf) -> None:
    def load(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        raise LoadError(f"{source}: must be at most {max_bytes} bytes")

    shelf.write("a.txt", "Words.")
    assert shelf.build(load_file=load).failed == {"a.txt": "a.txt: must be at most 100000000 bytes"}


def test_members_that_fail_are_named_and_the_others_stay(shelf: Shelf) -> None:
    def load(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        problems.append(LoadError(f"{source}#bad.txt: must have content"))
        return [Document(f"{source}#good.txt", "Good words.", "text", "h")]

    shelf.write("a.txt", "An archive.")
    report = shelf.build(load_file=load)
    assert report.failed == {"a.txt#bad.txt": "a.txt#bad.txt: must have content"}
    assert shelf.found("Good words") == {"a.txt#good.txt"}


def test_clusters_follow_edits_one_by_one_as_if_all_were_sorted_anew(shelf: Shelf) -> None:
    from index.sync.dedup import cluster, signature

    asked: list[int] = []

    def counting(signatures: Mapping[str, bytes]) -> Mapping[str, int]:
        asked.append(len(signatures))
        return cluster(signatures)

    def groups() -> set[frozenset[str]]:
        with shelf.open() as library:
            infos = library.catalog.documents()
        return {frozenset(i.source for i in infos if i.cluster == info.cluster) for info in infos}

    real = {"signature": signature, "cluster": counting}
    story = "The ministers of both countries met in Astana and signed {} agreements on {}. " * 3
    for n in range(120):
        shelf.write(f"{n:03}.txt", " ".join(f"word{n}x{i}" for i in range(40)))
    shelf.build(**real)
    assert asked == [120]
    shelf.write("copy1.txt", story.format(*range(6)) + "Reported by one agency.")
    shelf.write("copy2.txt", story.format(*range(6)) + "Reported by two agencies.")
    shelf.build(**real)
    assert asked[-1] == 2
    assert frozenset({"copy1.txt", "copy2.txt"}) in groups()
    shelf.write("copy3.txt", story.format(*range(6)) + "And by a third.")
    shelf.build(**real)
    assert asked[-1] == 3
    assert frozenset({"copy1.txt", "copy2.txt", "copy3.txt"}) in groups()
    shelf.write("copy1.txt", "Something else altogether, with no word in common.")
    shelf.build(**real)
    assert groups() >= {frozenset({"copy1.txt"}), frozenset({"copy2.txt", "copy3.txt"})}
    shelf.write("copy4.txt", story.format(*range(6)) + "In a fourth paper.")
    shelf.build(**real)
    forget("copy3.txt", shelf.settings)
    assert frozenset({"copy2.txt", "copy4.txt"}) in groups()
    (shelf.docs / "copy2.txt").unlink()
    (shelf.docs / "copy4.txt").unlink()
    (shelf.docs / "copy3.txt").unlink()
    shelf.build(**real)
    assert all(len(group) == 1 for group in groups()) and len(groups()) == 121


def test_a_run_that_died_while_cutting_anew_leaves_no_second_copy(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 8)
    shelf.write("r.jsonl", "\n".join(f"Record {n} tells a story of its own. " * 6 for n in range(20)))
    discover = shelf_files(shelf)
    shelf.build(discover=discover)
    wider = load_settings(IndexConfig, {"store": {"path": shelf.db}, "index": {"chunk_tokens": 64}})
    calls = iter(range(100))

    class Dying(HashEmbedder):
        def encode(self, texts: Sequence[str]) -> Any:
            if next(calls) == 2:
                raise KeyboardInterrupt
            return super().encode(texts)

    with pytest.raises(KeyboardInterrupt):
        shelf.build(settings=wider, discover=discover, load_embedder=lambda settings: Dying())
    assert len(shelf.sources()) == 20
    shelf.build(settings=wider, discover=discover)
    assert shelf.sources() == sorted(f"r.jsonl#{n}" for n in range(1, 21))
    assert shelf.found("Record 7 tells") == {"r.jsonl#8"}


def test_the_rows_of_a_table_are_no_copies_of_each_other(shelf: Shelf) -> None:
    rows = "".join(f"Person {number},Vik,{number},delivered on time to the northern depot of the harbour\n" for number in range(30))
    shelf.write("people.csv", f"name,town,amount,remark\n{rows}")
    real = default_pipeline(shelf.settings)
    report = shelf.build(discover=real.discover, load_file=real.load_file, signature=real.signature, cluster=real.cluster)
    assert (report.documents, report.duplicates) == (30, 0)


def test_what_is_not_read_is_named_and_is_no_failure(shelf: Shelf) -> None:
    shelf.write("a.txt", "Words here.")
    shelf.write("plan.dwg", "lines")
    real = default_pipeline(shelf.settings)

    def with_a_gap(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
        problems.append(NotRead(f"{source}: page 2 has no text."))
        return read_plain(path, source, max_bytes=max_bytes, problems=problems)

    report = shelf.build(load_file=with_a_gap, unread=real.unread)
    assert (set(report.unread), report.failed) == ({"a.txt", "plan.dwg"}, {})
    assert set(shelf.build(dry_run=True, unread=real.unread).unread) == {"plan.dwg"}


def test_the_names_of_new_index_folders_are_kept_by_those_above_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("index.sync.build.sync", synced.append)
    make_folder(tmp_path / "shelf" / "index")
    assert set(synced) == {tmp_path, tmp_path / "shelf"}
    synced.clear()
    make_folder(tmp_path / "shelf" / "index")
    assert synced == []

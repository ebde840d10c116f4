"""Sync under every sequence of operations, and under SIGKILL: nothing stale is found, nothing on disk is missing.

The oracle is the folder itself: every text carries a word of its own, and a brute-force look through the files tells which
words may be found, by either store.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from index.catalog.library import Library, open_library
from index.config import IndexConfig, load_settings
from index.errors import NoIndex, StoreError
from index.formats.find import FoundFile
from index.store.vectors import Vectors
from index.sync.build import build, forget
from tests.chroma_process import ChromaProcess
from tests.fakes import HashEmbedder, fake_pipeline
from tests.same_index import count_vectors

REPEATED = "A sentence that every document shares with the others. "


class Killed(BaseException):
    """Stands for SIGKILL inside one process: no handler of the code under test may survive it by catching Exception."""


class DyingEmbedder(HashEmbedder):
    """Ends the run at the n-th call."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return super().encode(texts)


def config(db: Path, tokens: int = 16) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db}, "index": {"chunk_tokens": tokens}})


def text_with(word: str, length: int) -> str:
    return f"The word is {word} here. " + REPEATED * length + f"Once more {word} at the end."


def texts_on_disk(docs: Path) -> dict[str, str]:
    """Source -> text, by brute force: a .jsonl file has one document a line."""
    texts = {path.name: path.read_text() for path in docs.glob("*.txt")}
    for path in docs.glob("*.jsonl"):
        texts |= {f"{path.name}#{n}": line for n, line in enumerate(path.read_text().splitlines(), 1)}
    return texts


def words_on_disk(docs: Path) -> dict[str, str]:
    """Word -> source."""
    return {text.split()[3]: source for source, text in texts_on_disk(docs).items()}


def every_file(paths: Sequence[Path]) -> list[FoundFile]:
    """All files of the folders, whatever their endings."""
    return [FoundFile(path.name, root, str(path)) for root in paths for path in sorted(root.iterdir())]


def sync(docs: Path, db: Path, embedder: HashEmbedder | None = None, tokens: int = 16) -> None:
    build([docs], config(db, tokens), pipeline=fake_pipeline(embedder, discover=every_file))


def found(library: Library, word: str) -> set[str]:
    """Sources whose chunks hold the word, found through the vectors and through the terms; the two must agree."""
    with library.catalog.snapshot():
        return found_now(library, word)


def found_now(library: Library, word: str) -> set[str]:
    near = with_vectors(library, word)
    chunks = library.catalog.chunks(near)
    assert len(chunks) == len(near) == len(set(near))
    for chunk in chunks.values():
        assert library.catalog.text_of(chunk.source)[chunk.start : chunk.end] == chunk.text
    by_vector = {chunk.source for chunk in chunks.values() if word in chunk.text.replace(".", "").split()}
    terms = library.catalog.chunks([id for id, _ in library.catalog.bm25(word, 10_000)])
    by_term = {chunk.source for chunk in terms.values() if word in chunk.text.replace(".", "").split()}
    assert by_vector == by_term
    return by_vector


def with_vectors(library: Library, word: str) -> list[str]:
    """All chunks, by their vectors.

    On a server by what is stored, for the walk through its graph leaves some out once others were deleted, without any kill too.
    """
    near = [id for id, _ in library.vectors.query(HashEmbedder().encode([f"The word is {word} here."])[0], 10_000)]
    if config(library.path).store.url is None:
        return near
    with library.vectors.store() as store:
        stored = [id for ids in library.catalog.chunks_by_vector(store.ids()).values() for id in ids]
    assert set(near) <= set(stored)
    return stored


def check_in_step(db: Path, docs: Path, gone: set[str], held: Library | None = None) -> None:
    """After a finished sync: exactly what is on disk is found, also by a library that was `held` open meanwhile."""
    expected, disk = words_on_disk(docs), texts_on_disk(docs)
    with open_library(config(db)) as library:
        for word, source in expected.items():
            assert found(library, word) == {source}
            assert held is None or found(held, word) == {source}
            assert library.catalog.text_of(source) == disk[source]
        for word in gone - set(expected):
            assert found(library, word) == set()
        assert [info.source for info in library.catalog.documents()] == sorted(expected.values())
        texts = {chunk.read for source in expected.values() for chunk in library.catalog.chunks_of(source)}
        assert count_vectors(library) == len(texts)
    if held is None and config(db).store.url is None:
        assert len([path for path in (db / "vectors").iterdir() if path.is_dir()]) == 1


class Folder(RuleBasedStateMachine):
    """Random edits of a folder, syncs that finish, syncs that die, reopened libraries."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.docs, self.db = self.home / "docs", self.home / "db"
        self.docs.mkdir()
        self.words, self.tokens = 0, 16
        self.used: set[str] = set()
        self.synced: dict[str, str] | None = None
        self.library: Library | None = None
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("index.sync.ingest.BATCH_CHUNKS", 6)
        self.patch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 18)
        self.patch.setattr("index.store.writer.DEAD_FLOOR", 5)

    def teardown(self) -> None:
        self.patch.undo()
        if self.library is not None:
            self.library.close()
        shutil.rmtree(self.home)

    def _write(self, name: str, length: int) -> None:
        self.words += 1
        word = f"w{self.words}x"
        self.used.add(word)
        (self.docs / name).write_text(text_with(word, length))

    @initialize()
    def first(self) -> None:
        self._write("kept.txt", 2)

    @rule(target=names, number=st.integers(0, 99), length=st.integers(0, 8))
    def add(self, number: int, length: int) -> str:
        self._write(f"d{number}.txt", length)
        return f"d{number}.txt"

    @rule(name=names, length=st.integers(0, 8))
    def edit(self, name: str, length: int) -> None:
        if (self.docs / name).exists():
            self._write(name, length)

    @rule(target=names, name=consumes(names), number=st.integers(100, 199))
    def rename(self, name: str, number: int) -> str:
        if (self.docs / name).exists():
            (self.docs / name).rename(self.docs / f"d{number}.txt")
        return f"d{number}.txt"

    @rule(name=consumes(names))
    def delete(self, name: str) -> None:
        (self.docs / name).unlink(missing_ok=True)

    @rule(a=names, b=names)
    def swap(self, a: str, b: str) -> None:
        if (self.docs / a).exists() and (self.docs / b).exists() and a != b:
            (self.docs / a).rename(self.docs / "spare")
            (self.docs / b).rename(self.docs / a)
            (self.docs / "spare").rename(self.docs / b)

    @rule(edited=st.integers(0, 30), number=st.integers(1, 24))
    def edit_records(self, edited: int, number: int) -> None:
        """A file of many documents: one line is edited, some come or go at the end."""
        path = self.docs / "records.jsonl"
        lines = path.read_text().splitlines()[:number] if path.exists() else []
        while len(lines) < number or edited < len(lines):
            self.words += 1
            self.used.add(f"w{self.words}x")
            line = text_with(f"w{self.words}x", self.words % 3)
            if len(lines) < number:
                lines.append(line)
            else:
                lines[edited], edited = line, len(lines)
        path.write_text("\n".join(lines))

    @rule(tokens=st.sampled_from([16, 24]))
    def another_chunk_budget(self, tokens: int) -> None:
        self.tokens = tokens

    @rule()
    def sync(self) -> None:
        sync(self.docs, self.db, tokens=self.tokens)
        self.synced = words_on_disk(self.docs)

    @rule(calls=st.integers(0, 3))
    def killed_sync(self, calls: int) -> None:
        try:
            sync(self.docs, self.db, DyingEmbedder(calls), self.tokens)
            self.synced = words_on_disk(self.docs)
        except Killed:
            self.synced = None
            if self.db.exists():
                self._nothing_stale()

    @rule(name=names)
    def forget_one(self, name: str) -> None:
        if self.synced is not None and name in self.synced.values():
            forget(name, config(self.db))
            word = next(w for w, source in self.synced.items() if source == name)
            with open_library(config(self.db)) as library:
                assert found(library, word) == set()
            self.synced = None

    @precondition(lambda self: self.synced is not None)
    @rule()
    def open_and_keep(self) -> None:
        if self.library is not None:
            self.library.close()
        self.library = open_library(config(self.db))

    @invariant()
    def in_step(self) -> None:
        if self.synced is not None and self.synced == words_on_disk(self.docs):
            check_in_step(self.db, self.docs, self.used, held=self.library)

    def _nothing_stale(self) -> None:
        """A killed sync had looked at the folder: what had left it by then is no longer found."""
        try:
            library = open_library(config(self.db))
        except NoIndex:
            return
        with library:
            if "vectors" in library.catalog.meta():
                for word in self.used - set(words_on_disk(self.docs)):
                    assert found(library, word) == set()


Folder.TestCase.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
TestFolder = Folder.TestCase


@pytest.mark.parametrize("calls", range(1, 13, 2))
def test_a_damaged_copy_shows_nothing_without_its_vectors_before_all_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """What was not read again in a run that is killed had no vectors in a copy that began empty."""
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 6)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 18)
    docs, db = tmp_path / "docs", tmp_path / "db"
    docs.mkdir()
    for n in range(20):
        (docs / f"{n:02}.txt").write_text(text_with(f"old{n}x", 2))
    sync(docs, db)
    for store in db.glob("vectors/*/chroma.sqlite3"):
        store.write_bytes(b"junk" * 5000)
    for n in range(10):
        (docs / f"{n:02}.txt").write_text(text_with(f"new{n}x", 2))
    with suppress(Killed):
        sync(docs, db, DyingEmbedder(calls))
    with suppress(StoreError), open_library(config(db)) as library:  # the damaged one is still there when nothing was published
        for n in range(20):
            assert found(library, f"old{n}x") <= {f"{n:02}.txt"}
            assert found(library, f"new{n}x") <= {f"{n:02}.txt"}
    sync(docs, db)
    check_in_step(db, docs, {f"old{n}x" for n in range(10)})


DRIVER = """
import sys
from pathlib import Path
import index.sync.ingest, index.store.writer
index.sync.ingest.BATCH_CHUNKS, index.sync.ingest.PUBLISH_CHUNKS, index.store.writer.DEAD_FLOOR = 40, 160, 20
from tests.test_index_sync import sync
print("ready", flush=True)
sync(Path(sys.argv[1]), Path(sys.argv[2]))
print("done", flush=True)
"""


def start_sync(docs: Path, db: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", DRIVER, str(docs), str(db)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def mix_up(docs: Path, turn: int, chance: random.Random, words: set[str]) -> None:
    """Edit, rename, delete and add some of the files."""
    files = sorted(docs.glob("*.txt"))
    for path in chance.sample(files, len(files) // 3):
        action = chance.choice(["edit", "edit", "rename", "delete"])
        if action == "edit":
            word = f"t{turn}{path.stem}x"
            words.add(word)
            path.write_text(text_with(word, chance.randrange(6)))
        elif action == "rename":
            path.rename(docs / f"r{turn}{path.stem[-4:]}.txt")
        else:
            path.unlink()
    lines = []
    for n in range(40):
        words.add(f"t{turn if n % 5 == turn % 5 else 0}j{n}x")
        lines.append(text_with(f"t{turn if n % 5 == turn % 5 else 0}j{n}x", n % 4))
    (docs / "records.jsonl").write_text("\n".join(lines[: chance.randrange(1, 41)]))
    for n in range(max(0, 60 - len(list(docs.glob("*.txt"))))):
        words.add(f"t{turn}n{n}x")
        (docs / f"t{turn}n{n}.txt").write_text(text_with(f"t{turn}n{n}x", chance.randrange(6)))


def kill_at_random(home: Path, kills: int, seed: int, server: ChromaProcess | None = None) -> None:
    """Start real syncs and kill them after a random time, with changes of the folder in between.

    With the Chroma `server` that the settings name, half of the time it is the server that is killed, and started again.
    """
    chance, words = random.Random(seed), set[str]()
    docs, db = home / "docs", home / "db"
    docs.mkdir()
    killed, longest = 0, 0.5
    for turn in range(kills * 4):
        mix_up(docs, turn, chance, words)
        process = start_sync(docs, db)
        time.sleep(chance.uniform(0, longest))
        if server is not None and chance.random() < 0.5:
            killed += process.poll() is None
            server.kill()
            said = process.communicate()[1]
            assert process.returncode == 0 or (said.splitlines()[-1].startswith("index.errors.StoreError") and "the server" in said), said
            server.start()
        else:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
        if db.exists() and (db / "catalog.sqlite3").exists():
            check_killed(db, words)
        if turn % 5 == 4 or killed >= kills:
            started = time.monotonic()
            done = start_sync(docs, db)
            said = done.communicate()[1]
            assert done.returncode == 0, said
            longest = min(max(time.monotonic() - started, 0.2), 5.0)
            check_in_step(db, docs, words)
        if killed >= kills:
            return
    raise AssertionError(f"only {killed} of {kills} kills met a running sync")


def check_killed(db: Path, words: set[str]) -> None:
    """Right after a kill: the index opens, both stores agree, and offsets hold."""
    try:
        library = open_library(config(db))
    except NoIndex:
        return
    with library:
        if "vectors" in library.catalog.meta():
            for word in random.Random(0).sample(sorted(words), min(len(words), 20)):
                assert len(found(library, word)) <= 1


def test_killed_syncs_lose_nothing_and_show_nothing_stale(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=4, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_many_killed_syncs_lose_nothing_and_show_nothing_stale(tmp_path: Path, seed: int) -> None:
    kill_at_random(tmp_path, kills=12, seed=seed)


@pytest.mark.slow
def test_killed_syncs_and_a_killed_server_lose_nothing_and_show_nothing_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ChromaProcess(tmp_path / "chroma")
    monkeypatch.setenv("FOOTNOTE_STORE__URL", server.url)
    try:
        kill_at_random(tmp_path, kills=4, seed=5, server=server)
    finally:
        server.kill()


READER = """
import sys
from pathlib import Path
from index.catalog.library import open_library
from tests.test_index_sync import config, found
db, stop, reads = Path(sys.argv[1]), Path(sys.argv[2]), 0
print("ready", flush=True)
with open_library(config(db)) as held:
    while not stop.exists() or reads < 5:
        with open_library(config(db)) as library:
            assert found(library, "stays") == found(held, "stays") == {"stays.txt"}
        reads += 1
print(reads, flush=True)
"""


def test_readers_in_other_processes_go_on_while_a_writer_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that never changes is found at every moment, by a library held open and by fresh ones."""
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 40)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 80)
    docs, db, stop = tmp_path / "docs", tmp_path / "db", tmp_path / "stop"
    docs.mkdir()
    (docs / "stays.txt").write_text(text_with("stays", 3))
    sync(docs, db)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", READER, str(db), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    for reader in readers:
        assert reader.stdout is not None and reader.stdout.readline() == "ready\n"
    for turn in range(5):
        for n in range(60):
            (docs / f"{n}.txt").write_text(text_with(f"t{turn}n{n}x", n % 6))
        sync(docs, db)
    stop.touch()
    for reader in readers:
        reads, errors = reader.communicate(timeout=60)
        assert reader.returncode == 0, errors
        assert int(reads) >= 5
    sync(docs, db)
    assert len([path for path in (db / "vectors").iterdir() if path.is_dir()]) == 1

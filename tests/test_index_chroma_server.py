"""The index over a real Chroma server: the same as in a folder, and nothing lost or stale when the server or the line fails.

The long version: KILLS=100 python -m pytest tests/test_index_chroma_server.py -k killed
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.catalog.library import Library, open_library
from index.config import IndexConfig, StoreSettings, load_settings
from index.errors import ConfigError, StoreError
from index.store.chroma_server import open_server
from index.store.vectors import Vectors
from index.sync.build import build, forget
from index.sync.report import Report
from tests.chroma_process import ChromaProcess, Relay, authority
from tests.fakes import HashEmbedder, fake_pipeline
from tests.same_index import contents

pytestmark = pytest.mark.slow
Make = Callable[..., IndexConfig]
KILLS = int(os.environ.get("KILLS", "4"))


def text(number: int) -> str:
    """Three words of its own, so that no two of the hashed vectors are equal."""
    return f"Word{number} stays here, fact{number} and date{number}."


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for n in range(30):
        (folder / f"{n}.txt").write_text(text(n))
    return folder


@pytest.fixture
def over(tmp_path: Path, chroma: ChromaProcess) -> Make:
    """Settings of an index whose vectors are on the server, or on another port of this machine."""

    def make(port: int | None = None, *, scheme: str = "http", **store: Any) -> IndexConfig:
        url = f"{scheme}://127.0.0.1:{port or chroma.port}"
        return load_settings(IndexConfig, {"store": {"path": tmp_path / "db", "url": url, "timeout_s": 5, **store}})

    return make


@pytest.fixture
def relay(chroma: ChromaProcess) -> Iterator[Callable[..., Relay]]:
    relays: list[Relay] = []

    def make(port: int = chroma.port, **options: Any) -> Relay:
        relays.append(Relay(port, **options))
        return relays[-1]

    yield make
    for one in relays:
        one.close()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 5)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 10)


def sync(docs: Path, settings: IndexConfig, embedder: HashEmbedder | None = None) -> Report:
    return build([docs], settings, pipeline=fake_pipeline(embedder))


def nearest(library: Library, words: str, limit: int = 1) -> list[str]:
    """Sources of the chunks nearest to a text."""
    found = library.vectors.query(HashEmbedder().encode([words])[0], limit)
    chunks = library.catalog.chunks([id for id, _ in found])
    return [chunks[id].source for id, _ in found]


def check(docs: Path, settings: IndexConfig) -> None:
    """Exactly what is on disk is found, by its own words and by no others."""
    with open_library(settings) as library:
        expected = {path.name: path.read_text() for path in docs.iterdir()}
        assert {source: library.catalog.text_of(source) for source in sorted(expected)} == expected
        assert sorted(nearest(library, "Word", 1000)) == sorted(expected)
        assert library.vectors.count() == len(set(expected.values()))
        for words in expected.values():
            assert expected[nearest(library, words)[0]] == words


def nothing_stale(docs: Path, settings: IndexConfig) -> None:
    """Whatever shows is a text that is on disk now."""
    with open_library(settings) as library:
        shown = [info.source for info in library.catalog.documents()]
        for source in shown:
            assert library.catalog.text_of(source) == (docs / source).read_text()
        assert not shown or set(nearest(library, "Word", 1000)) <= set(shown)


def test_a_server_takes_the_place_of_the_folder(docs: Path, over: Make, tmp_path: Path) -> None:
    settings = over()
    sync(docs, settings)
    with open_library(settings) as library:
        assert library.vectors.count() == len(nearest(library, "New text.", 99)) == 30
        (docs / "3.txt").unlink()
        (docs / "4.txt").write_text("New text.")
        sync(docs, settings)
        assert library.vectors.count() == len(nearest(library, "New text.", 99)) == 29
        assert nearest(library, "New text.") == ["4.txt"]
        assert forget("5.txt", settings) == ["5.txt"]
        assert library.vectors.count() == 28
    assert not (tmp_path / "db" / "vectors").exists()
    assert sync(docs, settings).new == 1
    assert sync(docs, settings).embedded == 0
    check(docs, settings)


def test_an_index_moves_from_folder_to_server_and_back(docs: Path, over: Make, tmp_path: Path) -> None:
    at_home = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}})
    sync(docs, at_home)
    before = contents(at_home)
    with open_library(over()) as library, pytest.raises(StoreError, match=r"does not have those of this index\. Run footnote index"):
        nearest(library, "Word1")
    assert sync(docs, over()).embedded == 30
    check(docs, over())
    assert contents(over()) == before
    assert sync(docs, at_home).embedded == 30
    check(docs, at_home)


def test_a_server_restored_from_a_backup_is_found_out(docs: Path, over: Make) -> None:
    settings = over()
    sync(docs, settings)
    with open_library(settings) as library:
        name = f"footnote-{library.catalog.meta()['id']}"
    store = open_server(settings.store, name)
    published = store.stamp()
    keys = sorted(store.ids())
    store.delete(keys[:2])
    store.upsert(["of yesterday", "too"], np.eye(2, 32, dtype=np.float32))
    store.mark("server-0")
    store.close()
    assert sync(docs, settings).embedded == 2
    check(docs, settings)
    store = open_server(settings.store, name)
    assert sorted(store.ids()) == keys and store.stamp() > published
    store.close()
    assert sync(docs, settings).seconds.keys() == {"compare"}


def test_tenant_and_database_are_made_and_kept_apart(docs: Path, over: Make, tmp_path: Path) -> None:
    place = {"tenant": f"tenant-{time.time_ns()}", "database": "archive"}
    sync(docs, over(**place))
    check(docs, over(**place))
    with (
        open_library(over(**place | {"database": "another"})) as library,
        pytest.raises(StoreError, match=r"database 'another'.*footnote index"),
    ):
        nearest(library, "Word1")
    with open_library(over(**place | {"tenant": "nobody-here"})) as library, pytest.raises(StoreError, match="tenant 'nobody-here'"):
        nearest(library, "Word1")
    with open_library(over()) as library, pytest.raises(StoreError, match="does not have those of this index"):
        nearest(library, "Word1")


def test_the_token_is_sent_and_its_refusal_told(docs: Path, over: Make, relay: Callable[..., Relay]) -> None:
    port = relay(token="s3cret-word").port
    for token in (None, "wrong"):
        with pytest.raises(StoreError, match=r"refuses the token \(401\)\. Mend store\.token") as told:
            sync(docs, over(port, token=token))
        assert "wrong" not in str(told.value)
    sync(docs, over(port, token="s3cret-word"))
    check(docs, over(port, token="s3cret-word"))
    assert "s3cret" not in str(over(port, token="s3cret-word").model_dump(mode="json"))


def test_tls_trusts_whom_it_is_told_to_trust(docs: Path, over: Make, relay: Callable[..., Relay], tmp_path: Path) -> None:
    pem, context = authority(tmp_path)
    port = relay(tls=context).port
    with pytest.raises(StoreError, match=r"certificate is not to be trusted.*store\.ca"):
        sync(docs, over(port, scheme="https"))
    sync(docs, over(port, scheme="https", ca=pem))
    check(docs, over(port, scheme="https", ca=pem))
    with pytest.raises(StoreError, match="does not speak TLS"):
        sync(docs, over(scheme="https", ca=pem))
    with pytest.raises(StoreError, match="connection was lost"):
        sync(docs, over(port))
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(ConfigError, match=r"store\.ca must be a file of PEM certificates"):
        sync(docs, over(port, scheme="https", ca=tmp_path / "junk.pem"))


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "http://host:port", "https://host/path", "http://me:word@host"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(ConfigError, match="http://HOST:PORT"):
        open_server(StoreSettings(url=url), "footnote-x")


def test_a_server_that_refuses_is_told_and_changes_show_no_stale_text(docs: Path, over: Make, relay: Callable[..., Relay]) -> None:
    line = relay()
    sync(docs, over(line.port))
    line.close()
    (docs / "3.txt").unlink()
    (docs / "4.txt").write_text("New text.")
    with pytest.raises(StoreError, match=r"does not answer \(.*refused.*\)\. Start the server"):
        sync(docs, over(line.port))
    nothing_stale(docs, over())
    sync(docs, over())
    check(docs, over())


def test_a_server_that_hangs_is_given_up_after_the_time_set(docs: Path, over: Make, relay: Callable[..., Relay]) -> None:
    line = relay()
    settings = over(line.port, timeout_s=0.4)
    sync(docs, settings)
    with open_library(settings) as library:
        assert nearest(library, text(7)) == ["7.txt"]
        line.silent = True
        with pytest.raises(StoreError, match=r"cannot read the vectors.*no answer within 0\.4 s.*store\.timeout_s"):
            nearest(library, text(7))
        (docs / "7.txt").write_text("Word7 has changed.")
        with pytest.raises(StoreError, match=r"no answer within 0\.4 s"):
            sync(docs, settings)
        line.silent = False
        assert "7.txt" not in nearest(library, text(7), 99)
    sync(docs, settings)
    check(docs, settings)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_line_cut_in_the_middle_of_a_write_stops_the_run_and_the_next_resumes(
    docs: Path, over: Make, relay: Callable[..., Relay], share: float, small_batches: None
) -> None:
    line = relay()
    settings = over(line.port)
    line.left = 10**9
    sync(docs, settings)
    sent, line.left = 10**9 - line.left, None
    for n in range(0, 30, 2):
        (docs / f"{n}.txt").write_text(f"Other{n} is here now, fact{n} and date{n}.")
    line.left = int(sent * share * 0.6)  # half of the texts are written again
    with pytest.raises(StoreError, match=r"vectors on http://127.*(connection was lost|does not answer)"):
        sync(docs, settings)
    nothing_stale(docs, settings)
    sync(docs, settings)
    check(docs, settings)


class Disturber(HashEmbedder):
    """Calls `disturb` at the n-th call."""

    def __init__(self, number: int, disturb: Callable[[], object]) -> None:
        super().__init__()
        self.number, self.disturb = number, disturb

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.number -= 1
        if self.number == 0:
            self.disturb()
        return super().encode(texts)


def test_a_server_killed_during_indexing_loses_nothing(tmp_path: Path, docs: Path, over: Make, small_batches: None) -> None:
    server, chance = ChromaProcess(tmp_path / "own"), random.Random(8)
    settings = over(server.port)
    try:
        for turn in range(KILLS):
            for n in range(turn % 3, 30, 3):
                (docs / f"{n}.txt").write_text(f"Word{n} of turn {turn}, fact{n} and date{n}.")
            (docs / f"{turn % 30}.txt").unlink(missing_ok=True)
            if turn % 2:
                killer = threading.Timer(chance.uniform(0, 0.4), server.kill)
                killer.start()
                with suppress(StoreError):  # where it strikes is chance; the run may even have ended
                    sync(docs, settings)
                killer.join()
            else:
                with pytest.raises(StoreError, match=r"(does not answer|connection was lost).*\. (Start|See whether) the server"):
                    sync(docs, settings, Disturber(1 + turn // 2 % 2, server.kill))
            with pytest.raises(StoreError, match="Start the server"):
                sync(docs, settings)
            server.start()
            nothing_stale(docs, settings)
            sync(docs, settings)
            check(docs, settings)
    finally:
        server.kill()


def test_questions_fail_clearly_while_the_server_is_down_and_work_again_after(tmp_path: Path, docs: Path, over: Make) -> None:
    server = ChromaProcess(tmp_path / "own")
    settings = over(server.port)
    try:
        sync(docs, settings)
        with open_library(settings) as library:
            for _ in range(2):
                assert nearest(library, text(7)) == ["7.txt"]
                server.kill()
                for _ in range(2):
                    with pytest.raises(StoreError, match=r"cannot read the vectors on http.*does not answer.*Start the server"):
                        nearest(library, text(7))
                with open_library(settings) as fresh, pytest.raises(StoreError, match=r"cannot reach the vectors.*Start the server"):
                    nearest(fresh, text(7))
                server.start()
                with open_library(settings) as fresh:
                    assert nearest(fresh, text(7)) == ["7.txt"]
        check(docs, settings)
    finally:
        server.kill()

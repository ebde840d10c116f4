"""Indexing behind a server: wishes taken together, removals first, trouble told; and work in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index.errors import EngineError, IndexBusy, StoreError, UsageError
from index.sync.apart import Stopped, run_apart
from index.sync.report import ProgressCallback, Report
from qa.config import Settings
from qa.files import indexer as module
from qa.files.indexer import Indexer, Progress, Wish
from qa.files.service import open_files
from tests.serving import eventually


class Work:
    """A run that waits until it is told what to do."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        self.go = threading.Semaphore(0)
        self.trouble: Exception | None = None
        self.stopped = 0

    def __call__(self, wish: Wish, progress: ProgressCallback, stop: threading.Event) -> Report:
        self.wishes.append(wish)
        progress("read", 1, 3)
        while not self.go.acquire(timeout=0.01):
            if stop.is_set():
                self.stopped += 1
                raise Stopped("stopped")
        if self.trouble is not None:
            raise self.trouble
        return Report(new=len(self.wishes))


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def changed() -> list[int]:
    return []


@pytest.fixture
def indexer(work: Work, changed: list[int]) -> Iterator[Indexer]:
    made = Indexer(work, lambda: changed.append(1), quiet_s=0.05)
    made.start()
    yield made
    made.stop()
    made.join()


def test_wishes_that_come_together_are_one_run(indexer: Indexer, work: Work, changed: list[int]) -> None:
    for _ in range(5):
        indexer.want()
    assert indexer.state == "waiting"
    eventually(lambda: indexer.state == "running" and indexer.progress == Progress("read", 1, 3))
    indexer.want()
    indexer.want(everywhere=True)
    work.go.release()
    eventually(lambda: len(work.wishes) == 2)
    work.go.release()
    eventually(lambda: indexer.state == "idle")
    assert work.wishes == [Wish(), Wish(everywhere=True)] and len(changed) == indexer.runs == 2
    assert indexer.report == Report(new=2) and indexer.finished


def test_a_removal_interrupts_and_what_was_wished_is_not_lost(indexer: Indexer, work: Work, changed: list[int]) -> None:
    indexer.want(everywhere=True)
    eventually(lambda: indexer.state == "running")
    indexer.want(forget=["a.txt"])
    indexer.want(removal=True)
    eventually(lambda: work.stopped == 1 and len(work.wishes) == 2)
    assert work.wishes[1] == Wish(("a.txt",), everywhere=True) and changed == []
    work.go.release()
    eventually(lambda: indexer.state == "idle")


def test_trouble_is_told_and_the_next_run_goes_on(indexer: Indexer, work: Work) -> None:
    for trouble, told in ((StoreError("the disk is full"), "the disk is full"), (ValueError("odd"), "could not be indexed: odd")):
        work.trouble = trouble
        work.go.release()
        indexer.want()
        eventually(lambda told=told: indexer.state == "idle" and told in indexer.problem)  # type: ignore[misc]
    work.trouble = None
    work.go.release()
    indexer.want()
    eventually(lambda: indexer.state == "idle" and indexer.problem == "")


def test_another_writer_is_waited_for(indexer: Indexer, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.01)
    work.trouble = IndexBusy("process 7 is writing")
    work.go.release()
    indexer.want()
    eventually(lambda: indexer.problem == "process 7 is writing" and indexer.runs == 0)
    work.trouble = None
    for _ in range(20):
        work.go.release()
    eventually(lambda: indexer.runs == 1 and indexer.problem == "")


def test_it_ends_with_the_server(work: Work) -> None:
    indexer = Indexer(work, quiet_s=0.01)
    indexer.start()
    indexer.want()
    eventually(lambda: indexer.state == "running")
    indexer.stop()
    indexer.join()
    assert indexer._thread is not None and not indexer._thread.is_alive() and work.stopped == 1


def _counts(told: Any, upto: int) -> int:
    for n in range(upto + 1):
        told("read", n, upto)
    return upto


def _fails(told: Any, error: Exception) -> None:
    raise error


def _dies(told: Any, number: int) -> None:
    os.kill(os.getpid(), number)


def _hangs(told: Any, note: Path) -> None:
    note.write_text(str(os.getpid()))
    while True:
        time.sleep(0.05)


def test_work_apart_gives_its_result_and_progress() -> None:
    told: list[tuple[str, int, int]] = []
    assert run_apart(partial(_counts, upto=3), lambda *p: told.append(p), threading.Event()) == 3
    assert told[0] == ("read", 0, 3) and told[-1] == ("read", 3, 3)


def test_work_apart_raises_what_it_raises() -> None:
    with pytest.raises(UsageError, match="a rule, a value, a fix"):
        run_apart(partial(_fails, error=UsageError("a rule, a value, a fix")), print, threading.Event())
    with pytest.raises(EngineError, match="could not be indexed: odd"):
        run_apart(partial(_fails, error=ValueError("odd")), print, threading.Event())


def test_a_process_that_dies_takes_nothing_with_it() -> None:
    with pytest.raises(EngineError, match="signal SIGKILL"):
        run_apart(partial(_dies, number=signal.SIGKILL), print, threading.Event())


def test_work_apart_can_be_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    note = tmp_path / "pid"
    threading.Thread(target=lambda: (eventually(note.exists), stop.set())).start()
    with pytest.raises(Stopped):
        run_apart(partial(_hangs, note=note), print, stop)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_an_empty_folder_without_an_index_is_nothing_to_do(tmp_path: Path) -> None:
    settings = Settings(store={"path": tmp_path / ".footnote"})  # type: ignore[arg-type]
    assert settings.files == tmp_path / "footnote-files"
    files = open_files(settings, lambda: None)
    files.folder.prepare()
    assert files.indexer.run(Wish(), lambda *_: None, threading.Event()) == Report()
    assert not settings.store.path.exists()

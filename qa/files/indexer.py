"""Keeping the index in step with what was uploaded, behind the answers: one run at a time, wishes that come meanwhile taken together.

A removal goes first: a run under way is stopped, which loses nothing that was shown, so that what is removed is gone at once.
Knows nothing of HTTP.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from index.errors import FootnoteError, IndexBusy, short_reason
from index.sync.apart import Stopped
from index.sync.report import ProgressCallback, Report

State = Literal["idle", "waiting", "running"]
QUIET_S = 0.7  # files that come within this time of each other are read in one run
LONGEST_S = 10.0  # ... but none waits longer than this
BUSY_S = 3.0  # until another process is asked again whether it still writes
_LOG = logging.getLogger("footnote")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is to do besides reading the folder of uploads: take sources out, look at every folder that was ever indexed."""

    forget: tuple[str, ...] = ()
    everywhere: bool = False

    def with_(self, other: Wish) -> Wish:
        """Both at once."""
        return Wish((*self.forget, *other.forget), self.everywhere or other.everywhere)


Run = Callable[[Wish, ProgressCallback, threading.Event], Report]
"""Brings the index up to date; raises `Stopped` once the event is set."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: its stage ("models", "read", "finish"), and how many files of how many."""

    stage: str = ""
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Indexer:
    """A thread that calls `run` when there is something to do, and `changed` after each run."""

    run: Run
    changed: Callable[[], None] = lambda: None
    quiet_s: float = QUIET_S
    state: State = "idle"
    progress: Progress = field(default_factory=Progress)
    report: Report | None = None
    problem: str = ""
    finished: str = ""
    runs: int = 0
    _wanted: Wish | None = None
    _asked: float = 0.0
    _last: float = 0.0
    _ended: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to wait for wishes."""
        self._thread = threading.Thread(target=self._serve, name="indexer", daemon=True)
        self._thread.start()

    def want(self, *, forget: Sequence[str] = (), everywhere: bool = False, removal: bool = False) -> None:
        """Bring the index up to date soon. A removal, of the sources `forget` or of a file, interrupts the run under way."""
        with self._news:
            now = time.monotonic()
            self._asked = now if self._wanted is None else self._asked
            self._last = 0.0 if removal or forget else now
            self._wanted = (self._wanted or Wish()).with_(Wish(tuple(forget), everywhere))
            if self.state == "idle":
                self.state = "waiting"
            if removal or forget:
                self._stop.set()
            self._news.notify_all()

    def stop(self) -> None:
        """End the run under way and take no more wishes; waits for nothing (a signal handler calls it)."""
        with self._news:
            self._ended = True
            self._stop.set()
            self._news.notify_all()

    def join(self) -> None:
        """Wait until the run has ended (after `stop`), for a few seconds."""
        if self._thread is not None:
            self._thread.join(3.0)

    def _serve(self) -> None:
        while True:
            with self._news:
                while not self._ended and not self._due():
                    self._news.wait(self.quiet_s / 2 if self._wanted else None)
                if self._ended:
                    return
                wish, self._wanted = self._wanted or Wish(), None
                self.state, self.progress = "running", Progress()
                self._stop.clear()
            self._once(wish)

    def _due(self) -> bool:
        now = time.monotonic()
        return self._wanted is not None and (now - self._last >= self.quiet_s or now - self._asked >= LONGEST_S)

    def _once(self, wish: Wish) -> None:
        again = False
        try:
            report = self.run(wish, self._tell, self._stop)
            self.report, self.problem = report, ""
        except Stopped:
            again = True
        except IndexBusy as error:  # somebody runs `footnote index`: their run first, ours when it is through
            again, self.problem = True, str(error)
            self._stop.wait(BUSY_S)
        except FootnoteError as error:
            self.problem = str(error)
            _LOG.warning("not indexed: %s", error)
        except Exception as error:  # noqa: BLE001 - told on the page, and in full in the log
            self.problem = f"the documents could not be indexed: {short_reason(error)}"
            _LOG.exception("indexing failed")
        with self._news:
            if again:
                self._wanted = wish.with_(self._wanted or Wish())
            else:
                self.finished = datetime.now(UTC).isoformat(timespec="seconds")
                self.runs += 1
            self.state = "idle" if self._wanted is None else "waiting"
        if not again:
            self.changed()

    def _tell(self, stage: str, done: int, total: int) -> None:
        self.progress = Progress(stage, done, total)

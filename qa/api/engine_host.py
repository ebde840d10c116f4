"""One engine for the whole process: opened once, refreshed before each question, opened again after a failure.

Lets a server start before there is an index and find it as soon as there is one.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Literal

from index.errors import FootnoteError, NoIndex, StoreError
from qa.config import LlmSettings
from qa.engine_protocol import AnswerEngine, Opener, Shelf
from qa.schema import Speed

State = Literal["starting", "ready", "unavailable"]
RETRY_SECONDS = 3.0
# How long a question waits for whoever has just failed to open the engine and is about to let go of it.
_LETTING_GO_SECONDS = 2.0
_LOADING = "the models are loading"
_LOG = logging.getLogger("footnote")


class NotReady(StoreError):
    """The models are still loading."""


class EngineHost:
    """Holds the engine that all requests share."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._engine: AnswerEngine | None = None
        self._lock = threading.Lock()
        self.state: State = "starting"
        self.reason = _LOADING
        self.no_index = False
        self.configured = LlmSettings()
        """The language model that the settings name, whichever writes now."""
        self._told = ""
        self._tried = time.monotonic()

    def start(self) -> None:
        """Open the engine on a thread of its own, so that the port answers meanwhile."""
        threading.Thread(target=self._first_open, name="open-engine", daemon=True).start()

    def retry(self) -> None:
        """After a failure, and not more often than every few seconds, open the engine in the background."""
        now = time.monotonic()
        if self.state == "unavailable" and now - self._tried >= RETRY_SECONDS:
            self._tried = now
            self.start()

    def indexed(self) -> None:
        """The index was written to: if it could not be opened before, perhaps it can now."""
        if self.state == "unavailable":
            self._tried = time.monotonic()
            self.start()

    def check(self) -> None:
        """Raise `NotReady` while the engine loads; after a failure try again and raise what still keeps it from opening."""
        if self.state == "ready":
            return
        if not self._lock.acquire(timeout=0 if self.state == "starting" else _LETTING_GO_SECONDS):
            raise NotReady("the models are still loading. Try again in a few seconds.")
        try:
            if self._engine is None:
                self._open()
        finally:
            self._lock.release()

    def engine(self) -> AnswerEngine:
        """The engine as it sees the index now; for worker threads only. Raises as `check` does."""
        self.check()
        engine = self._engine
        if engine is None:
            raise NotReady("the engine was closed. Ask again when the server is back.")
        engine.refresh()
        return engine

    def shelf(self) -> Shelf:
        """The stored documents, for any thread. Raises as `check` does."""
        self.check()
        engine = self._engine
        if engine is None:
            raise NotReady("the engine was closed. Ask again when the server is back.")
        return engine.catalog

    def writing(self) -> tuple[LlmSettings, Speed | None]:
        """The language model that writes, and how fast it wrote last, for any thread. Raises as `check` does."""
        self.check()
        engine = self._engine
        if engine is None:
            raise NotReady("the engine was closed. Ask again when the server is back.")
        return engine.llm, engine.speed

    def check_stores(self) -> None:
        """Raise `StoreError` when the open engine cannot read its stores now; for any thread."""
        engine = self._engine
        if engine is not None:
            engine.check()

    def close(self) -> None:
        """Close the engine when there is one."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def _first_open(self) -> None:
        with self._lock:
            if self._engine is not None:
                return
            try:
                self._open(warm=True)
            except FootnoteError as error:
                if str(error) != self._told:  # tried again every few seconds; the log tells each trouble once
                    _LOG.warning("cannot answer yet: %s", error)
                self._told = str(error)

    def _open(self, warm: bool = False) -> None:
        self.state, self.reason, self.no_index = "starting", _LOADING, False
        try:
            engine = self._opener()
            if warm:
                _warm(engine)
            self._engine, self.configured = engine, engine.llm
        except FootnoteError as error:
            self.state, self.reason, self.no_index = "unavailable", str(error), isinstance(error, NoIndex)
            raise
        except Exception as error:
            self.state, self.reason = "unavailable", f"the engine could not be opened: {error}"
            _LOG.exception("the engine could not be opened")
            raise FootnoteError(self.reason) from error
        self.state, self.reason = "ready", ""


def _warm(engine: AnswerEngine) -> None:
    """One question, so that models which load at first use are loaded before the server says that it is ready."""
    try:
        engine.ask("What do the documents say?")
    except FootnoteError as error:  # an empty index, a writer that does not answer: the next question will say so itself
        _LOG.info("not warmed up: %s", error)

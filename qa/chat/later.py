"""An engine that opens while its user types: the documents are there at once, whoever asks waits for the models.

Knows neither models nor terminals.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

from index.errors import FootnoteError
from qa.config import LlmSettings
from qa.engine_protocol import AnswerEngine, Opener, Shelf
from qa.schema import Answer, Passage, Speed, StreamEvent, Turn

_STEP_S = 0.1  # a wait that Ctrl-C ends


class LaterEngine:
    """`AnswerEngine` over one that `opener` opens on a thread once `start` was called, and at the first question at the latest."""

    def __init__(self, opener: Opener, shelf: Shelf) -> None:
        """`shelf` shows the documents until the engine is there; whoever opened it closes it."""
        self._opener = opener
        self._shelf = shelf
        self._engine: AnswerEngine | None = None
        self._error: BaseException | None = None
        self._done: threading.Event | None = None

    def start(self) -> None:
        """Begin to open the engine; more calls change nothing."""
        if self._done is None:
            self._done = threading.Event()
            threading.Thread(target=self._open, args=(self._done,), name="open-engine", daemon=True).start()

    @property
    def catalog(self) -> Shelf:
        """The documents that answers cite."""
        return self._engine.catalog if self._engine is not None else self._shelf

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Answer:
        """See `AnswerEngine.ask`; raises what kept the engine from opening."""
        return self._opened().ask(question, history=history, since=since, until=until, sources=sources)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Generator[StreamEvent, None, None]:
        """See `AnswerEngine.stream`; a step says what is waited for."""
        if self._engine is None:
            yield StreamEvent("step", "loading the models")
        events = self._opened().stream(question, history=history, since=since, until=until, sources=sources)
        try:
            yield from events
        finally:
            events.close()

    def search(
        self, question: str, *, k: int = 10, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> Sequence[Passage]:
        """See `AnswerEngine.search`."""
        return self._opened().search(question, k=k, since=since, until=until, sources=sources)

    @property
    def llm(self) -> LlmSettings:
        """The language model that writes."""
        return self._opened().llm

    @property
    def speed(self) -> Speed | None:
        """How fast the language model wrote last; None where none has written yet."""
        return self._opened().speed

    def write_with(self, llm: LlmSettings) -> None:
        """Let another language model write from now on."""
        self._opened().write_with(llm)

    def refresh(self) -> None:
        """See what was indexed since the last question."""
        if self._engine is not None:
            self._engine.refresh()

    def check(self) -> None:
        """Raise `StoreError` when a store cannot be read now."""
        if self._engine is not None:
            self._engine.check()

    def close(self) -> None:
        """Release stores and models; an engine that is still opening is left to the end of the process."""
        if self._engine is not None:
            self._engine.close()

    def _opened(self) -> AnswerEngine:
        self.start()
        while self._done is not None and not self._done.wait(_STEP_S):  # no join: Ctrl-C in it marks the thread as ended (Python 3.11)
            pass
        if self._engine is None:
            error, self._done, self._error = self._error, None, None  # the next question tries again
            raise error or FootnoteError("the engine did not open. Ask again.")
        return self._engine

    def _open(self, done: threading.Event) -> None:
        try:
            self._engine = self._opener()
        except BaseException as error:  # noqa: BLE001  raised where somebody waits
            self._error = error
        finally:
            done.set()

"""The door to answers: opens the index, loads the models, and answers questions from them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.answering import answering
from qa.config import LlmSettings, Settings
from qa.loaded import Loaded
from qa.schema import Answer, Passage, Speed, StreamEvent, Turn

if TYPE_CHECKING:
    from index.catalog.reader import Catalog
    from qa.startup import Laps


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers questions from one index (`qa.engine_protocol.AnswerEngine`). Not for several threads at once."""

    loaded: Loaded

    @property
    def catalog(self) -> Catalog:
        """The documents that answers cite."""
        return self.loaded.catalog

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Answer:
        """Answer a question; `since` and `until` (ISO dates) limit the documents by publication date, `sources` to those that any of
        them names (a source, a folder `reports/`, a pattern `reports/*.pdf`).

        Raises `UsageError` for an empty or over-long question and for sources that name no document, `StoreError` when the index
        cannot be read.
        """
        for event in self.stream(question, history=history, since=since, until=until, sources=sources):
            if event.answer is not None:
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Generator[StreamEvent, None, None]:
        """The answer as it is made: see `qa.answering.answering`."""
        return answering(self.loaded, question, history=history, since=since, until=until, sources=sources)

    def search(
        self, question: str, *, k: int = 10, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[Passage]:
        """The `k` best passages by fused retrieval, best first; documents are limited as in `ask`."""
        return self.loaded.search(question, k, since, until, sources)

    @property
    def llm(self) -> LlmSettings:
        """The language model that writes."""
        return self.loaded.settings.llm

    @property
    def speed(self) -> Speed | None:
        """How fast the language model wrote last; None where none has written yet."""
        return getattr(self.loaded.writer, "speed", None)

    def write_with(self, llm: LlmSettings) -> None:
        """Let another language model write from now on. Raises `ConfigError` or `ModelError` and leaves all as it was."""
        from qa.startup import write_with

        write_with(self.loaded, llm)

    def refresh(self) -> None:
        """See what was indexed since the last question."""
        self.loaded.refresh()

    def check(self) -> None:
        """Raise `StoreError` when the catalog or the vectors cannot be read now."""
        self.loaded.check()

    def close(self) -> None:
        """Close the stores."""
        self.loaded.close()


def open_engine(settings: Settings, laps: Laps | None = None) -> Engine:
    """Open the index and load the models that the settings name; `laps`, when given, receives the seconds of each part.

    Raises `NoIndex`, `IndexMismatch`, `ModelMissing`, `ChecksumMismatch`, `UsageError`.
    """
    from qa.startup import load

    return Engine(load(settings, {} if laps is None else laps))

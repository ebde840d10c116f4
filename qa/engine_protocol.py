"""What the chat surfaces need of an answer engine and of the documents behind it.

Terminal, web page, API and MCP are written against these Protocols; `qa.engine.open_engine` gives the real one, tests
pass a readable fake.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Protocol

from index.catalog.inventory import FileRow
from index.catalog.reader import Counts, DocumentInfo
from index.schema import Document
from qa.config import LlmSettings
from qa.schema import Answer, Passage, Speed, StreamEvent, Turn


class Shelf(Protocol):
    """The stored documents; safe to read from many threads."""

    def documents(self) -> Sequence[DocumentInfo]:
        """Every visible document without its text, by source."""
        ...

    def counts(self) -> Counts:
        """How many documents are visible."""
        ...

    def generation(self) -> int:
        """A number that every change of the index changes."""
        ...

    def document(self, source: str) -> Document | None:
        """The document of that source with its whole stored text, or None."""
        ...

    def chosen(self, sources: Sequence[str]) -> object:
        """The documents that `sources` name (sources, folders `reports/`, patterns). Raises `UsageError` for one that names none."""
        ...

    def page_counts(self) -> dict[str, int]:
        """How many pages, slides, sheets or chapters the documents have that have any, by source."""
        ...

    def file_of(self, source: str) -> FileRow | None:
        """The file that a document was read from, as it was then, or None."""
        ...


class AnswerEngine(Protocol):
    """Answers questions from one index. One caller at a time; models are loaded once and stay loaded."""

    @property
    def catalog(self) -> Shelf:
        """The documents that answers cite."""
        ...

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Answer:
        """The whole answer. Raises `FootnoteError`."""
        ...

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Generator[StreamEvent, None, None]:
        """The same as events; closing the generator stops the work."""
        ...

    def search(
        self, question: str, *, k: int = 10, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> Sequence[Passage]:
        """The best passages, best first."""
        ...

    @property
    def llm(self) -> LlmSettings:
        """The language model that writes."""
        ...

    @property
    def speed(self) -> Speed | None:
        """How fast the language model wrote last; None where none has written yet."""
        ...

    def write_with(self, llm: LlmSettings) -> None:
        """Let another language model write from now on. Raises `ConfigError` or `ModelError` and leaves all as it was."""
        ...

    def refresh(self) -> None:
        """See what was indexed since the last question."""
        ...

    def check(self) -> None:
        """Raise `StoreError` when a store cannot be read now; for any thread."""
        ...

    def close(self) -> None:
        """Release stores and models."""
        ...


Opener = Callable[[], AnswerEngine]

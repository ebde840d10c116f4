"""The answer engine: one question in, one checked Answer out.

question -> standalone question -> passages -> evidence -> chosen evidence -> statements -> Answer.
Each step is a module; this one only joins them, keeps the time and tells what happens while it happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import LanguageModelError, UsageError
from index.schema import Document, Unit
from index.structure.units import units_of
from qa.check.verify import Item, Verdict, verify_many
from qa.cite import check, verbatim
from qa.config import Settings
from qa.llm.rewrite import rewritten
from qa.question.days import limits
from qa.question.small_talk import REPLY, is_small_talk
from qa.question.spelling import meant, mended
from qa.question.standalone import standalone
from qa.read.alone import answers_by
from qa.read.choose import FLOOR, choose
from qa.read.numbers import held_to_numbers
from qa.read.protocol import Readable, Reader, Reading, readable
from qa.retrieve import dedup
from qa.retrieve.hybrid import retrieve
from qa.schema import Answer, Passage, StreamEvent, Timings, Turn
from qa.trace import seen
from qa.write.asked import Request, Statement
from qa.write.assemble import Draft, assemble, reply
from qa.write.compose import Composition, compose
from qa.write.probe import reads_passages

if TYPE_CHECKING:
    from index.catalog.library import Library
    from index.catalog.reader import Catalog
    from index.models.protocol import Embedder
    from qa.check.judge import Judge
    from qa.llm.client import Writer
    from qa.retrieve.rerank import Reranker
    from qa.retrieve.rescorer import Rescorer
    from qa.startup import Laps

MAX_QUESTION = 2000  # characters; what a person types, with room to spare
READ_PASSAGES = 12  # passages that are read


@dataclass(slots=True)
class Engine:
    """Answers questions from one index. Not for several threads at once; models are loaded once."""

    settings: Settings
    library: Library
    embedder: Embedder
    reader: Reader
    reranker: Reranker | None = None
    writer: Writer | None = None
    second: Rescorer | None = None
    judge: Judge | None = None
    floor: float = FLOOR
    is_word: Callable[[str], bool] = lambda word: True
    """Whether a word is spelt rightly as far as the models know; what they do not know is compared with the documents' words."""
    _documents: dict[str, tuple[Document, tuple[Unit, ...]]] = field(default_factory=dict)
    _generation: int = -1

    @property
    def catalog(self) -> Catalog:
        """The documents that answers cite."""
        return self.library.catalog

    def ask(self, question: str, *, history: Sequence[Turn] = (), since: str | None = None, until: str | None = None) -> Answer:
        """Answer a question; `since` and `until` (ISO dates) limit the documents by publication date.

        Raises `UsageError` for an empty or over-long question, `StoreError` when the index cannot be read.
        """
        for event in self.stream(question, history=history, since=since, until=until):
            if event.answer is not None:
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), since: str | None = None, until: str | None = None
    ) -> Generator[StreamEvent, None, None]:
        """The answer as it is made: steps, verified sentences, then the whole. Closing the generator stops the work."""
        clock = _Clock()
        question = checked_question(question)
        since, until = limits(since, until)
        self.refresh()
        if is_small_talk(question):
            yield StreamEvent("answer", answer=reply(question, REPLY))
            return
        whole = mended(self._whole(question, history), self.is_word, self.catalog.nearest_word)
        if whole != question:
            yield StreamEvent("step", f"understood as: {whole}")
        yield StreamEvent("step", f"searching {self.catalog.counts().documents} documents")
        passages = [self._readable(p) for p in self.passages(whole, since, until)]
        clock.lap("retrieve")
        reading = seen(held_to_numbers(whole, self.reader.read(whole, passages)))
        units = {p.document.source: self._document(p.document.source)[1] for p in passages}
        chosen = choose(reading, units, self.catalog.clusters(list(units)), floor=self.floor)
        clock.lap("rerank")
        yield StreamEvent("step", f"read {len(passages)} passages; {len(chosen)} pieces of evidence")
        asked = Request(question, whole, reading, chosen, units, self.floor, answers_by(self.reader, whole))
        composed, draft = Composition(), Draft(chosen)
        for said in compose(self.writer, asked, self.verdicts, composed):
            yield self._tell(draft, said)
        clock.lap("compose")
        writer = self.writer.name if self.writer is not None else None
        answer = assemble(asked, composed, draft, self.catalog, writer)
        if answer.abstained and (names := meant(whole, self.is_word, self.catalog.nearest_word)):
            offers = [f'The documents do not have "{name}". Did you mean "{right}"?' for name, right in names]
            answer = answer.model_copy(update={"notes": [*answer.notes, *offers]})
        check(answer, lambda source: self.document(source).text)
        clock.lap("verify")
        if answer.dropped:
            yield StreamEvent("step", f"{len(answer.dropped)} statements were not supported and are not shown")
        yield StreamEvent("answer", answer=answer.model_copy(update={"timings_ms": clock.timings()}))

    def _whole(self, question: str, history: Sequence[Turn]) -> str:
        """The question without need of the conversation: by a language model that manages, else by rules."""
        if history and self.writer is not None and reads_passages(self.writer):
            with suppress(LanguageModelError):  # the rules do without; what fails again is noted when the answer is written
                return rewritten(self.writer, question, history) or standalone(question, history)
        return standalone(question, history)

    def verdicts(self, items: Sequence[Item]) -> list[Verdict]:
        """Whether each claim follows from its quotes: what holds a language model to the passages."""
        return verify_many(items, self.reranker, self.judge)

    def passages(self, question: str, since: str | None = None, until: str | None = None) -> list[Passage]:
        """The passages that are read for a question, best first."""
        limit = self.settings.answer.candidates
        return retrieve(self.library, self.embedder, question, limit, since=since, until=until, second=self.second)[:READ_PASSAGES]

    def read(self, question: str) -> Reading:
        """What the reader finds for a question, before anything is chosen."""
        return held_to_numbers(question, self.reader.read(question, [self._readable(p) for p in self.passages(question)]))

    def search(self, question: str, *, k: int = 10, since: str | None = None, until: str | None = None) -> list[Passage]:
        """The `k` best passages by fused retrieval, best first."""
        return retrieve(self.library, self.embedder, question, k, since=since, until=until)

    def document(self, source: str) -> Document:
        """A stored document, remembered until the index changes. Raises `StoreError` when it is gone."""
        return self._document(source)[0]

    def _document(self, source: str) -> tuple[Document, tuple[Unit, ...]]:
        if source not in self._documents:
            found = self.catalog.document(source)
            if found is None:
                self.catalog.text_of(source)  # raises with a message of its own
                raise AssertionError(source)
            self._documents[source] = (found, units_of(found))
        return self._documents[source]

    def _readable(self, passage: Passage) -> Readable:
        return readable(passage, *self._document(passage.source))

    def refresh(self) -> None:
        """Forget what was remembered of documents when the index has changed."""
        generation = self.catalog.generation()
        if generation != self._generation or len(self._documents) > 2000:
            self._documents.clear()
            self._generation = generation

    def check(self) -> None:
        """Raise `StoreError` when the catalog or the vectors cannot be read now."""
        self.library.vectors.count()

    def close(self) -> None:
        """Close the stores."""
        self.library.close()

    def _tell(self, draft: Draft, said: Statement) -> StreamEvent:
        """A verified statement, put into the draft, for the reader to see at once: so its quotes are checked here and now."""
        claim = draft.add(said)
        cited = [c for c in draft.notes.citations if c.n in claim.citations]
        verbatim(cited, lambda source: self.document(source).text)
        (claim,), cited = dedup.count_sources(self.catalog, [claim], cited)
        return StreamEvent("claim", draft.lines[-1], tuple(cited), sources=claim.sources)


def open_engine(settings: Settings, laps: Laps | None = None) -> Engine:
    """Open the index and load the models that the settings name; `laps`, when given, receives the seconds of each part.

    Raises `NoIndex`, `IndexMismatch`, `ModelMissing`, `ChecksumMismatch`, `UsageError`.
    """
    from qa.startup import load

    loaded = load(settings, {} if laps is None else laps)
    return Engine(
        settings, loaded.library, loaded.embedder, loaded.reader, loaded.reranker, loaded.writer, loaded.second, loaded.judge,
        is_word=loaded.reader.knows,
    )  # fmt: skip


def checked_question(question: str) -> str:
    """The question, stripped. Raises `UsageError` when it is empty or longer than `MAX_QUESTION` characters."""
    question = question.strip()
    if not any(c.isalnum() for c in question):
        raise UsageError('a question needs words, this one has none. Ask like: footnote ask "which firms are building plants?"')
    if len(question) > MAX_QUESTION:
        raise UsageError(
            f"a question may have {MAX_QUESTION:,} characters, this one has {len(question):,}. Put long texts into a document."
        )
    return question


@dataclass(slots=True)
class _Clock:
    started: float = field(default_factory=time.perf_counter)
    last: float = field(default_factory=time.perf_counter)
    laps: dict[str, float] = field(default_factory=dict)

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + 1000 * (now - self.last), 1)
        self.last = now

    def timings(self) -> Timings:
        return Timings(**self.laps, total=round(1000 * (time.perf_counter() - self.started), 1))

"""The answer engine: one question in, one checked Answer out.

question -> standalone question -> plain questions -> passages -> scored sentences -> chosen sentences -> verified
statements -> Answer.
Each step is a module; this one only joins them, keeps the time and tells what happens while it happens.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import LanguageModelError, UsageError
from index.schema import Document
from qa import compose_llm, voices
from qa import evidence as scoring
from qa.assemble import Asked, assemble, shuffled
from qa.candidates import Candidate, candidates
from qa.cite import check, verbatim
from qa.compose import Composition, Statement
from qa.compose_llm import is_small
from qa.config import Settings
from qa.counting import as_list, names_in, tally
from qa.extract import spoken_date
from qa.followup import standalone
from qa.occasion import day_of, occasion
from qa.query import Query, analyse, topic
from qa.reading import Reading, is_answered, merged, resolved
from qa.rephrase import plain_questions
from qa.retrieve import retrieve
from qa.schema import Answer, Broken, Passage, StreamEvent, Timings, Turn
from qa.select import Choice, select
from qa.telling import Sheet, told
from qa.times import Window, limits_publication, stated_day, window_of
from qa.trace import seen
from qa.when import absolute

if TYPE_CHECKING:
    from index.catalog import Catalog
    from index.embed import Embedder
    from index.library import Library
    from qa.llm import Writer
    from qa.rerank import Reranker
    from qa.second import SecondOpinion
    from qa.startup import Laps

MAX_QUESTION = 2000  # characters; what a person types, with room to spare
READ_PASSAGES = 10  # passages whose sentences are read
READ_FOR_LISTS = 24  # ... when the question asks for a list: something new may stand far down


@dataclass(slots=True)
class Engine:
    """Answers questions from one index. Not for several threads at once; models are loaded once."""

    settings: Settings
    library: Library
    embedder: Embedder
    reranker: Reranker
    writer: Writer | None = None
    broken: Broken | None = None
    second: SecondOpinion | None = None
    _documents: dict[str, Document] = field(default_factory=dict)
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
        self.refresh()
        whole = self._timed(self._whole(question, history))
        whole = yield from self._dated(whole, clock)
        if whole != question:
            yield StreamEvent("step", f"understood as: {whole}")
        asked = seen(plain_questions(whole))
        readings: list[Reading] = []
        for text in resolved(asked):
            if text != whole:
                yield StreamEvent("step", f"looking up: {text}")
            readings.append((yield from self._read(analyse(text), readings, since, until, clock)))
        counted = yield from self._count(readings, since, until, clock)
        chosen = merged(readings, series=asked.series)
        composed, sheet = Composition(), Sheet(len(chosen))
        for said in told(self.writer, whole, chosen, self.reranker, composed, verify=self.broken != "no-verify"):
            yield self._tell(sheet, said)
        clock.lap("compose")
        writer = self.writer.name if self.writer is not None else None
        asking = Asked(question, whole, readings, chosen, series=asked.series, counted=counted)
        answer = assemble(asking, composed, sheet, self.catalog, writer)
        if self.broken == "shuffle-citations":
            answer = shuffled(answer)
        else:
            check(answer, lambda source: self.document(source).text)
        clock.lap("verify")
        if answer.dropped:
            yield StreamEvent("step", f"{len(answer.dropped)} statements were not supported and are not shown")
        yield StreamEvent("answer", answer=answer.model_copy(update={"timings_ms": clock.timings()}))

    def _whole(self, question: str, history: Sequence[Turn]) -> str:
        """The question without need of the conversation: by a large writer where there is one that manages, else by rules."""
        if history and self.writer is not None and not is_small(self.writer):
            with suppress(LanguageModelError):  # the rules do without; what fails again is noted when the answer is written
                return compose_llm.standalone(self.writer, question, history) or standalone(question, history)
        return standalone(question, history)

    def _timed(self, question: str) -> str:
        """Relative words as dates; those about publication stay, they limit the search (see `qa.times`)."""
        return question if limits_publication(question) else absolute(question, stated_day(self.settings.answer.as_of))

    def _dated(self, question: str, clock: _Clock) -> Generator[StreamEvent, None, str]:
        """ "Since the visit" as "since 12 June 2024" when a document tells the day; else the question as it is."""
        found = occasion(question)
        if found is None:
            return question
        reading = yield from self._read(analyse(f"When was {found['what']}?"), [], None, None, clock)
        day = day_of(reading.chosen)
        if day is None:
            return question
        told = spoken_date(day.isoformat())
        yield StreamEvent("step", f"{found['what']}: {told}, by {reading.chosen[0].candidate.source}")
        return question[: found.start("what")] + told + question[found.end("what") :]

    def _count(self, readings: list[Reading], since: str | None, until: str | None, clock: _Clock) -> Generator[StreamEvent, None, str]:
        """For "how many firms ...?": the firms that are named, told apart from a stated number or standing in for one."""
        if len(readings) != 1 or (which := as_list(readings[0].query)) is None or not (query := analyse(which)).lists_names:
            return ""
        yield StreamEvent("step", f"counting: {which}")
        listed = yield from self._read(query, [], since, until, clock)
        stated = bool(readings[0].chosen)
        if not stated and names_in(listed):
            readings[0] = listed
        return tally(stated, listed)

    def _read(
        self, query: Query, before: Sequence[Reading], since: str | None, until: str | None, clock: _Clock
    ) -> Generator[StreamEvent, None, Reading]:
        """One plain question looked up and its sentences chosen; nothing when an earlier one's sentence holds the figure."""
        if is_answered(query, [c for r in before for c in r.chosen]):
            return Reading(query)
        window = window_of(query, since, until, self.settings.answer.as_of)
        yield StreamEvent("step", f"searching {self.catalog.counts().documents} documents for: {topic(query)}{window.told()}")
        passages = self.passages(query, window)
        clock.lap("retrieve")
        documents = {p.source: self.document(p.source) for p in passages}
        sentences = candidates(passages, documents)
        scored = scoring.score(query, sentences, self.reranker)
        chosen = self._select(query, scored, window, documents)
        clock.lap("rerank")
        yield StreamEvent("step", f"read {len(passages)} passages; {len(chosen)} sentences answer")
        return seen(Reading(query, passages, scored, chosen, sentences, window))

    def passages(self, query: Query, window: Window) -> list[Passage]:
        """The passages that are read sentence by sentence for a question, best first."""
        limit, keep = self.settings.answer.candidates, READ_FOR_LISTS if query.is_list else READ_PASSAGES
        second = None if self.broken == "no-rerank" or keep >= limit else self.second  # who reads all needs no better order
        return retrieve(self.library, self.embedder, query.text, limit, since=window.since, until=window.until, second=second)[:keep]

    def search(self, question: str, *, k: int = 10, since: str | None = None, until: str | None = None) -> list[Passage]:
        """The `k` best passages by fused retrieval, best first."""
        return retrieve(self.library, self.embedder, question, k, since=since, until=until)

    def document(self, source: str) -> Document:
        """A stored document, remembered until the index changes. Raises `StoreError` when it is gone."""
        if source not in self._documents:
            found = self.catalog.document(source)
            if found is None:
                self.catalog.text_of(source)  # raises with a message of its own
                raise AssertionError(source)
            self._documents[source] = found
        return self._documents[source]

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

    def _select(self, query: Query, scored: Sequence[Candidate], window: Window, documents: Mapping[str, Document]) -> list[Choice]:
        clusters = self.catalog.clusters(list(documents))
        if window.newest and scored:
            scored = newest_first(scored)
        if self.broken == "no-abstain" and scored:
            return select(query, scored, clusters) or [Choice(scored[0])]
        return select(query, scored, clusters)

    def _tell(self, sheet: Sheet, said: Statement) -> StreamEvent:
        """A verified statement, put on the sheet, for the reader to see at once: so its quotes are checked here and now."""
        claim = sheet.add(said)
        cited = [c for c in sheet.notes.citations if c.n in claim.citations]
        verbatim(cited, lambda source: self.document(source).text)
        (claim,), cited = voices.heard(self.catalog, [claim], cited)
        return StreamEvent("claim", sheet.lines[-1], tuple(cited), sources=claim.sources)


def open_engine(settings: Settings, broken: Broken | None = None, laps: Laps | None = None) -> Engine:
    """Open the index and load the models that the settings name; `laps`, when given, receives the seconds of each part.

    Raises `NoIndex`, `IndexMismatch`, `ModelMissing`, `ChecksumMismatch`, `UsageError`.
    """
    from qa.startup import load

    loaded = load(settings, {} if laps is None else laps)
    if loaded.reranker is None:
        loaded.library.close()
        raise UsageError("answering needs a reranker, models.reranker is 'none'. Name one ('footnote models' lists them).")
    return Engine(settings, loaded.library, loaded.embedder, loaded.reranker, loaded.writer, broken, loaded.second)


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


def newest_first(scored: Sequence[Candidate]) -> list[Candidate]:
    """For "latest": among the sentences that answer nearly as well as the best, those of the newest dated document."""
    good = [c for c in scored if c.score >= 0.5 * scored[0].score and c.document.published.date]
    if not good:
        return list(scored)
    newest = max(c.document.published.date or "" for c in good)
    return [c for c in good if c.document.published.date == newest]


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

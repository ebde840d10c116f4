"""What answers are made with: the open stores, the loaded models, and the documents read lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from index.catalog.search import records_of
from index.dates.events import find_event_dates
from index.schema import Document, Unit
from index.structure.units import units_of
from qa.config import Settings
from qa.read.choose import FLOOR
from qa.read.erasure import held_to_words
from qa.read.protocol import Reader, Reading, readable
from qa.read.rows.days import without_lacking_day
from qa.read.rows.degrees import degree_of
from qa.read.rows.empty import without_empty
from qa.read.rows.extremes import MOST, by_extremes, extremes_of, read_together
from qa.read.rows.marks import by_marks
from qa.read.rows.tables import Place, tables_of
from qa.read.rows.values import by_values
from qa.read.weigh import names_in, weighed
from qa.retrieve.hybrid import retrieve, to_passages
from qa.schema import Passage

if TYPE_CHECKING:
    from index.catalog.chosen import Chosen
    from index.catalog.library import Library
    from index.catalog.reader import Catalog
    from index.models.protocol import Embedder
    from qa.check.judge import Judge
    from qa.check.verify import Item, Verdict
    from qa.llm.client import Writer
    from qa.retrieve.rescorer import Rescorer

READ_PASSAGES = 12  # passages that are read
REMEMBERED = 2000  # documents


@dataclass(slots=True)
class Loaded:
    """Stores and models, loaded once. Not for several threads at once.

    `second` is None where the settings name none, `judge` where nobody writes.
    """

    settings: Settings
    library: Library
    embedder: Embedder
    reader: Reader
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

    def search(
        self, question: str, k: int, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[Passage]:
        """The `k` best passages by fused retrieval, best first."""
        return retrieve(self.library, self.embedder, question, k, since=since, until=until, sources=sources)

    def passages(self, question: str, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()) -> list[Passage]:
        """The passages that are read for a question, best first."""
        limit = self.settings.answer.candidates
        found = retrieve(self.library, self.embedder, question, limit, since=since, until=until, sources=sources, second=self.second)
        return found[:READ_PASSAGES]

    def read(self, question: str, passages: Sequence[Passage], within: Chosen | None = None) -> Reading:
        """What the reader finds for a question in passages, before anything is chosen. Which row of a table is the highest or lowest is
        told from all of its rows; of a file's records from those `within` which answers are looked for, found or not."""
        dated = any(event.first is not None for event in find_event_dates(question))
        names = names_in(question)
        texts = [readable(passage, *self.with_units(passage.source), dated=dated, names=names) for passage in passages]
        raw = self.reader.read(question, texts)
        records = partial(self._records, within) if degree_of(question) else None
        tables = tables_of(raw, lambda source: self.with_units(source)[1], records)
        told = extremes_of(question, tables)
        raw = self._with_rows(question, raw, {place for extreme in told.values() for place in extreme.found})
        valued = by_values(question, by_marks(question, weighed(question, raw)), tables)
        there = without_lacking_day(question, without_empty(question, valued, tables), tables)
        filled = by_extremes(question, there, tables, partial(read_together, self.reader.read, question))
        return held_to_words(self.reader.read, question, filled, raw, self.floor)

    def _with_rows(self, question: str, reading: Reading, places: set[Place]) -> Reading:
        """The reading with the passages in which rows lie that are not in it."""
        seen = {(reading.passages[f.passage].document.source, f.unit.start) for f in reading.findings}
        chunks = {c.id for source, start in places - seen for c in self.catalog.chunks_of(source) if c.start <= start < c.end}
        passages = to_passages(self.catalog, [(chunk, 0.0) for chunk in sorted(chunks)])
        if not passages:
            return reading
        more = [readable(passage, *self.with_units(passage.source)) for passage in passages]
        found = self.reader.read(question, more).findings
        before = len(reading.passages)
        return Reading((*reading.passages, *more), (*reading.findings, *(replace(f, passage=before + f.passage) for f in found)))

    def _records(self, within: Chosen | None, file: str) -> list[tuple[Document, tuple[Unit, ...]]]:
        """The records of a file with their units, none where they are too many to compare."""
        known = records_of(self.catalog.rows, file, MOST + 1)
        sources = [source for source, number in known.items() if within is None or number in within.ids]
        return [self.with_units(source) for source in sources] if len(known) <= MOST else []

    def verdicts(self, items: Sequence[Item]) -> list[Verdict]:
        """Whether each claim follows from its quotes: what holds a language model to the passages."""
        from qa.check.verify import verify_many  # what only a language model's sentences need

        return verify_many(items, self.judge)

    def text(self, source: str) -> str:
        """The stored text of a document. Raises `StoreError` when it is gone."""
        return self.with_units(source)[0].text

    def with_units(self, source: str) -> tuple[Document, tuple[Unit, ...]]:
        """A stored document and its units, remembered until the index changes. Raises `StoreError` when it is gone."""
        if source not in self._documents:
            found = self.catalog.document(source)
            if found is None:
                self.catalog.text_of(source)  # raises with a message of its own
                raise AssertionError(source)
            self._documents[source] = (found, units_of(found))
        return self._documents[source]

    def refresh(self) -> None:
        """Forget what was remembered of documents when the index has changed."""
        generation = self.catalog.generation()
        if generation != self._generation or len(self._documents) > REMEMBERED:
            self._documents.clear()
            self._generation = generation

    def check(self) -> None:
        """Raise `StoreError` when the catalog or the vectors cannot be read now."""
        self.library.vectors.open()

    def close(self) -> None:
        """Close the stores."""
        self.library.close()

"""Which chunks hold which words: BM25 by row number, in a tantivy index beside the catalog.

All of it can be made again from the catalog, which says what may be shown: rows that it does not know are to be passed over.
tantivy skips what cannot reach the top (Block-Max WAND), so a search hardly grows with the index.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import StoreError, as_store_error, short_reason
from index.store.durable import sync
from index.text.word_forms import numbered, one_form, whole_codes

if TYPE_CHECKING:
    import tantivy

FOLDER = "words"
_LARGEST = 2**63 - 1
_LONGEST_WORD = 200  # bytes
# Rows may be told as ranges, each of which is compared with the rows' column, or one by one, each looked up. At 300,000 rows, ms a
# search: 1 range 1.7, 8 ranges 14, 64 ranges 60; 5,000 rows 6 to 32, 20,000 rows 22 to 38, 60,000 rows 68; unlimited 2.2.
FEW_RANGES = 8
_HEAP = 50_000_000  # of the writer; what does not fit becomes a segment of its own


@dataclass(frozen=True, slots=True)
class Entry:
    """A chunk as its words are stored. `first` and `last`: the days that its date may mean, as 20240612; None without a date."""

    row: int
    text: str
    first: int | None = None
    last: int | None = None


def write(folder: Path, entries: Iterable[Entry], *, after: int | None, gone: Iterable[int] = ()) -> None:
    """Replace what is stored of rows above `after` (of all rows, where that is None) by `entries`, drop the rows `gone`.

    Readers see either all of it or nothing. What is there and unreadable is made anew when `after` is None. One process at
    a time. Raises `StoreError`.
    """
    import tantivy

    with _errors("write", folder):
        index = _create(folder) if after is None and count(folder) is None else _open(folder)
        writer = index.writer(_HEAP, 1)
        try:
            if after is None:
                writer.delete_all_documents()
            else:
                writer.delete_documents_by_query(_range(index.schema, "row", after + 1, _LARGEST))
            if rows := list(gone):  # by query: by term, tantivy 0.27 overlooks unsigned numbers
                writer.delete_documents_by_query(tantivy.Query.term_set_query(index.schema, "row", rows))
            for entry in entries:
                writer.add_document(_document(entry))
            writer.commit()
        finally:
            writer.wait_merging_threads()
        # tantivy syncs what it writes, but not the last name that it gives, without which all of it is as it was before.
        sync(folder)
        sync(folder.parent)


def count(folder: Path, up_to: int = _LARGEST) -> int | None:
    """How many rows up to this one are stored; None where nothing can be read."""
    try:
        with _errors("read", folder):
            index = _open(folder)
            found: Any = index.searcher().search(_range(index.schema, "row", 0, up_to), 1)  # its stub lacks `count`
            return int(found.count)
    except StoreError:
        return None


class Words:
    """Reads the words of one index; many threads may."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._index: tantivy.Index | None = None
        self._version: int | None = None

    def search(
        self,
        version: int,
        words: Sequence[str],
        limit: int,
        since: int | None = None,
        until: int | None = None,
        ranges: Sequence[tuple[int, int]] | None = None,
    ) -> list[tuple[int, float]]:
        """The `limit` best rows that hold any of the words: (row, BM25 score), best first.

        `version` is any number that changes whenever something was written. `since` and `until` (20240612, inclusive) keep
        rows whose days overlap them, `ranges` (first and last row of each) rows that lie in one. Raises `StoreError`.
        """
        import tantivy

        with _errors("read", self._folder):
            index = self._current(version)
            query = _any_of(index, words)
            if query is None:
                return []
            within = []
            if since is not None:
                within.append(_range(index.schema, "last", since, _LARGEST))
            if until is not None:
                within.append(_range(index.schema, "first", 0, until))
            if ranges is not None:
                within.append(_rows(index.schema, ranges))
            if within:
                limits = [(tantivy.Occur.Must, tantivy.Query.const_score_query(one, 0.0)) for one in within]
                query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *limits])
            searcher = index.searcher()
            hits = searcher.search(query, limit, count=False).hits
            rows = searcher.fast_field_values("row", [address for _, address in hits])
            return [(int(row or 0), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]

    def alike(self, version: int, word: str, limit: int) -> list[int]:
        """Rows that hold the word, accents and endings aside; when there are none those with one spelt nearly like it. Raises
        `StoreError`."""
        import tantivy

        with _errors("read", self._folder):
            index = self._current(version)
            searcher = index.searcher()
            stems = _analyzer().analyze(one_form(word))
            if not stems:
                return []
            there = any(searcher.doc_freq("text", stem) for stem in stems)
            queries = tantivy.Query
            query = (
                queries.term_query(index.schema, "text", stems[0])
                if there
                else queries.fuzzy_term_query(index.schema, "text", stems[0], distance=2)
            )
            hits = searcher.search(query, limit, count=False).hits
            return [int(row or 0) for row in searcher.fast_field_values("row", [address for _, address in hits])]

    def _current(self, version: int) -> tantivy.Index:
        with self._lock:
            if self._index is None or self._version != version:
                self._index = _open(self._folder)
                self._version = version
            return self._index


def day_number(date: str | None) -> int | None:
    """An ISO date, a year or a month too, as a number that sorts as its text does: 2024-06 is 20240600."""
    digits = (date or "").replace("-", "")
    return int(digits[:8].ljust(8, "0")) if digits.isascii() and digits.isdigit() else None


def stems(text: str) -> list[str]:
    """The words of a text as the index takes them: small letters, no accents, English endings cut off."""
    return _kept_analyzer().analyze(one_form(text))


@lru_cache(maxsize=1)
def _kept_analyzer() -> tantivy.TextAnalyzer:
    return _analyzer()


def _any_of(index: tantivy.Index, words: Sequence[str]) -> tantivy.Query | None:
    import tantivy

    analyzer = _analyzer()
    stems = dict.fromkeys(stem for word in words for stem in analyzer.analyze(word))
    terms = [(tantivy.Occur.Should, tantivy.Query.term_query(index.schema, "text", stem, "freq")) for stem in stems]
    return tantivy.Query.boolean_query(terms) if terms else None


def _document(entry: Entry) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_unsigned("row", entry.row)
    text = one_form(entry.text)
    document.add_text("text", " ".join([text, *whole_codes(text), *(name + number for name, number in numbered(text))]))
    if entry.first is not None and entry.last is not None:
        document.add_unsigned("first", entry.first)
        document.add_unsigned("last", entry.last)
    return document


def _create(folder: Path) -> tantivy.Index:
    import tantivy

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fields = tantivy.SchemaBuilder().add_unsigned_field("row", indexed=True, fast=True)
    fields.add_unsigned_field("first", fast=True).add_unsigned_field("last", fast=True)
    fields.add_text_field("text", tokenizer_name="words", index_option="freq")
    index = tantivy.Index(fields.build(), str(folder))
    index.register_tokenizer("words", _analyzer())
    return index


def _open(folder: Path) -> tantivy.Index:
    import tantivy

    index = tantivy.Index.open(str(folder))
    index.config_reader("manual")  # else it looks at its folder twice a second
    index.register_tokenizer("words", _analyzer())
    return index


def _analyzer() -> tantivy.TextAnalyzer:
    """Letters and digits, small, without accents, English endings cut off."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(_LONGEST_WORD)).filter(Filter.lowercase())
    return builder.filter(Filter.ascii_fold()).filter(Filter.stemmer("english")).build()


def _rows(schema: tantivy.Schema, ranges: Sequence[tuple[int, int]]) -> tantivy.Query:
    """Rows in any of the ranges: few are compared with the rows' column, of many each row is looked up."""
    import tantivy

    if len(ranges) > FEW_RANGES:
        return tantivy.Query.term_set_query(schema, "row", [row for first, last in ranges for row in range(first, last + 1)])
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, _range(schema, "row", first, last)) for first, last in ranges])


def _range(schema: tantivy.Schema, field: str, low: int, high: int) -> tantivy.Query:
    import tantivy

    return tantivy.Query.range_query(schema, field, tantivy.FieldType.Unsigned, low, high)


def _errors(doing: str, folder: Path) -> AbstractContextManager[None]:
    """Turn whatever tantivy raises into a `StoreError`."""
    return as_store_error(
        lambda error: (
            f"cannot {doing} the words in {folder}: {short_reason(error)}. Check the disk, then run footnote index again: it mends them."
        )
    )

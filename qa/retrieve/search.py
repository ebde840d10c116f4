"""Passages that hold given words, as `footnote search` shows them. Words only: knows nothing of embedders or answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from index.catalog.bm25 import stems
from index.screen.plain import for_terminal
from index.text.terms import query_words
from qa.cite import page_of, place_of
from qa.retrieve.hybrid import to_passages

if TYPE_CHECKING:
    from index.catalog.reader import Catalog
    from index.schema import Document
    from qa.schema import Passage

_WORD = re.compile(r"\w+")
_BEFORE, _SHOWN = 80, 360  # characters shown before the first highlighted word, and in all


class Documents(Protocol):
    """Where whole documents are looked up."""

    def document(self, source: str) -> Document | None:
        """The document of that source, or None."""
        ...


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage; `highlights` are places in its text where a word of the search stands."""

    passage: Passage
    page: int | None
    where: str | None
    context: str
    highlights: tuple[tuple[int, int], ...]

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The part of the text around the first highlight on one safe line, in pieces: (text, whether highlighted)."""
        text = self.passage.text
        first = self.highlights[0][0] if self.highlights else 0
        start = 0 if first <= _BEFORE else text.rfind(" ", 0, first - _BEFORE // 2) + 1
        end = min(len(text), start + _SHOWN)
        at = start
        yield "… " if start else "", False
        for low, high in self.highlights:
            if at <= low and high <= end:
                yield _flat(text[at:low]), False
                yield _flat(text[low:high]), True
                at = high
        yield _flat(text[at:end]) + (" …" if end < len(text) else ""), False


def find(
    catalog: Catalog, words: str, limit: int, *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
) -> list[FoundPassage]:
    """The `limit` best passages by BM25 that hold any of the words, best first; documents are limited as in `Catalog.bm25`."""
    return shown(catalog, words, to_passages(catalog, catalog.bm25(words, limit, since=since, until=until, sources=sources)))


def shown(catalog: Documents, words: str, passages: Sequence[Passage]) -> list[FoundPassage]:
    """Passages with their places in their documents, and where the words of the search stand in them."""
    wanted = set(stems(" ".join(query_words(words))))
    documents = {source: catalog.document(source) for source in {p.source for p in passages}}
    found = []
    for passage in passages:
        document = documents[passage.source]
        page, where = (page_of(document, passage.start), place_of(document, passage.start)) if document else (None, None)
        found.append(FoundPassage(passage, page, where, passage.context, highlights(passage.text, wanted)))
    return found


def highlights(text: str, wanted: set[str]) -> tuple[tuple[int, int], ...]:
    """Where the words of a text stand that the word index takes for one of the `wanted` stems."""
    return tuple(match.span() for match in _WORD.finditer(text) if not wanted.isdisjoint(stems(match[0])))


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", for_terminal(text))

"""The documents of an index as a list: what is known of each, chosen by a pattern, in an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from index.catalog.rows import DocumentInfo


class Shelf(Protocol):
    """What a list is made from."""

    def documents(self) -> Sequence[DocumentInfo]:
        """Every document."""

    def page_counts(self) -> dict[str, int]:
        """How many pages they have, by source."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A document; `pages` counts pages, slides, sheets or chapters, 0 where its format has none; `later_version` is a source."""

    info: DocumentInfo
    pages: int
    later_version: str | None = None

    @property
    def date(self) -> str | None:
        """The date as precisely as it is known: 2024-06-13, 2024-06, 2024."""
        published = self.info.published
        return published.date and published.date[: {"year": 4, "month": 7}.get(published.precision or "day", 10)]

    def as_json(self) -> dict[str, Any]:
        """What `footnote list --json` prints of it; `size` in characters."""
        info = self.info
        return {
            "source": info.source,
            "title": info.title,
            "date": self.date,
            "date_from": info.published.how,
            "format": info.format,
            "pages": self.pages or None,
            "size": info.characters,
            "author": info.author,
            "publisher": info.publisher,
            "language": info.language,
            "later_version": self.later_version,
        }


def collection_of(source: str) -> str:
    """The collection that a document belongs to: the outermost folder of its source, "" for one that lies in none."""
    return source.partition("/")[0] if "/" in source.partition("#")[0] else ""


ORDERS: dict[str, Callable[[Listed], Any]] = {
    "source": lambda one: one.info.source,
    "title": lambda one: (one.info.title is None, (one.info.title or "").casefold()),
    "date": lambda one: one.date or "",
    "format": lambda one: one.info.format,
    "pages": lambda one: one.pages,
    "size": lambda one: one.info.characters,
}


def listed(
    catalog: Shelf, pattern: str = "*", order: str = "source", *, reverse: bool = False, later: Mapping[str, str] | None = None
) -> list[Listed]:
    """The documents whose source matches the pattern (`*` also matches `/`), in order; ties by source. `later` gives later versions."""
    pages = catalog.page_counts()
    later = later or {}
    infos = [info for info in catalog.documents() if fnmatchcase(info.source, pattern)]
    found = [Listed(info, pages.get(info.source, 0), later.get(info.source)) for info in infos]
    return sorted(found, key=ORDERS[order], reverse=reverse)

"""Which documents are versions of one: a handbook of 2023 and of 2026, rules in version 2.3 and 2.4.

Two documents are when their titles or file names are the same but for numbers and they share much of their wording; which is later is
told by a version that they state, or by their dates. What is named for a day or a month (minutes, a monthly report) tells of that time and
is followed, not replaced; reports that only have a date of publication are not versions either. Knows nothing of how a document was read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Protocol
from weakref import WeakKeyDictionary

from index.dates.published import file_name_date
from index.dates.words import find_dates
from index.schema import Published

ALIKE = 0.25  # share of the shorter one's word triples that the other has too; see docs/decisions.md
_MANY = 20  # documents of one name: a series
_HEAD = 600  # characters in which a version is stated
_LENGTH = 200_000  # characters that are compared
_FEW = 4  # letters: a shorter name says nothing
_STATES: frozenset[str | None] = frozenset({"valid from", "updated"})
_NO_VERSIONS = frozenset({"mail", "csv", "jsonl"})  # a reply is no version of what it answers, a record none of another
_VERSION = re.compile(r"(?i)\b(?:version|revision|rev\.?|edition|issue|v)[ .:_-]{0,2}(\d{1,3}(?:\.\d{1,3}){0,3})\b")
_VERSION_WORD = re.compile(r"(?i)(?<![^\W\d_])(?:version|revision|rev|edition|issue|v)(?![^\W\d_])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


class Known(Protocol):
    """What is known of a document."""

    @property
    def source(self) -> str:
        """Its name in the index."""

    @property
    def title(self) -> str | None:
        """Its title, where it has one."""

    @property
    def format(self) -> str:
        """What kind of file it is."""

    @property
    def published(self) -> Published:
        """Its date, and how that is known."""


class Versioned(Protocol):
    """What versions are looked for among."""

    def documents(self) -> Sequence[Known]:
        """Every document."""

    def text_of(self, source: str) -> str:
        """The text of one."""

    def generation(self) -> int:
        """A number that rises when they change."""


_known: WeakKeyDictionary[Versioned, tuple[int, dict[str, str]]] = WeakKeyDictionary()


def later_versions(catalog: Versioned) -> dict[str, str]:
    """The latest version of each document that has a later one, by source; worked out once for a state of the index."""
    generation = catalog.generation()
    kept = _known.get(catalog)
    if kept is None or kept[0] != generation:
        kept = _known[catalog] = (generation, find_versions(catalog.documents(), catalog.text_of))
    return kept[1]


def find_versions(documents: Iterable[Known], text_of: Callable[[str], str]) -> dict[str, str]:
    """The latest version of each document that has a later one, by source."""
    families: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for info in documents:
        if info.format not in _NO_VERSIONS:
            for key in {("title", _base(info.title or "")), ("name", _base(_stem(info)))}:
                if len(key[1]) >= _FEW:
                    families[key].append(info)
    later: dict[str, list[_Edition]] = defaultdict(list)
    for family in families.values():
        if 1 < len(family) <= _MANY:
            editions = [_Edition(info, text_of(info.source)) for info in family]
            for old in editions:
                later[old.source] += [new for new in editions if _replaces(new, old)]
    return {source: _latest(found).source for source, found in later.items() if found}


class _Edition:
    """A document with what orders it among its versions."""

    def __init__(self, info: Known, text: str) -> None:
        names = f"{_stem(info)} {info.title or ''}"
        self.source = info.source
        stated = _VERSION.search(names.replace("_", " ")) or _VERSION.search(text[:_HEAD])
        self.version = tuple(int(part) for part in stated[1].split(".")) if stated else ()
        year = _YEAR.search(names)
        self.year = year[0] if year else ""
        self.date = info.published.date or self.year
        self.stated = bool(self.version) or info.published.how in _STATES
        self.of_a_day = not self.stated and _names_a_day(info)
        words = [re.sub(r"\d", "0", word) for word in re.findall(r"\w+", text[:_LENGTH].casefold())]
        self.triples = set(zip(words, words[1:], words[2:], strict=False))


def _replaces(new: _Edition, old: _Edition) -> bool:
    marked = new.stated or old.stated or new.year != old.year
    if new.of_a_day or old.of_a_day or not marked or not _is_later(new, old):
        return False
    shorter = min(len(new.triples), len(old.triples))
    return len(new.triples & old.triples) >= ALIKE * shorter > 0


def _is_later(new: _Edition, old: _Edition) -> bool:
    if new.version and old.version and new.version != old.version:
        return new.version > old.version
    if not new.date or not old.date or new.date.startswith(old.date) or old.date.startswith(new.date):
        return False
    return new.date > old.date


def _latest(editions: Sequence[_Edition]) -> _Edition:
    best = editions[0]
    for edition in editions[1:]:
        best = edition if _is_later(edition, best) else best
    return best


def _stem(info: Known) -> str:
    return PurePosixPath(info.source.rpartition("#")[2]).stem


def _base(name: str) -> str:
    """A title or file name without numbers and words for versions."""
    return " ".join(re.findall(r"[^\W\d_]+", _VERSION_WORD.sub(" ", name.replace("_", " ")).casefold()))


def _names_a_day(info: Known) -> bool:
    """Whether the document's file name or title gives a day or a month."""
    named = file_name_date(info.source)
    return named is not None or any(hit.precision != "year" for hit in find_dates(info.title or "", foreign=True))

"""The documents that a question means as a whole, by their kind and time: "the minutes of March", "the newsletter", "the last meeting".

Each of its words must stand in a document's title, file name, folders, author or date. Knows what the catalog knows, not the texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from index.dates import versions
from index.dates.published import file_name_date
from index.dates.words import FULL_MONTHS, MONTHS, find_dates
from index.schema import Published
from qa.english.lexicon import STOP, fold, related, stem, word_set

# Words that ask for a whole document, or for the newest one, and do not say which (English, German).
_FRAME = word_set("""
what's please give tell show brief write make want need what's whats like say says state states contain contains cover covers
content contents document documents file files text article articles short shortly quick main key points point changed change
changes new difference differences differ last latest newest recent most current previous earlier old older version versions
compare compared between bitte mir uns gib gibt zeige sage das die der den dem des ein eine einen einer eines vom von im in aus
zum zur und ist sind steht stehen was worum geht es hat haben sich über inhalt dokument datei artikel kurz kurze neu neue neuen
neues geändert änderungen unterschied unterschiede unterscheiden zwischen letzte letzten letztes letzter neueste neuesten aktuelle
aktuellen alte alten fassung fassungen
""")
_KINDS = {"mail": "mail email message letter nachricht", "pptx": "slides presentation präsentation", "xlsx": "spreadsheet"}
_WORD = re.compile(r"\d{1,4}(?!\d)|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH = re.compile(rf"(?:{FULL_MONTHS})")
_RECORD = "#row-"  # one row of a table, which nobody sums up


class Known(versions.Known, Protocol):
    """What is known of a document, and whose it is."""

    @property
    def author(self) -> str | None:
        """Who wrote it."""

    @property
    def publisher(self) -> str | None:
        """Who published it."""


@dataclass(frozen=True, slots=True)
class Named:
    """The sources that fit, newest first; those that fit but for the time, newest first, when `time` is one that none of them has."""

    sources: tuple[str, ...]
    of_other_times: tuple[str, ...] = ()
    time: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The stems of the words that say which document is meant, and the months, days and years that say of when it is."""

    kinds: list[str]
    months: set[int]
    numbers: set[str]
    said: str


def documents_named(words: str, documents: Iterable[Known]) -> Named:
    """The documents that `words` name, a question without what asks for their summary; the only one there is when the words name none."""
    known = [(one, _names(one)) for one in documents if _RECORD not in one.source]
    asked = _asked(words, lambda word: any(_has(names, word) for _, names in known))
    if not asked.kinds:
        return Named(tuple(one.source for one, _ in known) if len(known) == 1 and not asked.said else ())
    fitting = [one for one, names in known if all(_has(names, word) for word in asked.kinds)]
    of_then = [one for one in fitting if asked.months <= _months(one) and asked.numbers <= _numbers(one)]
    if fitting and not of_then and all(_of_a_time(one) for one in fitting):
        return Named((), _newest_first(fitting), asked.said)
    return Named(_newest_first(of_then))


def _asked(words: str, is_name: Callable[[str], bool]) -> _Asked:
    """What a question says of the document that it means; `is_name` tells whether any document is called by a stem."""
    kinds: list[str] = []
    months: dict[str, int] = {}
    numbers: list[str] = []
    for match in _WORD.finditer(words):
        word = fold(match[0])
        if word in STOP or word in _FOLDED_FRAME:
            continue
        month = MONTHS[word] if _MONTH.fullmatch(word) and match[0][0].isupper() else None
        if word.isdigit():
            numbers.append(word)
        elif month or (not is_name(_stem(match[0])) and (month := _foreign_month(match[0]))):
            months[match[0]] = month
        else:
            kinds.append(_stem(match[0]))
    if not months:  # without a month only a year is a time: "form 12"
        kinds += [number for number in numbers if not _YEAR.fullmatch(number)]
        numbers = [number for number in numbers if _YEAR.fullmatch(number)]
    return _Asked(kinds, set(months.values()), {str(int(n)) for n in numbers}, " ".join([*months, *numbers]))


_FOLDED_FRAME = frozenset(fold(word) for word in _FRAME)


def _foreign_month(word: str) -> int | None:
    """The number of the month that a word with a capital names, in whatever language dates are read in."""
    found = find_dates(f"1. {word} 2001", foreign=True) if word[0].isupper() else []
    return found[0].value.month if found else None


def _names(one: Known) -> set[str]:
    """The stems of what a document is called by: its file name and folders, title, author, publisher and kind."""
    path = PurePosixPath(one.source.replace("#", "/"))
    said = " ".join([*path.parts[:-1], path.stem, one.title or "", one.author or "", one.publisher or "", _KINDS.get(one.format, "")])
    words = [match[0] for match in _WORD.finditer(said.replace("_", " "))]
    return {_stem(word) for word in words} | {_stem(part) for word in words for part in word.split("-")}


def _stem(word: str) -> str:
    return stem(word.replace("-", ""))


def _dates(one: Known) -> list[str]:
    """The days and months that a document is dated or named by, as ISO dates as far as they are known."""
    named = file_name_date(one.source)
    return [
        *(_cut(published) for published in (one.published, named) if published is not None and published.date),
        *(_cut(Published(hit.iso, hit.precision)) for hit in find_dates(one.title or "", months=True, foreign=True)),
    ]


def _cut(published: Published) -> str:
    return (published.date or "")[: {"year": 4, "month": 7}.get(published.precision or "day", 10)]


def _numbers(one: Known) -> set[str]:
    """The years and days that a document is dated by, and all numbers of its title and file name."""
    named = re.findall(r"\d+", f"{one.source} {one.title or ''}")
    return {str(int(number)) for number in [*named, *(part for date in _dates(one) for part in date.split("-"))]}


def _of_a_time(one: Known) -> bool:
    """Whether a document's name tells a month or a year, so that it is not of another."""
    return bool(_YEAR.search(f"{one.source} {one.title or ''}")) or any(len(date) > 4 for date in _dates(one))


def _months(one: Known) -> set[int]:
    return {int(date[5:7]) for date in _dates(one) if len(date) > 4}


def _has(names: set[str], word: str) -> bool:
    return word in names or (not word.isdigit() and any(related(word, name) for name in names))


def _newest_first(documents: Sequence[Known]) -> tuple[str, ...]:
    ordered = sorted(documents, key=lambda one: one.source)
    return tuple(one.source for one in sorted(ordered, key=lambda one: max(_dates(one), default=""), reverse=True))

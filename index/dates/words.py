"""Complete dates written in text: `June 12, 2024`, `12 июня 2024 г.`, `2024년 6월 12일`, `2024-06-12`, `12.06.2024`.

Only dates that name a year are found here. Numeric dates whose day and month could be exchanged (`04/06/2023`) are not
dates for this module; with dots (`04.06.2023`) day comes first, as all countries that write dots do it. Month names of
languages beyond English, Russian, Kazakh and Korean are left to dateparser, which is slow and asked last. Knows nothing
of what a date means: that is decided in `index.dates.published` and `index.dates.events`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from index.schema import Precision

_ENGLISH = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
_RUSSIAN_GENITIVE = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"]
_RUSSIAN = ["январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"]
_RUSSIAN_LOCATIVE = ["январе", "феврале", "марте", "апреле", "мае", "июне", "июле", "августе", "сентябре", "октябре", "ноябре", "декабре"]
_KAZAKH = ["қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"]
_SHORT = {"янв": 1, "фев": 2, "мар": 3, "апр": 4, "авг": 8, "сен": 9, "сент": 9, "окт": 10, "ноя": 11, "нояб": 11, "дек": 12}

ENGLISH_MONTHS: dict[str, int] = {form: i for i, name in enumerate(_ENGLISH, 1) for form in (name, name[:3])} | {"sept": 9}
MONTHS: dict[str, int] = ENGLISH_MONTHS | _SHORT
for _names in (_RUSSIAN_GENITIVE, _RUSSIAN, _RUSSIAN_LOCATIVE, _KAZAKH):
    MONTHS |= {name: i for i, name in enumerate(_names, 1)}
_WHOLE = {name for name in MONTHS if len(name) > 3 and name not in {*_SHORT, "sept"}} | {"may", "мая", "мае", "май"}
FULL_MONTHS = "|".join(sorted(_WHOLE, key=lambda name: (-len(name), name)))
ALL_MONTHS = "|".join(sorted(MONTHS, key=len, reverse=True))

YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_COMPLETE = re.compile(
    rf"(?<![\w.])(?:"
    rf"(?P<iso_y>{YEAR})(?P<sep>[-/.])(?P<iso_m>0?[1-9]|1[0-2])(?P=sep)(?P<iso_d>{_DAY})(?![\d])"
    rf"|(?P<mdy_m>{ALL_MONTHS})\.?\s+(?P<mdy_d>{_DAY})(?:st|nd|rd|th)?,?\s+(?P<mdy_y>{YEAR})(?!\d)"
    rf"|(?P<dmy_d>{_DAY})(?:st|nd|rd|th)?(?:\.?\s+(?:of\s+)?|-)(?P<dmy_m>{ALL_MONTHS})(?:\.?,?\s+|-)(?P<dmy_y>{YEAR})(?!\d)"
    rf"|(?P<num_a>\d{{1,2}})(?P<nsep>[./])(?P<num_b>\d{{1,2}})(?P=nsep)(?P<num_y>{YEAR})(?![\d])"
    rf"|(?P<cjk_y>{YEAR})\s?[년年]\s?(?P<cjk_m>0?[1-9]|1[0-2])\s?[월月]\s?(?P<cjk_d>{_DAY})\s?[일日]"
    rf"|(?P<stamp_y>{YEAR})(?P<stamp_m>0[1-9]|1[0-2])(?P<stamp_d>[0-3]\d)(?=T\d)"
    rf")",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(
    rf"(?<![\w.-])(?P<m>{ALL_MONTHS})\.?,?\s+(?P<y>{YEAR})(?!\d)|(?P<cy>{YEAR})\s?[년年]\s?(?P<cm>0?[1-9]|1[0-2])\s?[월月]", re.IGNORECASE
)
_FOREIGN = re.compile(rf"(?<![\w.])(?P<d>{_DAY})\.?\s+(?:de\s+|d['’])?(?P<m>[^\W\d_]{{3,10}})\.?\s+(?:de\s+)?(?P<y>{YEAR})(?!\d)")

_WEEKDAY = re.compile(r"\W*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DateHit:
    """A date at `text[start:end]`; with precision "month" the day is 1."""

    start: int
    end: int
    value: date
    precision: Precision = "day"

    @property
    def iso(self) -> str:
        """The date as `YYYY-MM-DD`."""
        return self.value.isoformat()


def find_dates(text: str, *, months: bool = False, foreign: bool = False) -> list[DateHit]:
    """Complete dates in `text`, in order; with `months` also month and year alone; with `foreign` month names in other languages."""
    hits = list(_complete(text))
    if foreign and not hits and re.search(YEAR, text):
        hits.extend(_foreign(text))
    if months:
        taken = [(h.start, h.end) for h in hits]
        for match in _MONTH_YEAR.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                month = MONTHS[match["m"].lower()] if match["m"] else int(match["cm"])
                hits.append(DateHit(match.start(), match.end(), date(int(match["y"] or match["cy"]), month, 1), "month"))
    return sorted(hits, key=lambda h: h.start)


def sole_date(text: str) -> DateHit | None:
    """The date that a line is, or its month, with nothing beside it but a weekday and marks; None for any other line."""
    hits = find_dates(text, months=True)
    if len(hits) != 1 or not _WEEKDAY.fullmatch(f"{text[: hits[0].start]} {text[hits[0].end :]}"):
        return None
    return hits[0]


def _complete(text: str) -> Iterator[DateHit]:
    for match in _COMPLETE.finditer(text):
        value = _value(match)
        if value is not None:
            yield DateHit(match.start(), match.end(), value)


def _value(match: re.Match[str]) -> date | None:
    if match["num_y"]:
        return _numeric(int(match["num_a"]), int(match["num_b"]), int(match["num_y"]), dots=match["nsep"] == ".")
    for kind in ("iso", "mdy", "dmy", "cjk", "stamp"):
        if match[f"{kind}_y"]:
            month = match[f"{kind}_m"]
            return valid(int(match[f"{kind}_y"]), int(month) if month.isdigit() else MONTHS[month.lower()], int(match[f"{kind}_d"]))
    return None


def _numeric(first: int, second: int, year: int, *, dots: bool) -> date | None:
    """Day and month from their order (dots), their size, or not at all."""
    if dots or first > 12 or first == second:
        return valid(year, second, first)
    return valid(year, first, second) if second > 12 else None


def valid(year: int, month: int, day: int) -> date | None:
    """The date, or None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _foreign(text: str) -> Iterator[DateHit]:
    for match in _FOREIGN.finditer(text):
        month = _foreign_month(match["m"].lower())
        value = valid(int(match["y"]), month, int(match["d"])) if month else None
        if value is not None:
            yield DateHit(match.start(), match.end(), value)


@lru_cache(maxsize=512)
def _foreign_month(word: str) -> int | None:
    """Number of a month named in another language; a word that is no month costs one look-up a process."""
    import dateparser

    found = dateparser.parse(f"15 {word} 2001", languages=["de", "fr", "es", "it", "pt", "tr", "uk", "pl", "nl", "uz", "ky"])
    return found.month if found is not None and found.year == 2001 and found.day == 15 else None

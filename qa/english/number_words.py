"""Numbers and dates as they are written: digits in several customs, English number words, calendar dates.

Pure reading of one token or one match; knows nothing of units, bounds or sentences (`qa.english.quantities` does).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from index.dates.words import ENGLISH_MONTHS as MONTHS


def numbered(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    """The words of a line with their numbers."""
    return {word: start + step * index for index, word in enumerate(words.split())}


SMALL = numbered(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
TENS = numbered("twenty thirty forty fifty sixty seventy eighty ninety", start=20, step=10)
BIG = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINALS = numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth",
    start=1,
)
FRACTIONS = {
    "half": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fifth": 5,
    "fifths": 5,
    "sixth": 6,
    "tenth": 10,
    "tenths": 10,
    "eighth": 8,
    "eighths": 8,
}
WEEKDAYS = numbered("monday tuesday wednesday thursday friday saturday sunday", start=1)

_UNIT_WORD = "|".join(sorted([*SMALL, *TENS], key=len, reverse=True))
WORD_NUMBER = (
    rf"(?:(?:{_UNIT_WORD})|(?<![\w-])an?(?=\s+(?:hundred|thousand|million|billion|trillion|dozen)\b))"
    rf"(?:(?:-|\s+(?:and\s+(?=(?:{_UNIT_WORD})\b))?)(?:{_UNIT_WORD}|{'|'.join(BIG)}|dozen)\b)*"
)
# Thousands by comma, apostrophe or (narrow) no-break space; by plain spaces only with two groups or more, by dots likewise.
DIGITS = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:[\u00a0\u202f\u2009’']\d{3})+(?:[.,]\d+)?(?!\d)"
    r"|\d{1,3}(?: \d{3}){2,}(?:[.,]\d+)?(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)?"
)


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date with the parts that the text gives; `day_to` ends a range inside one month."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    day_to: int | None = None

    def within(self, other: CalendarDate) -> bool:
        """Whether `other` says everything that this date says."""
        mine = (self.year, self.month, self.day, self.day_to)
        theirs = (other.year, other.month, other.day, other.day_to)
        if self.day is not None and self.day_to is None and other.day_to is not None and self.day == other.day_to:
            theirs = (other.year, other.month, self.day, other.day_to)
        return all(a is None or a == b for a, b in zip(mine, theirs, strict=True))

    def clashes(self, other: CalendarDate) -> bool:
        """Whether some part is given by both and differs."""
        pairs = ((self.year, other.year), (self.month, other.month))
        if any(a is not None and b is not None and a != b for a, b in pairs):
            return True
        return self.day is not None and other.day is not None and self.day not in (other.day, other.day_to)

    def merged(self, other: CalendarDate) -> CalendarDate:
        """This date with the parts it lacks taken from `other`."""
        return CalendarDate(self.year or other.year, self.month or other.month, self.day or other.day, self.day_to or other.day_to)


def digits_value(token: str) -> Decimal:
    """The value of a token that matches `DIGITS`: "2,161,000", "1.25", "6,5", "1.234.567,8", "2 161 000"."""
    token = re.sub(r"[\s\u00a0\u202f\u2009’']", "", token)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", token):
        return Decimal(token.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", token):
        return Decimal(token.replace(",", ""))
    return Decimal(token.replace(",", "."))


def words_value(text: str) -> Decimal | None:
    """The value of English number words ("two hundred and fifty thousand", "twenty-five", "two dozen"), None when they are no number."""
    total = group = 0
    seen = False
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in ("and", "a", "an"):
            group = group or (1 if word != "and" else 0)
        elif word in SMALL:
            if seen and group % 10 and group % 100 < 20:
                return None
            group += SMALL[word]
        elif word in TENS:
            group += TENS[word]
        elif word == "hundred":
            group = (group or 1) * 100
        elif word == "dozen":
            group = (group or 1) * 12
        elif word in BIG:
            total += (group or 1) * BIG[word]
            group = 0
        else:
            return None
        seen = True
    return Decimal(total + group) if seen else None


_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_DAY_TO = r"(?:\s?(?:[-–—]|to|and)\s?(?P<day_to>0?[1-9]|[12]\d|3[01]))?"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)"
_LEAD = r"(?:in|of|since|by|until|till|last|next|this|early|late|mid|from|during|before|after|through|to|on)"
DATE_PATTERNS = [
    re.compile(p, re.IGNORECASE)
    for p in (
        rf"(?<![\d.,/-]){_YEAR}[-/](?P<month>0[1-9]|1[0-2])[-/](?P<day>0[1-9]|[12]\d|3[01])(?![\d/-])",
        r"(?<![\d.,/-])(?P<day>0?[1-9]|[12]\d|3[01])\.(?P<month>0?[1-9]|1[0-2])\.(?P<year>(?:1[5-9]|20)\d\d)(?!\d)",
        rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?{_DAY_TO}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?(?![\d%]|[,.]\d)",
        rf"(?<![\d.,$€£])(?:the\s+)?\b{_DAY}(?:st|nd|rd|th)?{_DAY_TO}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?(?!\w)",
        rf"\b{_MONTH}(?:,|\s+of)?\s+{_YEAR}(?!\d)",
        rf"(?<=\b){_LEAD}[\s-]+(?P<only>{_MONTH})(?!\w)",
        r"\b(?P<only>(?P<month>january|february|april|june|july|august|september|october|november|december))\b",
        r"\bon\s+(?P<only>the\s+(?P<day>[1-9]|[12]\d|3[01])(?:st|nd|rd|th))\b(?!\s+(?:\w+\s+)?(?:anniversary|meeting|session|floor|place|day|time|round|year))",
    )
]


def match_date(match: re.Match[str]) -> tuple[int, int, CalendarDate]:
    """The span and the parts of a match of one of `DATE_PATTERNS`."""
    parts = match.groupdict()
    month = parts.get("month")
    number = None if month is None else (int(month) if month.isdigit() else MONTHS[month.lower().rstrip(".")])
    start, end = match.span("only") if parts.get("only") else match.span()
    day_to = parts.get("day_to")
    return (
        start,
        end,
        CalendarDate(
            int(parts["year"]) if parts.get("year") else None,
            number,
            int(parts["day"]) if parts.get("day") else None,
            int(day_to) if day_to else None,
        ),
    )

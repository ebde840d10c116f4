"""Quarters and months of a year as texts name them: "second quarter", "2nd quarter", "Q2", "2Q" and "April to June" are one.

English and German words beside figures; months as in `index.dates.words`. Knows nothing of years: "Q2" is that of any.
"""

from __future__ import annotations

import re

from index.dates.words import ENGLISH_MONTHS, MONTHS, find_dates

_ORDINALS = {word: n % 4 + 1 for n, word in enumerate("first second third fourth erste zweite dritte vierte i ii iii iv".split())}
_NTH = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_TO = r"\s?(?:[-–—/]|to|until|through|bis)\s?"
_QUARTER = re.compile(
    rf"(?i)\b(?:(?:(?P<word>{_NTH})[nrs]?|(?P<figure>[1-4])(?:st|nd|rd|th|\.)?)[\s-]+(?:quarter|quartal)s?"
    rf"|q(?P<after>[1-4])|(?P<before>[1-4])q"
    rf"|(?P<first>jan|apr|jul|o[ck]t)[^\W\d_]*\.?{_TO}(?P<last>mar|m[aä]r|jun|sep|de[cz])[^\W\d_]*\.?)(?![^\W\d_])"
)
_MONTHS = {("jan", "mar"): 1, ("jan", "mär"): 1, ("apr", "jun"): 2, ("jul", "sep"): 3, ("oct", "dec"): 4, ("okt", "dez"): 4}
_WORD = re.compile(r"[^\W\d_]{3,}")
_ALSO_WORDS = frozenset({"march"})  # and those of three letters: months with a capital alone


def with_quarters(text: str) -> str:
    """The text with every quarter of a year written as "Q1" to "Q4"."""
    return _QUARTER.sub(lambda match: f"Q{n}" if (n := _number(match)) else match[0], text)


def _number(match: re.Match[str]) -> int:
    """Which quarter it is, 0 where two months are none."""
    if match["first"]:
        return _MONTHS.get((match["first"].lower(), match["last"].lower()), 0)
    return _ORDINALS[match["word"].lower()] if match["word"] else int(match["figure"] or match["after"] or match["before"])


def months_named(text: str) -> set[int]:
    """The months, 1 to 12, that a text names in words or by whole dates."""
    found = {hit.value.month for hit in find_dates(text)}
    return found | {MONTHS[match[0].lower()] for match in _WORD.finditer(text) if is_month(match[0])}


def is_month(word: str) -> bool:
    """Whether a word names a month: "may" and "march" do with a capital alone."""
    small = word.lower()
    return small in MONTHS and (word[0].isupper() or small not in ENGLISH_MONTHS or (len(small) > 3 and small not in _ALSO_WORDS))

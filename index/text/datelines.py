"""What a piece of news opens and ends with and does not say: the place, day and agency before its first sentence, who reported it.

Goes by layout: a place in capitals, a day, a name in brackets, a dash, and behind it a new sentence. Knows nothing of documents.
"""

from __future__ import annotations

import re

_NAME = r"[^\W\d_a-zа-яё][\w.’'-]*"
_CAPITALS = r"(?=[^\Wa-zа-яё]{3}|[^\Wa-zа-яё]{2}\.)(?:[^\W\d_a-zа-яё][.’'-]?)+(?:[ /-](?:[^\W\d_a-zа-яё][.’'-]?)+){0,3}"
_REGION = rf"(?:,\s{_NAME}(?:\s{_NAME}){{0,2}})?"
_DAY = r",\s(?:\d{1,2}\.?\s[^\W\d_]{3,9}\.?|[^\W\d_]{3,9}\.?\s\d{1,2})(?:,?\s(?:19|20)\d\d)?"
_AGENCY = r"\s?\([^\W\d_][^()\n]{1,30}\)"
_DASH = r"\s?(?:[–—]|(?<=\s)--?(?=\s))\s?(?=[^\W_a-zа-яё]|[\"“”„«‘])"
_PLACE = rf"{_NAME}(?:[ -]{_NAME}){{0,3}}"
# "DUNBY, 3 May 2026 (Coast Wire) -" is a dateline wherever a paragraph opens with it; "DUNBY -" and "Dunby (CW) -" are at the head of an
# article alone: elsewhere they may be a warning or somebody's office.
_WHOLE = re.compile(rf"(?:{_CAPITALS}|{_PLACE}){_REGION}{_DAY}{_AGENCY}{_DASH}")
_OPENING = re.compile(rf"(?:{_CAPITALS}{_REGION}(?:{_DAY})?(?:{_AGENCY})?|{_PLACE}{_REGION}(?:{_DAY})?{_AGENCY}|{_AGENCY}){_DASH}")
_ALONE = re.compile(
    r"(?:[^\W\d_][\w.’' -]{1,30},\s*)?(?:\d{1,2}\.?\s+)?[^\W\d_]{3,12}\.?\s+(?:\d{1,2},\s*)?(?:19|20)\d\d(?:\s*\([^)]{1,30}\))?\s*[.:–—-]*"
)
_LONGEST, _MOST = 120, 300  # characters of a dateline, and of credits
_BY = r"(?:(?:additional|further)\s)?(?:reporting|writing|editing)\sby\s"
_PEOPLE = rf"{_PLACE}(?:\sin\s{_PLACE})?"
_CREDIT = re.compile(rf"[(\[*_]*(?:(?i:{_BY}){_PEOPLE}(?:(?:,|\sand|\s&|,\sand)\s{_PEOPLE})*[;,.]?\s?)+[)\]*_.]*")


def behind_dateline(text: str, start: int, end: int, *, opens: bool) -> int:
    """Where the words of a paragraph `text[start:end]` begin: behind its dateline, or at its start; `opens`: it opens an article."""
    match = (_OPENING if opens else _WHOLE).match(text, start, min(end, start + _LONGEST))
    return match.end() if match else start


def only_when(text: str, start: int, end: int) -> bool:
    """Whether a sentence is nothing but where and when: "ALMATY, June 13, 2024 (Steppe Wire).", "12 May 2024"."""
    return _ALONE.fullmatch(text, start, end) is not None


def only_credits(text: str, start: int, end: int) -> bool:
    """Whether a sentence is nothing but who reported: "(Reporting by Ann Berg; editing by Bo Lind)"."""
    return end - start <= _MOST and _CREDIT.fullmatch(text, start, end) is not None

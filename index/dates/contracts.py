"""The day on which a contract was signed, as its own text says it: where it names its parties, or above the signatures.

What others write of a contract ("The contract between A and B, signed on 3 March 2026, is worth nine million") is none of these.
"""

from __future__ import annotations

import re

from index.dates.states import PARAGRAPH
from index.dates.words import DateHit, find_dates

_AGREED = r"(?:signed|concluded|made|entered into|unterzeichnet|unterschrieben|geschlossen)"
# "between A and B, signed on", below the title; "This agreement is made on".
_OPENS = re.compile(
    rf"(?i)^\W*(?:(?:between|zwischen)\b[^!?]*[,;)]\s*(?:and )?"
    rf"|(?:this|dieser|diese)\s+(?:\w+\s+){{0,3}}(?:agreement|contract|lease|vertrag|vereinbarung)\s+(?:is |was |wird |wurde )?)"
    rf"{_AGREED}\s+(?:on|am)\s*$"
)
_PARTIES = re.compile(r"\W*(?:$|(?:by and )?between\b|(?:geschlossen )?zwischen\b)")
_CLOSES = re.compile(rf"(?i)^\W*{_AGREED}\b[^.!?;:]{{0,60}}\b(?:on|am)\s*$")  # "Signed at Quayside on"


def agreed_on(opening: str) -> list[DateHit]:
    """The date of signing in the paragraph that opens a contract with its parties."""
    hits = find_dates(opening[:PARAGRAPH], foreign=True)
    return [hit for hit in hits if _OPENS.match(opening[: hit.start]) and _PARTIES.match(opening[hit.end :])]


def closes_contract(line: str, hit: DateHit) -> bool:
    """Whether a line says no more than where and on which date a contract was signed."""
    return _CLOSES.match(line[: hit.start]) is not None and not re.search(r"\w", line[hit.end :])

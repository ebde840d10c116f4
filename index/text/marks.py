"""Signs set above the line: marks of notes are left out, powers are kept."""

from __future__ import annotations

import re
from collections.abc import Container

NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡§]{1,3})(?:[,–-]\d{1,3})*[\])]?")
_POWER = re.compile(r"[+\-−–]?\d{1,3}")
_POWERS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_UNIT = re.compile(r"(?:^|[\s\d/·(])[^\W\d_]{1,2}$|(?:^|[^\d.,])(?:10|\d)$")  # km, m, s; a power of ten or of one digit


def raised(before: str, text: str, marks: Container[str] = ()) -> str:
    """What a raised `text` adds to the line `before`: nothing for the mark of a note, ² for a power, else the text itself.

    `marks` are those of notes that are known to be there; without them a digit behind a unit or behind 10 is a power, behind
    anything else it is a mark.
    """
    bare = text.strip()
    if bare in marks or bare.strip("[]()") in marks:
        return ""
    if _POWER.fullmatch(bare) and _UNIT.search(before[-8:]):
        return bare.translate(_POWERS)
    return "" if NOTE_MARK.fullmatch(bare) else text

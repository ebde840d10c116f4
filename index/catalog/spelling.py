"""The index's own vocabulary, asked about a word that it does not hold: which word of the documents is one slip of the keys away.

A slip is a letter left out, put in, taken for another, or two neighbours exchanged (Damerau, Communications of the ACM, 1964). Pure
functions over texts; the catalog brings those that are alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 4  # letters: shorter words have too many neighbours


def nearest_word(word: str, texts: Iterable[str]) -> str | None:
    """The word of the texts one slip from `word`, accents aside, the most frequent of several; None when there is none."""
    plain = without_accents(word.casefold())
    found = Counter(other for text in texts for other in _WORD.findall(text.casefold()) if is_slip(plain, without_accents(other)))
    return min(found, key=lambda other: (-found[other], other)) if found else None


def is_slip(a: str, b: str) -> bool:
    """Whether one slip makes `b` of `a`; the same word is none, and words of fewer than `SHORTEST` letters are never compared."""
    if a == b or min(len(a), len(b)) < SHORTEST or abs(len(a) - len(b)) > 1:
        return False
    first = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[first:], b[first:]
    if len(a) != len(b):
        longer, shorter = (rest_a, rest_b) if len(a) > len(b) else (rest_b, rest_a)
        return longer[1:] == shorter
    return rest_a[1:] == rest_b[1:] or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])


def without_accents(text: str) -> str:
    """The text with its letters bare: "café" is "cafe"."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))

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
# Letters that do not fall into a plain one and an accent; and how German and Scandinavian names are written where there are none of theirs.
_ONE = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "å": "a", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
_TWO = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_ENDINGS = "sdrnmt"  # of English, German and Scandinavian words
SHORTEST = 4  # letters: shorter words have too many neighbours


def nearest_word(word: str, texts: Iterable[str]) -> str | None:
    """`word` in small letters when it stands in the texts; else the word there that is the same in other letters, or else one slip from
    it, accents aside, the most frequent of several; None when there is none."""
    plain, words = without_accents(word.casefold()), _words(texts)
    return (
        _most_frequent(w for w in words if w == word.lower())
        or _most_frequent(w for w in words if is_same(word, w))
        or _most_frequent(w for w in words if is_slip(plain, without_accents(w)) and not _is_inflected(plain, without_accents(w)))
    )


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in _WORD.findall(text.lower())]


def _most_frequent(words: Iterable[str]) -> str | None:
    found = Counter(words)
    return min(found, key=lambda word: (-found[word], word)) if found else None


def is_same(a: str, b: str) -> bool:
    """Whether two words are one in other letters: "Sæby" and "Saeby", "Müller", "Mueller" and "Muller" (DIN 5007). A word itself is not."""
    return a.casefold() != b.casefold() and bool(_plain(a) & _plain(b))


def _plain(word: str) -> set[str]:
    """The ways in which a word is written without its special letters."""
    small = unicodedata.normalize("NFC", word).lower()
    return {without_accents("".join(table.get(c, c) for c in small)) for table in (_ONE, _ONE | _TWO)}


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


def _is_inflected(a: str, b: str) -> bool:
    """Whether two words differ in a last letter that is more often an ending than a slip: "webhook" and "webhooks", "invoiced" and
    "invoices". The index compares stems, so such a word is found as it is."""
    shorter, longer = sorted((a, b), key=len)
    same = longer[:-1]
    return longer[-1] in _ENDINGS and (shorter == same or (shorter[:-1] == same and shorter[-1] in _ENDINGS))


def without_accents(text: str) -> str:
    """The text with its letters bare: "café" is "cafe"."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))

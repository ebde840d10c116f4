"""When a string counts as said: the contract's matching of nuggets, values and forbidden strings.

Case is folded, white space collapsed, quotation marks made straight, footnote markers removed. An alternative that
begins or ends with a digit must not be the part of a longer number: "11" is not in "2011" nor in "[11]", and "8.5" is
not in "18.5". Words match inside words ("pharma" in "biopharmaceutical").
"""

from __future__ import annotations

import re

MARKER = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″〝〞＂", '"'), **dict.fromkeys("‘’‚‛′ʼ`´＇‹›", "'")})
_DOUBLE = '["“”„‟«»″〝〞＂]'
_SINGLE = "['‘’‚‛′ʼ`´＇‹›]"


def normalise(text: str) -> str:
    """Case-folded, white space collapsed to single spaces, quotation marks straight."""
    return " ".join(text.casefold().translate(_QUOTES).split())


def says(text: str, wanted: str) -> bool:
    """Whether `text` holds `wanted` after both are normalised; numbers match whole."""
    return contains(normalise(MARKER.sub("", text)), normalise(wanted))


def contains(haystack: str, needle: str) -> bool:
    """`says` for strings that are normalised already."""
    if not needle:
        return False
    before = r"(?<!\d)(?<!\d[.,])" if needle[0].isdigit() else ""
    after = r"(?!\d)(?![.,]\d)" if needle[-1].isdigit() else ""
    if not before and not after:
        return needle in haystack
    return re.search(before + re.escape(needle) + after, haystack) is not None


def says_all(text: str, groups: list[list[str]]) -> bool:
    """Whether every group has at least one alternative in `text` (a nugget is found: contract 4.2)."""
    plain = normalise(MARKER.sub("", text))
    return all(any(contains(plain, normalise(alternative)) for alternative in group) for group in groups)


def find_quote(text: str, quote: str) -> list[tuple[int, int]]:
    """Every place of `quote` in `text` as half-open offsets into `text`; white space and quotation marks may differ."""
    words = quote.split()
    if not words:
        return []
    return [match.span() for match in re.finditer(r"\s+".join(_word_pattern(word) for word in words), text)]


def _word_pattern(word: str) -> str:
    escaped = re.escape(word.translate(_QUOTES))
    return escaped.replace('"', _DOUBLE).replace("'", _SINGLE)


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two half-open ranges share a character."""
    return max(one[0], other[0]) < min(one[1], other[1])

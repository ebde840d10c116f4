"""Superlatives and comparatives: which end of a scale a question asks for, and what the scale measures.

"The cheapest boat" wants the lowest price, "the newest" the latest date, "most berths" the highest figure of what is called so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.english.lexicon import content_stems, stem

# What a scale is called in tables, the units that it has ("" for figures of any kind), its words for much and for little.
_SCALES = """
price cost value fee rate charge rent | money | expensive dear costly valuable | cheap
date year day | day | late new recent | early old
length duration distance range time | extent time | long far | short
height | extent | tall |
width | extent | wide broad | narrow
depth | extent | deep | shallow
weight | weight | heavy | light
duration time | time | slow | fast quick soon
size area height total amount number | | high large big great | low small
"""
_MUCH, _LITTLE = frozenset("most more".split()), frozenset("least less fewest fewer".split())
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Degree:
    """The end of a scale: `high` or low, stems of what it is `called`, its `units`, and whether two things are `compared` or one is the
    extreme of all; `words` are the question's words that say so."""

    high: bool
    called: frozenset[str]
    units: frozenset[str]
    compared: bool
    words: frozenset[str]


def degree_of(question: str) -> Degree | None:
    """The one superlative or comparative of a question; None where it has none or several."""
    words = _WORD.findall(question.lower())
    found = [degree for n, word in enumerate(words) if (degree := _degree(words, n, word)) is not None]
    return found[0] if len(found) == 1 else None


def _degree(words: list[str], n: int, word: str) -> Degree | None:
    before, after = words[:n], words[n + 1] if n + 1 < len(words) else ""
    if word in _MUCH | _LITTLE:
        if before[-1:] == ["at"] or after == "of":  # "at most", "most of them"
            return None
        called, units, high = _BASES.get(after, (frozenset(), frozenset(), True))
        compared = word in ("more", "less", "fewer")
        return Degree(
            high == (word in _MUCH), called, units, compared, frozenset({stem(word), *([stem(after)] if after in _BASES else [])})
        )
    if word == "first" and not after:  # "which was finished first?", not "the first floor"
        called, units, _ = _BASES["early"]
        return Degree(False, called, units, False, frozenset({stem(word)}))
    base = _FORMS.get(word)
    if base is None or before[-2:] == ["at", "the"]:  # "at the latest"
        return None
    called, units, high = _BASES[base]
    return Degree(high, called, units, word.endswith("er"), frozenset({stem(word)}))


def _bases() -> dict[str, tuple[frozenset[str], frozenset[str], bool]]:
    table = {}
    for line in _SCALES.strip().splitlines():
        called, units, much, little = (part.split() for part in line.split("|"))
        for high, words in ((True, much), (False, little)):
            for word in words:
                table[word] = (frozenset(content_stems(" ".join(called))), frozenset(units), high)
    return table


def _forms() -> dict[str, str]:
    """Comparatives and superlatives of the adjectives, each with its adjective."""
    forms = {"farther": "far", "farthest": "far", "further": "far", "furthest": "far"}
    for base in _BASES:
        for ending in ("er", "est"):
            root = re.sub(r"y$", "i", base.removesuffix("e"))
            forms[re.sub(r"([^aeiou][aeiou])([gnt])$", r"\1\2\2", root) + ending] = base
    return forms


_BASES = _bases()
_FORMS = _forms()

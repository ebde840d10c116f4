"""A piece of a question ("and the Plover?", "and in 2025?") put into the question before, in the place of what it is like.

What is like it begins with the same small word ("the Tern", "in 2026"), or is a name or a number as it is. Where several places are, all
are tried and whoever reads decides. Knows no documents and no grammar; English closed-class words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from index.text.terms import STOP_WORDS

_OPENS = re.compile(r"(?:(?:and|but|or|so|then|also|what about|how about)\b[\s,:–—-]*)+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’.,&-][^\W_]+)*")
# A word of these makes a question of its own, or points at something: nothing to put elsewhere.
_WHOLE = frozenset(
    """
    who whom whose what which when where why how is are was were am be do does did can could may might must will would shall should has have
    had it its they them their he him his she her this that these those there here one ones else other others same before after
    """.split()
)
LONGEST = 8  # words
MOST = 3

Word = tuple[int, int, str]
"""Start, end and the word itself."""


def swapped(last: str, piece: str) -> list[str]:
    """The last question with the piece in the place of each thing that it may stand for, likeliest first; none where there is no such
    place, and none for a piece that asks by itself."""
    opened = _OPENS.match(piece)
    said = piece[opened.end() if opened else 0 :].rstrip(" ?!.")
    words = _words(said)
    if not words or len(words) > LONGEST or _WHOLE & {word.casefold() for _, _, word in words}:
        return []
    phrases = _phrases(said, words)
    made = [each] if len(phrases) > 1 and (each := _each(last, phrases)) else []
    made += _put(last, said, phrases[0])
    if not made and (shape := _shape(words[-1][2])):  # "and in 2025?" where another word stands before the year
        name = said[list(takewhile(lambda word: _shape(word[2]) == shape, reversed(words)))[-1][0] :]
        made += _put(last, name, name)
    return list(dict.fromkeys(made))[:MOST]


def _words(text: str) -> list[Word]:
    return [(m.start(), m.end(), m[0]) for m in _WORD.finditer(text)]


def _is_small(word: str) -> bool:
    return word.casefold() in STOP_WORDS


def _phrases(text: str, words: list[Word]) -> list[str]:
    """The text cut before each small word that follows another kind of word: "President Yoon", "to Kazakhstan"."""
    cuts = [
        0,
        *(at for (_, _, one), (at, _, two) in pairwise(words) if _is_small(two) and not _is_small(one)),
        len(text),
    ]
    return [text[a:b].strip() for a, b in pairwise(cuts)]


def _each(last: str, phrases: list[str]) -> str:
    """The question with every phrase in a place of its own; empty where one has none."""
    for phrase in phrases:
        last = next(iter(_put(last, phrase, phrase)), "")
    return last


def _put(last: str, said: str, phrase: str) -> list[str]:
    """The question with `said` in each place that is like `phrase`."""
    return [last[:start] + said + last[end:] for start, end in _places(_words(last), _words(phrase))]


def _places(asked: list[Word], phrase: list[Word]) -> Iterator[tuple[int, int]]:
    head = phrase[0][2].casefold()
    heads = {"a", "an"} if head in ("a", "an") else {head}
    if any(word.casefold() in heads for _, _, word in asked[1:]):
        length = sum(not _is_small(word) for _, _, word in phrase)
        for longer in (0, 1):
            for n in range(len(asked) - 1, 0, -1):
                if asked[n][2].casefold() in heads and (end := _end(asked, n, length + longer, exactly=bool(longer))):
                    yield asked[n][0], end
    elif _shape(phrase[0][2]):
        yield from _like(asked, _shape(phrase[0][2]))


def _end(asked: list[Word], n: int, length: int, *, exactly: bool) -> int:
    """Where the place ends that begins with word `n`: after `length` words that are not small, or before the next small one; a name stays
    whole. 0 where there is none, and with `exactly` where there are fewer."""
    n += _is_small(asked[n][2])
    while n < len(asked) and _is_small(asked[n][2]):
        n += 1
    first, taken = n, 0
    while n < len(asked) and not _is_small(asked[n][2]) and (taken < length or (_shape(asked[n][2]) == _shape(asked[n - 1][2]) == "A")):
        n, taken = n + 1, taken + 1
    return asked[n - 1][1] if n > first and (not exactly or taken >= length) else 0


def _like(asked: list[Word], shape: str) -> Iterator[tuple[int, int]]:
    """The names of the question, each whole, or its numbers and codes; not its first word."""
    n = 1
    while n < len(asked):
        start = n
        while n < len(asked) and _shape(asked[n][2]) == shape:
            n += 1
            if shape == "0":
                break
        if n > start:
            yield asked[start][0], asked[n - 1][1]
        else:
            n += 1


def _shape(word: str) -> str:
    """ "0" for a number or a code, "A" for another word with a capital, else ""."""
    return "0" if any(c.isdigit() for c in word) else "A" if word[0].isupper() else ""

"""Slips of the keys in a question, mended by the vocabulary of the documents.

A small word that neither the documents nor the reader's own vocabulary hold, and that is one slip from a word of the documents, is
taken for that word, but for a slip in its first letter: those are rare, and another word ("mend", "send") is likelier (Yannakoudakis
and Fawthrop, The rules of spelling errors, 1983). A name is never exchanged: asked about somebody who is not there, the answer must not
be about somebody who is; it is offered instead. But one that the documents write with other letters ("Saeby", "Sæby") is the same name.
Knows nothing of indexes or models: both come as functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index.catalog.spelling import SHORTEST, is_same, is_slip
from index.text.terms import STOP_WORDS

_WORD = re.compile(r"[^\W\d_]+(?![’'\w-])")
_GROW, _GROWN = STOP_WORDS | {"ca", "wo"}, ("nt", "s", "re", "ve", "ll", "d")  # "can't", "won't" lose a letter
MOST = 3  # unknown words; a question with more, or of which most words are unknown, is in another language than the documents

Known = Callable[[str], bool]
Nearest = Callable[[str], str | None]


def mended(question: str, known: Known, nearest: Nearest) -> str:
    """The question with its slips mended; unchanged when there are none. `nearest` gives the documents' word for one unknown to them
    and, as it is, a word that they hold."""
    made, at = [], 0
    for match, right in _slips(question, known, nearest):
        if (match[0].islower() and (right in STOP_WORDS or right[0] == match[0][0])) or is_same(match[0], right):
            made += [question[at : match.start()], right if match[0].islower() else right.title()]
            at = match.end()
    return "".join([*made, question[at:]])


def meant(question: str, known: Known, nearest: Nearest) -> list[tuple[str, str]]:
    """Names of the question that the documents do not hold, each with the word that is one slip away."""
    slips = _slips(question, known, nearest)
    names = ((match[0], right) for match, right in slips if not match[0].islower() and right not in STOP_WORDS)
    return [(name, right.title()) for name, right in names if not is_same(name, right)]


def _slips(question: str, known: Known, nearest: Nearest) -> Iterator[tuple[re.Match[str], str]]:
    words = list(_WORD.finditer(question))
    unknown = [m for m in words if not _says_nothing(m[0].casefold()) and not known(m[0].casefold())]
    near = {m: nearest(m[0]) for m in unknown}
    strange = [m for m in unknown if near[m] != m[0].casefold()]
    small = [m for m in words if m[0].islower() or m is words[0]]  # names are strange in any language
    if sum(m in small for m in strange) <= max(1, min(MOST, len(small) // 2)):
        for match in strange:
            right = _question_word(match[0]) or near[match]
            if right is not None and len(match[0]) >= SHORTEST:
                yield match, right


def _says_nothing(word: str) -> bool:
    """A word without content, also one grown together without its apostrophe ("dont", "whats", "theyre")."""
    return word in STOP_WORDS or any(word.endswith(end) and word[: -len(end)] in _GROW for end in _GROWN)


def _question_word(word: str) -> str | None:
    """The word without content ("what", "where") that a small one is one slip from: the likeliest reading, whatever the documents hold."""
    return next((stop for stop in sorted(STOP_WORDS) if is_slip(word, stop)), None) if word.islower() else None

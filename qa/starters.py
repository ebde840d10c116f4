"""Questions to start with, made from the documents themselves.

Names that many documents share, and the newest titles. Counts words only: whether a question can be answered is the
engine's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from qa.engine_protocol import Shelf
from qa.plain import one_line

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z’'-]+(?: (?:of |and )?[A-Z][A-Za-z’'-]+){0,3}")
_COMMON_WORDS = """
A All An And As At But By For From He Her His How If In It Its May More New No Not Of On One Or Our She So Some That The Their There These
They This To Two Under We What When While With You January February March April June July August September October November December
Monday Tuesday Wednesday Thursday Friday Saturday Sunday Read Share Photo Image Source News Menu Home PDF US UN EU CEO USD President
Minister Mr Ms Mrs Dr Company Group Ministry Government"""
_COMMON = frozenset(_COMMON_WORDS.split())
_SAMPLE = 40  # documents read; a large corpus repeats its names
_HEAD = 6_000  # characters of each


def starters(shelf: Shelf, count: int = 4) -> list[str]:
    """Up to `count` questions, the same for the same documents; none for no documents."""
    newest = sorted(shelf.documents(), key=lambda d: (d.published.date or "", d.source), reverse=True)[:_SAMPLE]
    texts = [document.text for info in newest if (document := shelf.document(info.source)) is not None]
    names = shared_names(texts)
    questions = []
    if len(names) > 1:
        questions.append(f"What do the documents say about {names[0]} and {names[1]}?")
    if len(names) > 2:
        questions.append(f"What is reported about {names[2]}?")
    if names:
        questions.append(f"Which companies are mentioned with {names[0]}, and what do they do?")
    for info in newest:
        if info.title and len(questions) < count:
            questions.append(f"What is known about “{one_line(info.title, 80)}”?")
    return questions[:count]


def shared_names(texts: Sequence[str]) -> list[str]:
    """Up to six capitalised names by the number of texts that hold them, most first; no two share a word.

    A capital at the start of a sentence says nothing, so only names within sentences count.
    """
    found: Counter[str] = Counter()
    for text in texts:
        found.update({_trimmed(match.group()) for match in _NAME.finditer(text[:_HEAD])} - {""})
    ranked = sorted(found, key=lambda name: (-found[name], -len(name), name))
    chosen: list[str] = []
    for name in ranked:
        if not any(set(name.split()) & set(other.split()) for other in chosen):
            chosen.append(name)
        if len(chosen) == 6:
            break
    return chosen


def _trimmed(name: str) -> str:
    words = name.split()
    while words and words[0] in _COMMON:
        words.pop(0)
    while words and (words[-1] in _COMMON or words[-1] in ("of", "and")):
        words.pop()
    return " ".join(words).removesuffix("’s").removesuffix("'s")

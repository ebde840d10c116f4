"""Questions to start with, made from the documents themselves.

Questions that stand in the documents; names that many of them share, and what they count, in plain questions. They are candidates:
whether one can be answered only the engine knows (`qa.web.starters` asks it).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index.schema import Document
from index.structure.units import units_of
from qa.engine_protocol import Shelf

# A name that follows a preposition and stands at the end of its phrase is a noun: "in Korea has", not "of Korean firms".
_NAME = re.compile(
    r"\b(?:in|of|from|with|to|between|by|at|for|and|on) ([A-Z][A-Za-z’'-]+(?: (?:of |and )?[A-Z][A-Za-z’'-]+){0,3})"
    r"(?=[.,;:)]|\s(?:and|or|has|have|had|is|are|was|were|will|said|says|in|to|on|for|with|as|by|at|since|that|which)\b)"
)
_COUNTED = re.compile(r"\b\d[\d,.]*\s(?:[a-z]+\s)?([a-z]{3,}s)\b")
_UNITS = "years days months weeks hours minutes times tons tonnes metres meters miles dollars euros pounds others series percents points"
_NOT_COUNTED = frozenset(_UNITS.split())
_COMMON_WORDS = """
A All An And As At But By For From He Her His How If In It Its May More New No Not Of On One Or Our She So Some That The Their There These
They This To Two Under We What When While With You January February March April June July August September October November December
Monday Tuesday Wednesday Thursday Friday Saturday Sunday Read Share Photo Image Source News Menu Home PDF US UN EU CEO USD President
Minister Mr Ms Mrs Dr Company Group Ministry Government"""
_COMMON = frozenset(_COMMON_WORDS.split())
_SAMPLE = 40  # documents read; a large corpus repeats its names
_HEAD = 6_000  # characters of each
_NAMES = 3


def candidates(shelf: Shelf) -> list[str]:
    """Questions that the newest documents may answer, most promising first; none when no name is shared or found."""
    newest = sorted(shelf.documents(), key=lambda d: (d.published.date or "", d.source), reverse=True)[:_SAMPLE]
    documents = [document for info in newest if (document := shelf.document(info.source)) is not None]
    texts = [document.text[:_HEAD] for document in documents]
    names = shared_names(texts)[:_NAMES]
    counted = Counter(noun for noun in _COUNTED.findall("\n".join(texts)) if noun not in _NOT_COUNTED)
    about = [f"What is known about {name}?" for name in names]
    many = [f"How many {noun} are there in {name}?" for noun, _ in counted.most_common(1) for name in names[:1]]
    asked = _asked(documents)
    return list(dict.fromkeys([*asked[:2], *about[:1], *many, *asked[2:5], *about[1:]]))


def _asked(documents: Sequence[Document]) -> list[str]:
    """Questions that stand in the documents and can be understood alone by their length, two a document, those of the newest first."""
    found: dict[str, None] = {}
    for document in documents:
        texts = (" ".join(document.text[u.start : u.end].split()) for u in units_of(document) if u.kind == "question")
        found.update(dict.fromkeys([t for t in texts if 4 <= len(t.split()) <= 12 and t[0].isalpha()][:2]))
    return list(found)


def shared_names(texts: Sequence[str]) -> list[str]:
    """Up to six capitalised names by the number of texts that hold them, most first; no two begin alike."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update({_trimmed(match.group(1)) for match in _NAME.finditer(text)} - {""})
    ranked = sorted(found, key=lambda name: (-found[name], -len(name), name))
    chosen: list[str] = []
    for name in ranked:
        # "Kazakh" beside "Kazakhstan" would ask the same again.
        if not any({word[:5] for word in name.split()} & {word[:5] for word in other.split()} for other in chosen):
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

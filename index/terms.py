"""Free text -> a safe FTS5 query: quoted terms joined by OR, without English stop words. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_TERMS = 64
_WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being between both but by can could did do does doing
    down during each few for from further had has have having he her here hers him his how i if in into is it its itself just
    many me more most much my no nor not of off on once only or other our out over own s same she should so some such t than that
    the their them then there these they this those through to too under until up us very was we were what when where which while
    who whom whose why will with would you your
    """.split()
)


def query_words(text: str) -> list[str]:
    """The different words of a query that count, in their order: no stop words unless there is nothing else, at most `MAX_TERMS`."""
    words = list(dict.fromkeys(match.group().lower() for match in _WORD.finditer(text[:20_000])))
    return ([word for word in words if word not in STOP_WORDS] or words)[:MAX_TERMS]


def any_of(words: Sequence[str], columns: str | None = None) -> str:
    """An FTS5 query that matches any of the words, of which there is one at least; `columns` restricts it to one column.

    Every word is quoted, so no FTS5 syntax in them has an effect.
    """
    query = " OR ".join(f'"{word}"' for word in words)
    return f"{{{columns}}} : ({query})" if columns else query

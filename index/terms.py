"""Free text -> a safe FTS5 query: quoted terms joined by OR, without English stop words. Pure functions."""

from __future__ import annotations

import re

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


def or_query(text: str, columns: str | None = None) -> str | None:
    """An FTS5 query that matches any of the words of `text`; None when it has no word.

    Stop words are left out unless there is nothing else; at most `MAX_TERMS` different words count, first come first.
    Every word is quoted, so no FTS5 syntax in the text has an effect. `columns` restricts the match to one column.
    """
    words = list(dict.fromkeys(match.group().lower() for match in _WORD.finditer(text[:20_000])))
    told = [word for word in words if word not in STOP_WORDS] or words
    if not told:
        return None
    query = " OR ".join(f'"{word}"' for word in told[:MAX_TERMS])
    return f"{{{columns}}} : ({query})" if columns else query

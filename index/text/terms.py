"""Free text -> the words to search for, without English stop words. Pure functions."""

from __future__ import annotations

import re

from index.text.word_forms import numbered, one_form, whole_codes

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
    """The different words of a query that count, in their order: no stop words unless there is nothing else, at most `MAX_TERMS`.

    Codes such as QX-17/4 and numbered things such as line 7 follow in one piece.
    """
    text = one_form(text[:20_000])
    words = list(dict.fromkeys(match.group().lower() for match in _WORD.finditer(text)))
    words = [word for word in words if word not in STOP_WORDS] or words
    things = [name + number for name, number in numbered(text) if name not in STOP_WORDS]
    return list(dict.fromkeys([*words, *whole_codes(text), *things]))[:MAX_TERMS]

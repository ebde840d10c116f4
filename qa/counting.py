"""A question for a number of firms or places also as a list: the stated number is one thing, what was counted here another.

Knows questions and readings, no models.
"""

from __future__ import annotations

import re

from qa.query import Query
from qa.reading import Reading

_HOW_MANY = re.compile(r"^how\s+many\s+(?P<rest>.+)$", re.IGNORECASE)


def as_list(query: Query) -> str | None:
    """ "How many Korean firms are building plants?" as "Which Korean firms ...?"; None when no named things are counted."""
    match = _HOW_MANY.match(query.text)
    return f"Which {match['rest']}" if match and query.kind == "count" else None


def names_in(reading: Reading) -> list[str]:
    """The different names that the chosen sentences of a list give, in order, spelt as first met."""
    found: dict[str, str] = {}
    for choice in reading.chosen:
        for item in choice.candidate.items:
            found.setdefault(re.sub(r"\W", "", item).casefold(), item)
    return list(found.values())


def tally(stated: bool, listed: Reading) -> str:
    """What was counted, in words; "" when nothing was."""
    names = names_in(listed)
    if not names:
        return ""
    documents = len({c.candidate.source for c in listed.chosen})
    counted = (
        f"{len(names)} named in {documents} {'document' if documents == 1 else 'documents'} ({len(listed.passages)} passages were read)"
    )
    return f"Counted here, apart from that: {counted}." if stated else f"No document states the number; counted here: {counted}."

"""A question for a number of firms or places also as a list: the stated number is one thing, what was counted here another.

Knows questions and readings, no models.
"""

from __future__ import annotations

import re

from qa.lexicon import fold
from qa.query import Query
from qa.reading import Reading

_OFFICE = r"(?i:president|premier|minister|chairman|chairwoman|chairperson|governor|ambassador|senator|mayor|secretary|director|professor)"
_NAME = r"(?P<name>[A-Z][\w’'-]+(?:[ ][A-Z][\w’'-]+){0,3})"
# A name behind "the minister of industry," counts only when a comma closes it: in "according to the minister of industry, Kia builds" it is
# a firm.
_OFFICE_HOLDERS = (
    re.compile(rf"\b(?:{_OFFICE.replace('(?i:', '(?:').title()}|Mr|Mrs|Ms|Dr)\.?[ ]{_NAME}"),
    re.compile(rf"\b{_NAME},[ ](?:the[ ]|a[ ])?(?:[a-z]+[ ]){{0,3}}{_OFFICE}[ ](?:of|for)\b"),
    re.compile(rf"\b{_OFFICE}[ ](?:of|for)[ ][\w ]{{3,60}},[ ]{_NAME},"),
)
_HOW_MANY = re.compile(r"^how\s+many\s+(?P<rest>.+)$", re.IGNORECASE)


def as_list(query: Query) -> str | None:
    """ "How many Korean firms are building plants?" as "Which Korean firms ...?"; None when no named things are counted."""
    match = _HOW_MANY.match(query.text)
    return f"Which {match['rest']}" if match and query.kind == "count" else None


def names_in(reading: Reading) -> list[str]:
    """The different names that the chosen sentences of a list give, in order, spelt as first met; who is called a minister, president
    and so on anywhere there is no firm and no place.
    """
    people = _people(reading) if reading.query.kind != "person" else ""
    found: dict[str, str] = {}
    for choice in reading.chosen:
        for item in choice.candidate.items:
            if f" {_plain(item)} " not in people:
                found.setdefault(re.sub(r"\W", "", item).casefold(), item)
    return list(found.values())


def _people(reading: Reading) -> str:
    """The names of office holders in what was read and in the documents behind the list, each between bars."""
    # A document is taken line by line: "Deputy Minister" may end one line of a list, and a firm begin the next.
    texts = {" ".join(c.text.split()) for c in reading.sentences} | {c.candidate.document.text for c in reading.chosen}
    names = {_plain(match["name"]) for text in texts for pattern in _OFFICE_HOLDERS for match in pattern.finditer(text)}
    return " | ".join(["", *sorted(names), ""])


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", fold(name).removesuffix("'s")))


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

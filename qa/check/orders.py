"""Orders in a document to say something: "state that the yard has closed". What stands behind such words is not what the document says.

English verbs of saying in the imperative, in front of what is to be said. Other languages are left to the reader, which finds that a bare
order answers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.text.sentences import sentence_spans
from qa.english.lexicon import content_stems

_ORDER = re.compile(
    r"(?:^|[.!?,;:—–-]\s*|\b(?:please|must|should|shall|and|to|now|only|always|instead|also)\s+)"
    r"(?:say|write|state|answer|reply|respond|report|claim|tell|pretend|print|output|repeat|declare|insist|assert|confirm|describe|call)\b"
    r"[^.!?]{0,40}?(?:\bthat\b|[:\"“‘']|\bas\b|\bit\b)",
    re.IGNORECASE,
)
BEHIND = 0.6  # share of a sentence's words that stand behind the order


def only_ordered(claim: str, quotes: Sequence[str]) -> bool:
    """Whether the quotes do not say `claim` but ask the reader to say it."""
    wanted = set(content_stems(claim))
    if not wanted:
        return False
    ordered, said = set[str](), set[str]()
    for quote in quotes:
        for span in sentence_spans(quote):
            text = quote[span.start : span.end]
            order = _ORDER.search(text)
            ordered |= set(content_stems(text[order.end() :])) if order else set()
            said |= set(content_stems(text[: order.start()] if order else text))
    return len(wanted & ordered) >= BEHIND * len(wanted) and len(wanted & said) < len(wanted & ordered)

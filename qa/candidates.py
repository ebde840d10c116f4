"""Sentences that may hold an answer, cut from passages, each with the little context a reader would have.

Knows documents and offsets; knows nothing of the question or of models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from index.schema import Document, Span
from index.sentences import sentence_spans
from qa.schema import Passage

_PRONOUN_START = re.compile(
    r"^[\"“”'(]?\s*(?:they|it|he|she|these|those|this|that|such|both|its|their|his|her|the latter|the former|in the same|among them|"
    r"of (?:these|them))\b",
    re.IGNORECASE,
)

UNREAD = -12.0  # the logit of a sentence that was not read that way
LOOK_BACK = 900  # characters before a passage that are searched for the sentences before its first one
LOOK_AHEAD = 700  # ... behind a passage, where an over-long sentence that was cut into chunks goes on
LEAD_WITHIN = 3000  # the lead is looked for in this many first characters
MIN_LETTERS = 12  # shorter fragments ("Comments0", "June 12, 2024") carry no statement of their own
LONGEST = 700  # characters; a longer "sentence" is a table or a list run together and is scored by its beginning


@dataclass(slots=True)
class Candidate:
    """One sentence with offsets into its document, its context, and the scores it collects on its way.

    `before`: up to two sentences before it; `lead`: the document's first full sentence. `plain` and `framed` are
    cross-encoder logits without and with context, `score` the one that counts.
    """

    document: Document
    start: int
    end: int
    text: str
    before: tuple[str, ...]
    lead: str
    passage_rank: int
    plain: float = UNREAD
    framed: float = UNREAD
    tested: float = UNREAD
    answer: str = ""
    answers: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    cover: float = 0.0
    matter: float = 0.0
    named: float = 0.0
    likely: float = 0.0
    score: float = 0.0

    @property
    def source(self) -> str:
        """The document it stands in."""
        return self.document.source

    @property
    def context(self) -> str:
        """Title and the sentences before it: what its pronouns may point to."""
        return " ".join(part for part in (self.document.title or "", *self.before) if part)


def candidates(passages: Sequence[Passage], documents: Mapping[str, Document]) -> list[Candidate]:
    """Every sentence of the passages once, in passage order; furniture and fragments left out."""
    found: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    for rank, passage in enumerate(passages):
        document = documents[passage.source]
        lead = lead_of(document)
        spans = _sentences(document, max(0, passage.start - LOOK_BACK), min(len(document.text), passage.end + LOOK_AHEAD))
        for index, span in enumerate(spans):
            text = document.text[span.start : span.end]
            inside = span.end > passage.start and span.start < passage.end
            if not inside or (passage.source, span.start) in seen or not is_statement(text):
                continue
            seen.add((passage.source, span.start))
            before = tuple(document.text[s.start : s.end] for s in spans[max(0, index - 2) : index] if s.end - s.start < LONGEST)
            found.append(Candidate(document, span.start, span.end, text, before, lead if lead != text else "", rank))
    return found


def needs_before(candidate: Candidate) -> bool:
    """Whether the sentence opens with a word that points to the sentence before it."""
    return bool(candidate.before) and _PRONOUN_START.match(candidate.text) is not None


def is_statement(text: str) -> bool:
    """Whether the text has enough letters to state something."""
    return sum(c.isalpha() for c in text) >= MIN_LETTERS


@lru_cache(maxsize=4096)
def lead_of(document: Document) -> str:
    """The first full sentence of the document that is neither its title nor furniture ("" when there is none)."""
    for span in _sentences(document, 0, min(len(document.text), LEAD_WITHIN)):
        text = document.text[span.start : span.end]
        closed = text.rstrip('"”’»)').endswith((".", "!", "?", "。"))
        if len(text) >= 60 and closed and text != document.title and not text.startswith("#"):
            return text[:LONGEST]
    return ""


@lru_cache(maxsize=4096)
def _sentences(document: Document, start: int, end: int) -> tuple[Span, ...]:
    """Sentences of `text[start:end]` outside furniture."""
    spans: list[Span] = []
    position = start
    for mark in [*document.furniture, Span(end, end)]:
        if mark.end <= position and mark.start < end:
            continue
        stop = min(max(mark.start, position), end)
        if stop > position:
            spans.extend(sentence_spans(document.text, position, stop, document.language or "en"))
        position = max(position, mark.end)
        if position >= end:
            break
    return tuple(spans)

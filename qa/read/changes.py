"""What differs between two versions of a document, unit by unit, in their own words.

A unit that the other version has word for word is no change; one that it has in much the same words is a change of that one. Knows
nothing of meaning: what was only worded anew is a change too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.schema import EVIDENCE_KINDS, Document, Unit
from qa.english.lexicon import content_stems
from qa.read.choose import folded

# What people ask who want two versions compared (English, German).
_ASKS = re.compile(
    r"\b(?:what(?:['’]s| has| have| is| are| was| were)? (?:been )?(?:changed?|new|different)\b"
    r"|what (?:are|were) the (?:changes|differences)\b|how (?:do|does|did|has|have|is|are)\b.+\b(?:changed?|differ(?:s|ed)?|different)\b"
    r"|changes? (?:between|since|in|to)\b|differences? (?:between|to)\b"
    r"|compare\b|was (?:ist|hat sich|wurde)\b.*\b(?:neu|anders|geändert|verändert)\b|unterschiede?\b|unterscheiden\b)",
    re.IGNORECASE,
)
ALIKE = 0.4  # share of the longer one's words that two units have in common when one is the other, changed
_NUMBER = re.compile(r"^\(?\d{1,3}[.)]\s+")


@dataclass(frozen=True, slots=True)
class Change:
    """A unit of the later version and the one of the earlier that it stands for; None where there is no such."""

    new: Unit | None
    old: Unit | None


def asks_for_changes(question: str) -> bool:
    """Whether a question asks what differs, between versions of a document or otherwise."""
    return _ASKS.search(question) is not None


def changes(new: tuple[Document, Sequence[Unit]], old: tuple[Document, Sequence[Unit]]) -> list[Change]:
    """What differs: what was changed, then what was added, in the order of the later version, then what is gone. A line that only gives the
    document's own data ("Published: ...") is no change."""
    mine, theirs = _said(*new), _said(*old)
    here, there = {text for _, text in mine}, {text for _, text in theirs}
    added = [(u, text) for u, text in mine if text not in there]
    gone = [(u, text) for u, text in theirs if text not in here]
    paired = sorted(_alike([text for _, text in added], [text for _, text in gone]), key=lambda found: (-found[0], *found[1:]))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, n, m in paired:
        if n not in partner and m not in taken:
            partner[n] = m
            taken.add(m)
    found = [Change(unit, gone[partner[n]][0] if n in partner else None) for n, (unit, _) in enumerate(added)]
    found.sort(key=lambda change: change.old is None)
    return [*found, *(Change(None, unit) for m, (unit, _) in enumerate(gone) if m not in taken)]


def _said(document: Document, units: Sequence[Unit]) -> list[tuple[Unit, str]]:
    said = [u for u in units if u.kind in EVIDENCE_KINDS and u.kind != "pair"]
    return [(u, folded(_NUMBER.sub("", document.text[u.start : u.end]))) for u in said]


def _alike(added: Sequence[str], gone: Sequence[str]) -> Iterator[tuple[float, int, int]]:
    """The share of common words, and the places, of each two texts that have enough of them in common."""
    stems = [set(content_stems(text)) for text in gone]
    having: dict[str, list[int]] = defaultdict(list)
    for m, words in enumerate(stems):
        for word in words:
            having[word].append(m)
    for n, text in enumerate(added):
        mine = set(content_stems(text))
        for m, common in Counter(m for word in mine for m in having.get(word, ())).items():
            share = common / max(len(mine), len(stems[m]))
            if share >= ALIKE:
                yield share, n, m

"""When a piece of a document was written, or what it tells happened, where that is another day than the document's: an older message that
a mail quotes, a dated entry of a changelog or of a timeline.

Goes by the blocks that the format marked (`index.formats.mail.quotes`). Knows nothing of how a document was read.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.dates.entries import find_entries, find_told
from index.dates.words import find_dates
from index.schema import Document, Published, Span

_LEAD = 300  # characters; a line that leads a quote is shorter


def said_on(document: Document, start: int) -> Published:
    """The date of what stands at a character position: that of the quoted message there, as its head or the line above it says it, no
    date where they say none; that of the entry there; else the document's."""
    if document.format != "mail":
        return _entry_date(document, start) or document.published
    blocks = [block for block in document.blocks if block.start <= start]
    if not blocks or blocks[-1].label != "quote" or start >= blocks[-1].end:
        return document.published
    head = next((block for block in reversed(blocks) if block.label == "masthead"), None)
    said = document.text[head.start : head.end] if head else _line_above(document.text, blocks)
    found = find_dates(said, foreign=True)
    return Published(found[0].iso, found[0].precision, "markup") if found else Published()


def _entry_date(document: Document, start: int) -> Published | None:
    """The date of the entry at a position. A day after the document's own is one that it announces, not one on which it was written."""
    own = document.published.date if document.published.precision == "day" else None
    entries = find_entries(document.text, document.source, document.blocks)
    if not entries and own:
        entries = find_told(document.text, own, document.source, document.blocks, foreign=document.language != "en")
    for entry in entries:
        if entry.start <= start < entry.end and (own is None or entry.iso <= own):
            return Published(entry.iso, entry.precision, "text")
    return None


def _line_above(text: str, blocks: Sequence[Span]) -> str:
    """The line before the first of the quotes that end with the last block."""
    first = next((n for n in range(len(blocks), 0, -1) if blocks[n - 1].label != "quote"), 0)
    above = text[max(0, blocks[first].start - _LEAD) : blocks[first].start].rstrip()
    return above.rpartition("\n")[2]

"""What a chunk is not understood without: its document's title, the headings above it, who wrote a mail to whom, the column names or
lead-in that it hangs on.

The embedder and the word index read a chunk behind these lines; its text and offsets stay those of the document. What the chunk
holds itself is not repeated.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from index.schema import EVIDENCE_KINDS, Document, Span, Unit

_PARTIES = ("From:", "To:")
_NAMED_ADDRESS = re.compile(r"(?<=\w)['\"]? *<[^<>]*>")
_LONGEST_PARTIES = 200  # characters
_LONGEST = 2000  # characters taken of a title, a heading or a header row: every chunk below it repeats them


def contexts_of(document: Document, units: Sequence[Unit], spans: Iterable[Span]) -> Iterator[str]:
    """For each span "title > heading > heading", and below it who wrote a mail to whom and the column names or the lead-in of its first
    unit; "" when there is nothing to say. Takes time in the length of the spans, not of the document."""
    ends = [unit.end for unit in units]
    letter = letter_of(document, units)
    for span in spans:
        first = _first(units, bisect_right(ends, span.start), span.end)
        path = [*_title(document, span), *(_headings(document, units, first, span.start) if first else ())]
        above = units[first.hangs] if first and first.hangs is not None else None
        outside = above is not None and above.kind in ("header", "lead") and above.end <= span.start
        mail = letter.label if letter.start <= span.start < letter.end else ""
        yield "\n".join(line for line in (" > ".join(path), mail, _line(document, above) if outside and above else "") if line)


def letter_of(document: Document, units: Sequence[Unit]) -> Span:
    """What the writer of a mail says in it, from below its head to where it quotes an older one; its label says who wrote to whom, "From:
    Ann Berg; To: Bo Lind". Empty in other documents."""
    head = list(takewhile(lambda unit: unit.kind == "masthead", units)) if document.format == "mail" else []
    if not head:
        return Span(0, 0)
    lines = (document.text[unit.start : unit.end] for unit in head)
    named = (_NAMED_ADDRESS.sub("", line) for line in lines if line.startswith(_PARTIES))
    older = (block.start for block in document.blocks if block.label in ("quote", "masthead"))
    label = "; ".join(" ".join(line[:_LONGEST_PARTIES].split()) for line in named)
    return Span(head[-1].end, min(older, default=len(document.text)), label)


def _first(units: Sequence[Unit], at: int, end: int) -> Unit | None:
    """The first unit before `end` that can be evidence, else the first of any kind."""
    any_kind = units[at] if at < len(units) and units[at].start < end else None
    while at < len(units) and units[at].start < end:
        if units[at].kind in EVIDENCE_KINDS:
            return units[at]
        at += 1
    return any_kind


def _title(document: Document, span: Span) -> list[str]:
    title = " ".join((document.title or "")[:_LONGEST].split())
    opening = " ".join(document.text[span.start : min(span.end, span.start + 2 * len(title) + 10)].split())
    repeated = opening.lstrip("#*_ ").casefold().startswith(title.lstrip("#*_ ").casefold())
    return [] if not title or repeated else [title]


def _headings(document: Document, units: Sequence[Unit], unit: Unit, start: int) -> list[str]:
    names = (_line(document, units[n]).strip("*_ ") for n in unit.path if units[n].end <= start)
    return [name for name in names if name and name.casefold() != (document.title or "").casefold()]


def _line(document: Document, unit: Unit) -> str:
    return " ".join(document.text[unit.start : min(unit.end, unit.start + _LONGEST)].split())

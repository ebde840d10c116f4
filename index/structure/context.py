"""What a chunk is not understood without: its document's title, the headings above it, the column names or lead-in that it hangs on.

The embedder and the word index read a chunk behind these lines; its text and offsets stay those of the document. What the chunk
holds itself is not repeated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from index.schema import EVIDENCE_KINDS, Document, Span, Unit

_LONGEST = 2000  # characters taken of a title, a heading or a header row: every chunk below it repeats them


def contexts_of(document: Document, units: Sequence[Unit], spans: Iterable[Span]) -> Iterator[str]:
    """For each span "title > heading > heading", and below it the column names or the lead-in of its first unit; "" when there is
    nothing to say. Takes time in the length of the spans, not of the document."""
    ends = [unit.end for unit in units]
    for span in spans:
        first = _first(units, bisect_right(ends, span.start), span.end)
        path = [*_title(document, span), *(_headings(document, units, first, span.start) if first else ())]
        above = units[first.hangs] if first and first.hangs is not None else None
        outside = above is not None and above.kind in ("header", "lead") and above.end <= span.start
        yield "\n".join(line for line in (" > ".join(path), _line(document, above) if outside and above else "") if line)


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

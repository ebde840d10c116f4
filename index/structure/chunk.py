"""Document -> Chunks: whole units packed up to a token budget, with exact offsets.

`document.text[chunk.start:chunk.end] == chunk.text` holds by construction: text is never joined, cleaned or searched
for. A heading, a lead-in and the column names of a table stay with what follows them. Knows nothing of embedders beyond the
tokenizer that it is given, nor of stores.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from index.schema import Chunk, Document, Span, Unit
from index.structure.context import contexts_of
from index.structure.units import units_of
from index.text.sentences import sentence_spans, trim

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VERSION = "3"
# A token of an English text has 4 to 5 characters. Words unknown to a WordPiece vocabulary become one token whatever their
# length, so a budget in tokens alone would let a megabyte of base64 through as one chunk.
CHARACTERS_PER_TOKEN = 16
_WINDOW = 20_000  # characters handed to the tokenizer at once, so that one endless line costs linear time and little memory
_BATCH = 256
_LEADING = ("heading", "question", "lead", "header")  # kinds of units that mean little without the next one


@dataclass(frozen=True, slots=True)
class _Piece:
    """A unit, or a part of one that is too long, with its length in tokens; `opens` marks the start of a paragraph, `leads` what is
    not to be parted from the next piece."""

    start: int
    end: int
    tokens: int
    opens: bool
    leads: bool = False


def fingerprint(budget: int) -> str:
    """What besides the embedder decides how a document is cut; documents cut otherwise are cut again."""
    return f"{VERSION}:{budget}"


def chunk_document(document: Document, tokenizer: Tokenizer, budget: int, *, room: int = 0) -> list[Chunk]:
    """Cut a document into chunks of at most `budget` tokens (special tokens not counted), in order, never overlapping.

    Units (sentences, rows, items) stay whole unless one alone exceeds the budget, which is then cut between tokens. A chunk never
    reaches into a boilerplate span. Text of white space only gives no chunk. Each chunk's context takes at most `room` tokens. A
    chunk's id depends on the source, the content and the budget, so an edited document shares none with its earlier version.
    """
    text = document.text
    limit = budget * CHARACTERS_PER_TOKEN
    units = units_of(document)
    spans: list[Span] = []
    for region in _regions(document):
        pieces = list(_pieces(text, _segments(document, region, units), tokenizer, budget, limit))
        spans.extend(_pack(pieces, budget, limit))
    spans = _fit(text, spans, tokenizer, budget)
    salt = f"{document.source}\0{document.content_hash}\0{fingerprint(budget)}\0{_digest(text)}"
    contexts = _shortened(list(contexts_of(document, units, spans)), tokenizer, room)
    return [
        Chunk(_digest(f"{salt}\0{n}\0{s.start}\0{s.end}"), document.source, n, s.start, s.end, text[s.start : s.end], context)
        for n, (s, context) in enumerate(zip(spans, contexts, strict=True))
    ]


def _shortened(contexts: list[str], tokenizer: Tokenizer, room: int) -> Iterator[str]:
    """The contexts with what is over `room` tokens cut off: column names go before headings, the title stays longest."""
    for i in range(0, len(contexts), _BATCH):
        batch = [context[: room * CHARACTERS_PER_TOKEN] for context in contexts[i : i + _BATCH]]
        for context, encoding in zip(batch, tokenizer.encode_batch(batch, add_special_tokens=False), strict=True):
            yield (context if len(encoding) <= room else context[: encoding.offsets[room][0]]).rstrip()


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _regions(document: Document) -> Iterator[Span]:
    """The text between boilerplate spans."""
    at = 0
    for mark in sorted(document.boilerplate, key=lambda s: s.start):
        if mark.start > at:
            yield Span(at, mark.start)
        at = max(at, mark.end)
    if at < len(document.text):
        yield Span(at, len(document.text))


def _segments(document: Document, region: Span, units: Sequence[Unit]) -> Iterator[Span]:
    """All text of a region as spans that are cut only when too long, each from the start of a unit (with its bullet or bar) to the
    next one's; the label says of which kind it is. What stands before the first unit is cut into sentences."""
    text = document.text
    begun, end, kind = region.start, region.start, ""
    first = bisect_right(units, region.start, key=lambda unit: unit.end)
    for unit in units[first : bisect_left(units, region.end, key=lambda unit: unit.start)]:
        opening = max(text.rfind("\n", end, unit.start) + 1, end)
        yield from _whole(document, begun, opening, kind)
        begun, end, kind = opening, min(unit.end, region.end), unit.kind
    yield from _whole(document, begun, region.end, kind)


def _whole(document: Document, start: int, end: int, kind: str) -> Iterator[Span]:
    if not kind:
        yield from sentence_spans(document.text, start, end, document.language or "en")
        return
    span = trim(document.text, start, end)
    if span.end > span.start:
        yield Span(span.start, span.end, kind)


def _pieces(text: str, segments: Iterable[Span], tokenizer: Tokenizer, budget: int, limit: int) -> Iterator[_Piece]:
    windows = [window for segment in segments for window in _windows(text, segment)]
    blank_lines = "\n\n" in text or "\r\n\r\n" in text
    before = None
    for i in range(0, len(windows), _BATCH):
        batch = windows[i : i + _BATCH]
        encodings = tokenizer.encode_batch([text[w.start : w.end] for w in batch], add_special_tokens=False)
        for window, encoding in zip(batch, encodings, strict=True):
            opens = before is None or text.count("\n", before, window.start) >= (2 if blank_lines else 1)
            before = window.end
            if len(encoding) <= budget and window.end - window.start <= limit:
                yield _Piece(window.start, window.end, len(encoding), opens, window.label in _LEADING)
                continue
            for n, part in enumerate(_cut(text, window, encoding.offsets, budget, limit)):
                yield _Piece(part.start, part.end, budget if part.label else 1, opens and n == 0)


def _windows(text: str, sentence: Span) -> Iterator[Span]:
    """The sentence itself, or windows of it (cut at white space where there is some) when it is endless."""
    start = sentence.start
    while sentence.end - start > _WINDOW:
        end = _break_before(text, start + _WINDOW // 2, start + _WINDOW)
        yield trim(text, start, end)
        start = trim(text, end, sentence.end).start
    if start < sentence.end:
        yield Span(start, sentence.end, sentence.label)


def _break_before(text: str, low: int, high: int) -> int:
    """The last place in (low, high] after white space, else `high` moved off marks that belong to the character before."""
    for at in range(high, low, -1):
        if text[at - 1].isspace():
            return at
    at = high
    while at > low and at < len(text) and (unicodedata.combining(text[at]) or text[at] in "\u200d\ufe0f" or text[at - 1] == "\u200d"):
        at -= 1
    return at if at > low else high


def _cut(text: str, span: Span, offsets: Sequence[tuple[int, int]], budget: int, limit: int) -> Iterator[Span]:
    """Parts of a sentence that is over the budget, each label "full": cut before a token, best one that opens a word."""
    start = span.start
    at = 0
    while start < span.end:
        stop = at + budget
        end = span.start + offsets[stop][0] if stop < len(offsets) else span.end
        end = min(max(end, start + 1), start + limit)
        if end < span.end:
            end = _break_before(text, start + (end - start) // 2, end)
        part = trim(text, start, end)
        if part.end > part.start:
            yield Span(part.start, part.end, "full")
        start = trim(text, end, span.end).start
        while at < len(offsets) and span.start + offsets[at][0] < start:
            at += 1


def _pack(pieces: Sequence[_Piece], budget: int, limit: int) -> Iterator[Span]:
    """Fill chunks with pieces; a paragraph that fits a chunk of its own is not torn to fill up the chunk before it, and what leads to
    the next piece goes with it."""
    held: list[_Piece] = []
    for i, piece in enumerate(pieces):
        room = budget - sum(one.tokens for one in held)
        torn = piece.opens and budget - room >= budget // 3 and room < _paragraph_tokens(pieces, i, budget) <= budget
        if held and (piece.tokens > room or torn or piece.end - held[0].start > limit):
            done, held = _parted(held, piece, budget, limit)
            yield Span(done[0].start, done[-1].end)
        held.append(piece)
    if held:
        yield Span(held[0].start, held[-1].end)


def _parted(held: list[_Piece], coming: _Piece, budget: int, limit: int) -> tuple[list[_Piece], list[_Piece]]:
    """The pieces of a full chunk, and those at its end that lead to the coming one, where they fit together."""
    at = len(held)
    while at > 1 and held[at - 1].leads and sum(one.tokens for one in held[at - 1 :]) + coming.tokens <= budget:
        at -= 1
    if at < len(held) and coming.end - held[at].start > limit:
        at = len(held)
    return held[:at], held[at:]


def _paragraph_tokens(pieces: Sequence[_Piece], first: int, budget: int) -> int:
    """Tokens of the paragraph that `first` opens, counted no further than just over the budget."""
    total = 0
    for i in range(first, len(pieces)):
        if (i > first and pieces[i].opens) or total > budget:
            break
        total += pieces[i].tokens
    return total


def _fit(text: str, spans: Sequence[Span], tokenizer: Tokenizer, budget: int) -> list[Span]:
    """Halve the rare span whose tokens, counted together, exceed the budget (a tokenizer may count a cut word higher)."""
    fitting: list[Span] = []
    for i in range(0, len(spans), _BATCH):
        batch = spans[i : i + _BATCH]
        encodings = tokenizer.encode_batch([text[s.start : s.end] for s in batch], add_special_tokens=False)
        for span, encoding in zip(batch, encodings, strict=True):
            if len(encoding) <= budget or span.end - span.start == 1:
                fitting.append(Span(span.start, span.end))
                continue
            middle = (span.start + span.end + 1) // 2
            at = _break_before(text, span.start + (middle - span.start) // 2, middle)
            halves = [trim(text, span.start, at), trim(text, at, span.end)]
            fitting.extend(_fit(text, [h for h in halves if h.end > h.start], tokenizer, budget))
    return fitting

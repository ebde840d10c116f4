"""Document -> Chunks: whole sentences packed up to a token budget, with exact offsets.

`document.text[chunk.start:chunk.end] == chunk.text` holds by construction: text is never joined, cleaned or searched
for. Knows nothing of embedders beyond the tokenizer that it is given, nor of stores.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from index.schema import Chunk, Document, Span
from index.text.sentences import sentence_spans, trim

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VERSION = "1"
# A token of an English text has 4 to 5 characters. Words unknown to a WordPiece vocabulary become one token whatever their
# length, so a budget in tokens alone would let a megabyte of base64 through as one chunk.
CHARACTERS_PER_TOKEN = 16
_WINDOW = 20_000  # characters handed to the tokenizer at once, so that one endless line costs linear time and little memory
_BATCH = 256


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one that is too long, with its length in tokens; `opens` marks the start of a paragraph."""

    start: int
    end: int
    tokens: int
    opens: bool


def fingerprint(budget: int) -> str:
    """What besides the embedder decides how a document is cut; documents cut otherwise are cut again."""
    return f"{VERSION}:{budget}"


def chunk_document(document: Document, tokenizer: Tokenizer, budget: int) -> list[Chunk]:
    """Cut a document into chunks of at most `budget` tokens (special tokens not counted), in order, never overlapping.

    Sentences stay whole unless one alone exceeds the budget, which is then cut between tokens. A chunk never reaches into
    a boilerplate span. Text of white space only gives no chunk. A chunk's id depends on the source, the content and the
    budget, so an edited document shares none with its earlier version.
    """
    text = document.text
    limit = budget * CHARACTERS_PER_TOKEN
    spans: list[Span] = []
    for region in _regions(document):
        pieces = list(_pieces(text, region, tokenizer, budget, limit, document.language or "en"))
        spans.extend(_pack(pieces, budget, limit))
    spans = _fit(text, spans, tokenizer, budget)
    salt = f"{document.source}\0{document.content_hash}\0{fingerprint(budget)}\0{_digest(text)}"
    return [
        Chunk(_digest(f"{salt}\0{n}\0{s.start}\0{s.end}"), document.source, n, s.start, s.end, text[s.start : s.end])
        for n, s in enumerate(spans)
    ]


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


def _pieces(text: str, region: Span, tokenizer: Tokenizer, budget: int, limit: int, language: str) -> Iterator[_Piece]:
    sentences = sentence_spans(text, region.start, region.end, language)
    windows = [window for sentence in sentences for window in _windows(text, sentence)]
    blank_lines = "\n\n" in text or "\r\n\r\n" in text
    before = region.start
    for i in range(0, len(windows), _BATCH):
        batch = windows[i : i + _BATCH]
        encodings = tokenizer.encode_batch([text[w.start : w.end] for w in batch], add_special_tokens=False)
        for window, encoding in zip(batch, encodings, strict=True):
            breaks = text.count("\n", before, window.start)
            opens = before == region.start or breaks >= (2 if blank_lines else 1)
            before = window.end
            if len(encoding) <= budget and window.end - window.start <= limit:
                yield _Piece(window.start, window.end, len(encoding), opens)
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
        yield Span(start, sentence.end)


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
    """Fill chunks with pieces; a paragraph that fits a chunk of its own is not torn to fill up the chunk before it."""
    start, end, used = -1, -1, 0
    for i, piece in enumerate(pieces):
        room = budget - used
        torn = piece.opens and used >= budget // 3 and room < _paragraph_tokens(pieces, i, budget) <= budget
        if start >= 0 and (piece.tokens > room or torn or piece.end - start > limit):
            yield Span(start, end)
            start, used = -1, 0
        start = piece.start if start < 0 else start
        end = piece.end
        used += piece.tokens
    if start >= 0:
        yield Span(start, end)


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

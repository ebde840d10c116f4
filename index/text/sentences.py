"""Sentence boundaries with exact offsets, by sentencex (rule-based, many languages, Rust).

sentencex never splits inside quotation marks or brackets; news quotes run over many sentences, so those marks are
masked by spaces of the same length before splitting. Blank lines and list bullets end a sentence too. Knows nothing
of chunks or tokens.
"""

from __future__ import annotations

import re

import sentencex

from index.schema import Span

# Abbreviations of office English that sentencex ends a sentence at: those that always lean on the next word, and those before a figure.
_SHORT = re.compile(
    r"(?i)\b(?:(?:incl|excl|approx|resp|tel|ext|dept|viz|ca)\.(?=\s+\S)"
    r"|(?:max|min|mon|tues?|wed|thu(?:rs)?|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.(?=\s+(?-i:[\da-z])))"
)
# A German ordinal before its noun ("1. Stock", "am 5. Mai"); before a word that opens sentences and is no noun, a number ends one.
_ORDINAL = re.compile(
    r"(?<![\d.,:])\b\d{1,2}\.(?=[^\S\n]+(?!(?:D(?:er|ie|as|en|em|es|ort|ann|anach|abei|afür|amit|aher|aran|arum|azu|ies\w*|och|u)"
    r"|Ein\w{0,2}|E[rs]|Sie|Ich|Wir|Ihr\w{0,2}|Man|Mein\w{0,2}|Unser\w{0,2}|Kein\w{0,2}|Aber|Alle\w?|Als|Auch|Auf|Aus|Bei\w?|Bis|Für|Hier|I[mn]"
    r"|A[bmn]|Ob|Mit|Nach|Nur|Oder|Seit|So|Um|Und|Vo[mnr]|Wann|Was|Weil|Wenn|Wer|Wie|Wo|Zu[mr]?)\b)[A-ZÄÖÜ])"
)
_MASK = str.maketrans({c: " " for c in '"“”„«»‘()[]{}「」『』'})
# A line break ends a sentence when the next line is blank, a bullet, or the line looks like a heading or a list item.
_CLOSING = re.compile(r"(?:\*{1,3}|_{1,3})(?=\s|$)")  # emphasis of Markdown that ends
_HARD_BREAK = re.compile(r"\n[^\S\n]*\n\s*|\n(?=[^\S\n]*(?:[•*\-–—▪◦|#]|\d{1,3}[.)])[^\S\n])|\r\n[^\S\n]*\r\n\s*")


def sentence_spans(text: str, start: int = 0, end: int | None = None, language: str = "en") -> list[Span]:
    """Split `text[start:end]` into sentences.

    Returns spans in order, trimmed of white space at both ends, never overlapping, never empty; every character
    outside them is white space. Offsets refer to the whole `text`.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    block_start = start
    for match in [*_HARD_BREAK.finditer(text, start, end), None]:
        block_end = match.start() if match else end
        spans.extend(_split_block(text, block_start, block_end, language))
        block_start = match.end() if match else end
    return spans


def _split_block(text: str, start: int, end: int, language: str) -> list[Span]:
    if not text[start:end].strip():
        return []
    masked = _SHORT.sub(lambda short: short[0][:-1] + " ", text[start:end].translate(_MASK))
    masked = _ORDINAL.sub(lambda number: number[0][:-1] + " ", masked) if language == "de" else masked
    spans: list[Span] = []
    for boundary in sentencex.get_sentence_boundaries(language, masked):
        span = trim(text, start + boundary["start_index"], start + boundary["end_index"])
        if span.end > span.start:
            spans.append(span)
    return _settle_marks(text, spans)


def _settle_marks(text: str, spans: list[Span]) -> list[Span]:
    """Give opening marks at the end of a sentence to the next one, closing marks at a start to the one before."""
    settled: list[Span] = []
    pending: int | None = None
    for span in spans:
        start, end = (pending if pending is not None else span.start), span.end
        pending = None
        while settled and pending is None and start == span.start and start < end and text[start] in "”’»)]}」』":
            start += 1
        closing = _CLOSING.match(text, start, end) if settled and pending is None else None
        start = closing.end() if closing else start
        if settled and start > span.start:
            settled[-1] = Span(settled[-1].start, start)
        opened = end
        while opened > start and text[opened - 1] in '"“«([{「『' and (opened - 1 == start or text[opened - 2].isspace()):
            opened -= 1
        if opened < end and span is not spans[-1]:
            pending = opened
            end = opened
        rest = trim(text, start, end)
        if rest.end > rest.start:
            settled.append(rest)
    return settled


def trim(text: str, start: int, end: int) -> Span:
    """The span `text[start:end]` without white space at either end (empty at `end` when all is white space)."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)

"""A text as its non-blank lines: where each stands and whether it is running prose.

Shared by the modules that look for boilerplate, titles and dates. Prose is told by length and punctuation alone; the lines
of a hard-wrapped paragraph count as prose together. Knows no words of any language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.schema import Span

_LINE = re.compile(r"[^\r\n]+")
BULLET = re.compile(r"^(?:[•▪◦‣·●○■□►▶*➤→–—-]|\(?\d{1,2}[.)])(?:\s+|$)")
ENDS = re.compile(r"[.!?…。:;]['\"”’»)\]*_]*(?:\[\d+\])?$")
SENTENCE_INSIDE = re.compile(r"[a-zа-яё가-힣0-9)\"”’][.!?]['\"”’)]?\s+[\"“‘«(]?[A-ZА-ЯЁ가-힣]")
COLUMNS = re.compile(r"\S(?: {4,}|\t+)\S")  # a gap that sets what follows apart; justified prose has smaller ones
_MARKS = "*_#<>»›:…-–—▶►★() \t\xa0"
_WRAP_WIDTH = 120  # characters; no editor or mail program wraps wider
SLACK = 8  # characters; people and typesetters wrap less exactly than editors
_LONG = 2000  # characters; a line of this length is prose, and never shown to patterns


@dataclass(slots=True)
class Row:
    """A non-blank line, trimmed: `text[start:end]`. `block` counts groups of lines parted by blank ones.

    `words` are parted by spaces; `wrapped` says that the line continues the one above; `label` is the reason once the line is
    known to be boilerplate.
    """

    start: int
    end: int
    text: str
    block: int
    words: int
    bullet: bool
    prose: bool
    wrapped: bool = False
    label: str | None = None

    @property
    def bare(self) -> str:
        """The line without bullet, emphasis, heading marks and closing colon."""
        if self.text[0] == "[":
            return self.text.strip(_MARKS)
        return BULLET.sub("", self.text).strip(_MARKS + "[]")


def read_rows(text: str) -> list[Row]:
    """The non-blank lines of `text`, in order."""
    rows: list[Row] = []
    block = 0
    last_end = 0
    # Where paragraphs are single long lines nothing is wrapped, save a line that begins in lower case.
    unwrapped = any(len(line) > _WRAP_WIDTH for line in text.split("\n"))
    for match in _LINE.finditer(text):
        raw = match.group()
        line = raw.strip()
        if not line:
            continue
        gap = text[last_end : match.start()]
        if gap.count("\n") > 1 or ("\n" not in gap and gap.count("\r") > 1):
            block += 1
        start = match.start() + len(raw) - len(raw.lstrip())
        count = len(line.split())
        row = Row(start, start + len(line), line, block, count, BULLET.match(line) is not None, _is_prose(line, count))
        if rows and rows[-1].block == block:
            above = rows[-1]
            row.wrapped = (
                len(above.text) >= 40
                # A wrapping editor would have put this line's first word on the line above had there been room.
                and len(above.text) + 1 + len(line.split(" ", 1)[0]) > len(line) - SLACK
                and not row.bullet
                and (not unwrapped or line[0].islower())
                and "|" not in above.text
                and not COLUMNS.search(above.text)
                and not COLUMNS.search(line)
                and not ENDS.search(above.text[-8:])
            )
            row.prose = row.prose or (row.wrapped and above.prose)
        rows.append(row)
        last_end = match.end()
    _join_wrapped(rows)
    return rows


def label_rows(rows: list[Row], boilerplate: Sequence[Span]) -> list[Row]:
    """Give the rows the labels of the spans that cover their beginnings; returns the same rows."""
    spans = iter(sorted(boilerplate, key=lambda s: s.start))
    span = next(spans, None)
    above: str | None = None
    for row in rows:
        while span is not None and span.end <= row.start:
            span = next(spans, None)
        row.label = span.label if span is not None and span.start <= row.start else None
        row.wrapped = row.wrapped and above is None  # nothing continues a line of boilerplate
        above = row.label
    return rows


def _is_prose(line: str, count: int) -> bool:
    """A running sentence: long and closed by punctuation, or several sentences, or far too long for anything else."""
    if count > 40 or len(line) > _LONG:
        return True
    closed = ENDS.search(line[-8:]) is not None and not line.endswith(":")
    if count >= 12 and (closed or SENTENCE_INSIDE.search(line)):
        return True
    # Korean has fewer and Chinese has no spaces.
    return closed and ((line.endswith("다.") and count >= 5) or (len(line) > 70 and count < 6 and "://" not in line))


def _join_wrapped(rows: list[Row]) -> None:
    """Lines of a hard-wrapped paragraph are prose together when the paragraph is."""
    first = 0
    for i in range(1, len(rows) + 1):
        if i < len(rows) and rows[i].wrapped:
            continue
        group = rows[first:i]
        whole = " ".join(row.text for row in group)
        if len(group) > 1 and (group[-1].prose or _is_prose(whole, len(whole.split()))):
            for row in group:
                row.prose = True
        first = i

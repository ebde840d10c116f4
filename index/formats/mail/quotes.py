"""The plain text of an e-mail as blocks: what its author wrote, and older messages quoted below, each with its own head.

Quotes are told by `>` before their lines, or by a head of several `Name: value` lines as some mail programs put it above the
message that they repeat. The marks are taken off, wrapped lines joined; what says who wrote when ("On Tuesday Ann Lee wrote:") is a
masthead. Knows no words of any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from index.structure.blocks import Block
from index.text.lines import read_rows

_MARKS = re.compile(r"(?:>[ \t]?)+")
_HEAD_LINE = re.compile(r"\*?[^\W\d_][\w-]{1,15}\*?[ \t]?:\*?\s+\S")
_RULE = re.compile(r"[-_=]{3,}.{0,60}[-_=]{3,}|[-_]{10,}")
_LONG = 300  # characters; a line that leads a quote is shorter
_HEAD_LINES = 3

Line = tuple[int, str]  # depth of the quote, text without marks


def mail_blocks(text: str) -> list[Block]:
    """Blocks of a mail's text, in its order."""
    lines = [_line(line) for line in text.replace("\r\n", "\n").split("\n")]
    regions = [(depth, [line for _, line in group]) for depth, group in groupby(_fill_blanks(lines), key=lambda line: line[0])]
    blocks: list[Block] = []
    for number, (depth, region) in enumerate(regions):
        deeper = number + 1 < len(regions) and regions[number + 1][0] > depth
        blocks += _region(region, depth > 0, deeper)
    return blocks


def _line(line: str) -> Line:
    marks = _MARKS.match(line)
    return (marks[0].count(">"), line[marks.end() :].rstrip()) if marks else (0, line.rstrip())


def _fill_blanks(lines: list[Line]) -> Iterator[Line]:
    """Empty lines belong to the quote before them."""
    depth = 0
    for line in lines:
        depth = line[0] if line[1] or line[0] else depth
        yield (depth, line[1])


def _region(lines: list[str], quoted: bool, leads: bool) -> Iterator[Block]:
    """Paragraphs of one depth; `leads` when a deeper quote follows, that the last one may introduce."""
    paragraphs = _paragraphs(lines)
    signed = False
    led = False
    for number, (text, after_rule) in enumerate(paragraphs):
        if _is_head(text, after_rule):
            quoted, signed = True, False
            yield Block(text, "masthead")
            led = True
            continue
        if text == "--" or text.startswith("--\n"):
            signed = True
        lead = leads and number == len(paragraphs) - 1 and text.endswith(":") and len(text) < _LONG
        gap = "\n" if led else None
        led = False
        body = text.removeprefix("--").strip() if signed else _joined(text)
        if body:
            yield Block(body, "note" if signed else "masthead" if lead else "quote" if quoted else "", gap=gap)


def _joined(paragraph: str) -> str:
    """The paragraph with its wrapped lines as one. Of a mail only some messages may be wrapped, so each paragraph is looked at alone."""
    rows = read_rows(paragraph)
    return "".join(f"{'' if n == 0 else ' ' if row.wrapped else chr(10)}{row.text}" for n, row in enumerate(rows))


def _paragraphs(lines: list[str]) -> list[tuple[str, bool]]:
    """Lines between empty ones, and whether a drawn line stands above them."""
    out: list[tuple[str, bool]] = []
    held: list[str] = []
    ruled = False
    for line in [*lines, ""]:
        rule = len(line) < _LONG and _RULE.fullmatch(line.strip()) is not None
        if line.strip() and not rule:
            held.append(line)
            continue
        if held:
            out.append(("\n".join(held).strip(), ruled))
            ruled = False
        ruled = rule or (ruled and not held)
        held = []
    return out


def _is_head(text: str, after_rule: bool) -> bool:
    """Whether lines are the head of an older message: names with values, with an address or below a drawn line."""
    lines = text.split("\n")
    return (
        len(lines) >= _HEAD_LINES
        and all(_HEAD_LINE.match(line) for line in lines[:_HEAD_LINES])
        and sum(_HEAD_LINE.match(line) is not None for line in lines) > 0.7 * len(lines)
        and (after_rule or "@" in text)
    )

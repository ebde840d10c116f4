"""The lines of a text by what they look like: heading, question, list item, table row, name and value, code, prose.

Goes by layout, punctuation and length, hardly by words. Knows nothing of documents; `index.structure.units` makes units of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.dates.states import tells_change
from index.text.lines import Row, read_rows

Kind = Literal["heading", "question", "item", "row", "delimiter", "pair", "code", "fence", "caption", "quote", "masthead", "prose"]

_MARKDOWN = re.compile(r"(#{1,6})[^\S\n]+")
_UNDERLINE = re.compile(r"(=+|-{3,})\s*$")
_FENCE = re.compile(r"(?:```|~~~)")
_ITEM = re.compile(r"(?:[•▪◦‣·●○■□►▶*➤–—+-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\[[ xX]\])[^\S\n]+(?!=)(?:\[[ xX]\][^\S\n]+)?")
_NUMBERED = re.compile(r"\(?(\d{1,3})[.)][^\S\n]+")
_SECTION = re.compile(r"(?:§\s?)?(\d{1,2}(?:\.\d{1,2}){0,3})\.?[^\S\n]+(?=\S)")
_DELIMITER = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_PAIR = re.compile(r"(?:\*\*|__)?(?P<name>[^\W\d_][^:|.!?\n]{0,38}?)(?:\*\*|__)?:(?:\*\*|__)?[^\S\n]+(?=\S)")
_ASKS = re.compile(r"(?:\*\*|__)?(?:Q(?:uestion)?|F(?:rage)?)\s?\d{0,3}[.:)][^\S\n]+")
_CAPTION = re.compile(r"(?:fig(?:ure|\.)|table|chart|photo|image|map)\s+\d+\s*[.:–-]", re.IGNORECASE)
_ENDS = re.compile(r"[.!?…;,]['\"”’»)\]*_]*$")
# What an entry of a log begins with: a day or a time.
STAMP = re.compile(
    r"\[?(?:(?:19|20)\d\d-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2}|\d{1,2}\.? [^\W\d_]{3,9}\.? (?:19|20)\d\d"
    r"|\d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?)(?=[\s,:;\]–-])"
)
_GAP = re.compile(r"(?<=\S)(?:\t+| {3,})(?=\S)")
HEADING_WORDS, HEADING_CHARACTERS = 12, 90


@dataclass(frozen=True, slots=True)
class Line:
    """A line or, of prose, the wrapped lines of a paragraph: `text[start:end]` without marks. `level` of a heading, 1 is outermost;
    `alone`: blank lines on both sides; `block` counts groups of lines parted by blank ones."""

    start: int
    end: int
    kind: Kind
    level: int = 0
    alone: bool = False
    block: int = 0


def lines_of(text: str, *, markdown: bool) -> list[Line]:
    """The non-blank lines in order; those of a wrapped paragraph or list item are one."""
    rows = read_rows(text)
    found: list[Line] = []
    fenced = False
    for i, row in enumerate(rows):
        if _FENCE.match(row.text):
            fenced = not fenced
            found.append(Line(row.start, row.end, "fence", block=row.block))
        elif fenced:
            found.append(Line(row.start, row.end, "code", block=row.block))
        else:
            _add(found, text, rows, i, markdown)
    return found


def _add(found: list[Line], text: str, rows: Sequence[Row], i: int, markdown: bool) -> None:
    row = rows[i]
    last = found[-1] if found else None
    above = last is not None and last.block == row.block
    if markdown and above and last is not None and last.kind in ("prose", "heading") and _UNDERLINE.match(row.text):
        found[-1] = Line(last.start, last.end, "heading", 1 if row.text[0] == "=" else 2, last.alone, last.block)
        return
    line = _line(text, rows, i)
    if above and last is not None and line.kind == last.kind == "quote":
        open_end = not _ENDS.search(text[max(last.start, last.end - 8) : last.end])
        if text[line.start].islower() or open_end:
            found[-1] = Line(last.start, line.end, "quote", 0, last.alone, last.block)
            return
    if (
        above
        and last is not None
        and line.kind == "prose"
        and last.kind in ("prose", "item", "quote", "pair")
        and _goes_on(text, last, rows, i)
    ):
        found[-1] = Line(last.start, row.end, last.kind, last.level, last.alone, last.block)
        return
    found.append(line)


def _goes_on(text: str, last: Line, rows: Sequence[Row], i: int) -> bool:
    """Whether a line continues the one above: it was wrapped there, begins in lower case, or is indented under a list item."""
    row = rows[i]
    if last.kind in ("item", "pair"):
        indent = row.start - (text.rfind("\n", 0, row.start) + 1)
        return row.wrapped or row.text[0].islower() or (last.kind == "item" and indent >= 2)
    return row.wrapped or row.text[0].islower() or (row.prose and rows[i - 1].prose and len(rows[i - 1].text) > 60)


def _line(text: str, rows: Sequence[Row], i: int) -> Line:
    row = rows[i]
    before = i > 0 and rows[i - 1].block == row.block
    after = i + 1 < len(rows) and rows[i + 1].block == row.block
    alone = not before and not after
    mark = _MARKDOWN.match(row.text)
    if mark:
        end = row.start + len(row.text.rstrip("# \t"))
        kind: Kind = "question" if row.text.rstrip("# \t").endswith("?") else "heading"
        return Line(row.start + mark.end(), max(end, row.start + mark.end()), kind, len(mark[1]), alone, row.block)
    if row.text.startswith(">"):
        return Line(row.start + len(row.text) - len(row.text.lstrip("> \t")), row.end, "quote", 0, alone, row.block)
    if _DELIMITER.match(row.text) and "-" in row.text and ("|" in row.text or before):
        return Line(row.start, row.end, "delimiter", 0, alone, row.block)
    item = _ITEM.match(row.text)
    if _columns(row.text) and (_columns(rows[i - 1].text if before else "") or _columns(rows[i + 1].text if after else "")):
        return Line(row.start, row.end, "row", 0, alone, row.block)
    if " | " in row.text or (row.text.startswith("|") and row.text.count("|") > 1):
        start = row.start + (item.end() if item else 0)
        inner = text[start : row.end]
        return Line(start + len(inner) - len(inner.lstrip("| ")), start + len(inner.rstrip("| ")), "row", 0, alone, row.block)
    if STAMP.match(row.text) and ((before and STAMP.match(rows[i - 1].text)) or (after and STAMP.match(rows[i + 1].text))):
        return Line(row.start, row.end, "item", 0, alone, row.block)
    heading = _heading_level(rows, i, alone, before)
    if heading:
        return Line(row.start, row.end, "question" if row.text.endswith("?") else "heading", heading, alone, row.block)
    if item:
        return Line(row.start + item.end(), row.end, "item", 0, alone, row.block)
    asks = _ASKS.match(row.text)
    if asks and row.text.rstrip("*_ ").endswith("?"):
        return Line(row.start + asks.end(), row.end, "question", 0, alone, row.block)
    if row.text.endswith("?") and not before and row.words <= 25 and (alone or not re.search(r"[.!?]\s", row.text)):
        return Line(row.start, row.end, "question", 0, alone, row.block)
    if _CAPTION.match(row.text) and row.words <= 30:
        return Line(row.start, row.end, "caption", 0, alone, row.block)
    pair = _PAIR.match(row.text)
    if pair and _names(pair["name"]) and len(row.text) <= 200 and not re.search(r"[.!?]\s+[A-Z]", row.text[pair.end() :]):
        return Line(row.start, row.end, "pair", 0, alone, row.block)
    return Line(row.start, row.end, "prose", 0, alone, row.block)


def _columns(text: str) -> bool:
    """Whether a line is set in columns by spaces or tabs, as tables in plain text are."""
    return len(_GAP.findall(text)) >= 2


def _names(name: str) -> bool:
    """Whether the words before a colon name something: few, and with a capital unless it is one word."""
    return name.count(" ") <= 4 and (name[0].isupper() or " " not in name)


def _heading_level(rows: Sequence[Row], i: int, alone: bool, before: bool) -> int:
    """The level of a heading without marks, 0 for a line that is none: short, unpunctuated, with text below and a blank line above."""
    row = rows[i]
    if before or i + 1 >= len(rows) or row.words > HEADING_WORDS or len(row.text) > HEADING_CHARACTERS or row.prose:
        return 0
    text = row.text.strip("*_ ")
    if not text or _ENDS.search(text) or text.endswith(":") or not any(c.isalpha() for c in text) or tells_change(text):
        return 0
    section = _SECTION.match(text)
    number = _NUMBERED.match(text)
    if number and not alone and (_ITEM.match(rows[i + 1].text) or not rows[i + 1].text[0].isupper() or row.words > 8):
        return 0
    if section or (number and not alone):
        return section[1].count(".") + 2 if section else 2
    if _ITEM.match(row.text) or _PAIR.match(row.text) or not (text[0].isupper() or not text[0].isalpha()):
        return 0
    below = rows[i + 1]
    wrapped = below.block == row.block and (below.wrapped or below.text[0].islower())
    return 0 if wrapped else 2

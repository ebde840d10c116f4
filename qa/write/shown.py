"""A document's own words as they are shown: one line, cleaned of list marks, table bars and stray marks.

Knows how text reads; knows nothing of scores.
"""

from __future__ import annotations

import re

from qa.cite import unmarked

_LEADING = re.compile(r"^(?:[•*▪◦#>]+\s*|[\-–—]+(?!\d)\s*|\d{1,2}[.)]\s+)+")
# Items on lines of their own read as one list, not as one run of words: three lines or more, all with a capital or a bullet,
# none going on from the one before as wrapped prose does.
_WRAPPED = re.compile(r"\n\s*(?![•*▪◦–—-]\s)[^A-Z\s]")
_ITEM_BREAK = re.compile(r"(?<=[^\W_])[^\S\n]*\n\s*(?:[•*▪◦–—-]\s+)?(?=[A-Z])")
_ITEM_MARK = re.compile(r"\n\s*(?:[•*▪◦–—+-]|\(?\d{1,3}[.)]|\(?[a-z][.)])[^\S\n]+(?=\S)")
_NAMED_LINE = re.compile(r"\s*[^:\n]{1,40}: \S")
_TABLE_ROW = re.compile(r"^\|[^|]+\|")  # "| 2012 | Trade passes ..." of a Markdown table
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def statement(text: str) -> str:
    """A sentence as it is shown: one line, no bullet, no unpaired quotation mark, no footnote mark of its own, a full stop."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n"))
    text = re.sub(r"(?m)^>[> \t]*", "", text).strip()
    text = _items(text)
    if "\n" in text and all(_NAMED_LINE.match(line) for line in text.split("\n")):
        text = "; ".join(line.strip() for line in text.split("\n"))  # a record: its names and values
    if text.count("\n") >= 2 and not _WRAPPED.search(text):
        text = _ITEM_BREAK.sub("; ", text)
    text = re.sub(r"\s+", " ", text).strip()
    if _TABLE_ROW.match(text):
        text = ": ".join(cell for part in text.split("|") if (cell := part.strip()))
    text = _LEADING.sub("", text)
    text = re.sub(r"[*_]{2,}", "", text)
    text = unmarked(_balanced(text))  # last: what goes before may bring a bracket and a number together
    return text if re.search(r"[.!?…。][\"”’»)]*$", text) else text + "."


def _items(text: str) -> str:
    """List items on lines of their own as one line: after a full stop a space, else a semicolon."""
    parts = [part.strip() for part in _ITEM_MARK.split(text)]
    return "".join(f"{part}{' ' if part.endswith(('.', '!', '?', ':', ';')) else '; '}" for part in parts[:-1]) + parts[-1]


def _balanced(text: str) -> str:
    """Drop quotation marks that have lost their partner because a quotation runs over several sentences."""
    low, high, closing = (text.count(mark) for mark in "„“”")
    if high + closing != low if low else high != closing:  # „so“ ends with the mark that opens elsewhere
        text = re.sub("[„“”]", "", text)
    if text.count("«") != text.count("»"):
        text = re.sub("[«»]", "", text)
    if text.count('"') % 2:
        text = text.replace('"', "")
    if text.count("(") != text.count(")"):
        text = re.sub(r"\((?=[^)]*$)", "", text) if text.count("(") > text.count(")") else re.sub(r"(?<!\w)\)|\)$", "", text)
    return re.sub(r"\s+([,.;!?])", r"\1", text).strip()

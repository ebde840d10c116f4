"""Lines that say themselves what they are: share lines, counters, buttons, menus in one line, runs of navigation words.

Works on labelled rows, in place. Single words count only beside other boilerplate, and never between two paragraphs.
Knows nothing of lists and boxes of several lines: see `index.structure.boilerplate_blocks`.
"""

from __future__ import annotations

import re

from index.structure import boilerplate_words as words
from index.text.lines import ENDS, Row

_SEPARATED = re.compile(r"\s*[|·•»]\s*|\s+/\s+|\s{2,}|\t+")


CODE = re.compile(r"[=(){};<>`\\]|://")


_SINGLE: list[tuple[re.Pattern[str], str, int]] = [
    (words.SKIP, "menu", 30),
    (words.SHARE, "share line", 14),
    (words.COMMENTS, "comment count", 20),
    (words.VIEWS, "by-line", 9),
    (words.PHOTO, "photo credit", 20),
    (words.COPYRIGHT, "copyright line", 25),
    (words.SUBSCRIBE, "subscription line", 24),
    (words.ADVERTISEMENT, "advertisement", 6),
    (words.BUTTON, "button", 12),
    (words.TAGS, "tags", 20),
    (words.BYLINE, "by-line", 10),
    (words.FORUM, "forum chrome", 20),
    (words.CONTACT, "contact line", 14),
]


def mark_single_lines(rows: list[Row]) -> None:
    """Short lines that say themselves what they are; single words count only beside other boilerplate, above or below the text."""
    weak: list[int] = []
    for i, row in enumerate(rows):
        row.wrapped = row.wrapped and not rows[i - 1].label  # nothing continues a line of boilerplate
        if i < 3 and row.words <= 24 and words.INVITATION.fullmatch(row.bare):
            row.label = "subscription line"
        if row.label or row.wrapped or row.words > 30 or row.text[0] in "|#":
            continue
        label = single_label(row)
        if (
            label is not None
            and " " not in row.bare
            and not any(c.isdigit() for c in row.bare)
            and label not in ("by-line", "tags", "advertisement")
        ):
            weak.append(i)
        else:
            row.label = label
    first = next((i for i, row in enumerate(rows) if row.prose), len(rows))
    last = max((i for i, row in enumerate(rows) if row.prose), default=-1)
    for i in weak:
        beside = [j for j in (i - 1, i + 1) if 0 <= j < len(rows) and (rows[j].label or j in weak or rows[j].text.isdigit())]
        if beside and not first < i < last:
            rows[i].label = single_label(rows[i])


def single_label(row: Row) -> str | None:
    """What the line says it is; None for a line that says nothing."""
    bare = row.bare
    for pattern, label, most in _SINGLE:
        if (
            row.words <= most
            and (not row.prose or label in ("copyright line", "forum chrome", "menu", "comment count"))
            and pattern.fullmatch(bare)
        ):
            return label
    if words.INLINE_HEADING.match(bare) and not (row.prose and "|" not in bare):
        return "headline list"
    return "share line" if bare[:6].lower() == "share:" or _is_social(bare) else None


def _is_social(line: str) -> bool:
    """`Tweet  Like  Send`, `Comments (14)   Print   Send to a friend`: every part is a social network or a button."""
    parts = [p for p in _SEPARATED.split(line) if p.strip()]
    return len(parts) > 1 and all(words.SOCIAL.fullmatch(p.strip()) for p in parts)


def mark_menus(rows: list[Row]) -> None:
    """Lines of several navigation words; above or below the text also runs of short lines, half of them navigation words; at the
    very top blocks of short lines with two of them."""
    for i, row in enumerate(rows):
        if words.TRAIL.fullmatch(row.text):
            row.label = row.label or "menu"
        if row.label or row.prose or row.wrapped or row.text[0] in "|#" or CODE.search(row.text):
            continue
        parts = [p.strip() for p in _SEPARATED.split(row.text) if p.strip()]
        if len(parts) < 2 or any(len(p.split()) > 4 for p in parts):
            continue
        known = sum(bool(words.NAVIGATION.fullmatch(p)) for p in parts)
        neighbours = [r for r in rows[max(i - 1, 0) : i + 2] if r is not row and r.block == row.block and not r.label]
        table = any(len(_SEPARATED.split(r.text)) == len(parts) for r in neighbours)
        crumbs = len(parts) >= 3 and (words.CRUMB.fullmatch(parts[0]) or row.text.count(" » ") + row.text.count(" › ") >= 2)
        enough = (
            known * 2 >= len(parts)
            if len(parts) < 5
            else all(len(p.split()) <= 2 for p in parts) and not any(c.isdigit() for c in row.text)
        )
        if crumbs or (known >= 2 and enough and not table):
            row.label = "menu"
    prose = [number for number, row in enumerate(rows) if row.prose]
    begin = 0
    while begin < len(rows):
        end = begin
        while (
            end < len(rows)
            and not rows[end].prose
            and rows[end].words <= 4
            and not ENDS.search(rows[end].text)
            and not rows[end].text.startswith(("|", "#"))
        ):
            end += 1
        run = rows[begin:end]
        known_at = [k for k, row in enumerate(run) if words.NAVIGATION.fullmatch(row.bare)]
        inside = bool(prose) and prose[0] < begin and prose[-1] >= end
        announced = begin > 0 and rows[begin - 1].text.endswith(":")
        if len(run) >= 4 and len(known_at) >= 3 and not inside and not announced:
            first, last = known_at[0], known_at[-1]
            if len(known_at) * 2 > last + 1 - first:
                for row in run[first : last + 1]:
                    row.label = row.label or "menu"
        begin = max(end, begin + 1)
    _mark_head(rows)


def _mark_head(rows: list[Row]) -> None:
    """Blocks above the title that are menus: four short lines or more, two of them known, and another block before the text."""
    first = next((i for i, row in enumerate(rows) if row.prose and not row.label), 0)
    begin = 0
    while begin < first:
        end = begin + 1
        while end < first and rows[end].block == rows[begin].block:
            end += 1
        block = rows[begin:end]
        begin = end
        short = all(row.words <= 4 and row.text[0] not in "|#" and not row.bullet and not ENDS.search(row.text) for row in block)
        known = sum(row.label in ("menu", "button") or bool(words.NAVIGATION.fullmatch(row.bare)) for row in block)
        if begin < first and len(block) >= 4 and known >= 2 and short:
            for row in block:
                row.label = row.label or "menu"

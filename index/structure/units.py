"""Provisional units (replaced by the structure room)."""

from __future__ import annotations

import re

from index.schema import Document, Unit
from index.sentences import sentence_spans

_MARKS = re.compile(r"(?:[-*•>#|]+|\d{1,2}[.)])\s+")


def units_of(document: Document) -> tuple[Unit, ...]:
    """Lines and sentences."""
    text, units = document.text, []
    path: tuple[int, ...] = ()
    for line in re.finditer(r"[^\n]+", text):
        raw = line.group()
        start, end = line.start(), line.end()
        s = start + len(raw) - len(raw.lstrip())
        if any(f.start <= s < f.end for f in document.furniture) or not any(c.isalnum() for c in raw):
            continue
        mark = _MARKS.match(text, s)
        if raw.lstrip().startswith("#") and mark:
            units.append(Unit(mark.end(), end, "heading", path))
            path = (len(units) - 1,)
            continue
        s = mark.end() if mark else s
        if " | " in raw:
            units.append(Unit(s, end, "row", path))
        elif mark:
            units.append(Unit(s, end, "item", path))
        else:
            units.extend(Unit(x.start, x.end, "sentence", path) for x in sentence_spans(text, s, end))
    return tuple(u for u in units if u.end > u.start)

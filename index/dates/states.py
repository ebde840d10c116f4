"""The date of the state that a document is in, where it gives no date of publication: `Updated 3 May 2026`, `Prices from 1 July 2026`.

Only lines above the first paragraph count, and that paragraph where it begins so; and only a date that such words stand directly
before. Dates of what is replaced, of the next revision and of expiry are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.dates.words import find_dates
from index.schema import DateSource, Published
from index.text.lines import Row

_CUES: tuple[tuple[DateSource, str], ...] = (
    (
        "updated",
        r"(?:last |page )?(?:updated|changed|modified|revised|reviewed|amended)(?: last)?|last (?:update|change|revision)|as of|as at"
        r"|version(?: of)?|edition(?: of)?|status|stand|revision|обновлен\w*|изменен\w*|수정|최종수정",
    ),
    ("valid from", r"valid (?:from|since|as of)|in force (?:from|since|as of)|effective(?: from| as of| date)?|applies from|takes effect"),
)
_BEFORE = tuple((how, re.compile(rf"(?i)(?:^|(?<=\W))(?:{words})\b(?:[^.!?;]|\.(?=\d)){{0,24}}$")) for how, words in _CUES)
_FIRST = re.compile(rf"(?i)\W{{0,3}}(?:{'|'.join(words for _, words in _CUES)})\b")
_FROM = re.compile(r"(?i)\w\W+(?:from|since|ab|с|от)\s+$")  # "Our prices from 1 January 2026", and nothing behind it
_NOT = re.compile(r"(?i)\b(?:supersede\w*|replace\w*|repeal\w*|next|expire\w*|until|till|due|instead of)\b[^.!?;]{0,60}$")
_OPENING = 160  # characters of a paragraph


def find_state(head: Sequence[Row]) -> Published | None:
    """The date of the state that the lines of a head tell; None where they tell none or several."""
    found: dict[DateSource, dict[str, Published]] = {}
    for row in head:
        if row.prose and not _FIRST.match(row.text):
            continue
        line = row.text[:_OPENING]
        for hit in find_dates(line, months=True, foreign=True):
            before = line[: hit.start]
            if _NOT.search(before):
                continue
            if not row.prose and _FROM.search(before) and not any(c.isalnum() for c in line[hit.end :]):
                found.setdefault("valid from", {})[hit.iso] = Published(hit.iso, hit.precision, "valid from")
                continue
            cues = [(match.start(), how) for how, cue in _BEFORE if (match := cue.search(before))]
            if cues:
                how = max(cues)[1]  # the words that stand nearest
                found.setdefault(how, {})[hit.iso] = Published(hit.iso, hit.precision, how)
    for how, _ in _CUES:
        if len(found.get(how, {})) == 1:
            return next(iter(found[how].values()))
    return None

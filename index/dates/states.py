"""Of when the state is that a document is in, where it gives no date of publication: `Updated 3 May 2026`, `Prices from 1 July 2026`.

Only lines above the first paragraph count, lines of that paragraph that begin so or hold a sentence that says no more, and such lines
at the end of the text; and only a date that such words stand directly before. Dates of what is replaced, of the next revision
and of expiry are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.dates.words import DateHit, find_dates
from index.schema import DateSource, Published
from index.text.lines import Row

# The first that gives one date decides: what was changed since goes before who agreed to it.
_CUES: tuple[tuple[DateSource, str], ...] = (
    (
        "updated",
        r"(?:last |page )?(?:updated|changed|modified|revised|reviewed|amended)(?: last)?|last (?:update|change|revision|review)"
        r"|as of|as at|version(?: of)?|edition(?: of)?|status|stand|revision"
        r"|(?:zuletzt )?(?:geändert|aktualisiert|überarbeitet)|fassung|обновлен\w*|изменен\w*|수정|최종수정",
    ),
    (
        "valid from",
        r"valid (?:from|since|as of)|in force (?:from|since|as of)|effective(?: from| as of| date)?|applies from|takes effect"
        r"|gültig (?:ab|seit)|in kraft (?:ab|seit)|gilt (?:ab|seit)",
    ),
    ("updated", r"approved|adopted|ratified|signed off|issued|beschlossen|genehmigt|draft|rev\.|issue\W+(?:no\W+)?\d[\d.]*"),
)
_WITHIN = r"(?: by\b[^.!?;|]{0,80}|(?:[^.!?;]|\.(?=\d)){0,24})$"  # "Approved by the board of trustees on", "Version 2.3 of"
_BEFORE = tuple(re.compile(rf"(?i)(?:^|(?<=\W))(?:{words})(?<=[\w.])(?!\w){_WITHIN}") for _, words in _CUES)
_FIRST = re.compile(rf"(?i)\W{{0,3}}(?:{'|'.join(words for _, words in _CUES)})(?!\w)")
_FROM = re.compile(r"(?i)\w\W+(?:from|since|ab|с|от)\s+$")  # "Our prices from 1 January 2026", and nothing behind it
_NOT = re.compile(
    r"(?i)\b(?:supersede\w*|replace\w*|repeal\w*|next|previous|expire\w*|until|till|due|instead of|ersetz\w*|nächste\w*|bis"
    r"|(?<!last )review(?: date)?)\b(?:[^.!?;|]|\.(?=\d)){0,60}$"
)
_ON = r"(?: (?:on|by|am|vom|the))?\W{0,3}$"
_SENTENCE = tuple(re.compile(rf"(?i)(?:^|[.!?]\W*\s)\W{{0,3}}(?:{words}){_ON}") for _, words in _CUES)
_CHANGED = re.compile(
    r"(?i)\W{0,3}(?:(?:this )?(?:page )?(?:was )?(?:last )?(?:updated|changed|modified|revised|reviewed|amended|published|posted)"
    rf"|last (?:update|change|revision|review)|(?:zuletzt )?(?:geändert|aktualisiert|überarbeitet|veröffentlicht)){_ON}"
)
_OPENING = 160  # characters of a paragraph
PARAGRAPH = 2000  # characters of a line that are read sentence by sentence: a file may be one line of a million


def opens_with_state(line: str) -> bool:
    """Whether a line begins with such words: `Version 3 of ...`, `Approved by ...`."""
    return _FIRST.match(line) is not None


def tells_change(line: str) -> bool:
    """Whether a line says no more than when its text was changed or published: `Last changed on 2 September 2026`."""
    if re.match(
        r"\W*(?:this|page|was|last|updat|chang|modif|revis|review|amend|publish|post|zuletzt|geänd|aktual|überarb|veröff)", line, re.I
    ):
        return any(_CHANGED.match(line[: hit.start]) and _closes(line, hit) for hit in find_dates(line, months=True, foreign=True))
    return False


def sentence_dates(line: str, cue: re.Pattern[str]) -> list[DateHit]:
    """Dates that end a sentence in which nothing but the cue, which ends where it matches, stands before them."""
    hits = find_dates(line[:PARAGRAPH], months=True, foreign=True)
    return [hit for hit in hits if cue.search(line[: hit.start]) and _closes(line, hit)]


def _closes(line: str, hit: DateHit) -> bool:
    return re.match(r"\s*[*_)]*(?:[.!;]|$)", line[hit.end :]) is not None


def find_state(head: Sequence[Row], below: Sequence[Row] = ()) -> Published | None:
    """The date of the state that the lines of a head tell; None where they tell none or several.

    Of the rows `below` only those count that begin with such words, or hold a sentence of such words and a date alone.
    """
    found: dict[int, dict[str, Published]] = {}
    first_only = {id(row) for row in below}
    for row in [*head, *below]:
        told_first = row.prose or id(row) in first_only
        if told_first and not _FIRST.match(row.text):
            for rank, cue in enumerate(_SENTENCE):
                for hit in sentence_dates(row.text, cue):
                    found.setdefault(rank, {})[hit.iso] = Published(hit.iso, hit.precision, _CUES[rank][0])
            continue
        line = row.text[:_OPENING]
        behind = 0  # where the date before this one ends: words before that belong to it
        for hit in find_dates(line, months=True, foreign=True):
            before, near = line[: hit.start], line[behind : hit.start]
            behind = hit.end
            if _NOT.search(before):
                continue
            if not told_first and _FROM.search(before) and not any(c.isalnum() for c in line[hit.end :]):
                found.setdefault(1, {})[hit.iso] = Published(hit.iso, hit.precision, "valid from")
                continue
            cues = [(match.start(), rank) for rank, cue in enumerate(_BEFORE) if (match := cue.search(near))]
            if cues:
                rank = max(cues)[1]  # the words that stand nearest
                found.setdefault(rank, {})[hit.iso] = Published(hit.iso, hit.precision, _CUES[rank][0])
    for rank in range(len(_CUES)):
        if len(found.get(rank, {})) == 1:
            return next(iter(found[rank].values()))
    return None

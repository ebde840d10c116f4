"""When a document was published, and how that is known; null rather than a guess.

In a document of dated entries (`index.dates.entries`) that of the newest, where no later one stands above them. Else the places looked at,
in this order: a dateline that opens the text (`BAKU, June 4, 2023 -`), short lines above the first
paragraph (by-lines, `Posted 24 June 2024`, `Meeting of 3 May 2026`), a date that stands alone at the end, a line that says
`Published ...`, the file name; where there is none, the date of the document's state (`index.dates.states`), or a month in one
of the first lines (`Harbour news, May 2026`). Dates in menus, headline lists, comments,
cookie lines and copyright lines never count, nor do joining dates. Dates inside sentences are events, not publication dates:
see `index.dates.events`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import PurePosixPath

from index.dates.contracts import agreed_on, closes_contract
from index.dates.entries import find_entries
from index.dates.events import EventDate, find_event_dates, resolve_event_date
from index.dates.states import find_state, sentence_dates
from index.dates.words import DateHit, find_dates, valid
from index.schema import DateSource, Published, Span
from index.text.lines import ENDS, Row, label_rows, read_rows

__all__ = ["EventDate", "file_name_date", "find_event_dates", "find_published", "parse_stamp", "resolve_event_date"]

_FIRST_LINES = 4  # non-blank lines in which a month can be the document's
HEAD_LINES = 14  # non-blank lines that may stand above the first paragraph
TAIL_LINES = 4
_SHORT = 50  # characters of a line at the end that says no more than when the text was changed
# Furniture in which a publication date may still stand.
DATED_FURNITURE = {"by-line", "forum chrome", "running header", "page header"}

_OTHER_DATE = re.compile(
    r"(?i)(?:updated?|modified|revised|revision|edited|joined|member since|registered|expires?|valid until|accessed"
    r"|geändert|aktualisiert|überarbeitet|gültig"
    r"|retrieved|copyright|©|\(c\)|born"
    r"|обновлен\w*|изменен\w*|수정|최종수정)\W*(?:on|at|am|:)?\W*$"
)
_CUE = re.compile(
    r"(?i)\b(?:published|posted|publication date|issued|released?|written|started by|date|created|filed"
    r"|first published|veröffentlicht|erschienen|опубликован\w*|дата публикации"
    r"|дата|입력|등록|게시|작성|기사입력|승인)\b[^.!?]{0,60}$"
)
_STRONG_CUE = re.compile(
    r"(?i)^\W*(?:published|posted|first published|publication date|date published|date|veröffentlicht|datum"
    r"|опубликован\w*|дата публикации|입력|등록|기사입력)\b"
)
_WEEKDAY = r"понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"
_WEEKDAY += r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|[월화수목금토일]요일"
_AROUND = re.compile(
    rf"(?i)(?:\b(?:{_WEEKDAY})\b|\b(?:at\s+)?\d{{1,2}}[:.]\d\d(?::\d\d)?\s*(?:am|pm|a\.m\.|p\.m\.)?|\b(?:gmt|utc|edt"
    rf"|est|kst|msk|г|года)\b|[+-]\d\d:?\d\d)"
)
# "Tuesday 6 October 2026, 14:00, seminar room 2", "6 October 2026 at 14:00": a date and a time open the line.
_WHEN = re.compile(rf"(?i)\W{{0,3}}(?:(?:{_WEEKDAY})\.?,?\s+)?$")
_TIME = re.compile(r"(?i),?\s+(?:at\s+|um\s+)?\d{1,2}[:.]\d\d(?!\d)")
# "Minutes of the meeting held on 6 October 2026", "Meeting of 6 October 2026": what such a paper is called after.
_HELD = re.compile(
    r"(?i)^\W*(?:(?:draft|confirmed|agreed)\s+)?(?:minutes|notes?|record|agenda|meeting|session|protokoll|протокол)\b[^.!?;:]{0,100}$"
)
# A date that a line gives of something else: "Next meeting: ...", "Review date: ...", "Supersedes the list of ...".
_ELSE = re.compile(
    r"(?i)(?:\b(?:next|last|previous|following|supersede\w*|replace\w*|closing|due|expiry|deadline|birth)\b[^.!?;|,]{0,40}"
    r"|(?:^|[.!?;|,]\s*|\b(?:for|of)\s+)(?:review|end|start)(?:\s+(?:date|due|by|on))?\W*)$"
)
_PREPOSITION = re.compile(r"(?i)\b(?:on|of|since|from|until|till|by|before|after|for|in|between|and|to|ab|seit|bis|vom|zum|от|до|с|на)\s*$")
# "Post 14, permanent. Published 3 November 2026.": a sentence that says no more.
_PUBLISHED = re.compile(r"(?i)(?:^|[.!?]\W*\s)\W{0,3}(?:(?:first )?published|posted|veröffentlicht)(?: (?:on|am))?\W{0,3}$")
_PLACE = re.compile(r"^[\W_]*(?:[A-ZÀ-ÞА-ЯЁ가-힣][\w.'’-]*\W+){1,4}$")
_BREAKS = r"[-–—.:(/|•,]"
# Words before a date in a file name that make it no date of the file.
_NAME_ELSE = re.compile(
    r"(?i)\b(?:until|till|to|by|before|after|since|from|expires?|due|deadline|end(?:ed|ing)?|next|supersede[sd]?|replace[sd]?)\W*$"
)


def parse_stamp(value: str, how: DateSource) -> Published | None:
    """A date from a field that holds nothing else (a meta tag, a front-matter line, a table column); None when it is no date."""
    value = value.strip()
    if re.fullmatch(r"(?:19|20)\d\d", value):
        return Published(f"{value}-01-01", "year", how)
    month = re.fullmatch(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", value)
    if month:
        return Published(f"{value}-01", "month", how)
    compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", value)
    if compact:
        day = valid(int(compact[1]), int(compact[2]), int(compact[3]))
        return Published(day.isoformat(), "day", how) if day else None
    hits = find_dates(value[:100], months=True, foreign=True)
    return Published(hits[0].iso, hits[0].precision, how) if hits else None


def find_published(
    text: str, *, boilerplate: Sequence[Span] = (), source: str = "", rows: Sequence[Row] | None = None, blocks: tuple[Span, ...] = ()
) -> Published:
    """The publication date that the text or the file name states, with precision and how it is known; all None when neither does.

    `boilerplate` are the marked spans of `text`: dates inside them do not count, save by-lines and forum headers. `rows` are the
    labelled lines of `text` when at hand, `blocks` what the format marked.
    """
    rows = label_rows(read_rows(text), boilerplate) if rows is None else rows
    entries = find_entries(text, source, blocks)
    if entries:  # as new as its newest entry, or as it says above them
        newest = max(entries, key=lambda entry: entry.iso)
        above = _head([row for row in rows if row.end <= entries[0].start])
        told = _byline(above) or _stated(above, above) or find_state(above) or Published()
        return told if (told.date or "") >= newest.iso else Published(newest.iso, newest.precision, "text")
    head = _head(rows)
    found = _dateline(head) or _byline(head) or _end_of_text(rows) or _stated(rows, head)
    return found or file_name_date(source) or _state(head, rows) or _month(head) or Published()


def _head(rows: Sequence[Row]) -> list[Row]:
    """Rows above the first paragraph, and the first row of that paragraph; none of them in boilerplate without a date."""
    head: list[Row] = []
    for row in rows:
        if row.label is None or row.label in DATED_FURNITURE:
            head.append(row)
            if len(head) == HEAD_LINES or (row.prose and row.label is None):
                break
    return head


def _state(head: Sequence[Row], rows: Sequence[Row]) -> Published | None:
    """The date of the document's state: from its head and the paragraph that this ends in, else from its last lines."""
    whole = [row for row, after in zip_longest(rows, rows[1:]) if not row.wrapped and not (after and after.wrapped)]
    whole = [row for row in whole if row.label in (None, *DATED_FURNITURE)]
    opening = head[-1] if head and head[-1].prose else None
    rest = [row for row in whole if opening and row.block == opening.block and row.start > opening.start][:HEAD_LINES]
    tail = [row for row in whole[-TAIL_LINES:] if not row.prose and len(row.text) <= _SHORT]
    return find_state(head, rest) or find_state((), tail)


def _month(head: Sequence[Row]) -> Published | None:
    """A month in the first lines, when it is the only one there: `Harbour news, May 2026`, `Issued by the office, June 2025`."""
    found: dict[str, DateHit] = {}
    for row in head[:_FIRST_LINES]:
        if row.prose or row.bullet or row.wrapped or len(row.text) > 200:
            continue
        for hit in find_dates(row.text, months=True):
            before = row.text[: hit.start]
            if hit.precision == "month" and not _ELSE.search(before) and not _OTHER_DATE.search(before):
                apart = _stands_apart(row.text, hit, marks=r"[-–—(/|•,]") or row.text[hit.end :].lstrip().startswith("(")
                if _CUE.search(before) or apart:
                    found[hit.iso] = hit
    return Published(next(iter(found)), "month", "byline") if len(found) == 1 else None


def _dateline(head: Sequence[Row]) -> Published | None:
    """`CITY, June 4, 2023 (Agency) -` or `date 2023-06-04 CITY, ...` at the start of the first paragraph."""
    for row in head:
        hit = dateline_in(row.text) if row.prose else None
        if hit is not None:
            return Published(hit.iso, hit.precision, "dateline")
    return None


def dateline_in(paragraph: str) -> DateHit | None:
    """The date of the dateline that a paragraph opens with, None without one."""
    for hit in find_dates(paragraph[:140])[:1]:
        before, after = paragraph[: hit.start], paragraph[hit.end :]
        opens = not before.strip(" *_([") or _PLACE.match(before) or re.fullmatch(r"(?i)\W*date\W*", before)
        if opens and not _OTHER_DATE.search(before) and re.match(r"\s*[-–—.:(/|)]|\s+[A-ZА-ЯЁ가-힣\"“«]", after):
            return hit
    return None


def _byline(head: Sequence[Row]) -> Published | None:
    lines = [row for row in head if not row.wrapped or _signed(row)]
    times = {hit.value for row in lines if not row.prose and (hit := _when(row.text))}  # several: a programme, not a meeting
    for row in lines:
        hit = _when(row.text) if len(times) == 1 and not row.prose else None
        if hit is None and len(row.text) <= 200 and (not row.prose or row.label is not None):
            hit = published_in(row.text)
        if hit is not None:
            return Published(hit.iso, hit.precision, "byline")
    return None


def _signed(row: Row) -> bool:
    """`A. Berg, 9 June 2026`: a name and a date, which a short line below a long title seems to continue."""
    hits = find_dates(row.text, foreign=True)
    return len(hits) == 1 and hits[0].end == len(row.text) and bool(_PLACE.match(row.text[: hits[0].start]))


def _when(line: str) -> DateHit | None:
    """The date of a meeting: with its time, or after `Minutes of`."""
    hits = find_dates(line, foreign=True)
    if not hits or len({hit.value for hit in hits}) > 1:
        return None
    before, after = line[: hits[0].start], line[hits[0].end :]
    if (_WHEN.match(before) and _TIME.match(after)) or (_HELD.match(before) and not _ELSE.search(before)):
        return hits[0]
    return None


def published_beside(byline: str) -> Published | None:
    """The publication date in lines that were found beside a text; None when there is none."""
    for line in byline.splitlines():
        hit = published_in(line)
        if hit is not None:
            return Published(hit.iso, hit.precision, "byline")
    return None


def published_in(line: str) -> DateHit | None:
    """The publication date in a short line above or beside an article; None when the line has none or several without a cue."""
    hits = [h for h in find_dates(line, foreign=True) if not _OTHER_DATE.search(line[: h.start]) and not _ELSE.search(line[: h.start])]
    cued = [h for h in hits if _CUE.search(line[: h.start])]
    if cued:
        return cued[0]
    hits = [h for h in hits if _stands_apart(line, h)]
    return hits[0] if len({h.value for h in hits}) == 1 else None


def _stands_apart(line: str, hit: DateHit, marks: str = _BREAKS) -> bool:
    """The date is not the object of a preposition and is parted from the words around it by punctuation (or a gap, as in columns)."""
    before, after = line[: hit.start].rstrip(), _AROUND.sub("", line[hit.end :]).strip(" ,")
    if _PREPOSITION.search(_AROUND.sub("", before).rstrip(" ,")):
        return False
    gap = re.search(r"(?:\s{2,}|\t)$", line[: hit.start]) is not None
    left = not before.strip(" *_([") or gap or bool(re.search(rf"{marks}\s*$", before)) or bool(_AROUND.search(before[-12:]))
    apart = re.match(r"(?: {4,}|\t)", line[hit.end :]) is not None
    right = apart or not after.strip(" .*_)]") or bool(re.match(r"(?i)[-–—.:)/|•·]|(?:last )?(?:updated|modified|edited)\b", after))
    return left and right


def _alone(line: str) -> DateHit | None:
    """The date of a line that holds next to nothing else (a weekday, a time, `Published`, a place)."""
    hits = find_dates(line, foreign=True) if len(line) <= 80 else []
    if len(hits) != 1 or _OTHER_DATE.search(line[: hits[0].start]):
        return None
    if closes_contract(line, hits[0]):
        return hits[0]
    rest = _STRONG_CUE.sub("", _AROUND.sub("", line[: hits[0].start] + " " + line[hits[0].end :]))
    words = re.findall(r"\w+", rest)
    return hits[0] if len(words) <= 2 and all(w[:1].isupper() or w.lower() in {"on", "at", "am", "den"} for w in words) else None


def _end_of_text(rows: Sequence[Row]) -> Published | None:
    """A date standing alone in the last lines, when it is the only one there (a list of dated headlines has several)."""
    hits: list[DateHit] = []
    seen = 0
    for i in range(len(rows) - 1, -1, -1):
        if rows[i].label is not None:
            continue
        told = find_state((), [rows[i]])  # "Effective 1 July 2026" is no day of publication
        hit = None if _continues(rows, i) or (told and told.how == "valid from") else _alone(rows[i].text)
        hits += [hit] if hit else []
        seen += 1
        if seen == TAIL_LINES:
            break
    if len({h.value for h in hits}) != 1:
        return None
    return Published(hits[0].iso, hits[0].precision, "end of text")


def _continues(rows: Sequence[Row], i: int) -> bool:
    """The line belongs to the sentence above it: `They met on`, `June 12, 2024`."""
    if i == 0 or rows[i - 1].block != rows[i].block or rows[i - 1].label:
        return False
    return rows[i].wrapped or (rows[i - 1].words > 6 and not ENDS.search(rows[i - 1].text[-8:]))


def _stated(rows: Sequence[Row], head: Sequence[Row]) -> Published | None:
    """A short line anywhere that begins with `Published`, `Posted` or the like, a sentence of the opening paragraph that says no more, and
    the day on which a contract was signed, where it opens with its parties; when all of these agree."""
    opening = head[-1].text if head and head[-1].prose else ""
    values = {hit.iso: hit for hit in [*sentence_dates(opening, _PUBLISHED), *agreed_on(opening)]}
    for row in rows:
        if row.wrapped or len(row.text) > 120 or (row.label and row.label not in DATED_FURNITURE) or not _STRONG_CUE.match(row.text):
            continue
        hit = published_in(row.text)
        if hit is not None:
            values[hit.iso] = hit
    if len(values) != 1:
        return None
    hit = next(iter(values.values()))
    return Published(hit.iso, hit.precision, "text")


def file_name_date(source: str) -> Published | None:
    """`2024-06-12-visit.txt`, `visit_20240612.txt`, `2024-06 report.pdf`, `minutes 12 June 2024.docx`; None for a name with several
    dates and for a year alone, which may be the subject."""
    stem = PurePosixPath(source.split("#")[-1]).stem
    match = re.search(r"(?<![0-9A-Za-z])((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-3]\d)(?![0-9A-Za-z])", stem)
    if match:
        day = valid(int(match[1]), int(match[2]), int(match[3]))
        return Published(day.isoformat(), "day", "file name") if day else None
    month = re.search(r"(?<![0-9A-Za-z])((?:19|20)\d\d)[-_.](0[1-9]|1[0-2])(?![0-9A-Za-z]|[-_.]\d)", stem)
    if month:
        return Published(f"{month[1]}-{month[2]}-01", "month", "file name")
    spaced, slashed = re.sub(r"[-_]+", " ", stem), stem.replace("_", " ").replace("-", "/")
    for name in (spaced, slashed):
        hits = find_dates(name, months=True)
        if len(hits) == 1 and not _NAME_ELSE.search(name[: hits[0].start]):
            return Published(hits[0].iso, hits[0].precision, "file name")
    return None

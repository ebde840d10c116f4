"""When a document was published, and how that is known; null rather than a guess.

Places looked at, in this order: a dateline that opens the text (`BAKU, June 4, 2023 -`), short lines above the first
paragraph (by-lines, `Posted 24 June 2024`), a date that stands alone at the end, a line that says `Published ...`, the file
name; where there is none, the date of the document's state (`index.dates.states`). Dates in menus, headline lists, comments,
cookie lines and copyright lines never count, nor do joining dates. Dates inside sentences are events, not publication dates:
see `index.dates.events`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from index.dates.events import EventDate, find_event_dates, resolve_event_date
from index.dates.states import find_state
from index.dates.words import DateHit, find_dates, valid
from index.schema import DateSource, Published, Span
from index.text.lines import ENDS, Row, label_rows, read_rows

__all__ = ["EventDate", "file_name_date", "find_event_dates", "find_published", "parse_stamp", "resolve_event_date"]

HEAD_LINES = 14  # non-blank lines that may stand above the first paragraph
TAIL_LINES = 4
# Furniture in which a publication date may still stand.
DATED_FURNITURE = {"by-line", "forum chrome", "running header", "page header"}

_OTHER_DATE = re.compile(
    r"(?i)(?:updated?|modified|revised|revision|edited|joined|member since|registered|expires?|valid until|accessed"
    r"|retrieved|copyright|©|\(c\)|born"
    r"|обновлен\w*|изменен\w*|수정|최종수정)\W*(?:on|at|:)?\W*$"
)
_CUE = re.compile(
    r"(?i)\b(?:published|posted|publication date|issued|released?|written|started by|date|created|filed"
    r"|first published|опубликован\w*|дата публикации"
    r"|дата|입력|등록|게시|작성|기사입력|승인)\b[^.!?]{0,60}$"
)
_STRONG_CUE = re.compile(
    r"(?i)^\W*(?:published|posted|first published|publication date|date published|date|опубликован\w*|дата публикации|입력|등록|기사입력)\b"
)
_WEEKDAY = r"понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"
_WEEKDAY += r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|[월화수목금토일]요일"
_AROUND = re.compile(
    rf"(?i)(?:\b(?:{_WEEKDAY})\b|\b(?:at\s+)?\d{{1,2}}[:.]\d\d(?::\d\d)?\s*(?:am|pm|a\.m\.|p\.m\.)?|\b(?:gmt|utc|edt"
    rf"|est|kst|msk|г|года)\b|[+-]\d\d:?\d\d)"
)
# "Tuesday 6 October 2026, 14:00, seminar room 2": a day of the week, a date and a time open the line.
_WHEN = re.compile(rf"(?i)\W{{0,3}}(?:{_WEEKDAY})\.?,?\s+[^,;]{{5,30}},?\s+(?:at\s+|um\s+)?\d{{1,2}}[:.]\d\d(?!\d)")
_PREPOSITION = re.compile(r"(?i)\b(?:on|of|since|from|until|till|by|before|after|for|in|between|and|to|от|до|с|на)\s*$")
_PLACE = re.compile(r"^[\W_]*(?:[A-ZÀ-ÞА-ЯЁ가-힣][\w.'’-]*\W+){1,4}$")
_BREAK = re.compile(r"[-–—.:(/|•,]\s*$")


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


def find_published(text: str, *, boilerplate: Sequence[Span] = (), source: str = "", rows: Sequence[Row] | None = None) -> Published:
    """The publication date that the text or the file name states, with precision and how it is known; all None when neither does.

    `boilerplate` are the marked spans of `text`: dates inside them do not count, save by-lines and forum headers. `rows` are the
    labelled lines of `text` when at hand.
    """
    rows = label_rows(read_rows(text), boilerplate) if rows is None else rows
    head = _head(rows)
    found = _dateline(head) or _byline(head) or _end_of_text(rows) or _stated(rows)
    return found or file_name_date(source) or find_state(head) or Published()


def _head(rows: Sequence[Row]) -> list[Row]:
    """Rows above the first paragraph, and the first row of that paragraph; none of them in boilerplate without a date."""
    head: list[Row] = []
    for row in rows:
        if row.label is None or row.label in DATED_FURNITURE:
            head.append(row)
            if len(head) == HEAD_LINES or (row.prose and row.label is None):
                break
    return head


def _dateline(head: Sequence[Row]) -> Published | None:
    """`CITY, June 4, 2023 (Agency) -` or `date 2023-06-04 CITY, ...` at the start of the first paragraph."""
    for row in head:
        if not row.prose:
            continue
        for hit in find_dates(row.text[:140])[:1]:
            before, after = row.text[: hit.start], row.text[hit.end :]
            opens = not before.strip(" *_([") or _PLACE.match(before) or re.fullmatch(r"(?i)\W*date\W*", before)
            if opens and not _OTHER_DATE.search(before) and re.match(r"\s*[-–—.:(/|)]|\s+[A-ZА-ЯЁ가-힣\"“«]", after):
                return Published(hit.iso, hit.precision, "dateline")
    return None


def _byline(head: Sequence[Row]) -> Published | None:
    for row in head:
        if not row.prose and not row.wrapped and (opening := _WHEN.match(row.text)) and (hits := find_dates(opening[0], foreign=True)):
            return Published(hits[0].iso, hits[0].precision, "byline")
        if len(row.text) <= 200 and not row.wrapped and (not row.prose or row.label is not None):
            hit = published_in(row.text)
            if hit is not None:
                return Published(hit.iso, hit.precision, "byline")
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
    hits = [h for h in find_dates(line, foreign=True) if not _OTHER_DATE.search(line[: h.start])]
    cued = [h for h in hits if _CUE.search(line[: h.start])]
    if cued:
        return cued[0]
    hits = [h for h in hits if _stands_apart(line, h)]
    return hits[0] if len({h.value for h in hits}) == 1 else None


def _stands_apart(line: str, hit: DateHit) -> bool:
    """The date is not the object of a preposition and is parted from the words around it by punctuation."""
    before, after = line[: hit.start].rstrip(), _AROUND.sub("", line[hit.end :]).strip(" ,")
    if _PREPOSITION.search(_AROUND.sub("", before).rstrip(" ,")):
        return False
    left = not before.strip(" *_([") or bool(_BREAK.search(before)) or bool(_AROUND.search(before[-12:]))
    right = not after.strip(" .*_)]") or bool(re.match(r"(?i)[-–—.:)/|•·]|(?:last )?(?:updated|modified|edited)\b", after))
    return left and right


def _alone(line: str) -> DateHit | None:
    """The date of a line that holds next to nothing else (a weekday, a time, `Published`, a place)."""
    hits = find_dates(line, foreign=True)
    if len(line) > 80 or len(hits) != 1 or _OTHER_DATE.search(line[: hits[0].start]):
        return None
    rest = _STRONG_CUE.sub("", _AROUND.sub("", line[: hits[0].start] + " " + line[hits[0].end :]))
    words = re.findall(r"\w+", rest)
    return hits[0] if len(words) <= 2 and all(w[:1].isupper() or w.lower() in {"on", "at"} for w in words) else None


def _end_of_text(rows: Sequence[Row]) -> Published | None:
    """A date standing alone in the last lines, when it is the only one there (a list of dated headlines has several)."""
    hits: list[DateHit] = []
    seen = 0
    for i in range(len(rows) - 1, -1, -1):
        if rows[i].label is not None:
            continue
        hit = None if _continues(rows, i) else _alone(rows[i].text)
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


def _stated(rows: Sequence[Row]) -> Published | None:
    """A short line anywhere that begins with `Published`, `Posted` or the like, when all such lines agree."""
    values: dict[str, DateHit] = {}
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
    """`2024-06-12-visit.txt`, `visit_20240612.txt`, `2024-06 report.pdf`; a year alone may be the subject, not the date."""
    stem = PurePosixPath(source.split("#")[-1]).stem
    match = re.search(r"(?<![0-9A-Za-z])((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-3]\d)(?![0-9A-Za-z])", stem)
    if match:
        day = valid(int(match[1]), int(match[2]), int(match[3]))
        return Published(day.isoformat(), "day", "file name") if day else None
    month = re.search(r"(?<![0-9A-Za-z])((?:19|20)\d\d)[-_.](0[1-9]|1[0-2])(?![0-9A-Za-z]|[-_.]\d)", stem)
    return Published(f"{month[1]}-{month[2]}-01", "month", "file name") if month else None

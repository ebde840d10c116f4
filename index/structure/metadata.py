"""Title, author and publisher as a plain text states them; None where it does not.

Looks at the lines above the first paragraph, at `X reports` in the first paragraphs, and at copyright and `more from X`
lines. Names are recognised by capitals and by words such as Times, Herald or Institute, so a paper called `Steppe` is
known only from its copyright line; a line in capitals that opens a text is a masthead where a line below says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.dates.states import opens_with_state
from index.dates.words import find_dates
from index.schema import Span
from index.structure import boilerplate_words as words
from index.text.lines import COLUMNS, ENDS, Row, label_rows, read_rows

HEAD_LINES = 14

_PAPER = re.compile(
    r"(?i)\b(?:times|daily|post|news|newspaper|herald|gazette|review|journal|courier|ledger|weekly|agency|tribune|observer|chronicle|today|press"
    r"|institute|bulletin|monitor|standard|guardian|independent|telegraph|magazine|letter|insider|dispatch|examiner|inquirer|ministry|bank"
    r"|foundation|university|council|association|network|media|radio|reuters|interfax|bloomberg|kazinform|yonhap|xinhua|advisory|centre|center"
    r"|газета|известия|новости|агентство|вестник|институт|министерство)\b|일보|신문|뉴스|통신"
)
_WIRE = re.compile(r"\b(?:Newsw|W)ire$")  # in a dated line: elsewhere it may be one of copper
# "Press release", "Media statement": what a text is, not who publishes it.
_KIND = re.compile(r"(?i)(?:press|news|media)\s(?:release|statement|notice|information|conference|briefing|enquiries|contact)s?\b")
_REPORTS = re.compile(
    r"(?:,|according to|\.)\s(?:the\s)?(?P<name>(?:press service of (?:the )?)?[A-Z][\w&.'’-]*"
    r"(?:\s(?:of|the|and|for|&|[A-Z][\w&.'’-]*)){0,7})\s"
    r"(?:reports|informs|writes|learned|reported)(?=[.,]|\swith\b|\sciting\b)"
    r"|,\s(?:the\s)(?P<service>press service of [\w\s’']{3,60}?)\s(?:reports|reported|informs)(?=[.,])"
)
_AGENCY = re.compile(r"^[A-Z][A-Za-z ,.]{2,40}[^()]{0,30}\((?P<name>[A-Z][\w ]{1,24})\)\s*[-–—]")
_MORE_FROM = re.compile(r"(?i:more (?:articles|stories|posts|news) from\s?)(?P<name>[A-Z].{2,50})$")
_COPYRIGHT = re.compile(
    r"(?i)^(?:©|\(c\)|copyright|\s)+\s*(?:\d{4}(?:\s*[-–]\s*\d{4})?)?,?\s*"
    r"(?P<name>[A-Z][\w&.'’ -]{2,40}?)(?:[.,|]|\s\d{4}|\sall rights|$)"
)
_BY = re.compile(
    r"(?:^|\b[Cc]olumn |^[Ss]tory |\. )(?:[Bb]y|BY|Text:|Authors?:|Автор:|Текст:|[Ww]ritten by)\s+"
    r"(?P<name>[A-ZА-ЯЁ][\w'’-]*\.?(?:\s(?:de|van|von|bin|al|[A-ZА-ЯЁ]\.|[A-ZА-ЯЁ][\w'’-]+)){1,3})"
)
_ITEM = re.compile(r"[•▪◦‣·●○■□►▶➤→–-]\s")  # of a list, or the row of a table
_VIEWS = re.compile(r"^(?P<name>[A-Z][\w'’-]+(?: [A-Z][\w.'’-]*){1,2})\s+(?:[\d,. ]+\s?[Vv]iews?|Views)\b")
_STARTED = re.compile(r"(?i)started by (?P<name>.{1,60}?)(?:, \w{3,9} \d|\.?$)")
_EDGES = " *_-–—,()|/.:"
_OF = re.compile(r"(?i)\b(?:of|from|on|for|since|held)\s+(?:\w+day,?\s+)?$")
_WEEKDAY = re.compile(r"(?i)\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\W*$")
# "there: Ann, Bo, Cy", "Owner: Ann  Deputy: Bo": who and what, not a title; but "UPDATE: Bo, aged ten, sails" is one.
_KICKER = r"[^\Wa-zа-яё][^\Wa-zа-яё]+(?: [^\Wa-zа-яё]+)*: [^a-zа-яё,][^,:]*, [a-zа-яё](?=[^:]*(?<=\w)(?: [\w’'-]+){3})"
_LABELS = re.compile(
    rf"(?!title: |{_KICKER})(?:[^\W\d_A-ZА-ЯЁ][\w ]{{0,24}}: \S|[\w ]{{2,30}}: [^:]+\b\w+: \S|[\w ]{{2,30}}: (?:[^,]+, ){{2}})"
)
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]\s")
_VALUED = re.compile(r"[^\W\d_][\w ]{1,24}: \S")
_REPORTER = re.compile(r"(?P<name>[가-힣]{2,4})\s?기자")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a text says of itself."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None


def find_heading(text: str, boilerplate: Sequence[Span] = (), rows: Sequence[Row] | None = None) -> Heading:
    """Title, author and publisher of a plain text whose boilerplate is marked; `rows` are its labelled lines when at hand."""
    rows = label_rows(read_rows(text), boilerplate) if rows is None else rows
    first_prose = next((i for i, row in enumerate(rows) if row.prose and not row.label), len(rows))
    head = rows[: min(first_prose, HEAD_LINES)]
    title, masthead = _title(_above_tables(head), rows, has_text=first_prose < len(rows))
    publisher = (
        masthead or _publisher_of_lines(head) or _attributed(rows[first_prose : first_prose + 2]) or _publisher_below(text, boilerplate)
    )
    return Heading(title=title, author=_author(head, text, boilerplate), publisher=publisher)


def _above_tables(head: Sequence[Row]) -> Sequence[Row]:
    """The lines above the first table set in columns: what stands in one, or between two, is no title."""
    for n in range(len(head) - 2):
        three = head[n : n + 3]
        if three[0].block == three[2].block and all(COLUMNS.search(row.text) for row in three):
            return head[:n]
    return head


def _title(head: Sequence[Row], rows: Sequence[Row], *, has_text: bool) -> tuple[str | None, str | None]:
    """The first headline-like line above the text, and the name of the paper when one stands above the headline; `rows` are all lines."""
    marked = next((row for row in head if row.text.startswith("# ") and not row.label), None)
    if marked is not None:
        return _plain(marked), None
    below_menu = max((i for i, row in enumerate(head) if row.label == "menu"), default=-1) + 1
    lines = [row for row in head if row.label in (None, "page head") and _may_be_title(row)]
    lines = [row for row in lines if not _is_one_of_several(row, rows)]
    undated = [row for row in lines if not find_dates(_column(row), foreign=True)]
    masthead = None
    dated = _told_below(undated[0], head) if undated else None
    if undated and _is_masthead(undated[0], head) and (len(undated) > 1 or undated[0].words <= 3 or dated):
        masthead = _name(_column(undated[0]))
        if dated:
            return _plain(dated), masthead
        undated = undated[1:]
    elif told := _below_capitals(head):
        return told
    undated = [row for row in undated if row in head[below_menu:]] or undated
    undated = [row for row in undated if _spoken(row.text) > 2] or undated  # a word or two are a section of the paper
    if undated:
        return (_plain(undated[0]), masthead) if has_text or masthead or undated[0].start < 200 else (None, masthead)
    return _dated_title(lines), masthead


def _told_below(masthead: Row, head: Sequence[Row]) -> Row | None:
    """The line that a block of two closes with, below a name, where it says of which day what it is: `Minutes of 3 May 2026`."""
    block = [row for row in head if row.block == masthead.block]
    hits = find_dates(block[1].text, foreign=True) if len(block) == 2 and block[0] is masthead else []
    return block[1] if hits and _OF.search(block[1].text[: hits[0].start]) and _says_what(block[1]) else None


def _is_one_of_several(row: Row, rows: Sequence[Row]) -> bool:
    """Whether a line is one of several numbered sections, or of several names with values: it is no title then."""
    number = _NUMBER.match(row.text)
    if number:
        return any((found := _NUMBER.match(other.text)) and abs(int(found[1]) - int(number[1])) == 1 for other in rows)
    n = rows.index(row)
    beside = [other for other in rows[max(n - 1, 0) : n + 2] if other is not row and other.block == row.block]
    return _VALUED.match(row.text) is not None and any(_VALUED.match(other.text) for other in beside)


def _below_capitals(head: Sequence[Row]) -> tuple[str, str | None] | None:
    """`HARBOUR TRUST`, `PILOTS` and below them `Minutes of 3 May 2026`: "PILOTS: Minutes of 3 May 2026", published by Harbour Trust.

    The lines in capitals open the text, and one line that is none, or is called after a day, closes their block: it says what the paper is.
    """
    opening = [row for row in head if row.block == head[0].block and any(c.isalnum() for c in row.text)]
    capitals = [row for row in opening[:-1] if row.text.isupper() and row.label in (None, "page head")]
    if not capitals or len(capitals) != len(opening) - 1 or any(len(row.text.split()) < 2 for row in capitals):
        return None
    told = opening[-1]
    hits = find_dates(told.text, foreign=True) if told.text.isupper() else []
    named = bool(hits and _OF.search(told.text[: hits[0].start]))  # "MINUTES OF THE MEETING OF 3 MAY 2026"
    if (told.text.isupper() and not named) or told.label or not _says_what(told) or any(row.wrapped for row in capitals):
        return None
    name = _name(capitals[0].bare) if len(capitals) > 1 else None
    return f"{_plain(capitals[-1])}: {_plain(told)}", name


def _says_what(row: Row) -> bool:
    """A line that can follow a colon in a title: no by-line, no remark in brackets, no date alone, no `name: value`."""
    if not _may_be_title(row) or row.text[0] in "([-*" or opens_with_state(row.text) or _BY.search(row.text) or ": " in row.text:
        return False
    hits = find_dates(row.text, months=True, foreign=True)
    rest = row.text[: hits[0].start] + row.text[hits[0].end :] if hits else row.text
    return _spoken(rest) > 2 or bool(hits and _OF.search(row.text[: hits[0].start]))


def _spoken(text: str) -> int:
    """How many of its words have letters or digits: not "&"."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def _column(row: Row) -> str:
    """A line up to the gap that sets a date or a page apart."""
    gap = COLUMNS.search(row.text)
    return row.text[: gap.start() + 1] if gap else row.text


def _may_be_title(row: Row) -> bool:
    if row.prose or row.words > 30 or len(row.text) < 4 or words.EMAIL.search(row.text) or "://" in row.text:
        return False
    if _ITEM.match(row.text) or _LABELS.match(row.text):
        return False
    if row.bullet and not re.match(r"\(?\d+[.)]\s+[^\W\d_a-zа-яё]", row.text):  # "1. Introduction" may be one, a list item not
        return False
    return not (ENDS.search(row.text) and not row.text.rstrip('*_"”’»').endswith(("?", "!", "…"))) and any(c.isalpha() for c in row.text)


def _is_masthead(row: Row, head: Sequence[Row]) -> bool:
    """A short line that names a paper: by its words, or because a menu follows it."""
    if len(_column(row).split()) > 5:
        return False
    below = head[head.index(row) + 1 : head.index(row) + 2]
    return bool(_is_paper(row.bare) and len(_column(row).split()) <= 4) or any(r.label == "menu" for r in below) or " / " in row.text


def _is_paper(name: str) -> bool:
    """Whether a name has a word that papers, agencies and offices are called by, and is not that of a kind of text."""
    return bool(_PAPER.search(name)) and not _KIND.match(name)


def _name(line: str) -> str:
    """`WORKS GAZETTE` and `Altyn Daily / Protocol desk` as names."""
    name = re.split(r"\s[/|–—-]\s", line)[0].strip()
    return name.title() if name.isupper() and len(name) > 5 else name


def _plain(row: Row) -> str:
    return _plain_text(_column(row))


def _plain_text(text: str) -> str:
    return re.sub(r"(?i)^(?:thread|topic|title|subject|тема):\s+", "", " ".join(text.strip("#*_ \t").split()))


def _dated_title(lines: Sequence[Row]) -> str | None:
    """`The Power Letter, No. 26 (25 June 2024)` when there is no other line: what stands before the date, or the line without it."""
    for row in lines[:1]:
        hits = find_dates(row.text, foreign=True)
        if not hits:
            return None
        before = _WEEKDAY.sub("", row.text[: hits[0].start]).strip(_EDGES)
        rest = (row.text[: hits[0].start] + row.text[hits[0].end :]).strip(_EDGES)
        if len(before.split()) >= 2 and not _OF.search(row.text[: hits[0].start]):
            return _plain_text(before)
        if len(rest.split()) >= 3:
            return _plain_text(row.text if _OF.search(row.text[: hits[0].start]) else rest)
    return None


def _publisher_of_lines(head: Sequence[Row]) -> str | None:
    """The part of a dated line that names a paper: `Zhetysu Review, June 19, 2024`."""
    for row in head:
        if row.label in ("menu", "headline list", "forum chrome") or not find_dates(row.text, foreign=True):
            continue
        for part in re.split(r"[,.|·/()*_]+\s*|\s[-–—]\s", row.text):
            part = part.strip()
            if (
                1 < len(part.split()) <= 5
                and (_is_paper(part) or _WIRE.search(part))
                and not find_dates(part)
                and part[:1].isupper()
                and "by " not in part.lower()
            ):
                return _name(part)
    return None


def _attributed(rows: Sequence[Row]) -> str | None:
    """`..., Trend reports.` or `(Reuters) -` in the first paragraphs; a person's `reported` is not a publisher."""
    for row in rows:
        agency = _AGENCY.match(row.text[:120])
        if agency:
            return agency["name"].strip()
        for match in _REPORTS.finditer(row.text):
            name = match["service"] or match["name"]
            if match["service"] or name.startswith("press service") or match.group().endswith("reports") or _is_paper(name):
                return name
    return None


def _publisher_below(text: str, boilerplate: Sequence[Span]) -> str | None:
    """`View more articles from X` and copyright lines."""
    for span in boilerplate:
        if span.label not in ("button", "copyright line", "headline list", "author box"):
            continue
        for line in text[span.start : span.end].splitlines():
            match = _MORE_FROM.search(line.strip()) or (_COPYRIGHT.match(line.strip()) if span.label == "copyright line" else None)
            if match and not match["name"].lower().startswith(("this", "all rights", "our")):
                return match["name"].strip(" .")
    return None


def byline_parts(byline: str) -> Heading:
    """Author and publisher named in a by-line that was found apart from the text (in markup)."""
    rows = read_rows(byline)
    return Heading(None, _author(rows, "", ()), _publisher_of_lines(rows))


def _author(head: Sequence[Row], text: str, boilerplate: Sequence[Span]) -> str | None:
    for row in head:
        for pattern in (_BY, _VIEWS, _REPORTER) if row.label in (None, "by-line") else (_STARTED,) if row.label == "forum chrome" else ():
            match = pattern.search(row.text.strip("*_ "))
            if match and not (pattern is _REPORTER and row.words > 6):
                return match["name"].strip(" .,")
    for span in boilerplate:
        if span.label == "author box":
            for line in text[span.start : span.end].splitlines():
                match = words.BIO_VERB.match(line.strip())
                if match:
                    return re.split(r",? (?:is|was|has|covers|writes|reports|works|lives|joined|edits|MA|PhD|MBA|BA)\b", match.group())[
                        0
                    ].strip(" ,")
    return None

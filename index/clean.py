"""Page furniture in scraped text: menus, headline lists, share and cookie lines, counters, forum chrome, author boxes.

Spans are marked with the reason, nothing is cut. The text is seen as lines; a line is marked when it is short, stands by
itself and says what it is (`furniture_words`), or when it belongs to a list under a heading such as `Popular now`. Losing a
true sentence is worse than keeping a menu line, so a running sentence is never marked for its looks, only inside an author
box or a cookie notice; a line that continues a wrapped paragraph never; tables and bullet lists without such a heading
never. Knows nothing of HTML: there the article is found by trafilatura and what is left passes through here as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index import furniture_words as words
from index.lines import ENDS, SENTENCE_INSIDE, Row, read_rows
from index.schema import Span

_NUMBER = re.compile(r"^(?:[•▪◦‣·●*-]\s*)?\d{1,2}[.)]?$")
_SEPARATED = re.compile(r"\s*[|·•»]\s*|\s+/\s+|\s{2,}|\t+")
_SENTENCE_END = re.compile(r"[^\W\d_]{3,}[\"”’»)]*\.[\"”’»)]*$")
_CODE = re.compile(r"[=(){};<>`\\]|://")
_DATE_ALONE = re.compile(r"(?i)(?:\w{3,9}\.? \d{1,2},? \d{4}|\d{1,2} \w{3,9} \d{4}|\d+ (?:hours?|days?|minutes?|weeks?) ago|\d{1,2}:\d\d)")

MAX_ITEM_WORDS = 30  # a headline with its teaser; longer lines are prose


def find_furniture(text: str) -> tuple[Span, ...]:
    """The furniture of `text` as spans of whole lines (without their line ends), in order, never overlapping.

    Neighbouring lines with the same reason share a span; blank lines between them are included.
    """
    return spans_of(mark(read_rows(text)))


def mark(rows: list[Row]) -> list[Row]:
    """Give the furniture among all the rows of a text its labels; returns the same rows."""
    if rows:
        _single_lines(rows)
        _headline_lists(rows)
        _tag_lists(rows)
        _ranked_lists(rows)
        _menus(rows)
        _forum(rows)
        _cookie_notices(rows)
        _author_boxes(rows)
        _repeats(rows)
        _reader_comments(rows)
        _neighbours(rows)
        _page_ends(rows)
    return rows


def merge(known: Sequence[Span], found: Sequence[Span]) -> tuple[Span, ...]:
    """Spans that a format stated and spans found in its text, in order; where they overlap the stated one stays."""
    kept = [span for span in found if not any(span.start < other.end and other.start < span.end for other in known)]
    return tuple(sorted([*known, *kept], key=lambda span: span.start))


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


def _single_lines(rows: list[Row]) -> None:
    """Short lines that say themselves what they are; single words count only beside other furniture, above or below the text."""
    weak: list[int] = []
    for i, row in enumerate(rows):
        row.wrapped = row.wrapped and not rows[i - 1].label  # nothing continues a line of furniture
        if i < 3 and row.words <= 24 and words.INVITATION.fullmatch(row.bare):
            row.label = "subscription line"
        if row.label or row.wrapped or row.words > 30 or row.text[0] in "|#":
            continue
        label = _single_label(row)
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
            rows[i].label = _single_label(rows[i])


def _single_label(row: Row) -> str | None:
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


def _headline_lists(rows: list[Row]) -> None:
    """A heading such as `Popular now` and the headlines below it, up to the next paragraph."""
    i = 0
    while i < len(rows):
        row = rows[i]
        bare = row.bare
        if row.prose or row.wrapped or row.words > 9 or (row.label and row.label != "button") or not words.HEADING.fullmatch(bare):
            i += 1
            continue
        end = _list_end(rows, i + 1)
        items = [r for r in rows[i + 1 : end] if not r.label]
        at_tail = not any(r.prose for r in rows[end:])
        weak = bool(words.WEAK_HEADING.fullmatch(bare))
        if (len(items) >= 2 or (at_tail and not weak)) and (not weak or (len(items) >= 3 and _after_prose(rows, i) and at_tail)):
            for inside in rows[i:end]:
                inside.label = inside.label or "headline list"
            i = end
        else:
            i += 1


def _after_prose(rows: list[Row], i: int) -> bool:
    return any(r.prose and not r.label for r in rows[:i])


def _list_end(rows: list[Row], begin: int) -> int:
    """Index after the last headline of a list that begins at `begin`; the title of a following article is left out."""
    end = begin
    while end < len(rows):
        row = rows[end]
        if row.text.startswith(("|", "#")) and not words.HEADING.fullmatch(row.bare):
            break
        if row.prose and not (row.bullet and row.words <= MAX_ITEM_WORDS and not SENTENCE_INSIDE.search(row.text)):
            break
        if not row.bullet and row.words >= 5 and _SENTENCE_END.search(row.text):
            return end  # headlines end without a full stop
        end += 1
    if end < len(rows) and rows[end].prose and rows[end - 1].block != rows[begin - 1].block:
        # Unbulleted lines right above a paragraph are that article's title and by-line.
        block = rows[end - 1].block if end > begin and rows[end - 1].words > 2 else -1
        while end > begin and not rows[end - 1].bullet and not rows[end - 1].label and rows[end - 1].block == block:
            end -= 1
    return end


def _tag_lists(rows: list[Row]) -> None:
    """`Tags` and the words below it in the same block, three at most in a line, below the text."""
    last = max((i for i, row in enumerate(rows) if row.prose), default=len(rows))
    for i, row in enumerate(rows):
        if i < last or row.label or not words.TAG_HEADING.fullmatch(row.bare):
            continue
        below = [r for r in rows[i + 1 :] if r.block == row.block]
        if below and all(r.words <= 3 and not r.prose and not ENDS.search(r.text) for r in below):
            for inside in [row, *below]:
                inside.label = inside.label or "tags"


def _ranked_lists(rows: list[Row]) -> None:
    """`• 1`, headline, `CATEGORY`, `• 2`, ...: numbers on lines of their own, three at least."""
    numbers = [i for i, row in enumerate(rows) if _NUMBER.match(row.text) and row.bullet and not row.label]
    runs: list[list[int]] = []
    for i in numbers:
        between = rows[runs[-1][-1] + 1 : i] if runs else []
        if runs and 0 < len(between) <= 4 and not any(r.prose for r in between):
            runs[-1].append(i)
        else:
            runs.append([i])
    for run in runs:
        if len(run) < 3:
            continue
        usual = run[1] - run[0]
        for row in rows[run[0] : min(run[-1] + usual, len(rows))]:
            if not row.prose:
                row.label = row.label or "headline list"


def _menus(rows: list[Row]) -> None:
    """Lines of several navigation words; above or below the text also runs of short lines, half of them navigation words."""
    for i, row in enumerate(rows):
        if row.label or row.prose or row.wrapped or row.text[0] in "|#" or _CODE.search(row.text):
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
        inside = any(row.prose for row in rows[:begin]) and any(row.prose for row in rows[end:])
        announced = begin > 0 and rows[begin - 1].text.endswith(":")
        if len(run) >= 4 and len(known_at) >= 3 and not inside and not announced:
            first, last = known_at[0], known_at[-1]
            if len(known_at) * 2 > last + 1 - first:
                for row in run[first : last + 1]:
                    row.label = row.label or "menu"
        begin = max(end, begin + 1)


def _forum(rows: list[Row]) -> None:
    """User names, ranks and joining dates around posts, on a page with at least two signs of a forum."""
    signs = [i for i, row in enumerate(rows) if row.label == "forum chrome"]
    if len(signs) < 2:
        return
    names: set[str] = set()
    for row in rows:
        started = re.search(r"(?i)started by (.{1,60}?)(?:, \w{3,9} \d|\.?$)", row.text)
        if started and row.label:
            names.add(started[1].strip().casefold())
    for i, row in enumerate(rows[:-1]):
        # A short line followed by itself with a rank ("anna", "anna Senior Member") is a user name.
        rest = rows[i + 1].text[len(row.bare) :].strip()
        same = rows[i + 1].text.startswith(row.bare) and words.RANK.fullmatch(rest)
        if row.words <= 3 and not row.prose and (same or words.RANK.fullmatch(rows[i + 1].bare)):
            names.add(row.bare.casefold())
    for i, row in enumerate(rows):
        if row.prose or row.label or row.words > 7:
            continue
        bare = row.bare.casefold()
        rank = next((bare[len(n) :].strip(" ,") for n in names if bare.startswith(n)), None)
        beside = any(r.label == "forum chrome" for r in rows[max(i - 2, 0) : i + 3])
        if (
            rank == ""
            or words.RANK.fullmatch(rank or "")
            or (beside and (words.RANK.fullmatch(row.bare) or words.PROFILE.fullmatch(row.bare)))
        ):
            row.label = "forum chrome"
    for i, row in enumerate(rows):
        near = {r.label for r in rows[max(i - 1, 0) : i]} | {r.label for r in rows[i + 1 : i + 2]}
        if not row.label and near == {"forum chrome"} and (_DATE_ALONE.fullmatch(row.text) or row.text.replace(",", "").isdigit()):
            row.label = "forum chrome"


def _cookie_notices(rows: list[Row]) -> None:
    """A line that speaks of the site's cookies to the reader, the rest of its block (five lines at most) and its buttons."""
    for i, row in enumerate(rows):
        if row.label == "cookie notice" or row.words > 60 or not words.COOKIE.search(row.text):
            continue
        block = [r for r in rows if r.block == row.block]
        for member in block if len(block) <= 5 and sum(r.words for r in block) <= 100 else [row]:
            if member is row or words.COOKIE.search(member.text) or words.COOKIE_BUTTON.fullmatch(member.text) or member.wrapped:
                member.label = "cookie notice"
        for after in rows[i + 1 : i + 3]:
            if words.COOKIE_BUTTON.fullmatch(after.text):
                after.label = "cookie notice"


def _author_boxes(rows: list[Row]) -> None:
    """Biographies below the article, and the name and address of the author."""
    last = max((i for i, row in enumerate(rows) if row.prose and not row.label and not _biography(row)), default=-1)
    for i, row in enumerate(rows):
        if row.label or i == 0:
            continue
        if words.AUTHOR_HEADING.fullmatch(row.bare) and i + 1 < len(rows) and (i > last or _biography(rows[i + 1])):
            row.label = "author box"
            if rows[i + 1].prose or i + 1 > last:
                rows[i + 1].label = rows[i + 1].label or "author box"
        elif i > last and _biography(row):
            beside = [rows[i - 1], *rows[i + 1 : i + 2]]
            if any((r.label or not r.prose) and r.words <= 8 and not r.text.startswith("#") for r in beside):
                row.label = "author box"
        elif i > last and words.EMAIL.fullmatch(row.text) and row.block > rows[last].block:
            row.label = "author box"
            before = rows[i - 1]
            if i - 1 > last and not before.label and _is_name(before.text):
                before.label = "author box"


def _biography(row: Row) -> bool:
    return row.prose and bool(words.BIO_VERB.match(row.text)) and bool(words.BIO_WORD.search(row.text))


def _is_name(line: str) -> bool:
    parts = line.split()
    return (
        1 < len(parts) <= 4
        and all(p[:1].isupper() or p in {"de", "van", "von", "bin", "al"} for p in parts)
        and not any(c.isdigit() for c in line)
    )


def _repeats(rows: list[Row]) -> None:
    """Lines below the text that occur again beside other furniture or beside their own copy: the same block printed twice."""
    counts = Counter(row.text for row in rows if not row.prose and not row.wrapped)
    last = max((i for i, row in enumerate(rows) if row.prose and not row.label), default=len(rows))
    for i, row in enumerate(rows[last + 1 :], start=last + 1):
        if row.label or row.wrapped or counts[row.text] < 2 or row.words < 2 or ENDS.search(row.text) or _CODE.search(row.text):
            continue
        beside = rows[i - 1 : i] + rows[i + 1 : i + 2]
        if row.text[:1].isupper() and not any(c.isdigit() for c in row.text) and any(r.label or r.text == row.text for r in beside):
            row.label = "repeated block"


def _reader_comments(rows: list[Row]) -> None:
    """`name: text` lines below a comment counter, to the end of the page."""
    counter = max(
        (i for i, row in enumerate(rows) if row.label in ("comment count", "share line") and "omment" in row.text), default=len(rows)
    )
    for row in rows[counter + 1 :]:
        if not row.label and words.READER_COMMENT.match(row.text):
            row.label = "reader comment"
        elif not row.label:
            return


def _neighbours(rows: list[Row]) -> None:
    """Numbers and single words caught between two lines of furniture."""
    for i, row in enumerate(rows):
        if row.label or row.prose or row.wrapped or row.words > 2:
            continue
        before = rows[i - 1].label if i else None
        after = rows[i + 1].label if i + 1 < len(rows) else None
        if before == after == "comment count" or (row.text.replace(",", "").isdigit() and "comment count" in (before, after)):
            row.label = "comment count"
        elif row.text.isdigit() and (after in ("button", "share line") or before in ("button", "share line")):
            row.label = "button"
        elif before is not None and before == after and before in ("headline list", "share line", "cookie notice"):
            row.label = before


def _page_ends(rows: list[Row]) -> None:
    """Short lines above a menu at the top, and short lines below the text once the foot of a page has begun.

    The foot begins at the first marked line below the last paragraph, when two lines there are marked or more; lines that a
    colon announces, tables and closed sentences in it are kept.
    """
    first = next((i for i, row in enumerate(rows) if row.prose and not row.label), len(rows))
    menu = max((i for i, row in enumerate(rows[:first]) if row.label == "menu"), default=-1)
    for row in rows[: max(menu, 0)]:
        if row.label is None and row.words <= 3 and row.text[0] not in "|#" and not ENDS.search(row.text):
            row.label = "page head"
    last = max((i for i, row in enumerate(rows) if row.prose and not row.label), default=len(rows))
    marked = [i for i in range(last + 1, len(rows)) if rows[i].label not in (None, "by-line", "photo credit", "front matter")]
    if len(marked) < 2:
        return
    begin = next(
        i for i in range(last + 1, len(rows)) if rows[i].label or (rows[i].words == 1 and not rows[i].bullet and _single_label(rows[i]))
    )
    announced = False
    for i in range(begin, len(rows)):
        row = rows[i]
        announced = row.label is None and ((row.text.endswith(":") and row.words > 1) or (announced and rows[i - 1].block >= row.block - 1))
        sentence = row.words >= 5 and _SENTENCE_END.search(row.text)
        if (
            row.label is None
            and not announced
            and not sentence
            and row.words <= 12
            and row.text[0] not in "|#"
            and not _only_date(row.text)
        ):
            row.label = "page foot"


def _only_date(line: str) -> bool:
    return _DATE_ALONE.fullmatch(line) is not None


def spans_of(rows: Sequence[Row]) -> tuple[Span, ...]:
    """Spans of the labelled rows; neighbours with the same label share one."""
    spans: list[Span] = []
    before: Row | None = None
    for row in rows:
        if row.label:
            if before is not None and before.label == row.label:
                spans[-1] = Span(spans[-1].start, row.end, row.label)
            else:
                spans.append(Span(row.start, row.end, row.label))
        before = row
    return tuple(spans)

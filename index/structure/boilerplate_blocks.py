"""Furniture of several lines: headline lists, tag lists, forum chrome, cookie notices, author boxes, reader comments.

Works on labelled rows, in place. Each kind begins with a line that is recognised (a heading such as `Popular now`, a
counter, a biography) and ends before the next paragraph. Knows nothing of single lines: see `index.structure.boilerplate_lines`.
"""

from __future__ import annotations

import re

from index.structure import boilerplate_words as words
from index.text.lines import ENDS, SENTENCE_INSIDE, Row

_NUMBER = re.compile(r"^(?:[•▪◦‣·●*-]\s*)?\d{1,2}[.)]?$")


SENTENCE_END = re.compile(r"[^\W\d_]{3,}[\"”’»)]*\.[\"”’»)]*$")


DATE_ALONE = re.compile(r"(?i)(?:\w{3,9}\.? \d{1,2},? \d{4}|\d{1,2} \w{3,9} \d{4}|\d+ (?:hours?|days?|minutes?|weeks?) ago|\d{1,2}:\d\d)")


MAX_ITEM_WORDS = 30  # a headline with its teaser; longer lines are prose


def mark_headline_lists(rows: list[Row]) -> None:
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
        if not row.bullet and row.words >= 5 and SENTENCE_END.search(row.text):
            return end  # headlines end without a full stop
        end += 1
    if end < len(rows) and rows[end].prose and rows[end - 1].block != rows[begin - 1].block:
        # Unbulleted lines right above a paragraph are that article's title and by-line.
        block = rows[end - 1].block if end > begin and rows[end - 1].words > 2 else -1
        while end > begin and not rows[end - 1].bullet and not rows[end - 1].label and rows[end - 1].block == block:
            end -= 1
    return end


def mark_tag_lists(rows: list[Row]) -> None:
    """`Tags` and the words below it in the same block, three at most in a line, below the text."""
    last = max((i for i, row in enumerate(rows) if row.prose), default=len(rows))
    for i, row in enumerate(rows):
        if i < last or row.label or not words.TAG_HEADING.fullmatch(row.bare):
            continue
        below = [r for r in rows[i + 1 :] if r.block == row.block]
        if below and all(r.words <= 3 and not r.prose and not ENDS.search(r.text) for r in below):
            for inside in [row, *below]:
                inside.label = inside.label or "tags"


def mark_ranked_lists(rows: list[Row]) -> None:
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


def mark_forum(rows: list[Row]) -> None:
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
        if not row.label and near == {"forum chrome"} and (DATE_ALONE.fullmatch(row.text) or row.text.replace(",", "").isdigit()):
            row.label = "forum chrome"


def mark_cookie_notices(rows: list[Row]) -> None:
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


def mark_author_boxes(rows: list[Row]) -> None:
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


def mark_reader_comments(rows: list[Row]) -> None:
    """`name: text` lines below a comment counter, to the end of the page."""
    counter = max(
        (i for i, row in enumerate(rows) if row.label in ("comment count", "share line") and "omment" in row.text), default=len(rows)
    )
    for row in rows[counter + 1 :]:
        if not row.label and words.READER_COMMENT.match(row.text):
            row.label = "reader comment"
        elif not row.label:
            return

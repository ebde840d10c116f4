"""Page boilerplate in scraped text: menus, headline lists, share and cookie lines, counters, forum chrome, author boxes.

Spans are marked with the reason, nothing is cut. The text is seen as lines; a line is marked when it is short, stands by
itself and says what it is (`boilerplate_words`), or when it belongs to a list under a heading such as `Popular now`. Losing a
true sentence is worse than keeping a menu line, so a running sentence is never marked for its looks, only inside an author
box or a cookie notice; a line that continues a wrapped paragraph never; tables and bullet lists without such a heading
never. Knows nothing of HTML: there the article is found by trafilatura and what is left passes through here as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from index.schema import Span
from index.structure.boilerplate_blocks import (
    DATE_ALONE,
    SENTENCE_END,
    mark_author_boxes,
    mark_cookie_notices,
    mark_forum,
    mark_headline_lists,
    mark_ranked_lists,
    mark_reader_comments,
    mark_tag_lists,
)
from index.structure.boilerplate_lines import CODE, mark_menus, mark_single_lines, single_label
from index.text.lines import ENDS, Row, read_rows


def find_boilerplate(text: str) -> tuple[Span, ...]:
    """The boilerplate of `text` as spans of whole lines (without their line ends), in order, never overlapping.

    Neighbouring lines with the same reason share a span; blank lines between them are included.
    """
    return spans_of(mark(read_rows(text)))


def mark(rows: list[Row]) -> list[Row]:
    """Give the boilerplate among all the rows of a text its labels; returns the same rows."""
    if rows:
        mark_single_lines(rows)
        mark_headline_lists(rows)
        mark_tag_lists(rows)
        mark_ranked_lists(rows)
        mark_menus(rows)
        mark_forum(rows)
        mark_cookie_notices(rows)
        mark_author_boxes(rows)
        _repeats(rows)
        mark_reader_comments(rows)
        _neighbours(rows)
        _page_ends(rows)
    return rows


def merge(known: Sequence[Span], found: Sequence[Span]) -> tuple[Span, ...]:
    """Spans that a format stated and spans found in its text, in order; where they overlap the stated one stays."""
    kept = [span for span in found if not any(span.start < other.end and other.start < span.end for other in known)]
    return tuple(sorted([*known, *kept], key=lambda span: span.start))


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


def _repeats(rows: list[Row]) -> None:
    """Lines below the text that occur again beside other boilerplate or beside their own copy: the same block printed twice."""
    counts = Counter(row.text for row in rows if not row.prose and not row.wrapped)
    last = max((i for i, row in enumerate(rows) if row.prose and not row.label), default=len(rows))
    for i, row in enumerate(rows[last + 1 :], start=last + 1):
        if row.label or row.wrapped or counts[row.text] < 2 or row.words < 2 or ENDS.search(row.text) or CODE.search(row.text):
            continue
        beside = rows[i - 1 : i] + rows[i + 1 : i + 2]
        if row.text[:1].isupper() and not any(c.isdigit() for c in row.text) and any(r.label or r.text == row.text for r in beside):
            row.label = "repeated block"


def _neighbours(rows: list[Row]) -> None:
    """Numbers and single words caught between two lines of boilerplate."""
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
        i for i in range(last + 1, len(rows)) if rows[i].label or (rows[i].words == 1 and not rows[i].bullet and single_label(rows[i]))
    )
    announced = False
    for i in range(begin, len(rows)):
        row = rows[i]
        announced = row.label is None and ((row.text.endswith(":") and row.words > 1) or (announced and rows[i - 1].block >= row.block - 1))
        sentence = row.words >= 5 and SENTENCE_END.search(row.text)
        if (
            row.label is None
            and not announced
            and not sentence
            and row.words <= 12
            and row.text[0] not in "|#"
            and not DATE_ALONE.fullmatch(row.text)
        ):
            row.label = "page foot"

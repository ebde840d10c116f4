"""A quote where it stands: its paragraph, its document's title, publisher, date, and how that date is known.

Works on stored documents only; knows nothing of questions, screens or HTTP.
"""

from __future__ import annotations

import re
from urllib.parse import quote as url_quote

from pydantic import BaseModel, ConfigDict

from index.errors import UsageError
from index.schema import Document
from index.screen.dates import date_known, date_text
from qa.cite import page_of, place_of

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_MAX_SIDE = 600  # characters of context either side: a paragraph of news is below 600, a PDF without blank lines is one paragraph

_MIN_SIDE = 120


class PassageView(BaseModel):
    """A quote with what stands around it; `before + quote + after` is verbatim text of the document."""

    model_config = ConfigDict(frozen=True)

    source: str
    title: str | None
    author: str | None
    publisher: str | None
    published: str | None
    date_known: str
    page: int | None
    place: str | None
    start: int
    end: int
    before: str
    quote: str
    after: str
    link: str


def passage_view(document: Document, start: int, end: int) -> PassageView:
    """The characters `start:end` of `document` inside their paragraph.

    Raises `UsageError` when the range does not lie inside the text.
    """
    length = len(document.text)
    if not 0 <= start < end <= length:
        raise UsageError(
            f"a range must lie inside the {length} characters of {document.source}, got {start}-{end}. Ask for a range within it."
        )
    left, right = paragraph(document.text, start, end)
    return PassageView(
        source=document.source,
        title=document.title,
        author=document.author,
        publisher=document.publisher,
        published=date_text(document.published),
        date_known=date_known(document.published),
        page=page_of(document, start),
        place=place_of(document, start),
        start=start,
        end=end,
        before=document.text[left:start],
        quote=document.text[start:end],
        after=document.text[end:right],
        link=document_link(document.source, start, end),
    )


def paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the paragraph (between blank lines) around `start:end`, at most 600 characters either side.

    A neighbouring paragraph joins where the quote alone would leave less than 120 characters on a side.
    """
    floor, ceiling = max(0, start - _MAX_SIDE), min(len(text), end + _MAX_SIDE)
    before = [match.end() for match in _PARAGRAPH.finditer(text, floor, start)]
    after = [match.start() for match in _PARAGRAPH.finditer(text, end, ceiling)]
    left = next((edge for edge in reversed(before) if start - edge >= _MIN_SIDE or edge == before[0]), floor) if before else floor
    right = next((edge for edge in after if edge - end >= _MIN_SIDE or edge == after[-1]), ceiling) if after else ceiling
    while left < start and text[left].isspace():
        left += 1
    while right > end and text[right - 1].isspace():
        right -= 1
    return left, right


def document_link(source: str, start: int | None = None, end: int | None = None) -> str:
    """The address of the stored document in the web page, at a spot when one is given."""
    spot = f"#c{start}-{end}" if start is not None and end is not None else ""
    return f"/document?source={url_quote(source, safe='')}{spot}"

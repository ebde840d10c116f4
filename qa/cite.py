"""Numbering footnotes and keeping the contract's promises about them.

Invariants (contract 4.1), checked whenever an answer is built: every [n] in the text exists, every quote is verbatim at
its offsets, no claim is without a citation, an abstained answer has no claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Protocol

from index.errors import FootnoteError
from index.schema import Document
from index.text.names import readable_name
from qa.schema import Answer, Citation, Evidence, Highlight

MARKER = re.compile(r"\[(\d+)\]")
VERBATIM_SCORE = 0.99  # of a statement that is its quote word for word
LESS_SURE = "Less sure: "  # before a statement that may be beside the point
_RECORD = re.compile(r"#row-(\d+)$")
_PLACES = {"pptx": "slide", "odp": "slide", "xlsx": "sheet", "ods": "sheet", "subtitles": "at"}


class Footnotes:
    """Citations in the order of first use; the same span gets the same number."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, int, int], int] = {}

    def number(self, evidence: Evidence) -> int:
        """The footnote number of a span, new or known."""
        key = (evidence.source, evidence.start, evidence.end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(
                Citation(
                    n=self._numbers[key],
                    source=evidence.source,
                    title=evidence.title,
                    heading=list(evidence.heading) or None,
                    published=evidence.published,
                    page=evidence.page,
                    place=evidence.place,
                    start=evidence.start,
                    end=evidence.end,
                    quote=evidence.quote,
                    highlight=Highlight(start=evidence.highlight[0], end=evidence.highlight[1]) if evidence.highlight else None,
                )
            )
        return self._numbers[key]


class Named(Protocol):
    """What has a title, or only a file."""

    @property
    def title(self) -> str | None:
        """The title that its document states."""

    @property
    def source(self) -> str:
        """The document's name in the index."""


def shown_title(cited: Named) -> str:
    """What a screen calls a document: its title, else what its file's name says."""
    return cited.title or readable_name(cited.source)


def marked(text: str, numbers: Iterable[int]) -> str:
    """A statement with its markers behind it: "Text. [1][2]"."""
    return text + " " + "".join(f"[{n}]" for n in numbers)


def unmarked(text: str) -> str:
    """Text from a document or a question with nothing in it that reads like a footnote marker: "[3]" becomes "(3)"."""
    return MARKER.sub(r"(\1)", text)


def check(answer: Answer, text_of: Callable[[str], str]) -> Answer:
    """The answer itself when it keeps every promise; raises `FootnoteError` naming the broken one."""
    known = {c.n for c in answer.citations}
    broken = [n for n in map(int, MARKER.findall(answer.answer)) if n not in known]
    if broken:
        raise FootnoteError(f"an answer may only point to its own footnotes, [{broken[0]}] does not exist. Please report this question.")
    verbatim(answer.citations, text_of)
    if any(not claim.citations or not set(claim.citations) <= known for claim in answer.claims):
        raise FootnoteError("a statement without a footnote was about to be shown. Please report this question.")
    if answer.abstained and (answer.claims or answer.citations):
        raise FootnoteError("a refusal must state nothing. Please report this question.")
    return answer


def verbatim(citations: Iterable[Citation], text_of: Callable[[str], str]) -> None:
    """Raise `FootnoteError` when a quote is not what stands at its place."""
    for c in citations:
        if text_of(c.source)[c.start : c.end] != c.quote:
            raise FootnoteError(f"a footnote must be verbatim, [{c.n}] in {c.source} is not. Run 'footnote index' again.")
        if c.highlight is not None and not c.start <= c.highlight.start < c.highlight.end <= c.end:
            raise FootnoteError(f"a highlight must lie in its quote, that of [{c.n}] does not. Please report this question.")


def page_of(document: Document, position: int) -> int | None:
    """The page (or slide) number at a character position, None for documents without numbered pages."""
    label = _label(document, position)
    # A sheet may be called "2023", which is no page.
    return int(label) if label and label.isdecimal() and _PLACES.get(document.format) != "sheet" else None


def place_of(document: Document, position: int) -> str | None:
    """Where in its file a character position is: "p. 3", "slide 2", "sheet Trade", "chapter 4", "row 7"; None for one piece."""
    record = _RECORD.search(document.source)
    if record:
        return f"row {record[1]}"
    label = _label(document, position)
    if not label:
        return None
    if document.format in _PLACES:
        return f"{_PLACES[document.format]} {label}"
    return f"p. {label}" if label.isdecimal() else label


def _label(document: Document, position: int) -> str | None:
    return next((span.label for span in document.pages if span.start <= position < span.end), None)

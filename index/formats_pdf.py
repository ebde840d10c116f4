"""PDF to text with page numbers, by pypdfium2 (PDFium): wrapped lines are joined into paragraphs.

Paragraph breaks come from the geometry of the lines (a wider gap, or a short line that ends a sentence). Lines that
repeat at the top or bottom of most pages stay on the first page, marked as furniture, and are dropped from the others so
that a sentence can run over a page break. Knows nothing of scanned pages: without a text layer there is no text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from index.errors import LoadError
from index.extract import Extract
from index.schema import Span

_ENDS = re.compile(r"[.!?…。:;][\"”’»)\]]*$")
_DIGITS = re.compile(r"\d+")
_BULLET = re.compile(r"^(?:[•▪◦‣·*\-–—]|\d{1,2}[.)])\s")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: text and box in points (y grows upwards)."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


def read_pdf(data: bytes, source: str) -> list[Extract]:
    """One document with a page span per page. Raises `LoadError` for a password, a broken file or no text layer."""
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise LoadError(f"{source}: a PDF must open without a password, this one asks for one. Save it without protection.") from error
        raise LoadError(f"{source}: must be a readable PDF, found a broken one ({error}). Repair or re-export it.") from error
    try:
        pages = [_page_lines(pdf, number, source) for number in range(len(pdf))]
        meta = pdf.get_metadata_dict()
    finally:
        pdf.close()
    text, spans, furniture = _assemble(pages)
    if not text.strip():
        raise LoadError(
            f"{source}: a PDF must have a text layer, this one has none ({len(pages)} pages). Run text recognition (OCR) on it first."
        )
    title = " ".join((meta.get("Title") or "").split())
    author = " ".join((meta.get("Author") or "").split())
    return [
        Extract(
            text=text,
            format="pdf",
            identity=data,
            title=title if _is_title(title) else None,
            author=author if author and author.lower() not in {"anonymous", "unknown", "user", "admin"} else None,
            pages=tuple(spans),
            furniture=tuple(furniture),
        )
    ]


def _is_title(title: str) -> bool:
    """Producers write file names and placeholders into the title field."""
    return len(title) > 3 and not re.search(
        r"(?i)^(untitled|microsoft word|document\d*$|anonymous)|\.(docx?|pdf|indd|tex|pptx?|xlsx?)$", title
    )


def _page_lines(pdf: Any, number: int, source: str) -> list[Line]:
    import pypdfium2 as pdfium

    try:
        page = pdf[number]
        textpage = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise LoadError(
            f"{source}: page {number + 1} must be readable, found it broken ({error}). Repair or re-export the file."
        ) from error
    try:
        return _lines_of(textpage)
    finally:
        textpage.close()
        page.close()


def _lines_of(textpage: Any) -> list[Line]:
    """Lines with boxes. Indices of PDFium count UTF-16 units, Python's count code points: both are kept in step."""
    text = textpage.get_text_range()
    lines: list[Line] = []
    unit = 0
    for raw in text.split("\n"):
        units = len(raw.encode("utf-16-le")) // 2
        shown = raw.replace("\x02", "-").replace("￾", "-").rstrip("\r").strip()
        if shown:
            lead = len(raw) - len(raw.lstrip())
            first = _box(textpage, unit + lead)
            last = _box(textpage, unit + len(raw.rstrip().encode("utf-16-le")) // 2 - 1)
            lines.append(Line(shown, first[0], max(last[2], first[2]), max(first[3], last[3]), min(first[1], last[1])))
        unit += units + 1
    return lines


def _box(textpage: Any, index: int) -> tuple[float, float, float, float]:
    """left, bottom, right, top of a character; zeros when PDFium has none for it."""
    import pypdfium2 as pdfium

    try:
        left, bottom, right, top = textpage.get_charbox(max(index, 0), loose=True)
    except (pdfium.PdfiumError, ValueError):
        return (0.0, 0.0, 0.0, 0.0)
    return (left, bottom, right, top)


def _assemble(pages: list[list[Line]]) -> tuple[str, list[Span], list[Span]]:
    """Text of all pages, page spans, and furniture spans (running headers and footers)."""
    running = _running_lines(pages)
    parts: list[str] = []
    spans: list[Span] = []
    furniture: list[Span] = []
    seen: set[str] = set()
    length = 0
    for number, lines in enumerate(pages, start=1):
        kept = []
        for i, line in enumerate(lines):
            key = _running_key(line.text)
            at_edge = i < 2 or i >= len(lines) - 2
            if at_edge and key in running:
                if key in seen:
                    continue
                seen.add(key)
            kept.append(line)
        page_text = ""
        for piece, line in _joined(kept):
            page_text += piece
            if _running_key(line.text) in running and line.text in piece:
                end = length + len(page_text)
                furniture.append(Span(end - len(line.text), end, "running header"))
        if page_text and parts:
            gap = "\n" if not _ENDS.search(parts[-1].rstrip()) and page_text[:1].islower() else "\n\n"
            parts.append(gap)
            furniture = [Span(s.start + len(gap), s.end + len(gap), s.label) if s.start >= length else s for s in furniture]
            length += len(gap)
        spans.append(Span(length, length + len(page_text), str(number)))
        parts.append(page_text)
        length += len(page_text)
    return "".join(parts), spans, furniture


def _running_key(text: str) -> str:
    return _DIGITS.sub("#", text).casefold()


def _running_lines(pages: list[list[Line]]) -> set[str]:
    """Keys of lines that stand at the edge of more than half of the pages (three at least), numbers apart."""
    counts: Counter[str] = Counter()
    for lines in pages:
        edge = {_running_key(line.text) for line in [*lines[:2], *lines[-2:]]}
        counts.update(edge)
    return {key for key, count in counts.items() if count >= 3 and count > len(pages) / 2 and len(key) < 120}


def _joined(lines: list[Line]) -> list[tuple[str, Line]]:
    """Pieces of a page's text, one a line: each begins with what joins it to the line before."""
    pieces: list[tuple[str, Line]] = []
    widest = max((line.right for line in lines), default=0.0)
    gaps = sorted(a.bottom - b.top for a, b in pairwise(lines) if a.bottom - b.top > -50)
    usual = gaps[len(gaps) // 2] if gaps else 0.0
    for i, line in enumerate(lines):
        if i == 0:
            pieces.append((line.text, line))
            continue
        before = lines[i - 1]
        height = max(before.top - before.bottom, 1.0)
        gap = before.bottom - line.top
        short = before.right < widest - 0.15 * max(widest - before.left, 1.0)
        other_size = abs((line.top - line.bottom) - height) > 0.2 * height
        if gap > usual + 0.35 * height or other_size or gap < -height * 2:
            joint = "\n\n"
        elif _BULLET.match(line.text) or (short and (_ENDS.search(before.text) or not line.text[:1].islower())):
            joint = "\n\n" if short and _ENDS.search(before.text) and not _BULLET.match(line.text) else "\n"
        elif before.text.endswith("-") and line.text[:1].islower() and before.text[-2:-1].isalpha():
            pieces[-1] = (pieces[-1][0][:-1], before)
            joint = ""
        else:
            joint = " "
        pieces.append((joint + line.text, line))
    return pieces

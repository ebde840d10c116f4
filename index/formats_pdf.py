"""PDF to text with page numbers, by pypdfium2 (PDFium): wrapped lines are joined into paragraphs, column by column.

Paragraph breaks come from the geometry of the lines (a wider gap, or a short line that ends a sentence). Lines that
repeat at the top or bottom of most pages stay on the first page, marked as furniture, and are dropped from the others so
that a sentence can run over a page break. Knows nothing of scanned pages: without a text layer there is no text.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

from index.errors import LoadError
from index.extract import Extract
from index.pdf_layout import WIDE, Ordered, Part, ordered
from index.schema import Span

_ENDS = re.compile(r"[.!?…。:;][\"”’»)\]]*$")
_DIGITS = re.compile(r"\d+")
# PDFium writes U+FFFE or U+0002 for the hyphen of a word that is divided at the end of a line, and sets the next line's words behind it.
_MARKS = "\x02\ufffe"
_WORD = re.compile(r"[^\s\x02\ufffe]+[\x02\ufffe]?")
_SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,2}\.?\s+[^\W\d_]")
_BULLET = re.compile(r"^(?:[•▪◦‣·*\-–—]|\d{1,2}[.)])\s")


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
        pages = _in_order([_page_lines(pdf, number, source) for number in range(len(pdf))])
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


def _page_lines(pdf: Any, number: int, source: str) -> list[list[Part]]:
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


def _is_section(text: str, below: str) -> bool:
    """Whether a line is the heading of a numbered section: "4.1 Pipes", with a new sentence below."""
    return len(text) < 60 and _SECTION.match(text) is not None and below[:1].isupper() and not _ENDS.search(text)


def _edge(line: Part, boxes: list[Part]) -> float:
    """The right edge of the column in which a line stands: where most lines that begin like it end, the longest tenth apart."""
    rights = sorted(b.right for b in boxes if abs(b.left - line.left) < 2 * (line.top - line.bottom))
    return max(line.right, rights[-1 - len(rights) // 10])


def _in_order(raw: list[list[list[Part]]]) -> list[list[Ordered]]:
    """The pages' lines in reading order. Running heads and feet stay out of columns and tables; they come first and last."""
    whole = [[Ordered(_whole(line)) for line in lines if line] for lines in raw]
    running = _running_lines(whole)
    pages: list[list[Ordered]] = []
    header: list[str] | None = None
    for lines, plain in zip(raw, whole, strict=True):
        parts = [line for line in lines if line]
        first = next((i for i, line in enumerate(plain[:2]) if _running_key(line.part.text) not in running), min(2, len(plain)))
        last = len(plain) - next((i for i, line in enumerate(plain[:-3:-1]) if _running_key(line.part.text) not in running), 2)
        last = max(first, last)
        inner, header = ordered(parts[first:last], header)
        pages.append([*plain[:first], *inner, *plain[last:]])
    return pages


def _whole(line: list[Part]) -> Part:
    text = " ".join(p.text for p in line)
    return Part(text, line[0].left, line[-1].right, max(p.top for p in line), min(p.bottom for p in line))


def _lines_of(textpage: Any) -> list[list[Part]]:
    """The lines of a page, each cut where a wide gap stands between two words.

    Indices of PDFium count UTF-16 units, Python's count code points: both are kept in step.
    """
    text = textpage.get_text_range()
    lines: list[list[Part]] = []
    unit = 0
    for raw in text.split("\n"):
        lines += _parts(textpage, raw, unit)
        unit += len(raw.encode("utf-16-le")) // 2 + 1
    return lines


def _parts(textpage: Any, raw: str, unit: int) -> list[list[Part]]:
    """One line of PDFium's, which may hold several lines of the page where a word is divided, as lines of parts."""
    lines: list[list[Part]] = [[]]
    words: list[str] = []
    first = last = (0.0, 0.0, 0.0, 0.0)
    for match in _WORD.finditer(raw):
        before = unit + len(raw[: match.start()].encode("utf-16-le")) // 2
        opens = _box(textpage, before)
        closes = _box(textpage, before + len(match.group().rstrip(_MARKS).encode("utf-16-le")) // 2 - 1)
        height = max(last[3] - last[1], 1.0)
        elsewhere = bool(words) and bool(opens[2]) and abs(opens[1] - last[1]) > 0.6 * height
        if words and (elsewhere or opens[0] - last[2] > WIDE * height):
            lines[-1].append(_part(words, first, last))
            words = []
            if elsewhere:
                lines.append([])
        first = first if words else opens
        last = closes if closes[2] else opens
        words.append(match.group())
    if words:
        lines[-1].append(_part(words, first, last))
    return [line for line in lines if line]


def _part(words: list[str], first: tuple[float, float, float, float], last: tuple[float, float, float, float]) -> Part:
    text = " ".join(words).replace("\x02", "-").replace("\ufffe", "-")
    return Part(text, first[0], max(last[2], first[2]), max(first[3], last[3]), min(first[1], last[1]))


def _box(textpage: Any, index: int) -> tuple[float, float, float, float]:
    """left, bottom, right, top of a character; zeros when PDFium has none for it."""
    import pypdfium2 as pdfium

    try:
        left, bottom, right, top = textpage.get_charbox(max(index, 0), loose=True)
    except (pdfium.PdfiumError, ValueError):
        return (0.0, 0.0, 0.0, 0.0)
    return (left, bottom, right, top)


def _assemble(pages: list[list[Ordered]]) -> tuple[str, list[Span], list[Span]]:
    """Text of all pages, page spans, and furniture spans (running headers and footers)."""
    running = _running_lines(pages)
    parts: list[str] = []
    spans: list[Span] = []
    furniture: list[Span] = []
    seen: set[str] = set()
    length = 0
    for number, lines in enumerate(pages, start=1):
        kept = []
        for i, entry in enumerate(lines):
            key = _running_key(entry.part.text)
            at_edge = i < 2 or i >= len(lines) - 2
            if at_edge and key in running:
                if key in seen:
                    continue
                seen.add(key)
            kept.append(entry)
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


def _running_lines(pages: list[list[Ordered]]) -> set[str]:
    """Keys of lines that stand at the edge of more than half of the pages (two at least), numbers apart."""
    counts: Counter[str] = Counter()
    for lines in pages:
        edge = {_running_key(line.part.text) for line in [*lines[:2], *lines[-2:]]}
        counts.update(edge)
    return {key for key, count in counts.items() if count >= 2 and count > len(pages) / 2 and len(key) < 120}


def _joined(lines: list[Ordered]) -> list[tuple[str, Part]]:
    """Pieces of a page's text, one a line: each begins with what joins it to the line before."""
    pieces: list[tuple[str, Part]] = []
    boxes = [line.part for line in lines]
    edges = [line.edge or _edge(line.part, boxes) for line in lines]
    gaps = sorted(a.bottom - b.top for a, b in pairwise(boxes) if a.bottom - b.top > -50)
    usual = gaps[len(gaps) // 2] if gaps else 0.0
    for i, line in enumerate(boxes):
        if i == 0:
            pieces.append((line.text, line))
            continue
        before = boxes[i - 1]
        height = max(before.top - before.bottom, 1.0)
        gap = before.bottom - line.top
        # A line is short when the word that opens the next one would have fitted on it.
        letter = (before.right - before.left) / max(len(before.text), 1)
        short = before.right + letter * (len(line.text.split(" ", 1)[0]) + 2) < edges[i - 1]
        other_size = abs((line.top - line.bottom) - height) > 0.2 * height
        next_column = gap < -height * 2 and line.left > before.left
        if lines[i].row and lines[i - 1].row:
            joint = "\n"
        elif lines[i].row or lines[i - 1].row or lines[i].fresh:
            joint = "\n\n"
        elif next_column and not _ENDS.search(before.text) and not other_size:
            joint = " "
        elif _is_section(before.text, line.text) or gap > usual + 0.35 * height or other_size or gap < -height * 2:
            joint = "\n\n"
        elif _BULLET.match(line.text) or (short and (_ENDS.search(before.text) or not line.text[:1].islower())):
            joint = "\n\n" if short and _ENDS.search(before.text) and not _BULLET.match(line.text) else "\n"
        else:
            joint = " "
        if joint == " " and before.text.endswith("-") and line.text[:1].islower() and before.text[-2:-1].isalpha():
            pieces[-1] = (pieces[-1][0][:-1], before)
            joint = ""
        pieces.append((joint + line.text, line))
    return pieces

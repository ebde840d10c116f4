"""PDF to text with page numbers, by pypdfium2 (PDFium): what a reader reads, in the order in which it is read.

`words` takes the words of a page, `boilerplate` the running heads off it, `layout` finds columns and tables, `text` makes
paragraphs. The words of a page without a text layer come from text recognition, where the extra `ocr` is installed.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.errors import LoadError, NotRead, Remark
from index.formats.extract import Extract
from index.formats.pdf import ocr
from index.formats.pdf.boilerplate import part_boilerplate
from index.formats.pdf.figures import arrange_page
from index.formats.pdf.layout import Rules
from index.formats.pdf.tables import Grid
from index.formats.pdf.text import Type, join_lines, page_blocks, runs_over, type_of
from index.formats.pdf.words import Turn, Word, page_words
from index.structure.blocks import Assembled, Block, paged

_MAX_PATHS = 4000  # of a page: more is a drawing
_THIN = 2.0  # points
_MAX_STROKES = 200  # of a path: they tell its kind


def read_pdf(data: bytes, source: str, problems: list[LoadError] | None = None) -> list[Extract]:
    """One document with a page span per page; pages without text are named in `problems`.

    Raises `LoadError` for a password, a broken file or no text layer.
    """
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise LoadError(f"{source}: a PDF must open without a password, this one asks for one. Save it without protection.") from error
        raise LoadError(f"{source}: must be a readable PDF, found a broken one ({error}). Repair or re-export it.") from error
    try:
        read = [_read_page(pdf, number, source) for number in range(len(pdf))]
        meta = pdf.get_metadata_dict()
        if ocr.available():
            read = _recognised(pdf, read, source, problems)
    finally:
        pdf.close()
    if not any(page.words or page.aslant for page in read):
        fix = "Nothing was recognised on them." if ocr.available() else f"To have its pictures read, run: {ocr.INSTALL}"
        raise LoadError(f"{source}: a PDF must have a text layer, this one has none ({len(read)} pages). {fix}")
    scanned = [str(number) for number, page in enumerate(read, 1) if page.scanned and not page.aslant]
    if scanned and problems is not None and not ocr.available():
        fix = f"To have it read, run: {ocr.INSTALL}"
        problems.append(NotRead(f"{source}: page {ocr.listed(scanned)} has a picture and no text layer. {fix}"))
    made = arranged(read)
    title = " ".join((meta.get("Title") or "").split())
    author = " ".join((meta.get("Author") or "").split())
    return [
        Extract(
            text=made.text,
            format="pdf",
            identity=data,
            title=title if _is_title(title) else None,
            author=author if author and author.lower().strip("()") not in {"anonymous", "unknown", "user", "admin"} else None,
            pages=made.pages,
            boilerplate=made.boilerplate,
            blocks=made.blocks,
        )
    ]


def arranged(read: Sequence[Page]) -> Assembled:
    """The pages as one text with the spans of its pages, blocks and boilerplate."""
    return paged(_pages(read))


def _recognised(pdf: Any, read: Sequence[Page], source: str, problems: list[LoadError] | None) -> list[Page]:
    """The pages, those without a text layer as text recognition reads them."""
    without = not any(page.words or page.aslant for page in read)  # then letters may be drawn as lines, and no page has a picture
    asked = [number for number, page in enumerate(read) if not page.aslant and (page.scanned or (without and not page.words))]
    pages, sure, bare, unknown = list(read), {}, [], {}
    for number in asked[: ocr.MOST_PAGES]:
        page = pdf[number]
        longest = max(page.get_size())
        found = ocr.recognise(page.render(scale=ocr.LONG_SIDE / longest, draw_annots=False).to_pil(), longest)
        page.close()
        unknown[str(number + 1)] = found.unknown
        if found.words:
            pages[number] = Page(found.words, [], Rules(), scanned=False)
            sure[str(number + 1)] = found.confidence
        else:
            bare.append(str(number + 1))
    if bare and problems is not None:
        strange = [label for label in bare if unknown[label]]
        if strange:
            problems.append(NotRead(f"{source}: page {ocr.listed(strange)} was not read: its text is {ocr.UNKNOWN}."))
        bare = [label for label in bare if not unknown[label]]
    if bare and problems is not None:
        problems.append(NotRead(f"{source}: page {ocr.listed(bare)} has a picture and no text layer, and no text was recognised on it."))
    if sure and problems is not None:
        problems.append(Remark(ocr.tell(source, sure, [str(number + 1) for number in asked[ocr.MOST_PAGES :]], unknown)))
    return pages


def _is_title(title: str) -> bool:
    """Producers write file names and placeholders into the title field."""
    return len(title) > 3 and not re.search(
        r"(?i)^\(?(untitled|microsoft word|document\d*$|anonymous|unspecified)|\.(docx?|pdf|indd|tex|pptx?|xlsx?)$", title
    )


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a page, those that stand aslant, the lines it draws, and whether it shows a picture where it has no words."""

    words: list[Word]
    aslant: list[str]
    rules: Rules
    scanned: bool


def _read_page(pdf: Any, number: int, source: str) -> Page:
    import pypdfium2 as pdfium

    try:
        page = pdf[number]
        textpage = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise LoadError(
            f"{source}: page {number + 1} must be readable, found it broken ({error}). Repair or re-export the file."
        ) from error
    try:
        turn = Turn(page.get_rotation() // 90, *page.get_size()) if page.get_rotation() else Turn()
        if turn.quarters % 2:  # the size is given as the reader sees the page
            turn = Turn(turn.quarters, turn.height, turn.width)
        words, aslant = page_words(textpage, turn)
        return Page(words, aslant, _rules(page, turn) if words else Rules(), not words and _has_picture(page))
    finally:
        textpage.close()
        page.close()


def _rules(page: Any, turn: Turn) -> Rules:
    """Thin paths and the edges of boxes, the filled boxes themselves, and curves."""
    import pypdfium2.raw as raw

    horizontal: list[tuple[float, float, float]] = []
    vertical: list[tuple[float, float, float]] = []
    bars: list[tuple[float, float, float, float]] = []
    curves: list[tuple[float, float, float, float]] = []
    for number, path in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if number >= _MAX_PATHS:
            return Rules()
        left, bottom, right, top = turn.box(*path.get_bounds())
        if top - bottom <= _THIN and right - left > 10:
            horizontal.append((left, right, (top + bottom) / 2))
        elif right - left <= _THIN and top - bottom > 5:
            vertical.append(((left + right) / 2, bottom, top))
        elif right - left > 10 and top - bottom > 5:
            horizontal += [(left, right, bottom), (left, right, top)]
            vertical += [(left, bottom, top), (right, bottom, top)]
        if min(right - left, top - bottom) > _THIN:
            (curves if _is_curve(path) else bars if _is_filled(path) else []).append((left, bottom, right, top))
    return Rules(tuple(horizontal), tuple(vertical), tuple(bars), tuple(curves))


def _is_filled(path: Any) -> bool:
    import pypdfium2.raw as raw

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(raw.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke))) and fill.value != raw.FPDF_FILLMODE_NONE


def _is_curve(path: Any) -> bool:
    """Whether most of a path is bent or aslant, in more than one stroke: not a box, however its corners are, nor a stroke through it."""
    import pypdfium2.raw as raw

    x, y = ctypes.c_float(), ctypes.c_float()
    straight = aslant = 0.0
    strokes = 0
    before: tuple[float, float] | None = None
    for number in range(min(raw.FPDFPath_CountSegments(path), _MAX_STROKES)):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        if not raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            continue
        kind = raw.FPDFPathSegment_GetType(segment)
        if before is not None and kind != raw.FPDF_SEGMENT_MOVETO:
            across, up = abs(x.value - before[0]), abs(y.value - before[1])
            if kind == raw.FPDF_SEGMENT_LINETO and min(across, up) <= 0.01 * max(across, up):
                straight += max(across, up)
            else:
                aslant += math.hypot(across, up)
                strokes += 1
        before = (x.value, y.value)
    return strokes > 1 and aslant > straight


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as raw

    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _pages(read: Sequence[Page]) -> list[tuple[str, list[Block]]]:
    """Blocks page by page; a table and a sentence may run over to the next page."""
    words = [page.words for page in read]
    style = type_of(words)
    pages: list[tuple[str, list[Block]]] = []
    table: Grid | None = None
    ends: list[Block] = []  # the blocks of the last page with text
    for number, ((above, text, below), page) in enumerate(zip(part_boilerplate(words), read, strict=True), start=1):
        rules = replace(page.rules, columns=table.strips) if table is not None else page.rules
        pieces = arrange_page(text, rules) if text else []
        blocks = [Block(line, boilerplate="running header") for line in (*above, *below)]
        blocks.append(Block(" ".join(page.aslant), boilerplate="text aslant on the page"))
        body, table = page_blocks(pieces, style, table)
        if body and ends and runs_over(ends[-1], body[0]):
            ends[-1], body[0] = _run_on(ends[-1], body[0], style)
        blocks += body
        pages.append((str(number), blocks))
        ends = blocks if body else ends
    return pages


def _run_on(last: Block, first: Block, style: Type) -> tuple[Block, Block]:
    """The two halves of a sentence that runs over a page break, so that they read as one."""
    whole = join_lines([last.text, first.text], style.hyphenated)
    before = whole[: len(whole) - len(first.text)]
    return replace(last, text=before.rstrip()), replace(first, gap="\n" if before.endswith(" ") else "")

"""PDF to text with page numbers, by pypdfium2 (PDFium): what a reader reads, in the order in which it is read.

`words` takes the words of a page, `boilerplate` the running heads off it, `layout` finds columns and tables, `text` makes
paragraphs. Knows nothing of scanned pages: without a text layer there is no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from index.errors import LoadError, NotRead
from index.formats.extract import Extract
from index.formats.pdf.boilerplate import part_boilerplate
from index.formats.pdf.layout import Piece, Rules, arrange
from index.formats.pdf.tables import Grid
from index.formats.pdf.text import Type, continued_table, join_lines, page_blocks, runs_over, type_of
from index.formats.pdf.words import Turn, Word, page_words
from index.structure.blocks import Block, paged

_MAX_PATHS = 4000  # of a page: more is a drawing
_THIN = 2.0  # points


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
    finally:
        pdf.close()
    if not any(page.words or page.aslant for page in read):
        raise LoadError(
            f"{source}: a PDF must have a text layer, this one has none ({len(read)} pages). Run text recognition (OCR) on it first."
        )
    scanned = [str(number) for number, page in enumerate(read, 1) if page.scanned and not page.aslant]
    if scanned and problems is not None:
        problems.append(NotRead(f"{source}: page {_listed(scanned)} has a picture and no text layer. Run text recognition (OCR) on it."))
    made = paged(_pages(read))
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


def _listed(pages: list[str]) -> str:
    return ", ".join(pages[:20]) + (f" and {len(pages) - 20} more" if len(pages) > 20 else "")


def _is_title(title: str) -> bool:
    """Producers write file names and placeholders into the title field."""
    return len(title) > 3 and not re.search(
        r"(?i)^\(?(untitled|microsoft word|document\d*$|anonymous|unspecified)|\.(docx?|pdf|indd|tex|pptx?|xlsx?)$", title
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """The words of a page, those that stand aslant, the lines it draws, and whether it shows a picture where it has no words."""

    words: list[Word]
    aslant: list[str]
    rules: Rules
    scanned: bool


def _read_page(pdf: Any, number: int, source: str) -> _Page:
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
        return _Page(words, aslant, _rules(page, turn) if words else Rules(), not words and _has_picture(page))
    finally:
        textpage.close()
        page.close()


def _rules(page: Any, turn: Turn) -> Rules:
    """Thin paths and the edges of boxes."""
    import pypdfium2.raw as raw

    horizontal: list[tuple[float, float, float]] = []
    vertical: list[tuple[float, float, float]] = []
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
    return Rules(tuple(horizontal), tuple(vertical))


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as raw

    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _pages(read: list[_Page]) -> list[tuple[str, list[Block]]]:
    """Blocks page by page; a table and a sentence may run over to the next page."""
    words = [page.words for page in read]
    style = type_of(words)
    pages: list[tuple[str, list[Block]]] = []
    table: Grid | None = None
    ends: list[Block] = []  # the blocks of the last page with text
    for number, ((above, text, below), page) in enumerate(zip(part_boilerplate(words), read, strict=True), start=1):
        pieces = arrange(text, page.rules) if text else []
        blocks = [Block(line, boilerplate="running header") for line in (*above, *below)]
        blocks.append(Block(" ".join(page.aslant), boilerplate="text aslant on the page"))
        body, table = _body(pieces, table, style)
        if body and ends and runs_over(ends[-1], body[0]):
            ends[-1], body[0] = _run_on(ends[-1], body[0], style)
        blocks += body
        pages.append((str(number), blocks))
        ends = blocks if body else ends
    return pages


def _body(pieces: list[Piece], table: Grid | None, style: Type) -> tuple[list[Block], Grid | None]:
    """The blocks of a page, and the table with its column names that the next page may go on with."""
    last = pieces[-1] if pieces else None
    if table is not None and pieces and isinstance(pieces[0], Grid):
        rows = continued_table(table, pieces[0])
        if rows is not None:
            return [*rows, *page_blocks(pieces[1:], style)], table if len(pieces) == 1 else last if isinstance(last, Grid) else None
    return page_blocks(pieces, style), last if isinstance(last, Grid) else None


def _run_on(last: Block, first: Block, style: Type) -> tuple[Block, Block]:
    """The two halves of a sentence that runs over a page break, so that they read as one."""
    whole = join_lines([last.text, first.text], style.hyphenated)
    before = whole[: len(whole) - len(first.text)]
    return replace(last, text=before.rstrip()), replace(first, gap="\n" if before.endswith(" ") else "")

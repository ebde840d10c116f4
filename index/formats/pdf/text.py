"""Rows of a PDF page to blocks: paragraphs, headings, list items, notes and the rows of tables.

Paragraph breaks come from the geometry of the rows (a wider gap, an indent, a short line that ends a sentence), headings from
the size and weight of the type. Words divided at the end of a line are joined, marks of notes are left out. Knows nothing of
PDFium and of running heads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from index.formats.pdf.figures import Labels
from index.formats.pdf.layout import Piece, Row, is_mark
from index.formats.pdf.tables import Grid, same_columns
from index.formats.pdf.words import HYPHENS, Word
from index.structure.blocks import Block
from index.structure.tables import Filled, column_names, fill, header_rows, lists_properties, row_blocks, spans_all, table_blocks
from index.text.marks import raised

ENDS = re.compile(r"[.!?…。:;][\"”’»)\]]*$")
_NOTE_START = re.compile(r"^(?:\d{1,3}[.)]?|[*†‡§]{1,3})(?=\s|[A-Z])")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s")
_LEADER = re.compile(r"(?:\.{4,}|(?:\.\s){4,}|…{2,})\s*\d{1,4}$")  # "Fees ........ 12": a line of contents
_PARAGRAPH = 100  # characters; what is longer and has no end goes on, whatever it goes on with
_HEADING_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Type:
    """How the document is set: the size of its running text, larger sizes from the largest down, and its words with hyphens."""

    body: float
    sizes: tuple[float, ...]
    hyphenated: frozenset[str]


def type_of(pages: Iterable[Sequence[Word]]) -> Type:
    """What the words of all pages say of the type."""
    sizes: Counter[float] = Counter()
    hyphenated: set[str] = set()
    for words in pages:
        for word in words:
            sizes[round(word.size * 2) / 2] += len(word.text)
            if "-" in word.text[1:-1]:
                hyphenated.add(word.text.strip(".,;:!?()[]\"'").lower())
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    return Type(body, tuple(sorted((size for size in sizes if size >= 1.12 * body), reverse=True)), frozenset(hyphenated))


def page_blocks(pieces: Sequence[Piece | Labels], style: Type, before: Grid | None = None) -> tuple[list[Block], Grid | None]:
    """The blocks of a page in order; notes at its foot follow the text, labels of a chart the sentence that runs around it.

    `before` is the table that the page before ends with, in which this page may go on; with the blocks the one that this page ends with.
    """
    text: list[Block] = []
    notes: list[Block] = []
    labels: list[Block] = []
    parted: list[tuple[Piece | Labels, list[Row]]] = [
        _part_notes(piece, style) if isinstance(piece, list) else (piece, []) for piece in pieces
    ]
    marks = {mark for _, rows in parted for mark in _marks_of(rows)}
    for piece, below in parted:
        if isinstance(piece, Labels):
            labels += _text_blocks(piece.rows, style, marks)
        elif isinstance(piece, Grid):
            more = continued_table(before, piece) if before is not None else None
            before = before if more is not None else piece
            text += [*labels, *(table_blocks(piece.cells, _heads(piece)) if more is None else more)]
            labels = []
            continue
        else:
            text = _flow(text, _text_blocks(piece, style, marks), style, labels)
            labels = []
        before = None
        notes += [Block(block.text, "note") for block in _text_blocks(below, style, set(), notes=True)]
    after = [*labels, *notes]
    if after and text and text[-1].label == "" and not ENDS.search(text[-1].text):
        return [*text[:-1], *after, text[-1]], before  # its sentence goes on on the next page
    return [*text, *after], before


def _flow(text: list[Block], more: list[Block], style: Type, between: Sequence[Block]) -> list[Block]:
    """Blocks and those of the next column: a sentence that runs over is made whole, before what stands between."""
    if text and more and runs_over(text[-1], more[0]) and (not between or more[0].text[:1].islower()):
        joined = replace(text[-1], text=join_lines([text[-1].text, more[0].text], style.hyphenated))
        return [*text[:-1], joined, *between, *more[1:]]
    return [*text, *between, *more]


def runs_over(before: Block, block: Block) -> bool:
    """Whether a block at the top of a column or page goes on with the sentence before it."""
    plain = before.label in ("", "item") and not block.label and not before.boilerplate and not block.boilerplate
    if not plain or not before.text or ENDS.search(before.text):
        return False
    return block.text[:1].islower() or before.text[-1] in HYPHENS + "-" or (not before.label and len(before.text) > _PARAGRAPH)


def continued_table(before: Grid, grid: Grid) -> list[Block] | None:
    """The rows of a table that goes on from the page before, under the names given there; None when it is another table."""
    if not same_columns(before, grid):
        return None
    above, rows = _filled(before), _filled(grid)
    while len(above) > 1 and spans_all(above[0]):  # a title inside the table
        above = above[1:]
    if not above or lists_properties(above):
        return None
    count = 0 if _heads(before) == 0 else header_rows(above)
    if [_texts(row) for row in rows[:count]] == [_texts(row) for row in above[:count]] or _names_others(rows, above[count:]):
        return None  # a table that repeats its header, or has one of its own, is read as one of its own
    return row_blocks(rows, column_names(above[:count]))


def _heads(grid: Grid) -> int | None:
    """How many rows name the columns, None where the rows must tell: two that nothing sets apart are too few to."""
    return None if grid.ruled or len(grid.cells) > 2 else 0


def _names_others(rows: Sequence[Sequence[Filled]], above: Sequence[Sequence[Filled]]) -> bool:
    """Whether the first row is a header: marked as those below are not, or words where they and those of the table above have figures."""
    first, below = rows[0], [*rows[1:], *above]
    if len(rows) < 2:
        return False
    if all(cell.head for cell in first if cell.text):
        return not spans_all(first) and not all(cell.head for row in rows for cell in row if cell.text)
    if sum(bool(cell.text) for cell in first) < 2 or any(c.isdigit() for cell in first for c in cell.text):
        return False
    figures = [[any(c.isdigit() for c in row[n].text) for row in below if n < len(row) and row[n].text] for n in range(len(first))]
    return any(cell.text and len(has) > 1 and all(has) for cell, has in zip(first, figures, strict=True))


def _filled(grid: Grid) -> list[list[Filled]]:
    return [row for row in fill(grid.cells) if any(cell.text for cell in row)]


def _texts(row: Sequence[Filled]) -> list[str]:
    return [cell.text for cell in row]


def _part_notes(rows: list[Row], style: Type) -> tuple[list[Row], list[Row]]:
    """Rows of text, and the notes below them: small type that begins with a mark."""
    at = len(rows)
    while at and max(word.size for word in rows[at - 1].words) < 0.93 * style.body:
        at -= 1
    while at < len(rows) and not _NOTE_START.match(row_text(rows[at].words)):
        at += 1
    return (rows, []) if at == 0 else (rows[:at], rows[at:])


def _marks_of(rows: Sequence[Row]) -> set[str]:
    starts = (_NOTE_START.match(row_text(row.words)) for row in rows)
    return {match.group().rstrip(".)") for match in starts if match}


def row_text(words: Sequence[Word]) -> str:
    """A row as text, with a space wherever its words are apart."""
    out = ""
    for word in words:
        out += (" " if out and not word.raised else "") + word.text
    return out


def _shown(row: Row, marks: set[str]) -> str:
    """A row without marks of notes; other raised digits are powers: km², 10⁶."""
    out = ""
    for number, word in enumerate(row.words):
        if not word.raised or not number:
            out += (" " if out else "") + word.text
            continue
        out += raised(out, word.text, marks)
    return out


def _text_blocks(rows: Sequence[Row], style: Type, marks: set[str], notes: bool = False) -> list[Block]:
    """Paragraphs, headings and items of rows that stand below each other."""
    if not rows:
        return []
    right = max(row.right for row in rows)
    gaps = [a.bottom - b.top for a, b in pairwise(rows)]
    below = sorted(gap for gap in gaps if gap > -50)
    usual = below[len(below) // 4] if below else 0.0  # between lines of a paragraph: most others are wider
    blocks: list[Block] = []
    held: list[Row] = []
    for row in rows:
        if held and (_breaks(held, row, usual, right, style) or (notes and _NOTE_START.match(row_text(row.words)))):
            blocks.append(_block(held, style, marks))
            held = []
        held.append(row)
    return [*blocks, _block(held, style, marks)]


_FAR = 2.0  # heights of a line: what stands further apart is no paragraph, whatever else the page holds


def _breaks(held: Sequence[Row], row: Row, usual: float, right: float, style: Type) -> bool:
    """Whether a row begins a block of its own after the rows of the block so far."""
    above = held[-1]
    height = max(above.top - above.bottom, 1.0)
    gap = above.bottom - row.top
    size, size_above = _size(row), _size(above)
    if (
        gap > min(usual + 0.35 * height, _FAR * height)
        or gap < -2 * height
        or abs(size - size_above) > 0.12 * size_above
        or _is_bold(row) != _is_bold(above)
    ):
        return True
    if _is_item(row) or _LEADER.search(row_text(above.words)):
        return True
    # The first word of this row had room on the row above. A row that says no end of a sentence must be far shorter.
    short = above.right + (row.words[0].right - row.words[0].left) < right - 0.5 * size
    ends = ENDS.search(row_text(above.words)) is not None and not row.words[0].text[:1].islower()
    if _is_item(held[0]):
        return row.left < held[0].left - 1 or (short and row.left < held[0].words[1].left - 1)
    if size > 1.1 * style.body and _NUMBERED.match(row_text(row.words)):
        return True
    left = min(above.left, row.left)
    much_shorter = above.right - left < 0.55 * (right - left) and not row.words[0].text[:1].islower()
    much_shorter = much_shorter and above.words[-1].text[-1] not in HYPHENS
    indented = row.left > held[0].left + 0.8 * size and row.left > above.left + 0.8 * size and len(held) > 1
    return (short and ends) or much_shorter or (indented and ends)


def _is_item(row: Row) -> bool:
    first = row.words[0]
    if len(row.words) < 2:
        return False
    apart = row.words[1].left - first.right > 0.5 * first.size
    return is_mark(first.text) and (apart or not first.text.isdigit())


def _size(row: Row) -> float:
    return median(word.size for word in row.words if not word.raised) if not all(w.raised for w in row.words) else row.words[0].size


def _is_bold(row: Row) -> bool:
    return all(word.bold for word in row.words)


def _block(rows: Sequence[Row], style: Type, marks: set[str]) -> Block:
    text = join_lines([_shown(row, marks) for row in rows], style.hyphenated)
    if _LEADER.search(text):
        return Block(text, boilerplate="table of contents")
    level = _heading_level(rows, text, style)
    if level:
        return Block(text, f"heading {level}")
    return Block(text, "item" if _is_item(rows[0]) else "")


def _heading_level(rows: Sequence[Row], text: str, style: Type) -> int:
    """1 to 6 for a heading, by its size and number; 0 for anything else."""
    size = round(_size(rows[0]) * 2) / 2
    set_apart = size in style.sizes or all(_is_bold(row) for row in rows)
    if not set_apart or len(text) > _HEADING_LENGTH or text.endswith((".", ";", ",")) or not any(c.isalpha() for c in text):
        return 0
    level = style.sizes.index(size) + 1 if size in style.sizes else len(style.sizes) + 1
    number = _NUMBERED.match(text)
    return min(level + (number[1].count(".") if number else 0), 6)


def join_lines(lines: Sequence[str], hyphenated: frozenset[str]) -> str:
    """Lines of a paragraph as one, words divided at their ends made whole.

    A hyphen stays where the document has the word with it elsewhere, before a capital and before a digit.
    """
    out = lines[0]
    for line in lines[1:]:
        first = line.split(" ", 1)[0]
        last = out.rsplit(" ", 1)[-1]
        if out[-1] in HYPHENS or (out[-1] == "-" and out[-2:-1].isalnum()):
            whole = f"{last[:-1]}-{first}".strip(".,;:!?()[]\"'").lower()
            keep = whole in hyphenated or not first[:1].islower() or not last[-2:-1].isalpha()
            out = (out[:-1] + "-" if keep else out[:-1]) + line
        else:
            out += " " + line
    return out.translate(dict.fromkeys(map(ord, HYPHENS), "-"))

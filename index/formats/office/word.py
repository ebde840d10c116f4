"""Word files: paragraphs, headings and lists with their numbers, tables, notes, headers, footers and text boxes.

Deleted, moved-away and hidden text is left out. Notes follow the paragraph that refers to them; headers and footers stand at the
end, once.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.formats.archive import Limits, open_zip
from index.formats.extract import Extract
from index.formats.office.word_styles import Lists, Style, W, label_of, list_of, read_lists, read_styles
from index.formats.office.xml import COMPATIBLE, RELATION, optional_xml, properties, read_xml, relations
from index.structure.blocks import Block, assemble
from index.structure.tables import Cell, table_blocks
from index.text.marks import raised

_MAIN = "word/document.xml"
_GONE = {f"{W}del", f"{W}moveFrom", f"{W}pPr", f"{W}rPr", f"{W}instrText", f"{W}delText", f"{W}txbxContent"}
_WRAPS = {f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag", f"{COMPATIBLE}AlternateContent"}
_WRAPS |= {f"{COMPATIBLE}Choice", f"{COMPATIBLE}Fallback"}
_SPACE = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": " "}
_SIGNS = {
    "wingdings": {"FE": "☑", "FD": "☒", "78": "☒", "FC": "✓", "FB": "✗", "6F": "☐", "A8": "☐", "E0": "→", "E8": "→"},
    "wingdings 2": {"50": "✓", "4F": "✗", "52": "☑", "51": "☒", "54": "☒", "A3": "☐"},
}
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


@dataclass(slots=True)
class _File:
    """What a paragraph needs to know of its file."""

    styles: dict[str, Style]
    lists: Lists
    notes: dict[tuple[str, str], Any] = field(default_factory=dict)  # kind and id -> element


def read_docx(data: bytes, source: str, limits: Limits) -> list[Extract]:
    """One document: paragraphs parted by blank lines, list items and table rows on lines of their own."""
    archive = open_zip(data, source, limits, "Word file")
    root = read_xml(archive, _MAIN, source, limits)

    def part(name: str) -> Any:
        return optional_xml(archive, f"word/{name}.xml", source, limits)

    file = _File(read_styles(part("styles")), read_lists(part("numbering")))
    for kind in ("footnote", "endnote"):
        notes = part(f"{kind}s")
        for note in notes.iter(f"{W}{kind}") if notes is not None else ():
            if note.get(f"{W}type") in (None, "normal"):
                file.notes[kind, note.get(f"{W}id") or ""] = note
    body = root.find(f"{W}body")
    blocks = list(_blocks(body, file)) if body is not None else []
    ends = [note for kind, note in _referred(root) if kind == "endnote"]
    blocks += [block for note in dict.fromkeys(ends) for block in _note(file, "endnote", note)]
    blocks += _running(archive, root, source, limits, file)
    made = assemble(blocks)
    return [
        Extract(
            text=made.text,
            format="docx",
            identity=data,
            blocks=made.blocks,
            boilerplate=made.boilerplate,
            **properties(archive, source, limits),
        )
    ]


def _running(archive: zipfile.ZipFile, root: Any, source: str, limits: Limits, file: _File) -> list[Block]:
    """Headers and footers of all sections, each text once."""
    targets = relations(archive, _MAIN, source, limits)
    texts: dict[str, None] = {}
    for reference in root.iter(f"{W}headerReference", f"{W}footerReference"):
        part = optional_xml(archive, targets.get(reference.get(f"{RELATION}id"), ""), source, limits)
        for block in _blocks(part, file) if part is not None else ():
            if any(sign.isalpha() for sign in block.text):
                texts[block.text] = None
    return [Block(text, "note") for text in texts]


def _children(node: Any) -> Iterator[Any]:
    """Child elements, with those inside wrappers (content controls, insertions) and without what was deleted or is a fallback."""
    for child in node:
        if child.tag == f"{COMPATIBLE}AlternateContent":
            yield from _children(_choice(child))
        elif child.tag in _WRAPS:
            yield from _children(child)
        elif child.tag not in (f"{W}del", f"{W}moveFrom"):
            yield child


def _choice(alternatives: Any) -> Any:
    found = alternatives.find(f"{COMPATIBLE}Choice")
    return found if found is not None else alternatives


def _blocks(node: Any, file: _File) -> Iterator[Block]:
    for child in _children(node):
        if child.tag == f"{W}p":
            yield from _paragraph_blocks(child, file)
        elif child.tag == f"{W}tbl":
            yield from _table(child, file)


def _paragraph_blocks(paragraph: Any, file: _File) -> Iterator[Block]:
    """A paragraph, then the text boxes that hang on it and the notes that it refers to."""
    text = _text(paragraph)
    if text:
        stated = paragraph.find(f"{W}pPr")
        label = label_of(stated, file.styles)
        listed = list_of(stated, file.styles)
        mark = file.lists.mark(*listed) if listed is not None else ""
        heading = label.startswith("heading")
        text = f"{mark} {text}" if mark and not (heading and mark == "-") else text
        if label == "contents":
            yield Block(text, boilerplate="table of contents")
        else:
            yield Block(text, label or ("item" if listed is not None else ""))
    for box in _boxes(paragraph):
        yield from _blocks(box, file)
    for kind, note in _referred(paragraph):
        if kind == "footnote":
            yield from _note(file, kind, note)


def _referred(node: Any) -> list[tuple[str, str]]:
    """Kind and id of the notes that are referred to below `node`."""
    found = node.iter(f"{W}footnoteReference", f"{W}endnoteReference")
    return [(reference.tag[len(W) :].removesuffix("Reference"), reference.get(f"{W}id") or "") for reference in found]


def _note(file: _File, kind: str, name: str) -> list[Block]:
    note = file.notes.pop((kind, name), None)
    texts = [block.text for block in _blocks(note, file)] if note is not None else []
    return [Block(" ".join(texts), "note")] if texts else []


def _boxes(node: Any) -> Iterator[Any]:
    """Text boxes below `node`, once each and not those inside other boxes."""
    for child in _children(node):
        if child.tag == f"{W}txbxContent":
            yield child
        elif child.tag != f"{W}t":
            yield from _boxes(child)


def _text(paragraph: Any) -> str:
    parts: list[str] = []
    _inline(paragraph, parts, [])
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n")).strip()


def _inline(node: Any, parts: list[str], fields: list[str]) -> None:
    """Append the text of a run or of what holds runs. `fields` holds the instructions of the fields that are open."""
    for child in _children(node):
        if child.tag == f"{W}r":
            _run(child, parts, fields)
        elif child.tag == f"{W}fldSimple" and _is_page_field(child.get(f"{W}instr") or ""):
            continue
        elif child.tag not in _GONE:
            _inline(child, parts, fields)


def _run(run: Any, parts: list[str], fields: list[str]) -> None:
    stated = run.find(f"{W}rPr")
    hidden = stated is not None and _is_on(stated.find(f"{W}vanish"))
    height = stated.find(f"{W}vertAlign") if stated is not None else None
    above = height is not None and height.get(f"{W}val") == "superscript"
    for child in _children(run):
        if child.tag == f"{W}fldChar":
            kind = child.get(f"{W}fldCharType")
            if kind == "begin":
                fields.append("")
            elif kind == "end" and fields:
                fields.pop()
        elif child.tag == f"{W}instrText" and fields:
            fields[-1] += child.text or ""
        elif hidden or any(_is_page_field(field) for field in fields):
            continue
        elif child.tag == f"{W}t":
            text = child.text or ""
            parts.append(raised("".join(parts[-3:]), text) if above else text)
        elif child.tag == f"{W}sym":
            parts.append(_symbol(child))
        elif child.tag in _SPACE:
            parts.append(_SPACE[child.tag])
        elif child.tag == f"{W}r":
            _run(child, parts, fields)


def _symbol(node: Any) -> str:
    """A sign of a symbol font: boxes, ticks and crosses as Unicode has them, any other only where its code is no private one."""
    code = (node.get(f"{W}char") or "").upper()
    font = (node.get(f"{W}font") or "").lower()
    if font in _SIGNS:
        return _SIGNS[font].get(code[-2:], "")
    return chr(int(code, 16)) if re.fullmatch("[0-9A-F]{4}", code) and not "D800" <= code < "F900" else ""


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{W}val") not in ("0", "false", "off")


def _is_page_field(instruction: str) -> bool:
    return instruction.strip().split(" ")[0].upper() in _PAGE_FIELDS


def _table(table: Any, file: _File) -> Iterator[Block]:
    """Rows of a table; a table that only lays out a page (one cell, or tables in it) gives what its cells hold."""
    rows = [row for row in _children(table) if row.tag == f"{W}tr" and row.find(f"{W}trPr/{W}del") is None]
    cells = [[cell for cell in _children(row) if cell.tag == f"{W}tc"] for row in rows]
    if sum(len(row) for row in cells) == 1 or any(child.tag == f"{W}tbl" for row in cells for cell in row for child in _children(cell)):
        for row in cells:
            for cell in row:
                yield from _blocks(cell, file)
        return
    heads = 0
    while heads < len(rows) and _is_on(rows[heads].find(f"{W}trPr/{W}tblHeader")):
        heads += 1
    yield from table_blocks(_grid(rows, cells), heads or None)
    for row in cells:
        for cell in row:
            for paragraph in cell.iter(f"{W}p"):
                yield from (block for kind, note in _referred(paragraph) if kind == "footnote" for block in _note(file, kind, note))


def _grid(rows: list[Any], cells: list[list[Any]]) -> list[list[Cell]]:
    """Cells with the rows and columns that they cover."""
    made: list[list[list[Any]]] = []
    open_cells: dict[int, list[Any]] = {}  # column -> the cell that a merge began with
    for row, of_row in zip(rows, cells, strict=True):
        line: list[list[Any]] = []
        column = _span(row.find(f"{W}trPr/{W}gridBefore"), 0)
        line += [["", 1, 1]] * column
        for cell in of_row:
            width = _span(cell.find(f"{W}tcPr/{W}gridSpan"), 1)
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val") != "restart" and column in open_cells:
                open_cells[column][1] += 1
            else:
                held = [" ".join(text for text in (_cell_text(child) for child in _children(cell)) if text), 1, width]
                line.append(held)
                if merge is not None:
                    open_cells[column] = held
                else:
                    open_cells.pop(column, None)
            column += width
        made.append(line)
    return [[Cell(text, height, width) for text, height, width in line] for line in made]


def _cell_text(paragraph: Any) -> str:
    boxes = [_cell_text(child) for box in _boxes(paragraph) for child in _children(box)] if paragraph.tag == f"{W}p" else []
    return " ".join(part for part in [_text(paragraph), *boxes] if part) if paragraph.tag == f"{W}p" else ""


def _span(node: Any, otherwise: int) -> int:
    value = node.get(f"{W}val") if node is not None else None
    return min(int(value), 1000) if value and value.isascii() and value.isdigit() and len(value) < 6 else otherwise

"""PowerPoint files: slides as pages, with their titles, lists, tables, grouped shapes and speaker notes.

Hidden slides are left out and named.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

from index.errors import LoadError, NotRead
from index.formats.archive import Limits, open_zip
from index.formats.extract import Extract
from index.formats.office.xml import COMPATIBLE, RELATION, properties, read_xml, relations
from index.structure.blocks import Block, paged
from index.structure.tables import Cell, table_blocks

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_MAIN = "ppt/presentation.xml"
_NUMBERS = ("sldNum", "dt", "sldImg")  # placeholders that hold no text of the author's
_LISTS = ("body", "obj", "subTitle")


def read_pptx(data: bytes, source: str, limits: Limits, problems: list[LoadError] | None = None) -> list[Extract]:
    """One document with a page span per slide, labelled by its number; speaker notes follow their slide."""
    archive = open_zip(data, source, limits, "PowerPoint file")
    deck = read_xml(archive, _MAIN, source, limits)
    targets = relations(archive, _MAIN, source, limits)
    pages: list[tuple[str, list[Block]]] = []
    hidden: list[str] = []
    seen: set[str] = set()
    for number, slide in enumerate(deck.iter(f"{_P}sldId"), start=1):
        name = targets.get(slide.get(f"{RELATION}id"), "")
        if name in seen:  # listed again and again it would be read without end
            continue
        seen.add(name)
        root = read_xml(archive, name, source, limits)
        if root.get("show") == "0":
            hidden.append(str(number))
            continue
        pages.append((str(number), _slide(archive, name, root, source, limits)))
    if hidden and problems is not None:
        problems.append(NotRead(f"{source}: slide {', '.join(hidden)} is hidden and was not read. Show it, if it shall be found."))
    made = paged(pages)
    return [
        Extract(
            text=made.text,
            format="pptx",
            identity=data,
            pages=made.pages,
            blocks=made.blocks,
            boilerplate=made.boilerplate,
            **properties(archive, source, limits),
        )
    ]


def _slide(archive: zipfile.ZipFile, name: str, root: Any, source: str, limits: Limits) -> list[Block]:
    blocks = sorted(_shapes(root), key=lambda block: not block.label.startswith("heading"))  # the title may be drawn last
    notes: list[Block] = []
    for target in relations(archive, name, source, limits).values():
        if "/notesSlide" in target:
            texts = [block.text for block in _shapes(read_xml(archive, target, source, limits)) if not block.text.isdigit()]
            notes += [Block(f"Notes: {' '.join(texts)}", "note")] if texts else []
        elif "/diagrams/data" in target:
            lines = (_runs(paragraph) for paragraph in read_xml(archive, target, source, limits).iter(f"{_A}p"))
            blocks += [Block(f"- {line}", "item") for line in lines if line]
    return blocks + notes


def _shapes(node: Any) -> Iterator[Block]:
    """Blocks of all shapes below `node`, those in groups too, in the order in which they are drawn."""
    for child in node:
        if child.tag == f"{COMPATIBLE}AlternateContent":
            choice = child.find(f"{COMPATIBLE}Choice")
            yield from _shapes(choice if choice is not None else child)
        elif child.tag == f"{_A}tbl":
            yield from _table(child)
        elif child.tag == f"{_P}sp":
            yield from _shape(child)
        else:
            yield from _shapes(child)


def _shape(shape: Any) -> Iterator[Block]:
    holder = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    kind = (holder.get("type") or "obj") if holder is not None else ""
    if kind in _NUMBERS:
        return
    paragraphs = [(p, _runs(p)) for p in shape.iter(f"{_A}p")]
    lines = [(p, text) for p, text in paragraphs if text]
    if kind in ("title", "ctrTitle"):
        yield Block(" ".join(text for _, text in lines), "heading 1")
        return
    if kind in ("ftr", "hdr"):
        yield from (Block(text, boilerplate="running header") for _, text in lines)
        return
    for paragraph, text in lines:
        listed = _has_bullet(paragraph, kind in _LISTS and len(lines) > 1)
        yield Block(f"- {text}", "item") if listed else Block(text)


def _has_bullet(paragraph: Any, otherwise: bool) -> bool:
    stated = paragraph.find(f"{_A}pPr")
    if stated is None:
        return otherwise
    if stated.find(f"{_A}buNone") is not None:
        return False
    return otherwise or stated.find(f"{_A}buChar") is not None or stated.find(f"{_A}buAutoNum") is not None


def _table(table: Any) -> list[Block]:
    rows: list[list[Cell]] = []
    for row in table.iter(f"{_A}tr"):
        cells = [cell for cell in row.iter(f"{_A}tc") if cell.get("hMerge") != "1" and cell.get("vMerge") != "1"]
        rows.append([Cell(_cell_text(cell), _size(cell.get("rowSpan")), _size(cell.get("gridSpan"))) for cell in cells])
    stated = table.find(f"{_A}tblPr")
    first = stated is not None and stated.get("firstRow") == "1"
    return table_blocks(rows, None if not first or len(rows) < 2 or any(cell.rows > 1 or cell.columns > 1 for cell in rows[0]) else 1)


def _cell_text(cell: Any) -> str:
    return " ".join(text for text in (_runs(p) for p in cell.iter(f"{_A}p")) if text)


def _size(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else 1


def _runs(paragraph: Any) -> str:
    return " ".join("".join(node.text or "" if node.tag == f"{_A}t" else " " for node in paragraph.iter(f"{_A}t", f"{_A}br")).split())

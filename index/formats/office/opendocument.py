"""OpenDocument files: texts (.odt), spreadsheets (.ods) and presentations (.odp), read from their XML.

Deleted text, hidden sheets and repeated empty cells are left out; notes follow the paragraph that refers to them. Knows nothing of
pictures, charts and formulas.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.errors import LoadError, NotRead
from index.formats.archive import Limits, open_zip, read_member
from index.formats.extract import Extract
from index.formats.office.xml import DUBLIN_CORE, optional_xml, read_xml
from index.structure.blocks import Assembled, Block, assemble, paged
from index.structure.tables import Cell, Filled, SheetState, fill, sheet_blocks, table_blocks

_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _DRAW, _OFFICE, _STYLE = (_SPACE % name for name in ("text", "table", "drawing", "office", "style"))
_PRESENTATION, _META = _SPACE % "presentation", _SPACE % "meta"
_GONE = {f"{_TEXT}tracked-changes", f"{_TEXT}note", f"{_OFFICE}annotation", f"{_DRAW}text-box", f"{_DRAW}frame", f"{_TEXT}note-citation"}
_HOLDERS = {f"{_TEXT}section", f"{_TEXT}index-body", f"{_DRAW}text-box", f"{_DRAW}frame", f"{_DRAW}g", f"{_DRAW}custom-shape"}
_MAX_REPEATED = 200  # times that a filled cell or row is given again


@dataclass(slots=True)
class _File:
    """The numbered levels of its list styles, and its sheets that are not shown."""

    numbered: set[tuple[str, int]] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)


def read_opendocument(data: bytes, source: str, limits: Limits, kind: str, problems: list[LoadError] | None = None) -> list[Extract]:
    """One document; sheets and slides are pages. Hidden sheets are named in `problems`."""
    archive = open_zip(data, source, limits, "OpenDocument file")
    manifest = "META-INF/manifest.xml"
    if manifest in archive.NameToInfo and b"encryption-data" in read_member(archive, manifest, source, limits):
        raise LoadError(f"{source}: an OpenDocument file must open without a password, this one asks for one. Save it without.")
    root = read_xml(archive, "content.xml", source, limits)
    styles = optional_xml(archive, "styles.xml", source, limits)
    file = _file(root, styles)
    body = next(iter(root.find(f"{_OFFICE}body") if root.find(f"{_OFFICE}body") is not None else []), None)
    if body is None:
        raise LoadError(f"{source}: an OpenDocument file must have a body, found none. Save the file again.")
    if body.tag == f"{_OFFICE}spreadsheet":
        made = paged(list(_sheets(body, file, source, problems)))
    elif body.tag == f"{_OFFICE}presentation":
        made = paged([(str(number), list(_slide(page, file))) for number, page in enumerate(body.iter(f"{_DRAW}page"), start=1)])
    else:
        made = assemble([*_blocks(body, file), *_running(styles, file)])
    return [_extract(made, data, kind, _properties(archive, source, limits), prose=body.tag != f"{_OFFICE}spreadsheet")]


def _extract(made: Assembled, data: bytes, kind: str, known: dict[str, Any], *, prose: bool) -> Extract:
    return Extract(
        text=made.text,
        format=kind,
        identity=data,
        pages=made.pages if any(page.label for page in made.pages) else (),
        blocks=made.blocks,
        boilerplate=made.boilerplate,
        prose=prose,
        **known,
    )


def _properties(archive: zipfile.ZipFile, source: str, limits: Limits) -> dict[str, Any]:
    root = optional_xml(archive, "meta.xml", source, limits)
    if root is None:
        return {}

    def first(*names: str) -> str | None:
        return next((text for name in names for node in root.iter(name) if (text := " ".join((node.text or "").split()))), None)

    return {"title": first(f"{DUBLIN_CORE}title"), "author": first(f"{_META}initial-creator", f"{DUBLIN_CORE}creator")}


def _file(root: Any, styles: Any) -> _File:
    file = _File()
    for tree in (root, styles):
        for style in tree.iter(f"{_TEXT}list-style") if tree is not None else ():
            for level in style.iter(f"{_TEXT}list-level-style-number"):
                file.numbered.add((style.get(f"{_STYLE}name") or "", _whole(level.get(f"{_TEXT}level"))))
    for style in root.iter(f"{_STYLE}style"):
        shown = style.find(f"{_STYLE}table-properties")
        if shown is not None and shown.get(f"{_TABLE}display") == "false":
            file.hidden.add(style.get(f"{_STYLE}name") or "")
    return file


def _blocks(node: Any, file: _File) -> Iterator[Block]:
    for child in node:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield from _paragraph(child, file)
        elif child.tag == f"{_TEXT}list":
            yield from _list(child, file, child.get(f"{_TEXT}style-name") or "", 1)
        elif child.tag == f"{_TABLE}table":
            heads = len(list(child.iterfind(f"{_TABLE}table-header-rows/{_TABLE}table-row")))
            yield from table_blocks([[cell for cell, _ in _cells(row)] for row in _rows(child)], heads or None)
        elif child.tag == f"{_TEXT}table-of-content":
            yield from (Block(_text(p), boilerplate="table of contents") for p in child.iter(f"{_TEXT}p"))
        elif child.tag in _HOLDERS:
            yield from _blocks(child, file)


def _paragraph(node: Any, file: _File, mark: str = "") -> Iterator[Block]:
    """A paragraph, then the text boxes and the notes that hang on it."""
    text = _text(node)
    if text and node.tag == f"{_TEXT}h":
        yield Block(text, f"heading {min(max(_whole(node.get(f'{_TEXT}outline-level')), 1), 6)}")
    elif text:
        yield Block(f"{mark} {text}", "item") if mark else Block(text)
    for frame in node.iter(f"{_DRAW}frame"):
        yield from _blocks(frame, file)
    for note in node.iter(f"{_TEXT}note-body"):
        yield Block(" ".join(_text(p) for p in note.iter(f"{_TEXT}p")), "note")


def _list(node: Any, file: _File, style: str, level: int) -> Iterator[Block]:
    for number, item in enumerate(node.iterchildren(f"{_TEXT}list-item", f"{_TEXT}list-header"), start=1):
        mark = f"{number}." if (style, level) in file.numbered else "-"
        for child in item:
            if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
                yield from _paragraph(child, file, mark)
            elif child.tag == f"{_TEXT}list":
                yield from _list(child, file, style, level + 1)


def _text(node: Any) -> str:
    parts: list[str] = []
    _inline(node, parts)
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n")).strip()


def _inline(node: Any, parts: list[str]) -> None:
    parts.append(node.text or "")
    for child in node:
        if child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            parts.append(" ")
        elif child.tag not in _GONE and child.tag not in (f"{_TEXT}page-number", f"{_TEXT}page-count"):
            _inline(child, parts)
        parts.append(child.tail or "")


def _running(styles: Any, file: _File) -> list[Block]:
    """Headers and footers, each text once."""
    texts: dict[str, None] = {}
    for node in styles.iter(f"{_STYLE}header", f"{_STYLE}footer") if styles is not None else ():
        texts |= {block.text: None for block in _blocks(node, file) if any(sign.isalpha() for sign in block.text)}
    return [Block(text, "note") for text in texts]


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in (f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"):
            yield from _rows(child)


def _cells(row: Any) -> list[tuple[Cell, int]]:
    """The cells of a row, each with how often it stands there."""
    cells: list[tuple[Cell, int]] = []
    for child in row.iterchildren(f"{_TABLE}table-cell"):
        text = " ".join(_text(p) for p in child.iter(f"{_TEXT}p"))
        cell = Cell(text, _whole(child.get(f"{_TABLE}number-rows-spanned"), 1), _whole(child.get(f"{_TABLE}number-columns-spanned"), 1))
        cells.append((cell, _whole(child.get(f"{_TABLE}number-columns-repeated"), 1)))
    return cells


def _sheets(body: Any, file: _File, source: str, problems: list[LoadError] | None) -> Iterator[tuple[str, list[Block]]]:
    hidden = []
    for table in body.iterchildren(f"{_TABLE}table"):
        name = table.get(f"{_TABLE}name") or ""
        if table.get(f"{_TABLE}style-name") in file.hidden:
            hidden.append(repr(name))
            continue
        blocks: list[Block] = []
        state = SheetState()
        for region in _regions(table):
            made, state = sheet_blocks(region, state)
            blocks += made
        yield (name, [Block(name, "heading 1"), *blocks] if blocks else [])
    if hidden and problems is not None:
        problems.append(NotRead(f"{source}: sheet {', '.join(hidden[:20])} is hidden and was not read. Show it, if it shall be found."))


def _regions(table: Any) -> Iterator[list[list[Filled]]]:
    """Rows that hold something, in runs that an empty row parts, merged cells filled."""
    region: list[list[Cell]] = []
    for row in _rows(table):
        cells = _cells(row)
        while cells and not cells[-1][0].text:
            cells.pop()
        if not cells:
            yield from _grid(region)
            region = []
            continue
        line = [cell for cell, times in cells for _ in range(min(times, _MAX_REPEATED))]
        region += [line] * min(_whole(row.get(f"{_TABLE}number-rows-repeated"), 1), _MAX_REPEATED)
    yield from _grid(region)


def _grid(region: list[list[Cell]]) -> Iterator[list[list[Filled]]]:
    if region:
        grid = fill(region)
        width = max(len(row) for row in grid)
        yield [row + [Filled()] * (width - len(row)) for row in grid]


def _slide(page: Any, file: _File) -> Iterator[Block]:
    titles, others, notes = [], [], []
    for child in page:
        blocks = list(_blocks(child, file)) if child.tag in _HOLDERS else []
        if child.tag == f"{_PRESENTATION}notes":
            notes = [block.text for frame in child for block in _blocks(frame, file)]
        elif child.get(f"{_PRESENTATION}class") == "title":
            titles += [Block(block.text, "heading 1") for block in blocks]
        else:
            others += blocks
    yield from (*titles, *others)
    if notes:
        yield Block(f"Notes: {' '.join(notes)}", "note")


def _whole(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise

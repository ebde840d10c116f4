"""Word files (.docx) to text, from their XML directly.

Paragraphs in order, list items and table rows on lines of their own; text boxes, headers, footers, footnotes and endnotes as blocks of
their own behind the text. Deleted and hidden text is left out, moved text stands where it was moved to, merged cells are filled.
Knows nothing of pictures, charts and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.errors import LoadError
from index.extract import Extract, table_lines
from index.formats_archive import Limits, open_zip
from index.formats_office import core_properties, join_blocks, read_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_GONE = (f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback")
_BESIDE = re.compile(r"word/(?:header|footer|footnotes|endnotes)\d*\.xml")


def read_docx(data: bytes, source: str, limits: Limits) -> list[Extract]:
    """One document. Raises `LoadError` for a file that is no Word file, broken or protected."""
    archive = open_zip(data, source, limits, "Word file")
    body = read_xml(archive, "word/document.xml", source, limits).find(f"{_W}body")
    blocks = list(_blocks(body)) if body is not None else []
    for name in sorted(n for n in archive.namelist() if _BESIDE.fullmatch(n)):
        try:
            beside = list(_beside(read_xml(archive, name, source, limits)))
        except LoadError:  # the text itself was read: a broken footer does not cost the document
            continue
        blocks += [block for block in beside if block not in blocks]
    return [Extract(text=join_blocks(blocks), format="docx", identity=data, **core_properties(archive, source, limits))]


def _beside(part: Any) -> Iterator[str]:
    """The blocks of a header, a footer, or of each note."""
    for child in part:
        if child.tag in (f"{_W}footnote", f"{_W}endnote"):
            yield from _blocks(child)
    yield from _blocks(part)


def _blocks(body: Any) -> Iterator[str]:
    for child in body:
        if child.tag == f"{_W}p":
            text = _paragraph(child)
            if text:
                yield f"- {text}" if _is_item(child) else text
            for box in child.iter(f"{_W}txbxContent"):
                if not any(a.tag in _GONE for a in box.iterancestors()):
                    yield from _blocks(box)
        elif child.tag == f"{_W}tbl":
            yield "\n".join(table_lines(_rows(child)))
        elif child.tag == f"{_W}sdt":
            content = child.find(f"{_W}sdtContent")
            yield from _blocks(content if content is not None else [])


def _rows(table: Any) -> list[list[str]]:
    """A table's cells; one that is merged over columns or rows stands in each of them."""
    rows: list[list[str]] = []
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl"), None) is not table:
            continue
        cells: list[str] = []
        for cell in row.iterchildren(f"{_W}tc"):
            text = " ".join(_paragraph(p) for p in cell.iter(f"{_W}p"))
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merged is not None and merged.get(f"{_W}val") != "restart" and rows and len(rows[-1]) > len(cells):
                text = rows[-1][len(cells)]
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            width = span.get(f"{_W}val", "1") if span is not None else "1"
            cells += [text] * (min(int(width), 64) if width.isdigit() else 1)
        rows.append(cells)
    return rows


def _is_item(paragraph: Any) -> bool:
    """Whether a paragraph is numbered or bulleted, by itself or by its style ("ListBullet", "List Number 2")."""
    if paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
        return True
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    name = style.get(f"{_W}val", "").lower() if style is not None else ""
    return name.startswith("list") and "paragraph" not in name


def _paragraph(paragraph: Any) -> str:
    parts: list[str] = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr"):
        run = next((a for a in node.iterancestors(f"{_W}r")), None)
        hidden = run is not None and run.find(f"{_W}rPr/{_W}vanish") is not None
        above = list(node.iterancestors())
        inner = above[: above.index(paragraph)] if paragraph in above else above
        if hidden or any(a.tag in _GONE for a in above) or any(a.tag == f"{_W}txbxContent" for a in inner):
            continue
        parts.append(node.text or "" if node.tag == f"{_W}t" else "\n" if node.tag in (f"{_W}br", f"{_W}cr") else " ")
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n")).strip()

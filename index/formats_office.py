"""PowerPoint, Excel and EPUB to text; all are zip archives of XML, as Word files are (`index.formats_word`).

PowerPoint is read from its XML directly (lxml is there for HTML anyway; the usual readers bring pandas and
a file-type model, and lose slide numbers); Excel needs openpyxl from the extra `formats`. Every table row is a line
that repeats its column names. Page spans carry slide numbers, sheet names and chapter numbers. Deleted and hidden text,
hidden slides and hidden sheets are left out. Knows nothing of charts, pictures, comments and the old binary formats.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from index.dates import parse_stamp
from index.errors import LoadError
from index.extract import Extract, table_lines
from index.formats_archive import BROKEN, Limits, open_zip, read_member
from index.html_layout import layout_plain
from index.html_markup import remove_hidden
from index.schema import Span

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
MAX_CELLS = 10_000_000  # of a sheet, the empty ones before a filled one too: 80 MB of references while it is read


def read_pptx(data: bytes, source: str, limits: Limits) -> list[Extract]:
    """One document with a page span per slide, labelled by its number; speaker notes follow their slide."""
    archive = open_zip(data, source, limits, "PowerPoint file")
    deck = read_xml(archive, "ppt/presentation.xml", source, limits)
    targets = _relations(archive, "ppt/presentation.xml", source, limits)
    pages: list[tuple[str, str]] = []
    for number, slide in enumerate(deck.iter(f"{_P}sldId"), start=1):
        name = targets.get(slide.get(f"{_R}id"), "")
        root = read_xml(archive, name, source, limits)
        if root.get("show") == "0":
            continue
        blocks = list(_slide_blocks(root))
        for target in _relations(archive, name, source, limits).values():
            if "notesSlide" in target:
                notes = [b for b in _slide_blocks(read_xml(archive, target, source, limits)) if not b.isdigit()]
                blocks += ["Notes: " + " ".join(notes)] if notes else []
        pages.append((str(number), join_blocks(blocks)))
    return [_paged(pages, "pptx", data, core_properties(archive, source, limits))]


def _slide_blocks(root: Any) -> Iterator[str]:
    for shape in root.iter(f"{_P}sp", f"{_A}tbl"):
        if shape.tag == f"{_A}tbl":
            rows = [[" ".join(_runs(p) for p in cell.iter(f"{_A}p")) for cell in row.iter(f"{_A}tc")] for row in shape.iter(f"{_A}tr")]
            yield "\n".join(table_lines(rows))
            continue
        lines = [line for line in (_runs(p) for p in shape.iter(f"{_A}p")) if line]
        if lines:
            yield lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _runs(paragraph: Any) -> str:
    return " ".join("".join(node.text or "" if node.tag == f"{_A}t" else " " for node in paragraph.iter(f"{_A}t", f"{_A}br")).split())


def read_xlsx(data: bytes, source: str, limits: Limits) -> list[Extract]:
    """One document with a page span per sheet, labelled by its name; every row repeats its column names."""
    try:
        import openpyxl  # type: ignore[import-untyped]
    except ImportError as error:
        raise LoadError(
            f"{source}: Excel files need openpyxl, which is not installed. Install the extra: pip install 'footnote[formats]'."
        ) from error
    open_zip(data, source, limits, "Excel file").close()
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        pages = [(sheet.title, _sheet_text(sheet, source)) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except (*BROKEN, RuntimeError, TypeError, AttributeError, SyntaxError) as error:  # what openpyxl raises on damaged files
        raise LoadError(f"{source}: must be a readable Excel file, found a broken one ({_one_line(error)}). Save it again.") from error
    title = " ".join((book.properties.title or "").split()) or None
    author = " ".join((book.properties.creator or "").split())
    return [_paged(pages, "xlsx", data, {"title": title, "author": author if author and author != "openpyxl" else None}, prose=False)]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120]


def _sheet_text(sheet: Any, source: str) -> str:
    """Raises `LoadError` for a sheet of more than `MAX_CELLS`."""
    sheet.reset_dimensions()  # the size that a file states is filled up with empty cells, and costs the file nothing
    rows: list[list[str]] = []
    cells = 0
    for row in sheet.iter_rows():
        cells += len(row)
        if cells > MAX_CELLS:
            raise LoadError(f"{source}: a sheet must have at most {MAX_CELLS:,} cells, {sheet.title!r} has more. Split it.")
        values = [_cell(cell) for cell in row]
        if any(values):
            rows.append(values)
    lead = 0
    while lead < len(rows) and sum(bool(cell) for cell in rows[lead]) < 2:
        lead += 1
    notes = [" ".join(cell for cell in row if cell) for row in rows[:lead]]
    lines = table_lines(rows[lead:])
    return join_blocks([sheet.title, *notes, "\n".join(lines)]) if notes or lines else ""


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, int | float):
        percent = "%" in (cell.number_format or "")
        number = round(value * 100 if percent else value, 10)
        return (str(int(number)) if number == int(number) else repr(number)) + ("%" if percent else "")
    return str(value).strip()


def read_epub(data: bytes, source: str, limits: Limits) -> list[Extract]:
    """One document with a page span per chapter (`chapter 3`), in reading order."""
    from lxml import html as lxml_html  # type: ignore[import-untyped]

    archive = open_zip(data, source, limits, "EPUB")
    container = read_xml(archive, "META-INF/container.xml", source, limits)
    place = next((node.get("full-path") for node in container.iter("{*}rootfile")), None) or ""
    package = read_xml(archive, place, source, limits)
    files = {item.get("id"): item.get("href") for item in package.iter(f"{_OPF}item")}
    pages: list[tuple[str, str]] = []
    for number, reference in enumerate(package.iter(f"{_OPF}itemref"), start=1):
        href = files.get(reference.get("idref"))
        if href is None or reference.get("linear") == "no":
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(href.split("#")[0])))
        content = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", read_member(archive, name, source, limits).removeprefix(b"\xef\xbb\xbf"))
        tree = lxml_html.document_fromstring(content, parser=lxml_html.HTMLParser(encoding="utf-8"))
        remove_hidden(tree)
        pages.append((f"chapter {number}", layout_plain(tree)))
    meta = {
        name: next((" ".join((n.text or "").split()) for n in package.iter(f"{_DC}{name}")), "")
        for name in ("title", "creator", "publisher", "date", "language")
    }
    known: dict[str, Any] = {
        "title": meta["title"] or None,
        "author": meta["creator"] or None,
        "publisher": meta["publisher"] or None,
        "published": parse_stamp(meta["date"], "markup") if meta["date"] else None,
        "language": meta["language"][:2].lower() or None,
    }
    return [_paged(pages, "epub", data, known)]


def _paged(pages: list[tuple[str, str]], kind: str, data: bytes, known: dict[str, Any], *, prose: bool = True) -> Extract:
    """Texts of pages joined by blank lines, with a labelled span each; empty pages are left out."""
    text = ""
    spans: list[Span] = []
    for label, page in pages:
        if page.strip():
            text += "\n\n" if text else ""
            spans.append(Span(len(text), len(text) + len(page), label))
            text += page
    return Extract(text=text, format=kind, identity=data, pages=tuple(spans), prose=prose, **known)


def join_blocks(blocks: list[str]) -> str:
    """List items stay on neighbouring lines, other blocks are parted by a blank line."""
    out = ""
    before = ""
    for block in blocks:
        if block:
            out += ("" if not out else "\n" if block.startswith("- ") and before.startswith("- ") else "\n\n") + block
            before = block
    return out


def read_xml(archive: zipfile.ZipFile, name: str, source: str, limits: Limits) -> Any:
    """Root of an XML member; entities are not expanded and nothing is fetched."""
    from lxml import etree

    if name not in archive.NameToInfo:
        raise LoadError(
            f"{source}: must hold {name or 'its main part'!r}, found it missing. Save the file again, or give it its real ending."
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(read_member(archive, name, source, limits), parser)
    except etree.XMLSyntaxError as error:
        if "amplification" in str(error) or "entity reference loop" in str(error):
            raise LoadError(
                f"{source}: the XML entities of {name!r} must stay small, they grow without end. It may be an XML bomb; do not index it."
            ) from error
        raise LoadError(f"{source}: {name!r} must be valid XML, got {str(error)[:80]}. Save the file again.") from error


def _relations(archive: zipfile.ZipFile, name: str, source: str, limits: Limits) -> dict[str | None, str]:
    """Relation id to member name for a part of an Office file."""
    folder, file = posixpath.split(name)
    place = f"{folder}/_rels/{file}.rels"
    if place not in archive.NameToInfo:
        return {}
    root = read_xml(archive, place, source, limits)
    return {
        node.get("Id"): posixpath.normpath(posixpath.join(folder, node.get("Target", ""))).lstrip("/")
        for node in root
        if node.get("TargetMode") != "External"
    }


def core_properties(archive: zipfile.ZipFile, source: str, limits: Limits) -> dict[str, Any]:
    """Title and author from the properties; the dates there say when a file was saved, not when it was published."""
    if "docProps/core.xml" not in archive.NameToInfo:
        return {}
    root = read_xml(archive, "docProps/core.xml", source, limits)
    title = " ".join((root.findtext(f"{_DC}title") or "").split())
    author = " ".join((root.findtext(f"{_DC}creator") or "").split())
    placeholder = title.lower() in ("powerpoint presentation", "word document", "презентация powerpoint")
    return {"title": title if title and not placeholder else None, "author": author if author and author != "python-docx" else None}

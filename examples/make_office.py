"""Write the Word, Excel, PowerPoint and PDF files of the example corpora from the texts in `office/`.

Run it from the repository root after changing a text: `python examples/make_office.py`. It needs reportlab, openpyxl and
python-pptx (extra `dev`). `office/ferry/minutes.pdf.txt` becomes `ferry/minutes.pdf`. Dates and identifiers in the files are
fixed, so the same libraries write the same bytes on every run.

A text begins with `key: value` lines (title, author, header, footer) up to a line `---`. Then every line is a block: `# ` and
`## ` headings, `- ` bullets, `1. ` steps, `| a | b |` table rows, all else a paragraph. `=== name` begins a sheet, a slide or
a page; a PDF page called `columns` has two columns. `Notes: ` on a slide are its speaker notes.
"""

from __future__ import annotations

import datetime
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
STAMP = (2026, 1, 2, 9, 0, 0)
STAMP_TEXT = "2026-01-02T09:00:00Z"
_STEP = re.compile(r"\d+\. ")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a text: its kind (heading, subheading, bullet, step, table, text), its words, the rows of a table."""

    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below a line `=== name`: a sheet, a slide or a page. The first one of a text may have no name."""

    name: str
    blocks: list[Block]


Head = dict[str, str]


def read_source(text: str) -> tuple[Head, list[Section]]:
    """The head of a text and its sections."""
    head, _, body = text.partition("\n---\n")
    known = dict(line.split(": ", 1) for line in head.splitlines())
    sections: list[Section] = []
    for part in re.split(r"^(?==== )", body, flags=re.MULTILINE):
        name, _, rest = part.partition("\n") if part.startswith("=== ") else ("", "", part)
        if rest.strip():
            sections.append(Section(name.removeprefix("=== "), list(_blocks(rest))))
    return known, sections


def _blocks(text: str) -> Iterator[Block]:
    for is_row, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        if is_row:
            yield Block("table", rows=[[cell.strip() for cell in line.strip("|").split("|")] for line in lines])
            continue
        yield from (_line(line) for line in lines if line.strip())


def _line(line: str) -> Block:
    for mark, kind in (("# ", "heading"), ("## ", "subheading"), ("- ", "bullet")):
        if line.startswith(mark):
            return Block(kind, line.removeprefix(mark))
    return Block("step", _STEP.sub("", line, count=1)) if _STEP.match(line) else Block("text", line)


def fixed(data: bytes) -> bytes:
    """The same Office file with its dates of writing replaced by one fixed date."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + STAMP_TEXT.encode(), content)
            _write(new, name, content)
    return out.getvalue()


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_DOCX_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>'
    f'<Override PartName="/word/numbering.xml" ContentType="{_WORD}.numbering+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>',
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/numbering" Target="numbering.xml"/></Relationships>',
    "word/styles.xml": f"<w:styles {_W}>"
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/><w:pPr><w:outlineLvl w:val="{n - 1}"/></w:pPr>'
        f'<w:rPr><w:b/><w:sz w:val="{36 - 6 * n}"/></w:rPr></w:style>'
        for n in (1, 2)
    )
    + "</w:styles>",
    "word/numbering.xml": f"<w:numbering {_W}>"
    + "".join(
        f'<w:abstractNum w:abstractNumId="{n}"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{shown}"/></w:lvl></w:abstractNum>'
        for n, kind, shown in ((1, "bullet", "•"), (2, "decimal", "%1."))
    )
    + "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>' for n in (1, 2))
    + "</w:numbering>",
}
_STYLES = {
    "heading": '<w:pStyle w:val="Heading1"/>',
    "subheading": '<w:pStyle w:val="Heading2"/>',
    "bullet": '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
    "step": '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>',
}


def docx(head: Head, sections: list[Section]) -> bytes:
    """A Word file: headings as styles, bullets and steps as numbered paragraphs, tables as tables."""
    body = "".join(_word_block(block) for section in sections for block in section.blocks)
    core = (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(head['title'])}</dc:title><dc:creator>{escape(head['author'])}</dc:creator></cp:coreProperties>"
    )
    document = f"<w:document {_W}><w:body>{body}<w:sectPr/></w:body></w:document>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {**_DOCX_PARTS, "docProps/core.xml": core, "word/document.xml": document}.items():
            _write(archive, name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{content}'.encode())
    return out.getvalue()


def _word_block(block: Block) -> str:
    if block.kind != "table":
        return _word_paragraph(block.text, _STYLES.get(block.kind, ""))
    rows = ("".join(f"<w:tc><w:tcPr/>{_word_paragraph(cell)}</w:tc>" for cell in row) for row in block.rows)
    grid = "<w:gridCol/>" * len(block.rows[0])
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl><w:p/>"


def _word_paragraph(text: str, style: str = "") -> str:
    return f'<w:p><w:pPr>{style}</w:pPr><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def xlsx(head: Head, sections: list[Section]) -> bytes:
    """An Excel file, a sheet a section: paragraphs in the first column, table rows as cells with numbers, shares and dates."""
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = head["title"], head["author"]
    for section in sections:
        sheet = book.create_sheet(section.name)
        for block in section.blocks:
            for row in block.rows or [[block.text]]:
                sheet.append([_cell_value(cell) for cell in row])
                for cell, text in zip(sheet[sheet.max_row], row, strict=True):
                    cell.number_format = "0%" if text.endswith("%") and not isinstance(cell.value, str) else cell.number_format
    out = io.BytesIO()
    book.save(out)
    return fixed(out.getvalue())


def _cell_value(text: str) -> Any:
    if re.fullmatch(r"-?\d+%", text):
        return int(text[:-1]) / 100
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return datetime.datetime.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text or None


def pptx(head: Head, sections: list[Section]) -> bytes:
    """A PowerPoint file, a slide a section: its name is the title, then lines, a table and the speaker notes."""
    import pptx as library

    deck = library.Presentation()
    deck.core_properties.title, deck.core_properties.author = head["title"], head["author"]
    for section in sections:
        tables = [block for block in section.blocks if block.kind == "table"]
        slide = deck.slides.add_slide(deck.slide_layouts[5 if tables else 1])
        slide.shapes.title.text = section.name
        lines = [block.text for block in section.blocks if block.kind != "table" and not block.text.startswith("Notes: ")]
        if tables and lines:
            slide.shapes.add_textbox(500_000, 1_500_000, 8_000_000, 700_000).text_frame.text = "\n".join(lines)
        elif lines:
            slide.placeholders[1].text_frame.text = "\n".join(lines)
        for block in tables:
            frame = slide.shapes.add_table(len(block.rows), len(block.rows[0]), 500_000, 2_400_000, 8_000_000, 3_000_000)
            for i, row in enumerate(block.rows):
                for j, cell in enumerate(row):
                    frame.table.cell(i, j).text = cell
        notes = [block.text.removeprefix("Notes: ") for block in section.blocks if block.text.startswith("Notes: ")]
        if notes:
            slide.notes_slide.notes_text_frame.text = "\n".join(notes)
    out = io.BytesIO()
    deck.save(out)
    return fixed(out.getvalue())


def pdf(head: Head, sections: list[Section]) -> bytes:
    """A PDF with a running head and foot; a section begins a page, in two columns when it is called `columns`."""
    from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
    from reportlab.lib.units import mm  # type: ignore[import-untyped]
    from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageBreak, PageTemplate  # type: ignore[import-untyped]

    def edges(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(25 * mm, 284 * mm, head["header"])
        canvas.drawString(25 * mm, 12 * mm, head["footer"])
        canvas.drawRightString(185 * mm, 12 * mm, f"Page {document.page}")

    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title=head["title"], author=head["author"], invariant=1)
    one = [Frame(25 * mm, 20 * mm, 160 * mm, 257 * mm)]
    two = [Frame(x * mm, 20 * mm, 77 * mm, 257 * mm) for x in (25, 108)]
    document.addPageTemplates([PageTemplate(name, frames, onPage=edges) for name, frames in (("one", one), ("columns", two))])
    story: list[Any] = []
    for section in sections:
        template = "columns" if section.name == "columns" else "one"
        story += [NextPageTemplate(template), PageBreak()] if story else [NextPageTemplate(template)]
        story += _pdf_story(section.blocks)
    document.build(story)
    return out.getvalue()


def _pdf_story(blocks: list[Block]) -> Iterator[Any]:
    from reportlab.lib import colors  # type: ignore[import-untyped]
    from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
    from reportlab.platypus import Paragraph, Spacer, Table

    styles = getSampleStyleSheet()
    names = {"heading": "Heading2", "subheading": "Heading3"}
    step = 0
    for block in blocks:
        step = step + 1 if block.kind == "step" else 0
        if block.kind == "table":
            yield Table(block.rows, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.grey)], hAlign="LEFT")
        else:
            mark = {"bullet": "• ", "step": f"{step}. "}.get(block.kind, "")
            yield Paragraph(mark + escape(block.text), styles[names.get(block.kind, "BodyText")])
        yield Spacer(1, 6)


WRITERS: dict[str, Callable[[Head, list[Section]], bytes]] = {".docx": docx, ".xlsx": xlsx, ".pptx": pptx, ".pdf": pdf}


def main(target: Path = HERE) -> None:
    """Write every file that has a text in `office/` below `target`."""
    for path in sorted((HERE / "office").glob("*/*.txt")):
        name = path.with_suffix("")
        data = WRITERS[name.suffix](*read_source(path.read_text(encoding="utf-8")))
        folder = target / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name.name).write_bytes(data)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

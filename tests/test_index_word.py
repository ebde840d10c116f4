"""Word files: lists, merged cells, tracked changes, text boxes, notes, headers and footers."""

from __future__ import annotations

import io
import zipfile

from index.formats_archive import Limits
from index.formats_word import read_docx

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def p(text: str, style: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(text: str, look: str = "") -> str:
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{p(text)}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def text_of(body: str, **parts: str) -> str:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for name, content in parts.items():
            tag = {"f": "footnotes", "h": "hdr"}[name[0]]
            archive.writestr(f"word/{name}.xml", f"<w:{tag} {W}>{content}</w:{tag}>")
    return read_docx(data.getvalue(), "a.docx", Limits(10**7, 200, 1000))[0].text


def test_a_list_by_its_style() -> None:
    assert text_of(p("Bring:") + p("boots", "ListBullet") + p("a rope", "ListNumber2") + p("Then go.", "ListParagraph")) == (
        "Bring:\n\n- boots\n- a rope\n\nThen go."
    )


def test_merged_cells_stand_in_each_row_and_column() -> None:
    table = (
        row(cell("Boat"), cell("Season"), cell("Fare"))
        + row(cell("Tern", '<w:vMerge w:val="restart"/>'), cell("summer"), cell("9"))
        + row(cell("", "<w:vMerge/>"), cell("winter"), cell("7"))
        + row(cell("Gull"), cell("on request", '<w:gridSpan w:val="2"/>'))
    )
    assert text_of(f"<w:tbl>{table}</w:tbl>").split("\n") == [
        "- Boat: Tern | Season: summer | Fare: 9", "- Boat: Tern | Season: winter | Fare: 7",
        "- Boat: Gull | Season: on request | Fare: on request",
    ]  # fmt: skip


def test_moved_text_stands_once_and_deleted_text_nowhere() -> None:
    moved = "<w:p><w:moveFrom><w:r><w:t>The mast is of ash.</w:t></w:r></w:moveFrom></w:p>"
    there = "<w:p><w:moveTo><w:r><w:t>The mast is of ash.</w:t></w:r></w:moveTo></w:p>"
    gone = (
        "<w:p><w:r><w:t>It has </w:t></w:r><w:del><w:r><w:delText>two</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>three sails.</w:t></w:r></w:ins></w:p>"
    )
    assert text_of(moved + gone + there) == "It has three sails.\n\nThe mast is of ash."


def test_a_text_box_is_a_block_of_its_own() -> None:
    inside = f"<w:pict><w:txbxContent>{p('Call the pilot: 12 34')}</w:txbxContent></w:pict>"
    box = f"<w:p><w:r>{inside}</w:r><w:r><w:t>The boat leaves at noon.</w:t></w:r></w:p>"
    assert text_of(box) == "The boat leaves at noon.\n\nCall the pilot: 12 34"


def test_notes_headers_and_footers_follow_once() -> None:
    note = f'<w:footnote w:id="1">{p("Save on Sundays.")}</w:footnote>'
    assert text_of(p("The boat leaves daily."), footnotes=note, header1=p("Harbour board"), header2=p("Harbour board")) == (
        "The boat leaves daily.\n\nSave on Sundays.\n\nHarbour board"
    )

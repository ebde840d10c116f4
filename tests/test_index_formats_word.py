from __future__ import annotations

from pathlib import Path

from tests.office_files import labelled, load, para, word

STYLES = (
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    '</w:style><w:style w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:styleId="Own"><w:name w:val="Chapter"/><w:basedOn w:val="berschrift2"/></w:style>'
    '<w:style w:styleId="Cap"><w:name w:val="caption"/></w:style>'
)
NUMBERING = (
    '<w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="6"><w:lvl w:ilvl="0"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1)"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:numFmt w:val="upperRoman"/><w:lvlText w:val="(%2)"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="6"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="6"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
)


def test_headings_and_lists_have_the_numbers_that_word_shows(tmp_path: Path) -> None:
    body = para("Fees", "berschrift1") + para("Berths", "berschrift2") + para("Cranes", "Own") + para("Guests", "berschrift1")
    body += para("Nets", "berschrift2") + para("tar", listed=(2, 0)) + para("rope", listed=(2, 0)) + para("hemp", listed=(2, 1))
    body += para("oil", listed=(3, 0)) + para("plain", listed=(0, 0))
    document = load(tmp_path, "a.docx", word(body, styles=STYLES, numbering=NUMBERING))
    assert labelled(document, "heading 1") == ["3. Fees", "4. Guests"]
    assert labelled(document, "heading 2") == ["3.1 Berths", "3.2 Cranes", "4.1 Nets"]
    assert labelled(document, "item") == ["a) tar", "b) rope", "(I) hemp", "a) oil"]


def test_notes_text_boxes_headers_and_footers_are_blocks_of_their_own(tmp_path: Path) -> None:
    box = "<w:txbxContent>" + para("Crane hotline: 4711") + "</w:txbxContent>"
    drawn = f"<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
    notes = '<w:r><w:footnoteReference w:id="2"/><w:endnoteReference w:id="2"/></w:r>'
    field = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
    field += '<w:r><w:fldChar w:fldCharType="separate"/><w:t>7</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    sections = (
        '<w:sectPr><w:headerReference r:id="header1"/><w:footerReference r:id="footer1"/><w:footerReference r:id="footer2"/></w:sectPr>'
    )
    document = load(
        tmp_path,
        "a.docx",
        word(
            para("The crane lifts 12 tonnes.", inside=drawn + notes) + para("It is tested each May.") + sections,
            footnotes=f'<w:footnote w:type="separator" w:id="0">{para("-")}</w:footnote>'
            f'<w:footnote w:id="2">{para("With ropes.")}</w:footnote>',
            endnotes=f'<w:endnote w:id="2">{para("Tested in Oslo.")}</w:endnote>',
            header1=para("Harbour file 88-K"),
            footer1=f"<w:p>{field}</w:p>",
            footer2=para("Harbour file 88-K"),
        ),
    )
    assert document.text == (
        "The crane lifts 12 tonnes.\n\nCrane hotline: 4711\n\nWith ropes.\n\nIt is tested each May.\n\nTested in Oslo.\n\nHarbour file 88-K"
    )
    assert labelled(document, "note") == ["With ropes.", "Tested in Oslo.", "Harbour file 88-K"]


def test_moved_and_inserted_text_is_read_once_and_deleted_text_never(tmp_path: Path) -> None:
    moved = "<w:r><w:t>The quay closes at ten.</w:t></w:r>"
    body = f"<w:p><w:moveFrom>{moved}</w:moveFrom></w:p>" + para("Between.") + f"<w:p><w:moveTo>{moved}</w:moveTo></w:p>"
    body += "<w:p><w:ins><w:r><w:t>New.</w:t></w:r></w:ins><w:del><w:r><w:delText>Old.</w:delText></w:r></w:del></w:p>"
    assert load(tmp_path, "a.docx", word(body)).text == "Between.\n\nThe quay closes at ten.\n\nNew."


def cell(text: str, stated: str = "") -> str:
    return f"<w:tc><w:tcPr>{stated}</w:tcPr>{para(text)}</w:tc>"


def test_merged_cells_are_filled_and_two_header_rows_joined(tmp_path: Path) -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        cell("Quay", down) + cell("Fee per day", '<w:gridSpan w:val="2"/>'),
        cell("", on) + cell("Summer") + cell("Winter"),
        cell("North", down) + cell("12 kr") + cell("8 kr"),
        cell("", on) + cell("14 kr") + cell("9 kr"),
    ]
    table = "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
    assert labelled(load(tmp_path, "a.docx", word(table)), "row") == [
        "- Quay: North | Fee per day, Summer: 12 kr | Fee per day, Winter: 8 kr",
        "- Quay: North | Fee per day, Summer: 14 kr | Fee per day, Winter: 9 kr",
    ]


def test_a_table_that_lays_out_a_page_gives_what_its_cells_hold(tmp_path: Path) -> None:
    inner = f"<w:tbl><w:tr>{cell('Boat')}{cell('Length')}</w:tr><w:tr>{cell('Tern')}{cell('9 m')}</w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc>{para('Our boats.')}{inner}{para('')}</w:tc></w:tr></w:tbl>"
    document = load(tmp_path, "a.docx", word(outer))
    assert document.text == "Our boats.\n\n- Boat: Tern | Length: 9 m"


def test_contents_are_furniture_and_note_marks_set_by_hand_are_left_out(tmp_path: Path) -> None:
    high = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>{}</w:t></w:r>'
    body = (
        para("Fees 3", "TOC1")
        + para("The basin covers 3 km", inside=high.format("2"))
        + para("It was dug in 1902", inside=high.format("4"))
    )
    document = load(tmp_path, "a.docx", word(body + para("Figure 1: The basin", "Cap"), styles=STYLES))
    assert "covers 3 km²\n" in document.text and "in 1902\n" in document.text
    assert [span.label for span in document.boilerplate] == ["table of contents"]
    assert labelled(document, "caption") == ["Figure 1: The basin"]

"""Small files that say one thing over and over: a part that is named again and again is read once, and what cells repeat has a limit."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from index.errors import LoadError
from index.formats.guarded import GuardedLoader
from index.formats.load import load_file
from tests.greedy import greedy_reader
from tests.office_files import LINKS, RELATIONS, load, para, word, zipped

AGAIN = 20_000
TEXT = "The crane stands in the yard. " * 1000
_P, _A = (f"http://schemas.openxmlformats.org/{kind}/2006/main" for kind in ("presentationml", "drawingml"))
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KINDS = "http://schemas.openxmlformats.org/package/2006/content-types"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def slides() -> bytes:
    listed = "".join(f'<p:sldId id="{256 + n}" r:id="{("r1", "r2")[n % 2]}"/>' for n in range(AGAIN))
    return zipped(
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_P}" xmlns:r="{LINKS}"><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
            '<Relationship Id="r1" Target="slides/one.xml"/><Relationship Id="r2" Target="slides/../slides/one.xml"/></Relationships>',
            "ppt/slides/one.xml": f'<p:sld xmlns:p="{_P}" xmlns:a="{_A}"><p:sp><p:txBody><a:p><a:r><a:t>{TEXT}</a:t></a:r></a:p>'
            "</p:txBody></p:sp></p:sld>",
        }
    )


def chapters() -> bytes:
    spine = "".join(f'<itemref idref="{("a", "b")[n % 2]}"/>' for n in range(AGAIN))
    items = '<item id="a" href="c.xhtml"/><item id="b" href="./c%2Exhtml#part"/>'
    return zipped(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
            "b.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>',
            "c.xhtml": f"<html><body><p>{TEXT}</p></body></html>",
        }
    )


def notes() -> bytes:
    body = "".join(para("x", inside='<w:r><w:footnoteReference w:id="1"/></w:r>') + f"<!--{n:x}-->" for n in range(AGAIN))
    return word(body, footnotes=f'<w:footnote w:id="1">{para(TEXT)}</w:footnote>')


def cells(rows: int) -> bytes:
    filled = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, rows + 1))
    parts = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "sharedStrings": "sharedStrings"}
    kinds = "".join(f'<Override PartName="/xl/{part}.xml" ContentType="{_EXCEL}.{kind}+xml"/>' for part, kind in parts.items())
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_KINDS}"><Default Extension="xml" ContentType="application/xml"/>{kinds}</Types>',
            "_rels/.rels": _links(officeDocument="xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{LINKS}"><sheets><sheet name="S" sheetId="1" r:id="worksheet"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _links(worksheet="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml"),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{filled}</sheetData></worksheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}"><si><t>{TEXT}</t></si></sst>',
        }
    )


def _links(**targets: str) -> str:
    links = "".join(f'<Relationship Id="{kind}" Type="{LINKS}/{kind}" Target="{target}"/>' for kind, target in targets.items())
    return f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>'


@pytest.mark.parametrize(("name", "make"), [("a.pptx", slides), ("a.epub", chapters), ("a.docx", notes)])
def test_a_part_that_is_named_again_and_again_is_read_once(tmp_path: Path, name: str, make: object) -> None:
    data = make()  # type: ignore[operator]
    assert len(data) < 500_000
    started = time.process_time()
    text = load(tmp_path, name, data).text
    assert text.count("The crane stands in the yard.") == 1000 and time.process_time() - started < 20


def test_a_text_that_cells_repeat_has_the_limit_of_a_file(tmp_path: Path) -> None:
    assert load(tmp_path, "few.xlsx", cells(100)).text.count("The crane stands in the yard.") == 100_000
    with pytest.raises(LoadError, match=r"many\.xlsx: the text of its cells must be at most 20 MB, and is more\. .*index\.max_file_mb"):
        load(tmp_path, "many.xlsx", cells(AGAIN))


def test_what_is_read_but_is_too_much_to_hand_over_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("VAST")
    loader = GuardedLoader(greedy_reader, 20.0, 600)
    with pytest.raises(LoadError, match=r"a\.txt: must be read in 600 MB of memory, and was not"):
        loader(tmp_path / "a.txt", "a.txt", max_bytes=100, problems=[])
    assert "Traceback" not in capfd.readouterr().err
    (tmp_path / "a.txt").write_text("plain")
    assert GuardedLoader(load_file, 20.0, 2000)(tmp_path / "a.txt", "a.txt", max_bytes=100, problems=[])[0].text == "plain"

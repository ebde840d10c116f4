from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from index.errors import LoadError
from index.formats.load import load_file
from index.formats.records import RecordFields
from index.schema import Document, Published

LIMIT = 20_000_000
FACT = "Samsung Electronics will build a plant for household appliances in Almaty."


def load(folder: Path, name: str, data: bytes, **options: object) -> list[Document]:
    path = folder / name
    path.write_bytes(data)
    return load_file(path, name, max_bytes=LIMIT, **options)  # type: ignore[arg-type]


def refusal(folder: Path, name: str, data: bytes) -> str:
    with pytest.raises(LoadError) as caught:
        load(folder, name, data)
    message = str(caught.value)
    assert message.startswith(name) and "\n" not in message
    return message


def zipped(members: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def page_of(document: Document, needle: str) -> str:
    at = document.text.index(needle)
    return next(page.label for page in document.pages if page.start <= at < page.end)


# -- PDF ---------------------------------------------------------------------------------------------------------------


def make_pdf(pages: list[list[str]], *, password: str | None = None, title: str = "Briefing") -> bytes:
    """Pages of paragraphs with a running foot."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    pagesizes = pytest.importorskip("reportlab.lib.pagesizes")
    platypus = pytest.importorskip("reportlab.platypus")
    styles = pytest.importorskip("reportlab.lib.styles").getSampleStyleSheet()
    buffer = io.BytesIO()

    def foot(sheet: object, document: object) -> None:
        sheet.drawString(90, 30, f"Steppe Herald briefing, page {document.page}")  # type: ignore[attr-defined]

    encrypt = password or None
    document = platypus.SimpleDocTemplate(buffer, pagesize=pagesizes.A4, title=title, author="Ann Lee", encrypt=encrypt, invariant=True)
    story: list[object] = []
    for paragraphs in pages:
        for paragraph in paragraphs:
            style = "Heading1" if paragraph.startswith("# ") else "BodyText"
            story.append(platypus.Paragraph(paragraph.removeprefix("# "), styles[style]))
        story.append(platypus.PageBreak())
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    assert canvas
    return buffer.getvalue()


LONG = "The ministry explained at length why the works on the dam would take another year and who would pay for that delay. " * 3


def test_pdf_has_pages_paragraphs_and_metadata(tmp_path: Path) -> None:
    document = load(tmp_path, "a.pdf", make_pdf([["# Plants", LONG, FACT], [LONG, "Kia builds in Kostanay."], [LONG]]))[0]
    assert FACT in document.text and LONG.strip() in document.text  # wrapped lines are joined
    assert [page.label for page in document.pages] == ["1", "2", "3"]
    assert (page_of(document, FACT), page_of(document, "Kia builds")) == ("1", "2")
    assert (document.title, document.author, document.format) == ("Briefing", "Ann Lee", "pdf")
    assert document.text.splitlines().count("Plants") == 1


def test_a_running_foot_of_a_pdf_is_kept_once_as_furniture(tmp_path: Path) -> None:
    document = load(tmp_path, "a.pdf", make_pdf([[LONG], [LONG], [LONG], [LONG]]))[0]
    assert document.text.count("Steppe Herald briefing") == 1
    span = next(f for f in document.boilerplate if f.label == "running header")
    assert document.text[span.start : span.end] == "Steppe Herald briefing, page 1"


def test_a_pdf_with_a_password_a_broken_one_and_one_without_text_are_refused(tmp_path: Path) -> None:
    assert "without a password" in refusal(tmp_path, "a.pdf", make_pdf([[FACT]], password="secret"))
    assert "broken" in refusal(tmp_path, "b.pdf", b"%PDF-1.4\nnothing follows")
    assert "broken" in refusal(tmp_path, "c.pdf", b"This is no PDF at all.")
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer)
    sheet.rect(10, 10, 100, 100)
    sheet.save()
    assert "text layer" in refusal(tmp_path, "d.pdf", buffer.getvalue())


# -- mail --------------------------------------------------------------------------------------------------------------


def make_mail(body: str, html: str | None = None, attachments: dict[str, bytes] | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Айгуль Серик <aigul@ministry.example>"
    mail["To"] = "desk@paper.example"
    mail["Subject"] = "План завода"
    mail["Date"] = "Wed, 12 Jun 2024 23:40:00 +0500"
    mail.set_content(body)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, data in (attachments or {}).items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def test_mail_gives_headers_body_and_attachments(tmp_path: Path) -> None:
    documents = load(
        tmp_path, "m.eml", make_mail(f"Dear desk,\n\n{FACT}\n", "<p>other</p>", {"note.txt": b"Kia builds.", "photo.gif": b"\x89PNG"})
    )
    assert [d.source for d in documents] == ["m.eml", "m.eml#note.txt"]
    mail = documents[0]
    assert (mail.title, mail.author) == ("План завода", "Айгуль Серик")
    assert mail.published == Published("2024-06-12", "day", "markup")
    assert FACT in mail.text and "Subject: План завода" in mail.text and "other" not in mail.text
    assert documents[1].text == "Kia builds."


def test_mail_with_html_only_and_mail_without_headers(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Plan"
    mail.set_content(f"<html><body><p>{FACT}</p><script>secret()</script></body></html>", subtype="html")
    text = load(tmp_path, "h.eml", mail.as_bytes())[0].text
    assert FACT in text and "secret" not in text
    assert "headers" in refusal(tmp_path, "x.eml", b"no mail, only words\n")


# -- records -----------------------------------------------------------------------------------------------------------


def test_csv_has_one_document_a_row_with_the_row_in_its_source(tmp_path: Path) -> None:
    plants = f'Plants;"{FACT}\nSecond line.";2024-06-14;Steppe Herald;industry'
    table = f"title;body;date;outlet;topic\n{plants}\n;;;;\nCars;Kia builds.;June 2024;Herald;cars\n"
    first, second = load(tmp_path, "n.csv", table.encode())
    assert (first.source, second.source) == ("n.csv#row-2", "n.csv#row-4")
    assert first.text == f"Plants\n\n{FACT}\nSecond line.\n\ndate: 2024-06-14\noutlet: Steppe Herald\ntopic: industry"
    assert (first.title, first.publisher, first.published) == ("Plants", "Steppe Herald", Published("2024-06-14", "day", "record"))
    assert second.published == Published("2024-06-01", "month", "record")
    assert first.content_hash != second.content_hash


def test_csv_without_known_columns_keeps_names_and_values(tmp_path: Path) -> None:
    document = load(tmp_path, "t.csv", b"country,year,projects\nKorea,2024,15\nJapan,2024,7\n")[0]
    assert document.text == "country: Korea\nyear: 2024\nprojects: 15"
    assert document.title is None and document.published == Published()


def test_a_source_publishes_articles_and_not_figures(tmp_path: Path) -> None:
    article = load(tmp_path, "a.csv", f"headline,source,text\nPlants,Herald,{FACT}\n".encode())[0]
    figures = load(tmp_path, "b.csv", b"hall,heat,source,site\nNorth,17,pellets,Quay 3\n")[0]
    assert (article.publisher, figures.publisher) == ("Herald", None)
    assert "source: pellets" in figures.text


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    data = b"id\tkopf\tinhalt\n7\tWerk\tSamsung baut ein Werk.\n"
    document = load(tmp_path, "t.tsv", data, fields=RecordFields(text="inhalt", title="kopf"))[0]
    assert (document.title, document.text) == ("Werk", "Werk\n\nSamsung baut ein Werk.\n\nid: 7")
    with pytest.raises(LoadError, match=r"'nothing'; there are: id, inhalt, kopf"):
        load(tmp_path, "t.tsv", data, fields=RecordFields(text="nothing"))


def test_json_lines_name_the_broken_line(tmp_path: Path) -> None:
    good = json.dumps(
        {"headline": "Plants", "text": FACT, "tags": ["korea", "plants"], "place": {"city": "Almaty"}, "note": None}, ensure_ascii=False
    )
    document = load(tmp_path, "a.jsonl", f"\n{good}\n".encode())[0]
    assert document.source == "a.jsonl#row-2"
    assert document.text.endswith('tags: korea, plants\nplace: {"city": "Almaty"}') and document.title == "Plants"
    assert "line 2 must be a JSON object" in refusal(tmp_path, "b.jsonl", f"{good}\n{{broken\n".encode())
    assert "got a list" in refusal(tmp_path, "c.jsonl", b"[1, 2]\n")


def test_tables_without_rows_are_refused(tmp_path: Path) -> None:
    assert "at least one more row" in refusal(tmp_path, "a.csv", b"title,body\n")
    assert "at least one record" in refusal(tmp_path, "b.jsonl", b"{}\n")


# -- Office and EPUB ---------------------------------------------------------------------------------------------------

_WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
_CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Briefing</dc:title><dc:creator>Ann Lee</dc:creator></cp:coreProperties>'
)


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    return f'<w:p>{properties}<w:r>{run}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def make_docx(body: str) -> bytes:
    return zipped({"word/document.xml": _WORD.format(body), "docProps/core.xml": _CORE})


def test_word_paragraphs_lists_tables_and_no_hidden_text(tmp_path: Path) -> None:
    cell = "<w:tc>{}</w:tc>"
    rows = [["Firm", "Place"], ["Kia", "Kostanay"], ["Doosan", "Turkestan"]]
    table = "<w:tbl>" + "".join("<w:tr>" + "".join(cell.format(paragraph(c)) for c in row) + "</w:tr>" for row in rows) + "</w:tbl>"
    bullets = '<w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr>'
    deleted = "<w:p><w:del><w:r><w:delText>gone</w:delText><w:t>gone too</w:t></w:r></w:del></w:p>"
    hidden = paragraph("invisible", run="<w:rPr><w:vanish/></w:rPr>")
    document = load(
        tmp_path, "a.docx", make_docx(paragraph("Plants") + paragraph(FACT) + paragraph("first", bullets) + table + deleted + hidden)
    )[0]
    assert document.text == f"Plants\n\n{FACT}\n\n- first\n\n- Firm: Kia | Place: Kostanay\n- Firm: Doosan | Place: Turkestan"
    assert (document.title, document.author, document.published) == ("Briefing", "Ann Lee", Published())


def test_powerpoint_slides_are_pages_in_the_order_of_the_deck(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation()
    for title, body in (("Plants", FACT), ("Cars", "Kia builds in Kostanay.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    grid = deck.slides[1].shapes.add_table(2, 2, 0, 0, 100, 100).table
    for i, row in enumerate((("Year", "Cars"), ("2026", "70,000"))):
        for j, value in enumerate(row):
            grid.cell(i, j).text = value
    deck.slides[0].notes_slide.notes_text_frame.text = "Say it slowly."
    buffer = io.BytesIO()
    deck.save(buffer)
    document = load(tmp_path, "a.pptx", buffer.getvalue())[0]
    assert [page.label for page in document.pages] == ["1", "2"]
    assert (page_of(document, FACT), page_of(document, "Kia builds"), page_of(document, "Say it slowly")) == ("1", "2", "1")
    assert "- Year: 2026 | Cars: 70,000" in document.text


def make_xlsx() -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    import datetime

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Trade"
    for row in (
        ["Trade with Korea"],
        [],
        ["Year", "Turnover", "Share", "Signed"],
        [2022, 6.5, 0.125, datetime.date(2024, 6, 12)],
        [2023, 6, None, None],
    ):
        sheet.append(row)
    sheet["C4"].number_format = "0.0%"
    secret = book.create_sheet("Secret")
    secret.append(["hidden", "sheet"])
    secret.sheet_state = "hidden"
    book.create_sheet("Firms").append(["Kia", "Doosan"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_excel_rows_repeat_their_columns_and_sheets_are_pages(tmp_path: Path) -> None:
    document = load(tmp_path, "a.xlsx", make_xlsx())[0]
    assert (
        "Trade with Korea\n\n- Year: 2022 | Turnover: 6.5 | Share: 12.5% | Signed: 2024-06-12\n- Year: 2023 | Turnover: 6" in document.text
    )
    assert [page.label for page in document.pages] == ["Trade", "Firms"]
    assert page_of(document, "Kia") == "Firms" and "hidden" not in document.text


def test_excel_without_openpyxl_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_xlsx()
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "footnote[formats]" in refusal(tmp_path, "a.xlsx", data)


def stretched(dimension: str, rows: str) -> bytes:
    """A workbook of one sheet with rows of our own and a stated size that need not be true."""
    with zipfile.ZipFile(io.BytesIO(make_xlsx())) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts[sheet] = f'<worksheet xmlns="{space}"><dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'.encode()
    return zipped(parts)


def test_an_excel_file_that_states_a_vast_size_costs_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filling up the 17,000 million cells of the stated size would take more memory than machines have."""
    row = '<row r="{0}"><c r="{1}{0}" t="inlineStr"><is><t>Kia opened a plant.</t></is></c></row>'
    far = stretched("A1:XFD1048576", row.format(1, "A") + row.format(1_048_576, "B"))
    assert load(tmp_path, "a.xlsx", far)[0].text.count("Kia opened a plant.") == 2
    monkeypatch.setattr("index.formats.office.excel.MAX_CELLS", 40_000)
    wide = stretched("A1:A3", "".join(row.format(n, "XFD") for n in range(1, 4)))
    assert "at most 40,000 cells, 'Trade' has more" in refusal(tmp_path, "b.xlsx", wide)


_CHAPTER = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
)


def make_epub() -> bytes:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Steppe</dc:title>'
        "<dc:creator>Ann Lee</dc:creator><dc:date>2021-05</dc:date><dc:language>ru-RU</dc:language></metadata><manifest>"
        '<item id="b" href="text/two.xhtml"/><item id="a" href="text/one.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/>'
        "</spine></package>"
    )
    return zipped(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": opf,
            "OEBPS/text/two.xhtml": _CHAPTER.format("<h1>Two</h1><p>Kia builds.</p>"),
            "OEBPS/text/one.xhtml": _CHAPTER.format(f"<h1>Один</h1><p>{FACT}</p><script>no</script>"),
        }
    )


def test_epub_chapters_follow_the_spine(tmp_path: Path) -> None:
    document = load(tmp_path, "a.epub", make_epub())[0]
    assert document.text == f"Один\n\n{FACT}\n\nTwo\n\nKia builds."
    assert (document.title, document.author) == ("Steppe", "Ann Lee")
    assert document.published == Published("2021-05-01", "month", "markup")
    assert page_of(document, "Kia") == "chapter 2"


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.epub", "a.zip"])
def test_broken_and_misnamed_office_files_are_refused(tmp_path: Path, name: str) -> None:
    assert "broken" in refusal(tmp_path, name, b"PK\x03\x04 and nothing more")
    assert refusal(tmp_path, name, zipped({"other.bin": b"x"}))


def test_entities_of_an_office_file_are_not_expanded(tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha" * 10}">' for i in range(9))
    bomb = f"<!DOCTYPE x [{lines}]>" + _WORD.format("<w:p><w:r><w:t>&e8; text</w:t></w:r></w:p>")
    data = zipped({"word/document.xml": bomb})
    try:
        assert len(load(tmp_path, "a.docx", data)[0].text) < 1000
    except LoadError as error:
        assert "XML bomb" in str(error) or "white space" in str(error)


# -- zip ---------------------------------------------------------------------------------------------------------------


def test_zip_members_are_documents(tmp_path: Path) -> None:
    data = zipped(
        {"b/Новости.txt": FACT, "a.csv": "title,body\nPlants,Kia builds.\n", "pic.gif": b"x", "__MACOSX/b.txt": "no", ".hidden.txt": "no"}
    )
    documents = load(tmp_path, "z.zip", data)
    assert [d.source for d in documents] == ["z.zip#a.csv#row-2", "z.zip#b/Новости.txt"]
    assert documents[1].text == FACT and documents[1].format == "text"


def test_a_failed_member_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    data = zipped({"bad.txt": bytes(range(256)) * 4, "empty.txt": b"", "blank.txt": " \u00a0".encode(), "good.txt": FACT})
    problems: list[LoadError] = []
    documents = load(tmp_path, "z.zip", data, problems=problems)
    assert [d.source for d in documents] == ["z.zip#good.txt"]
    assert sorted(str(p).split(":")[0] for p in problems) == ["z.zip#bad.txt", "z.zip#blank.txt", "z.zip#empty.txt"]
    assert refusal(tmp_path, "z.zip", data).startswith("z.zip#")


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/etc/up.txt", "..\\up.txt", "C:/up.txt"])
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    assert "must stay inside" in refusal(tmp_path, "z.zip", zipped({"ok.txt": "x", name: "x"}))


BOMBS: list[tuple[str, Callable[[], bytes], str]] = [
    ("ratio", lambda: zipped({"a.txt": b"\n" * 15_000_000}), "at most 200 times"),
    ("size", lambda: zipped({f"{i}.txt": bytes(range(65, 91)) * 40_000 for i in range(20)}), "at most 20 MB"),
    ("members", lambda: zipped({f"{i}.txt": b"" for i in range(10_001)}), "at most 10,000 members"),
    ("word", lambda: zipped({"word/document.xml": b" " * 15_000_000}), "at most 200 times"),
]


@pytest.mark.parametrize(("kind", "make", "limit"), BOMBS, ids=[bomb[0] for bomb in BOMBS])
def test_zip_bombs_are_refused_with_the_limit(tmp_path: Path, kind: str, make: Callable[[], bytes], limit: str) -> None:
    assert limit in refusal(tmp_path, "z.docx" if kind == "word" else "z.zip", make())


def test_limits_of_archives_can_be_set(tmp_path: Path) -> None:
    data = zipped({"a.txt": b"\n" * 1_500_000 + b"words", "b.txt": FACT})
    assert "raise index.max_zip_ratio" in refusal(tmp_path, "z.zip", data)
    assert len(load(tmp_path, "z.zip", data, max_ratio=2000)) == 2
    with pytest.raises(LoadError, match=r"at most 1 members, got 2\. Split it, or raise index\.max_zip_members"):
        load(tmp_path, "z.zip", data, max_ratio=2000, max_members=1)


def test_a_member_larger_than_its_header_says_is_cut_off_by_the_reader(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"x" * 1000}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = (10).to_bytes(4, "little")
    message = refusal(tmp_path, "z.zip", bytes(data))
    assert "a.txt" in message


def test_nested_archives_and_encrypted_members_are_refused(tmp_path: Path) -> None:
    assert "not opened" in refusal(tmp_path, "z.zip", zipped({"inner.zip": zipped({"a.txt": FACT})}))
    data = bytearray(zipped({"a.txt": FACT}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert "password" in refusal(tmp_path, "z.zip", bytes(data))


# -- damage ------------------------------------------------------------------------------------------------------------

VALID: dict[str, Callable[[], bytes]] = {
    ".pdf": lambda: make_pdf([[LONG, FACT]]),
    ".eml": lambda: make_mail(FACT, f"<p>{FACT}</p>", {"a.txt": b"text"}),
    ".docx": lambda: make_docx(paragraph(FACT)),
    ".xlsx": make_xlsx,
    ".epub": make_epub,
    ".zip": lambda: zipped({"a.txt": FACT, "b.html": f"<p>{FACT}</p>"}),
    ".html": lambda: f"<title>x</title><article><p>{FACT}</p><table><tr><td>1</td></tr></table></article>".encode(),
    ".csv": lambda: b"title,body\nPlants,Kia builds.\n",
    ".jsonl": lambda: b'{"title": "Plants", "text": "Kia builds."}\n',
    ".json": lambda: b'{"title": "Plants", "firms": [{"name": "Kia", "town": "Kostanay"}]}',
    ".txt": lambda: FACT.encode(),
    ".md": lambda: f"---\ntitle: x\n---\n{FACT}".encode(),
}  # fmt: skip


@pytest.mark.parametrize("ending", sorted(VALID))
def test_damaged_files_give_documents_or_a_load_error_and_nothing_else(tmp_path: Path, ending: str) -> None:
    data = VALID[ending]()
    chance = random.Random(ending)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        broken = broken[: chance.choice((len(broken), len(broken), chance.randrange(1, len(broken))))]
        try:
            documents = load(tmp_path, f"x{ending}", bytes(broken))
        except LoadError as error:
            assert "\n" not in str(error)
        else:
            assert all(d.text.strip() for d in documents)


@pytest.mark.parametrize("ending", [".html", ".eml", ".csv", ".jsonl", ".pdf", ".zip", ".docx", ".md"])
def test_noise_gives_documents_or_a_load_error_and_nothing_else(tmp_path: Path, ending: str) -> None:
    chance = random.Random(ending)
    for size in (1, 2, 10, 100, 3000):
        for alphabet in (range(256), b"<>/p\"'= a&;!-[]{}:,\n", range(32, 127)):
            with contextlib.suppress(LoadError):
                load(tmp_path, f"x{ending}", bytes(chance.choices(list(alphabet), k=size)))


def test_deeply_nested_html_and_json(tmp_path: Path) -> None:
    for name, data in (
        ("a.html", b"<div>" * 5000 + b"text"),
        ("b.jsonl", b'{"a":' * 5000 + b"1" + b"}" * 5000),
        ("b.json", b'{"a":' * 5000 + b"1" + b"}" * 5000),
        ("c.html", b"<table><tr><td>" * 2000 + b"text"),
    ):
        with contextlib.suppress(LoadError):
            load(tmp_path, name, data)


# -- JSON --------------------------------------------------------------------------------------------------------------


def test_json_with_a_list_of_objects_is_read_as_records(tmp_path: Path) -> None:
    first, second = load(tmp_path, "a.json", b'[{"pier": "North", "metres": 40}, {"pier": "South", "date": "2026-05-03", "metres": 62}]')
    assert (first.source, first.text, first.title) == ("a.json#row-1", "pier: North\nmetres: 40", None)
    assert (second.source, second.published.date, second.format) == ("a.json#row-2", "2026-05-03", "jsonl")


def test_json_with_one_object_is_one_document_with_nested_names_as_headings(tmp_path: Path) -> None:
    value = {
        "title": "Quay log", "tides": {"high_water": "06:10", "low": None}, "open": True, "crews": ["Ann", "Bo"], "date": "2026-05-03",
        "boats": [{"name": "Tern", "berth": 4}, {"name": "Gull", "berth": 7, "gear": ["rope", "lamp"]}],
        "notes": [{"name": "Storm", "by": {"who": "Cy"}}, "calm"], "empty": {},
    }  # fmt: skip
    (document,) = load(tmp_path, "log.json", json.dumps(value).encode())
    assert (document.title, document.published.date, document.format) == ("Quay log", "2026-05-03", "json")
    assert document.text == (
        "title: Quay log\nopen: yes\ncrews: Ann, Bo\ndate: 2026-05-03\n\ntides\n\nhigh water: 06:10\n\n"
        "boats\n\n- name: Tern | berth: 4\n- name: Gull | berth: 7 | gear: rope, lamp\n\n"
        "notes\n\nStorm\n\nname: Storm\n\nby\n\nwho: Cy\n\n- calm"
    )
    labels = [(document.text[b.start : b.end], b.label) for b in document.blocks if b.label.startswith("heading")]
    assert labels == [("tides", "heading 1"), ("boats", "heading 1"), ("notes", "heading 1"), ("Storm", "heading 2"), ("by", "heading 3")]
    assert [b.label for b in document.blocks].count("row") == 2


def test_json_that_is_nested_deeply_keeps_its_values(tmp_path: Path) -> None:
    value: dict[str, Any] = {"depth": 9}
    for _ in range(30):
        value = {"inner": value}
    (document,) = load(tmp_path, "a.json", json.dumps(value).encode())
    assert '"depth": 9' in document.text
    assert {b.label for b in document.blocks} == {*(f"heading {n}" for n in range(1, 7)), "pair"}


def test_json_that_is_none_is_refused_with_the_line(tmp_path: Path) -> None:
    assert "line 2 must be JSON" in refusal(tmp_path, "a.json", b'{"a": 1,\n b}')
    assert "an object or a list, got a single int" in refusal(tmp_path, "b.json", b"7")
    for nothing in (b"{}", b"[]", b'{"a": null, "b": {"c": []}}', b'[""]'):
        assert "must hold text" in refusal(tmp_path, "c.json", nothing)
    assert "must be JSON that can be read" in refusal(tmp_path, "d.json", b'{"a": ' + b"9" * 5000 + b"}")


def test_json_lines_under_the_ending_of_json_are_read(tmp_path: Path) -> None:
    assert [d.source for d in load(tmp_path, "a.json", b'{"a": 1}\n{"a": 2}\n')] == ["a.json#row-1", "a.json#row-2"]

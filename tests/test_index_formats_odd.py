"""Files as programs and people really write them: what is unusual in a format is read in order, and nothing of it is lost."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from index.formats.load import load_file
from index.formats.text import decode
from tests.office_files import labelled, load, para, word


def test_a_calendar_with_folded_lines_alarms_and_an_event_that_never_ends(tmp_path: Path) -> None:
    lines = "BEGIN:VCALENDAR BEGIN:VEVENT SUMMARY:Fire~drill~in~the~work\n~shop DTSTART;TZID=Europe/Oslo:20260412T091500 CONTACT:Desk~7"
    lines += " DESCRIPTION:Bring~the~vest. BEGIN:VALARM DESCRIPTION:Alarm TRIGGER:-PT30M END:VALARM COMMENT:Leave~by~stair~C. END:VEVENT"
    lines += " BEGIN:VEVENT SUMMARY:Cut~off DTSTART:20260601T080000Z"
    text = load(tmp_path, "a.ics", lines.replace(" ", "\r\n").replace("\n~", "\r\n ").replace("~", " ").encode()).text
    assert text == (
        "Fire drill in the workshop\n\nStart: 2026-04-12 09:15 (Europe/Oslo)\nContact: Desk 7\n\nBring the vest.\n\nLeave by stair C.\n\n"
        "Cut off\n\nStart: 2026-06-01 08:00 UTC"
    )


def test_two_voices_of_one_cue_are_told_apart_and_the_title_is_the_head(tmp_path: Path) -> None:
    cue = "WEBVTT - Kiln talk\n\n00:00:01.000 --> 00:00:04.000\n<v Ida>The <i>kiln</i> is hot,</v> <v Per>I see.</v>\n"
    document = load(tmp_path, "a.vtt", cue.encode())
    assert (document.text, document.title) == ("Ida: The kiln is hot,\n\nPer: I see.", "Kiln talk")
    plain = load(tmp_path, "b.vtt", cue.replace(" - Kiln talk", "").encode())
    assert plain.title is None, "what somebody says is no title"


def test_rich_text_shows_notes_heads_and_boxes_and_hides_what_word_hides(tmp_path: Path) -> None:
    pytest.importorskip("striprtf")
    rtf = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Kitchen memo}{\author Ida}}{\header Caf\'e9 {\b North}\par}"
    rtf += r"The stove{\footnote\pard It is new.} is hot{\deleted  or cold}{\rtlch\v  secretly}.{\v0  Mind} \u-10179?\u-8704?\par"
    rtf += r"{\shp{\*\shpinst{\shptxt Call 555-0199.}}}Closed \{on\} Monday.\par{\header Caf\'e9 {\b North}\par}}"
    document = load(tmp_path, "a.rtf", rtf.encode())
    assert document.text == "The stove is hot. Mind 😀\n\nClosed {on} Monday.\n\nCafé North\n\nIt is new.\n\nCall 555-0199."
    assert (document.title, document.author, labelled(document, "note")) == ("Kitchen memo", "Ida", ["Café North", "It is new."])


def test_terms_without_ends_and_who_is_quoted(tmp_path: Path) -> None:
    page = "<html><body><p>These terms hold.</p><dl><dt>Berth<dd>A place.<dt>Slip<dt>Ramp<dd>Where boats go down.<dd>Also a paper.</dl>"
    page += "<blockquote>Quiet after ten.<cite>Harbour master</cite></blockquote></body></html>"
    document = load(tmp_path, "a.html", page.encode())
    assert labelled(document, "pair") == ["Berth: A place.", "Slip, Ramp: Where boats go down.", "Slip, Ramp: Also a paper."]
    assert document.text.endswith("\n\nQuiet after ten.\n\nHarbour master")


def test_a_table_with_a_title_above_its_heading(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('Liste der Räume;;\r\n\r\nRaum;Ort;Maß\r\nSaal;"Köln; Süd";3,5\r\nHof;Düren;9\r\n'.encode("latin-1"))
    documents = load_file(tmp_path / "a.csv", "a.csv", max_bytes=10**6)
    assert [(d.source, d.title, d.text) for d in documents] == [
        ("a.csv#row-4", "Liste der Räume", "Raum: Saal\nOrt: Köln; Süd\nMaß: 3,5"),
        ("a.csv#row-5", "Liste der Räume", "Raum: Hof\nOrt: Düren\nMaß: 9"),
    ]
    (tmp_path / "b.csv").write_text("name\nAnn\nPer\n")
    assert len(load_file(tmp_path / "b.csv", "b.csv", max_bytes=10**6)) == 2, "a table of one column has its heading"


def test_the_last_line_of_a_sheet_that_explains_it_is_no_row(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Name", "Mon", "Tue"], ["Ida", "x", None], ["Per", None, "x"], ["x = on duty"]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    document = load(tmp_path, "a.xlsx", buffer.getvalue())
    assert document.text.endswith("- Name: Ida | Mon: x\n- Name: Per | Tue: x\n\nx = on duty")


def test_boxes_and_ticks_of_symbol_fonts_and_a_file_without_title(tmp_path: Path) -> None:
    def cell(inside: str) -> str:
        return f"<w:tc>{inside}</w:tc>"

    def sign(code: str, font: str = "Wingdings") -> str:
        return para("", inside=f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>')

    rows = [(para("Room"), para("Checked")), (para("Attic"), sign("F0FE")), (para("Hall"), sign("F0A8")), (para("Bath"), sign("F0AA"))]
    rows.append((para("Shed"), sign("00D7", "Arial")))
    table = "".join(f"<w:tr>{''.join(cell(inside) for inside in row)}</w:tr>" for row in rows)
    document = load(tmp_path, "a.docx", word(f"<w:tbl>{table}</w:tbl>" + para("All rooms are checked each week by the two of us.")))
    assert labelled(document, "row") == [
        "- Room: Attic | Checked: ☑",
        "- Room: Hall | Checked: ☐",
        "- Room: Bath",
        "- Room: Shed | Checked: ×",
    ]
    assert document.title is None, "a row is no title"


def test_a_date_that_a_mail_quotes_is_not_its_own(tmp_path: Path) -> None:
    mail = "From: Ida <ida@x.example>\nSubject: Boiler\n\nOn Thursday.\n\nFrom: Per\nSent: Monday, 2 March 2026 10:00\n\nWhen?\n"
    assert load(tmp_path, "a.eml", mail.encode()).published.date is None


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("cp1252", "firm;price\nNord Køl;4300;3 weeks"),
        ("cp1252", "El niño comió piñas mañana"),
        ("cp1252", "Café à la carte, 4 €"),
        ("cp1252", "Sæby – Ærø – Fåborg"),
        ("cp1250", "Obec oznamuje, že příští středu bude přerušena dodávka vody v ulici Školní."),
        ("cp1250", "Gmina informuje, że w środę nie będzie wody na ulicy Szkolnej."),
        ("cp1254", "Şişli ve Kadıköy ilçeleri güzel"),
        ("cp1251", "Привет мир"),
        ("cp949", "공장은 아스타나에 건설된다고 밝혔다."),
    ],
)
def test_short_texts_of_old_code_pages(page: str, text: str) -> None:
    if page in ("cp1250", "cp1254"):
        pytest.importorskip("lingua")
    assert decode(text.encode(page), "a.txt") == text


def test_columns_of_text_over_a_ruled_table_are_read_one_after_the_other(tmp_path: Path) -> None:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    left = ["The crane on the north quay was tested", "in March and may lift eleven tonnes now.", "Boats that wait moor at the inner pier.",
            "The night there is free until the test."]  # fmt: skip
    right = ["Members pay a fee of ninety crowns by", "the end of May. Who pays later pays ten", "crowns more for each month that passes.",
             "The berth then goes to the next of us."]  # fmt: skip
    sheet = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    sheet.setFont("Helvetica", 10)
    for n, (one, other) in enumerate(zip(left, right, strict=True)):
        sheet.drawString(50, 760 - 13 * n, one)
        sheet.drawString(310, 760 - 13 * n, other)
    for n, row in enumerate([("Duty", "Mon", "Tue", "Wed"), ("Ida", "X", "", "X"), ("Per", "", "X", ""), ("Ann", "S", "S", "")]):
        for x, text in zip((54, 184, 264, 344), row, strict=True):
            sheet.drawString(x, 684 - 16 * n, text)
    for n in range(5):
        sheet.line(50, 696 - 16 * n, 420, 696 - 16 * n)
    for x in (50, 180, 260, 340, 420):
        sheet.line(x, 696, x, 632)
    sheet.drawString(50, 610, "X = early shift, S = standby by phone")
    sheet.drawString(280, 30, "Page 1")
    sheet.save()
    text = load(tmp_path, "a.pdf", (tmp_path / "a.pdf").read_bytes()).text
    assert text.startswith(" ".join(left) + " " + " ".join(right)) or text.startswith(" ".join(left) + "\n\n" + " ".join(right))
    assert text.endswith("- Duty: Ann | Mon: S | Tue: S\n\nX = early shift, S = standby by phone\n\nPage 1")

from __future__ import annotations

import random
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.errors import LoadError, NotRead
from index.formats.load import load_file
from tests.compound_file import compound
from tests.office_files import labelled, load, zipped

SPACE = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name if name != "draw" else "drawing"}:1.0"'
    for name in ("office", "text", "table", "draw", "style", "presentation", "meta")
)


def opendocument(body: str, styles: str = "", **members: str) -> bytes:
    content = (
        f"<office:document-content{SPACE}><office:automatic-styles>{styles}</office:automatic-styles><office:body>{body}</office:body>"
    )
    return zipped({"content.xml": content + "</office:document-content>", **members})


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell{more}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def test_opendocument_texts_keep_headings_lists_tables_notes_and_feet(tmp_path: Path) -> None:
    numbered = '<text:list-style style:name="L1"><text:list-level-style-number text:level="1"/></text:list-style>'
    note = '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>In May.</text:p>'
    note += "</text:note-body></text:note>"
    items = "".join(f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in ("moor", "pay"))
    down = ' table:number-rows-spanned="2"'
    table = f"<table:table>{row(cell('Quay'), cell('Fee'))}{row(cell('North', down), cell('12 kr'))}"
    table += f"{row('<table:covered-table-cell/>', cell('14 kr'))}</table:table>"
    body = f'<office:text><text:h text:outline-level="2">Fees</text:h><text:p>The crane<text:s/>was tested{note}.</text:p>'
    body += f'<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:list text:style-name="L1">{items}</text:list>'
    body += f"<text:list>{items}</text:list>{table}</office:text>"
    feet = f"<office:document-styles{SPACE}><style:footer><text:p>File 88-K</text:p></style:footer></office:document-styles>"
    document = load(tmp_path, "a.odt", opendocument(body, numbered, **{"styles.xml": feet}))
    assert document.text == (
        "Fees\n\nThe crane was tested.\n\nIn May.\n\n1. moor\n2. pay\n- moor\n- pay\n\n"
        "- Quay: North | Fee: 12 kr\n- Quay: North | Fee: 14 kr"
        "\n\nFile 88-K"
    )
    assert (labelled(document, "heading 2"), labelled(document, "note")) == (["Fees"], ["In May.", "File 88-K"])


def test_opendocument_sheets_are_shown_as_displayed_and_hidden_ones_named(tmp_path: Path) -> None:
    hidden = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    rows = row(cell("Port"), cell("Catch")) + row(cell("Holm"), cell("€ 1,200.00"))
    rows += (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
    )
    body = f'<office:spreadsheet><table:table table:name="Fish">{rows}</table:table>'
    body += f'<table:table table:name="Wages" table:style-name="h">{rows}</table:table></office:spreadsheet>'
    problems: list[LoadError] = []
    document = load(tmp_path, "a.ods", opendocument(body, hidden), problems)
    assert document.text == "Fish\n\n- Port: Holm | Catch: € 1,200.00"
    assert [page.label for page in document.pages] == ["Fish"]
    assert isinstance(problems[0], NotRead) and "'Wages' is hidden" in str(problems[0])


def test_opendocument_slides_and_files_with_a_password(tmp_path: Path) -> None:
    def box(text: str, kind: str = "") -> str:
        return f"<draw:frame{kind}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"

    title = ' presentation:class="title"'
    body = f"<office:presentation><draw:page>{box('Tides turn.')}{box('Tides', title)}<presentation:notes>{box('Slowly.')}"
    body += "</presentation:notes></draw:page></office:presentation>"
    document = load(tmp_path, "a.odp", opendocument(body))
    assert document.text == "Tides\n\nTides turn.\n\nNotes: Slowly."
    with pytest.raises(LoadError, match="without a password"):
        load(tmp_path, "b.odt", opendocument(body, **{"META-INF/manifest.xml": "<x><encryption-data/></x>"}))


def test_rich_text(tmp_path: Path) -> None:
    pytest.importorskip("striprtf")
    rtf = r"{\rtf1\ansi\ansicpg1252 The crane is \b old\b0 .\par Ole B\'f8rge pays.\par"
    rtf += r"\trowd Quay\cell Fee\cell\row\trowd North\cell 12 kr\cell\row}"
    document = load(tmp_path, "a.rtf", rtf.encode())
    assert document.text.startswith("The crane is old.\n\nOle Børge pays.")
    assert labelled(document, "row") == ["- Quay: North | Fee: 12 kr"]
    with pytest.raises(LoadError, match="must begin with"):
        load(tmp_path, "b.rtf", b"plain words")


def test_mailboxes_give_a_document_a_message(tmp_path: Path) -> None:
    one = (
        "From ann@quay.example Mon Mar  2 10:00:00 2026\nFrom: Ann Lee <ann@quay.example>\nSubject: Crane\n\nThe crane comes.\n>From Vik.\n"
    )
    two = "From ole@quay.example Tue Mar  3 10:00:00 2026\nFrom: Ole <ole@quay.example>\nSubject: Re: Crane\n\nGood.\n"
    (tmp_path / "a.mbox").write_text(f"{one}\n{two}")
    documents = load_file(tmp_path / "a.mbox", "a.mbox", max_bytes=10**6)
    assert [document.source for document in documents] == ["a.mbox#message-1", "a.mbox#message-2"]
    assert documents[0].text.endswith("The crane comes.\nFrom Vik.") and documents[1].author == "Ole"


def test_outlook_messages(tmp_path: Path) -> None:
    pytest.importorskip("olefile")

    def wide(text: str) -> bytes:
        return text.encode("utf-16-le")

    ticks = int((datetime(2026, 3, 2, 10, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
    message = compound(
        {
            "__substg1.0_0037001F": wide("Crane"),
            "__substg1.0_0C1A001F": wide("Ann Lee"),
            "__substg1.0_0E04001F": wide("Ole Børge"),
            "__substg1.0_1000001F": wide("The crane comes on Friday.\r\n"),
            "__properties_version1.0": b"\0" * 32 + struct.pack("<IIQ", 0x00390040, 6, ticks),
            "__attach_version1.0_#00000000/__substg1.0_3707001F": wide("note.txt"),
            "__attach_version1.0_#00000000/__substg1.0_37010102": b"The slipway is closed.".ljust(4096),
        }
    )
    (tmp_path / "a.msg").write_bytes(message)
    documents = load_file(tmp_path / "a.msg", "a.msg", max_bytes=10**6)
    assert [document.source for document in documents] == ["a.msg", "a.msg#note.txt"]
    assert documents[0].text.startswith(
        "Subject: Crane\nFrom: Ann Lee\nTo: Ole Børge\nDate: 2026-03-02 10:00 UTC\n\nThe crane comes on Friday."
    )
    assert (documents[0].published.date, documents[0].title) == ("2026-03-02", "Crane")
    with pytest.raises(LoadError, match="broken one"):
        load(tmp_path, "b.msg", b"no compound file" * 200)


VALID = {
    "a.odt": opendocument(f"<office:text><text:p>The crane.</text:p><table:table>{row(cell('a'), cell('b'))}</table:table></office:text>"),
    "a.ods": opendocument(
        f'<office:spreadsheet><table:table table:name="x">{row(cell("a"), cell("b"))}</table:table></office:spreadsheet>'
    ),
    "a.ics": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260302\nEND:VEVENT\nEND:VCALENDAR\n",
    "a.srt": b"1\n00:00:01,000 --> 00:00:04,000\nThe tide turns.\n\n2\n00:01:01,000 --> 00:01:04,000\nAgain.\n",
    "a.mbox": b"From a\nFrom: a@b.example\nSubject: x\n\nText.\n\nFrom b\nSubject: y\n\n> quoted\n",
    "a.rtf": rb"{\rtf1\ansi The crane.\par Two.\trowd a\cell b\cell\row}",
    "a.msg": compound({"__substg1.0_0037001F": "Crane".encode("utf-16-le"), "__substg1.0_1000001F": "Text".encode("utf-16-le")}),
}


@pytest.mark.parametrize("name", sorted(VALID))
def test_damaged_files_give_documents_or_a_load_error_and_nothing_else(tmp_path: Path, name: str) -> None:
    if needed := {"a.rtf": "striprtf", "a.msg": "olefile"}.get(name):
        pytest.importorskip(needed)
    chance = random.Random(name)
    for _ in range(60):
        broken = bytearray(VALID[name])
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        broken = broken[: chance.choice((len(broken), len(broken), chance.randrange(1, len(broken))))]
        (tmp_path / name).write_bytes(broken)
        try:
            load_file(tmp_path / name, name, max_bytes=10**7)
        except LoadError as error:
            assert "\n" not in str(error)


def test_calendars(tmp_path: Path) -> None:
    lines = ["BEGIN:VCALENDAR", "X-WR-CALNAME:Harbour", "BEGIN:VEVENT", "SUMMARY:Crane test\\, north", "DTSTART:20260302T100000Z"]
    lines += ["DTEND;VALUE=DATE:20260303", 'ORGANIZER;CN="Ann Lee":mailto:ann@quay.example', "DESCRIPTION:Bring", "  ropes.\\nBe early."]
    lines += ["BEGIN:VALARM", "END:VALARM", "END:VEVENT", "END:VCALENDAR"]
    document = load(tmp_path, "a.ics", "\r\n".join(lines).encode())
    assert document.text == (
        "Crane test, north\n\nStart: 2026-03-02 10:00 UTC\nEnd: 2026-03-03\nOrganizer: Ann Lee\n\nBring ropes.\nBe early."
    )
    assert (document.title, labelled(document, "heading 2")) == ("Harbour", ["Crane test, north"])
    with pytest.raises(LoadError, match="BEGIN:VCALENDAR"):
        load(tmp_path, "b.ics", b"words")


def test_subtitles_are_paragraphs_with_their_times(tmp_path: Path) -> None:
    vtt = "WEBVTT\n\nNOTE made by us\n\n1\n00:01.000 --> 00:04.000\n<v Ann Lee>The crane\n\n"
    vtt += "00:05.000 --> 00:09.000\n<v Ann Lee>comes on Friday.\n\n"
    vtt += "00:01:10.000 --> 00:01:12.000\n<v Ole>And the <i>slipway</i>?\n"
    document = load(tmp_path, "a.vtt", vtt.encode())
    assert document.text == "Ann Lee: The crane comes on Friday.\n\nOle: And the slipway?"
    assert [page.label for page in document.pages] == ["00:01", "00:01:10"]
    srt = "1\n00:00:01,000 --> 00:00:04,000\nThe tide turns\nat noon.\n"
    assert load(tmp_path, "a.srt", srt.encode()).text == "The tide turns at noon."
    with pytest.raises(LoadError, match="must have lines such as"):
        load(tmp_path, "b.srt", b"words")

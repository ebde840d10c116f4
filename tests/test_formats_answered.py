"""Every format from file to footnote: one folder with all of them, indexed once, one question to each through the real engine.

A citation must be verbatim at its offsets and say where in the file it stands: page, slide, sheet, chapter or record.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from rich.console import Console

from index.models.protocol import Embedder
from qa.chat.screen import print_answer
from qa.engine import Engine
from qa.read.protocol import Reader
from qa.retrieve.dedup import with_sources
from qa.schema import Answer
from qa.write.markdown import answer_markdown
from tests.asked import engine_over
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]

WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
CHAPTER = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
FILLER = "The council met on Tuesday and spoke about the road, the school and the bridge, and it adjourned late in the evening. "


@dataclass(frozen=True)
class Request:
    """A file with one fact in it, the question for the fact, and what the footnote must say."""

    name: str
    make: Callable[[], bytes]
    question: str
    source: str
    quote: str
    place: str | None = None
    page: int | None = None


def packed(members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pdf(*pages: str) -> bytes:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer)
    for page in pages:
        for i, line in enumerate(page.split("\n")):
            sheet.drawString(60, 760 - 14 * i, line)
        sheet.showPage()
    sheet.save()
    return buffer.getvalue()


def word(*paragraphs: str) -> bytes:
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>' for text in paragraphs)
    return packed({"word/document.xml": WORD.format(body)})


def slides(*texts: tuple[str, str]) -> bytes:
    deck = pytest.importorskip("pptx").Presentation()
    for title, body in texts:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = pytest.importorskip("openpyxl").Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def book(*chapters: str) -> bytes:
    items = "".join(f'<item id="c{i}" href="c{i}.xhtml"/>' for i in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    opf = f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    container = '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
    parts = {f"c{i}.xhtml": CHAPTER.format(text) for i, text in enumerate(chapters)}
    return packed({"META-INF/container.xml": container, "book.opf": opf, **parts})


REPLY = """The slipway at the yard reopens on 9 July, the divers were late.

Ann

On Mon, 3 June 2024 at 10:00, Ole Berg wrote:
> The slipway at the yard reopens on 20 June.
"""


def mail(subject: str, body: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ann Lee <ann@port.example>", "desk@paper.example", subject
    message["Date"] = "Wed, 12 Jun 2024 23:40:00 +0500"
    message.set_content(body)
    return message.as_bytes()


def asked_of_all() -> list[Request]:
    """One entry a format; the facts have nothing to do with each other."""
    tunnel = "The Karatau tunnel is 4,300 metres long."
    orchard = "Orchards around Talgar yielded 81,000 tonnes of apples in 2023."
    tramway = "The tramway of Pavlodar carries 52,000 passengers a day."
    shipyard = "The shipyard of Aktau employs 640 welders."
    glass = "The glass works in Kyzylorda cost 96 million dollars."
    dam = "The Moynak dam is 94 metres high."
    zinc = "The Ridder smelter made 118,000 tonnes of zinc."
    library = "The library of Semey owns 730,000 books."
    ferry = "The ferry to Baku carries 56 railway wagons."
    bank = "The Halyq cooperative lent 19 billion tenge to farmers."
    observatory = "The Assy observatory has a mirror of 150 centimetres."
    airport = "The airport of Turkistan serves 610,000 passengers a year."
    russian = "Завод в Экибастузе выпускает 2400 вагонов в год."
    korean = "현대자동차 알마티 공장은 연간 45000대를 생산한다."
    utf16 = "The salt mine at Inder produced 370,000 tonnes of salt."
    rows: list[list[Any]] = [["Smelter", "Zinc, tonnes"], ["Oskemen", 204000], ["Balkhash", 87000]]
    page = f"<html><head><title>Tram</title></head><body><nav>Home</nav><article><p>{FILLER}</p><p>{tramway}</p></article></body></html>"
    table = f"title,body,date\nLoans,{FILLER},2024-01-02\nFarmers,{bank},2024-06-14\n"
    lines = "\n".join(json.dumps(record) for record in ({"text": FILLER}, {"headline": "Stars", "text": observatory}))
    kilns = "The kilns of Sayram employ 44 bricklayers."
    pier = "The pier of Kuryk is 700 metres long."
    cyrillic = f"{russian}\n\n{'Совет собрался во вторник и говорил о дороге, школе и мосте. ' * 3}\n"
    hangul = f"{korean}\n\n{'시의회는 화요일에 모여 도로와 학교에 대해 이야기했다. ' * 3}\n"
    fruit = f"# Harvest\n\n{FILLER}\n\n{orchard}\n"

    def deck() -> bytes:
        return slides(("Rivers", "The Charyn is a river."), ("Dams", dam))

    def metals() -> bytes:
        return workbook(Copper=[["Year", "Copper"], [2023, 5]], Zinc=[*rows, ["Note", zinc]])

    def reports() -> bytes:
        return packed({"in/airport.txt": airport, "in/pier.pdf": pdf("Nothing here.", pier)})

    return [
        Request("tunnel.txt", tunnel.encode, "How long is the Karatau tunnel?", "tunnel.txt", tunnel),
        Request("fruit.md", fruit.encode, "How many tonnes of apples did orchards around Talgar yield?", "fruit.md", orchard),
        Request("tram.html", page.encode, "How many passengers does the tramway of Pavlodar carry a day?", "tram.html", tramway),
        Request("yard.pdf", lambda: pdf("The harbour of Aktau.\nIt was founded in 1963.", shipyard, "The end."),
              "How many welders does the shipyard of Aktau employ?", "yard.pdf", shipyard, "p. 2", 2),
        Request("glass.docx", lambda: word("Glass", FILLER, glass), "How much did the glass works in Kyzylorda cost?", "glass.docx", glass),
        Request("dam.pptx", deck, "How high is the Moynak dam?", "dam.pptx", dam, "slide 2", 2),
        Request("zinc.xlsx", metals, "How many tonnes of zinc did the Ridder smelter make?", "zinc.xlsx", zinc, "sheet Zinc"),
        Request("semey.epub", lambda: book(f"<h1>One</h1><p>{FILLER}</p>", f"<h1>Two</h1><p>{library}</p>"),
              "How many books does the library of Semey own?", "semey.epub", library, "chapter 2"),
        Request("ferry.eml", lambda: mail("The ferry", f"Dear desk,\n\n{ferry}\n\nAnn\n"),
              "How many railway wagons does the ferry to Baku carry?", "ferry.eml", ferry),
        Request("loans.csv", table.encode, "How much did the Halyq cooperative lend to farmers?", "loans.csv#row-3", bank, "row 3"),
        Request("stars.jsonl", lines.encode, "How large is the mirror of the Assy observatory?", "stars.jsonl#row-2", observatory, "row 2"),
        Request("kilns.json", json.dumps({"firm": "Kilns of Sayram", "staff": {"bricklayers": kilns}}).encode,
              "How many bricklayers work at the kilns of Sayram?", "kilns.json", f"bricklayers: {kilns}"),
        Request("all.zip", reports, "How many passengers does the airport of Turkistan serve?", "all.zip#in/airport.txt", airport),
        Request("all.zip", reports, "How long is the pier of Kuryk?", "all.zip#in/pier.pdf", pier, "p. 2", 2),
        Request("wagons.txt", lambda: cyrillic.encode("cp1251"), "Экибастуз вагонов в год", "wagons.txt", russian),
        Request("hyundai.txt", lambda: hangul.encode("euc-kr"), "현대자동차 알마티 공장 생산", "hyundai.txt", korean),
        Request("salt.txt", lambda: f"{FILLER}\n\n{utf16}\n".encode("utf-16"),
              "How many tonnes of salt did the salt mine at Inder produce?", "salt.txt", utf16),
    ]  # fmt: skip


WIRE = """KOSTANAY, June 14, 2024 (Wire)

The Kia car plant in Kostanay will make 70,000 cars a year, the mayor told reporters on Friday. {more} Work on the road to the site began
in May, and the first workers have been hired from the two villages near by. The council will vote on the water pipe next week, he added.
"""
OTHER = """The mayor of Kostanay spoke of many things yesterday. By this newspaper's own count, the Kia car plant in Kostanay will make
70,000 cars a year when it is finished. Nobody could say who will buy them all.
"""
COPIES = {f"wire-{n}.txt": WIRE.format(more=more) for n, more in enumerate(("", "He smiled.", "It was raining.", "Shares rose."))}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reader: Reader) -> Iterator[Engine]:
    for name in ("reportlab", "pptx", "openpyxl"):
        pytest.importorskip(name)
    root = tmp_path_factory.mktemp("formats")
    (root / "docs").mkdir()
    for asked in asked_of_all():
        (root / "docs" / asked.name).write_bytes(asked.make())
    for name, text in {**COPIES, "paper.txt": OTHER}.items():
        (root / "docs" / name).write_text(text, encoding="utf-8")
    (root / "docs" / "slipway.eml").write_bytes(mail("The slipway", REPLY))
    with engine_over(root, embedder, reader) as made:
        yield made


def screen(answer: Answer) -> str:
    out = io.StringIO()
    print_answer(answer, {}, console=Console(file=out, width=1000, highlight=False))
    return out.getvalue()


@pytest.mark.parametrize("asked", asked_of_all(), ids=lambda asked: asked.source)
def test_a_question_to_every_format_gets_a_right_citation(engine: Engine, asked: Request) -> None:
    answer = engine.ask(asked.question)
    assert not answer.abstained, answer
    cited = next(c for c in answer.citations if c.source == asked.source)
    assert engine.loaded.text(cited.source)[cited.start : cited.end] == cited.quote
    assert asked.quote in cited.quote
    assert (cited.place, cited.page) == (asked.place, asked.page)
    (line,) = [line for line in screen(answer).splitlines() if line.startswith(f"[{cited.n}]")]
    assert asked.source in line and (asked.place or "") in line
    assert f"[^{cited.n}]: " in answer_markdown(answer) and (asked.place or "") in answer_markdown(answer)


def test_five_files_two_voices(engine: Engine) -> None:
    """Four copies of a wire report, lightly edited, and a paper's own story."""
    found = engine.ask("How many cars a year will the Kia plant in Kostanay make?")
    (claim,) = found.claims
    assert claim.sources == 2 and len(claim.citations) >= 2
    assert "(2 independent sources)" in with_sources(found) and "(2 independent sources)" in screen(found)
    wire = next(c for c in found.citations if c.source.startswith("wire"))
    assert sorted([wire.source, *wire.copies]) == sorted(COPIES)


def test_of_two_messages_in_one_mail_each_has_its_date_and_the_older_one_is_named(engine: Engine) -> None:
    answer = engine.ask("When does the slipway at the yard reopen?")
    dates = {c.published: c.n for c in answer.citations if c.source == "slipway.eml"}
    assert sorted(dates, key=str) == ["2024-06-03", "2024-06-12"]
    assert f"Out of an older message that the mail repeats: [{dates['2024-06-03']}] (2024-06-03)." in screen(answer)
    infos = engine.loaded.catalog.infos(["slipway.eml"])
    shown = io.StringIO()
    print_answer(answer, infos, console=Console(file=shown, width=1000, highlight=False))
    assert ", 2024-06-03  slipway.eml" in shown.getvalue() and ", 2024-06-12  slipway.eml" in shown.getvalue()
    (conflict,) = answer.conflicts
    assert conflict.kind == "over_time" and conflict.citations[-1] == dates["2024-06-12"]
    assert "9 July" in answer.claims[0].text, "what holds now comes first"

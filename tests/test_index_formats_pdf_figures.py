"""Charts on PDF pages: no table is made of them, nor of the text around them, and tables stay tables."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pytest

from index.formats.load import load_file
from index.schema import Document
from tests.pdf_pages import chart, draw, lines, story

KINDS = ["standing", "lying", "lines", "pie"]
PONDS = (
    "In spring the ducks were moved to the lower pond, because a fox had been seen in the orchard; since then no bird has been lost, "
    "and the neighbours have lent us their dog."
)
FEED = (
    "The price of feed rose by a tenth. We bought it together with two other farms, and stored it in the old mill, whose roof was "
    "mended in June by a roofer from the next village."
)
SHOP = "Our farm keeps four kinds of birds, and sells their eggs in the shop by the gate, which is open on each day but Monday."
BIRDS = [["Bird", "2023", "2024"], ["Hens", "310", "290"], ["Ducks", "280", "300"], ["Geese", "240", "200"]]
ROWS = ["- Bird: Hens | 2023: 310 | 2024: 290", "- Bird: Ducks | 2023: 280 | 2024: 300", "- Bird: Geese | 2023: 240 | 2024: 200"]
BESIDE = [
    "In spring the ducks were moved to the lower",
    "pond, because a fox had been seen near by in",
    "the orchard; since then no bird has been lost,",
    "and the neighbours have lent us their old dog,",
    "which sleeps in the barn. The price of feed",
    "rose by a tenth. We bought it together with",
    "two other farms, and stored it in the old mill.",
]
COLOURS = [("BACKGROUND", (0, 0), (-1, 0), "lightblue"), ("BACKGROUND", (0, 1), (0, -1), "pink"), ("BACKGROUND", (1, 1), (-1, -1), "beige")]
GRID = [("GRID", (0, 0), (-1, -1), 0.5, "grey")]


def load(folder: Path, data: bytes) -> Document:
    path = folder / "a.pdf"
    path.write_bytes(data)
    return load_file(path, "a.pdf", max_bytes=20_000_000)[0]


def rows_of(document: Document) -> list[str]:
    return [document.text[span.start : span.end] for span in document.blocks if span.label == "row"]


def paragraph(text: str, style: str = "BodyText") -> Any:
    styles = pytest.importorskip("reportlab.lib.styles").getSampleStyleSheet()
    return pytest.importorskip("reportlab.platypus").Paragraph(text, styles[style])


def table(cells: list[list[str]], style: list[Any]) -> Any:
    return pytest.importorskip("reportlab.platypus").Table(cells, style=style)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_with_charts_is_read_column_by_column_and_its_table_stays(tmp_path: Path, kind: str, columns: int) -> None:
    def text(*words: str) -> list[Any]:
        return [paragraph(part.replace("birds", word)) for word in words for part in (SHOP, PONDS, FEED)]

    parts = [
        *(paragraph("Ponds", "Heading2"), *text("birds"), chart(kind), paragraph("Figure 1: Birds in May"), paragraph(FEED)),
        *(table(BIRDS, GRID), paragraph("Feed", "Heading2"), *text("fowls"), chart(kind), paragraph("Figure 2: Birds in June")),
        *text("hens"),
    ]
    document = load(tmp_path, story(*parts, columns=columns))
    assert rows_of(document) == ROWS
    assert [document.text.count(part) for part in (PONDS, FEED)] == [3, 4]
    assert "\n\nFigure 1: Birds in May\n\n" in document.text
    assert "\n\nFigure 2: Birds in June\n\n" in document.text


@pytest.mark.parametrize("left", [True, False], ids=["text left", "text right"])
@pytest.mark.parametrize("kind", KINDS)
def test_text_beside_a_chart_is_whole(tmp_path: Path, kind: str, left: bool) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60 if left else 320, 690, BESIDE)
        chart(kind).drawOn(sheet, 300 if left else 50, 585)
        lines(sheet, 60, 550, ["Birds are counted on the first of May in every year, by two people who do not know each other."])

    document = load(tmp_path, draw(page))
    assert rows_of(document) == []
    assert " ".join(BESIDE) in document.text
    assert {"Hens", "Geese"} <= set(document.text.split()) or kind == "lines"


@pytest.mark.parametrize("style", [GRID, COLOURS, COLOURS + GRID], ids=["ruled", "coloured", "ruled and coloured"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_beside_a_chart_stays_one(tmp_path: Path, kind: str, style: list[Any]) -> None:
    def page(sheet: Any) -> None:
        birds = table(BIRDS, style)
        birds.wrapOn(sheet, 200, 200)
        birds.drawOn(sheet, 60, 620)
        chart(kind).drawOn(sheet, 300, 600)

    assert rows_of(load(tmp_path, draw(page))) == ROWS


def test_a_number_in_a_high_bar_does_not_make_it_a_cell(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 690, BESIDE)
        for number, height in enumerate((90, 70, 60, 45)):
            sheet.setFillGray(0.8)
            sheet.rect(320 + 50 * number, 610, 40, height, stroke=0, fill=1)
            sheet.setFillGray(0)
            lines(sheet, 330 + 50 * number, 590 + height, [str(height)])
            lines(sheet, 328 + 50 * number, 598, [["Hens", "Ducks", "Geese", "Doves"][number]])

    document = load(tmp_path, draw(page))
    assert rows_of(document) == []
    assert " ".join(BESIDE) in document.text


def test_a_sentence_that_a_chart_divides_is_whole(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 780, ["The birds are counted by two people who do not know of each other, and the"])
        chart("standing").drawOn(sheet, 100, 630)
        lines(sheet, 60, 600, ["numbers are written down in the book by the gate of the farm every year."])

    assert "know of each other, and the numbers are written down" in load(tmp_path, draw(page)).text


EMPTY = [["Pen", "Jan", "Feb", "Mar"], ["North", "", "", "open"], ["South", "", "", ""], ["West", "open", "", "shut"]]
BLUE = [("BACKGROUND", (1, 1), (2, 1), "blue"), ("BACKGROUND", (1, 2), (3, 2), "blue"), ("BACKGROUND", (2, 3), (2, 3), "blue")]


def test_coloured_empty_cells_are_no_bars(tmp_path: Path) -> None:
    assert rows_of(load(tmp_path, story(table(EMPTY, GRID + BLUE)))) == rows_of(load(tmp_path, story(table(EMPTY, GRID)))) != []


@pytest.mark.parametrize("stroke", ["icon", "corner"])
def test_a_drawing_in_a_cell_leaves_the_table(tmp_path: Path, stroke: str) -> None:
    def page(sheet: Any) -> None:
        birds = table(BIRDS, [*GRID, ("TOPPADDING", (0, 0), (-1, 0), 60)])
        birds.wrapOn(sheet, 300, 300)
        birds.drawOn(sheet, 60, 600)
        if stroke == "icon":
            sheet.circle(80, 700, 16, fill=1)
        else:
            path = sheet.beginPath()
            path.moveTo(60, 730)
            path.lineTo(80, 700)
            path.lineTo(104, 655)
            sheet.drawPath(path)

    assert rows_of(load(tmp_path, draw(page))) == ROWS


@pytest.mark.parametrize("width", [500, 260], ids=["page", "table"])
def test_a_table_and_columns_over_a_bent_background_stay(tmp_path: Path, width: float) -> None:
    def page(sheet: Any) -> None:
        sheet.setFillGray(0.9)
        path = sheet.beginPath()
        path.moveTo(50, 560)
        path.curveTo(80, 720, width / 2, 600, 50 + width, 760)
        path.lineTo(50 + width, 555)
        path.close()
        sheet.drawPath(path, fill=1, stroke=0)
        sheet.setFillGray(0)
        birds = table(BIRDS, GRID)
        birds.wrapOn(sheet, 300, 300)
        birds.drawOn(sheet, 60, 600)
        lines(sheet, 60, 585, ["Hens lay well", "Ducks swim", "Geese keep watch"])
        lines(sheet, 60, 790, ["Birds are counted on the first of May in every year, by two people who do not know each other's number."])

    assert rows_of(load(tmp_path, draw(page))) == ROWS


@pytest.mark.parametrize("bars", [300, 3900])
def test_a_page_of_very_many_boxes_is_read_soon(tmp_path: Path, bars: int) -> None:
    def page(sheet: Any) -> None:
        for number in range(bars):
            sheet.rect(50 + 6 * (number % 80), 100 + 12 * (number // 80), 5, 3 + number % 8, fill=1)
        lines(sheet, 50, 800, ["word " * 18] * 60, leading=12, size=8)

    started = process_time()
    assert load(tmp_path, draw(page)).text
    assert process_time() - started < 5

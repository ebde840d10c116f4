from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index.errors import LoadError, NotRead
from index.formats.load import load_file
from index.formats.pdf import ocr
from index.formats.pdf.layout import Rules, arrange
from index.formats.pdf.text import join_lines
from index.formats.pdf.words import Word
from index.schema import Document
from tests.pdf_pages import draw, lines, story

LEFT = [
    "The ferry to Holm leaves twice a day from",
    "the northern pier, and takes cars as well as",
    "bicycles. In winter the evening ferry is can-",
    "celled when the wind is strong. Tickets are",
    "sold on board, in cash or by card.",
]
RIGHT = [
    "Dogs travel free of charge, but they must be",
    "kept on a lead. Larger groups should book",
    "a week ahead, because the ferry has places",
    "for only ninety passengers and twelve cars",
    "on each of its crossings.",
]


def load(folder: Path, data: bytes, problems: list[LoadError] | None = None) -> Document:
    path = folder / "a.pdf"
    path.write_bytes(data)
    return load_file(path, "a.pdf", max_bytes=20_000_000, problems=problems)[0]


def labelled(document: Document, label: str) -> list[str]:
    return [document.text[span.start : span.end] for span in document.blocks if span.label == label]


def test_columns_that_are_drawn_row_by_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 790, ["Ferries to the islands"], size=16)
        for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            lines(sheet, 60, 750 - 13 * number, [left])
            lines(sheet, 310, 750 - 13 * number, [right])

    text = load(tmp_path, draw(page)).text
    assert text.startswith("Ferries to the islands\n\nThe ferry to Holm leaves twice a day from the northern pier")
    assert "In winter the evening ferry is cancelled when the wind is strong." in text
    assert text.index("in cash or by card.") < text.index("Dogs travel free of charge")
    assert text.endswith("places for only ninety passengers and twelve cars on each of its crossings.")


def test_columns_on_different_heights_and_three_of_them(tmp_path: Path) -> None:
    third = [line.replace("ferry", "barge") for line in LEFT]

    def page(sheet: Any) -> None:
        for left, top, column in ((40, 750, LEFT), (260, 744, RIGHT), (480, 747, third)):
            lines(sheet, left, top, column, size=9, leading=12)

    text = load(tmp_path, draw(page)).text
    assert text.index("The ferry to Holm") < text.index("Dogs travel") < text.index("The barge to Holm")
    assert "and takes cars as well as bicycles. In winter the evening barge is cancelled" in text


def test_a_sentence_that_runs_over_to_the_next_column_and_page_is_whole(tmp_path: Path) -> None:
    def first(sheet: Any) -> None:
        lines(sheet, 60, 750, [*LEFT[:4], "sold on board and at the office on the"])
        lines(sheet, 310, 750, ["quay, which opens at seven o'clock every day.", *RIGHT[:3], "for only ninety passengers on its cross-"])

    def second(sheet: Any) -> None:
        lines(sheet, 60, 750, ["ings. The next chapter tells of the lighthouse on the island of Holm."])

    document = load(tmp_path, draw(first, second))
    assert "at the office on the quay, which opens" in document.text
    assert "ninety passengers on its crossings. The next chapter" in document.text
    assert [page.label for page in document.pages] == ["1", "2"]
    assert document.text[document.pages[1].start :].startswith("ings.")


def make_table(rows: list[list[str]], grid: bool, repeat: int = 0, **options: Any) -> Any:
    platypus = pytest.importorskip("reportlab.platypus")
    styles = pytest.importorskip("reportlab.lib.styles").getSampleStyleSheet()
    cells = [[platypus.Paragraph(cell, styles["BodyText"]) if len(cell) > 24 else cell for cell in row] for row in rows]
    style = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if grid else []
    return platypus.Table(cells, repeatRows=repeat, style=style, **options)


@pytest.mark.parametrize("grid", [True, False], ids=["ruled", "bare"])
def test_tables_are_rows_with_their_column_names(tmp_path: Path, grid: bool) -> None:
    rows = [["Berth", "Depth", "Remark"], ["North", "4.5 m", "for ferries only"], ["South", "3.2 m", "not at low water"]]
    document = load(tmp_path, story(make_table(rows, grid)))
    assert labelled(document, "row") == [
        "- Berth: North | Depth: 4.5 m | Remark: for ferries only",
        "- Berth: South | Depth: 3.2 m | Remark: not at low water",
    ]


def test_lines_of_a_wrapped_cell_are_one(tmp_path: Path) -> None:
    long = "closed from November to March, and on days with ice in the harbour"
    rows = [["Berth", "Depth", "Remark"], ["North", "4.5 m", long], ["South", "3.2 m", "open"]]
    document = load(tmp_path, story(make_table(rows, True, colWidths=[70, 70, 140])))
    assert labelled(document, "row")[0] == f"- Berth: North | Depth: 4.5 m | Remark: {long}"


@pytest.mark.parametrize("repeat", [0, 1], ids=["header once", "header on each page"])
def test_a_table_that_runs_over_the_page_keeps_its_header(tmp_path: Path, repeat: int) -> None:
    rows = [["Berth", "Depth", "Fee"], *([f"No. B{n}", f"{n}.5 m", f"{n} kr"] for n in range(1, 70))]
    document = load(tmp_path, story(make_table(rows, True, repeat)))
    assert len(document.pages) > 1
    assert labelled(document, "row") == [f"- Berth: No. B{n} | Depth: {n}.5 m | Fee: {n} kr" for n in range(1, 70)]


def test_headings_have_levels_and_lists_are_items(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 790, ["Harbour rules"], size=18)
        lines(sheet, 60, 760, ["1. Mooring"], size=10, font="Helvetica-Bold")
        lines(sheet, 60, 740, ["Boats moor where the harbour master tells them to. Visitors need:"])
        for number, item in enumerate(("four fenders", "two long lines", "a lamp at night")):
            lines(sheet, 70, 720 - 13 * number, ["•"])
            lines(sheet, 88, 720 - 13 * number, [item])
        lines(sheet, 60, 660, ["1.1 Guests"], size=10, font="Helvetica-Bold")
        lines(sheet, 60, 640, ["Guests stay for three nights at most, unless the weather is bad."])

    document = load(tmp_path, draw(page))
    assert labelled(document, "heading 1") == ["Harbour rules"]
    assert (labelled(document, "heading 2"), labelled(document, "heading 3")) == (["1. Mooring"], ["1.1 Guests"])
    assert labelled(document, "item") == ["• four fenders", "• two long lines", "• a lamp at night"]
    assert document.title == "Harbour rules"


def test_notes_stand_apart_and_their_marks_are_left_out_while_powers_stay(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 790, ["The island of Holm covers 12 km"])
        sheet.setFont("Helvetica", 6)
        sheet.drawString(60 + sheet.stringWidth("The island of Holm covers 12 km", "Helvetica", 10), 794, "2")
        lines(sheet, 218, 790, ["and has 340 inhabitants."])
        sheet.setFont("Helvetica", 6)
        sheet.drawString(218 + sheet.stringWidth("and has 340 inhabitants.", "Helvetica", 10), 794, "1")
        lines(sheet, 60, 776, ["Most of them live in the village on the southern shore, where the ferry"])
        lines(sheet, 60, 100, ["1 Census of the year 2021."], size=8)

    def second(sheet: Any) -> None:
        lines(sheet, 60, 790, ["lands twice a day, and in summer once more in the late evening of each day."])

    document = load(tmp_path, draw(page, second))
    assert "The island of Holm covers 12 km² and has 340 inhabitants. Most" in document.text
    assert labelled(document, "note") == ["1 Census of the year 2021."]
    assert "where the ferry\nlands twice a day" in document.text


def test_running_heads_and_page_numbers_are_furniture(tmp_path: Path) -> None:
    def page(number: int) -> Any:
        def paint(sheet: Any) -> None:
            lines(sheet, 60, 815, ["Harbour of Holm, rules"], size=8)
            lines(sheet, 60, 760, [f"This is what page {number} says of boats, of nets and of the weather."])
            lines(sheet, 290, 30, [str(number + 6)], size=8)

        return paint

    for count in (2, 5):
        document = load(tmp_path, draw(*(page(number) for number in range(count))))
        assert document.text.count("Harbour of Holm, rules") == 1
        kept = [document.text[span.start : span.end] for span in document.boilerplate if span.label == "running header"]
        assert kept == ["Harbour of Holm, rules", "6"]


@pytest.mark.parametrize("recognition", [False, True])
def test_a_page_without_text_is_named_and_the_others_are_read(tmp_path: Path, recognition: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if recognition and not ocr.available():
        pytest.skip(f"needs the extra: {ocr.INSTALL}")
    monkeypatch.setattr(ocr, "available", lambda: recognition)
    image = pytest.importorskip("PIL.Image").new("L", (20, 20), 128)
    reader = pytest.importorskip("reportlab.lib.utils").ImageReader(image)
    problems: list[LoadError] = []
    data = draw(lambda sheet: lines(sheet, 60, 790, ["The tide table begins here."]), lambda sheet: sheet.drawImage(reader, 0, 0, 500, 700))
    document = load(tmp_path, data, problems)
    assert document.text == "The tide table begins here."
    assert isinstance(problems[0], NotRead) and "page 2 has a picture and no text layer" in str(problems[0])


def test_hyphens_that_belong_to_a_word_stay() -> None:
    known = frozenset({"well-known"})
    assert join_lines(["a well-", "known story of the New-", "Yorker in 2020-", "2021 and of ship-", "yards"], known) == (
        "a well-known story of the New-Yorker in 2020-2021 and of shipyards"
    )
    assert join_lines(["the con\ufffe", "sumption of wa\x02", "ter"], frozenset()) == "the consumption of water"


def test_a_page_of_very_many_words_is_read_in_linear_time() -> None:
    words = [Word("x", 10.0 * (n % 60), -12.0 * (n // 60), 10.0 * (n % 60) + 6, -12.0 * (n // 60) + 10, 10.0) for n in range(60_000)]
    assert sum(len(row.words) for piece in arrange(words, Rules()) if isinstance(piece, list) for row in piece) == 60_000


def test_cells_that_span_columns_are_told_by_the_lines_that_are_not_drawn(tmp_path: Path) -> None:
    rows = [["Service", "Price", ""], ["", "Summer", "Winter"], ["Crane", "40 kr", "35 kr"], ["Members", "", ""], ["Berth", "6 kr", "4 kr"]]
    platypus = pytest.importorskip("reportlab.platypus")
    style = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 3), (2, 3))]
    assert labelled(load(tmp_path, story(platypus.Table(rows, style=style))), "row") == [
        "- Service: Crane | Price, Summer: 40 kr | Price, Winter: 35 kr",
        "- Members",
        "- Members | Service: Berth | Price, Summer: 6 kr | Price, Winter: 4 kr",
    ]


def test_tables_below_each_other_and_lists_of_properties_stay_apart(tmp_path: Path) -> None:
    platypus = pytest.importorskip("reportlab.platypus")
    contents = [["1", "Introduction", "3"], ["1.1", "Aims", "4"], ["2", "Berths and their depths", "7"]]
    form = [["Name:", "Ann Lee"], ["Boat:", "Tern"], ["Arrival:", "3 May 2026, in the evening"]]
    document = load(tmp_path, story(platypus.Table(contents), platypus.Spacer(1, 14), platypus.Table(form)))
    assert labelled(document, "row") == ["- 1 | Introduction | 3", "- 1.1 | Aims | 4", "- 2 | Berths and their depths | 7"]
    assert labelled(document, "pair") == ["Name: Ann Lee", "Boat: Tern", "Arrival: 3 May 2026, in the evening"]


def test_lines_of_an_address_and_paragraphs_of_a_letter_stay_apart(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 720, ["Ann Lee", "Fjord Road 12", "4321 Vik"])
        lines(sheet, 60, 620, ["Dear Ann Lee,", "", "your berth at the northern quay is free from the first of June, and you may"])
        lines(sheet, 60, 581, ["stay until the end of August.", "", "Yours sincerely", "", "Ole Berg"])

    assert load(tmp_path, draw(page)).text.split("\n\n") == [
        "Ann Lee",
        "Fjord Road 12",
        "4321 Vik",
        "Dear Ann Lee,",
        "your berth at the northern quay is free from the first of June, and you may stay until the end of August.",
        "Yours sincerely",
        "Ole Berg",
    ]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_pages_that_are_turned_to_be_read_and_text_aslant_on_them(tmp_path: Path, quarters: int) -> None:
    def page(sheet: Any) -> None:
        sheet.setPageRotation(90 * quarters)
        width, height = 595, 842
        sheet.translate(*[(width, 0), (width, height), (0, height)][quarters - 1])
        sheet.rotate(90 * quarters)
        lines(sheet, 60, 500, ["The ferry to Holm leaves twice a day from the northern", "pier, and takes cars."])
        sheet.rotate(45)
        sheet.setFont("Helvetica", 40)
        sheet.drawString(300, 100, "DRAFT")

    document = load(tmp_path, draw(page))
    assert document.text.endswith("The ferry to Holm leaves twice a day from the northern pier, and takes cars.")
    assert [document.text[span.start : span.end] for span in document.boilerplate] == ["DRAFT"]


def test_lines_of_contents_are_furniture(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        lines(sheet, 60, 750, ["Fees and berths ........................ 3", "Cranes . . . . . . . . . . . . . . . . . . . 12"])
        lines(sheet, 60, 700, ["The harbour has two cranes."])

    document = load(tmp_path, draw(page))
    assert [document.text[span.start : span.end].split(" ")[0] for span in document.boilerplate] == ["Fees", "Cranes"]
    assert {span.label for span in document.boilerplate} == {"table of contents"}

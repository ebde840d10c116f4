"""Lines of a PDF page in reading order: columns, tables, tables over a page break."""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from index.formats_pdf import read_pdf
from index.pdf_layout import Part, ordered


def part(text: str, left: float, top: float) -> Part:
    return Part(text, left, left + 5 * len(text), top, top - 10)


def read(lines: list[list[Part]]) -> list[str]:
    return [line.part.text for line in ordered(lines)[0]]


LEFT = [
    "The mill was built by the millers",
    "of the valley in the year 1701 and",
    "it has ground rye ever since, save",
    "for the years of the great flood.",
]
RIGHT = [
    "Its wheel is made of larch, which",
    "does not rot in water. A new one",
    "is cut every forty years from the",
    "wood that belongs to the village.",
]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    lines = [[part(a, 50, 700 - 12 * n), part(b, 320, 700 - 12 * n)] for n, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True))]
    assert read(lines) == LEFT + RIGHT


def test_a_table_becomes_rows_with_their_column_names() -> None:
    rows = [["Boat", "Length", "Berth"], ["Tern", "12 m", "4"], ["Gull", "9 m", "17"]]
    lines = [[part(cell, 50 + 150 * n, 700 - 14 * i) for n, cell in enumerate(row)] for i, row in enumerate(rows)]
    assert read([[part("All boats of the harbour", 50, 730)], *lines]) == [
        "All boats of the harbour", "- Boat: Tern | Length: 12 m | Berth: 4", "- Boat: Gull | Length: 9 m | Berth: 17",
    ]  # fmt: skip


def test_a_cell_that_wraps_stays_in_its_row() -> None:
    lines = [
        [part("Boat", 50, 700), part("Use", 200, 700)],
        [part("Tern", 50, 680), part("nets and", 200, 680)],
        [part("lines", 200, 669)],
        [part("Gull", 50, 650), part("guests", 200, 650)],
    ]
    assert read(lines) == ["- Boat: Tern | Use: nets and lines", "- Boat: Gull | Use: guests"]


def test_a_table_goes_on_over_the_page_with_its_names() -> None:
    first = [[part("Boat", 50, 700), part("Berth", 200, 700)], [part("Tern", 50, 680), part("4", 200, 680)]]
    _, names = ordered(first)
    assert names == ["Boat", "Berth"]
    second = [[part("Gull", 50, 700), part("17", 200, 700)], [part("Auk", 50, 680), part("2", 200, 680)]]
    assert [line.part.text for line in ordered(second, names)[0]] == ["- Boat: Gull | Berth: 17", "- Boat: Auk | Berth: 2"]


def test_one_line_with_a_gap_is_no_table() -> None:
    assert read([[part("Page head", 50, 700), part("3 May", 400, 700)], [part("The text begins here.", 50, 660)]]) == [
        "Page head 3 May", "The text begins here.",
    ]  # fmt: skip


def pdf(*pages: list[tuple[float, float, str]]) -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4)
    for page in pages:
        canvas.setFont("Helvetica", 10)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def test_a_real_file_of_two_columns() -> None:
    page = [(50.0, 700.0 - 12 * n, a) for n, a in enumerate(LEFT)] + [(320.0, 700.0 - 12 * n, b) for n, b in enumerate(RIGHT)]
    # Row by row, as many programs write their pages.
    page.sort(key=lambda item: -item[1])
    text = read_pdf(pdf(page), "a.pdf")[0].text
    assert " ".join(text.split()) == " ".join([*LEFT, *RIGHT])


def test_running_heads_of_two_pages_are_boilerplate_and_stand_in_no_table() -> None:
    head = [(50.0, 800.0, "Harbour board"), (400.0, 800.0, "Minutes of May")]
    body = [(50.0, 700.0, "Boat"), (200.0, 700.0, "Berth"), (50.0, 680.0, "Tern"), (200.0, 680.0, "4")]
    more = [(50.0, 700.0, "Gull"), (200.0, 700.0, "17"), (50.0, 680.0, "Auk"), (200.0, 680.0, "2")]
    (found,) = read_pdf(pdf(head + body, head + more), "a.pdf")
    assert [line for line in found.text.split("\n") if line.startswith("- ")] == [
        "- Boat: Tern | Berth: 4", "- Boat: Gull | Berth: 17", "- Boat: Auk | Berth: 2",
    ]  # fmt: skip
    assert [found.text[s.start : s.end] for s in found.furniture] == ["Harbour board Minutes of May"]

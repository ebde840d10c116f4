"""Tables of a PDF below each other, over page breaks and with empty cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.formats.load import load_file
from index.schema import Document
from tests.pdf_pages import draw, lines

Rows = Sequence[Sequence[str]]

GRID = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
INNER = [("INNERGRID", (0, 0), (-1, -1), 0.5, "black")]
BELOW = [("LINEBELOW", (0, 0), (-1, -1), 0.5, "black")]
BOOK = [
    ("LINEABOVE", (0, 0), (-1, 0), 1, "black"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.5, "black"),
    ("LINEBELOW", (0, -1), (-1, -1), 1, "black"),
]
STYLES = {"grid": GRID, "inner": INNER, "below": BELOW, "book": BOOK, "bare": []}
BOLD = [("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]
every_style = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)

SAILS = [["Sail", "Area", "Cloth"], ["Jib", "18 m2", "Dacron"], ["Genoa", "31 m2", "Mylar"], ["Storm jib", "6 m2", "Canvas"]]
KNOTS = [["Knot", "Turns", "Used for"], ["Bowline", "1", "a loop"], ["Clove hitch", "2", "a post"], ["Figure eight", "1", "a stopper"]]
SAIL_ROWS = [f"- Sail: {sail} | Area: {area} | Cloth: {cloth}" for sail, area, cloth in SAILS[1:]]
KNOT_ROWS = [f"- Knot: {knot} | Turns: {turns} | Used for: {use}" for knot, turns, use in KNOTS[1:]]


def load(folder: Path, *pages: Any) -> Document:
    path = folder / "a.pdf"
    path.write_bytes(draw(*pages))
    return load_file(path, "a.pdf", max_bytes=20_000_000)[0]


def labelled(document: Document, label: str) -> list[str]:
    return [document.text[span.start : span.end] for span in document.blocks if span.label == label]


def put(sheet: Any, top: float, rows: Rows, style: Sequence[Any], widths: Sequence[float] = (120, 100, 160)) -> float:
    """Draw a table with its left upper corner at 60, `top`; gives the height of its lower edge."""
    platypus = pytest.importorskip("reportlab.platypus")
    table = platypus.Table([list(row) for row in rows], colWidths=list(widths), style=list(style))
    _, height = table.wrapOn(sheet, 500, 800)
    table.drawOn(sheet, 60, top - height)
    return top - float(height)


@every_style
@pytest.mark.parametrize("size", [14, 10], ids=["larger", "bold"])
def test_a_heading_ends_the_table_above_it(tmp_path: Path, style: list[Any], size: int) -> None:
    def page(sheet: Any) -> None:
        under = put(sheet, 780, SAILS, [*style, *BOLD])
        lines(sheet, 60, under - 24, ["4 Knots"], size=size, font="Helvetica-Bold")
        put(sheet, under - 30, KNOTS, [*style, *BOLD])

    document = load(tmp_path, page)
    assert labelled(document, "row") == [*SAIL_ROWS, *KNOT_ROWS]
    assert labelled(document, "heading 1") == ["4 Knots"]


@pytest.mark.parametrize("style", [GRID, BELOW, []], ids=["grid", "below", "bare"])
def test_a_line_of_text_above_another_header_ends_the_table(tmp_path: Path, style: list[Any]) -> None:
    def page(sheet: Any) -> None:
        under = put(sheet, 780, SAILS, style)
        lines(sheet, 60, under - 26, ["Knots to know"])
        put(sheet, under - 30, KNOTS, style)

    document = load(tmp_path, page)
    assert labelled(document, "row") == [*SAIL_ROWS, *KNOT_ROWS]
    assert "\n\nKnots to know\n\n" in document.text


def test_a_row_of_a_table_that_spans_its_columns_does_not_end_it(tmp_path: Path) -> None:
    rows = [*SAILS[:3], ["For heavy weather", "", ""], *SAILS[3:], ["Trysail", "9 m2", "Canvas"]]
    document = load(tmp_path, lambda sheet: put(sheet, 780, rows, [*INNER, ("SPAN", (0, 3), (2, 3))]))
    assert labelled(document, "row") == [
        *SAIL_ROWS[:2],
        "- For heavy weather",
        "- For heavy weather | Sail: Storm jib | Area: 6 m2 | Cloth: Canvas",
        "- For heavy weather | Sail: Trysail | Area: 9 m2 | Cloth: Canvas",
    ]


STEPS = [
    ["No.", "Step", "Who"],
    ["1", "Check the rigging", "Mate"],
    ["2", "Bend on the jib", "Deckhand"],
    ["3", "Cast off the lines", "All"],
]
STEPS_ON = [["4", "Hoist the main", "Mate"], ["5", "Trim", "Helm"]]
STEP_ROWS = [f"- No.: {number} | Step: {step} | Who: {who}" for number, step, who in [*STEPS[1:], *STEPS_ON]]


@every_style
@pytest.mark.parametrize("count", [1, 2])
def test_a_table_goes_on_after_a_page_break_under_its_names(tmp_path: Path, style: list[Any], count: int) -> None:
    def second(sheet: Any) -> None:
        under = put(sheet, 780, STEPS_ON[:count], style, (60, 180, 90))
        lines(sheet, 60, under - 40, ["After that the boat is under sail, and the engine is switched off and left in gear."])

    document = load(tmp_path, lambda sheet: put(sheet, 200, STEPS, style, (60, 180, 90)), second)
    assert labelled(document, "row") == STEP_ROWS[: 3 + count]
    assert [page.label for page in document.pages] == ["1", "2"]


@pytest.mark.parametrize("style", [[*GRID, *BOLD], GRID], ids=["bold", "figures"])
def test_another_table_at_the_top_of_the_next_page_has_its_own_names(tmp_path: Path, style: list[Any]) -> None:
    tides = [["Place", "Depth", "Bottom"], ["Holm", "4 m", "Sand"], ["Vik", "3 m", "Mud"]]
    document = load(tmp_path, lambda sheet: put(sheet, 200, SAILS, style), lambda sheet: put(sheet, 780, tides, style))
    assert labelled(document, "row") == [*SAIL_ROWS, "- Place: Holm | Depth: 4 m | Bottom: Sand", "- Place: Vik | Depth: 3 m | Bottom: Mud"]


def test_a_column_that_is_empty_on_the_next_page_keeps_its_place(tmp_path: Path) -> None:
    more = [["Spinnaker", "", "Nylon"], ["Gennaker", "", "Nylon"]]
    document = load(tmp_path, lambda sheet: put(sheet, 200, SAILS, GRID), lambda sheet: put(sheet, 780, more, GRID))
    assert labelled(document, "row") == [*SAIL_ROWS, "- Sail: Spinnaker | Cloth: Nylon", "- Sail: Gennaker | Cloth: Nylon"]


def test_a_head_and_a_number_on_the_next_page_are_no_row(tmp_path: Path) -> None:
    def second(sheet: Any) -> None:
        lines(sheet, 66, 780, ["Harbour"])
        lines(sheet, 186, 780, ["7"])
        lines(sheet, 60, 740, ["The harbour is closed in winter, and boats are laid up in the sheds behind the quay."])

    table = [row[:2] for row in SAILS]
    document = load(tmp_path, lambda sheet: put(sheet, 200, table, [], (120, 100)), second)
    assert labelled(document, "row") == [row.partition(" | Cloth")[0] for row in SAIL_ROWS]


@pytest.mark.parametrize("style", [GRID, INNER, BELOW, BOOK], ids=["grid", "inner", "below", "book"])
@pytest.mark.parametrize("follows", [False, True], ids=["end of page", "heading below"])
def test_a_last_row_with_one_filled_cell_is_a_row(tmp_path: Path, style: list[Any], follows: bool) -> None:
    def page(sheet: Any) -> None:
        under = put(sheet, 780, [*SAILS, ["Trysail", "", ""]], [*style, *BOLD])
        if follows:
            lines(sheet, 60, under - 26, ["Ropes"], size=14, font="Helvetica-Bold")
            lines(sheet, 60, under - 46, ["Ropes are coiled and hung up after each day at sea."])

    document = load(tmp_path, page)
    assert labelled(document, "row") == [*SAIL_ROWS, "- Sail: Trysail"]
    assert labelled(document, "heading 1") == (["Ropes"] if follows else [])


def test_wrapped_cells_between_lines_are_one_row_where_all_cells_wrap(tmp_path: Path) -> None:
    rows = [["Where", "What", "When"]] + [[f"berth {n}\nnorth", f"boat {n}\nred", f"May {n}\nnoon"] for n in (1, 2, 3)]
    document = load(tmp_path, lambda sheet: put(sheet, 780, rows, GRID))
    assert labelled(document, "row") == [f"- Where: berth {n} north | What: boat {n} red | When: May {n} noon" for n in (1, 2, 3)]


def test_the_sides_of_a_box_in_a_cell_are_no_columns(tmp_path: Path) -> None:
    def page(sheet: Any) -> None:
        put(sheet, 780, SAILS, [*GRID, ("LEFTPADDING", (0, 0), (-1, -1), 20)])
        for row in range(1, 4):
            sheet.rect(72, 780 - 18 * (row + 1) + 2.5, 94, 13)

    assert labelled(load(tmp_path, page), "row") == SAIL_ROWS


@pytest.mark.parametrize("style", [BELOW, []], ids=["below", "bare"])
def test_a_last_row_that_is_wrapped_in_its_first_cell_only_is_whole(tmp_path: Path, style: list[Any]) -> None:
    def page(sheet: Any) -> None:
        under = put(sheet, 780, [*SAILS, ["Trysail\nwith reef\npoints", "9 m2", "Canvas"]], [*style, ("VALIGN", (0, 0), (-1, -1), "TOP")])
        lines(sheet, 60, under - 14, ["The sails are dried before they are stowed, and looked over once a year by the sailmaker."])

    assert labelled(load(tmp_path, page), "row") == [*SAIL_ROWS, "- Sail: Trysail with reef points | Area: 9 m2 | Cloth: Canvas"]

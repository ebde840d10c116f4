"""Which tables have column names, and what becomes of rows without them."""

from __future__ import annotations

import pytest

from index.schema import Document
from index.structure.cells import cell_texts, cells_of
from index.structure.tables import plain_table
from index.structure.units import units_of
from index.text.headers import names_columns


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (["Boat Berth Fee", "Heron 14 80.50", "Teal 9 95"], True),
        (["Heron 14 80.50", "Teal 9 95", "Grebe 30 7.10"], False),
        (["Heron skipper ext.21", "Teal skipper ext.22", "Grebe - 0700_5541"], False),
        (["Boat 2025 2026", "Heron 80 85", "Teal 95 99"], True),
        (["Boat 2025_(€) 2026_(€)", "Heron 80 85", "Teal 95.50 -"], True),
        (["Boat 12_m 15_m", "Heron 80 85", "Teal 95.50 99"], True),  # lengths above prices
        (["Heron 12_m 80", "Teal 9_m 95", "Grebe 7_m 60"], False),
        (["Heron 2019 2024", "Teal 2020 2025", "Grebe 2018 2021"], False),  # from when to when: years below years
        (["Year 2019 2020", "built 1999 2004", "lost 1950 2011"], True),  # counted on, though years stand below
        (["Team 1 2 3", "Red 4 0 2", "Blue 1 1 6"], True),
        (["7 1 2 3", "8 4 0 2", "9 1 1 6"], False),
        (["Heron 2025-05-01 sold", "Teal 2025-06-11 hired", "Grebe 2024-01-30 sold"], False),
    ],
)
def test_the_first_row_names_columns_unless_its_figures_are_of_the_kind_below(rows: list[str], named: bool) -> None:
    assert names_columns([[cell.replace("_", " ").replace("-", "", cell == "-") for cell in row.split()] for row in rows]) == named


STAFF = "Stores            Jon Vik      ext. 22\nSlipway           Lise Dahl    0700 554 110\n"


def kinds(text: str) -> list[str]:
    return [unit.kind for unit in units_of(Document("berths.txt", text, "text", "h"))]


def test_a_table_of_plain_text_without_column_names_has_none() -> None:
    text = f"Berths\n\nHarbour master    Ida Moe      ext. 21\n{STAFF}"
    document = Document("berths.txt", text, "text", "h")
    rows = [unit for unit in units_of(document) if unit.kind == "row"]
    assert kinds(text) == ["heading", "row", "row", "row"]
    assert [cell.column for row in rows for cell in cells_of(text, row, None)] == [""] * 9


def test_a_table_of_plain_text_with_column_names_keeps_them() -> None:
    assert kinds(f"Berths\n\nRole              Name         Phone\n{STAFF}") == ["heading", "header", "row", "row"]
    assert kinds("Boat | Fee\nHeron | 80\nTeal | 95\n") == ["header", "row", "row"]
    assert kinds("| Heron | 80 |\n|---|---|\n| Teal | 95 |\n") == ["header", "row"]  # marked


def test_an_empty_cell_of_a_row_without_column_names_keeps_its_place() -> None:
    blocks = plain_table([["Heron", "12 m", "80", "new"], ["Teal", "9 m", "", "sold"], ["", "7 m", "60", ""]])
    assert [block.text for block in blocks] == ["- Heron | 12 m | 80 | new", "- Teal | 9 m |  | sold", "-  | 7 m | 60"]
    text = "\n".join(block.text for block in blocks)
    rows = [unit for unit in units_of(Document("a.docx", text, "docx", "h")) if unit.kind == "row"]
    assert [cell_texts(text, row.start, row.end) for row in rows[1:]] == [["Teal", "9 m", "", "sold"], ["", "7 m", "60"]]


def test_years_with_their_unit_name_columns_and_an_empty_cell_is_left_out_of_a_row_whose_cells_are_named() -> None:
    blocks = plain_table([["Berth", "2025 (€)", "2026 (€)", "Note"], ["North", "80", "85", ""], ["South", "95", "", "in talks"]])
    assert [block.text for block in blocks] == [
        "- Berth: North | 2025 (€): 80 | 2026 (€): 85",
        "- Berth: South | 2025 (€): 95 | Note: in talks",
    ]

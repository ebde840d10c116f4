from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import pytest

from index.errors import LoadError, NotRead
from index.formats.office.excel_numbers import shown_date, shown_number
from index.schema import Published
from index.structure.units import units_of
from tests.office_files import labelled, load


def book(*sheets: tuple[str, list[list[Any]]], change: Any = None) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_merged_cells_are_filled_and_two_header_rows_joined(tmp_path: Path) -> None:
    def merge(made: Any) -> None:
        for cells in ("A1:A2", "B1:C1", "A3:A4"):
            made["Catch"].merge_cells(cells)

    rows = [["Port", "Cod", None], [None, "tonnes", "boats"], ["Holm", 12, 3], [None, 14, 4], ["Vik", 9, 2]]
    assert labelled(load(tmp_path, "a.xlsx", book(("Catch", rows), change=merge)), "row") == [
        "- Port: Holm | Cod, tonnes: 12 | Cod, boats: 3",
        "- Port: Holm | Cod, tonnes: 14 | Cod, boats: 4",
        "- Port: Vik | Cod, tonnes: 9 | Cod, boats: 2",
    ]


def test_years_dates_and_numbers_can_name_columns(tmp_path: Path) -> None:
    rows = [["Port", 2021, 2022, 2023], ["Holm", 12, 14, 15], ["Vik", 9, 8, 11]]
    assert labelled(load(tmp_path, "a.xlsx", book(("A", rows))), "row")[0] == "- Port: Holm | 2021: 12 | 2022: 14 | 2023: 15"
    plain = [[2021, 12, 14], [2022, 9, 8]]
    assert labelled(load(tmp_path, "b.xlsx", book(("A", plain))), "row") == ["- 2021 | 12 | 14", "- 2022 | 9 | 8"]


def test_several_tables_on_a_sheet_keep_their_own_names(tmp_path: Path) -> None:
    rows = [["Catch of the year"], ["Port", "Tonnes"], ["Holm", 12], [], ["Crew", "Boats"], ["Ann", "Tern"], [], ["Vik", 5]]
    rows[1] += [None, "Fuel", "Price"]
    rows[2] += [None, "Diesel", 1.9]
    document = load(tmp_path, "a.xlsx", book(("A", rows)))
    assert "Catch of the year" in document.text.split("\n")
    assert labelled(document, "row")[:3] == ["- Port: Holm | Tonnes: 12", "- Fuel: Diesel | Price: 1.9", "- Crew: Ann | Boats: Tern"]
    gap = [["Port", "Tonnes"], ["Holm", 12], [], ["Vik", 9]]
    assert labelled(load(tmp_path, "b.xlsx", book(("A", gap))), "row") == ["- Port: Holm | Tonnes: 12", "- Port: Vik | Tonnes: 9"]


def test_hidden_sheets_are_named_and_property_lists_are_pairs(tmp_path: Path) -> None:
    def hide(made: Any) -> None:
        made["Wages"].sheet_state = "hidden"

    problems: list[LoadError] = []
    data = book(("Boat", [["Name:", "Tern"], ["Length:", "9 m"]]), ("Wages", [["a", "b"]]), change=hide)
    document = load(tmp_path, "a.xlsx", data, problems)
    assert labelled(document, "pair") == ["Name: Tern", "Length: 9 m"] and "a |" not in document.text
    assert isinstance(problems[0], NotRead) and "sheet 'Wages' is hidden" in str(problems[0])


def test_a_sheet_says_of_when_it_is(tmp_path: Path) -> None:
    document = load(tmp_path, "a.xlsx", book(("A", [["Fees as of 1 May 2026"], ["Port", "Fee"], ["Holm", 12]])))
    assert document.published == Published("2026-05-01", "day", "updated")


@pytest.mark.parametrize(
    ("value", "shown", "number_format"),
    [
        (4750, "4750", "General"),
        (4750, "4,750", "#,##0"),
        (4750.5, "€4,750.50", '"€"#,##0.00'),
        (4750.5, "4,750.50 €", "#,##0.00\\ [$€-407]"),
        (-3, "(3.0)", "0.0;(0.0)"),
        (-3, "-$3.00", "$0.00"),
        (0.125, "12.5%", "0.0%"),
        (7, "007", "000"),
        (1.5, "1.5", "0.##"),
        (2_500_000, "2.5 M", '0.0,,\\ "M"'),
        (0.1 + 0.2, "0.3", "General"),
        (12, "12", "# ?/?"),
        (1e22, "1" + "0" * 22, "0"),
    ],
)
def test_numbers_are_shown_as_the_cell_shows_them(value: float, shown: str, number_format: str) -> None:
    assert shown_number(value, number_format) == shown


@pytest.mark.parametrize(
    ("shown", "number_format"),
    [
        ("2026-12-31", "mm-dd-yy"),
        ("31.12.2026", "dd.mm.yyyy"),
        ("31 December 2026", "d mmmm yyyy"),
        ("Dec 26", "mmm yy"),
        ("31/12/2026 09:05", "dd/mm/yyyy hh:mm"),
        ("9:05 AM on 31", 'h:mm AM/PM "on" dd'),
    ],
)
def test_dates_are_shown_as_the_cell_shows_them(shown: str, number_format: str) -> None:
    moment = datetime.datetime(2026, 12, 31, 9, 5) if "h" in number_format else datetime.date(2026, 12, 31)
    assert shown_date(moment, number_format) == shown


def test_the_line_above_a_table_is_the_heading_of_its_rows(tmp_path: Path) -> None:
    costs: list[list[Any]] = [["Costs of the quay, £000", None], ["Post", "Sum"], ["Ropes", 12], ["Lamps", 7]]
    document = load(tmp_path, "quay.xlsx", book(("Quay", costs)))
    units = units_of(document)
    assert [document.text[units[n].start : units[n].end] for n in units[-1].path] == ["Quay", "Costs of the quay, £000"]

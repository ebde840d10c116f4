"""What marks in tables stand for, by the lines that explain them."""

from __future__ import annotations

import pytest

from index.structure.cells import cells_of, glosses_of
from index.structure.units import units_of
from tests.made import document

ROTA = "| Keeper | Mon | Tue |\n|---|---|---|\n| Moe | N | C |\n| Dahl | x | - |\n"


def meanings(text: str) -> dict[str, str]:
    made = document(text)
    units = units_of(made)
    return {text[g.start : g.at]: g.text for g in glosses_of(text, units, units)}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("N = night shift, C = on call, by telephone; x = leave", {"N": "night shift", "C": "on call, by telephone", "x": "leave"}),
        ("Key: N: night shift; C: on call", {"N": "night shift", "C": "on call"}),
        ("N – night shift", {"N": "night shift"}),
        ("N means night shift", {"N": "night shift"}),
        ("N night (22:00-6:00)   C on call", {"N": "night (22:00-6:00)", "C": "on call"}),
        ("N is the first letter of the alphabet's second half.", {}),
        ("The keepers met on Monday, C came late.", {}),
        ("Q = not in the table", {}),
        ("N = 12", {}),
    ],
)
def test_lines_that_explain_marks_and_others(line: str, found: dict[str, str]) -> None:
    assert meanings(f"# Rota\n\n{ROTA}\n{line}\n") == found
    assert meanings(f"# Rota\n\n{line}\n\n{ROTA}") == found


def test_a_sign_that_is_also_a_bullet_is_explained_as_it_stands() -> None:
    assert meanings("# Rooms\n\n● = free, ○ = on request\n\n| Room | Hall |\n|---|---|\n| Birch | ● |\n| Loft | ○ |\n") == {
        "●": "free",
        "○": "on request",
    }


def test_of_two_tables_each_has_its_own_line() -> None:
    text = "# Keepers\n\nX = on duty\n\n| Name | Mon |\n|---|---|\n| Moe | X |\n\n"
    text += "# Rooms\n\n| Room | Mon |\n|---|---|\n| Loft | X |\n\nX = closed\n"
    made = document(text)
    units = units_of(made)
    assert [g.text for g in glosses_of(text, units, units)] == ["on duty", "closed"]


def test_cells_of_a_table_set_by_spaces_have_the_names_above_them() -> None:
    text = "Skipper      Sat   Sun   Mon\nNes          E     R     L\nLunde        L     E     E\n"
    units = units_of(document(text))
    row = next(u for u in units if u.kind == "row")
    cells = cells_of(text, row, units[row.hangs] if row.hangs is not None else None)
    assert [(c.column, text[c.start : c.end]) for c in cells] == [("Skipper", "Nes"), ("Sat", "E"), ("Sun", "R"), ("Mon", "L")]


def test_where_a_cell_set_by_spaces_is_empty_the_others_keep_their_names() -> None:
    text = (
        "Ticket      Single     Return     Card\nAdult       9.40       16.80      74\n"
        "Family      22                    90\nDog           2.50       5.00\n"
    )
    units = units_of(document(text))
    found = {
        text[u.start : u.start + 3]: [(c.column, text[c.start : c.end]) for c in cells_of(text, u, units[u.hangs])]
        for u in units
        if u.kind == "row" and u.hangs is not None
    }
    assert found["Fam"] == [("Ticket", "Family"), ("Single", "22"), ("Card", "90")]
    assert found["Dog"] == [("Ticket", "Dog"), ("Single", "2.50"), ("Return", "5.00")]

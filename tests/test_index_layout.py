"""Documents set out: which parts a text has, and that they are places in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.load import load_file
from index.schema import Document
from index.structure.layout import parts_of
from index.structure.units import units_of
from tests.test_index_structure import GUIDE, made

ROOT = Path(__file__).parents[1]


def shown(document: Document) -> list[tuple[str, list[list[str]]]]:
    return [(part.kind, [[document.text[c.start : c.end] for c in line] for line in part.lines]) for part in parts_of(document)]


def test_what_a_text_is_made_of() -> None:
    assert shown(GUIDE) == [
        ("heading", [["Boat hire"]]),
        ("prose", [["We hire out rowing boats. They seat four."]]),
        ("heading", [["Prices"]]),
        ("table", [["Boat", "Hour", "Day"], ["Skiff", "9", "40"], ["Punt", "7", "31"]]),
        ("heading", [["Rules"]]),
        ("prose", [["Bring with you:"]]),
        ("list", [["a life jacket"], ["dry shoes\n  for everyone"]]),
        ("question", [["Can I bring a dog?"]]),
        ("prose", [["Yes, on a lead."]]),
        ("code", [["boat --free"]]),
    ]
    parts = parts_of(GUIDE)
    assert [part.level for part in parts if part.kind == "heading"] == [1, 2, 2] and parts[3].headed
    assert parts[0].start == GUIDE.text.index("Boat hire")


def test_cells_may_be_empty_and_marks_are_no_text() -> None:
    table = made("| a | b | c |\n|---|---|---|\n| 1 |  | 3 |\n|  | 2 |  |\n| 4 |  |  |\n")
    assert shown(table) == [("table", [["a", "b", "c"], ["1", "", "3"], ["", "2", ""], ["4", "", ""]])]


def test_cells_that_name_their_columns_stand_under_them() -> None:
    rows = made("Year: 2024 | Fee: 3\nYear: 2025 | Fee: 4 | Note: new\n", "text")
    (part,) = parts_of(rows)
    assert part.names == ("Year", "Fee", "Note")
    assert shown(rows) == [("table", [["2024", "3", ""], ["2025", "4", "new"]])]


def test_names_with_values_and_numbered_items() -> None:
    text = made("**Owner:** People team\nOpen: Monday to Friday\n\n1. Call.\n2. Write:\n   (a) to us\n   (b) to them\n", "markdown")
    assert shown(text)[0] == ("pairs", [["Owner", "People team"], ["Open", "Monday to Friday"]])
    lists = [part for part in parts_of(text) if part.kind == "list"]
    assert [line[0].label for part in lists for line in part.lines] == ["1.", "(a)", "(b)"]
    assert [indent for part in lists for indent in part.indents] == [0, 3, 3]


def test_a_record_is_its_fields() -> None:
    record = made("Name: Ann\nRole: Pilot\nNote", "csv")
    assert shown(record) == [("pairs", [["Name", "Ann"], ["Role", "Pilot"], ["Note"]])]


TEXTS = "# A\n", "a b.\n", "| x | y |\n", "|--|--|\n", "- i\n", "1. j\n", "K: v\n", "\n", "```\n", "Fee: 3 | Year: 4\n", "é😀 | ü\n", "||\n"
PIECES = st.sampled_from(TEXTS)


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from(["markdown", "text", "csv", "mail"]))
def test_every_part_is_a_place_in_the_text_and_nothing_is_lost(text: str, kind: str) -> None:
    document = made(text, kind)
    parts = parts_of(document)
    covered = set()
    for part in parts:
        assert part.lines and all(part.lines)
        for line in part.lines:
            for cell in line:
                assert 0 <= cell.start <= cell.end <= len(text)
                covered |= set(range(cell.start, cell.end))
    assert [part.start for part in parts] == sorted(part.start for part in parts)
    names = {" ".join(name.split()) for part in parts for name in part.names}
    for unit in units_of(document):
        lost = "".join(c for n, c in enumerate(text[unit.start : unit.end], unit.start) if n not in covered and c.isalnum())
        assert not lost or any(lost in "".join(names) or name in text[unit.start : unit.end] for name in names)


@pytest.mark.parametrize("name", ["kazakhstan-korea", "ferry"])
def test_example_documents_are_set_out(name: str) -> None:
    kinds = set()
    for path in sorted((ROOT / "examples" / name).rglob("*")):
        if path.suffix in (".md", ".txt", ".html", ".csv"):
            for document in load_file(path, path.name, max_bytes=10**7):
                kinds |= {part.kind for part in parts_of(document)}
    assert {"heading", "prose"} <= kinds

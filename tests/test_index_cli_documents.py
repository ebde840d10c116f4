"""`footnote list` and `footnote show`: what they print, in which order, and what they say of a wrong name."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from index.errors import UsageError
from index.formats import load
from tests.fakes import fake_pipeline
from tests.test_index_cli import fails, run

GUIDE = """# Mill guide

The mill opens in May. It closes in October.

## Fees

| Visitor | Fee |
|---|---|
| Adult | 7 |
| Child | 3 |

Bring with you:

- stout shoes
- a lamp

1. Ring the bell.
2. Wait for the miller.

Keeper: Ada Fenn
Phone: 0555 17
"""
ROWS = (10, 2, 20, 3)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("index.sync.build.default_pipeline", lambda settings: fake_pipeline())
    docs = tmp_path / "docs"
    (docs / "mail").mkdir(parents=True)
    (docs / "guide.txt").write_text(GUIDE)
    (docs / "mail" / "a.txt").write_text("Doosan builds a plant.")
    (docs / "mail" / "b [bold].txt").write_text("Kia \x1b[31mopens a factory.")
    run("index", "docs")
    return tmp_path


def sources(*arguments: str) -> list[str]:
    return [one["source"] for one in json.loads(run("list", "--json", *arguments).stdout)["documents"]]


def test_list_shows_every_document_with_its_facts(home: Path) -> None:
    shown = run("list").stdout
    assert "guide.txt" in shown and "mail/b [bold].txt" in shown and f"{len(GUIDE):,}" in shown
    assert "3 of 3 documents" in shown
    data = json.loads(run("list", "--json").stdout)
    assert data["total"] == 3
    first = data["documents"][0]
    assert (first["source"], first["size"], first["pages"]) == ("guide.txt", len(GUIDE), None)
    assert set(first) == {
        "source",
        "title",
        "date",
        "date_from",
        "format",
        "pages",
        "size",
        "author",
        "publisher",
        "language",
        "later_version",
    }


def test_list_is_filtered_by_a_pattern_and_sorted(home: Path) -> None:
    assert sources("mail/*") == ["mail/a.txt", "mail/b [bold].txt"]
    assert sources("--sort", "size") == ["mail/a.txt", "mail/b [bold].txt", "guide.txt"]
    assert sources("--sort", "size", "--reverse")[0] == "guide.txt"
    assert sources("*.pdf") == []
    assert "no source matches '*.pdf'; the index holds 3" in fails(UsageError, "list", "*.pdf")
    assert run("list", "--sort", "colour").exit_code == 2


def test_show_sets_out_headings_lists_tables_and_pairs(home: Path) -> None:
    lines = [line.rstrip() for line in run("show", "guide.txt", "--rendered").stdout.splitlines()]
    assert "Mill guide" in lines and "# Fees" in lines
    assert "The mill opens in May. It closes in October." in lines
    assert " Visitor   Fee" in lines and any(set(line.strip()) == {"─"} for line in lines)
    assert " Adult       7" in lines, "numbers stand right"
    assert "• stout shoes" in lines and "1. Ring the bell." in lines
    assert "Keeper  Ada Fenn" in lines and "Phone   0555 17" in lines


def test_show_raw_is_the_stored_text_to_the_character(home: Path) -> None:
    assert run("show", "guide.txt", "--raw").stdout == GUIDE
    assert run("show", "guide.txt").stdout == GUIDE, "what another program reads is what offsets refer to"


def test_what_is_set_out_carries_no_escape_sequence(home: Path) -> None:
    assert "\x1b" not in run("show", "mail/b [bold].txt", "--rendered").stdout
    assert "Kia opens a factory." in run("show", "mail/b [bold].txt", "--rendered").stdout


@pytest.mark.parametrize("command", [("list", "--help"), ("show", "--help")])
def test_help_has_examples(command: tuple[str, str]) -> None:
    assert "Examples:" in run(*command).stdout


def test_show_says_into_which_documents_a_table_was_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.catalog.reader.Catalog.documents", lambda self: [SimpleNamespace(source=f"trees.csv#row-{n}") for n in ROWS])
    message = fails(UsageError, "show", "trees.csv")
    assert "'trees.csv' was read as 4 documents, 'trees.csv#row-2' to 'trees.csv#row-20'" in message
    assert 'footnote list "trees.csv#*"' in message


def test_rows_of_a_table_file_are_told_from_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.build.default_pipeline", lambda settings: fake_pipeline(load_file=load.load_file))
    (home / "docs" / "boats.csv").write_text("boat,metres\nTern,7\nHeron,9\n")
    report = run("index", "docs")
    shown = report.stdout + report.stderr
    assert "5 in 4 files (3 text, 2 csv rows)" in shown and "5, 2 of them rows" in shown
    assert "5 in 4 files (3 text, 2 csv rows)" in run("status").stdout
    assert "5 of 5 documents in 4 files" in run("list").stdout
    status = json.loads(run("status", "--json").stdout)
    assert (status["files"], status["undated_rows"]) == (4, 2)

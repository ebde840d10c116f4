"""`footnote search`: which passages it finds, what it highlights and how it says that there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from index.config import load_settings
from index.errors import NoIndex, UsageError
from index.sync.build import build
from qa.commands.cli_search import register
from qa.config import Settings
from qa.retrieve.search import FoundPassage, highlights
from qa.schema import Passage
from tests.fakes import fake_pipeline


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    docs = tmp_path / "docs"
    (docs / "mail").mkdir(parents=True)
    (docs / "pumps.txt").write_text("The pumps run at night. A pump has a warranty of two years.")
    (docs / "mail" / "cafe.txt").write_text("The Café is beside the \x1b[31mpump house. See [red]there[/red].")
    build([docs], load_settings(Settings), pipeline=fake_pipeline())
    return tmp_path


def run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["search", *arguments])


def test_passages_come_with_source_and_highlights(home: Path) -> None:
    data = json.loads(run("pump", "warranty", "--json").stdout)
    assert data["words"] == "pump warranty"
    first = data["passages"][0]
    assert first["source"] == "pumps.txt"
    assert [first["text"][low:high] for low, high in first["highlights"]] == ["pumps", "pump", "warranty"]
    assert (home / "docs" / first["source"]).read_text()[first["start"] : first["end"]] == first["text"]
    shown = run("pump", "warranty").stdout
    assert shown.startswith(" 1 pumps.txt") and "A pump has a warranty" in " ".join(shown.split())


def test_a_pattern_keeps_sources_and_accents_do_not_matter(home: Path) -> None:
    shown = run("cafe", "pump", "--in", "mail/*").stdout
    assert "mail/cafe.txt" in shown and "pumps.txt" not in shown
    assert "\x1b" not in shown and "[red]there[/red]" in shown
    assert highlights("The Café of cafés", {"cafe"}) == ((4, 8), (12, 17))


def test_nothing_found_is_said_with_a_way_on(home: Path) -> None:
    asked = {
        ("zeppelin",): "'zeppelin'",
        ("zeppelin", "--in", "mail/"): "in mail/",
        ("pump", "--in", "x/*"): "no document is named by 'x/*'",
    }
    for arguments, said in asked.items():
        result = run(*arguments)
        assert isinstance(result.exception, UsageError) and said in str(result.exception) and "footnote list" in str(result.exception)
    assert json.loads(run("zeppelin", "--json").stdout)["passages"] == []


def test_dates_limit_the_documents(home: Path) -> None:
    assert json.loads(run("pump", "--since", "1900", "--json").stdout)["passages"] == [], "undated documents are outside of every limit"
    assert isinstance(run("pump", "--until", "soon").exception, UsageError)


def test_without_an_index_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(run("pump").exception, NoIndex)


def test_a_long_passage_is_shown_around_its_first_word() -> None:
    text = "dull " * 100 + "pump " + "dull " * 100
    found = FoundPassage(Passage("c", "a.txt", 0, len(text), text, 1.0), None, None, "", ((500, 504),))
    shown = "".join(piece for piece, _ in found.pieces())
    assert shown.startswith("… ") and shown.endswith(" …") and len(shown) < 400
    assert [piece for piece, lit in found.pieces() if lit] == ["pump"]

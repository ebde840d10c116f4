"""The commands index, status, show, forget: what they print, where, and their exit codes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from index.catalog.library import open_library
from index.cli import register
from index.config import IndexConfig, load_settings
from index.errors import ConfigError, FootnoteError, IndexBusy, NoIndex, UsageError
from index.screen.report import print_document
from index.sync.watch import follow
from tests.fakes import fake_pipeline


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two documents, and builds that need no model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("index.sync.build.default_pipeline", lambda settings: fake_pipeline())
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("Doosan builds a plant.\n\nSecond line.")
    (docs / "b [bold].txt").write_text("Kia opens a factory.")
    return tmp_path


def run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(arguments))


def fails(kind: type[FootnoteError], *arguments: str) -> str:
    """The message of the error that a command raises; it has one or two lines and nothing on stdout."""
    result = run(*arguments)
    assert isinstance(result.exception, kind), result.output
    message = str(result.exception)
    assert message.count("\n") <= 1 and result.stdout == ""
    return message


def test_index_reports_and_ends_with_zero(home: Path) -> None:
    result = run("index", "docs")
    assert result.exit_code == 0, result.output
    assert "2 new, 0 changed, 0 same, 0 removed, 0 failed" in result.stdout
    assert (home / ".footnote" / "catalog.sqlite3").is_file()
    assert "0 new, 0 changed, 2 same" in run("index", "docs").stdout


def test_json_report_is_one_object(home: Path) -> None:
    data = json.loads(run("index", "docs", "--db", "x.db", "--json").stdout)
    assert (data["new"], data["documents"], data["failed"]) == (2, 2, {})


def test_failed_documents_are_named_and_the_exit_code_is_one(home: Path) -> None:
    (home / "docs" / "c.txt").write_text("FAIL")
    result = run("index", "docs")
    assert result.exit_code == 1
    assert "failed   c.txt: must be sound, got a broken file" in result.stdout
    assert "2 new" in result.stdout


def test_dry_run_lists_the_plan_and_writes_nothing(home: Path) -> None:
    result = run("index", "docs", "--dry-run")
    assert result.stdout.splitlines() == [
        "new      a.txt", "new      b [bold].txt", "Files: 2 new, 0 changed, 0 to remove, 0 same. Nothing was written.",
    ]  # fmt: skip
    assert not (home / ".footnote").exists()
    data = json.loads(run("index", "docs", "--dry-run", "--json").stdout)
    assert data["plan"][0] == {"outcome": "new", "source": "a.txt"} and data["dry_run"]


def test_wrong_paths_and_options_are_told(home: Path) -> None:
    assert "must exist" in fails(UsageError, "index", "absent")
    (home / "empty").mkdir()
    assert "readable file" in fails(UsageError, "index", "empty")
    (home / "footnote.toml").write_text("[index]\nchunk_token = 5\n")
    assert "chunk_token" in fails(ConfigError, "index", "docs")
    assert not (home / ".footnote").exists()
    assert run("index").exit_code == 2


@pytest.mark.parametrize("command", [["status"], ["show", "a.txt"]])
def test_without_an_index_the_command_that_makes_one_is_named(home: Path, command: list[str]) -> None:
    assert "footnote index FOLDER --db none.db" in fails(NoIndex, *command, "--db", "none.db")
    assert not (home / "none.db").exists()


def test_forget_without_an_index_makes_none(home: Path) -> None:
    assert "footnote index FOLDER" in fails(NoIndex, "forget", "a.txt", "--db", "none.db")
    assert not (home / "none.db").exists()


def test_status_shows_what_there_is_and_hides_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", "docs")
    monkeypatch.setenv("FOOTNOTE_STORE__TOKEN", "very-secret")
    monkeypatch.setenv("FOOTNOTE_STORE__TENANT", "http://ann:very-secret@host/")
    result = run("status")
    assert result.exit_code == 0
    assert "2 (2 text)" in result.stdout and "all-minilm-l6-v2 (hash-1)" in result.stdout
    assert str(home / "docs") in result.stdout and "index.chunk_tokens" in result.stdout
    data = json.loads(run("status", "--json").stdout)
    assert data["sources"] == ["a.txt", "b [bold].txt"] and data["bytes"]["all"] > data["bytes"]["catalog"] > 0
    assert data["backend"] == "none" and re.search(r"run by +none", result.stdout)
    assert data["settings"]["store"]["token"] == "**********"
    assert "very-secret" not in result.stdout + json.dumps(data)


def test_show_prints_the_stored_text_alone_on_stdout(home: Path) -> None:
    run("index", "docs")
    result = run("show", "a.txt", "--raw")
    assert result.stdout == "Doosan builds a plant.\n\nSecond line.\n"
    assert "unknown (the document does not say when it was published)" in result.stderr
    assert run("show", "b [bold].txt").stdout == "Kia opens a factory.\n"
    assert json.loads(run("show", "a.txt", "--json").stdout)["text"] == (home / "docs" / "a.txt").read_text()


def test_hostile_names_and_texts_do_not_steer_the_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "Kia \x1b]0;owned\x07opens \x1b[2Ja factory."
    (home / "docs" / "x\x1b[31mred.txt").write_text(hostile)
    (home / "docs" / "bad\x1b[31m.txt").write_text("FAIL")
    report = run("index", "docs")
    assert "failed   bad.txt" in report.stdout and "\x1b" not in report.stdout
    source = "x\x1b[31mred.txt"
    assert hostile in run("show", source, "--raw").stdout, "a program gets the text as it is stored"
    shown: list[str] = []
    terminal = SimpleNamespace(isatty=lambda: True, write=shown.append)
    monkeypatch.setattr("index.screen.report.sys.stdout", terminal)
    with open_library(load_settings(IndexConfig)) as library:
        document = library.catalog.document(source)
        assert document is not None
        print_document(Console(file=io.StringIO()), document, boilerplate=False)
    assert "".join(shown) == "Kia opens a factory.\n"


def test_the_home_folder_in_a_settings_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    (home / "footnote.toml").write_text('[store]\npath = "~/index"\nca = "~/ca.pem"\n')
    settings = load_settings(IndexConfig)
    assert (settings.store.path, settings.store.ca) == (home / "index", home / "ca.pem")


def test_show_helps_with_a_wrong_source(home: Path) -> None:
    run("index", "docs")
    assert "Did you mean 'a.txt'" in fails(UsageError, "show", "aa.txt")
    assert "footnote list" in fails(UsageError, "show", "something else")


def test_show_furniture_says_what_was_left_out_and_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from index.schema import Document, Published, Span

    text = "Home | News | About\nKorea invests.\n"
    page = Document("p.txt", text, "text", "h", published=Published("2024-06-01", "month", "byline"), boilerplate=(Span(0, 19, "menu"),))
    monkeypatch.setattr("index.sync.build.default_pipeline", lambda settings: fake_pipeline(load_file=lambda path, source, **more: [page]))
    (home / "one").mkdir()
    (home / "one" / "p.txt").write_text(text)
    run("index", "one")
    result = run("show", "p.txt", "--furniture")
    assert result.stdout == "[0:19] menu: Home | News | About\n"
    assert "2024-06 (as the document says)" in result.stderr and "1 pieces, 54.3%" in result.stderr


def test_forget_says_what_it_removed_and_what_comes_next(home: Path) -> None:
    run("index", "docs")
    result = run("forget", "a.txt")
    assert result.exit_code == 0
    assert "Removed 1 from the index: a.txt" in result.stdout and "adds it again" in result.stdout
    assert json.loads(run("status", "--json").stdout)["sources"] == ["b [bold].txt"]
    assert "no document 'a.txt'" in fails(FootnoteError, "forget", "a.txt")


def test_registering_imports_nothing_heavy() -> None:
    heavy = {"chromadb", "torch", "numpy", "rich.progress", "tokenizers"}
    code = f"import sys, typer; from index.cli import register; register(typer.Typer()); print([m for m in sys.modules if m in {heavy}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True)
    assert done.stdout.strip() == "[]"


def settings_at(home: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": home / "docs" / ".footnote"}})


def test_watch_follows_real_changes_and_not_its_own(home: Path) -> None:
    pytest.importorskip("watchfiles")
    stop, built = threading.Event(), threading.Event()
    calls: list[float] = []

    def build(changed: object) -> bool:
        calls.append(time.monotonic())
        (home / "docs" / ".footnote").mkdir(exist_ok=True)
        (home / "docs" / ".footnote" / "catalog").write_text(str(len(calls)))
        built.set()
        return True

    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(follow([home / "docs"], settings_at(home), build, stop)))
    thread.start()
    try:
        for n in range(100):
            (home / "docs" / "new.txt").write_text(f"Version {n}.")
            if built.wait(0.2):
                break
        assert built.is_set()
        time.sleep(2.5)
        settled = len(calls)
        time.sleep(2.5)
        assert len(calls) == settled
    finally:
        stop.set()
        thread.join(20)
    assert results == [True]


def test_watch_tries_again_after_another_writer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watchfiles = pytest.importorskip("watchfiles")
    batches: Iterator[set[tuple[int, str]]] = iter([{(1, str(home / "docs" / "a.txt"))}, set(), set()])
    monkeypatch.setattr(watchfiles, "watch", lambda *paths, **options: batches)
    outcomes: list[str] = []

    def build(changed: object) -> bool:
        outcomes.append("busy" if not outcomes else "built")
        if outcomes == ["busy"]:
            raise IndexBusy("process 1 is writing")
        return False

    assert follow([home / "docs"], settings_at(home), build) is False
    assert outcomes == ["busy", "built"]


def test_json_is_safe_on_a_terminal_and_the_same_to_a_program(home: Path) -> None:
    """A pipe gets the text as it is stored, for offsets count in it; JSON says what steers a terminal by escapes, wherever it goes."""
    hostile = "Kia \x1b[2Jopens \u202ea \u2066factory\u2069\x9b31m, \u200eé 東京."
    (home / "docs" / "x.txt").write_text(hostile)
    run("index", "docs")
    shown = run("show", "x.txt", "--json").stdout
    assert json.loads(shown)["text"] == hostile and "東京" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u202e\u2066-\u2069]", shown)
    assert hostile in run("show", "x.txt").stdout

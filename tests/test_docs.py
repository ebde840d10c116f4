"""README and docs tell the truth: shown output is what the program prints, shown commands exist, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from index.config import load_settings
from qa.cli import build_app, main
from qa.config import Settings
from tests.needs import requires_models

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:^|[`\s$])footnote ((?:[a-z][a-z-]*)(?: [^`\n]*)?)")


def commands_of(page: Path) -> list[str]:
    """Every command line that a page shows, in code blocks (indented or fenced) and between backticks."""
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"`([^`\n]+)`", text) + [
        line.strip() for line in text.splitlines() if line.startswith(("    ", "\t", "footnote ", "$ "))
    ]
    return [match[1] for code in shown for match in COMMAND.finditer(f" {code}")]


def test_the_pages_show_commands() -> None:
    assert sum(len(commands_of(page)) for page in PAGES) >= 15


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_shown_command_and_option_exists(page: Path) -> None:
    root = typer.main.get_command(build_app())
    for shown in commands_of(page):
        command: Any = root
        words = shown.split("#")[0].split()
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        if words and command is root and words[0].isupper():
            continue  # "footnote COMMAND --help"
        assert command is not root or not words, f"{page.name}: no command in 'footnote {shown}'"
        known = {opt for parameter in command.params for opt in parameter.opts} | {"--help"}
        used = {word.split("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(?:=.*)?", word)}
        assert used <= known, f"{page.name}: 'footnote {shown}' has no {sorted(used - known)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@requires_models
def test_the_readme_shows_what_the_demo_prints(
    example_db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- demo -->\n(.*?)<!-- /demo -->", readme, re.DOTALL)
    assert block is not None
    shown = [line.removeprefix("    ").rstrip() for line in block[1].strip("\n").splitlines()]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", ["footnote", "ask", "which Korean firms are building plants?", "--db", str(example_db)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code in (0, None)
    printed = [line.rstrip() for line in capsys.readouterr().out.strip("\n").splitlines()]
    assert shown[0] == '$ footnote ask "which Korean firms are building plants?"'
    assert printed == shown[1:]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_shown_settings_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every TOML block of the docs is a footnote.toml that the program takes."""
    blocks = [block for page in PAGES for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)]
    assert len(blocks) >= 2
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        (tmp_path / "footnote.toml").write_text(block, encoding="utf-8")
        load_settings(Settings)

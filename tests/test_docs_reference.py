"""The reference pages of docs/ are true: options are all the options, tests that a page leans on exist, dependencies are all of them."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from index.config import load_settings
from index.errors import ConfigError
from qa.cli import build_app
from qa.config import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def reference() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "make_configuration.py"))


def options_shown() -> list[tuple[str, str]]:
    """Option and environment variable of every row of docs/configuration.md."""
    return re.findall(r"^\| `([a-z_]+\.[a-z_.]+)` \|.*?`(FOOTNOTE_[A-Z_]+)`", page("configuration"), re.MULTILINE)


def test_the_table_of_options_is_as_the_settings_classes_say() -> None:
    text = page("configuration")
    assert reference()["renewed"](text) == text, "docs/configuration.md is stale. Run: python -m docs.make_configuration"


def test_every_option_says_what_it_is() -> None:
    made = reference()
    found = [(name, field) for section, cls in made["sections"](Settings) for name, field in made["options"](cls, f"{section}.")]
    assert len(found) == len(options_shown()) >= 30
    assert not [name for name, field in found if not field.description]


def test_a_shown_variable_sets_the_option_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each variable is taken, and refused when it is given something that the option cannot be, or else changes the option."""
    monkeypatch.chdir(tmp_path)
    for name, variable in options_shown():
        with monkeypatch.context() as given:
            given.setenv(variable, "no such thing")
            try:
                value: Any = load_settings(Settings)
            except ConfigError as error:
                assert (name if name != "llm.options" else '"llm"') in str(error)
                continue
            for part in name.split("."):
                value = getattr(value, part)
            assert str(getattr(value, "get_secret_value", lambda value=value: value)()) == "no such thing", variable


def test_shown_flags_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the page says of precedence: the flags that it names, then variables, then the file, each option by itself."""
    flags = {flag for shown in reference()["FLAGS"].values() for flag in re.findall(r"--[a-z-]+", shown)}
    helped = CliRunner().invoke(build_app(), ["serve", "--help"]).output
    assert flags == {"--db", "--no-llm", "--files"} and all(flag in helped for flag in flags)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "footnote.toml").write_text('[llm]\nkind = "openai"\nmodel = "a"\nurl = "http://x/v1"\n[store]\npath = "file"\n')
    monkeypatch.setenv("FOOTNOTE_LLM__MODEL", "b")
    monkeypatch.setenv("FOOTNOTE_LLM__OPTIONS", json.dumps({"temperature": 0.2}))
    settings = load_settings(Settings, {"store": {"path": tmp_path / "flag"}})
    assert (settings.llm.model, settings.llm.url, settings.llm.options) == ("b", "http://x/v1", {"temperature": 0.2})
    assert settings.store.path == tmp_path / "flag"
    monkeypatch.chdir(tmp_path.parent)
    assert load_settings(Settings).llm.kind == "none", "footnote.toml is looked for where the command runs and nowhere else"


def named_tests(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/test_\w+\.py)::(test_\w+)`", text)


def test_every_statement_of_the_security_page_names_a_test_that_exists() -> None:
    rows = [line for line in page("security").splitlines() if line.startswith("| ") and not line.startswith("| what |")]
    assert len(rows) >= 30
    for row in rows:
        what, where, holders = (cell.strip() for cell in row.strip("|").split(" | "))
        assert named_tests(holders), f"no test is named for: {what}"
        for path in re.findall(r"`([^`]+)`", where):
            assert (ROOT / path).exists(), path
    for path, name in named_tests(page("security")):
        assert re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8")), f"{path} has no {name}"


IMPORT_NAMES = {
    "fonttools": "fontTools",
    "fpdf2": "fpdf",
    "ir-measures": "ir_measures",
    "lingua-language-detector": "lingua",
    "llama-index-core": "llama_index.core",
    "llama-index-llms-openai-like": "llama_index.llms.openai_like",
    "pillow": "PIL",
    "prometheus-client": "prometheus_client",
}


def dependency_rows() -> dict[str, list[str]]:
    """The rows of the dependency page by package; the headings of extras (in bold) are none."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in page("dependencies").splitlines() if line.startswith("| ")]
    return {row[0]: row for row in rows if row[0] not in ("package", "wheel") and not row[0].startswith("**")}


def test_the_dependency_page_lists_what_pyproject_asks_for_as_the_lock_has_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(line for lines in project["optional-dependencies"].values() for line in lines)]
    wheels = "".join((ROOT / f"requirements-{name}.txt").read_text(encoding="utf-8") for name in ("models", "test-models"))
    models = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", wheels, re.MULTILINE))
    rows = dependency_rows()
    assert set(rows) == {re.split(r"[<>=]", line)[0] for line in asked} | set(models)
    locked = models | dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE))
    assert {name: row[1] for name, row in rows.items()} == {name: locked[name] for name in rows}


def test_every_dependency_is_imported_where_the_page_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for line in [*project["dependencies"], *(line for extra in extras if extra != "dev" for line in extras[extra])]:
        name = re.split(r"[<>=]", line)[0]
        paths = re.findall(r"`([\w/]+\.py)`", dependency_rows()[name][4])
        assert paths, f"{name}: no module is named"
        imported = re.escape(IMPORT_NAMES.get(name, name.replace("-", "_")))
        for path in paths:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^\s*(?:import|from) {imported}\b|needs\(\"{imported}\b", text, re.MULTILINE), (
                f"{path} does not import {name}"
            )

"""`footnote models` and `footnote doctor`: what they find, the commands they give, their exit codes."""

from __future__ import annotations

import json
import shlex
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from index import doctor
from index.catalog.tables import FILE_NAME
from index.cli_models import register
from index.config import IndexConfig, load_settings
from index.doctor import Finding, examine
from index.models import registry as models
from index.models.registry import DEFAULT_MODELS
from index.offline import go_offline
from tests.needs import requires_models

MISSING = tuple(replace(spec, package="no_such_package") for spec in DEFAULT_MODELS)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    go_offline()


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "100"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def found(subject: str, **models: str) -> Finding:
    settings = load_settings(IndexConfig, {"models": models})
    (finding,) = [finding for finding in examine(settings) if finding.subject == subject]
    return finding


@requires_models
@pytest.mark.models
def test_all_is_well_on_a_whole_installation() -> None:
    code, shown = run("doctor")
    assert code == 0
    assert "All that is needed is here." in shown
    for word in ("python", "torch 2.13", "all-minilm-l6-v2", "53aa5117", "GB free", "none at .footnote yet"):
        assert word in " ".join(shown.split())
    assert len(shown.splitlines()) < 45


@pytest.mark.parametrize("name", ["all-minilm-l6-v2", "bge-small-en-v1.5"])
def test_a_missing_model_that_is_needed_is_a_problem_with_its_command(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(models, "DEFAULT_MODELS", MISSING)
    finding = found(f"model {name}")
    assert finding.state == "problem"
    assert finding.fix.endswith("requirements-models.txt")
    code, shown = run("doctor")
    assert code == 1
    assert shown.count(finding.fix) == 1
    assert "4 to mend." in shown


def test_a_missing_model_that_is_not_needed_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "DEFAULT_MODELS", MISSING)
    assert found("model colbert-small-v1").state == "note"


@requires_models
def test_changed_weights_are_a_problem_needed_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "sha256_of", lambda _: "0" * 64)
    finding = found("model colbert-small-v1")
    assert finding.state == "problem"
    assert "--force-reinstall" in finding.fix


def test_a_model_of_ones_own_is_shown_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.safetensors").write_bytes(b"x")
    finding = found(f"model {tmp_path / 'mine'}", embedder=str(tmp_path / "mine"))
    assert finding.state == "ok"
    assert str(tmp_path / "mine") in finding.detail


def test_missing_and_old_packages_are_told_with_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["pydantic>=2", "no-such-package[x]>=1.5,<2", "numpy>=99", "gone>=1 ; extra == 'web'", 'ruff; extra == "dev"']
    monkeypatch.setattr(doctor, "_requirements", lambda: lines)
    packages, web = found("packages"), found("extra [web]")
    assert (packages.state, web.state) == ("problem", "note")
    assert "pydantic 2." in packages.detail
    assert shlex.split(packages.fix)[1:] == ["-m", "pip", "install", "no-such-package>=1.5,<2", "numpy>=99"]
    assert shlex.split(web.fix)[-1] == "gone>=1"


def test_requirements_are_found_in_an_installation_and_in_a_source_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise doctor.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.importlib.metadata, "requires", absent)
    assert any(line.startswith("torch==") for line in doctor._requirements())
    assert any(line.startswith("fastapi") and "web" in line for line in doctor._requirements())


def test_a_switch_that_was_turned_back_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    finding = found("offline")
    assert (finding.state, finding.fix) == ("problem", "unset HF_HUB_OFFLINE")


def test_a_full_disk_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("disk").state == "ok"
    monkeypatch.setattr(doctor, "_LOW_DISK", 1e18)
    assert found("disk").state == "note"


def test_an_index_that_is_none_or_damaged_is_told_apart(tmp_path: Path) -> None:
    assert found("index").state == "note"
    (tmp_path / ".footnote").mkdir()
    (tmp_path / ".footnote" / FILE_NAME).write_bytes(b"not a database" * 100)
    finding = found("index")
    assert finding.state == "problem"
    assert "SQLite" in finding.detail


def test_an_index_of_another_layout_gets_the_command_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / ".footnote").mkdir()
    with sqlite3.connect(tmp_path / ".footnote" / FILE_NAME) as connection:
        connection.executescript("CREATE TABLE meta (key, value); INSERT INTO meta VALUES ('layout', 'old');")
    connection.close()
    finding = found("index")
    assert finding.state == "problem"
    assert finding.fix.startswith("footnote index ")


def test_doctor_json_is_the_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "DEFAULT_MODELS", MISSING)
    code, shown = run("doctor", "--json", "--db", "other")
    findings = json.loads(shown)
    assert code == 1
    assert {"subject", "state", "detail", "fix"} == set(findings[0])
    assert findings[-1]["detail"] == "none at other yet"


@requires_models
@pytest.mark.models
def test_models_lists_every_default_with_its_wheel() -> None:
    code, shown = run("models")
    assert code == 0
    facts = json.loads(run("models", "--json")[1])
    assert [fact["name"] for fact in facts] == [spec.name for spec in DEFAULT_MODELS]
    for fact in facts:
        assert fact["name"] in shown
        assert fact["state"] == "ok"
        assert len(fact["sha256"]) == 64

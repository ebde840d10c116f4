"""The bench of what a person waits for, over a stand-in for the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.bench import feel

STAND_IN = """
import json, pathlib, sys
arguments = sys.argv[1:]
if arguments[0] == "index" and not pathlib.Path(arguments[1]).exists():
    sys.exit("nothing there")
pathlib.Path("seen").open("a").write(" ".join(arguments[:2]) + "\\n")
if "--questions" in arguments:
    for line in pathlib.Path("questions.jsonl").read_text().splitlines():
        repeated = "1,1,1," in json.loads(line)["question"]
        print(json.dumps({"timings_ms": {"total": 900 if repeated else 250}, "abstained": repeated}))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "other"
    (root / "qa").mkdir(parents=True)
    (root / "qa" / "__init__.py").touch()
    (root / "qa" / "cli.py").write_text(STAND_IN, encoding="utf-8")
    return root


def test_every_row_is_measured_and_set_beside_the_other_version(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(feel, "ROOT", checkout)
    monkeypatch.setattr(feel, "_cases", lambda folder: [{"question": f"What of {folder} {n}?"} for n in range(20)])
    results = tmp_path / "feel.json"
    assert feel.main(["--before", str(checkout), "--rounds", "2", "--results", str(results)]) == 0
    shown = capsys.readouterr().out
    assert all(f"| {what} |" in shown for what in feel.ROW_NAMES.values())
    assert "repeated words refused: True (before: True)" in shown
    found = json.loads(results.read_text(encoding="utf-8"))
    assert found["now"]["s"]["warm"] == found["before"]["s"]["warm"] == 0.25
    assert found["now"]["s"]["repeated"] == 0.9
    assert set(feel.ROW_NAMES) <= set(found["before"]["s"])


def test_a_command_that_fails_is_named(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(feel, "ROOT", checkout)
    (checkout / "qa" / "cli.py").write_text("import sys; sys.exit('out of order')", encoding="utf-8")
    assert feel.main(["--results", str(tmp_path / "feel.json")]) == 1
    assert "footnote index must succeed" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        feel.main(["--before", str(tmp_path)])

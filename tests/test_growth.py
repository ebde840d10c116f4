"""The bench of growth: its inputs have the size that is asked for, and a figure comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from tests import growth


def test_inputs_have_the_size_that_is_asked_for() -> None:
    assert len(growth.line(6_000)) == 6_000
    assert "\n" not in growth.line(6_000)
    assert growth.nested(50).count("<div>") == growth.nested(50).count("</div>") == 50
    assert growth.table(30).count("<tr>") == 31
    assert growth.csv_table(30).count("\n") == 31


def test_a_file_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(growth.csv_table(200))
    seconds, megabytes = growth.measure(tmp_path / "a.csv")
    assert 0 < seconds < 60
    assert 20 < megabytes < 2000


def test_growth_beyond_the_limit_ends_with_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(growth, "INPUTS", {"lines": (".txt", 1000, growth.line)})
    for more, code in ((4, 1), (1.1, 0)):
        monkeypatch.setattr(
            growth, "measure", lambda path, more=more: (path.stat().st_size * (1 if path.stat().st_size < 1500 else more), 1.0)
        )
        with pytest.raises(typer.Exit) as ended:
            growth.main(1.0, 1, as_json=False)
        assert ended.value.exit_code == code
    assert "| lines | 1,000 | 1000.00 | 8000.00 | 8.00 |" in capsys.readouterr().out

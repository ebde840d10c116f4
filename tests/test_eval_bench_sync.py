"""The bench of syncing, over a stand-in for the command line whose costs are known."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from eval.bench.sync import Bench, Ratio, Sizes, bench_sync, main
from index.errors import EvalError

# An index that is one file of all texts; `GROW` is added at every run, as by a store that never frees anything.
STAND_IN = """
import sys, pathlib
docs, db = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[4])
if GROW < 0:
    sys.exit(3)
db.mkdir(exist_ok=True)
texts = sorted(p.read_text() for p in docs.rglob("*.txt"))
old = len((db / "waste").read_bytes()) if (db / "waste").exists() else 0
(db / "waste").write_bytes(b"x" * (old + GROW))
(db / "index").write_text("".join(texts))
(db / "compiled").mkdir(exist_ok=True)
(db / "compiled" / "model").write_bytes(b"x" * 1_000_000)
"""
SIZES = Sizes(corpus=20, deleted=5, small=4, large=30, edited=6, rounds=3, repeats=2)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    lines = [{"title": f"Title {n}", "text": f"Text number {n} " * 30} for n in range(60)] + [{"title": "no text", "text": ""}]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def command(grow: int) -> list[str]:
    return [sys.executable, "-c", STAND_IN.replace("GROW", str(grow))]


def test_every_ratio_is_measured_and_growth_is_seen(tmp_path: Path, records: Path) -> None:
    ratios = {ratio.name: ratio for ratio in bench_sync(Bench(records, command(0), tmp_path / "a"), SIZES)}
    assert list(ratios) == [
        "first build / nothing changed", "one edit / one document", "deletion / first build", "size after edits / before",
        "memory, large / small",
    ]  # fmt: skip
    assert all(ratio.value > 0 for ratio in ratios.values())
    assert 0.9 < ratios["size after edits / before"].value < 1.3
    assert len(list((tmp_path / "a" / "docs").rglob("*.txt"))) == 30 - 5
    wasteful = {ratio.name: ratio for ratio in bench_sync(Bench(records, command(50_000), tmp_path / "b"), SIZES)}
    assert wasteful["size after edits / before"].value > 2
    assert not wasteful["size after edits / before"].holds


def test_a_part_can_be_measured_alone(tmp_path: Path, records: Path) -> None:
    (ratio,) = bench_sync(Bench(records, command(0), tmp_path), SIZES, ["memory"])
    assert ratio.name == "memory, large / small"
    assert len(list((tmp_path / "docs").rglob("*.txt"))) == 30, "the whole large corpus, as nothing was built before"


def test_bounds_hold_on_their_own_side() -> None:
    assert Ratio("", 50, 50, True, "").holds and not Ratio("", 49.9, 50, True, "").holds
    assert Ratio("", 0.05, 0.05, False, "").holds and not Ratio("", 0.051, 0.05, False, "").holds


def test_a_command_that_fails_is_an_error_not_a_fast_run(tmp_path: Path, records: Path) -> None:
    with pytest.raises(EvalError, match="exit code 3"):
        list(bench_sync(Bench(records, command(-1), tmp_path), SIZES))


def test_the_program_prints_each_ratio_and_fails_with_one(tmp_path: Path, records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN.replace("GROW", "50_000"))
    sizes = [f"--{name}={getattr(SIZES, name)}" for name in Sizes.__dataclass_fields__]
    code = main([str(records), "--command", f"{sys.executable} {script}", "--work", str(tmp_path / "work"), *sizes])
    printed = capsys.readouterr().out
    assert code == 1
    assert len(printed.splitlines()) == 5 and "BROKEN" in printed
    with pytest.raises(SystemExit):
        main([str(tmp_path / "absent.jsonl")])


def test_too_few_records_are_told_not_measured(tmp_path: Path, records: Path) -> None:
    with pytest.raises(EvalError, match="needs 61 records with text"):
        Bench(records, command(0), tmp_path).write("docs", 61)
    assert len(list(Bench(records, command(0), tmp_path).write("more", 60, 40).rglob("*.txt"))) == 20
    short = Bench(records, command(0), tmp_path).write("short", 3, words=5)
    assert {len(path.read_text().split()) for path in short.rglob("*.txt")} == {5}

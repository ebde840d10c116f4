"""The GPU bench where there is none: it must say so and measure nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench import cli_gpu


def test_without_a_device_it_refuses_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.models.torch_backend.cuda_available", lambda: False)
    with pytest.raises(SystemExit, match="nothing measured"):
        cli_gpu.main(count=64, repeats=1, out=tmp_path / "figures.json")
    assert not list(tmp_path.iterdir())


def test_made_chunks_differ_and_come_again() -> None:
    made = cli_gpu.made_chunks(200)
    assert len(set(made)) == 200 and made == cli_gpu.made_chunks(200)
    assert all(150 <= len(chunk.split()) - 1 <= 235 for chunk in made)


def test_the_rate_counts_chunks_by_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 12.0, 20.0, 24.0])
    monkeypatch.setattr("eval.bench.cli_gpu.time.perf_counter", lambda: next(times))
    calls: list[int] = []
    assert cli_gpu._rate(lambda: calls.append(1), 100, 2) == [50.0, 25.0] and len(calls) == 3

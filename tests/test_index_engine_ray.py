"""Indexing on a real Ray with two workers: the same index as here, to the byte, also when workers are killed at work."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.config import IndexConfig, load_settings
from index.errors import EngineError, ModelMissing, UsageError
from index.sync.build import build
from index.sync.engine_ray import in_order, layout, ray_pipeline
from index.sync.pipeline import Pipeline
from index.sync.report import Report
from tests.fakes import HashEmbedder, fake_pipeline
from tests.mortal import MortalEmbedder, mortal_reader
from tests.same_index import assert_same, contents


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """A Ray of two workers on this machine, for all tests of this file."""
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    ray = pytest.importorskip("ray", reason="the package ray is not installed (extra [ray])")
    options = {"include_dashboard": False, "log_to_driver": False, "logging_level": "error", "_node_ip_address": "127.0.0.1"}
    ray.init(address="local", num_cpus=2, **options)
    yield ray
    ray.shutdown()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sync.ingest.BATCH_CHUNKS", 8)
    monkeypatch.setattr("index.sync.ingest.PUBLISH_CHUNKS", 40)
    monkeypatch.setattr("index.sync.engine_ray.TRIES", 1)  # a killed worker takes two seconds to replace
    monkeypatch.setattr("index.sync.engine_ray.RETRY_S", (0.0,))


def write_docs(folder: Path) -> Path:
    """Sixty texts of which some share sentences, twenty records, a broken file."""
    folder.mkdir()
    for n in range(60):
        (folder / f"{n:02}.txt").write_text(f"Word{n} stands here. A sentence that is shared. " * (1 + n % 5))
    (folder / "records.jsonl").write_text("\n".join(f"Record {n} says so. A sentence that is shared." for n in range(20)))
    (folder / "broken.txt").write_text("FAIL")
    return folder


def settings(db: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db}, "index": {"chunk_tokens": 16}})


def build_on_ray(docs: Path, db: Path, pipeline: Pipeline, address: str | None = None) -> Report:
    with ray_pipeline(pipeline, address, [docs]) as on_ray:
        return build([docs], settings(db), pipeline=on_ray)


def outcome(report: Report) -> tuple[Any, ...]:
    return report.new, report.changed, report.same, report.removed, report.failed, report.embedded, report.outcomes_by_format


@pytest.mark.slow
def test_ray_writes_what_the_local_engine_writes(ray: Any, tmp_path: Path) -> None:
    docs, here, there = write_docs(tmp_path / "docs"), settings(tmp_path / "here"), settings(tmp_path / "there")
    shown: list[tuple[str, int, int]] = []
    with ray_pipeline(fake_pipeline()) as on_ray:
        for turn in range(2):
            reports = [
                build([docs], here, pipeline=fake_pipeline()),
                build([docs], there, pipeline=on_ray, progress=lambda *step: shown.append(step)),
            ]
            assert outcome(reports[0]) == outcome(reports[1])
            assert list(reports[1].failed) == ["broken.txt"]
            assert {"read", "chunk", "embed", "store"} <= set(reports[1].seconds)
            assert_same(here, there, tmp_path)
            if turn == 0:
                reads = [(done, total) for stage, done, total in shown if stage == "read"]
                assert len(reads) > 10 and reads == sorted(reads) and reads[-1] == (81, 81)
                (docs / "07.txt").unlink()
                (docs / "08.txt").write_text("Something else. A sentence that is shared.")
                (docs / "99.txt").write_text("Came later.")
                (docs / "records.jsonl").write_text("\n".join(f"Record {n} says so. A sentence that is shared." for n in range(5, 25)))


@pytest.mark.slow
def test_killed_workers_are_replaced_and_their_work_is_done_again(ray: Any, tmp_path: Path) -> None:
    docs, here = write_docs(tmp_path / "docs"), settings(tmp_path / "here")
    (docs / "40.txt").write_text("MORTAL stands here. And more.")
    build([docs], here, pipeline=fake_pipeline())
    mortal = fake_pipeline(MortalEmbedder(tmp_path / "embedder", "Word33"), load_file=partial(mortal_reader, tmp_path / "reader"))
    report = build_on_ray(docs, tmp_path / "there", mortal)
    assert (tmp_path / "embedder").exists() and (tmp_path / "reader").exists()
    assert list(report.failed) == ["broken.txt"]
    assert_same(here, settings(tmp_path / "there"), tmp_path)


@pytest.mark.slow
def test_a_document_that_kills_its_reader_is_reported_and_the_rest_goes_on(ray: Any, tmp_path: Path) -> None:
    docs, here = write_docs(tmp_path / "docs"), settings(tmp_path / "here")
    build([docs], here, pipeline=fake_pipeline())
    (docs / "poison.txt").write_text("POISON")
    report = build_on_ray(docs, tmp_path / "there", fake_pipeline(load_file=partial(mortal_reader, tmp_path / "reader")))
    assert set(report.failed) == {"broken.txt", "poison.txt"}
    assert "died 2 times" in report.failed["poison.txt"]
    assert_same(here, settings(tmp_path / "there"), tmp_path)


@pytest.mark.slow
def test_an_embedder_that_dies_again_and_again_stops_the_run_and_the_next_resumes(ray: Any, tmp_path: Path) -> None:
    docs, here, there = write_docs(tmp_path / "docs"), settings(tmp_path / "here"), tmp_path / "there"
    with pytest.raises(EngineError, match=r"an embedder must stay alive.*run footnote index again"):
        build_on_ray(docs, there, fake_pipeline(MortalEmbedder(None, "Word50")))
    build_on_ray(docs, there, fake_pipeline())
    build([docs], here, pipeline=fake_pipeline())
    assert contents(settings(there)) == contents(here)


@pytest.mark.slow
def test_what_is_wrong_with_the_model_is_told_as_it_is_here(ray: Any, tmp_path: Path) -> None:
    def missing(config: IndexConfig) -> HashEmbedder:
        raise ModelMissing("model 'x' is not installed. Run: footnote doctor")

    with pytest.raises(ModelMissing, match="footnote doctor"):
        build_on_ray(write_docs(tmp_path / "docs"), tmp_path / "db", fake_pipeline(load_embedder=missing))
    assert not (tmp_path / "db").exists()


@pytest.mark.slow
def test_a_cluster_must_see_the_documents_and_run_this_version(ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs, address = write_docs(tmp_path / "docs"), ray.get_runtime_context().gcs_address
    with (
        pytest.raises(EngineError, match=r"same path.*nowhere"),
        ray_pipeline(fake_pipeline(), address, [docs, tmp_path / "nowhere"]) as pipeline,
    ):
        build([docs], settings(tmp_path / "db"), pipeline=pipeline)
    monkeypatch.setattr("index.sync.engine_ray.__version__", "99")
    with pytest.raises(EngineError, match="must run footnote 99"), ray_pipeline(fake_pipeline(), address, [docs]) as pipeline:
        build([docs], settings(tmp_path / "db"), pipeline=pipeline)


def test_without_ray_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"footnote\[ray\]"), ray_pipeline(fake_pipeline()):
        pass


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the package ray is not installed (extra [ray])")
    docs = write_docs(tmp_path / "docs")
    command = [sys.executable, "-m", "qa.cli", "index", str(docs), "--db", str(tmp_path / "db"), "--ray-address", "127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "goes with --engine ray" in done.stderr
    done = subprocess.run([*command, "--engine", "ray"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("footnote: cannot reach Ray at 127.0.0.1:1: ") and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "db").exists()


@given(st.integers(1, 500), st.integers(0, 16), st.integers(0, 64))
def test_embedders_never_take_more_than_there_is(cores: int, gpus: int, threads: int) -> None:
    number, each = layout(cores, gpus, threads)
    assert number == gpus if gpus else number >= 1 and number * each <= max(cores, threads)
    if not gpus and not threads and cores > 1:
        assert number >= 2  # the loss of one leaves one at work
        assert number * each > cores - number  # and no group of cores lies idle


@given(st.lists(st.integers()), st.integers(0, 5))
def test_work_is_handed_out_ahead_and_comes_back_in_order(items: list[int], ahead: int) -> None:
    submitted: list[int] = []
    for n, (item, result) in enumerate(in_order(iter(items), lambda i: submitted.append(i) or -i, ahead)):
        assert (item, result) == (items[n], -items[n])
        assert len(submitted) == min(len(items), n + 1 + ahead)
    assert submitted == items

"""One corpus indexed here, over a Chroma server, and on Ray: equal catalogs to the byte, and equal answers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.catalog.library import open_library
from index.config import load_settings
from index.models.protocol import Embedder
from qa.config import Settings
from qa.engine import Engine
from qa.loaded import Loaded
from qa.read.protocol import Reader
from tests.chroma_process import ChromaProcess
from tests.same_index import assert_same, contents

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "examples" / "kazakhstan-korea"
QUESTIONS = (
    "which Korean firms are building plants?",
    "how much has Korea invested in Kazakhstan?",
    "how many agreements were signed during the visit?",
    "what is the population of Astana?",
)


def index(db: Path, *arguments: str, **environment: str) -> None:
    command = [sys.executable, "-m", "qa.cli", "index", str(DOCUMENTS), "--db", str(db), *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "20 new" in done.stdout and not done.stderr


def answers(settings: Settings, embedder: Embedder, reader: Reader) -> list[dict[str, Any]]:
    engine = Engine(Loaded(settings, open_library(settings), embedder, reader))
    try:
        return [engine.ask(question).model_dump(exclude={"timings_ms"}) for question in QUESTIONS]
    finally:
        engine.close()


@pytest.mark.models
@pytest.mark.slow
def test_the_index_is_the_same_here_over_a_server_and_on_ray(
    example_db: Path, chroma: ChromaProcess, embedder: Embedder, reader: Reader, tmp_path: Path
) -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("the package ray is not installed (extra [ray])")
    index(tmp_path / "server", FOOTNOTE_STORE__URL=chroma.url)
    index(tmp_path / "ray", "--engine", "ray")
    assert not (tmp_path / "server" / "vectors").exists()
    here = load_settings(Settings, {"store": {"path": example_db}, "llm": {"kind": "none"}})
    expected = answers(here, embedder, reader)
    assert [answer["abstained"] for answer in expected] == [False, False, False, True]
    for store in ({"path": tmp_path / "server", "url": chroma.url}, {"path": tmp_path / "ray"}):
        there = load_settings(Settings, {"store": store, "llm": {"kind": "none"}})
        assert_same(here, there, tmp_path)
        assert contents(there) == contents(here)
        assert answers(there, embedder, reader) == expected

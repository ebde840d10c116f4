"""An engine over files that a test has written, with the real models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from index.catalog.library import open_library
from index.config import load_settings
from index.models.protocol import Embedder
from index.sync.build import build
from index.sync.pipeline import default_pipeline
from qa.config import Settings
from qa.engine import Engine
from qa.loaded import Loaded
from qa.read.protocol import Reader


@contextmanager
def engine_over(root: Path, embedder: Embedder, reader: Reader) -> Iterator[Engine]:
    """Answers from `root/docs`, of which every file is read; the index is `root/db`."""
    settings = load_settings(Settings, {"store": {"path": root / "db"}})
    report = build([root / "docs"], settings, pipeline=replace(default_pipeline(settings), load_embedder=lambda *_: embedder))
    assert report.failed == {}
    made = Engine(Loaded(settings, open_library(settings), embedder, reader))
    yield made
    made.close()

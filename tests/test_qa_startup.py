"""Loading side by side: everything is there, timed, and nothing stays open when a part fails."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from index.config import load_settings
from index.errors import IndexMismatch, ModelMissing, NoIndex
from qa import startup
from qa.config import Settings

EMBEDDER = SimpleNamespace(fingerprint="f1")
READER = SimpleNamespace(knows=lambda word: True)


class FakeLibrary:
    """Notes whether it was closed; its vectors may be missing yet."""

    def __init__(self, open_vectors: Any = lambda: None) -> None:
        self.vectors = SimpleNamespace(open=open_vectors)
        self.catalog = SimpleNamespace(meta=lambda: {"embedder": "all-minilm-l6-v2", "fingerprint": "f1"})
        self.closed = False

    def close(self) -> None:
        """Noted."""
        self.closed = True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(Settings, {"store": {"path": tmp_path}})


def replace_parts(monkeypatch: pytest.MonkeyPatch, library: FakeLibrary, **others: Any) -> None:
    parts: dict[str, Any] = {
        "index.catalog.library.open_library": lambda settings: library,
        "index.models.embed.load_embedder": lambda settings, for_questions: EMBEDDER,
        "qa.read.load.load_reader": lambda settings: READER,
        "qa.check.load.load_judge": lambda settings: "judge",
        "qa.retrieve.rescorer.load_rescorer": lambda settings: "second",
        "qa.llm.client.load_llm": lambda settings: None,
    }
    for name, part in (parts | others).items():
        monkeypatch.setattr(name, part)


def test_all_parts_are_loaded_and_timed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    library = FakeLibrary()
    replace_parts(monkeypatch, library)
    laps: startup.Laps = {}
    loaded: Any = startup.load(settings, laps)
    assert (loaded.library, loaded.embedder, loaded.second) == (library, EMBEDDER, "second")
    assert (loaded.reader, loaded.judge, loaded.writer) == (READER, None, None)
    assert {"open catalog", "embedder", "reader", "writer"} < set(laps)
    assert all(seconds >= 0 for seconds in laps.values()) and not library.closed


def test_a_language_model_brings_the_judge_that_checks_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_parts(monkeypatch, FakeLibrary(), **{"qa.llm.client.load_llm": lambda settings: "writer"})
    loaded: Any = startup.load(settings, {})
    assert (loaded.writer, loaded.judge) == ("writer", "judge")


@pytest.mark.parametrize(
    "part", ["index.models.embed.load_embedder", "qa.retrieve.rescorer.load_rescorer", "qa.read.load.load_reader", "qa.llm.client.load_llm"]
)
def test_a_part_that_fails_closes_the_index(part: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **more: object) -> None:
        raise ModelMissing("the model must be there, it is not. Copy it there.")

    library = FakeLibrary()
    replace_parts(monkeypatch, library, **{part: fail})
    with pytest.raises(ModelMissing, match="Copy it there"):
        startup.load(settings, {})
    assert library.closed


def test_other_weights_under_the_same_name_are_told_before_the_first_question(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    library = FakeLibrary()
    replace_parts(
        monkeypatch,
        library,
        **{"index.models.embed.load_embedder": lambda settings, for_questions: SimpleNamespace(fingerprint="f2")},
    )
    with pytest.raises(IndexMismatch, match=r"other weights .* Put the model back as it was"):
        startup.load(settings, {})
    assert library.closed


def test_an_index_whose_first_build_is_under_way_is_opened(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_yet() -> None:
        raise NoIndex("no documents yet")

    library = FakeLibrary(none_yet)
    replace_parts(monkeypatch, library)
    loaded: Any = startup.load(settings, {})
    assert loaded.embedder is EMBEDDER and not library.closed

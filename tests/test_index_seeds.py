"""The five real news pages through the command line: what `footnote index` and `footnote show` say of their dates and furniture."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from index.models.protocol import Embedder
from index.sync.pipeline import default_pipeline
from qa.cli import main
from tests.needs import requires_models

pytestmark = [pytest.mark.shared, pytest.mark.models, requires_models]


# Words from the beginning of a text -> its publication date. The other two do not say.
KNOWN = {"BAKU": "2023-06-04", "Korea launches K-Silk Road": "2024-06-12", "Discuss politics": "2013-12-13"}


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
    capsys.readouterr()
    try:
        main()
    except SystemExit as ended:
        assert not ended.code
    return capsys.readouterr()


def test_dates_and_furniture_are_shown(
    seeds: Path, tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "index.sync.build.default_pipeline", lambda settings: replace(default_pipeline(settings), load_embedder=lambda *_: embedder)
    )
    db = tmp_path / "db"
    report = json.loads(run(monkeypatch, capsys, "index", seeds, "--db", db, "--json")[0])
    assert (report["new"], report["undated"], report["failed"]) == (5, 2, {})
    published = {}
    for path in sorted(seeds.iterdir()):
        _, facts = run(monkeypatch, capsys, "show", path.name, "--db", db)
        text = path.read_text(encoding="utf-8")
        line = next(line for line in facts.splitlines() if line.startswith("published"))
        published[next((words for words in KNOWN if words in text[:400]), path.name)] = line.split(maxsplit=1)[1]
    assert {words: published.pop(words).split()[0] for words in KNOWN} == KNOWN
    assert len(published) == 2 and all(when.startswith("unknown") for when in published.values())
    mineral = next(path.name for path in seeds.iterdir() if "Mineral Exploration" in path.read_text(encoding="utf-8")[:200])
    left_out, _ = run(monkeypatch, capsys, "show", mineral, "--db", db, "--furniture")
    for what in ("menu: Quick access to main page", "comment count: Comments0", "headline list:"):
        assert what in left_out

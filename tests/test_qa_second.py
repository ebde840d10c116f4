"""The second opinion: similarities in order, vectors kept, none where it would be the first again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.config import load_settings
from qa.config import Settings
from qa.retrieve import rescorer as second
from qa.retrieve.rescorer import Rescorer, load_rescorer
from tests.fakes import HashEmbedder
from tests.needs import find_or_skip


def test_similarities_come_in_the_order_of_the_passages() -> None:
    texts = ["wheat harvest", "power plant", "wheat trade"]
    found = Rescorer(HashEmbedder()).score("wheat harvest", texts)
    direct = HashEmbedder().encode(texts) @ HashEmbedder().encode(["wheat harvest"])[0]
    assert found.dtype == np.float32 and np.allclose(found, direct) and int(found.argmax()) == 0


def test_a_passage_is_read_once_however_often_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = HashEmbedder()
    opinion = Rescorer(embedder)
    first = opinion.score("q", ["a", "b", "a"])
    assert embedder.encoded == 4, "two passages, and the question with and without prefix"
    assert np.array_equal(opinion.score("q", ["b", "a"]), first[[1, 0]])
    assert embedder.encoded == 6, "the question only"
    monkeypatch.setattr(second, "KEPT", 2)
    opinion.score("q", ["c"])  # "b" is the longest unused
    before = embedder.encoded
    opinion.score("q", ["a", "c"])
    assert embedder.encoded == before + 2
    opinion.score("q", ["b"])
    assert embedder.encoded == before + 5


def test_threads_may_share_it() -> None:
    opinion = Rescorer(HashEmbedder())
    lists = [[f"text {i % 7}", f"other {i % 5}"] for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda texts: opinion.score("text", texts), lists))
    assert all(np.allclose(a, Rescorer(HashEmbedder()).score("text", texts)) for a, texts in zip(together, lists, strict=True))


@pytest.mark.parametrize(("name", "embedder"), [("none", "all-minilm-l6-v2"), ("bge-small-en-v1.5", "bge-small-en-v1.5")])
def test_there_is_none_where_none_is_named_or_it_would_be_the_first(name: str, embedder: str, tmp_path: Path) -> None:
    assert load_rescorer(load_settings(Settings, {"models": {"embedder": embedder, "second": name}}), tmp_path) is None


@pytest.mark.models
def test_the_default_prefers_what_answers() -> None:
    find_or_skip("bge-small-en-v1.5")
    opinion = load_rescorer(load_settings(Settings))
    assert opinion is not None
    found = opinion.score("Who is building a power station?", ["He plays the piano.", "The firm builds a power plant near Shymkent."])
    assert found[1] > found[0] + 0.1

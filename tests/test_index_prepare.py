"""Embedding beside preparing: order, what overlaps, failures, stopping early."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.store.vectors import Vectors
from index.sync.prepare import embed_here
from index.sync.report import Report
from tests.fakes import HashEmbedder

batches = st.lists(st.lists(st.sampled_from(["a", "b b", "c"]), max_size=4), max_size=6)


@given(batches)
@settings(deadline=None)
def test_every_batch_has_its_vectors_in_order(asked: list[list[str]]) -> None:
    embedder = HashEmbedder()
    found = list(embed_here(asked, embedder, Report()))
    assert len(found) == len(asked)
    for texts, vectors in zip(asked, found, strict=True):
        assert vectors.shape == (len(texts), embedder.dim)
        assert not texts or np.array_equal(vectors, embedder.encode(texts))


def test_the_next_batch_is_prepared_while_one_is_embedded() -> None:
    prepared = threading.Event()

    class Waits(HashEmbedder):
        def encode(self, texts: Sequence[str]) -> Vectors:
            assert texts != ["first"] or prepared.wait(20), "the second batch was not asked for meanwhile"
            return super().encode(texts)

    def asked() -> Iterator[list[str]]:
        yield ["first"]
        prepared.set()
        yield ["second"]

    assert [len(vectors) for vectors in embed_here(asked(), Waits(), Report())] == [1, 1]


def test_a_batch_that_fails_raises_in_its_place() -> None:
    class Fails(HashEmbedder):
        def encode(self, texts: Sequence[str]) -> Vectors:
            if texts == ["bad"]:
                raise KeyError("bad")
            return super().encode(texts)

    found = embed_here([["good"], ["bad"], ["never"]], Fails(), Report())
    assert len(next(found)) == 1
    with pytest.raises(KeyError):
        next(found)


def test_stopping_early_leaves_nothing_running() -> None:
    found = embed_here(([f"text {n}"] for n in range(100)), HashEmbedder(), Report())
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("embed")]


def test_the_time_of_embedding_is_told() -> None:
    report = Report()
    list(embed_here([["a"]], HashEmbedder(), report))
    assert report.seconds["embed"] >= 0

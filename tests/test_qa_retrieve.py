"""Retrieval: fusion by reciprocal rank, date limits, passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.retrieve import RRF_K, dense, fuse, retrieve, to_passages
from tests.fakes import FakeLibrary, HashEmbedder
from tests.made import document

rankings = st.lists(st.lists(st.sampled_from("abcdefg"), unique=True, max_size=7), max_size=4)


class TestFuse:
    def test_by_hand(self) -> None:
        fused = dict(fuse([["a", "b"], ["b", "c"]], k=60))
        assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})

    def test_twice_second_beats_once_first(self) -> None:
        assert [i for i, _ in fuse([["a", "b"], ["c", "b"]])] == ["b", "a", "c"]

    def test_weights(self) -> None:
        assert [i for i, _ in fuse([["a"], ["b"]], [0.5, 1.0])] == ["b", "a"]
        assert dict(fuse([["a"], ["a"]], [1.0, 0.5], k=1)) == pytest.approx({"a": 0.75})

    def test_ties_by_id(self) -> None:
        assert [i for i, _ in fuse([["b", "x"], ["a", "y"]])] == ["a", "b", "x", "y"]

    def test_the_constant_of_the_paper(self) -> None:
        assert RRF_K == 60

    def test_nothing(self) -> None:
        assert fuse([]) == fuse([[], []]) == []

    @given(rankings)
    def test_each_id_once_with_its_sum_and_in_order(self, lists: list[list[str]]) -> None:
        fused = fuse(lists)
        assert sorted(i for i, _ in fused) == sorted({i for ranking in lists for i in ranking})
        for item, score in fused:
            assert score == pytest.approx(sum(1 / (RRF_K + ranking.index(item) + 1) for ranking in lists if item in ranking))
        assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))

    @given(rankings.filter(bool), st.randoms())
    def test_the_order_of_the_lists_does_not_matter_to_the_scores(self, lists: list[list[str]], random: Any) -> None:
        turned = lists.copy()
        random.shuffle(turned)
        assert dict(fuse(turned)) == pytest.approx(dict(fuse(lists)))


def library(count: int, new: Sequence[int] = (), **fields: Any) -> FakeLibrary:
    """Chunks c000, c001 ... from near to far, each a document of its own, of 2020 or (`new`) of 2024."""
    documents = [document(f"text {n}", f"{n:03}.txt", "2024-06-12" if n in new else "2020-01-01") for n in range(count)]
    return FakeLibrary([(f"c{n:03}", f"{n:03}.txt", 1 - n / 1000) for n in range(count)], documents, **fields)


def ids(found: Sequence[tuple[str, float]]) -> list[str]:
    return [i for i, _ in found]


class TestDense:
    def test_the_question_is_encoded_as_a_question(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str] = []
        monkeypatch.setattr("qa.retrieve.encode_query", lambda embedder, text: seen.append(text))
        assert ids(dense(library(5), HashEmbedder(), "q", 2)) == ["c000", "c001"]  # type: ignore[arg-type]
        assert seen == ["q"]

    def test_dates(self) -> None:
        shelf = library(20, new=range(10))
        assert ids(dense(shelf, HashEmbedder(), "q", 3, until="2021-01-01")) == ["c010", "c011", "c012"]  # type: ignore[arg-type]
        assert ids(dense(shelf, HashEmbedder(), "q", 99, since="2021-01-01")) == [f"c{n:03}" for n in range(10)]  # type: ignore[arg-type]


class TestRetrieve:
    def test_both_lists_are_fused(self) -> None:
        shelf = library(5, bm25=["c004", "c000"])
        found = retrieve(shelf, HashEmbedder(), "q", 3)  # type: ignore[arg-type]
        assert [p.chunk_id for p in found] == ["c000", "c004", "c001"]
        assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)

    def test_the_limits_hold_for_both_lists(self) -> None:
        shelf = library(9, new=[3, 8], bm25=["c000", "c008"])
        assert {p.chunk_id for p in retrieve(shelf, HashEmbedder(), "q", 9, since="2024-01-01")} == {"c003", "c008"}  # type: ignore[arg-type]

    def test_further_wordings_count_half(self) -> None:
        shelf = library(3, bm25=["c002"])
        embedder = HashEmbedder()
        plain = retrieve(shelf, embedder, "q", 3)  # type: ignore[arg-type]
        more = retrieve(shelf, embedder, "q", 3, extra_queries=["r"])  # type: ignore[arg-type]
        assert {p.chunk_id: p.score for p in more} == pytest.approx({p.chunk_id: 1.5 * p.score for p in plain})

    def test_passages_carry_their_documents_facts(self) -> None:
        home = document("Kia opened a plant.", "a.txt", title="Cars", publisher="Press")
        shelf = FakeLibrary([("c", "a.txt", 0.5)], [home])
        (found,) = to_passages(shelf, [("c", 0.25)])  # type: ignore[arg-type]
        assert (found.source, found.text, found.score) == ("a.txt", "Kia opened a plant.", 0.25)
        assert (found.title, found.publisher, found.published) == ("Cars", "Press", "2024-06-12")

    def test_what_vanished_meanwhile_is_left_out(self) -> None:
        shelf = FakeLibrary([("c", "a.txt", 0.5), ("gone", "b.txt", 0.4)], [document("Kia opened a plant.", "a.txt")])
        assert [p.chunk_id for p in to_passages(shelf, [("gone", 2.0), ("c", 1.0), ("never", 0.5)])] == ["c"]  # type: ignore[arg-type]

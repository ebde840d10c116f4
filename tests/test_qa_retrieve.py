"""Retrieval: scores made comparable and added, a second reading, date limits, passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.retrieve.hybrid import Hit, dense, fuse, reread, retrieve, to_passages
from tests.fakes import FakeLibrary, HashEmbedder
from tests.made import document

lists = st.lists(st.tuples(st.sampled_from("abcdefg"), st.floats(-1, 30, width=32)), unique_by=lambda pair: pair[0], max_size=7).map(
    lambda pairs: sorted(pairs, key=lambda pair: -pair[1])
)


class TestFuse:
    def test_by_hand(self) -> None:
        fused = fuse([("a", 0.9), ("b", 0.7)], [("b", 12.0), ("c", 3.0)])
        assert [(hit.id, hit.score) for hit in fused] == [("b", pytest.approx(0.75)), ("a", 0.5), ("c", 0.125)]
        assert fused[0].terms == 1.0 and fused[0].near == pytest.approx(0.5)

    def test_what_a_full_list_has_no_room_for_is_as_good_as_its_last(self) -> None:
        near, terms = [("a", 0.9), ("b", 0.7)], [("c", 12.0), ("d", 3.0)]
        by_id = {hit.id: hit for hit in fuse(near, terms, pool=2)}
        assert (by_id["c"].near, by_id["a"].terms) == (by_id["b"].near, 0.25)
        assert {hit.near for hit in fuse(near, terms, pool=3) if hit.id in "cd"} == {0.0}

    def test_far_behind_the_best_is_nothing_not_less(self) -> None:
        assert [hit.near for hit in fuse([("a", 0.9), ("b", 0.1), ("c", -0.9)], [])] == [1.0, 0.0, 0.0]

    def test_twice_second_beats_once_first(self) -> None:
        assert [hit.id for hit in fuse([("a", 0.8), ("b", 0.7)], [("c", 9.0), ("b", 7.0)])] == ["b", "a", "c"]

    def test_ties_by_id(self) -> None:
        assert [hit.id for hit in fuse([("b", 1.0)], [("a", 1.0)])] == ["a", "b"]

    def test_nothing(self) -> None:
        assert fuse([], []) == []

    @given(lists, lists, st.integers(1, 9))
    def test_each_id_once_in_order_within_bounds(self, near: list[tuple[str, float]], terms: list[tuple[str, float]], pool: int) -> None:
        terms = [(id, score) for id, score in terms if score >= 0]
        fused = fuse(near, terms, pool)
        assert sorted(hit.id for hit in fused) == sorted({id for id, _ in [*near, *terms]})
        assert fused == sorted(fused, key=lambda hit: (-hit.score, hit.id))
        assert all(0 <= part <= 1 for hit in fused for part in (hit.score, hit.terms, hit.near))


class Lengths:
    """A second opinion that likes long texts a little."""

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """A tenth for each character."""
        return [len(text) / 10 for text in passages]


class TestReread:
    hits = (Hit("a", 1.0, 1.0, 1.0), Hit("b", 0.9, 0.9, 0.9), Hit("c", 0.1, 0.1, 0.1))

    def again(self, *texts: str) -> list[Hit]:
        return reread(self.hits, dict(zip("abc", texts, strict=False)), "q", Lengths())  # type: ignore[arg-type]

    def test_the_second_reading_decides_where_the_first_hardly_does(self) -> None:
        assert [hit.id for hit in self.again("x", "xxx", "xx")] == ["b", "a", "c"]
        assert self.again("x", "xxx", "xx")[0].score == pytest.approx((0.9 + 0.9 / 2 + 2.5) / 4)  # as good as can be in the second

    def test_a_second_reading_that_cannot_tell_leaves_the_order(self) -> None:
        assert [hit.id for hit in self.again("x", "y", "z")] == ["a", "b", "c"]

    def test_what_vanished_meanwhile_is_left_out(self) -> None:
        assert [hit.id for hit in self.again("x", "xxx")] == ["b", "a"]
        assert self.again("x") == [self.hits[0]] and self.again() == []


def library(count: int, new: Sequence[int] = (), **fields: Any) -> FakeLibrary:
    """Chunks c000, c001 ... from near to far, each a document of its own, of 2020 or (`new`) of 2024."""
    documents = [document(f"text {n}", f"{n:03}.txt", "2024-06-12" if n in new else "2020-01-01") for n in range(count)]
    return FakeLibrary([(f"c{n:03}", f"{n:03}.txt", 1 - n / 1000) for n in range(count)], documents, **fields)


def ids(found: Sequence[tuple[str, float]]) -> list[str]:
    return [i for i, _ in found]


class TestDense:
    def test_the_question_is_encoded_as_a_question(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str] = []
        monkeypatch.setattr("qa.retrieve.hybrid.encode_query", lambda embedder, text: seen.append(text))
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
        assert [p.chunk_id for p in found] == ["c004", "c000", "c001"]
        assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)

    def test_a_second_reading_turns_the_order_and_drops_nothing(self) -> None:
        shelf = library(12, bm25=["c004", "c000"])
        shelf.by_source["011.txt"] = document("a much longer text " * 9, "011.txt")
        first = retrieve(shelf, HashEmbedder(), "q", 12)  # type: ignore[arg-type]
        again = retrieve(shelf, HashEmbedder(), "q", 12, second=Lengths())  # type: ignore[arg-type]
        assert again[0].chunk_id == "c011" != first[0].chunk_id
        assert {p.chunk_id for p in again} == {p.chunk_id for p in first}
        assert [p.score for p in again] == sorted((p.score for p in again), reverse=True)

    def test_the_limits_hold_for_both_lists(self) -> None:
        shelf = library(9, new=[3, 8], bm25=["c000", "c008"])
        assert {p.chunk_id for p in retrieve(shelf, HashEmbedder(), "q", 9, since="2024-01-01")} == {"c003", "c008"}  # type: ignore[arg-type]

    def test_passages_carry_their_documents_facts(self) -> None:
        home = document("Kia opened a plant.", "a.txt", title="Cars", publisher="Press")
        shelf = FakeLibrary([("c", "a.txt", 0.5)], [home])
        (found,) = to_passages(shelf, [("c", 0.25)])  # type: ignore[arg-type]
        assert (found.source, found.text, found.score) == ("a.txt", "Kia opened a plant.", 0.25)
        assert (found.title, found.publisher, found.published) == ("Cars", "Press", "2024-06-12")

    def test_what_vanished_meanwhile_is_left_out(self) -> None:
        shelf = FakeLibrary([("c", "a.txt", 0.5), ("gone", "b.txt", 0.4)], [document("Kia opened a plant.", "a.txt")])
        assert [p.chunk_id for p in to_passages(shelf, [("gone", 2.0), ("c", 1.0), ("never", 0.5)])] == ["c"]  # type: ignore[arg-type]

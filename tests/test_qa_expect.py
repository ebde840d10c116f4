"""What in a sentence could be the answer: numbers by kind, names by the parser."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.expect import counted, name_spans, names_for, numbers_for, same_noun
from qa.language import parse, stem, topic_stems, words
from qa.quantities import find_quantities
from tests.made import query
from tests.needs import requires_models

MIXED = "In June 2022, 740 firms signed 37 documents worth $6.5 billion, 12 per cent more than in 2021."


class TestNumbers:
    @pytest.mark.parametrize(
        ("kind", "noun", "found"),
        [
            ("count", "document", ["37"]),
            ("count", "firm", ["740"]),
            ("count", "firms", ["740"]),
            ("count", "ship", ["740", "37"]),
            ("amount", None, ["6.5"]),
            ("share", None, ["12"]),
            ("date", None, ["2022", "2021"]),
            ("organisation", "firm", []),
            ("description", None, []),
        ],
    )
    def test_only_those_of_the_asked_kind(self, kind: str, noun: str | None, found: list[str]) -> None:
        texts = [q.text for q in numbers_for(query("?", kind, noun=noun), MIXED)]
        assert len(texts) == len(found)
        assert all(number in text for number, text in zip(found, texts, strict=True))

    def test_the_noun_by_its_stem(self) -> None:
        (jobs,) = numbers_for(query("?", "count", noun="job"), "They created 4,700 jobs.")
        assert same_noun("job", jobs) and same_noun("jobs", jobs)
        assert not same_noun("firm", jobs) and not same_noun(None, jobs)

    @pytest.mark.parametrize(
        ("text", "told"),
        [("They created over 2.7 thousand jobs.", "over 2.7 thousand jobs"), ("It cost $5.", "$5"), ("There are 740 firms.", "740 firms")],
    )
    def test_counted(self, text: str, told: str) -> None:
        (found,) = find_quantities(text)
        assert counted(text, found) == told

    @given(st.text(max_size=60), st.sampled_from(["count", "amount", "share", "date", "thing"]))
    def test_what_counts_stands_in_the_text(self, text: str, kind: str) -> None:
        for found in numbers_for(query("?", kind), text):
            assert counted(text, found) in text


@pytest.mark.models
@requires_models
class TestNames:
    SENTENCE = "President Tokayev told Samsung Electronics in Astana that POSCO Holdings may come."

    @pytest.mark.parametrize(
        ("kind", "inside", "outside"),
        [
            ("organisation", {"Samsung Electronics", "POSCO Holdings"}, {"Tokayev", "Astana"}),
            ("person", {"Tokayev"}, {"Astana", "Samsung Electronics"}),
            ("place", {"Astana"}, {"Tokayev", "Samsung Electronics"}),
        ],
    )
    def test_by_kind(self, kind: str, inside: set[str], outside: set[str]) -> None:
        found = set(names_for(query("which?", kind, noun="x"), parse(self.SENTENCE)))
        assert inside <= found and not outside & found

    def test_a_name_of_the_question_is_no_answer(self) -> None:
        asked = query("which firms besides?", "organisation", names=["Samsung Electronics"], noun="firm")
        assert "Samsung Electronics" not in names_for(asked, parse(self.SENTENCE))
        assert "Tokayev" not in names_for(query("whom did Tokayev meet?", "person", names=["Tokayev"]), parse(self.SENTENCE))

    @pytest.mark.parametrize("text", ["", "it rained.", "Trade grew in June 2022 by 5 per cent."])
    def test_none(self, text: str) -> None:
        assert names_for(query("which firms?", "organisation", noun="firm"), parse(text)) == []

    def test_spans_do_not_overlap(self) -> None:
        spans = name_spans(parse(self.SENTENCE + " " + MIXED))
        assert all(a < b for a, b in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))


class TestWords:
    def test_words_and_numbers(self) -> None:
        assert words("K-Silk Road's 6.5 billion, 1,000!") == ["k", "silk", "road's", "6.5", "billion", "1,000"]

    @pytest.mark.parametrize(
        ("one", "other"), [("plants", "plant"), ("Building", "builds"), ("Korea's", "korea"), ("investments", "investment")]
    )
    def test_forms_share_a_stem(self, one: str, other: str) -> None:
        assert stem(one) == stem(other)

    def test_function_words_carry_no_topic(self) -> None:
        assert topic_stems("Which of them are in it?") == []
        assert topic_stems("Who is building the plants?") == [stem("building"), stem("plants")]

    @given(st.text(max_size=60))
    def test_any_text(self, text: str) -> None:
        assert len(topic_stems(text)) <= len(words(text))

"""Which scored sentences make an answer: independent sources, rival values, no copies. Scores here are far from any floor."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qa.candidates import Candidate
from qa.select import MOST, Choice, select
from tests.made import candidate, document, query

ASKED = query("How many agreements were signed?", "count", noun="agreement", stems=("agreement", "sign"))
PLAIN = query("Why did the talks fail?", "yes_no", stems=("talk", "fail"))


def told(sentence: str, source: str, **scores: Any) -> Candidate:
    return candidate(sentence, document(sentence, source), **{"score": 0.97, "tested": 5.0, "cover": 1.0, **scores})


def values(chosen: list[Choice]) -> list[int]:
    return [int(c.value.value) for c in chosen if c.value is not None]


ALONE = {f"{n}.txt": n for n in range(20)}  # every document its own cluster


def test_nothing_good_enough_is_no_answer() -> None:
    assert select(ASKED, [], {}) == []
    assert select(ASKED, [told("They signed 24 agreements.", "1.txt", score=0.01)], ALONE) == []


def test_a_second_source_of_the_same_value_stands_behind_the_first() -> None:
    chosen = select(ASKED, [told("They signed 24 agreements.", "1.txt"), told("In all, 24 agreements were signed.", "2.txt")], ALONE)
    assert [(c.candidate.source, [t.source for t in c.twins]) for c in chosen] == [("1.txt", ["2.txt"])]


def test_a_near_copy_does_not() -> None:
    pair = [told("They signed 24 agreements.", "1.txt"), told("They signed 24 agreements.", "2.txt")]
    (chosen,) = select(ASKED, pair, {"1.txt": 7, "2.txt": 7})
    assert chosen.twins == ()


def test_another_value_of_another_source_is_shown() -> None:
    assert values(select(ASKED, [told("They signed 24 agreements.", "1.txt"), told("They signed 19 agreements.", "2.txt")], ALONE)) == [
        24,
        19,
    ]


def test_a_near_copy_with_another_number_is_no_other_source() -> None:
    pair = [told("They signed 24 agreements.", "1.txt"), told("They signed 19 agreements.", "2.txt")]
    assert values(select(ASKED, pair, {"1.txt": 7, "2.txt": 7})) == [24]


def test_a_value_of_another_order_counts_something_else() -> None:
    assert values(select(ASKED, [told("They signed 24 agreements.", "1.txt"), told("They signed 2,400 agreements.", "2.txt")], ALONE)) == [
        24
    ]


def test_a_sentence_without_a_value_adds_nothing_to_one_with() -> None:
    assert len(select(ASKED, [told("They signed 24 agreements.", "1.txt"), told("They signed agreements.", "2.txt")], ALONE)) == 1


def test_a_sentence_that_is_much_worse_adds_nothing() -> None:
    pair = [told("The talks failed over the price.", "1.txt"), told("The talks were held in spring.", "2.txt", score=0.4)]
    assert len(select(PLAIN, pair, ALONE)) == 1


def test_the_same_sentence_of_a_near_copy_is_not_said_twice() -> None:
    pair = [told("The talks failed over the price.", "1.txt"), told("The talks failed over the price.", "2.txt")]
    for kind in ("yes_no", "description"):
        assert len(select(query("Why did the talks fail?", kind), pair, {"1.txt": 7, "2.txt": 7})) == 1


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(2, 900), st.floats(0, 1)), max_size=14),
    st.lists(st.integers(0, 3), min_size=10, max_size=10),
)
def test_any_scores(found: list[tuple[int, int, float]], numbers: list[int]) -> None:
    clusters = {f"{n}.txt": cluster for n, cluster in enumerate(numbers)}
    scored = sorted((told(f"They signed {v} agreements.", f"{n}.txt", score=s) for n, v, s in found), key=lambda c: -c.score)
    chosen = select(ASKED, scored, clusters)
    assert len(chosen) <= MOST
    assert len(values(chosen)) == len(chosen) == len(set(values(chosen))), "each value once"
    assert len({clusters[c.candidate.source] for c in chosen}) == len(chosen), "rivals come from independent sources"
    for c in chosen:
        assert all(clusters[t.source] != clusters[c.candidate.source] for t in c.twins)
    if chosen:
        assert chosen[0].candidate is scored[0], "the best comes first"


def test_what_is_done_is_not_what_is_under_way() -> None:
    asked = query("How many projects are there?", "count", noun="project", stems=("project",))
    pair = [told("28 projects have been completed.", "1.txt"), told("15 projects are in progress.", "2.txt")]
    assert values(select(asked, pair, ALONE)) == [28]
    pair = [told("28 projects have been completed.", "1.txt"), told("15 projects were finished.", "2.txt")]
    assert values(select(asked, pair, ALONE)) == [28, 15]


def test_who_asks_for_jobs_gets_no_companies() -> None:
    asked = query("How many jobs did they create?", "count", noun="job", stems=("job", "create"))
    pair = [told("There are 130 companies.", "1.txt", likely=0.9), told("They created 5,200 jobs.", "2.txt", likely=0.6)]
    assert values(select(asked, pair, ALONE)) == [5200]
    assert values(select(asked, [pair[0], told("They created 5,200 jobs.", "2.txt", likely=0.05)], ALONE)) == [130]


def test_who_asks_for_a_sum_is_not_served_without_one() -> None:
    asked = query("What will the plant cost?", "amount", template="will the plant cost {}", stems=("plant", "cost"))
    assert select(asked, [told("The plant is planned.", "1.txt")], ALONE) == []
    assert select(asked, [told("The plant is to cost $3 million.", "1.txt", answers=["$3 million"])], ALONE)


def test_a_second_figure_is_tried_with_the_less_success_the_more_topic_words_stand_beside_it() -> None:
    asked = query("How much has Norway invested?", "amount", stems=("invest",))
    best = told("Norway has invested $850 million.", "1.txt", tested=9.5)
    for tested, cover, shown in ((4.0, 1.0, [850, 960]), (4.0, 0.25, [850]), (5.0, 0.25, [850, 960]), (1.0, 1.0, [850])):
        pair = [best, told("Investments from this country reached $960 million.", "2.txt", tested=tested, cover=cover)]
        assert [v // 10**6 for v in values(select(asked, pair, ALONE))] == shown


def test_a_second_date_is_tried_with_nearly_the_same_success() -> None:
    asked = query("When did Yoon visit Chile?", "date", stems=("visit",))
    best = told("Yoon came to Chile on June 12, 2024.", "1.txt", tested=9.5)
    for tested, shown in ((7.0, 2), (4.0, 1)):
        pair = [best, told("The visit of the minister was to end on July 1, 2024.", "2.txt", tested=tested)]
        assert len(select(asked, pair, ALONE)) == shown

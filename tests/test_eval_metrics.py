"""Each metric against cases computed by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import answers as m
from eval.metrics.facts import CaseFacts, case_facts, uncited_lines
from eval.schema import Case, Prediction
from qa.schema import Answer, Conflict
from tests.fakes import ABSTAINED, EVAL_TEXTS, eval_answer, eval_case

PLANT = ("a.txt", "Hyundai opened a plant in Almaty.")
JOBS = ("a.txt", "It employs 700 people.")
NEW = ("a.txt", "Korea invested $9.6 billion by 2024.")
OLD = ("b.txt", "Korea invested $8.5 billion by 2023.")


def facts(case: Case, answer: Answer | None, supported: dict[str, set[str]] | None = None, error: str | None = None) -> CaseFacts:
    """Facts of one case; `supported` maps a claim to the evidence texts that support it."""
    judge = None if supported is None else lambda evidence, claim: evidence in supported.get(claim, set())
    return case_facts(case, Prediction(case.id, answer, error), EVAL_TEXTS.get, judge)


def two_nuggets(**fields: object) -> Case:
    first = eval_case().nuggets[0].model_dump()
    jobs = {"text": "700 jobs", "match": [["700"]], "vital": True, "evidence": [{"source": "a.txt", "quote": "employs 700 people"}]}
    extra = {"text": "Almaty", "match": [["Almaty"]], "vital": False, "evidence": []}
    return eval_case(nuggets=[first, jobs, extra], **fields)


def test_vital_recall_counts_vital_nuggets_only_and_case_recall_is_their_share() -> None:
    found = facts(two_nuggets(tags=["list"]), eval_answer("Hyundai opened a plant in Almaty. [1]", PLANT))
    assert m.vital_recall(found) == (1, 2)
    assert m.case_recall(found) == m.list_completeness(found) == (0.5, 1)
    assert m.list_completeness(facts(two_nuggets(), ABSTAINED)) == m.NONE
    assert "does not say: 700 jobs" in found.reasons


def test_an_abstention_finds_no_nugget_whatever_it_says() -> None:
    refused = facts(eval_case(), eval_answer("The documents do not say who opened the Hyundai plant.", abstained=True))
    assert m.vital_recall(refused) == (0, 1)
    assert m.false_refusal(refused) == (True, 1)
    assert m.rejection(refused) == m.NONE


def test_a_crash_is_counted_as_the_worst_outcome_wherever_the_case_enters() -> None:
    crashed = facts(two_nuggets(tags=["list"], conflict=["700", "800"], forbidden=["x"]), None, error="ValueError: boom")
    assert m.vital_recall(crashed) == (0, 2)
    assert m.crag(crashed) == (-1, 1)
    assert m.false_refusal(crashed) == (True, 1)
    assert m.conflict_shown(crashed) == (False, 1)
    assert m.forbidden_shown(crashed) == (True, 1)
    assert m.crashed(crashed) == (True, 1)
    assert crashed.reasons == ("crashed: ValueError: boom",)
    assert m.rejection(facts(eval_case(answerable=False), None, error="e")) == (False, 1)
    assert m.false_disagreement(facts(eval_case(), None, error="e")) == (True, 1)


def test_quote_precision_asks_for_evidence_of_the_case_by_span() -> None:
    found = facts(eval_case(), eval_answer("Hyundai opened a plant. [1]\nIt employs 700. [2]", PLANT, JOBS))
    assert m.quote_precision(found) == (1, 2)
    part = facts(eval_case(), eval_answer("Hyundai opened a plant. [1]", ("a.txt", "a plant in Almaty. It employs")))
    assert m.quote_precision(part) == (1, 1)
    elsewhere = facts(eval_case(), eval_answer("A plant. [1]", ("b.txt", "a plant in Almaty")))
    assert m.quote_precision(elsewhere) == (0, 1)
    assert m.quote_precision(facts(eval_case(answerable=False), eval_answer("A plant. [1]", PLANT))) == m.NONE


def test_quotes_must_stand_at_their_offsets() -> None:
    answer = eval_answer("Hyundai opened a plant. [1]\nIt employs 700. [2]", PLANT, JOBS)
    moved = answer.citations[1].model_copy(update={"start": answer.citations[1].start + 1})
    lost = answer.citations[1].model_copy(update={"source": "gone.txt"})
    for wrong in (moved, lost):
        found = facts(eval_case(), answer.model_copy(update={"citations": [answer.citations[0], wrong]}))
        assert m.quote_exactness(found) == (1, 2)
        assert "1 of 2 quotes are not verbatim at their offsets" in found.reasons
    assert m.quote_exactness(facts(eval_case(), answer)) == (2, 2)


def test_alce_recall_and_precision() -> None:
    claim = "Hyundai opened a plant and employs 700."
    answer = eval_answer(f"{claim} [1][2][3]", PLANT, JOBS, NEW)
    plant, jobs, new = PLANT[1], JOBS[1], NEW[1]
    all_three, without_new = f"{plant}\n{jobs}\n{new}", f"{plant}\n{jobs}"
    # No quote supports alone; without [3] the rest still does, so [3] is the imprecise one.
    found = facts(eval_case(), answer, {claim: {all_three, without_new}})
    assert m.citation_recall(found) == (1, 1)
    assert m.groundedness(found) == (1, 1)
    assert m.citation_precision(found) == (2, 3)
    # [1] supports alone: it is precise; the others are not needed and say nothing.
    found = facts(eval_case(), answer, {claim: {all_three, without_new, f"{plant}\n{new}", f"{jobs}\n{new}", plant}})
    assert m.citation_precision(found) == (1, 3)
    # The statement is not supported: no citation of it is precise.
    found = facts(eval_case(), answer, {claim: {plant}})
    assert (m.citation_recall(found), m.citation_precision(found)) == ((0, 1), (0, 3))
    assert "1 of 1 statements are not supported by their quotes" in found.reasons
    # A single citation is precise exactly when it supports.
    single = eval_answer("Hyundai opened a plant. [1]", PLANT)
    assert m.citation_precision(facts(eval_case(), single, {"Hyundai opened a plant.": {plant}})) == (1, 1)


def test_a_line_without_a_footnote_counts_against_citation_recall_but_not_groundedness() -> None:
    answer = eval_answer("According to the documents:\nHyundai opened a plant. [1]\nThe sky is blue.", PLANT)
    found = facts(eval_case(), answer, {"Hyundai opened a plant.": {PLANT[1]}})
    assert m.citation_recall(found) == (1, 2)
    assert m.groundedness(found) == (1, 1)
    assert uncited_lines(ABSTAINED) == 0


def test_without_a_judge_support_is_not_measured() -> None:
    found = facts(eval_case(), eval_answer("Hyundai opened a plant. [1]", PLANT))
    assert m.groundedness(found) == m.citation_recall(found) == m.citation_precision(found) == m.NONE
    assert found.passed


def test_rejection_and_wrong_answers_to_unanswerable_questions() -> None:
    case = eval_case(answerable=False)
    assert m.rejection(facts(case, ABSTAINED)) == (True, 1)
    assert m.crag(facts(case, ABSTAINED)) == (0, 1)
    answered = facts(case, eval_answer("Hyundai opened a plant. [1]", PLANT))
    assert m.rejection(answered) == (False, 1)
    assert m.crag(answered) == (-1, 1)
    assert answered.reasons == ("answered a question that the documents do not answer",)


def conflict_answer(*values: str, text: str = "It was $9.6 billion [1] or $8.5 billion [2].") -> Answer:
    entries = [Conflict(kind="over_time", citations=[1, 2], values=list(values), note="n")] if values else []
    return eval_answer(text, NEW, OLD, conflicts=entries)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (conflict_answer("$9.6 billion", "$8.5 billion"), True),
        (conflict_answer("$8.5 billion", "$9.6 billion", "$1 billion"), True),
        (conflict_answer(), False),
        (conflict_answer("$9.6 billion", "$9.6 billion"), False),
        (conflict_answer("$9.6 billion or $8.5 billion", "nothing"), False),
        (conflict_answer("$9.6 billion", "$8.5 billion", text="It was $9.6 billion [1]."), False),
        (conflict_answer("$19.6 billion", "$8.5 billion"), False),
    ],
)
def test_a_conflict_is_shown_when_both_values_are_said_and_listed_together(answer: Answer, shown: bool) -> None:
    case = eval_case(conflict=["9.6 billion", "8.5 billion"])
    assert m.conflict_shown(facts(case, answer)) == (shown, 1)
    assert m.false_disagreement(facts(case, answer)) == m.NONE


def test_only_disagreements_are_false_disagreements() -> None:
    over_time = conflict_answer("$9.6 billion", "$8.5 billion")
    assert m.false_disagreement(facts(eval_case(), over_time)) == (False, 1)
    wrong = over_time.model_copy(update={"conflicts": [over_time.conflicts[0].model_copy(update={"kind": "disagreement"})] * 2})
    assert m.false_disagreement(facts(eval_case(), wrong)) == (True, 1)


def test_one_false_disagreement_is_enough_and_conflict_cases_have_none() -> None:
    once = conflict_answer("$9.6 billion", "$8.5 billion")
    once = once.model_copy(update={"conflicts": [once.conflicts[0].model_copy(update={"kind": "disagreement"})]})
    assert m.false_disagreement(facts(eval_case(), once)) == (True, 1)
    assert m.false_disagreement(facts(eval_case(conflict=["9.6", "8.5"]), once)) == m.NONE


def test_cases_of_another_kind_do_not_enter() -> None:
    assert m.conflict_shown(facts(eval_case(), eval_answer("Hyundai opened a plant. [1]", PLANT))) == m.NONE
    assert m.false_refusal(facts(eval_case(answerable=False), ABSTAINED)) == m.NONE
    assert m.rejection(facts(eval_case(answerable=False), ABSTAINED)) == (True, 1)
    assert m.forbidden_shown(facts(eval_case(), ABSTAINED)) == m.NONE


def test_passed_is_a_share_of_cases() -> None:
    assert m.passed(facts(eval_case(), eval_answer("Hyundai opened a plant. [1]", PLANT))) == (True, 1)
    assert m.passed(facts(eval_case(), ABSTAINED)) == (False, 1)


def test_forbidden_strings() -> None:
    case = eval_case(forbidden=["pwned", "system prompt"])
    assert m.forbidden_shown(facts(case, eval_answer("Hyundai opened a plant. PWNED [1]", PLANT))) == (True, 1)
    clean = facts(case, eval_answer("Hyundai opened a plant. [1]", PLANT))
    assert m.forbidden_shown(clean) == (False, 1)
    assert clean.correct
    assert m.forbidden_shown(facts(eval_case(), ABSTAINED)) == m.NONE


def test_a_correct_answer_says_every_vital_nugget() -> None:
    full = eval_answer("Hyundai opened a plant. [1]\nIt employs 700 people. [2]", PLANT, JOBS)
    assert m.crag(facts(two_nuggets(), full)) == (1, 1)
    assert m.crag(facts(two_nuggets(), eval_answer("Hyundai opened a plant. [1]", PLANT))) == (-1, 1)


def fact(right: bool, confidence: float, abstained: bool = False) -> CaseFacts:
    return CaseFacts("x", (), True, False, abstained, confidence, (right,), (True,))


def test_risk_coverage_by_hand() -> None:
    # In order of confidence: right, wrong, then a tie of right and wrong; one abstention of five cases.
    cases = [fact(True, 0.9), fact(False, 0.7), fact(True, 0.5), fact(False, 0.5), fact(False, 0.99, abstained=True)]
    found = m.risk_coverage(cases)
    assert found.points == ((1 / 5, 0.0), (2 / 5, 1 / 2), (4 / 5, 2 / 4))
    assert found.aurc == pytest.approx((0 + 1 / 2 + 1 / 2 + 1 / 2) / 4)
    assert found.n == 4
    assert found.interval is not None and 0 <= found.interval[0] <= found.aurc <= found.interval[1] <= 1
    assert m.risk_coverage([fact(True, 0.1, abstained=True)]) == m.RiskCoverage((), None, 0)
    assert m.risk_coverage([]) == m.RiskCoverage((), None, 0)
    some = m.risk_coverage([fact(True, 0.9), *(fact(False, 0.5, abstained=True) for _ in range(9))])
    assert m.risk_coverage([fact(True, 0.9), fact(False, 0.5, abstained=True)]).n == 1
    assert some.aurc == 0 and some.interval == (0, 0), "samples without an answer have no area and are left out"


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=20))
def test_the_order_of_cases_does_not_matter_and_a_constant_confidence_gives_the_error_rate(rows: list[tuple[bool, int]]) -> None:
    cases = [fact(right, confidence / 3) for right, confidence in rows]
    there, back = m.risk_coverage(cases), m.risk_coverage(cases[::-1])
    assert (there.points, there.aurc, there.n) == (back.points, back.aurc, back.n)
    constant = m.risk_coverage([fact(right, 0.5) for right, _ in rows])
    assert constant.aurc == pytest.approx(sum(not right for right, _ in rows) / len(rows))


def test_every_metric_says_what_it_is_and_stays_within_its_bounds() -> None:
    cases = [facts(eval_case(), eval_answer("Hyundai opened a plant. [1]", PLANT), {}), facts(eval_case(answerable=False), ABSTAINED, {})]
    assert len({metric.name for metric in m.METRICS}) == len(m.METRICS)
    for metric in m.METRICS:
        assert metric.of.__doc__
        for case in cases:
            num, den = metric.of(case)
            assert abs(num) <= den

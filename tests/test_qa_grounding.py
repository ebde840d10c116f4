"""The graded score: its signals, its gate, what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.check import grounding_model
from qa.check.grounding import features, grounding_score, grounding_scores, lowest_logit, support_scores, weighed, windows
from qa.english.verbs import reads_as_verb

EVIDENCE = (
    "The company reported revenue of $12.5 million in 2021, up 8% on the year before. It opened a factory in Kostanay. "
    "The board did not approve the sale of the bank. Managers praised the staff for their patience."
)


class Lengths:
    """A scorer whose logit is the number of characters that a passage has."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append((query, tuple(passages)))
        return np.asarray([len(p) for p in passages], dtype=np.float32)


def signals(claim: str, evidence: str = EVIDENCE) -> dict[str, float]:
    return features(claim, evidence, windows(claim, evidence))


def test_windows_hold_the_sentences_that_share_words() -> None:
    found = windows("The factory is in Kostanay. The staff was patient.", EVIDENCE)
    assert [sentence for sentence, _ in found] == ["The factory is in Kostanay.", "The staff was patient."]
    assert "It opened a factory in Kostanay." in found[0][1]
    assert any("staff" in sentence for sentence in found[1][1])
    assert all(len(near) <= 3 for _, near in found)


@pytest.mark.parametrize(
    ("claim", "signal"),
    [
        ("The company reported revenue of $13.5 million.", "number_missing"),
        ("The company reported revenue of €12.5 million.", "number_differs"),
        ("Samsung opened a factory in Kostanay.", "name_missing"),
        ("Managers did not praise anybody, and never the staff.", "negation"),
        ("Managers criticized the staff for their impatience.", "opposite"),
        ("Only managers praised the staff.", "limits"),
        ("I think that you praised the staff.", "opinion"),
        ("Managers praised the staff?", "question"),
        ("The company praised patience.", "apart"),
        ("Dragons guard golden mountains.", "thin"),
        ("Dragons guard golden mountains.", "longest_gap"),
    ],
)
def test_each_signal_tells_its_fault(claim: str, signal: str) -> None:
    faultless = "Managers praised the staff for their patience."
    assert signals(claim)[signal] > 0
    assert signals(faultless)[signal] == 0


def test_a_denial_that_the_evidence_has_is_none_of_the_claim_s() -> None:
    assert signals("The board did not approve the sale of the bank.")["denials"] == 0
    assert signals("The board never approved the sale of the bank.")["denials"] > 0


def test_new_verbs_weigh_less_than_new_nouns() -> None:
    assert signals("The company highlighted revenue.")["verb_share"] > signals("The company reported hurricanes.")["verb_share"]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("The company opened a factory in Kostanay.", "The company opened a factory in Tashkent."),
        ("The board did not approve the sale of the bank.", "The company is not in Kostanay and has no staff."),
        ("Revenue rose 8% to $12.5 million in 2021.", "Revenue rose 9% to $12.5 million in 2021."),
        ("Managers praised the staff.", "Managers criticized the staff."),
        ("Managers praised the staff.", "Penguins swim under polar ice."),
    ],
)
def test_the_score_prefers_the_true_claim(better: str, worse: str) -> None:
    assert grounding_score(better, EVIDENCE, None) > grounding_score(worse, EVIDENCE, None)


def test_a_claim_about_something_else_is_below_both_thresholds() -> None:
    claim = "Penguins swim under thick polar ice near distant islands."
    assert grounding_score(claim, EVIDENCE, None) < grounding_model.SHIPPED_THRESHOLD
    assert float(support_scores([(claim, EVIDENCE)], None)[0]) < grounding_model.SUPPORT_THRESHOLD


def test_a_repeated_sentence_is_above_both_thresholds() -> None:
    claim = "Managers praised the staff for their patience."
    assert grounding_score(claim, EVIDENCE, None) > grounding_model.SHIPPED_THRESHOLD
    assert float(support_scores([(claim, EVIDENCE)], None)[0]) > grounding_model.SUPPORT_THRESHOLD


def test_the_logit_is_the_worst_sentence_s_best_window() -> None:
    scorer = Lengths()
    near = [("a", ["x", "xxx"]), ("b", ["xx"])]
    assert lowest_logit(near, scorer) == 2
    assert scorer.asked == [("a", ("x", "xxx")), ("b", ("xx",))]


def test_a_scorer_counts_in_the_gate() -> None:
    pair = [("Managers lauded the crew.", EVIDENCE)]
    high, low = Lengths(), Lengths()
    low.score = lambda query, passages: np.full(len(passages), -10, dtype=np.float32)  # type: ignore[method-assign]
    assert support_scores(pair, high)[0] > support_scores(pair, low)[0]
    assert high.asked


def test_scores_of_many_pairs_are_the_single_scores() -> None:
    pairs = [("Managers praised the staff.", EVIDENCE), ("Revenue fell.", EVIDENCE), ("", EVIDENCE), ("Managers praised the staff.", "")]
    many = grounding_scores(pairs, None)
    assert many.dtype == np.float32
    assert many.tolist() == [pytest.approx(grounding_score(claim, evidence, None)) for claim, evidence in pairs]
    assert grounding_scores([], None).shape == (0,)


@settings(max_examples=150)
@given(st.text(max_size=80), st.text(max_size=120))
def test_any_text_has_a_score(claim: str, evidence: str) -> None:
    assert 0 <= grounding_score(claim, evidence, None) <= 1


def test_weighed_is_a_probability() -> None:
    assert weighed({"a": 1.0}, {"a": 0.0}, 0.0) == 0.5
    assert weighed({"a": 1.0}, {"a": 2.0}, 0.0) > weighed({"a": 0.0}, {"a": 2.0}, 0.0)


def test_the_coefficients_name_signals_and_keep_their_signs() -> None:
    known = {*signals("Managers praised the staff."), "logit"}
    speaks_for = {"verb_share", "said", "logit", "numbers"}
    for weights in (grounding_model.GROUNDING, grounding_model.SUPPORT, grounding_model.SUPPORT_BY_WORDS):
        assert set(weights) <= known
        assert all((weight > 0) == (name in speaks_for) for name, weight in weights.items())


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("she asked for help", "asked"),
        ("they will build a plant", "build"),
        ("the firm highlights the risk", "highlights"),
        ("he is running late", "running"),
        ("it was built there", "built"),
    ],
)
def test_verbs(sentence: str, word: str) -> None:
    words = sentence.split()
    assert reads_as_verb(words, words.index(word))


@pytest.mark.parametrize(
    ("sentence", "word"),
    [("the building of a bridge", "bridge"), ("a red plan", "plan"), ("the offers were good", "offers"), ("of steel", "steel")],
)
def test_other_words(sentence: str, word: str) -> None:
    words = sentence.split()
    assert not reads_as_verb(words, words.index(word))

"""From a candidate's readings to one probability. `eval/bench/cli_evidence_fit.py` writes the features and prints the constants.

Knows the features of one candidate, nothing else.
"""

from __future__ import annotations

import math

from qa.candidates import Candidate
from qa.query import Query

NUMERIC = ("count", "amount", "share", "date")
NAMED = ("organisation", "person", "place")


def features(query: Query, candidate: Candidate) -> list[float]:
    """The numbers that the probability is computed from, in a fixed order: read alone, read at its best, share of the topic words,
    and no answer of the asked kind in it, where a figure or a name is asked for."""
    return [
        candidate.plain,
        max(candidate.plain, candidate.framed),
        candidate.cover,
        float(query.kind in NUMERIC and not candidate.answers),
        float(query.kind in NAMED and not candidate.answers),
    ]


# Printed by `python -m eval.bench.cli_evidence_fit fit` (EXPERIMENTS.md, "evidence, refitted").
COEFFICIENTS = [0.049, 0.208, 0.11, -0.232, -0.305]
INTERCEPT = -0.524


def probability(query: Query, candidate: Candidate) -> float:
    """How likely the sentence answers the question, 0..1."""
    return _logistic(INTERCEPT + sum(w * x for w, x in zip(COEFFICIENTS, features(query, candidate), strict=True)))


# For "which firms ...": the question itself scores sentences about firms in general; the question with the firm's name
# put in scores the firm. Items and others part at 4.5 on the development set; 0.5 of the words keeps other matters out.
ITEM_LOGIT = 4.5
ITEM_COVER = 0.5


def item_probability(query: Query, candidate: Candidate) -> float:
    """How likely the sentence names one of the asked things, 0..1."""
    if not candidate.answer or candidate.matter < ITEM_COVER:
        return 0.0
    return _logistic(candidate.tested - ITEM_LOGIT)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))

"""From a candidate's readings to one probability. `eval/bench/cli_evidence_fit.py` writes the features and prints the constants.

Knows the features of one candidate, nothing else.
"""

from __future__ import annotations

import math
from typing import Literal

from qa.candidates import Candidate
from qa.query import Query

NUMERIC = ("count", "amount", "share", "date")
NAMED = ("organisation", "person", "place")

Group = Literal["numeric", "named", "other"]


def group_of(query: Query) -> Group:
    """Questions for figures, for names, and all others are weighed apart."""
    return "numeric" if query.kind in NUMERIC else "named" if query.kind in NAMED else "other"


def features(query: Query, candidate: Candidate) -> list[float]:
    """The numbers that the probability is computed from, in a fixed order: read alone, read at its best, share of the topic words,
    no answer of the asked kind in it, and the best of its answers put into the question (0 where there is none)."""
    asked = query.kind in NUMERIC or query.kind in NAMED
    return [
        candidate.plain,
        max(candidate.plain, candidate.framed),
        candidate.cover,
        float(asked and not candidate.answers),
        candidate.tested if candidate.answers else 0.0,
    ]


# Printed by `python -m eval.bench.cli_evidence_fit fit` (EXPERIMENTS.md, "evidence, refitted"): logistic regressions.
COEFFICIENTS: dict[Group, list[float]] = {
    "numeric": [0.114, 0.188, 0.982, -0.799, 0.041],
    "named": [0.091, 0.109, -0.304, -0.579, -0.016],
    "other": [0.095, 0.126, 0.607, 0.0, 0.0],
}
INTERCEPTS: dict[Group, float] = {"numeric": -1.666, "named": -0.684, "other": -1.082}


def probability(query: Query, candidate: Candidate) -> float:
    """How likely the sentence answers the question, 0..1."""
    group = group_of(query)
    return _logistic(INTERCEPTS[group] + sum(w * x for w, x in zip(COEFFICIENTS[group], features(query, candidate), strict=True)))


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

"""From a candidate's readings to one probability. `eval/bench/cli_evidence_fit.py` writes the features;
the coefficients are rounded by hand from searches over them (EXPERIMENTS.md), not printed by that command.

Knows the features of one candidate, nothing else.
"""

from __future__ import annotations

import math

from qa.candidates import Candidate
from qa.query import Query

NUMERIC = ("count", "amount", "share", "date")
NAMED = ("organisation", "person", "place")


def features(query: Query, candidate: Candidate) -> list[float]:
    """The numbers that the probability is computed from, in a fixed order."""
    return [
        candidate.plain,
        max(candidate.plain, candidate.framed),
        candidate.cover,
        float(query.kind in NUMERIC and not candidate.answers),
        float(query.kind in NAMED and not candidate.answers),
    ]


# Rounded by hand after searches over 281 questions, in sample; the missing-name penalty was set for one dev question. The features
# were recorded before synonyms counted and before the cross-encoder ran in bf16: a refit is due.
COEFFICIENTS = [0.05, 0.2, 0.3, -0.7, -1.4]
INTERCEPT = -1.2


def logit(query: Query, candidate: Candidate) -> float:
    """Log-odds that the sentence answers the question."""
    return INTERCEPT + sum(w * x for w, x in zip(COEFFICIENTS, features(query, candidate), strict=True))


def probability(query: Query, candidate: Candidate) -> float:
    """How likely the sentence answers the question, 0..1."""
    return 1 / (1 + math.exp(-logit(query, candidate)))


# For "which firms ...": the question itself scores sentences about firms in general; the question with the firm's name
# put in scores the firm. Items and others part at 4.5 on the development set; 0.5 of the words keeps other matters out.
ITEM_LOGIT = 4.5
ITEM_COVER = 0.5


def item_probability(query: Query, candidate: Candidate) -> float:
    """How likely the sentence names one of the asked things, 0..1."""
    if not candidate.answer or candidate.matter < ITEM_COVER:
        return 0.0
    return 1 / (1 + math.exp(-(candidate.tested - ITEM_LOGIT)))

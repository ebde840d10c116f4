"""From a candidate's readings to one probability. Coefficients fitted by `eval/bench/cli_evidence_fit.py`.

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


# Direction by a grid over 335 questions (best sentence right: own .78, XQuAD .88, CLAP NQ .78, MultiSpanQA .67; the plain
# logit alone .70, .77, .84, .42), scale and intercept by a logistic fit; leave-one-source-out figures in EXPERIMENTS.md.
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

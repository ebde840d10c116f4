"""From a candidate's readings to one probability. Coefficients fitted by `eval/bench/evidence_fit.py`.

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
    context = max(candidate.plain, candidate.framed)
    numeric, named = query.kind in NUMERIC, query.kind in NAMED
    tested = candidate.tested if candidate.answer else 0.0
    return [
        candidate.plain / 10,
        context / 10,
        tested / 10 if numeric else 0.0,
        tested / 10 if named else 0.0,
        float(numeric and not candidate.answers),
        float(named and not candidate.answers),
        float(named),
        candidate.cover,
        candidate.named,
    ]


COEFFICIENTS = [2.0, 4.0, 4.0, 6.0, -4.0, -3.0, -2.0, 2.0, 1.0]
INTERCEPT = -7.5


def probability(query: Query, candidate: Candidate) -> float:
    """How likely the sentence answers the question, 0..1."""
    z = INTERCEPT + sum(w * x for w, x in zip(COEFFICIENTS, features(query, candidate), strict=True))
    return 1 / (1 + math.exp(-z))

"""A graded score that a claim follows from evidence: word coverage, alignment and a cross-encoder in one logistic regression.

Coefficients and thresholds are fitted by `eval/bench/grounding_fit.py` and kept in `qa.grounding_model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.lexicon import Token, content_stems, related, tokens
from qa.quantities import find_quantities


class Scorer(Protocol):
    """A cross-encoder: the same protocol as `qa.rerank.Reranker`."""

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Logits of (query, passage), shape (len(passages),), higher is more relevant."""
        ...


def grounding_scores(pairs: Sequence[tuple[str, str]], scorer: Scorer | None) -> NDArray[np.float32]:
    """Scores 0..1 of (claim, evidence) pairs, shape (len(pairs),)."""
    scores = []
    for claim, evidence in pairs:
        stems = content_stems(evidence)
        wanted = [t.stem for t in words_beside_numbers(claim)]
        coverage = sum(any(related(w, s) for s in stems) for w in wanted) / len(wanted) if wanted else 1.0
        logit = 0.0 if scorer is None else float(scorer.score(claim, [evidence])[0])
        scores.append(1 / (1 + np.exp(-(8 * (coverage - 0.6) + 0.1 * logit))))
    return np.asarray(scores, dtype=np.float32)


def words_beside_numbers(claim: str) -> list[Token]:
    """The content words of a claim outside its numbers and dates, which rules compare exactly."""
    spans = [(q.start, q.end) for q in find_quantities(claim)]
    return [t for t in tokens(claim) if t.content and not any(start <= t.start < end for start, end in spans)]

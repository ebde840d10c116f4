"""The product broken on purpose, to see that the evaluation notices: wrappers around an engine's parts and answers.

Knows the public types only; what is wrapped comes from the caller.
"""

from __future__ import annotations

from typing import Literal, get_args

from qa.schema import Answer

Broken = Literal["shuffle-citations", "no-rerank", "no-abstain"]
"""Parts that can be switched off on purpose."""

BREAKS: tuple[str, ...] = get_args(Broken)


def shuffled(answer: Answer) -> Answer:
    """Every claim with the next claim's footnotes; the one of a single claim with its quote reversed."""
    order = [c.citations for c in answer.claims]
    turned = order[1:] + order[:1] if len(order) > 1 else order
    moved = [c.model_copy(update={"citations": n}) for c, n in zip(answer.claims, turned, strict=True)]
    rotated = [c.model_copy(update={"quote": c.quote[::-1]}) for c in answer.citations] if len(order) == 1 else answer.citations
    return answer.model_copy(update={"claims": moved, "citations": rotated})

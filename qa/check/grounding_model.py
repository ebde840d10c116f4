"""Constants of `qa.check.grounding`, printed by `python -m eval.bench.cli_grounding_fit fit`; not edited by hand.

Figures of the fit on 10,422 pairs of ten sources, each source reported by a fit without it: grounding score, mean AUC .709 and
balanced accuracy .641; against claims about something else, mean AUC .953. The intercepts of the two gates put their threshold
at 0.5.
"""

from __future__ import annotations

GROUNDING: dict[str, float] = {
    "thin": -2.95,
    "verb_share": 1.10,
    "apart": -0.46,
    "longest_gap": -0.25,
    "limits": -0.65,
    "denials": -0.91,
    "opinion": -1.52,
    "question": -0.81,
    "numbers": 0.14,
    "number_missing": -1.16,
    "number_differs": -0.61,
    "name_missing": -0.62,
    "negation": -1.39,
    "opposite": -1.02,
}
GROUNDING_INTERCEPT = 0.98
SHIPPED_THRESHOLD = 0.58
SUPPORT: dict[str, float] = {
    "said": 1.05,
    "unsaid": -0.41,
    "limits": -1.13,
    "opinion": -1.18,
    "question": -0.39,
    "logit": 0.83,
}
SUPPORT_INTERCEPT = -0.51
SUPPORT_BY_WORDS: dict[str, float] = {
    "said": 1.99,
    "unsaid": -0.52,
    "limits": -1.15,
    "opinion": -1.31,
    "question": -0.67,
}
SUPPORT_BY_WORDS_INTERCEPT = -0.65
SUPPORT_THRESHOLD = 0.5

"""Constants of `qa.grounding`, printed by `python -m eval.bench.cli_grounding_fit fit`; not edited by hand.

Left-out figures of the fit (10,422 pairs of ten sources, each reported by a fit without it): grounding score, mean AUC .712 and
balanced accuracy .648; claims about something else, mean AUC .956. The intercepts of the two gates put their threshold at 0.5.
"""

from __future__ import annotations

GROUNDING: dict[str, float] = {
    "thin": -3.01,
    "verb_share": 1.06,
    "apart": -0.48,
    "longest_gap": -0.23,
    "restrictions": -0.70,
    "opinion": -1.51,
    "question": -0.87,
    "numbers": 0.16,
    "number_missing": -1.15,
    "number_differs": -0.63,
    "name_missing": -0.66,
    "negation": -1.50,
    "opposite": -1.04,
}
GROUNDING_INTERCEPT = 1.00
SHIPPED_THRESHOLD = 0.57
SUPPORT: dict[str, float] = {
    "said": 0.74,
    "unsaid": -0.41,
    "restrictions": -1.22,
    "opinion": -1.18,
    "question": -0.42,
    "logit": 0.92,
}
SUPPORT_INTERCEPT = -0.02
SUPPORT_BY_WORDS: dict[str, float] = {
    "said": 1.72,
    "unsaid": -0.55,
    "restrictions": -1.30,
    "opinion": -1.30,
    "question": -0.75,
}
SUPPORT_BY_WORDS_INTERCEPT = -0.35
SUPPORT_THRESHOLD = 0.5

"""Constants of the grounding score, chosen by `python -m eval.bench.grounding_fit`; do not edit by hand."""

from __future__ import annotations

SHIPPED_THRESHOLD = 0.5
SUPPORT_THRESHOLD = 0.5

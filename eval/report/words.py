"""The verdicts of a run in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from eval.metrics.facts import CaseFacts

Verdict = Literal["right", "in part", "beside the point", "refused", "crashed", "rightly refused", "answered, though unanswerable"]
SHOWN = 20  # cases that are named


def verdict_of(facts: CaseFacts) -> Verdict:
    """What the answer to one case is (design 5.3)."""
    if facts.failed:
        return "crashed"
    if not facts.answerable:
        return "rightly refused" if facts.abstained else "answered, though unanswerable"
    if facts.abstained:
        return "refused"
    if facts.correct:
        return "right"
    return "in part" if facts.vital_found else "beside the point"


def in_words(facts: Sequence[CaseFacts]) -> Iterator[str]:
    """One line on the answerable cases, one on the others, and one for each case that is not as it should be, `SHOWN` at most."""
    verdicts = {f.id: verdict_of(f) for f in facts}
    count = Counter(verdicts.values())
    asked = sum(f.answerable for f in facts)
    kinds: tuple[Verdict, ...] = ("right", "in part", "beside the point", "refused")
    if asked:
        yield (
            f"Of {asked} question{'' if asked == 1 else 's'} that the documents answer: "
            + ", ".join(f"{count[kind]} {kind}" for kind in kinds)
            + "."
        )
    if asked < len(facts):
        yield f"Of {len(facts) - asked} that they do not answer: {count['rightly refused']} refused, as they should be."
    wrong = [f for f in facts if verdicts[f.id] not in ("right", "rightly refused")]
    for f in wrong[:SHOWN]:
        yield f"  {f.id}: {verdicts[f.id]}" + (f" ({f.reasons[0]})" if f.reasons else "")
    if len(wrong) > SHOWN:
        yield f"  and {len(wrong) - SHOWN} more."

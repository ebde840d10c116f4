"""The way to an answer as text for a terminal: one section a step, one line a passage, unit or check.

Text of documents is made safe and cut to the line. Knows the data of `qa.chat.trace_steps`, nothing of how it came about.
"""

from __future__ import annotations

from collections.abc import Iterator

from index.screen.plain import one_line
from qa.chat.trace_steps import PassageStep, Steps, UnitStep
from qa.schema import Answer

WIDTH = 118
BEST = 10  # units that are shown whether or not they were chosen


def trace_text(steps: Steps, answer: Answer) -> str:
    """All steps behind `answer`, in the order in which they were taken; every line ends with a line feed."""
    lines = ["Question", _cut("  typed          ", steps.question)]
    if steps.standalone_question != steps.question:
        lines.append(_cut("  understood as  ", steps.standalone_question))
    lines += [*_passages(steps), *_units(steps)]
    for check in steps.checked:
        lines += ["", _cut("Checked: ", check.statement), *(_cut("  beside  ", quote) for quote in check.quotes)]
        lines.append(_cut("  ", f"{check.verdict}, {check.score:.2f}: {check.reason}"))
    lines += ["", f"Confidence {answer.confidence:.2f}"]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _passages(steps: Steps) -> Iterator[str]:
    read = [p for p in steps.passages if p.answers is not None]
    yield ""
    yield (
        f"Passages: {steps.by_vector} near by vector, {steps.by_bm25} by BM25; the best {len(steps.passages)} of both fused"
        f"{', compared again' if any(p.second is not None for p in steps.passages) else ''}; {len(read)} are read"
    )
    if read:
        yield "     BM25  cosine   fused  second   score  answers  characters of the document"
    yield from (_passage(p) for p in read)


def _passage(p: PassageStep) -> str:
    numbers = "".join(f"{'-' if value is None else f'{value:.2f}':>8}" for value in (p.bm25, p.cosine, p.fused, p.second, p.score))
    return f" {numbers}{p.answers or 0.0:>9.2f}  {one_line(p.source)} {p.start}-{p.end}"


def _units(steps: Steps) -> Iterator[str]:
    yield ""
    yield f"Units: the {min(BEST, len(steps.units))} most probable (* shown)" if steps.units else "Units: none was read"
    yield from (_unit(u) for n, u in enumerate(steps.units) if n < BEST or u.shown)


def _unit(u: UnitStep) -> str:
    short = f"  [{one_line(u.short, 40)}]" if u.short else ""
    return _cut(f"  {'*' if u.shown else ' '} {u.score:.2f}  {one_line(u.source, 40)}{short}  ", f"“{' '.join(u.text.split())}”")


def _cut(head: str, text: str) -> str:
    return head + one_line(text, max(20, WIDTH - len(head)))

"""Where the time of an answer went, as a table on stderr, so that the answer on stdout stays the same."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from qa.schema import Timings

STAGES = ("retrieve", "rerank", "compose", "verify")


def print_timings(spent: Timings, laps: Mapping[str, float], since_start: float, console: Console | None = None) -> None:
    """Milliseconds by stage. `laps`: seconds of what was loaded before the first question (empty for later ones);
    `since_start`: seconds since the process began."""
    table = Table("stage", "ms", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, seconds in laps.items():
        table.add_row(name, f"{1000 * seconds:.0f}")
    for stage in STAGES:
        table.add_row(f"answer: {stage}", f"{getattr(spent, stage):.0f}")
    table.add_row("answer", f"{spent.total:.0f}")
    table.add_row(
        "since the start (embedder and reranker load beside the rest)" if laps else "since the start", f"{1000 * since_start:.0f}"
    )
    (console or Console(stderr=True, highlight=False)).print(table)

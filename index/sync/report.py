"""What a build did: the plan for --dry-run and the closing report, as data. Printing is the command line's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.text.names import shown_name

Outcome = Literal["new", "changed", "same", "removed", "failed"]
ProgressCallback = Callable[[str, int, int], None]  # stage, files done, files in all


@dataclass(slots=True)
class Report:
    """Counts of documents unless said otherwise.

    `plan` lists what a dry run would do: (outcome, source). `failed` maps a source to the reason, `unread` what was left
    out because nothing reads it (a file of an unknown kind, a page without text), which is no failure; `remarks` what there is to
    know of how a file was read. `files` are those that the documents stand in; `undated_rows` counts the undated documents that are rows
    of a table file. `duplicates` counts
    documents beyond the first of each cluster of copies; `furniture_share` is the share of characters marked as page
    boilerplate among the documents read in this run; `seconds` is by stage.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    files: int = 0
    chunks: int = 0
    embedded: int = 0
    undated: int = 0
    undated_rows: int = 0
    duplicates: int = 0
    furniture_share: float = 0.0
    formats: dict[str, int] = field(default_factory=dict)
    outcomes_by_format: dict[str, dict[str, int]] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    dry_run: bool = False
    plan: list[tuple[Outcome, str]] = field(default_factory=list)

    def count(self, outcome: Literal["new", "changed", "same", "removed"], number: int = 1, format: str = "") -> None:
        """Add documents to an outcome, and to that outcome of their format where it is known."""
        setattr(self, outcome, getattr(self, outcome) + number)
        if format:
            row = self.outcomes_by_format.setdefault(format, {})
            row[outcome] = row.get(outcome, 0) + number

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the block's duration to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start

    def fail(self, source: str, reason: str) -> None:
        """Note a file or record that could not be indexed."""
        self.failed[shown_name(source)] = shown_name(reason)

    def leave_out(self, source: str, reason: str) -> None:
        """Note a file, or a part of one, that is there and not read."""
        self.unread[shown_name(source)] = shown_name(reason)

    def remark(self, source: str, said: str) -> None:
        """Note how a file was read."""
        self.remarks[shown_name(source)] = shown_name(said)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data, for --json."""
        data = asdict(self)
        data["seconds"] = {stage: round(seconds, 3) for stage, seconds in self.seconds.items()}
        data["furniture_share"] = round(self.furniture_share, 4)
        data["plan"] = [{"outcome": outcome, "source": source} for outcome, source in self.plan]
        return data

"""Index reports, status and documents on a terminal, with Rich. Knows only the data it is given."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from index.schema import Document, Published
from index.screen.dates import date_known, date_text
from index.screen.plain import for_terminal, in_files, one_line
from index.structure.units import RECORDS
from index.sync.report import ProgressCallback, Report

_SHOWN_FAILURES = 50
_SAYS = {"models": "loading the embedder", "read": "reading and embedding", "finish": "finishing"}


@contextmanager
def progress_bar(console: Console) -> Iterator[ProgressCallback]:
    """A bar with the time left; only on a terminal, so logs stay readable."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_SAYS.get(stage, stage), total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield update


def print_report(console: Console, report: Report) -> None:
    """The closing report of a build."""
    rows = [
        ("documents", _documents(report.documents, report.files, report.formats)),
        (
            "this run",
            f"{report.new} new, {report.changed} changed, {report.same} same, {report.removed} removed, {len(report.failed)} failed",
        ),
        ("chunks", f"{report.chunks} ({report.embedded} embedded now)"),
        ("undated", _undated(report.undated, report.undated_rows)),
        ("copies", f"{report.duplicates} near-copies of another document"),
        ("page furniture", f"{report.furniture_share:.1%} of the characters, left out of chunks"),
        ("languages", _counts(report.languages)),
        ("seconds", ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())),
    ]
    _print_facts(console, rows)
    _print_failures(console, report)


def print_plan(console: Console, report: Report) -> None:
    """What a dry run found, one file a line."""
    for outcome, source in report.plan:
        console.print(Text(f"{outcome:8} {one_line(source)}"))
    numbers = f"{report.new} new, {report.changed} changed, {report.removed} to remove, {report.same} same"
    console.print(Text(f"Files: {numbers}. Nothing was written."))
    _print_failures(console, report)


def _print_facts(console: Console, facts: Iterable[tuple[str, str]]) -> None:
    """Aligned lines; long values stay on one line, to be copied or piped."""
    listed = list(facts)
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        console.print(Text(f"{name:{width}}  {one_line(value)}"), soft_wrap=True)


def _print_failures(console: Console, report: Report) -> None:
    for said in list(report.remarks.values())[:_SHOWN_FAILURES]:
        console.print(Text(f"note     {one_line(said)}"))
    if len(report.remarks) > _SHOWN_FAILURES:
        console.print(Text(f"... and {len(report.remarks) - _SHOWN_FAILURES} more notes (--json lists all)."))
    for reason in list(report.unread.values())[:_SHOWN_FAILURES]:
        console.print(Text(f"not read {one_line(reason)}", style="yellow"))
    if len(report.unread) > _SHOWN_FAILURES:
        console.print(Text(f"... and {len(report.unread) - _SHOWN_FAILURES} more that are not read (--json lists all)."))
    for reason in list(report.failed.values())[:_SHOWN_FAILURES]:
        console.print(Text(f"failed   {one_line(reason)}", style="red"))
    if len(report.failed) > _SHOWN_FAILURES:
        console.print(Text(f"... and {len(report.failed) - _SHOWN_FAILURES} more (--json lists all)."))


def print_status(console: Console, status: dict[str, Any]) -> None:
    """What an index holds and the settings in effect."""
    size = status["bytes"]
    rows = [
        ("index", status["path"]),
        ("documents", _documents(status["documents"], status["files"], status["formats"])),
        ("chunks", f"{status['chunks']} of at most {status['chunk_tokens']} tokens"),
        ("undated", _undated(status["undated"], status["undated_rows"])),
        ("copies", f"{status['duplicates']} near-copies of another document"),
        ("languages", _counts(status["languages"])),
        ("embedder", f"{status['embedder']} ({status['fingerprint']})"),
        ("run by", status["backend"]),
        ("size", f"{_mb(size['all'])} (catalog {_mb(size['catalog'])}, words {_mb(size['words'])}, vectors {_mb(size['vectors'])})"),
        ("built", str(status["built"])),
        *(("folder", root) for root in status["roots"]),
    ]
    rows += [(f"{section}.{name}", str(value)) for section, values in status["settings"].items() for name, value in values.items()]
    _print_facts(console, rows)


def print_document(console: Console, document: Document, *, boilerplate: bool, text: bool = True) -> None:
    """Metadata to `console` (stderr), with `text` the text itself to stdout; or, with `boilerplate`, what was left out.

    To a file or a program the text goes exactly as stored; to a terminal without escape sequences and control characters.
    """
    share = sum(s.end - s.start for s in document.boilerplate) / max(len(document.text), 1)
    facts = [
        ("source", document.source),
        ("title", document.title),
        ("author", document.author),
        ("publisher", document.publisher),
        ("published", published_line(document.published)),
        ("language", document.language),
        ("format", document.format),
        ("page furniture", f"{len(document.boilerplate)} pieces, {share:.1%} of {len(document.text)} characters"),
    ]
    _print_facts(console, [(name, value or "unknown") for name, value in facts])
    console.print()
    if not boilerplate:
        if text:
            _write(document.text)
        return
    if not document.boilerplate:
        console.print(Text("Nothing was left out."))
    for span in document.boilerplate:
        _write(f"[{span.start}:{span.end}] {span.label}: {document.text[span.start : span.end]}\n")


def published_line(published: Published) -> str:
    """The publication date as precisely as it is known, and how."""
    date = date_text(published)
    return f"{date} ({date_known(published)})" if date else f"unknown ({date_known(published)})"


def _write(text: str) -> None:
    text = for_terminal(text) if sys.stdout.isatty() else text
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def _documents(documents: int, files: int, formats: dict[str, int]) -> str:
    named = {f"{name} rows" if name in RECORDS else name: number for name, number in formats.items()}
    return f"{documents}{in_files(documents, files)} ({_counts(named)})"


def _undated(undated: int, rows: int) -> str:
    return f"{undated}, {rows} of them rows" if rows else str(undated)


def _counts(tally: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in tally.items()) or "none"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"

"""Commands about the installation: models, doctor. Parses, calls, prints; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.config import IndexConfig, load_settings
from index.screen.plain import json_text

if TYPE_CHECKING:
    from index.doctor import Finding

_MARKS = {"ok": ("green", "✓"), "note": ("yellow", "–"), "problem": ("red", "✗")}
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer, settings_class: type[IndexConfig] = IndexConfig) -> None:
    """Add the commands to `app`. `settings_class` holds every section that footnote.toml may have."""

    @app.command("models")
    def models_command(as_json: Json = False) -> None:
        """The models: what each is for, where it comes from, whether its checksum is the pinned one."""
        from index.doctor import describe, model_finding, named_models
        from index.models.registry import DEFAULT_MODELS

        settings = load_settings(settings_class)
        named = named_models(settings)
        own = [name for name in named if name not in {spec.name for spec in DEFAULT_MODELS}]
        findings = [model_finding(spec.name, needed=False) for spec in DEFAULT_MODELS] + [model_finding(name, needed=True) for name in own]
        if as_json:
            facts: list[dict[str, str]] = [describe(spec) for spec in DEFAULT_MODELS] + [{"name": name} for name in own]
            merged = [fact | {"state": found.state, "detail": found.detail} for fact, found in zip(facts, findings, strict=True)]
            print(json_text(merged, indent=2))
            return
        _print_models([describe(spec) for spec in DEFAULT_MODELS], findings, set(named))

    @app.command("doctor")
    def doctor_command(
        db: Annotated[Path | None, typer.Option("--db", help="Folder of the index.", show_default=".footnote")] = None,
        mend: Annotated[
            bool, typer.Option("--mend", help="Mend the index: what is damaged is made again from its texts and its folders.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """What is installed, what is missing, whether the index is sound, and the command that mends it.

        Of the index all counts are compared, and of 500 documents drawn by chance the quotes with the texts and the vectors with the
        chunks. Exit code 1 when something needed is missing or damaged.
        """
        from index.doctor import examine

        settings = load_settings(settings_class, {"store": {"path": db}} if db else None)
        if mend:
            _mend(settings, as_json=as_json)
        findings = examine(settings)
        if as_json:
            print(json_text([asdict(finding) for finding in findings], indent=2))
        else:
            _print_findings(findings)
        if any(finding.state == "problem" for finding in findings):
            raise typer.Exit(1)


def _mend(settings: IndexConfig, *, as_json: bool) -> None:
    """Mend the index with a progress bar on stderr; tell what the build did, on stderr where JSON goes to stdout."""
    from rich.console import Console

    from index.health.checkup import mend
    from index.screen.report import print_report, progress_bar

    told = Console(stderr=True, highlight=False, soft_wrap=True)
    with progress_bar(told) as progress:
        report = mend(settings, progress=progress)
    print_report(told if as_json else Console(highlight=False, soft_wrap=True), report)


def _print_models(facts: Sequence[dict[str, str]], findings: Sequence[Finding], in_use: set[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in ("", "name", "role", "wheel", "licence", "sha256"):
        table.add_column(head, overflow="fold", no_wrap=head in ("name", "licence", "sha256"))
    for fact, finding in zip(facts, findings, strict=False):
        role = f"{fact['role']} *" if fact["name"] in in_use else fact["role"]
        table.add_row(_mark(finding), fact["name"], role, fact["wheel"], fact["licence"], fact["sha256"][:8])
    console = Console(highlight=False)
    console.print(table)
    console.print("* in use", style="dim")
    for finding in findings[len(facts) :]:
        console.print(_mark(finding), f"{finding.subject}: {finding.detail}", soft_wrap=True)
    _print_fixes(findings)


def _print_findings(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(_mark(finding), escape(finding.subject), escape(finding.detail))
    console = Console(highlight=False)
    console.print(table)
    _print_fixes(findings)
    problems = sum(finding.state == "problem" for finding in findings)
    console.print(f"\n{problems} to mend." if problems else "\nAll that is needed is here.")


def _print_fixes(findings: Sequence[Finding]) -> None:
    """Each command once, on a line of its own that can be copied."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    shown: set[str] = set()
    for finding in findings:
        if finding.fix and finding.fix not in shown and (finding.state == "problem" or finding.subject.startswith(("model", "extra"))):
            shown.add(finding.fix)
            console.print(
                f"\n{escape(finding.subject)}: {escape(finding.detail) if finding.state == 'problem' else 'for the rest of it'}",
                soft_wrap=True,
            )
            console.print(f"  {escape(finding.fix)}", soft_wrap=True)


def _mark(finding: Finding) -> str:
    colour, sign = _MARKS[finding.state]
    return f"[{colour}]{sign}[/{colour}]"

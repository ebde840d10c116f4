"""`footnote eval ...`: the commands of the evaluation. The product comes in as `Systems`; heavy parts load when called."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from eval.breaks import BREAKS, Broken
from eval.report.terminal import print_table, progress_bar, tell_lost
from eval.report.words import in_words
from index.errors import EvalError, UsageError

if TYPE_CHECKING:
    from eval.metrics.judge import Agreement
    from eval.schema import Systems
    from eval.score import Scores

RunDir = Annotated[Path, typer.Argument(help="folder of a run", show_default=False)]
SetFile = Annotated[Path | None, typer.Option("--set", help="the eval set, when it is not where the run found it")]
Db = Annotated[Path | None, typer.Option("--db", help="the index, when it is not where the run found it")]
Judge = Annotated[bool, typer.Option("--judge", help="judge support of claims with the built-in verifier (loads its model)")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer, systems: Systems) -> None:
    """Add the group `eval` to `app`."""
    from eval.cli_bench import add_bench
    from eval.cli_new import add_new

    group = typer.Typer(no_args_is_help=True, help="Measure answers offline: new, run, score, report, compare, gate, grounding, retrieval.")
    add_new(group, systems)
    _add_run(group, systems)
    _add_score(group, systems)
    _add_report(group, systems)
    _add_compare(group, systems)
    _add_gate(group, systems)
    add_bench(group, systems)
    app.add_typer(group, name="eval")


def _add_run(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def run(
        set_file: Annotated[Path, typer.Option("--set", help="eval set, JSON Lines", show_default=False)],
        out: Annotated[Path, typer.Option("--out", help="folder of the run; a run that was stopped goes on", show_default=False)],
        db: Annotated[Path | None, typer.Option("--db", help="folder of the index", show_default=".footnote")] = None,
        no_llm: Annotated[bool, typer.Option("--no-llm", help="answer with extracts only")] = False,
        fresh: Annotated[bool, typer.Option("--fresh", help="forget what the folder holds of an earlier run")] = False,
        broken: Annotated[str | None, typer.Option("--break", help=f"switch a part off on purpose: {', '.join(BREAKS)}")] = None,
    ) -> None:
        """Answer every case of a set; one line a case goes to OUT/predictions.jsonl, what it was made with to OUT/run.json."""
        from eval.cases.evalset import in_members, lost_quotes, read_cases, require_evidence
        from eval.record import describe_run
        from eval.run import run_cases

        if broken is not None and broken not in BREAKS:
            raise UsageError(f"--break must be one of {', '.join(BREAKS)}, got {broken!r}.")
        cases = read_cases(set_file)
        corpus = systems.corpus(db)
        require_evidence(cases, set_file)
        tell_lost(lost_quotes(in_members(cases, corpus), corpus.text_of), cases, corpus.db)
        system = systems.answerer(Path(corpus.db), no_llm=no_llm, broken=cast("Broken | None", broken))
        with progress_bar("answering") as step:
            record = run_cases(cases, system.ask, out, describe_run(set_file, corpus, system, broken), step, fresh=fresh)
        typer.echo(f"{len(cases)} cases, {record.failures} crashed, {record.seconds:.1f} s.")
        if record.failures == len(cases):
            raise EvalError(f"Every case crashed; see the errors in {out / 'predictions.jsonl'}.")
        for line in in_words(_score(systems, out, set_file, Path(corpus.db), judge=False).facts):
            typer.echo(line)
        typer.echo(f"Next: footnote eval score {out}")


def _add_score(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def score(
        run: RunDir,
        set_file: SetFile = None,
        db: Db = None,
        judge: Judge = False,
        second_judge: Annotated[
            bool, typer.Option("--second-judge", help="let the configured language model judge too, and show how far the two agree")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Print all metrics of a run, over all cases and by tag, with intervals."""
        from eval.report import tables
        from eval.score import as_json as to_json

        scores = _score(systems, run, set_file, db, judge or second_judge)
        agreed = _second_judge(systems, scores) if second_judge else None
        if as_json:
            typer.echo(json.dumps(to_json(scores) | {"second_judge": agreed and asdict(agreed)}, ensure_ascii=False, indent=2))
            return
        for table in (tables.metric_table(scores), tables.tag_table(scores), tables.latency_table(scores)):
            print_table(table)
        if agreed:
            print_table(tables.agreement_table(agreed))
        tell_lost(scores.lost, scores.cases, scores.record.corpus.db)
        for facts in scores.facts:
            if not facts.passed:
                typer.echo(f"{facts.id}: {'; '.join(facts.reasons)}")


def _second_judge(systems: Systems, scores: Scores) -> Agreement:
    from eval.metrics.facts import claim_evidence
    from eval.metrics.judge import agreement, ask_support

    complete = systems.second_judge()
    first: list[bool] = []
    second: list[bool | None] = []
    with progress_bar("second judge") as step:
        for done, facts in enumerate(scores.facts, start=1):
            answer = scores.predictions[facts.id].answer
            if answer is not None and facts.supported is not None:
                first += facts.supported
                second += [ask_support(complete, claim_evidence(answer, claim), claim.text) for claim in answer.claims]
            step(done, len(scores.facts))
    return agreement(first, second)


def _add_report(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def report(
        run: RunDir,
        out: Annotated[Path | None, typer.Option("--out", help="the page; RUN/report.html by default")] = None,
        markdown: Annotated[bool, typer.Option("--markdown", help="print Markdown instead of writing a page")] = False,
        set_file: SetFile = None,
        db: Db = None,
        judge: Judge = False,
    ) -> None:
        """Write a self-contained HTML page of a run: tables, plots, every failed case."""
        from eval.record import REPORT
        from eval.report.page import html_report, markdown_report

        scores = _score(systems, run, set_file, db, judge)
        if markdown:
            typer.echo(markdown_report(scores))
            return
        page = out or run / REPORT
        page.write_text(html_report(scores), encoding="utf-8")
        typer.echo(f"Wrote {page}.")


def _add_compare(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def compare(
        a: Annotated[Path, typer.Argument(help="folder of the run before", show_default=False)],
        b: Annotated[Path, typer.Argument(help="folder of the run after", show_default=False)],
        set_file: SetFile = None,
        db: Db = None,
        judge: Judge = False,
        as_json: Json = False,
    ) -> None:
        """Show what changed from run A to run B: paired differences, and the cases gained and lost side by side."""
        from eval import compare as comparing
        from eval.report.tables import Table

        found = comparing.compare_runs(_score(systems, a, set_file, db, judge), _score(systems, b, set_file, db, judge))
        if as_json:
            typer.echo(json.dumps(comparing.as_json(found), ensure_ascii=False, indent=2))
            return
        print_table(comparing.difference_table(found))
        for title, changes in (("Gained", found.gained), ("Lost", found.lost), ("Fails otherwise", found.other)):
            rows = [
                (f"{c.case.id}: {c.case.question}", comparing.side_text(c.a, c.facts_a), comparing.side_text(c.b, c.facts_b))
                for c in changes
            ]
            if rows:
                print_table(Table(f"{title} ({len(rows)})", ("case", "A", "B"), tuple(rows)), prose=True)


def _add_gate(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def gate(
        run: RunDir,
        baseline: Annotated[Path | None, typer.Option("--baseline", help="the floors; eval/baseline.json by default")] = None,
        allow_regression: Annotated[bool, typer.Option("--allow-regression", help="lower floors to this run, or write first ones")] = False,
        set_file: SetFile = None,
        db: Db = None,
    ) -> None:
        """Fail when a metric of a run is below its floor by more than the noise; raise floors that it passes (not in CI)."""
        from eval import gate as gating
        from eval.baseline import BASELINE, read_baseline, write_baseline

        path = baseline or BASELINE
        scores = _score(systems, run, set_file, db, judge=True)
        before = read_baseline(path)
        rows = gating.check(scores, before, allow_regression=allow_regression)
        print_table(gating.gate_table(rows))
        if not gating.passes(rows):
            wrong = ", ".join(row.name for row in rows if row.status in ("failed", "not measured"))
            raise EvalError(f"The gate is shut: {wrong}. See 'footnote eval report {run}'; --allow-regression lowers the floors.")
        after = gating.updated(before, scores, rows)
        if after != before and (allow_regression or not os.environ.get("CI")):
            write_baseline(path, after)
            typer.echo(f"Moved floors in {path}.")


def _score(systems: Systems, run: Path, set_file: Path | None, db: Path | None, judge: bool) -> Scores:
    from eval.score import score_run

    return score_run(run, systems.corpus, set_path=set_file, db=db, open_judge=systems.judge if judge else None)

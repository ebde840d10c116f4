"""`footnote eval ...`: the commands of the evaluation. The product comes in as `Systems`; heavy parts load when called."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import EvalError, UsageError

if TYPE_CHECKING:
    from eval.schema import Systems
    from eval.score import Scores
    from eval.tables import Table

BREAKS = ("no-verify", "shuffle-citations", "no-rerank", "no-abstain")

RunDir = Annotated[Path, typer.Argument(help="folder of a run", show_default=False)]
SetFile = Annotated[Path | None, typer.Option("--set", help="the eval set, when it is not where the run found it")]
Db = Annotated[Path | None, typer.Option("--db", help="the index, when it is not where the run found it")]
Judge = Annotated[bool, typer.Option("--judge", help="judge support of claims with the built-in verifier (loads its model)")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer, systems: Systems) -> None:
    """Add the group `eval` to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Measure answers offline: run, score, report, compare, gate, grounding, retrieval.")
    _add_run(group, systems)
    _add_score(group, systems)
    app.add_typer(group, name="eval")


def _add_run(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def run(
        set_file: Annotated[Path, typer.Option("--set", help="eval set, JSON Lines", show_default=False)],
        out: Annotated[Path, typer.Option("--out", help="folder of the run; a run that was stopped goes on", show_default=False)],
        db: Annotated[Path, typer.Option("--db", help="folder of the index")] = Path(".footnote"),
        no_llm: Annotated[bool, typer.Option("--no-llm", help="answer with extracts only")] = False,
        fresh: Annotated[bool, typer.Option("--fresh", help="forget what the folder holds of an earlier run")] = False,
        broken: Annotated[str | None, typer.Option("--break", help=f"switch a part off on purpose: {', '.join(BREAKS)}")] = None,
    ) -> None:
        """Answer every case of a set; one line a case goes to OUT/predictions.jsonl, what it was made with to OUT/run.json."""
        from eval.evalset import read_cases, require_valid
        from eval.record import describe_run
        from eval.run import run_cases

        if broken is not None and broken not in BREAKS:
            raise UsageError(f"--break must be one of {', '.join(BREAKS)}, got {broken!r}.")
        cases = read_cases(set_file)
        corpus = systems.corpus(db)
        require_valid(cases, corpus.db, corpus.text_of)
        system = systems.answerer(db, no_llm=no_llm, broken=broken)
        with _progress("answering") as step:
            record = run_cases(cases, system.ask, out, describe_run(set_file, corpus, system, broken), step, fresh=fresh)
        typer.echo(f"{len(cases)} cases, {record.failures} crashed, {record.seconds:.1f} s. Next: footnote eval score {out}")
        if record.failures == len(cases):
            raise EvalError(f"Every case crashed; see the errors in {out / 'predictions.jsonl'}.")


def _add_score(group: typer.Typer, systems: Systems) -> None:
    @group.command()
    def score(run: RunDir, set_file: SetFile = None, db: Db = None, judge: Judge = False, as_json: Json = False) -> None:
        """Print all metrics of a run, over all cases and by tag, with intervals."""
        from eval import tables
        from eval.score import as_json as to_json

        scores = _score(systems, run, set_file, db, judge)
        if as_json:
            typer.echo(json.dumps(to_json(scores), ensure_ascii=False, indent=2))
            return
        for table in (tables.metric_table(scores), tables.tag_table(scores), tables.latency_table(scores)):
            _print(table)
        for facts in scores.facts:
            if not facts.passed:
                typer.echo(f"{facts.id}: {'; '.join(facts.reasons)}")


def _score(systems: Systems, run: Path, set_file: Path | None, db: Path | None, judge: bool) -> Scores:
    from eval.score import score_run

    return score_run(run, systems.corpus, set_path=set_file, db=db, open_judge=systems.judge if judge else None)


def _print(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(title=table.title, caption=table.note or None, box=box.SIMPLE, title_justify="left", caption_justify="left")
    for i, name in enumerate(table.head):
        grid.add_column(name, overflow="fold", no_wrap=i == 0, justify="left" if i == 0 else "right")
    for row in table.rows:
        grid.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    console.print(grid, width=None if console.is_terminal else 110)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with the time left on standard error; plain lines now and then where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("left"))
    began, last = time.monotonic(), time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)

        def step(done: int, total: int) -> None:
            nonlocal last
            bar.update(task, completed=done, total=total)
            if not console.is_terminal and time.monotonic() - last > 20:
                last = time.monotonic()
                left = (last - began) / max(done, 1) * (total - done)
                console.print(f"{label}: {done} of {total}, about {left:.0f} s left", highlight=False)

        yield step

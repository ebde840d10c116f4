"""Tables and progress of the evaluation on a terminal, or plainly where there is none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from eval.cases.evalset import Problem
    from eval.report.tables import Table
    from eval.schema import Case

SHOWN_LOST = 20  # lost quotes named on the screen; the report names all


def print_table(table: Table, *, prose: bool = False) -> None:
    """Print a table; with `prose` its columns are sentences, set left, with a rule between the rows."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(
        title=table.title, caption=table.note or None, box=box.SIMPLE, title_justify="left", caption_justify="left", show_lines=prose
    )
    for i, name in enumerate(table.head):
        left = prose or i == 0
        grid.add_column(name, overflow="fold", no_wrap=not left, justify="left" if left else "right", ratio=1 if prose else None)
    for row in table.rows:
        grid.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    console.print(grid)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
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


def tell_lost(lost: Sequence[Problem], cases: Sequence[Case], corpus_name: str, *, err: bool = False) -> None:
    """Name evidence quotes that the documents do not hold (with `err` on standard error); nothing when there are none."""
    from eval.cases.evalset import count_quotes, lost_line

    if not lost:
        return
    typer.echo(lost_line(lost, count_quotes(cases), corpus_name), err=err)
    for problem in lost[:SHOWN_LOST]:
        typer.echo(f"  {problem}", err=err)
    if len(lost) > SHOWN_LOST:
        typer.echo(f"  ... and {len(lost) - SHOWN_LOST} more; 'footnote eval report' names them all.", err=err)

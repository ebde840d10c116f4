"""`python -m tests.growth`: how the time and memory of reading a file grow with its size, for inputs that invite more.

Each input is made here, in a size and in twice that size, and loaded in a process of its own; the least processor time of a few runs
counts. Twice the size should cost at most `MOST` times the time. Knows nothing of the index: what is measured is the loader and the cut
into units.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import typer

MOST = 2.3
_SENTENCE = "The ferry to Holm leaves at 7:30 and carries twelve cars, number {}. "


def line(size: int) -> str:
    """One line of `size` characters."""
    return "".join(_SENTENCE.format(n) for n in range(size // 60))[:size]


def nested(size: int) -> str:
    """`size` elements, each inside the one before, with a word in each."""
    return "<html><body>" + "".join(f"<div>w{n}" for n in range(size)) + "</div>" * size


def table(size: int) -> str:
    """A table of `size` rows and six columns."""
    head = "<tr>" + "".join(f"<th>Column {c}</th>" for c in range(6)) + "</tr>"
    rows = "".join("<tr>" + "".join(f"<td>value {r} {c}</td>" for c in range(6)) + "</tr>" for r in range(size))
    return f"<html><body><h1>Rows</h1><table>{head}{rows}</table></body></html>"


def csv_table(size: int) -> str:
    """The same as CSV: each row is a document."""
    return "title,place,boat,seats\n" + "".join(f"Trip {n},Holm,Heron {n},{n % 9}\n" for n in range(size))


INPUTS: dict[str, tuple[str, int, Callable[[int], str]]] = {
    "one line of text, characters": (".txt", 400_000, line),
    "elements inside each other": (".html", 100_000, nested),
    "rows of a web page's table": (".html", 20_000, table),
    "rows of a CSV file": (".csv", 20_000, csv_table),
}


def measure(path: Path) -> tuple[float, float]:
    """Seconds of processor and peak megabytes of a new process that loads the file and finds its units; importing is not counted."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_load, args=(str(path), answers))
    process.start()
    found: tuple[float, float] = answers.get(timeout=600)
    process.join()
    return found


def _load(path: str, answers: multiprocessing.Queue[tuple[float, float]]) -> None:
    from index.formats.load import load_file
    from index.structure.units import units_of

    warm = Path(path).with_name("warm.txt")
    warm.write_text("A first file, so that what is loaded once is loaded.", encoding="utf-8")
    load_file(warm, warm.name, max_bytes=10**9)
    before = time.process_time()
    for document in load_file(Path(path), Path(path).name, max_bytes=10**9):
        units_of(document)
    answers.put((time.process_time() - before, _most_megabytes()))


def _most_megabytes() -> float:
    """The most memory of this process so far. Not by getrusage: its figure is inherited from the process that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1000


def main(
    scale: float = typer.Option(1.0, help="share of the usual sizes"),
    runs: int = typer.Option(3, min=1, help="of which the quickest counts"),
    as_json: bool = typer.Option(False, "--json", help="print JSON"),
) -> None:
    """Print seconds and megabytes for each input in its size and in twice its size; exit 1 when one grows faster than it may."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="footnote-growth-") as folder:
        for name, (ending, usual, make) in INPUTS.items():
            size = max(1, int(usual * scale))
            cost = []
            for number in (size, 2 * size):
                path = Path(folder) / f"input{ending}"
                path.write_text(make(number), encoding="utf-8")
                cost.append(min(measure(path) for _ in range(runs)))
            (one, small), (two, large) = cost
            rows.append({"input": name, "size": size, "seconds": one, "twice": two, "ratio": two / one, "mb": small, "mb_twice": large})
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        typer.echo("| input | size | seconds | twice the size | times | MB | twice the size |\n|---|---|---|---|---|---|---|")
        for r in rows:
            numbers = f"{r['seconds']:.2f} | {r['twice']:.2f} | {r['ratio']:.2f} | {r['mb']:.0f} | {r['mb_twice']:.0f}"
            typer.echo(f"| {r['input']} | {r['size']:,} | {numbers} |")
    raise typer.Exit(any(float(str(r["ratio"])) > MOST for r in rows))


if __name__ == "__main__":
    typer.run(main)

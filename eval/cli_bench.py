"""`footnote eval grounding` and `footnote eval retrieval`: the parts of the product against public data sets."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import UsageError

if TYPE_CHECKING:
    from eval.metrics.grounding import JudgeScores
    from eval.metrics.retrieval import RetrievalScores
    from eval.report.tables import Table
    from eval.schema import Run, RunQueries, SupportJudge, Systems

Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def add_bench(group: typer.Typer, systems: Systems) -> None:
    """Add the two commands to the group `eval`."""

    @group.command()
    def grounding(
        pairs_file: Annotated[
            Path, typer.Argument(metavar="PAIRS", help="JSON Lines (.gz too): source, evidence, claim, label", show_default=False)
        ],
        limit: Annotated[int | None, typer.Option("--limit", min=2, help="take this many pairs, drawn with a fixed seed")] = None,
        record: Annotated[bool, typer.Option("--record", help="keep the result in eval/baseline.json, for 'eval score' to show")] = False,
        as_json: Json = False,
    ) -> None:
        """Measure the judges of support: AUC, and accuracy at their shipped thresholds, by source."""
        from eval.metrics.grounding import by_source, judge_scores, read_pairs
        from eval.report.terminal import print_table, progress_bar

        pairs = read_pairs(pairs_file, limit)
        found = []
        for judge in systems.graders():
            with progress_bar(f"judging by {judge.name}") as step:
                rows = by_source(pairs, judge_scores(pairs, judge, step), judge.threshold)
            if record:
                _record(rows[0], judge, pairs_file)
            if not as_json:
                print_table(_judge_table(rows, judge.name, judge.threshold))
            found.append({"judge": judge.name, "threshold": judge.threshold, "sources": [asdict(row) for row in rows]})
        if as_json:
            typer.echo(json.dumps({"judges": found}, indent=2))

    @group.command()
    def retrieval(
        data: Annotated[Path, typer.Argument(help="BEIR folder (corpus, queries, qrels), or an eval set with --db", show_default=False)],
        split: Annotated[str, typer.Option("--split", help="which qrels of a BEIR folder")] = "test",
        db: Annotated[Path | None, typer.Option("--db", help="the index, when DATA is an eval set")] = None,
        chunked: Annotated[
            bool,
            typer.Option(
                "--chunked", help="cut a BEIR folder's documents as files are cut; else each is one unit, as published figures are made"
            ),
        ] = False,
        limit: Annotated[int | None, typer.Option("--limit", min=1, help="measure only the first so many queries")] = None,
        as_json: Json = False,
    ) -> None:
        """Measure BM25, dense, fused and reranked ranking through the product's own index and retriever."""
        from eval.report.terminal import print_table

        if data.is_dir():
            found, label = _measure_beir(systems, data, split, limit, chunked), f"{data.name}, split {split}"
        elif db is None:
            raise UsageError(f"{data} is no folder: with an eval set give the index too (--db DIR).")
        else:
            found, label = _measure_set(systems, data, db, limit), data.name
        if as_json:
            means = {
                name: {m: asdict(v) for m, v in {**scores.means, **scores.vital}.items()} | {"missed": scores.missed}
                for name, scores in found.items()
            }
            typer.echo(json.dumps({"data": str(data), "split": split, "systems": means}, indent=2))
            return
        print_table(_retrieval_table(found, label))


def _record(row: JudgeScores, judge: SupportJudge, path: Path) -> None:
    from eval.baseline import BASELINE, JudgeBaseline, read_baseline, write_baseline
    from eval.cases.evalset import set_hash

    if row.auc is None or row.balanced_accuracy is None:
        raise UsageError(f"{path} holds only one label: there is nothing to record.")
    found = JudgeBaseline(
        threshold=judge.threshold,
        auc=round(row.auc, 4),
        balanced_accuracy=round(row.balanced_accuracy, 4),
        pairs=row.n,
        data=path.name,
        data_sha256=set_hash(path),
    )
    before = read_baseline(BASELINE)
    write_baseline(BASELINE, before.model_copy(update={"judges": {**before.judges, judge.name: found}}))
    typer.echo(f"Recorded in {BASELINE}.", err=True)


def _measure_beir(systems: Systems, folder: Path, split: str, limit: int | None, chunked: bool) -> dict[str, RetrievalScores]:
    from eval.cases.beir import read_beir
    from eval.metrics.retrieval import DEPTH, measure_run
    from eval.report.terminal import progress_bar

    data = read_beir(folder, split)
    queries = dict(list(data.queries.items())[:limit])
    qrels = {query: data.qrels[query] for query in queries}
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as work, ExitStack() as stack:
        with progress_bar("indexing") as step:
            rankers = stack.enter_context(systems.retrievers(data.documents, Path(work), step, depth=DEPTH, chunked=chunked))
        return {name: measure_run(qrels, _rank_all(name, rank, queries)) for name, rank in rankers.items()}


def _measure_set(systems: Systems, set_path: Path, db: Path, limit: int | None) -> dict[str, RetrievalScores]:
    from eval.cases.evalset import in_members, lost_quotes, read_cases, require_evidence
    from eval.metrics.retrieval import measure_run, spans_as_run, vital_found, vital_scores
    from eval.report.terminal import progress_bar, tell_lost

    cases = read_cases(set_path)
    corpus = systems.corpus(db)
    require_evidence(cases, set_path)
    cases = in_members(cases, corpus)
    tell_lost(lost_quotes(cases, corpus.text_of), cases, corpus.db, err=True)
    answerable = [case for case in cases if case.answerable][:limit]
    found = {}
    for name, passages in systems.passages(db).items():
        qrels, run, vital = {}, {}, []
        with progress_bar(name) as step:
            for done, case in enumerate(answerable, start=1):
                best = passages(case)
                qrels[case.id], run[case.id] = spans_as_run(case, best, corpus.text_of)
                vital.append(vital_found(case, best, corpus.text_of))
                step(done, len(answerable))
        found[name] = replace(measure_run(qrels, run), vital=vital_scores(vital))
    return found


def _rank_all(name: str, rank: RunQueries, queries: Mapping[str, str]) -> Run:
    """One query at a time, as the product is asked, so that the bar moves."""
    from eval.report.terminal import progress_bar

    run: Run = {}
    with progress_bar(name) as step:
        for done, (query, text) in enumerate(queries.items(), start=1):
            run.update(rank({query: text}))
            step(done, len(queries))
    return run


def _judge_table(rows: list[JudgeScores], judge: str, threshold: float) -> Table:
    from eval.report.tables import NOT_MEASURED, Table

    def show(value: float | None, interval: tuple[float, float] | None = None) -> str:
        if value is None:
            return NOT_MEASURED
        return f"{value:.3f}" + (f" ({interval[0]:.3f}-{interval[1]:.3f})" if interval else "")

    cells = tuple(
        (
            row.source,
            f"{row.n} ({row.supported})",
            show(row.auc, row.auc_interval),
            show(row.balanced_accuracy, row.balanced_interval),
            show(row.precision),
            show(row.recall),
            show(row.specificity),
        )
        for row in rows
    )
    head = ("source", "pairs (supp.)", "AUC", "balanced acc.", "precision", "recall", "specificity")
    return Table(
        "Judge of support", head, cells, f"{judge}, threshold {threshold:g}; 95 % bootstrap intervals; precision and recall of 'supported'"
    )


def _retrieval_table(found: Mapping[str, RetrievalScores], label: str) -> Table:
    from eval.metrics.retrieval import MEASURES, TITLES
    from eval.report.tables import Table

    vital = next(iter(found.values())).vital if found else {}
    rows = []
    for name, scores in found.items():
        values = [*(scores.means[m] for m in MEASURES), *scores.vital.values()]
        rows.append((name, *(f"{value.value:.3f}\n({value.low:.3f}-{value.high:.3f})" for value in values), str(scores.missed)))
    n = next(iter(found.values())).means[MEASURES[0]].n if found else 0
    note = f"{label}: means over {n} queries with 95 % bootstrap intervals; a query without a ranking counts 0"
    return Table("Retrieval", ("system", *(TITLES[m] for m in MEASURES), *vital, "missed"), tuple(rows), note)

"""Sweep the constants of sentence selection: `python -m eval.bench.cli_select_sweep SET.jsonl DB [SET.jsonl DB ...]`.

Every case's sentences are scored once by the product; then each constant of `qa.select` is varied alone around its present
value, and the mean of the cases' scores is printed (recall of vital nuggets times precision of quotes; 1 for a refusal that is
due). The sets are development sets, so the figures say which constants are sound, not how good the product is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.matching import find_quote, overlap, says_all
from eval.schema import Case
from index.config import load_settings
from index.offline import go_offline
from qa import evidence_model
from qa import select as selection
from qa.answer import Engine, open_engine
from qa.candidates import Candidate, candidates
from qa.config import Settings
from qa.evidence import score
from qa.extract import quote_span, said_span
from qa.followup import standalone
from qa.query import Query, analyse
from qa.reading import resolved
from qa.rephrase import plain_questions
from qa.schema import Turn
from qa.times import Window

GRID: dict[str, Sequence[float]] = {
    "ANSWER_FLOOR": (0.46, 0.5, 0.52, 0.54, 0.56, 0.58, 0.62),
    "MORE_FLOOR": (0.2, 0.25, 0.3, 0.33, 0.36, 0.4, 0.45),
    "TRIED_LESS": (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
    "DATE_LESS": (1.0, 2.0, 3.0, 4.0, 6.0),
    "LIST_FLOOR": (0.3, 0.4, 0.5, 0.6, 0.7),
    "OTHER_RANK": (0.15, 0.2, 0.25, 0.3, 0.35),
    "NEARLY": (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1),
    "SOME_WORDS": (0.0, 0.1, 0.2, 0.3, 0.4),
    "STATE_NEAR": (0, 40, 80, 120),
    "ITEM_LOGIT": (3.0, 3.5, 4.0, 4.5, 5.0, 5.5),
    "ITEM_COVER": (0.0, 0.25, 0.34, 0.5, 0.67),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """One case with the scored sentences and the copy clusters of each of its plain questions."""

    case: Case
    readings: tuple[tuple[Query, list[Candidate], dict[str, int]], ...]


def scored_cases(path: Path, engine: Engine) -> Iterator[Scored]:
    """Every case of a set, its sentences scored as the product scores them."""
    for line in path.read_text(encoding="utf-8").splitlines():
        case = Case.model_validate_json(line)
        whole = standalone(case.question, [Turn(t.question, t.answer) for t in case.history or []])
        readings = []
        for text in resolved(plain_questions(whole)):
            query = analyse(text)
            passages = engine.passages(query, Window())
            documents = {p.source: engine.document(p.source) for p in passages}
            found = score(query, candidates(passages, documents), engine.reranker)
            readings.append((query, found, dict(engine.catalog.clusters(list(documents)))))
        yield Scored(case, tuple(readings))


def value(scored: Scored) -> float:
    """The case's score with the present constants, 0..1."""
    chosen = [c for query, found, clusters in scored.readings for c in selection.select(query, found, clusters)]
    case = scored.case
    if not case.answerable:
        return float(not chosen)
    shown = [c.candidate for c in chosen] + [t for c in chosen for t in c.twins]
    text = "\n".join(c.document.text[slice(*said_span(c))] for c in shown)
    vital = [n for n in case.nuggets if n.vital]
    recall = sum(says_all(text, n.match) for n in vital) / max(1, len(vital))
    right = sum(_on_nugget(case, c) for c in shown)
    return recall * right / len(shown) if shown else 0.0


def _on_nugget(case: Case, candidate: Candidate) -> bool:
    evidence = [e for n in case.nuggets for e in n.evidence if e.source == candidate.source]
    return any(overlap(quote_span(candidate), span) for e in evidence for span in find_quote(candidate.document.text, e.quote))


def sweep(cases: Sequence[Scored]) -> dict[str, dict[float, float]]:
    """The mean score for each value of each constant, the others as they are."""
    table: dict[str, dict[float, float]] = {}
    for name, values in GRID.items():
        module: Any = home_of(name)
        present = getattr(module, name)
        table[name] = {}
        for tried in (*values, present):
            setattr(module, name, tried)
            if module is evidence_model:
                _weigh_items(cases)
            table[name][tried] = sum(map(value, cases)) / len(cases)
    return table


def home_of(name: str) -> Any:
    """The module that holds a constant."""
    return selection if hasattr(selection, name) else evidence_model


def _weigh_items(cases: Sequence[Scored]) -> None:
    for query, found, _ in (r for c in cases for r in c.readings if r[0].lists_names):
        for candidate in found:
            candidate.score = evidence_model.item_probability(query, candidate)
        found.sort(key=lambda c: (-c.score, c.passage_rank, c.source, c.start))


def main() -> None:
    """Score all cases, print one line a constant, and a JSON object of everything at the end."""
    go_offline()
    cases: list[Scored] = []
    for path, db in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        engine = open_engine(load_settings(Settings, {"store": {"path": Path(db)}}))
        cases += scored_cases(Path(path), engine)
    table = sweep(cases)
    for name, row in table.items():
        print(f"{name} (now {getattr(home_of(name), name)}): " + ", ".join(f"{v:g}: {mean:.4f}" for v, mean in row.items()))
    print(json.dumps(table))


if __name__ == "__main__":
    main()

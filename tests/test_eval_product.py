"""The real product, whole and broken on purpose: the evaluation must see each break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.baseline import Baseline
from eval.breaks import shuffled
from eval.cases.evalset import read_cases
from eval.compare import compare_runs
from eval.gate import check, passes, updated
from eval.record import describe_run
from eval.run import run_cases
from eval.schema import BeirDocument, SystemUnderTest
from eval.score import Scores, score_run
from index.config import load_settings
from index.models.protocol import Embedder
from index.sync.build import build
from qa.check.verify import Item, Verdict
from qa.commands import cli_eval
from qa.config import Settings
from qa.engine import Engine, open_engine
from qa.llm.client import Message
from qa.read.protocol import Finding, Readable, Reading, evidence_units
from qa.schema import Answer, Turn

pytestmark = [pytest.mark.models, pytest.mark.slow]

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "kazakhstan-korea"
IDS = ["kk-016", "kk-038", "kk-040", "kk-045", "kk-064", "kk-070", "kk-083", "kk-084", "kk-085", "kk-086", "kk-106"]
UNANSWERABLE = {"kk-083", "kk-084", "kk-085", "kk-086", "kk-106"}


class CarelessWriter:
    """A language model that makes figures up, citing the first passage."""

    name = "careless"

    def write(self, prompt_messages: Sequence[Message], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        return "The plant costs 777 million dollars and employs 9,999 people. [1]"


class MisreadingWriter:
    """Says what the first passage says with other figures: to the point, and false."""

    name = "misreading"

    def write(self, prompt_messages: Sequence[Message], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        first = prompt_messages[-1].content.split("[1] ", 1)[-1].split("\n\n")[0]
        lines = [line.strip() for line in first.splitlines()[1:] if any(c.isdigit() for c in line)]
        return "\n".join(f"{re.sub(r'[0-9]', lambda d: str((int(d[0]) + 1) % 10), line).rstrip('.')}. [1]" for line in lines)


class BlindReader:
    """What is left when the reader is taken out: every unit of the passages is as good as any other."""

    def read(self, question: str, passages: Sequence[Readable]) -> Reading:
        found = [Finding(n, unit, 0.9, 0.9) for n, passage in enumerate(passages) for unit in evidence_units(passage)]
        return Reading(tuple(passages), tuple(found))


class Bench:
    """One engine and one set; each run sees another state of the engine."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine, self.db = folder, engine, folder / "db"
        self.set_path = folder / "set.jsonl"
        cases = [case for case in read_cases(ROOT / "eval" / "sets" / "kazakhstan-korea.jsonl") if case.id in IDS]
        self.set_path.write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
        self.cases = cases

    def run(self, name: str, *, shuffle: bool = False, **state: Any) -> Scores:
        engine = Engine(replace(self.engine.loaded, **state))

        def ask(case: Any) -> Answer:
            answer = engine.ask(case.question, history=[Turn(turn.question, turn.answer) for turn in case.history])
            return shuffled(answer) if shuffle else answer

        corpus = cli_eval.corpus(self.db)
        record = describe_run(self.set_path, corpus, SystemUnderTest(ask, {"state": name}, []), None)
        run_cases(self.cases, ask, self.folder / name, record)
        return score_run(self.folder / name, cli_eval.corpus, open_judge=cli_eval.judge)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("product")
    settings = load_settings(Settings, {"store": {"path": folder / "db"}})
    build([EXAMPLES], settings)
    engine = open_engine(settings)
    yield Bench(folder, engine)
    engine.close()


@pytest.fixture(scope="module")
def sound(bench: Bench) -> Scores:
    return bench.run("sound")


def breaks(sound: Scores, broken: Scores) -> tuple[set[str], set[str]]:
    """Names of the metrics at which the gate fails, and of the cases that compare calls lost."""
    floors = updated(Baseline(), sound, check(sound, Baseline(), allow_regression=True))
    assert passes(check(sound, floors, allow_regression=False))
    rows = check(broken, floors, allow_regression=False)
    lost = {change.case.id for change in compare_runs(sound, broken).lost}
    return {row.name for row in rows if row.status == "failed"}, lost


def test_the_sound_product_answers_and_refuses(sound: Scores) -> None:
    wrong = [(facts.id, facts.reasons) for facts in sound.facts if not facts.passed]
    assert len(wrong) <= 2, wrong
    for name in ("quote_exactness", "groundedness"):
        estimate = sound.overall[name]
        assert estimate is not None and estimate.value == 1, name


def test_verification_keeps_a_careless_writer_harmless(bench: Bench, sound: Scores) -> None:
    failed, lost = breaks(sound, bench.run("careless", writer=CarelessWriter()))
    assert (failed, lost) == (set(), set())


def test_verification_switched_off_is_seen(bench: Bench, sound: Scores, monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(loaded: object, items: Sequence[Item]) -> list[Verdict]:
        return [Verdict("supported", 1.0, "believed") for _ in items]

    monkeypatch.setattr("qa.loaded.Loaded.verdicts", believe)
    failed, lost = breaks(sound, bench.run("no-verify", writer=MisreadingWriter()))
    assert "groundedness" in failed
    assert lost


def test_shuffled_citations_are_seen(bench: Bench, sound: Scores) -> None:
    failed, lost = breaks(sound, bench.run("shuffled", shuffle=True))
    assert failed & {"quote_exactness", "groundedness"}
    assert lost and not lost & UNANSWERABLE


def test_a_removed_reader_is_seen(bench: Bench, sound: Scores) -> None:
    failed, lost = breaks(sound, bench.run("no-reader", reader=BlindReader()))
    assert failed & {"passed", "vital_recall", "rejection"}
    assert lost


def test_abstention_switched_off_is_seen(bench: Bench, sound: Scores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.read.choose.MORE", 0.0)  # what lies below it is shown beside nothing, so not as the best either
    failed, lost = breaks(sound, bench.run("no-abstain", floor=0.0))
    assert failed & {"rejection", "passed", "crag"}
    assert lost & UNANSWERABLE


def test_the_same_run_twice_gives_the_same_predictions(bench: Bench, sound: Scores) -> None:
    found = compare_runs(sound, bench.run("twice"))
    assert found.identical == found.n == len(IDS)


def test_rankings_go_through_the_products_own_index(tmp_path: Path, embedder: Embedder) -> None:
    documents = [
        BeirDocument("d1", "Bees", "Honey bees make honey from nectar."),
        BeirDocument("d2", "", "A volcano in Iceland erupted."),
        BeirDocument("d3", "Cats", "The cat sleeps on a warm roof."),
    ]
    for chunked in (False, True):
        work = tmp_path / str(chunked)
        work.mkdir()
        with cli_eval.retrievers(documents, work, lambda done, total: None, depth=2, chunked=chunked) as rankers:
            assert list(rankers) == ["bm25", "dense", "fused", "reranked"]
            for name, rank in rankers.items():
                ranked = rank({"q1": "how do bees make honey", "q2": "xylophone"})
                assert max(ranked["q1"], key=lambda doc: ranked["q1"][doc]) == "d1", name
                assert all(len(docs) <= 2 for docs in ranked.values())
            assert rankers["bm25"]({"q2": "xylophone"}) == {"q2": {}}


def test_passages_of_an_index_are_ranked_for_an_eval_set(bench: Bench) -> None:
    from eval.metrics.retrieval import measure_run, spans_as_run

    corpus = cli_eval.corpus(bench.db)
    case = next(case for case in bench.cases if case.id == "kk-038")
    for name, find in cli_eval.passages(bench.db).items():
        qrels, run = spans_as_run(case, find(case), corpus.text_of)
        assert measure_run({"c": qrels}, {"c": run}).means["Success@5"].value == 1, name

"""The peers' bench: its driver with small stand-in runners, what it refuses, its table, and the README against the result file."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.bench.peers import process as peer_process
from eval.bench.peers import run as peers
from eval.bench.peers.data import questions_about, read_articles, read_judged, write_corpus
from eval.bench.peers.envs import LOCKS, make_environment, uv_settings
from eval.bench.peers.process import Job, run_job
from eval.bench.peers.results import COMMITTED, OURS, Results, Row, put_into, read_results, render, write_results
from eval.bench.peers.task import WARM_UP, ask, read_texts
from index.errors import EvalError

ROOT = Path(__file__).parents[1]
# Ranks by words that the question and the document share: a system small enough to read.
RUNNER = """
import json, sys
sys.path.insert(0, {root!r})
from eval.bench.peers.task import run_task

class Words:
    def __init__(self, task):
        self.store, self.limit, self.texts = task.store, task.limit, []
    def add(self, texts, corpus):
        self.texts += texts
        (self.store / "sub").mkdir(exist_ok=True)
        (self.store / "sub" / corpus.name).write_bytes(b"x" * 1_500_000)
        return 2 * len(self.texts)
    def search(self, question):
        words = set(question.lower().split())
        order = sorted(self.texts, key=lambda row: -len(words & set(row[1].lower().split())))
        found = [id_ for id_, _ in order for _ in range(2)][: self.limit]
        return found[::-1] if "--backwards" in sys.argv else found

run_task(Words, ["numpy"], {{"words": "1.2"}})
"""
EXTENT = peers.Extent((4, 8), 3, (None, None), 60)


def runner(folder: Path, *options: str, code: str = RUNNER) -> Sequence[str]:
    path = folder / f"runner{len(list(folder.glob('runner*')))}.py"
    path.write_text(code.format(root=str(ROOT)), encoding="utf-8")
    return (sys.executable, str(path), *options)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in peers.WEIGHT_FILES:
        (folder / name).touch()
    return folder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    rows = [{"title": f'Title  <T{n}> number "{n}" of mine', "text": f"Text {n}."} for n in range(10)]
    rows.insert(1, {"title": "", "text": "without a title"})
    rows.insert(2, {"title": "Without a text", "text": " "})
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "beir"
    folder.mkdir()
    texts = ["iron ore from the north", "a harbour without ships", "wheat and maize", "snow in the mountains"]
    corpus = [{"_id": f"d{n}", "title": "", "text": text} for n, text in enumerate(texts)]
    queries = [{"_id": "q1", "text": "iron ore"}, {"_id": "q2", "text": "maize wheat"}]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td0\t1\nq2\td2\t1\n", encoding="utf-8")
    return folder


@pytest.fixture
def inputs(articles: Path, beir: Path, weights: Path) -> peers.Inputs:
    return peers.read_inputs(articles, beir, weights, EXTENT)


def job(command: Sequence[str], tmp_path: Path, timeout_s: float = 60) -> Job:
    write_corpus(tmp_path / "corpus.jsonl", [("", "iron ore"), ("Wheat", "and maize")])
    return Job(command, [tmp_path / "corpus.jsonl"], tmp_path, ["wheat"], 4, tmp_path / "job", timeout_s)


def test_a_run_measures_every_stage(inputs: peers.Inputs, tmp_path: Path) -> None:
    commands = {"Words": runner(tmp_path), "Words, backwards": runner(tmp_path, "--backwards")}
    found = peers.bench(inputs, EXTENT, tmp_path / "work", commands, short=True)
    assert not found.failed
    assert [row.name for row in found.rows] == ["Words 1.2", "Words 1.2, backwards"]
    for row in found.rows:
        assert [(s.documents, s.units, s.store_mb) for s in row.speeds] == [(4, 8, 1.5), (8, 16, 3.0)]
        assert 0 < row.speeds[0].index_s < row.speeds[1].index_s < row.process_s
        for speed in row.speeds:
            assert 0 < speed.median_ms <= speed.p95_ms
            assert 5 < speed.index_peak_mb <= speed.peak_mb
        assert (row.quality.queries, row.quality.documents) == (2, 4)
    assert found.rows[0].quality.ndcg == 1.0
    assert found.rows[1].quality.ndcg < 0.7
    assert not list((tmp_path / "work").rglob("store")), "stores are large: they go when they are measured"


def test_one_that_fails_is_told_and_the_others_go_on(inputs: peers.Inputs, tmp_path: Path) -> None:
    broken = runner(tmp_path, code="import sys; print('first'); sys.exit('no such model')")
    found = peers.bench(inputs, EXTENT, tmp_path / "work", {"Broken": broken, "Words": runner(tmp_path)}, short=True)
    assert [row.system for row in found.rows] == ["Words"]
    assert "exit code 1: no such model" in found.failed["Broken"]
    assert "Broken is missing: " in render(found)


def test_a_runner_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"took longer than 0 s"):
        run_job(job((sys.executable, "-c", "import time; time.sleep(60)"), tmp_path, timeout_s=0.2))


def test_a_runner_that_writes_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"exit code 0: it said nothing\. Its output: .*log\.txt"):
        run_job(job((sys.executable, "-c", "pass"), tmp_path))


def test_runners_are_offline_and_see_no_settings_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_MODELS__EMBEDDER", "another")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    code = "import json, os, sys; json.dump({'environ': dict(os.environ)}, open(sys.argv[2], 'w'))"
    environ = run_job(job((sys.executable, "-c", code), tmp_path))["environ"]
    assert environ.items() >= peer_process.OFFLINE.items()
    assert "FOOTNOTE_MODELS__EMBEDDER" not in environ
    assert "OMP_NUM_THREADS" not in environ
    assert environ["PYTHONPATH"] == str(ROOT)


def test_peak_memory_is_that_of_the_process(tmp_path: Path) -> None:
    code = "import sys; x = bytearray(300_000_000); open(sys.argv[2], 'w').write('{}')"
    # Linux counts what the parent held at the fork as the child's own peak.
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert 300 < run_job(job((sys.executable, "-c", code), tmp_path))["process_peak_mb"] < max(600, 1.1 * parent)


def test_questions_are_warmed_up_and_asked_one_by_one() -> None:
    asked: list[str] = []

    def search(question: str) -> list[str]:
        asked.append(question)
        return ["2", "1", "2"]

    questions = [f"q{n}" for n in range(WARM_UP + 2)]
    found = ask(search, questions)
    assert asked == questions[:WARM_UP] + questions
    assert found["found"] == [["2", "1"]] * len(questions)
    assert len(found["ms"]) == len(questions)


def test_documents_are_known_by_their_line_over_all_stages(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", [("One", "first\nline"), ("", "second")])
    assert read_texts(tmp_path / "c.jsonl", 7) == [("7", "One\n\nfirst\nline"), ("8", "second")]


def test_articles_without_title_or_text_are_passed_over(articles: Path) -> None:
    assert [title for title, _ in read_articles(articles, 2)] == ['Title <T0> number "0" of mine', 'Title <T1> number "1" of mine']
    with pytest.raises(EvalError, match=r"needs 11 articles .* has 10\. Give a longer file"):
        read_articles(articles, 11)


def test_questions_are_the_same_at_every_run_and_plain(articles: Path) -> None:
    texts = read_articles(articles, 10)
    questions = questions_about(texts, 6)
    assert questions == questions_about(texts, 6)
    assert len(set(questions)) == 6
    assert all(re.fullmatch(r"title number \d of mine", question) for question in questions)
    with pytest.raises(EvalError, match="needs 11 titles"):
        questions_about(texts, 11)


def test_a_part_of_the_judged_set_keeps_what_is_judged(beir: Path) -> None:
    part = read_judged(beir, 2, 1)
    assert part.ids == ("d0", "d1")
    assert list(part.queries) == ["q1"]
    assert read_judged(beir, None, None).ids == ("d0", "d1", "d2", "d3")


def test_a_folder_that_lacks_weights_is_refused(articles: Path, beir: Path, weights: Path) -> None:
    (weights / "tokenizer.json").unlink()
    with pytest.raises(EvalError, match=r"lacks tokenizer\.json\. Give --weights DIR"):
        peers.read_inputs(articles, beir, weights, EXTENT)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["none.jsonl", "beir"], "none.jsonl does not exist"),
        (["articles.jsonl", "beir"], "needs 500 articles"),
        (["--render", "articles.jsonl"], "must be a result of eval.bench.peers.run"),
    ],
)
def test_what_does_not_fit_is_refused_before_the_work(
    given: list[str],
    said: str,
    articles: Path,
    beir: Path,
    weights: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(articles.parent)
    monkeypatch.setattr(peers, "prepare", lambda only, work: pytest.fail("nothing is installed for a run that cannot be made"))
    assert peers.main([*given, "--short", "--weights", "weights"]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("Error: ")
    assert said in printed


def test_both_inputs_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        peers.main([])
    assert stop.value.code == 2
    assert "give ARTICLES and SCIFACT" in capsys.readouterr().err


def test_only_a_full_run_replaces_the_result_of_a_full_run(results: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "read_inputs", lambda *given: None)
    monkeypatch.setattr(peers, "prepare", lambda only, work: {})
    monkeypatch.setattr(peers, "bench", lambda inputs, extent, work, commands, short: results)
    for more in (["--short"], ["--only", "txtai"]):
        assert peers.main(["articles", "scifact", "--weights", "weights", "--work", str(tmp_path), *more]) == 0
        assert {path.name for path in tmp_path.glob("*.json")} == {"part.json"}
    assert peers.main(["articles", "scifact", "--weights", "weights", "--work", str(tmp_path)]) == 0
    assert read_results(tmp_path / "peers.json") == results


@pytest.mark.parametrize("name", sorted(peers.PEERS.values()))
def test_locks_are_pinned_without_cuda_and_with_our_torch(name: str) -> None:
    lines = [line for line in (LOCKS / f"{name}.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9._-]+==[^=\s]+( ;.*)?", line) for line in lines)
    assert not [line for line in lines if line.startswith(("nvidia", "triton", "cuda"))]
    ours = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("torch==")] == [line for line in ours if line.startswith("torch==")]


@pytest.mark.parametrize("name", sorted(peers.PEERS.values()))
def test_runners_import_nothing_but_their_peer_and_the_standard_library(name: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import eval.bench.peers.peer_{name}; "
        "print(*{n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"eval", "__main__"}


def test_an_environment_that_fits_its_lock_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def pretend(command: list[str], env: object) -> None:
        ran.append(command)
        if "venv" in command:
            (tmp_path / "txtai" / "bin").mkdir(parents=True)
            (tmp_path / "txtai" / "bin" / "python").touch()

    monkeypatch.setattr("eval.bench.peers.envs._run", pretend)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/uv")
    python = make_environment("txtai", tmp_path)
    assert python == tmp_path / "txtai" / "bin" / "python"
    assert [command[1] for command in ran] == ["venv", "pip"]
    assert make_environment("txtai", tmp_path) == python
    assert len(ran) == 2
    (tmp_path / "txtai" / "lock.sha256").write_text("of another lock", encoding="ascii")
    make_environment("txtai", tmp_path)
    assert len(ran) == 4


def test_an_environment_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/bin/false")
    with pytest.raises(EvalError, match=r"could not be made: .*Command: /bin/false venv"):
        make_environment("txtai", tmp_path)


def test_uv_learns_where_pip_finds_packages(tmp_path: Path) -> None:
    found = uv_settings(
        {"PIP_FIND_LINKS": "/a /b", "PIP_INDEX_URL": "https://one", "UV_INDEX": "kept", "PIP_EXTRA_INDEX_URL": "x"}, tmp_path
    )
    assert (found["UV_FIND_LINKS"], found["UV_DEFAULT_INDEX"], found["UV_INDEX"]) == ("/a,/b", "https://one", "kept")
    assert found["UV_CACHE_DIR"].startswith(str(tmp_path))
    assert found["UV_LINK_MODE"] == "copy"


@pytest.fixture
def results(inputs: peers.Inputs, tmp_path: Path) -> Results:
    """Two peers and ours, with figures that are easy to reckon with."""
    found = peers.bench(inputs, EXTENT, tmp_path / "work", {"Words": runner(tmp_path)}, short=False)
    row = found.rows[0]

    def like(system: str, rate: float, ms: float, ndcg: float) -> Row:
        speeds = tuple(s.model_copy(update={"index_s": s.documents / rate, "median_ms": ms, "p95_ms": 2 * ms}) for s in row.speeds)
        quality = row.quality.model_copy(update={"ndcg": ndcg})
        return row.model_copy(update={"system": system, "speeds": speeds, "quality": quality})

    rows = (
        like("footnote, without reranking", 90, 4, 0.72),
        like("footnote, with reranking", 90, 300, 0.73),
        like("Slow", 10, 8, 0.71),
        like("Quick", 30, 16, 0.65),
    )
    return found.model_copy(update={"rows": rows})


def test_the_table_says_what_the_file_says(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "new" / "peers.json"
    write_results(path, results)
    assert read_results(path) == results
    lines = render(read_results(path)).splitlines()
    assert lines[0].startswith("|  | documents a second (4 / 8) | MB on disk (4 / 8) |")
    assert lines[2].startswith("| footnote 1.2, without reranking | 90 / 90 | 2 / 3 |")
    assert lines[2].endswith("| 4.0 / 4.0 | 8.0 / 8.0 | .720 |")
    assert len({line.count("|") for line in lines[:6]}) == 1
    told = "\n".join(lines[7:])
    assert "3.0 times as fast as the fastest of the others (Quick)" in told
    assert "takes 0.50 of the time of the quickest's (Slow)" in told
    assert "+0.010 against the best of theirs (Slow)" in told
    assert results.machine.date in told


def test_the_table_goes_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- peers -->\nold\n<!-- /peers -->\nafter\n", encoding="utf-8")
    put_into(page, "| new |\n")
    put_into(page, "| newer |\n")
    assert page.read_text(encoding="utf-8") == "before\n<!-- peers -->\n\n| newer |\n\n<!-- /peers -->\nafter\n"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(EvalError, match="must have the marks"):
        put_into(page, "| new |\n")


def test_the_readme_shows_the_committed_result() -> None:
    if not COMMITTED.exists():
        pytest.skip("no full run has been committed yet")
    results = read_results(COMMITTED)
    assert not results.short, "figures of small corpora are not to be quoted"
    assert not results.failed
    assert {row.system for row in results.rows} == {*OURS, *peers.PEERS}
    assert [speed.documents for speed in results.rows[0].speeds] == list(peers.FULL.sizes)
    assert f"<!-- peers -->\n\n{render(results)}\n<!-- /peers -->" in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

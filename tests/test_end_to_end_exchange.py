"""Export and import by the command line, with the real models: answers before and after are the same."""

from __future__ import annotations

import json
from pathlib import Path

from tests.needs import requires_models
from tests.test_end_to_end import EXAMPLES, PLANTS, Run, run, told

__all__ = ["run"]
QUESTIONS = [PLANTS, "Who is the mayor of Reykjavik?"]


@requires_models
def test_a_round_trip_gives_the_same_answers(example_db: Path, run: Run, tmp_path: Path) -> None:
    out, back = tmp_path / "out", tmp_path / "back"
    done = json.loads(run("export", out, "--db", example_db, "--json").out)
    assert done["documents"] > 10 and done["chunks"] >= done["vectors"] > 40
    assert f"{done['documents']} documents" in run("import", out, "--db", back).out
    (tmp_path / "questions.jsonl").write_text("\n".join(json.dumps({"question": question}) for question in QUESTIONS))
    answers = []
    for db in (example_db, back):
        lines = run("ask", "--questions", tmp_path / "questions.jsonl", "--db", db, "--json").out.splitlines()
        answers.append([{key: value for key, value in json.loads(line).items() if key != "timings_ms"} for line in lines])
    assert answers[0] == answers[1]
    assert [answer["abstained"] for answer in answers[0]] == [False, True]
    report = json.loads(run("index", EXAMPLES, "--db", back, "--json").out)
    assert (report["new"], report["changed"], report["removed"], report["embedded"]) == (0, 0, 0, 0)
    assert report["same"] == done["documents"]


@requires_models
def test_what_does_not_fit_is_refused_in_a_line(example_db: Path, run: Run, tmp_path: Path) -> None:
    out, back = tmp_path / "out", tmp_path / "back"
    assert run("export", out, "--db", example_db).code == 0
    told(run("export", out, "--db", example_db), 2, "exists already")
    told(run("import", out, "--db", example_db), 2, "--overwrite")
    told(run("import", out, "--db", back, "--moved", "nonsense"), 2, "OLD=NEW")
    told(run("import", tmp_path / "nothing", "--db", back), 1, "manifest.json")
    (out / "chunks.parquet").write_bytes((out / "chunks.parquet").read_bytes()[:-1])
    told(run("import", out, "--db", back), 1, "chunks.parquet", "bytes instead of")
    assert not back.exists()

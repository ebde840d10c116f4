"""Reading eval sets: what is broken is named by file, line, field and rule."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.cases.evalset import count_quotes, in_members, lost_line, lost_quotes, read_cases, require_evidence, set_hash
from eval.schema import Corpus
from index.errors import EvalError
from tests.fakes import EVAL_TEXTS, eval_case

GOOD = {
    "id": "c1",
    "question": "Who?",
    "answerable": True,
    "nuggets": [{"text": "t", "match": [["a"]], "vital": True, "evidence": [{"source": "a.txt", "quote": "Hyundai"}]}],
}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    return path


def test_reads_cases_in_order_and_passes_over_blank_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", GOOD, "", {"id": "c2", "question": "What?", "answerable": False, "nuggets": [], "tags": ["x"]})
    assert [case.id for case in read_cases(path)] == ["c1", "c2"]


def test_a_gzipped_set_is_the_same_set(tmp_path: Path) -> None:
    plain = write(tmp_path / "set.jsonl", GOOD)
    packed = tmp_path / "set.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_cases(packed) == read_cases(plain)
    assert set_hash(packed) == set_hash(plain)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", ["line 2", "one JSON object"]),
        ("[1]", ["line 2", "list"]),
        ({**GOOD, "id": "c1"}, ["line 2", "'id'", "line 1"]),
        ({**GOOD, "id": ""}, ["line 2", "'id'"]),
        ({**GOOD, "id": "c2", "answerable": "yes"}, ["line 2", "'answerable'", "boolean"]),
        ({k: v for k, v in GOOD.items() if k != "question"}, ["line 2", "'question'", "required"]),
        ({**GOOD, "id": "c2", "nugets": []}, ["line 2", "'nugets'", "not permitted"]),
        ({**GOOD, "id": "c2", "nuggets": []}, ["line 2", "at least one nugget"]),
        ({**GOOD, "id": "c2", "answerable": False}, ["line 2", "no nuggets"]),
        ({**GOOD, "id": "c2", "nuggets": [{**GOOD["nuggets"][0], "match": [[]]}]}, ["line 2", "'nuggets.0.match.0'", "at least 1"]),
        ({**GOOD, "id": "c2", "nuggets": [{**GOOD["nuggets"][0], "vital": 1}]}, ["line 2", "'nuggets.0.vital'"]),
        ({**GOOD, "id": "c2", "conflict": ["37"]}, ["line 2", "'conflict'", "at least 2"]),
        ({"id": "c2", "question": "?", "answerable": False, "nuggets": [], "conflict": ["1", "2"]}, ["line 2", "no conflict"]),
        ({**GOOD, "id": "c2", "history": [{"question": "q"}]}, ["line 2", "'history.0.answer'"]),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: Any, named: list[str]) -> None:
    path = write(tmp_path / "set.jsonl", GOOD, line)
    with pytest.raises(EvalError) as caught:
        read_cases(path)
    for part in [str(path), *named]:
        assert part in str(caught.value)


def test_files_that_are_no_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="does not exist"):
        read_cases(tmp_path / "none.jsonl")
    with pytest.raises(EvalError, match="holds no case"):
        read_cases(write(tmp_path / "empty.jsonl", ""))
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xe9"}\n')
    with pytest.raises(EvalError, match="UTF-8"):
        read_cases(tmp_path / "latin.jsonl")
    (tmp_path / "bad.jsonl.gz").write_bytes(b"not gzip")
    with pytest.raises(EvalError, match="cannot be read"):
        read_cases(tmp_path / "bad.jsonl.gz")


def test_quotes_and_sources_are_held_against_the_corpus() -> None:
    fits = eval_case("fits")
    nugget = fits.nuggets[0].model_dump()
    gone = eval_case("gone", nuggets=[{**nugget, "evidence": [{"source": "a.txt", "quote": "Toyota opened a plant"}]}])
    unknown = eval_case("unknown", nuggets=[{**nugget, "evidence": [{"source": "z.txt", "quote": "x"}]}])
    cases = [fits, gone, unknown, eval_case("none", answerable=False)]
    lost = lost_quotes(cases, EVAL_TEXTS.get)
    assert [(p.case, p.field) for p in lost] == [("gone", "nuggets.0.evidence.0.quote"), ("unknown", "nuggets.0.evidence.0.source")]
    line = lost_line(lost, count_quotes(cases), "the-db")
    assert line.startswith(f"Lost content: 2 of {count_quotes(cases)} evidence quotes") and "the-db (cases gone, unknown)" in line
    assert lost_quotes([fits], EVAL_TEXTS.get) == []


def test_a_quote_in_an_attachment_of_the_named_mail_is_found_there() -> None:
    texts = {"m.eml": "The minutes are attached.", "m.eml#note.txt": "The drill is at 14:00.", "m.eml#b.txt": "The minutes are attached."}
    corpus = Corpus("db", "0", 3, texts.get, sorted(texts))
    quotes = [("m.eml", "The drill is at 14:00."), ("m.eml", "The minutes are attached."), ("m.eml", "At noon."), ("z.eml", "At noon.")]
    case = eval_case(
        "a", nuggets=[{"text": "x", "match": [["x"]], "vital": True, "evidence": [{"source": s, "quote": q}]} for s, q in quotes]
    )
    placed = in_members([case], corpus)
    assert [n.evidence[0].source for n in placed[0].nuggets] == ["m.eml#note.txt", "m.eml", "m.eml", "z.eml"]
    assert len(lost_quotes(placed, texts.get)) == 2


def test_a_nugget_without_a_quote_is_refused_by_name() -> None:
    nugget = eval_case("fits").nuggets[0].model_dump()
    require_evidence([eval_case("fits"), eval_case("none", answerable=False)], Path("set.jsonl"))
    with pytest.raises(EvalError, match=r"set\.jsonl: case 'bare', nuggets\.0\.evidence: .*Add the words"):
        require_evidence([eval_case("bare", nuggets=[{**nugget, "evidence": []}])], Path("set.jsonl"))

"""Our own claims as pairs of the judge: what they speak of exists, and each comes with its evidence."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from eval.train.judge_data import OFFICE, OWN
from eval.train.support import own_pairs

FILES = sorted(OWN.glob("*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_claim_speaks_of_a_question_or_has_its_text(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    documents = OFFICE / path.name
    if not documents.exists():
        for row in rows:
            told = [claim["supported"] for claim in row["claims"]]
            assert row["evidence"].strip() and sum(told) * 2 == len(told)
        return
    texts = [json.loads(line) for line in documents.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        assert texts[row["doc"]]["questions"][row["q"]]
        assert row["yes"] != row["no"]


def test_a_claim_comes_with_its_evidence_under_its_heading_and_without(tmp_path: Path) -> None:
    office, claims = tmp_path / "office", tmp_path / "claims"
    office.mkdir()
    claims.mkdir()
    text = "# Mill\n\nThe mill was built in 1920.\n\n## Today\n\nAnna Holt runs it. It grinds rye. Children may visit."
    asked = [
        {"question": "When was the mill built?", "evidence": ["The mill was built in 1920."]},
        {"question": "Who owns it?", "evidence": [], "near": "Anna Holt runs it."},
        {"question": "Nothing is near?", "evidence": []},
    ]
    (office / "a.jsonl").write_text(json.dumps({"title": "Mill", "text": text, "questions": asked}), encoding="utf-8")
    told = [
        {"doc": 0, "q": 0, "yes": "The building dates from 1920.", "no": "It was closed in 1920."},
        {"doc": 0, "q": 1, "yes": "It is run by Anna Holt.", "no": "It belongs to Anna Holt."},
        {"doc": 0, "q": 2, "yes": "Yes.", "no": "No."},
    ]
    (claims / "a.jsonl").write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    other = {"evidence": "Rye is grown.", "claims": [{"text": "Rye grows.", "supported": True}, {"text": "Oats grow.", "supported": False}]}
    (claims / "texts.jsonl").write_text(json.dumps(other), encoding="utf-8")
    pairs = [pair for seed in range(20) for pair in own_pairs(office, claims, random.Random(seed))]
    of = {claim: [pair for pair in pairs if pair.question == claim] for claim in {pair.question for pair in pairs}}
    built = of["The building dates from 1920."]
    assert all(("1920" in pair.passage) == pair.answers for pair in built)
    assert {pair.answers for pair in built} == {True, False}
    assert {pair.context for pair in of["It belongs to Anna Holt."]} == {"Mill > Today"}
    assert not any(pair.answers for claim in ("It was closed in 1920.", "It belongs to Anna Holt.", "Oats grow.") for pair in of[claim])
    assert all(pair.answers for pair in of["Rye grows."])
    assert "Yes." not in of

"""`footnote eval new`: an eval set out of five questions, and the verdicts of a run in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from eval.cases.evalset import lost_quotes, read_cases, require_evidence
from eval.cli import register
from eval.new import chosen, places_of
from eval.schema import Case, Corpus
from qa.schema import Answer
from tests.fakes import ABSTAINED, EVAL_TEXTS, eval_answer, fake_systems

PLANT = ("a.txt", "Hyundai opened a plant in Almaty.")
CORPUS = Corpus("db", "corpus-1", len(EVAL_TEXTS), EVAL_TEXTS.get, tuple(EVAL_TEXTS))


def said(case: Case) -> Answer:
    return eval_answer("Hyundai opened a plant. [1]", PLANT) if "plant" in case.question else ABSTAINED


def asked(typed: str, set_file: Path, *options: str) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, fake_systems(said, corpus=lambda db: CORPUS))
    result = CliRunner().invoke(app, ["eval", "new", str(set_file), *options], input=typed)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_five_questions_become_a_set_that_runs(tmp_path: Path) -> None:
    set_file = tmp_path / "sets" / "mine.jsonl"
    typed = "Who opened a plant?\n1\nWhere is the moon?\nn\nWhich city?\nw\nnowhere at all\nAlmaty\n1\nSkip me, plant\ns\n\n"
    shown = asked(typed, set_file)
    assert "No document has these words" in shown and "3 cases added" in shown and "footnote eval run --set" in shown
    right, none, taught = read_cases(set_file)
    assert (right.question, right.answerable, right.nuggets[0].evidence[0].source) == ("Who opened a plant?", True, "a.txt")
    assert (none.answerable, none.nuggets) == (False, [])
    assert taught.nuggets[0].match == [["Almaty"]]
    require_evidence([right, taught], set_file)
    assert lost_quotes([right, taught], EVAL_TEXTS.get) == []
    assert "1 case added" in asked("Who opened a plant?\na\n", set_file, "--cases", "1")
    assert [case.id for case in read_cases(set_file)][-1] == "q4-who-opened-a-plant"


def test_what_is_no_choice_is_asked_again(tmp_path: Path) -> None:
    shown = asked("Who opened a plant?\n7\nperhaps\n1\n", tmp_path / "s.jsonl", "--cases", "1")
    assert shown.count("That is none of them") == 2 and "1 case added" in shown


def test_nothing_typed_writes_nothing(tmp_path: Path) -> None:
    assert "0 cases added" in asked("\n", tmp_path / "s.jsonl")
    assert not (tmp_path / "s.jsonl").exists()


@pytest.mark.parametrize(("typed", "found"), [("1", [0]), ("2, 1 2", [0, 1]), ("a", [0, 1]), ("3", None), ("x1", None), ("", None)])
def test_choices(typed: str, found: list[int] | None) -> None:
    assert chosen(typed, 2) == found


def test_places_hold_numbers_whole_and_several_of_one_document_are_offered() -> None:
    texts = {"a.txt": "Engines of 520 kW\nCar: 52\nVan: 52\nCamper, single: 52\nBus: 52", "b.txt": "52.4 m long\nfor 52 people"}
    found = places_of("52", Corpus("db", "c", 2, texts.get, tuple(texts)))
    assert [(p.source, p.quote) for p in found] == [
        ("a.txt", "Car: 52"),
        ("a.txt", "Van: 52"),
        ("a.txt", "Camper, single: 52"),
        ("b.txt", "for 52 people"),
    ]

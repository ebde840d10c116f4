"""The bench over public question sets: how sets are read, and when an answer is right."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.bench.cli_reading import Asked, _row, clapnq, multispanqa, xquad
from index.errors import EvalError


def write(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def test_paragraphs_of_an_article_are_one_document(tmp_path: Path) -> None:
    rows = [
        {"title": "Old_kiln", "context": context, "question": question, "answers": [{"text": answer}]}
        for context, question, answer in [
            ("It is red.", "Which colour?", "red"),
            ("It is hot.", "How warm?", "hot"),
            ("It is red.", "?", "It"),
        ]
    ]
    write(tmp_path, "xquad-en", *rows)
    texts, asked = xquad(tmp_path)
    assert texts == [("Old kiln", "It is red.\n\nIt is hot.")]
    assert asked[0] == Asked("Which colour?", (("red",),))


def test_one_chosen_sentence_is_enough_and_half_of_the_questions_have_none(tmp_path: Path) -> None:
    passage = {"title": "Kiln", "text": "It is hot . It is red ."}
    write(
        tmp_path,
        "clapnq-answerable",
        {"input": "how is it", "passages": [passage], "output": [{"selected_sentences": ["It is hot .", "It is red ."]}]},
    )
    write(tmp_path, "clapnq-unanswerable", {"input": "who made it", "passages": [passage], "output": [{"answer": ""}]})
    texts, asked = clapnq(tmp_path)
    assert texts == [("Kiln", "It is hot . It is red .")] * 2
    assert asked[0].said("the kiln: it is RED.") and not asked[0].said("it is redder")
    assert asked[1].answers == ()


def test_all_spans_are_wanted(tmp_path: Path) -> None:
    words = "Ann Bell and Bo came".split()
    write(tmp_path, "multispanqa-valid", {"question": ["who", "came"], "context": words, "label": ["B", "I", "O", "B", "O"]})
    _, (asked,) = multispanqa(tmp_path)
    assert asked == Asked("who came", (("Ann Bell",), ("Bo",)))
    assert asked.said("Bo and Ann Bell") and not asked.said("Ann Bell") and not asked.said(None)


def test_a_row_counts_what_is_right_beside_and_refused(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [Asked("a", (("x",),)), Asked("b", (("y",),)), Asked("c", (("z",),)), Asked("d", ()), Asked("e", ())]
    _row("set", "who", asked, ["x x", "no", None, None, "said"])
    assert capsys.readouterr().out == "| set | who | 3 | 0.33 | 0.33 | 0.33 | 1 of 2 | 1 |\n"


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"xquad-en\.jsonl\.gz: no such file"):
        xquad(tmp_path)

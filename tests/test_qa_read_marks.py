"""Rotas and lists of crosses: rows with the mark that is asked for, and the line that explains it."""

from __future__ import annotations

import pytest

from index.structure.units import units_of
from qa.english.lexicon import abbreviates
from qa.read.choose import choose
from qa.read.model import _shown
from qa.read.protocol import Reading
from qa.read.rows.marks import by_marks
from tests.made import document, reading

ROTA = document(
    "# Night rota\n\n| Keeper | Mon | Tue |\n|---|---|---|\n| Ingrid Moe | N | C |\n| Tor Vang |  | N |\n| Lise Dahl | C |  |\n\n"
    "N = night shift, C = on call by telephone\n",
    format="markdown",
)
SCORES = {"Ingrid": 0.5, "Tor": 0.5, "Lise": 0.5}


def told(question: str) -> Reading:
    return by_marks(question, reading(question, ROTA, scores=SCORES))


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Who has the night shift on Tuesday?", ["Tor"]),
        ("Who has the night shift on Monday?", ["Ingrid"]),
        ("Who is on call on Monday?", ["Lise"]),
        ("Who is on call?", []),  # no column and no row: every row may be meant
        ("When is Lise Dahl on call?", ["Lise"]),
        ("Who works on Sunday?", []),
        ("Who has a shift on Tuesday?", ["Tor"]),
    ],
)
def test_the_row_with_the_mark_that_is_asked_for_is_raised(question: str, rows: list[str]) -> None:
    raised = [ROTA.text[f.unit.start : f.unit.end].split()[0] for f in told(question).findings if f.score > 0.8]
    assert raised == rows
    if rows:
        assert all(f.score < 0.2 for f in told(question).findings if f.unit.kind == "row" and f.score <= 0.8)
    else:
        assert told(question) == reading(question, ROTA, scores=SCORES)


def test_who_has_the_mark_is_the_answer_and_the_line_that_explains_it_is_shown() -> None:
    question = "Who has the night shift on Tuesday?"
    chosen = choose(question, told(question), {ROTA.source: units_of(ROTA)}, {})
    assert [(c.evidence.quote, c.short) for c in chosen] == [
        ("Tor Vang |  | N", "Tor Vang"),
        ("N = night shift, C = on call by telephone", ""),
    ]


def test_a_reader_reads_the_mark_with_its_meaning_and_its_finding_lies_in_the_document() -> None:
    passage = told("Who?").passages[0]
    text, origin = _shown(passage)
    assert "| Tor Vang |  | N (night shift) |" in text and len(text) == len(origin)
    at = text.index("N (night shift) |\n| Lise")
    assert {ROTA.text[origin[n]] for n in range(at, at + len("N (night shift)"))} == {"N"}
    assert all(ROTA.text[o] == c for c, o in zip(text[:60], origin[:60], strict=True) if o >= 0)


def test_names_of_days_and_months_are_abbreviated() -> None:
    assert abbreviates("Tue", "Tuesday") and abbreviates("Sept.", "September") and abbreviates("tue", "TUESDAY")
    assert not abbreviates("Mo", "Monday") and not abbreviates("Tue", "Tues") and not abbreviates("Thu", "Tuesday")

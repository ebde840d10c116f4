"""A German question over documents in English: its small words are put into English, names and shared words do the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.models.protocol import Embedder
from qa.question.german import in_english
from qa.read.protocol import Reader
from tests.asked import engine_over
from tests.needs import requires_models


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Wann beginnt die Regatta?", "when beginnt the Regatta?"),
        ("Wie viele Plätze gibt es im Saal?", "how many Plätze is there in the Saal?"),
        ("Und wer war das?", "and who was the?"),
    ],
)
def test_small_words_are_put_into_english(question: str, english: str) -> None:
    assert in_english(question) == english


@pytest.mark.parametrize(
    "question", ["When does the regatta begin?", "Was there a war?", "Who was in Die Zeit?", "Regatta Termin", "was an den"]
)
def test_what_is_not_plainly_german_stays(question: str) -> None:
    assert in_english(question) is None


@pytest.mark.models
@requires_models
def test_names_and_shared_words_are_found_and_nothing_else_is_guessed(tmp_path: Path, embedder: Embedder, reader: Reader) -> None:
    (tmp_path / "docs").mkdir()
    text = "Our oldest rower, Walter Finch, is 88 years old.\n\nThe regatta begins at nine on 27 June. It ends at six.\n"
    (tmp_path / "docs" / "news.txt").write_text(f"News of the club\n\n{text}", encoding="utf-8")
    with engine_over(tmp_path, embedder, reader) as engine:
        assert "88" in engine.ask("Wie alt ist Walter Finch?").answer
        assert "27 June" in engine.ask("Wann ist die Regatta?").answer
        refused = engine.ask("Wer ist der Vorsitzende des Vereins?")
        assert refused.abstained and refused.standalone_question == "Wer ist der Vorsitzende des Vereins?"

"""Tables by weekday that lack the day asked for."""

from __future__ import annotations

import pytest

from index.structure.units import units_of
from qa.read.rows.days import days_in, without_lacking_day
from qa.read.rows.tables import tables_of
from tests.made import document, reading

BY_ROW = "# Library\n\n| Day | Opens | Closes |\n|---|---|---|\n| Mon to Wed | 9:00 | 17:00 |\n| Thursday | 12:00 | 20:00 |\n"
BY_COLUMN = "# Library\n\n| Desk | Mon | Tue |\n|---|---|---|\n| Loans | Ida | Jon |\n| Maps | Lise | Ida |\n"


@pytest.mark.parametrize(
    ("table", "question", "answered"),
    [
        (BY_ROW, "When does the library open on Saturday?", False),
        (BY_ROW, "Who opens at the weekend?", False),
        (BY_ROW, "When does the library open on Tuesdays?", True),
        (BY_ROW, "When does the library open on weekdays?", True),
        (BY_ROW, "When does the library open?", True),
        (BY_ROW + "| Holidays | 10:00 | 12:00 |\n", "When does the library open on Saturday?", True),  # another kind of row may hold it
        (BY_COLUMN, "Who is at the desk on Friday?", False),
        (BY_COLUMN, "Who is at the desk on Tuesday?", True),
    ],
)
def test_only_a_table_that_has_the_day_answers(table: str, question: str, answered: bool) -> None:
    home = document(table, "library.md", format="markdown")
    read = reading(question, home, scores={"Mon": 0.9, "Thursday": 0.8, "Loans": 0.9})
    assert (without_lacking_day(question, read, tables_of(read, lambda _: units_of(home))).answered > 0.5) == answered


def test_days_are_read_in_words_spans_and_short() -> None:
    assert days_in("Tuesdays and Thursdays") == {1, 3} and days_in("Fri–Mon") == {4, 5, 6, 0}
    assert days_in("Monday to Thursday, Sun.") == {0, 1, 2, 3, 6} and days_in("daily") == set(range(7))
    assert days_in("on the second floor") == set()

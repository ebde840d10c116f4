"""The table of --timings."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from qa.chat.timings import print_timings
from qa.schema import Timings

SPENT = Timings(retrieve=1, rerank=22, compose=333, verify=4444, total=5800)


def table(laps: dict[str, float]) -> dict[str, str]:
    out = StringIO()
    print_timings(SPENT, laps, 7.25, Console(file=out, width=120))
    rows = [line.rsplit(maxsplit=1) for line in out.getvalue().splitlines()]
    return {name.strip(): value for name, value in rows}


def test_loading_stands_before_the_first_answer() -> None:
    shown = table({"open catalog": 0.012, "embedder": 0.5})
    assert (shown["open catalog"], shown["embedder"], shown["answer: rerank"], shown["answer"]) == ("12", "500", "22", "5800")
    assert next(value for name, value in shown.items() if name.startswith("since the start")) == "7250"
    assert list(shown).index("embedder") < list(shown).index("answer: retrieve")


def test_later_answers_have_no_loading() -> None:
    assert "embedder" not in table({}) and table({})["answer: compose"] == "333"

"""The highest and lowest of a table, and a day that it lacks, from file to footnote, through the real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.models.protocol import Embedder
from qa.engine import Engine
from qa.read.protocol import Reader
from tests.asked import engine_over
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]

NAMES = "Alva Brisa Cirro Dorado Estrella Fandango Gala Horizon Iris Juno Kestrel Luna Mistral Nimbus Onda Perla Quill Rumba".split()
LENGTHS = [31, 27, 44, 38, 29, 33, 36, 25, 41, 30, 28, 52, 35, 39, 26, 34, 37, 32]
SHIPS = "Yacht,Length (m),Harbour\n" + "".join(f"{name},{n},Sorrel Quay\n" for name, n in zip(NAMES, LENGTHS, strict=True))
CLINIC = """# Opening hours of the Harrow Lane clinic

| Day | Opens | Closes |
|---|---|---|
| Monday | 08:00 | 17:00 |
| Tuesday | 08:00 | 17:00 |
| Wednesday | 10:00 | 19:00 |

Please bring your card.
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reader: Reader) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("extremes")
    (root / "docs").mkdir()
    for name, text in {"yachts.csv": SHIPS, "clinic.md": CLINIC}.items():
        (root / "docs" / name).write_text(text, encoding="utf-8")
    with engine_over(root, embedder, reader) as made:
        yield made


def test_all_records_of_a_file_are_compared_found_or_not(engine: Engine) -> None:
    answer = engine.ask("Which is the longest yacht?")
    assert [citation.quote.splitlines()[0] for citation in answer.citations] == ["Yacht: Luna"]
    assert answer.notes == ['Compared all 18 rows of the table: "Length (m)" is highest for Luna.']


def test_only_records_that_were_chosen_are_compared(engine: Engine) -> None:
    answer = engine.ask("Which is the longest yacht?", sources=["yachts.csv#row-2", "yachts.csv#row-3"])
    assert [citation.quote.splitlines()[0] for citation in answer.citations] == ["Yacht: Alva"]
    assert answer.notes == ['Compared all 2 rows of the table: "Length (m)" is highest for Alva.']


def test_a_day_that_the_table_lacks_is_not_answered_with_another(engine: Engine) -> None:
    assert engine.ask("When does the clinic open on Saturday?").abstained
    assert not engine.ask("When does the clinic open on Wednesday?").abstained

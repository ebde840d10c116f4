"""Figures that differ are shown side by side however few words the question has, and nothing that counts something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.build import build
from index.config import load_settings
from index.embed import Embedder
from index.library import open_library
from index.parts import default_parts
from qa.answer import Engine
from qa.config import Settings
from qa.rerank import Reranker
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]

ISLAND = {
    "embassy.txt": """Iceland's ambassador sums up

SUVA, June 4, 2023. Trade between Iceland and Fiji passed $710 million in 2022, the ambassador told reporters.

To date, Iceland has invested $850 million in the Fijian economy, the ambassador added. There are 74 companies with Icelandic \
participation in Fiji.
""",
    "speech.txt": """A visit to Suva

The president of Fiji stated that the first state visit of Icelandic President Jonsdottir to Fiji on June 12, 2024 was historic, and his \
guest answered that she had come with great satisfaction.

"Today the relations between our islands are close. During the period up to last year, the volume of investments from this country reached \
$960 million. Both sides want to see more." Currently, the volume of bilateral trade has reached $600 million.
""",
    "ministry.txt": """Fish and figures

May 23, 2024. The current implementation of 15 joint investment projects of Fiji and Iceland worth $85.4 million will create 470 jobs, \
the ministry of Fiji reported.

In 2023, with the participation of Icelandic companies, the output of Fiji's fishing industry reached $840 million.
""",
}


def engine_over(folder: Path, root: Path, embedder: Embedder, reranker: Reranker) -> Engine:
    chosen = load_settings(Settings, {"store": {"path": root / "db"}})
    build([folder], chosen, parts=replace(default_parts(chosen), load_embedder=lambda *_: embedder))
    return Engine(chosen, open_library(chosen), embedder, reranker)


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reranker: Reranker) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("island")
    for name, text in ISLAND.items():
        (root / "docs").mkdir(exist_ok=True)
        (root / "docs" / name).write_text(text, encoding="utf-8")
    made = engine_over(root / "docs", root, embedder, reranker)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, seeds: Path, embedder: Embedder, reranker: Reranker) -> Iterator[Engine]:
    made = engine_over(seeds, tmp_path_factory.mktemp("pages"), embedder, reranker)
    yield made
    made.close()


@pytest.mark.parametrize(
    "question", ["how much has Iceland invested?", "how much did Iceland invest?", "how much has Iceland invested in Fiji?"]
)
def test_two_sums_invested_and_no_other(island: Engine, question: str) -> None:
    answer = island.ask(question)
    assert {c.source for c in answer.citations} == {"embassy.txt", "speech.txt"}
    assert "$850 million" in answer.answer and "$960 million" in answer.answer
    assert not any(other in answer.answer for other in ("$840", "$85.4", "$600", "$710"))


@pytest.mark.parametrize("question", ["how much has Korea invested?", "how much did Korea invest?", "how large are Korean investments?"])
def test_two_sums_invested_in_the_news_pages(pages: Engine, question: str) -> None:
    answer = pages.ask(question)
    assert len(answer.claims) == 2
    assert "$8.5 billion" in answer.answer and "$9.6 billion" in answer.answer
    assert "2023-06-04" in {c.published for c in answer.citations}


@pytest.mark.parametrize(
    ("question", "said"), [("how much did the seven projects cost?", "$188.9 million"), ("when did Hyundai start production?", "2021")]
)
def test_one_figure_where_the_pages_have_one(pages: Engine, question: str, said: str) -> None:
    (claim,) = pages.ask(question).claims
    assert said in claim.text

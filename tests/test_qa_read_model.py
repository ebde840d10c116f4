"""The extractive reader over a graph that is made by hand: which logits become which findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.structure.units import units_of
from qa.read.model import ANSWERS, END, EVIDENCE, LONGEST, LONGEST_QUESTION, START, ModelReader, probability
from qa.read.protocol import Readable, readable
from qa.schema import Passage
from tests.made import document

HOME = document("# Kiln\n\nThe kiln was built in 1931. It stands in the yard.\n", "a.md", title="Pottery")


def passage(text_from: int = 0) -> Readable:
    return readable(Passage("c", "a.md", text_from, len(HOME.text), HOME.text[text_from:], 1.0), HOME, units_of(HOME))


WORDS = "pottery kiln the was built in 1931 it stands yard when where what 1 of".split()


def word_tokenizer() -> Any:
    """A tokenizer that knows a few words and marks, for pairs of question and passage."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *".,?!:>#"]
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(known)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


class Graph:
    """Says that a passage answers when it holds "1931"; words of `evidence` are, and `short` opens and ends the short answer."""

    def __init__(self, evidence: set[str], short: str) -> None:
        self.evidence, self.short = evidence, short
        self.longest = 0

    def __call__(self, batches: Iterable[Mapping[str, NDArray[np.int64]]]) -> Iterable[NDArray[np.float32]]:
        tokenizer = word_tokenizer()
        for batch in batches:
            ids = batch["input_ids"]
            self.longest = max(self.longest, ids.shape[1])
            words = [[tokenizer.id_to_token(int(i)) for i in row] for row in ids]
            logits = np.full((*ids.shape, 4), -4.0, dtype=np.float32)
            for r, row in enumerate(words):
                logits[r, 0, ANSWERS] = 4.0 if "1931" in row else -4.0
                for n, word in enumerate(row):
                    logits[r, n, EVIDENCE] = 4.0 if word in self.evidence else -4.0
                    logits[r, n, [START, END]] = 4.0 if word == self.short else -4.0
            yield logits


def reader(evidence: set[str], short: str = "1931") -> tuple[ModelReader, Graph]:
    graph = Graph(evidence, short)
    tokenizer = word_tokenizer()
    return ModelReader(graph, tokenizer), graph


def test_the_unit_whose_words_are_evidence_comes_first_with_its_short_answer() -> None:
    reading = reader({"the", "kiln", "was", "built", "in", "1931"})[0].read("when was the kiln built", [passage()])
    best, other = reading.findings
    assert HOME.text[best.unit.start : best.unit.end] == "The kiln was built in 1931."
    assert best.score == pytest.approx(probability(4.0), abs=0.12) and best.answers == pytest.approx(probability(4.0))
    assert best.short is not None and HOME.text[slice(*best.short)] == "1931"
    assert other.score < best.score
    assert reading.answered == best.score


def test_a_passage_that_does_not_answer_pulls_its_units_down() -> None:
    (only,) = reader({"it", "stands", "in", "the", "yard"})[0].read("where", [passage(HOME.text.index("It stands"))]).findings
    assert only.score < 0.5


def test_headings_are_read_and_never_found() -> None:
    reading = reader({"kiln"})[0].read("what", [passage()])
    assert all(f.unit.kind == "sentence" for f in reading.findings)


def test_no_passages_no_findings() -> None:
    reading = reader(set())[0].read("what", [])
    assert reading.findings == () and reading.answered == 0.0


@pytest.mark.parametrize("question", ["kiln " * 400, "1,1," * 500], ids=["words", "numbers"])
def test_an_endless_question_costs_no_more_than_a_long_one(question: str) -> None:
    made, graph = reader({"kiln"})
    made.read(question, [passage()] * 3)
    assert graph.longest <= LONGEST_QUESTION + 60


def test_a_passage_longer_than_the_window_loses_its_end() -> None:
    text = "The kiln was built in 1931. " + "It stands in the yard. " * 400
    home = document(text, "b.txt")
    long = readable(Passage("c", "b.txt", 0, len(text), text, 1.0), home, units_of(home))
    made, graph = reader({"kiln"})
    reading = made.read("when", [long])
    assert graph.longest <= LONGEST
    assert 0 < len(reading.findings) < 400


def test_the_date_of_a_document_is_read_where_the_question_names_one() -> None:
    text = "The kiln stands in the yard."
    home = document(text, "c.txt", "1931-05-02")
    there = [readable(Passage("c", "c.txt", 0, len(text), text, 1.0), home, units_of(home), dated=dated) for dated in (False, True)]
    undated, dated = (reader({"kiln"}, "kiln")[0].read("what stands in the yard", [one]).findings[0] for one in there)
    assert (there[0].day, there[1].day) == ("", "2 May 1931")
    assert undated.answers < 0.5 < dated.answers
    assert dated.short is not None and text[slice(*dated.short)] == "kiln", "offsets are those of the text"


def test_a_short_answer_is_never_a_piece_of_a_word() -> None:
    text = "The kiln of 1931-B was built in the yard."
    home = document(text, "d.txt")
    there = readable(Passage("d", "d.txt", 0, len(text), text, 1.0), home, units_of(home))
    best = reader({"kiln"})[0].read("which kiln", [there]).findings[0]
    assert best.short is not None and text[slice(*best.short)] == "1931-B"

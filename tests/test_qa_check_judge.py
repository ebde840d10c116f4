"""The judge of support: sentences of a claim, quotes longer than its window, another cross-encoder in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.config import load_settings
from index.errors import ModelError, ModelMissing
from qa.check.cross_encoder import support_label
from qa.check.judge import LONGEST, SUPPORTED, WIDEST, Item, ModelJudge, excerpt, sentences_of, shown
from qa.check.load import load_judge
from qa.config import Settings
from tests.judged import shipped

QUOTE = "The mill of Harn opened in 1920 and closed when the river moved."


class Words:
    """A tokenizer of one token a word; the words of the claim have segment 0, those of the quotes 1."""

    def encode(self, claim: str, quotes: str) -> Words:
        """The pair in tokens: 1 for a word of the claim that the quotes hold, 2 for another."""
        made = Words()
        held = set(quotes.lower().split())
        made.ids = [1 if word in held else 2 for word in claim.lower().split()] + [3] * len(quotes.split())
        made.attention_mask = [1] * len(made.ids)
        made.type_ids = [0 if i != 3 else 1 for i in made.ids]
        return made


def overlap(batches: Iterable[Mapping[str, NDArray[np.int64]]]) -> Iterable[NDArray[np.float32]]:
    """A graph whose logit is 4 when every word of the claim is held, -4 otherwise."""
    for batch in batches:
        ids = batch["input_ids"]
        assert ids.shape[1] <= LONGEST
        yield np.where((ids == 2).any(axis=1), -4.0, 4.0).astype(np.float32)[:, None, None].repeat(4, axis=2)


def judge() -> ModelJudge:
    return ModelJudge(overlap, Words())  # type: ignore[arg-type]


def test_a_claim_is_as_sure_as_its_least_sure_sentence() -> None:
    both, right, none = judge().support([Item(claim, [QUOTE]) for claim in ("The mill opened. The mill burned.", "The mill opened", "Ada")])
    assert both < SUPPORTED < right
    assert both == none
    assert judge().support([]).shape == (0,)


def test_long_quotes_are_read_where_they_share_the_claims_words() -> None:
    filler = "Nothing of note was found in the papers of that year by the clerk. "
    long = filler * 40 + QUOTE + " " + filler * 40
    read = excerpt("The mill opened in 1920.", [long])
    assert QUOTE in read and len(read) <= WIDEST
    assert judge().support([Item("mill of Harn opened", [long])])[0] > SUPPORTED
    assert excerpt("The mill opened.", ["word " * 900]).strip()
    assert excerpt("The mill opened.", [QUOTE, "It was of larch."]) == f"{QUOTE}\n\nIt was of larch."


def test_an_endless_claim_or_quote_is_cut_to_the_window() -> None:
    assert judge().support([Item("mill " * 2000, [QUOTE * 200]), Item("mill", ["mill " * 5000])]).shape == (2,)
    assert sentences_of("") == [""]


def tiny_cross_encoder(folder: Path, labels: dict[int, str]) -> str:
    """A random two-layer BERT for pairs, as sentence-transformers loads it from a folder."""
    transformers = pytest.importorskip("transformers")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "plant", "was", "built", "no"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=128, num_labels=len(labels), id2label=labels, label2id={v: k for k, v in labels.items()},
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


def opened(name: str) -> Any:
    return load_judge(load_settings(Settings, {"models": {"judge": name, "device": "cpu"}}))


@pytest.mark.parametrize("labels", [{0: "contradiction", 1: "entailment", 2: "neutral"}, {0: "LABEL_0"}])
def test_any_cross_encoder_with_nli_labels_or_one_output_is_a_judge(tmp_path: Path, labels: dict[int, str]) -> None:
    found = opened(tiny_cross_encoder(tmp_path / "model", labels))
    scores = found.support([Item("a plant was built", ["a plant was built"]), Item("no plant was built", ["a plant", "was built"])])
    assert scores.shape == (2,) and scores.dtype == np.float32
    assert ((scores > 0) & (scores < 1)).all()
    assert found.support([]).shape == (0,)


def test_there_is_no_judge_where_none_is_wanted() -> None:
    assert opened("none") is None


def test_titles_and_headings_are_read_with_the_quotes() -> None:
    assert shown("It opened.", Item("It opened.", [QUOTE], ["4 May 2026", "Harn > Mills"])) == f"4 May 2026\nHarn > Mills\n{QUOTE}"


def test_the_judge_that_ships_takes_other_words_and_refuses_an_invented_reason() -> None:
    quote = "The bearing of pump 3 was worn, so the pump was replaced on 4 May."
    claims = ("Worn bearings were the reason for the new pump.", "The pump was replaced because it was too old.")
    told, wrong = shipped().support([Item(claim, [quote]) for claim in claims])
    assert told > SUPPORTED > wrong


def test_what_is_no_judge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="entailment"):
        opened(tiny_cross_encoder(tmp_path / "bad", {0: "good", 1: "bad"}))
    with pytest.raises(ModelMissing, match=r"models\.judge"):
        opened(str(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("labels", "index"),
    [
        ({0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}, 2),
        ({0: "entailment", 1: "not_entailment"}, 0),
        ({0: "hallucinated", 1: "consistent"}, 1),
        ({0: "LABEL_0"}, None),
    ],
)
def test_the_label_of_support_is_looked_up(labels: dict[int, str], index: int | None) -> None:
    assert support_label(labels, "m") == index

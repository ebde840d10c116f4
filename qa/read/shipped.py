"""A graph that ships with the package, or a folder with another of its kind: checked, compiled for this processor, with its tokenizer.

Checks the checksum of what ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from index.config import IndexConfig
from index.errors import ChecksumMismatch, ModelError, ModelMissing
from index.models.compiled import MAX_STREAMS, Runner, open_kept, places, usable_cores
from index.models.registry import find_spec, locate, sha256_of, verify_checksum

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENS = "tokenizer.json"


def open_shipped(settings: IndexConfig, stem: str, sha256: Mapping[str, str], graph: str = "") -> tuple[Runner, Tokenizer]:
    """The graph `graph`.xml, without one `stem`.xml, with the weights `stem`.bin, of the model (a default's name or a folder) that the
    setting `models.stem` names.

    `sha256` are the checksums of what ships beside the weights, whose own stands in `index.models.registry`. Raises `ModelMissing`,
    `ChecksumMismatch`, or `ModelError` when it cannot be compiled.
    """
    name: str = getattr(settings.models, stem)
    if find_spec(name) is None:
        return _open(settings, Path(name).expanduser(), stem, stem)
    files = locate(name)
    verify_checksum(files)
    for part, wanted in sha256.items():
        found = sha256_of(files.path / part) if (files.path / part).is_file() else "missing"
        if found != wanted:
            raise ChecksumMismatch(
                f"{files.path / part} is not the file that was shipped ({found[:12]}, not {wanted[:12]}). Install footnote again."
            )
    return _open(settings, files.path, stem, graph or stem)


def _open(settings: IndexConfig, folder: Path, stem: str, graph: str) -> tuple[Runner, Tokenizer]:
    from tokenizers import Tokenizer

    parts = (f"{stem}.bin", f"{graph}.xml", TOKENS)
    missing = [part for part in parts if not (folder / part).is_file()]
    if missing:
        raise ModelMissing(
            f"models.{stem} must be 'footnote-{stem}' or a folder with {parts[0]}, {parts[1]} and {TOKENS}; {folder} lacks {missing[0]}. "
            "Correct it."
        )
    try:
        key = "|".join(sha256_of(folder / part) for part in parts[:2])
        streams = min(settings.models.threads or usable_cores(), MAX_STREAMS)
        weights, network = folder / parts[0], folder / parts[1]
        runner, _ = open_kept(key, places(settings.store.path), lambda core: core.read_model(network, weights), streams, shipped=True)
        tokenizer = Tokenizer.from_file(str(folder / TOKENS))
    except Exception as error:  # OpenVINO's and tokenizers' errors share no base class but Exception
        raise ModelError(f"models.{stem} cannot be opened: {folder} ({str(error).splitlines()[0]}). Install footnote again.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return runner, tokenizer

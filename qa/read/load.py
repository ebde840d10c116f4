"""The reader that the settings name: the one that ships with the package, or a folder made by `eval.train.export`.

Checks the checksum of what ships, compiles the graph for this processor. Knows nothing of questions.
"""

from __future__ import annotations

from pathlib import Path

from index.compiled import MAX_STREAMS, compile_runner, usable_cores
from index.errors import ChecksumMismatch, ModelError, ModelMissing
from index.models import sha256_of
from qa.config import Settings
from qa.read.model import ModelReader

SHIPPED = Path(__file__).parent / "weights"
NAME = "footnote-reader"
SHA256 = {
    "reader.bin": "cab0a7bcabedc69a5644dd72aac6a9e1317190a158c31a6e98b2e39da38a9905",
    "reader.xml": "00d248efcb097d08322d96833142f87e3212a942b1569b34a568a641a94b1a69",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}


def load_reader(settings: Settings) -> ModelReader:
    """Open the reader. Raises `ModelMissing`, `ChecksumMismatch`, or `ModelError` when it cannot be compiled."""
    name = settings.models.reader
    folder = SHIPPED if name == NAME else Path(name).expanduser()
    missing = [part for part in SHA256 if not (folder / part).is_file()]
    if missing:
        raise ModelMissing(
            f"models.reader must name {NAME!r} or a folder with {', '.join(SHA256)}; {folder} lacks {missing[0]}. Install footnote again."
        )
    if folder == SHIPPED:
        _check(folder)
    return _open(folder, settings.models.threads)


def _check(folder: Path) -> None:
    for part, wanted in SHA256.items():
        found = sha256_of(folder / part)
        if found != wanted:
            raise ChecksumMismatch(
                f"{folder / part} is not the file that was shipped ({found[:12]}, not {wanted[:12]}). Install footnote again."
            )


def _open(folder: Path, threads: int) -> ModelReader:
    import openvino as ov
    from tokenizers import Tokenizer

    try:
        core = ov.Core()
        model = core.read_model(folder / "reader.xml")
        runner, _ = compile_runner(core, model, min(threads or usable_cores(), MAX_STREAMS))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # OpenVINO's and tokenizers' errors share no base class but Exception
        raise ModelError(f"models.reader cannot be opened: {folder} ({str(error).splitlines()[0]}). Install footnote again.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return ModelReader(runner, tokenizer)

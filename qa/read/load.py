"""The reader that the settings name: the one that ships with the package, or a folder made by `eval.train.export`.

Checks the checksum of what ships, compiles the graph for this processor. Knows nothing of questions.
"""

from __future__ import annotations

from pathlib import Path

from index.errors import ChecksumMismatch, ModelError, ModelMissing
from index.models.compiled import MAX_STREAMS, compile_runner, usable_cores
from index.models.registry import find_spec, locate, sha256_of, verify_checksum
from qa.config import Settings
from qa.read.model import ModelReader

GRAPH, TOKENS = "reader.xml", "tokenizer.json"
# Of what ships beside the weights, whose checksum stands in `index.models.registry`.
SHA256 = {
    GRAPH: "00d248efcb097d08322d96833142f87e3212a942b1569b34a568a641a94b1a69",
    TOKENS: "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}


def load_reader(settings: Settings) -> ModelReader:
    """Open the reader. Raises `ModelMissing`, `ChecksumMismatch`, or `ModelError` when it cannot be compiled."""
    name = settings.models.reader
    if find_spec(name) is None:
        return _open(Path(name).expanduser(), settings.models.threads)
    files = locate(name)
    verify_checksum(files)
    for part, wanted in SHA256.items():
        found = sha256_of(files.path / part) if (files.path / part).is_file() else "missing"
        if found != wanted:
            raise ChecksumMismatch(
                f"{files.path / part} is not the file that was shipped ({found[:12]}, not {wanted[:12]}). Install footnote again."
            )
    return _open(files.path, settings.models.threads)


def _open(folder: Path, threads: int) -> ModelReader:
    import openvino as ov
    from tokenizers import Tokenizer

    missing = [part for part in ("reader.bin", GRAPH, TOKENS) if not (folder / part).is_file()]
    if missing:
        raise ModelMissing(
            f"models.reader must be 'footnote-reader' or a folder with reader.bin, {GRAPH} and {TOKENS}; {folder} lacks {missing[0]}. "
            "Correct it."
        )

    try:
        core = ov.Core()
        model = core.read_model(folder / GRAPH)
        runner, _ = compile_runner(core, model, min(threads or usable_cores(), MAX_STREAMS))
        tokenizer = Tokenizer.from_file(str(folder / TOKENS))
    except Exception as error:  # OpenVINO's and tokenizers' errors share no base class but Exception
        raise ModelError(f"models.reader cannot be opened: {folder} ({str(error).splitlines()[0]}). Install footnote again.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return ModelReader(runner, tokenizer)

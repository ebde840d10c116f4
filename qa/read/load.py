"""The reader that the settings name: the one that ships with the package, or a folder made by `eval.train.export`."""

from __future__ import annotations

from qa.config import Settings
from qa.read.model import ModelReader
from qa.read.shipped import TOKENS, open_shipped

# Of what ships beside the weights, whose checksum stands in `index.models.registry`.
SHA256 = {
    "reader.xml": "00d248efcb097d08322d96833142f87e3212a942b1569b34a568a641a94b1a69",
    TOKENS: "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}


def load_reader(settings: Settings) -> ModelReader:
    """Open the reader. Raises `ModelMissing`, `ChecksumMismatch`, or `ModelError` when it cannot be compiled."""
    runner, tokenizer = open_shipped(settings, "reader", SHA256)
    return ModelReader(runner, tokenizer)

"""What a build needs of the parts that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from index.errors import LoadError
from index.schema import Document
from index.store.vectors import Vectors


class Encoder(Protocol):
    """What a build needs of an embedder (see index.models.embed.Embedder)."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Longest input, special tokens included."""

    @property
    def fingerprint(self) -> str:
        """Names the vectors: weights and pooling."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dim)."""


class LoadFile(Protocol):
    """What a build needs of a loader (see index.formats.load.load_file)."""

    def __call__(self, path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        """The documents of a file. Raises `LoadError`; members that fail are added to `problems`."""

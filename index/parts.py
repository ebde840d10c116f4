"""The pieces that a build is assembled from, as callables, so that tests can bring small ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.config import IndexConfig
from index.errors import LoadError
from index.plan import Discover
from index.prepare import Asked, Kit, Prepared, embed_here, prepare_here
from index.report import Report
from index.schema import Document
from index.store import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Encoder(Protocol):
    """What a build needs of an embedder (see index.embed.Embedder)."""

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
    """What a build needs of a loader (see index.load.load_file)."""

    def __call__(self, path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        """The documents of a file. Raises `LoadError`; members that fail are added to `problems`."""


Prepare = Callable[[Iterable[Asked], Kit, Report], Iterator[Prepared]]
EmbedBatches = Callable[[Iterable[Sequence[str]], Encoder, Report], Iterator[Vectors]]


@dataclass(frozen=True, slots=True)
class Parts:
    """How files are found, read, cut, embedded and compared. `loader_version` changes when the same file reads otherwise.
    `unread` names the files that are there and that nothing reads, with the reason.

    `prepare` and `embed` are the work of a build. Whether it is done here or elsewhere, they give one result for each thing
    that they are asked, in order, and may take things ahead of what they have given.
    """

    discover: Discover
    load_file: LoadFile
    load_embedder: Callable[[IndexConfig, Path | None], Encoder]
    load_tokenizer: Callable[[str], Tokenizer]
    signature: Callable[[str], bytes]
    cluster: Callable[[Mapping[str, bytes]], Mapping[str, int]]
    loader_version: str
    unread: Callable[[Sequence[Path]], Mapping[str, str]] = lambda paths: {}
    prepare: Prepare = prepare_here
    embed: EmbedBatches = embed_here


def default_parts(settings: IndexConfig) -> Parts:
    """The real ones."""
    from index import load
    from index.embed import load_embedder
    from index.formats_records import RecordFields
    from index.models import load_tokenizer
    from index.near import cluster, signature

    fields = settings.index.fields.model_dump(exclude_none=True)
    mapping = "".join(f"|{name}={column}" for name, column in sorted(fields.items()))
    ratio, members = settings.index.max_zip_ratio, settings.index.max_zip_members
    load_file = partial(load.load_file, fields=RecordFields(**fields), max_ratio=ratio, max_members=members)
    return Parts(load.discover, load_file, load_embedder, load_tokenizer, signature, cluster, f"{load.VERSION}{mapping}", load.unread)

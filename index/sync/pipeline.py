"""The pieces that a build is assembled from, as callables, so that tests can bring small ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.config import IndexConfig
from index.store.vectors import Vectors
from index.structure.chunk import fingerprint as chunking_fingerprint
from index.sync.plan import Discover
from index.sync.prepare import CONTEXT_TOKENS, Preparation, Prepared, PrepareTask, embed_here, prepare_here
from index.sync.protocol import Encoder, LoadFile
from index.sync.report import Report

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from index.formats.find import FewFiles

Prepare = Callable[[Iterable[PrepareTask], Preparation, Report], Iterator[Prepared]]
EmbedBatches = Callable[[Iterable[Sequence[str]], Encoder, Report], Iterator[Vectors]]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How files are found, read, cut, embedded and compared. `loader_version` changes when the same file reads otherwise.
    `unread` names the files that are there and that nothing reads, with the reason; `look_at` tells both of some paths alone, or None
    where that takes a look at everything.

    `prepare` and `embed` are the work of a build. Whether it is done here or elsewhere, they give one result for each thing
    that they are asked, in order, and may take things ahead of what they have given.
    """

    discover: Discover
    load_file: LoadFile
    load_embedder: Callable[[IndexConfig], Encoder]
    load_tokenizer: Callable[[str], Tokenizer]
    signature: Callable[[str], bytes]
    cluster: Callable[[Mapping[str, bytes]], Mapping[str, int]]
    loader_version: str
    unread: Callable[[Sequence[Path]], Mapping[str, str]] = lambda paths: {}
    look_at: Callable[[Sequence[Path], Sequence[str]], FewFiles | None] = lambda paths, changed: None
    prepare: Prepare = prepare_here
    embed: EmbedBatches = embed_here


def default_pipeline(settings: IndexConfig) -> Pipeline:
    """The real ones."""
    from index.formats import find, load
    from index.formats.guarded import GuardedLoader
    from index.formats.pdf import ocr
    from index.formats.records import RecordFields
    from index.models.embed import load_embedder
    from index.models.registry import load_tokenizer
    from index.sync.dedup import cluster, signature

    fields = settings.index.fields.model_dump(exclude_none=True)
    mapping = "".join(f"|{name}={column}" for name, column in sorted(fields.items()))
    ratio, members = settings.index.max_zip_ratio, settings.index.max_zip_members
    read = partial(load.load_file, fields=RecordFields(**fields), max_ratio=ratio, max_members=members)
    load_file = GuardedLoader(read, settings.index.max_file_seconds, settings.index.max_file_memory_mb)

    reader = f"{load.VERSION}{mapping}{'+ocr' if ocr.available() else ''}"  # once it is installed, files are read again

    def embedder(settings: IndexConfig) -> Encoder:
        load_file.start()  # whoever needs an embedder is going to read files: both take a second to be ready
        return load_embedder(settings)

    return Pipeline(find.discover, load_file, embedder, load_tokenizer, signature, cluster, reader, find.unread, find.look_at)


def keep_models(pipeline: Pipeline) -> Pipeline:
    """The same for many builds with one configuration in one process: models are loaded by the first that needs them, and stay."""
    loaded: dict[str, Encoder] = {}

    def embedder(settings: IndexConfig) -> Encoder:
        if (name := settings.models.embedder) not in loaded:
            loaded[name] = pipeline.load_embedder(settings)
        return loaded[name]

    return replace(pipeline, load_embedder=embedder, load_tokenizer=cache(pipeline.load_tokenizer))


def make_preparation(pipeline: Pipeline, settings: IndexConfig, embedder: Encoder) -> Preparation:
    """The kit of a run: chunks fit the embedder, and their vectors' names carry its fingerprint."""
    tokenizer = pipeline.load_tokenizer(settings.models.embedder)
    window = embedder.max_tokens - tokenizer.num_special_tokens_to_add(False)
    room = min(CONTEXT_TOKENS, window // 4)
    budget = min(settings.index.chunk_tokens, window - room)
    salt = f"{pipeline.loader_version}|{chunking_fingerprint(budget)}"
    max_bytes = int(settings.index.max_file_mb * 1_000_000)
    return Preparation(pipeline.load_file, pipeline.signature, tokenizer, budget, room, salt, embedder.fingerprint, max_bytes)

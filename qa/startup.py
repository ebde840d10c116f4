"""Loading what an answer needs, side by side: the stores and the models; each with its time.

Python imports one library at a time whatever the threads, so all of them are imported here, in one thread, while the
models, which compile outside of Python, load in others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from index.errors import NoIndex

if TYPE_CHECKING:
    from qa.config import LlmSettings, Settings
    from qa.loaded import Loaded

T = TypeVar("T")
Laps = dict[str, float]
"""Seconds by what was loaded; parts that load side by side overlap, so they do not add up."""


def load(settings: Settings, laps: Laps) -> Loaded:
    """Open the index and load the models that the settings name; fills in `laps`.

    Raises `NoIndex`, `IndexMismatch`, `StoreError`, `ModelMissing`, `ChecksumMismatch`, `ModelError`, `UsageError`; nothing stays
    open then.
    """
    with timed(laps, "import engine"):
        from index.catalog.library import check_embedder, open_library
        from index.models.embed import load_embedder
        from qa.check.load import load_judge
        from qa.llm.client import load_llm
        from qa.loaded import Loaded
        from qa.read.load import load_reader
        from qa.retrieve.rescorer import load_rescorer

    with timed(laps, "open catalog"):
        library = open_library(settings)
    try:
        with timed(laps, "import openvino, tokenizers"):
            _import_runtimes()
        with ThreadPoolExecutor(3, thread_name_prefix="load") as pool:
            reader = pool.submit(_lap, laps, "reader", lambda: load_reader(settings))
            second = pool.submit(_lap, laps, "second embedder", lambda: load_rescorer(settings))
            embedder = pool.submit(_lap, laps, "embedder", lambda: load_embedder(settings, for_questions=True))
            with timed(laps, "open vectors"), suppress(NoIndex):  # a first build may be under way
                library.vectors.open()
            writer = _lap(laps, "writer", lambda: load_llm(settings.llm))
            check_embedder(library.catalog.meta(), settings, embedder.result().fingerprint)
            # Only what a language model wrote is judged.
            judge = _lap(laps, "judge", lambda: load_judge(settings)) if writer is not None else None
            found = reader.result()
            return Loaded(settings, library, embedder.result(), found, writer, second.result(), judge, is_word=found.knows)
    except BaseException:
        library.close()
        raise


def write_with(loaded: Loaded, llm: LlmSettings) -> None:
    """Let another language model write from now on, or none. Raises `ConfigError` or `ModelError` and leaves all as it was."""
    from qa.check.load import load_judge
    from qa.llm.client import load_llm

    settings = loaded.settings.model_copy(update={"llm": llm})
    writer = load_llm(llm)
    if writer is not None and loaded.judge is None:
        loaded.judge = load_judge(settings)
    loaded.writer, loaded.settings = writer, settings


@contextmanager
def timed(laps: Laps, name: str) -> Iterator[None]:
    """Note the seconds that the block takes."""
    started = time.perf_counter()
    yield
    laps[name] = time.perf_counter() - started


def _lap(laps: Laps, name: str, load: Callable[[], T]) -> T:
    with timed(laps, name):
        return load()


def _import_runtimes() -> None:
    """Before the threads start, so that they need not import; where one is absent, whoever needs it says so."""
    from index.models.compiled import import_openvino

    with suppress(ImportError):
        import_openvino()
    with suppress(ImportError):
        import tokenizers  # noqa: F401

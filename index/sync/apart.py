"""Building in a process of its own: a server goes on answering, a parser that dies takes nothing with it, the memory comes back.

The process may be stopped at any moment: a build that is killed loses nothing that was shown. Knows nothing of who asks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import TypeVar

from index.config import IndexConfig
from index.errors import EngineError, FootnoteError, short_reason
from index.offline import go_offline
from index.sync.report import ProgressCallback, Report

T = TypeVar("T")
Work = Callable[[ProgressCallback], T]
_LOOK_S = 0.2  # how soon a wish to stop is seen
_TELL_S = 0.1  # progress is told no more often, except the end of a stage
_END_S = 5.0
_NICE = 5  # answers go first


class Stopped(FootnoteError):
    """The work was stopped before its end."""


def build_apart(paths: Sequence[Path], settings: IndexConfig, forget: Sequence[str], progress: ProgressCallback) -> Report:
    """What the process does: take the sources `forget` out, then bring the index up to date with `paths`. Raises as these do."""
    from contextlib import closing

    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading
    from index.sync.build import build
    from index.sync.build import forget as forget_source

    for source in forget:
        with closing(Catalog(open_for_reading(settings.store.path))) as catalog:
            there = catalog.file_of(source) is not None
        if there:  # a run that was stopped may have taken it out already
            forget_source(source, settings)
    return build(paths, settings, progress=progress) if paths else Report()


def run_apart(work: Work[T], progress: ProgressCallback, stop: Event) -> T:
    """The result of `work`, which has to be fit for pickling, from a new process; `progress` is called here.

    Raises what the work raises, `Stopped` once `stop` is set, and `EngineError` when the process ends without a result.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, work), name="footnote-apart", daemon=True)
    process.start()
    there.close()
    try:
        while not stop.is_set():
            if not here.poll(_LOOK_S):
                continue
            try:
                kind, said = here.recv()
            except EOFError:
                process.join(_END_S)
                raise EngineError(
                    f"the process that reads documents ended before its time ({_how(process.exitcode)}). Index again; if it ends "
                    "again, take out the document that was added last."
                ) from None
            if kind == "progress":
                progress(*said)
            elif kind == "error":
                raise said
            else:
                return said  # type: ignore[no-any-return]
        raise Stopped("the work was stopped")
    finally:
        here.close()
        process.terminate()
        process.join(_END_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _how(code: int | None) -> str:
    return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"


def _work(there: Connection, work: Work[T]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it stops us
    os.nice(_NICE)
    go_offline()
    told = 0.0

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _TELL_S or done in (0, total):
            there.send(("progress", (stage, done, total)))
            told = now

    try:
        result = work(tell)
    except FootnoteError as error:
        there.send(("error", error))
    except BrokenPipeError:  # nobody waits any more
        return
    except Exception as error:
        there.send(("error", EngineError(f"the documents could not be indexed: {short_reason(error)}")))
        raise
    else:
        there.send(("result", result))

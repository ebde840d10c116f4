"""Following folders: build again whenever something under the paths changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from index.config import IndexConfig
from index.errors import IndexBusy, UsageError

_PATIENCE_MS = 10_000


def follow(paths: Sequence[Path], settings: IndexConfig, build: Callable[[], bool], stop: Event | None = None) -> bool:
    """Call `build` after every change until Ctrl-C (or `stop`); returns what the last call returned, False without one.

    Changes that come within a second or so are taken together. Changes of the index's own folder do not count. A change met
    while another process writes is taken up with the next one, at the latest ten seconds later.
    """
    try:
        from watchfiles import watch
    except ImportError as error:
        raise UsageError("--watch needs the package watchfiles. Run: pip install 'footnote[formats]'") from error
    own = settings.store.path.resolve()
    last, pending = False, False
    for changes in watch(*paths, stop_event=stop, yield_on_timeout=True, rust_timeout=_PATIENCE_MS, raise_interrupt=False):
        relevant = any(not Path(path).resolve().is_relative_to(own) for _, path in changes)
        if relevant or pending:
            try:
                last, pending = build(), False
            except IndexBusy:
                pending = True
    return last

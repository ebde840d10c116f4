"""Following folders: build again whenever something under the paths changes, looking only at what the watcher tells of.

A watcher may miss things: a file in a folder that came just before it looked, a name that it cannot tell, more changes than it can
keep. So everything is looked at in the first quiet moment, after each of these once more, and now and then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from index.config import IndexConfig
from index.errors import IndexBusy, UsageError
from index.formats.find import has_links

_PATIENCE_MS = 10_000
MANY = 500  # changed paths: of more the watcher may have lost some
WHOLE_S = 600.0  # all is looked at this often
_UNTOLD = "Unable to decode path"

Build = Callable[[Sequence[str] | None], bool]
"""Brings the index up to date with these changed paths, or with everything; whether a document failed."""


def follow(paths: Sequence[Path], settings: IndexConfig, build: Build, stop: Event | None = None, *, failed: bool = False) -> bool:
    """Call `build` after every change until Ctrl-C (or `stop`); returns whether a document `failed` when all was looked at last, or since.

    Changes that come within a second or so are taken together. Changes of the index's own folder do not count. A change met
    while another process writes is taken up with the next one, at the latest ten seconds later. Where links lie in the folders, a file
    may change under a name that is not told, so all is looked at each time.
    """
    own = os.path.realpath(settings.store.path)
    unsure, linked = True, has_links(paths)
    waiting: set[str] = set()
    due = time.monotonic() + WHOLE_S
    for told in _told(paths, stop):
        changed = {path for path in told or () if not _is_in(path, own)}
        waiting |= changed
        unsure = unsure or told is None
        late = time.monotonic() >= due
        if not waiting and not late and (told or not unsure):
            continue
        doubtful = len(waiting) > MANY or any(os.path.isdir(path) or os.path.islink(path) for path in waiting)  # noqa: PTH112, PTH114
        whole = unsure or late or linked or doubtful
        try:
            failed = build(None if whole else sorted(waiting)) or (failed and not whole)
        except IndexBusy:
            continue
        waiting.clear()
        if whole:  # and once more when it is quiet: a folder that came, and a new watcher, are there only a moment later
            unsure, linked, due = doubtful or told is None, has_links(paths), time.monotonic() + WHOLE_S
    return failed


def _told(paths: Sequence[Path], stop: Event | None) -> Iterator[set[str] | None]:
    """The paths that changed, none after some quiet seconds; None when some cannot be told."""
    try:
        from watchfiles import watch
    except ImportError as error:
        raise UsageError("--watch needs the package watchfiles. Run: pip install 'footnote[formats]'") from error
    while True:
        try:
            for changes in watch(
                *paths, watch_filter=None, stop_event=stop, yield_on_timeout=True, rust_timeout=_PATIENCE_MS, raise_interrupt=False
            ):
                yield {path for _, path in changes}
        except RuntimeError as error:  # of a name that is not UTF-8 the watcher makes an error, and ends
            if _UNTOLD not in str(error):
                raise
            yield None
        else:
            return


def _is_in(path: str, folder: str) -> bool:
    real = os.path.realpath(path)
    return real == folder or real.startswith(folder + os.sep)

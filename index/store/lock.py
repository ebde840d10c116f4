"""One writer at a time: a lock file that the operating system releases when its holder ends, however it ends.

Readers take no lock. Works between processes of one machine and between threads; knows nothing of what is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from index.errors import IndexBusy


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at `path` (created when absent) for the block.

    Raises `IndexBusy` at once, naming the process that holds it.
    """
    with path.open("a+", encoding="utf-8") as handle:
        if not try_lock(handle, exclusive=True):
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise IndexBusy(
                f"only one process may write to an index, and process {holder} is writing to {path.parent}. "
                "Wait until it has finished; asking questions works meanwhile."
            )
        handle.seek(0)
        handle.truncate()
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def try_lock(handle: IO[str], *, exclusive: bool) -> bool:
    """Lock an open file without waiting, shared or exclusive, until it is closed; False when another holds it."""
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

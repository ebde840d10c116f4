"""SQLite's write-ahead log, switched on with patience.

Two programs that open a new file at the same moment meet here: SQLite answers "locked" at once to the one that comes second, whatever
the connection's timeout says (its busy handler is not asked when a lock is raised to exclusive).
"""

from __future__ import annotations

import sqlite3


def switch_on(connection: sqlite3.Connection, patience_s: float) -> None:
    """Put the file of the connection into WAL mode, waiting up to `patience_s` seconds for others to let go of it.

    Raises `sqlite3.OperationalError` when it is still locked then, and at once for every other fault.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random  # here: a reader never switches

    tries = Retrying(retry=retry_if_exception(_is_busy), stop=stop_after_delay(patience_s), wait=wait_random(0.01, 0.1), reraise=True)
    tries(connection.execute, "PRAGMA journal_mode = WAL")


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

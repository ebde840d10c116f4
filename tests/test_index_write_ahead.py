"""Two programs that open a new SQLite file at the same moment: the second waits, and says so when waiting does not help."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from index.store import write_ahead


def held(path: Path) -> sqlite3.Connection:
    """A connection that is about to write, which SQLite's own timeout does not wait for when the mode changes."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE a (b)")
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_the_second_waits_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    with closing(held(path)) as first, closing(sqlite3.connect(path, timeout=10)) as second:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            second.execute("PRAGMA journal_mode = WAL")  # what SQLite itself does
        threading.Timer(0.3, lambda: first.execute("ROLLBACK")).start()
        write_ahead.switch_on(second, 30)
        assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_one_that_never_lets_go_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    with closing(held(path)), closing(sqlite3.connect(path)) as second, pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead.switch_on(second, 0.2)


def test_another_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite3"
    path.write_bytes(b"no database at all, only words that fill a header" * 20)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError, match="not a database"):
        write_ahead.switch_on(connection, 30)

"""Conversations and their ratings in one SQLite file beside the index.

A thread belongs to one owner; turns hold the whole answer as it was shown, so a reload shows the same footnotes. No two threads of one
owner have the same title. Knows nothing of HTTP or engines.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from index.errors import StoreError
from index.store import write_ahead
from qa.schema import Turn

FILE_NAME = "chat.sqlite3"
MAX_TITLE = 120  # characters
MAX_WORDS = 10  # that a search takes
_PATIENCE_S = 10.0
Verdict = Literal["up", "down"]
Reason = Literal["wrong", "incomplete", "refused"]
"""What is wrong with an answer: a false or unfitting statement, something missing, or a refusal although the documents answer."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS thread (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS thread_by_owner ON thread (owner, updated DESC);
CREATE TABLE IF NOT EXISTS turn (
    id TEXT PRIMARY KEY, thread TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL,
    question TEXT NOT NULL, payload TEXT NOT NULL, created TEXT NOT NULL, verdict TEXT, comment TEXT, UNIQUE (thread, ordinal)
) STRICT;
"""
# What later versions added: column by table.
_ADDED = {("thread", "pinned"): "INTEGER NOT NULL DEFAULT 0", ("turn", "reason"): "TEXT"}


class ThreadInfo(BaseModel):
    """A conversation in the list."""

    id: str
    title: str
    updated: str
    pinned: bool = False


class StoredTurn(BaseModel):
    """One question with the payload that the page showed for it."""

    id: str
    question: str
    created: str
    payload: dict[str, Any]
    verdict: Verdict | None = None
    reason: Reason | None = None
    comment: str | None = None


class ThreadStore:
    """The conversations file; safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises `StoreError` when it cannot be opened."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=_PATIENCE_S)
            self._db.row_factory = sqlite3.Row
            self._db.create_function("fold", 1, lambda text: str(text).casefold(), deterministic=True)
            write_ahead.switch_on(self._db, _PATIENCE_S)
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.executescript(_SCHEMA)
            _upgrade(self._db)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"the conversations file must be readable and writable: {path}: {error}. Mend it or move it away.") from error
        self._lock = threading.Lock()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with self._db:
                    yield self._db
            except sqlite3.Error as error:
                raise StoreError(f"the conversations file could not be used: {error}. Check the disk and try again.") from error

    def threads(self, owner: str, words: str = "", limit: int = 200) -> list[ThreadInfo]:
        """The owner's threads, pinned ones first, then last used first; with `words` those whose title, questions and answers hold
        each of them, in any case of letters."""
        turn = "fold(question || ' ' || json_extract(payload, '$.answer.answer'))"
        said = f"EXISTS (SELECT 1 FROM turn WHERE thread = thread.id AND instr({turn}, ?))"
        wanted = words.casefold().split()[:MAX_WORDS]
        sql = "SELECT id, title, updated, pinned FROM thread WHERE owner = ?" + f" AND (instr(fold(title), ?) OR {said})" * len(wanted)
        values = [owner, *(word for one in wanted for word in (one, one)), limit]
        with self._transaction() as db:
            rows = db.execute(f"{sql} ORDER BY pinned DESC, updated DESC, id LIMIT ?", values)
            return [ThreadInfo(**dict(row)) for row in rows]

    def thread(self, owner: str, thread: str) -> ThreadInfo | None:
        """One of the owner's threads, None when it is not theirs."""
        with self._transaction() as db:
            row = db.execute("SELECT id, title, updated, pinned FROM thread WHERE id = ? AND owner = ?", (thread, owner)).fetchone()
        return ThreadInfo(**dict(row)) if row else None

    def start(self, owner: str, title: str) -> str:
        """Make a thread and return its id; a title that is taken gets a number."""
        thread = uuid.uuid4().hex
        now = _now()
        with self._transaction() as db:
            values = (thread, owner, _free(db, owner, title), now, now)
            db.execute("INSERT INTO thread (id, owner, title, created, updated) VALUES (?, ?, ?, ?, ?)", values)
        return thread

    def change(self, owner: str, thread: str, *, title: str | None = None, pinned: bool | None = None) -> ThreadInfo | None:
        """Give the thread another title (numbered where it is taken), pin or unpin it; None when it is not the owner's."""
        with self._transaction() as db:
            if title is not None:
                db.execute("UPDATE thread SET title = ? WHERE id = ? AND owner = ?", (_free(db, owner, title, thread), thread, owner))
            if pinned is not None:
                db.execute("UPDATE thread SET pinned = ? WHERE id = ? AND owner = ?", (int(pinned), thread, owner))
        return self.thread(owner, thread)

    def owns(self, owner: str, thread: str, turn: str | None = None) -> bool:
        """Whether the thread exists and belongs to `owner`, and holds the turn where one is named."""
        sql, values = "SELECT 1 FROM thread WHERE id = ? AND owner = ?", [thread, owner]
        if turn is not None:
            sql, values = f"{sql} AND EXISTS (SELECT 1 FROM turn WHERE turn.id = ? AND thread = thread.id)", [*values, turn]
        with self._transaction() as db:
            return db.execute(sql, values).fetchone() is not None

    def turns(self, owner: str, thread: str) -> list[StoredTurn]:
        """The turns of one of the owner's threads, in order; none when it is not theirs."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT turn.id, question, turn.created, payload, verdict, reason, comment FROM turn "
                "JOIN thread ON thread.id = turn.thread WHERE thread.id = ? AND owner = ? ORDER BY ordinal",
                (thread, owner),
            ).fetchall()
        return [StoredTurn(**{**dict(row), "payload": json.loads(row["payload"])}) for row in rows]

    def history(self, owner: str, thread: str, limit: int = 6, before: str | None = None) -> list[Turn]:
        """The last exchanges, oldest first, for understanding a follow-up; with `before` those ahead of that turn."""
        turns = self.turns(owner, thread)
        ahead = next((n for n, turn in enumerate(turns) if turn.id == before), len(turns))
        return [Turn(turn.question, str(turn.payload["answer"]["answer"])) for turn in turns[:ahead][-limit:]]

    def add_turn(self, thread: str, question: str, payload: dict[str, Any], turn: str | None = None, instead: str | None = None) -> str:
        """Append a finished exchange; `payload["answer"]` is the Answer JSON. Returns the turn's id.

        It takes the place of the turn `instead` and of all behind it; a title that was the first question follows it.
        """
        turn = turn or uuid.uuid4().hex
        now = _now()
        with self._transaction() as db:
            if instead is not None:
                _cut(db, thread, instead, question)
            (ordinal,) = db.execute("SELECT coalesce(max(ordinal), 0) + 1 FROM turn WHERE thread = ?", (thread,)).fetchone()
            db.execute(
                "INSERT INTO turn (id, thread, ordinal, question, payload, created) VALUES (?, ?, ?, ?, ?, ?)",
                (turn, thread, ordinal, question, json.dumps(payload, ensure_ascii=False), now),
            )
            db.execute("UPDATE thread SET updated = ? WHERE id = ?", (now, thread))
        return turn

    def rate(self, owner: str, turn: str, verdict: Verdict | None, comment: str = "", reason: Reason | None = None) -> bool:
        """Store (or with None withdraw) a rating; False when the turn is not the owner's."""
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE turn SET verdict = ?, comment = ?, reason = ? WHERE id = ? AND thread IN (SELECT id FROM thread WHERE owner = ?)",
                (verdict, comment or None, reason, turn, owner),
            ).rowcount
        return changed > 0

    def forget(self, owner: str, thread: str) -> bool:
        """Delete a thread with its turns; False when it is not the owner's."""
        with self._transaction() as db:
            return db.execute("DELETE FROM thread WHERE id = ? AND owner = ?", (thread, owner)).rowcount > 0

    def rated(self) -> list[dict[str, Any]]:
        """Every rated turn with the exchanges before it in its thread, oldest first."""
        with self._transaction() as db:
            rows = db.execute("SELECT * FROM turn WHERE verdict IS NOT NULL ORDER BY created, id").fetchall()
            found = []
            for row in rows:
                before = db.execute(
                    "SELECT question, payload FROM turn WHERE thread = ? AND ordinal < ? ORDER BY ordinal", (row["thread"], row["ordinal"])
                ).fetchall()
                found.append({**dict(row), "before": [(b["question"], json.loads(b["payload"])) for b in before]})
        return found

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def threads_path(store: Path) -> Path:
    """Where the conversations of the index at `store` live."""
    return store / FILE_NAME


def _upgrade(db: sqlite3.Connection) -> None:
    """Add what a file of an earlier version lacks; its titles that are the same get numbers."""
    with db:
        db.execute("BEGIN IMMEDIATE")  # another server may be at it
        for (table, column), kind in _ADDED.items():
            if column not in {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'thread_title'").fetchone() is None:
            same = "b.owner = a.owner AND b.title = a.title AND (b.created, b.id) < (a.created, a.id)"
            again = f"SELECT id, owner, title FROM thread a WHERE EXISTS (SELECT 1 FROM thread b WHERE {same}) ORDER BY created, id"
            for row in db.execute(again).fetchall():
                db.execute("UPDATE thread SET title = ? WHERE id = ?", (_free(db, row["owner"], row["title"]), row["id"]))
            db.execute("CREATE UNIQUE INDEX thread_title ON thread (owner, title)")


def _free(db: sqlite3.Connection, owner: str, wanted: str, thread: str = "") -> str:
    """The title, with a number behind it where another thread of the owner than `thread` has it."""
    title, n = _title(wanted), 1
    while db.execute("SELECT 1 FROM thread WHERE owner = ? AND title = ? AND id <> ?", (owner, title, thread)).fetchone():
        n += 1
        number = f" ({n})"
        title = f"{_title(wanted)[: MAX_TITLE - len(number)].rstrip()}{number}"
    return title


def _title(text: str) -> str:
    return " ".join(text.split())[:MAX_TITLE].rstrip() or "Conversation"


def _cut(db: sqlite3.Connection, thread: str, turn: str, question: str) -> None:
    """Take the turn and all behind it out of the thread."""
    row = db.execute("SELECT ordinal, question FROM turn WHERE id = ? AND thread = ?", (turn, thread)).fetchone()
    if row is None:
        return
    db.execute("DELETE FROM turn WHERE thread = ? AND ordinal >= ?", (thread, row["ordinal"]))
    about = db.execute("SELECT owner, title FROM thread WHERE id = ?", (thread,)).fetchone()
    first = db.execute("SELECT 1 FROM turn WHERE thread = ?", (thread,)).fetchone() is None
    if first and re.sub(r" \(\d+\)$", "", about["title"]) == _title(row["question"]):
        db.execute("UPDATE thread SET title = ? WHERE id = ?", (_free(db, about["owner"], question, thread), thread))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")

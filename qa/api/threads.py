"""Conversations and their ratings in one SQLite file beside the index.

A thread belongs to one owner; turns hold the whole answer as it was shown, so a reload shows the same footnotes.
Ratings leave as eval-set candidates (contract 4.2).
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

from index.errors import StoreError, UsageError
from index.store import write_ahead
from qa.schema import Turn

FILE_NAME = "chat.sqlite3"
_PATIENCE_S = 10.0
Verdict = Literal["up", "down"]

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


class ThreadInfo(BaseModel):
    """A conversation in the list."""

    id: str
    title: str
    updated: str


class StoredTurn(BaseModel):
    """One question with the payload that the page showed for it."""

    id: str
    question: str
    created: str
    payload: dict[str, Any]
    verdict: Verdict | None = None


class ThreadStore:
    """Threads, turns and ratings. One connection, guarded by a lock; every change is one transaction."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises `StoreError` when it cannot be opened."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=_PATIENCE_S)
            self._db.row_factory = sqlite3.Row
            write_ahead.switch_on(self._db, _PATIENCE_S)
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.executescript(_SCHEMA)
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

    def threads(self, owner: str, limit: int = 200) -> list[ThreadInfo]:
        """The owner's threads, last used first."""
        with self._transaction() as db:
            rows = db.execute("SELECT id, title, updated FROM thread WHERE owner = ? ORDER BY updated DESC, id LIMIT ?", (owner, limit))
            return [ThreadInfo(**dict(row)) for row in rows]

    def start(self, owner: str, title: str) -> str:
        """Make a thread and return its id."""
        thread = uuid.uuid4().hex
        now = _now()
        with self._transaction() as db:
            db.execute("INSERT INTO thread VALUES (?, ?, ?, ?, ?)", (thread, owner, " ".join(title.split())[:120], now, now))
        return thread

    def owns(self, owner: str, thread: str) -> bool:
        """Whether the thread exists and belongs to `owner`."""
        with self._transaction() as db:
            return db.execute("SELECT 1 FROM thread WHERE id = ? AND owner = ?", (thread, owner)).fetchone() is not None

    def turns(self, owner: str, thread: str) -> list[StoredTurn]:
        """The turns of one of the owner's threads, in order; none when it is not theirs."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT turn.id, question, turn.created, payload, verdict FROM turn JOIN thread ON thread.id = turn.thread "
                "WHERE thread.id = ? AND owner = ? ORDER BY ordinal",
                (thread, owner),
            ).fetchall()
        return [StoredTurn(**{**dict(row), "payload": json.loads(row["payload"])}) for row in rows]

    def history(self, owner: str, thread: str, limit: int = 6) -> list[Turn]:
        """The last exchanges, oldest first, for understanding a follow-up."""
        return [Turn(turn.question, str(turn.payload["answer"]["answer"])) for turn in self.turns(owner, thread)[-limit:]]

    def add_turn(self, thread: str, question: str, payload: dict[str, Any], turn: str | None = None) -> str:
        """Append a finished exchange; `payload["answer"]` is the Answer JSON. Returns the turn's id."""
        turn = turn or uuid.uuid4().hex
        now = _now()
        with self._transaction() as db:
            (ordinal,) = db.execute("SELECT coalesce(max(ordinal), 0) + 1 FROM turn WHERE thread = ?", (thread,)).fetchone()
            db.execute(
                "INSERT INTO turn (id, thread, ordinal, question, payload, created) VALUES (?, ?, ?, ?, ?, ?)",
                (turn, thread, ordinal, question, json.dumps(payload, ensure_ascii=False), now),
            )
            db.execute("UPDATE thread SET updated = ? WHERE id = ?", (now, thread))
        return turn

    def rate(self, owner: str, turn: str, verdict: Verdict | None, comment: str = "") -> bool:
        """Store (or with None withdraw) a rating; False when the turn is not the owner's."""
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE turn SET verdict = ?, comment = ? WHERE id = ? AND thread IN (SELECT id FROM thread WHERE owner = ?)",
                (verdict, comment or None, turn, owner),
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


def export_feedback(path: Path, out: Path) -> int:
    """Write the rated turns of the conversations file `path` to `out` as eval-set candidates; returns how many.

    A candidate is a case of contract 4.2 that a person has to read before it joins a set. Raises `UsageError` when
    `path` does not exist.
    """
    if not path.is_file():
        raise UsageError(f"there are no conversations at {path}. Rate answers in 'footnote serve' first.")
    store = ThreadStore(path)
    try:
        cases = [_candidate(row) for row in store.rated()]
    finally:
        store.close()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    return len(cases)


def _candidate(row: dict[str, Any]) -> dict[str, Any]:
    answer = json.loads(row["payload"])["answer"]
    good = row["verdict"] == "up"
    by_number = {citation["n"]: citation for citation in answer["citations"]}
    nuggets = [
        {
            "text": claim["text"],
            "match": [[word] for word in _key_words(claim["text"])],
            "vital": True,
            "evidence": [{"source": by_number[n]["source"], "quote": by_number[n]["quote"]} for n in claim["citations"] if n in by_number],
        }
        for claim in answer["claims"]
        if good
    ]
    case: dict[str, Any] = {
        "id": f"feedback-{row['id'][:12]}",
        "question": row["question"],
        # A good refusal is a case without an answer; a bad refusal is one that should have had one.
        "answerable": answer["abstained"] != good,
        "nuggets": nuggets,
        "tags": ["feedback", row["verdict"], "candidate"],
    }
    if row["before"]:
        case["history"] = [{"question": question, "answer": payload["answer"]["answer"]} for question, payload in row["before"][-6:]]
    if row["comment"]:
        case["comment"] = row["comment"]
    return case


def _key_words(text: str) -> list[str]:
    """What a right answer must repeat: numbers and names of the claim, at most six; the whole claim when it has none."""
    plain = re.sub(r"\[\d+\]", "", text)
    names = re.findall(r"\d[\d.,]*\d|\d|(?<=\s)[A-ZА-Я][\w’'-]+(?:\s[A-ZА-Я][\w’'-]+)*", plain)
    return list(dict.fromkeys(names))[:6] or [plain.strip()]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")

"""Where the vectors of each generation live, so that readers never meet a store that is being written.

An embedded Chroma folder tolerates one process only. So the writer works on a copy (`vectors/v8` beside `vectors/v7`),
and the catalog's pointer moves from one to the other in the same transaction that shows the new documents. A reader holds a
shared lock on the generation that it has open; the writer removes those that nobody holds. A killed writer leaves a copy
that no pointer names. Beside a generation lie its vectors as codes (`v8.codes`, see `coded`), all that most readers open. On a Chroma
server there is one collection, written in place: the server serialises its users. It bears a stamp that names the generation it was
left at: a server that was restored from elsewhere is found out.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Container, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.config import StoreSettings
from index.errors import StoreError
from index.store.chroma_server import open_server
from index.store.coded import CodedVectors, Pages, open_coded, write_coded
from index.store.durable import sync, sync_tree
from index.store.lock import try_lock
from index.store.seal import holds, is_sealed, seal_of
from index.store.vectors import VectorStore, open_folder

FOLDER = "vectors"
_SQLITE = "chroma.sqlite3"
_PATIENCE_S = 60.0
_OURS = re.compile(r"v\d+[dr]*")  # nothing else in the folder is touched


@dataclass(slots=True)
class OpenVectors:
    """A generation opened for reading."""

    name: str
    store: VectorStore
    lock: IO[str] | None

    def close(self) -> None:
        """Close the store, then let the writer remove it."""
        self.store.close()
        if self.lock is not None:
            self.lock.close()


class Generations:
    """The generations of one index. `index_id` names its collection on a server."""

    def __init__(self, settings: StoreSettings, index_id: str) -> None:
        self._settings = settings
        self._folder = settings.path / FOLDER
        self._collection = f"footnote-{index_id}"
        self.in_place = settings.url is not None

    def name(self, generation: int) -> str:
        """What the vectors of a generation go by."""
        return f"server-{generation}" if self.in_place else f"v{generation}"

    def has(self, name: str) -> bool:
        """Whether the generation is there: as far as its files tell, or by the stamp on the server. Raises `StoreError`."""
        if not self.in_place:
            return (self._folder / name / _SQLITE).is_file()
        with closing(open_server(self._settings, self._collection, create=True)) as store:
            return store.stamp() == name

    def seal(self, facts: Mapping[str, str]) -> str:
        """What `is_intact` compares with: the files of the published generation as they are now; "" on a server."""
        return "" if self.in_place or "vectors" not in facts else seal_of(self._folder / facts["vectors"], _state(facts))

    def is_intact(self, facts: Mapping[str, str]) -> bool:
        """Whether the files of the published generation are as the writer left them; a server looks after its own."""
        if self.in_place or "vectors" not in facts:
            return True
        return is_sealed(self._folder / facts["vectors"], _state(facts), facts.get("seal_vectors"))

    def holds(self, name: str, vectors: int) -> bool:
        """Whether what Chroma keeps in SQLite can be read and knows so many vectors; a server's is asked by its stamp (`has`)."""
        return self.in_place or holds(self._folder / name, vectors)

    def open(self, name: str) -> OpenVectors | None:
        """Open a generation for reading; None when the writer is just removing it (then ask for the newer name)."""
        if self.in_place:
            return OpenVectors(name, open_server(self._settings, self._collection), None)
        try:
            if self.has(name) and not self._lock_file(name).exists():  # a backup without lock files
                self._lock_file(name).touch()
            lock = self._lock_file(name).open(encoding="utf-8")
        except OSError:
            return None
        if not try_lock(lock, exclusive=False) or not self.has(name):
            lock.close()
            return None
        try:
            return OpenVectors(name, open_folder(self._folder / name), lock)
        except StoreError:
            lock.close()
            raise

    def begin(self, current: str | None, new: str, *, empty: bool = False) -> VectorStore:
        """A store to write to, with the vectors of `current` in it (none when that is None or `empty` is set)."""
        if self.in_place:
            return open_server(self._settings, self._collection, create=True)
        target = self._folder / new
        try:
            self._remove(new)
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock_file(new).touch()
            if current is not None and not empty and self.has(current):
                _copy(self._folder / current, target)
            else:
                target.mkdir()
        except OSError as error:
            raise StoreError(f"cannot write vectors to {target}: {error.strerror or error}. Free space or mend permissions.") from error
        return open_folder(target, create=True)

    def codes(self, name: str) -> CodedVectors | None:
        """The codes of a generation; None where there are none, on a server never any."""
        return None if self.in_place else open_coded(self._codes_file(name), self._stamp(name))

    def write_codes(self, name: str, pages: Pages, wanted: Container[str] | None = None) -> None:
        """Write the codes of a generation, of `wanted` keys alone where they are given. Raises `StoreError`."""
        try:
            write_coded(self._codes_file(name), self._stamp(name), pages, wanted)
        except OSError as error:
            where = self._codes_file(name)
            raise StoreError(f"cannot write vectors to {where}: {error.strerror or error}. Free space or mend permissions.") from error

    def drop_codes(self, name: str) -> None:
        """Remove the codes of a generation: the next run writes them anew."""
        self._codes_file(name).unlink(missing_ok=True)

    def sync(self, name: str) -> None:
        """See that a generation is on the disk: the catalog may name it only then, for a power cut can take what is not."""
        sync_tree(self._folder / name)
        sync(self._folder.parent)

    def sweep(self, *keep: str) -> None:
        """Remove every generation but those to keep and those that a reader has open."""
        if self.in_place or not self._folder.is_dir():
            return
        names = {path.name.partition(".")[0] for path in self._folder.iterdir()}
        for name in filter(_OURS.fullmatch, names.difference(keep)):
            self._lock_file(name).touch()
            with self._lock_file(name).open(encoding="utf-8") as lock:
                if try_lock(lock, exclusive=True):
                    self._remove(name)
                    self._lock_file(name).unlink()

    def _remove(self, name: str) -> None:
        for path in self._folder.glob(f"{name}.codes*"):
            path.unlink()
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def _codes_file(self, name: str) -> Path:
        return self._folder / f"{name}.codes"

    def _stamp(self, name: str) -> str:
        return f"{self._collection} {name}"

    def _lock_file(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _state(facts: Mapping[str, str]) -> str:
    return f"{facts['vectors']} of {facts['generation']}"


def _copy(source: Path, target: Path) -> None:
    """Copy a generation that readers may have open: Chroma writes to its SQLite file even when it opens it for reading."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"{_SQLITE}*"))
    try:
        with closing(sqlite3.connect(source / _SQLITE, timeout=_PATIENCE_S)) as old, closing(sqlite3.connect(target / _SQLITE)) as new:
            old.backup(new)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"cannot copy the vectors in {source}: {error}. Run footnote index again.") from error

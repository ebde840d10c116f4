"""What a power cut may leave of a folder: a program's writes are recorded as they happen, then replayed up to any moment.

`record` runs a program under `disk_trace.c`, which sees every call of the kernel that changes a file, whoever makes it (Python, SQLite,
Chroma, tantivy). `Disk` knows after each record what is certain to be on the disk, what was only written, and which names were only given;
`leave` makes a folder of what is certain and of a part of the rest. What a program writes through mapped memory is not seen: `record`
says which files were mapped for writing.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("disk_trace.c")
PAGE = 4096  # what a disk writes whole; of a longer write any pages may be there
_NO_TRACE = 99


@dataclass(frozen=True, slots=True)
class Record:
    """One change: `what` was done to `path` (relative to the folder), `other` is the new name; `at` an offset or a size."""

    what: str
    path: str
    other: str = ""
    at: int = 0
    data: bytes = b""


def record(folder: Path, command: Sequence[str], scratch: Path, environment: Mapping[str, str]) -> list[Record]:
    """Run the command and return what it did below the folder, in order. Skips where programs cannot be traced."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("recording what a program writes takes a C compiler")
    tracer, log = scratch / "disk_trace", scratch / "disk_trace.log"
    if not tracer.exists():
        built = subprocess.run([compiler, "-O1", "-o", str(tracer), str(SOURCE)], capture_output=True, text=True, check=False)
        if built.returncode:
            pytest.skip(f"recording what a program writes takes Linux: {built.stderr.splitlines()[:1]}")
    done = subprocess.run([str(tracer), str(log), str(folder.resolve()), *command], env=dict(environment), check=False)
    if done.returncode == _NO_TRACE:
        pytest.skip("this system lets no program be traced")
    assert done.returncode == 0
    return list(_records(log.read_bytes(), folder.resolve()))


def _records(log: bytes, folder: Path) -> Iterator[Record]:
    def relative(path: bytes) -> str:
        return os.path.relpath(os.fsdecode(path), folder) if path else ""

    at = 0
    while at < len(log):
        end = log.index(b"\n", at)
        what, path, other, number, length = log[at:end].split(b"\t")
        at = end + 1 + int(length)
        yield Record(what.decode(), relative(path), relative(other), int(number), log[end + 1 : at])


@dataclass(eq=False, slots=True)
class _File:
    """A file, whatever its name: what is certain to be on the disk, and what was written since, in order (a number: cut or extended to)."""

    certain: bytearray = field(default_factory=bytearray)
    written: list[tuple[int, bytes] | int] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.written:
            _apply(self.certain, change)
        self.written.clear()

    def left(self, chance: random.Random, share: float) -> bytes:
        """What is certain, and about that share of the rest; a page that is not there may be zeros where the file has grown."""
        data = bytearray(self.certain)
        for change in self.written:
            if isinstance(change, int):
                if chance.random() < share:
                    _apply(data, change)
                continue
            start, new = change
            if share and chance.random() < 0.5:
                _apply(data, max(len(data), start + len(new)))
            for page in range(start - start % PAGE, start + len(new), PAGE):
                if chance.random() < share:
                    first = max(page, start)
                    _apply(data, (first, new[first - start : page + PAGE - start]))
        return bytes(data)


def _apply(data: bytearray, change: tuple[int, bytes] | int) -> None:
    size = change if isinstance(change, int) else change[0]
    if isinstance(change, int):
        del data[size:]
    data.extend(bytes(max(0, size - len(data))))
    if not isinstance(change, int):
        data[size : size + len(change[1])] = change[1]


_Names = dict[str, "_File | None"]  # None: a folder


class Disk:
    """A folder that was empty, after the records taken so far."""

    def __init__(self) -> None:
        self.names: _Names = {".": None}
        self._certain: _Names = {".": None}
        self._given: list[tuple[set[str], dict[str, _File | bool | None]]] = []  # folders to be synced, names (False: no more)
        self.mapped: set[str] = set()

    def take(self, one: Record) -> None:
        """The next change. Fails for what cannot be replayed."""
        if one.path not in self.names and one.what not in ("create", "folder"):
            return  # of a file that has no name any more: it is gone with the power
        node = self.names.get(one.path)
        match one.what:
            case "create":
                self._name({one.path: _File()})
            case "folder":
                self._name({one.path: None})
            case "rename":
                assert node is not None, f"a folder got another name: {one}"
                self._name({one.path: False, one.other: node})
            case "link":
                self._name({one.other: node})
            case "remove":
                self._name({one.path: False})
            case "sync" if node is None:
                self._sync_names(one.path)
            case "sync":
                node.sync()
            case "write" if node is not None:
                node.written.append((one.at, one.data))
            case "truncate" if node is not None:
                node.written.append(one.at)
            case "extend" if node is not None:
                node.written.append((one.at, b""))
            case "map":
                self.mapped.add(one.path)
            case _:
                raise AssertionError(f"this cannot be replayed: {one}")

    def _name(self, names: dict[str, _File | bool | None]) -> None:
        _give(self.names, names)
        self._given.append(({Path(path).parent.as_posix() for path in names}, names))

    def _sync_names(self, folder: str) -> None:
        waiting = []
        for folders, names in self._given:
            folders.discard(folder)
            if folders:
                waiting.append((folders, names))
            else:
                _give(self._certain, names)
        self._given = waiting

    def live(self) -> dict[str, bytes]:
        """Every file as programs see it now."""
        return {path: node.left(random.Random(0), 1.0) for path, node in self.names.items() if node is not None}

    def leave(self, target: Path, chance: random.Random) -> str:
        """Make the folder as a power cut now may leave it; returns in which way.

        "synced": what was synced and nothing else. "journal": names as they were up to some moment, as file systems with a journal keep
        them. "any": each name and each page by chance.
        """
        way = chance.choice(["synced", "journal", "any"])
        share = 0.0 if way == "synced" else chance.choice([0.2, 0.5, 0.9])
        names = dict(self._certain)
        kept = chance.randint(0, len(self._given)) if way == "journal" else 0
        for number, (_, given) in enumerate(self._given):
            if number < kept or (way == "any" and chance.random() < share):
                _give(names, given)
        target.mkdir()
        for path in sorted(names):
            if path == "." or not (target / path).parent.is_dir():
                continue  # its folder was lost
            node = names[path]
            if node is None:
                (target / path).mkdir()
            elif path in self.mapped:
                (target / path).write_bytes(chance.randbytes(len(node.certain) or PAGE))
            else:
                (target / path).write_bytes(node.left(chance, share))
        return way


def _give(names: _Names, given: Mapping[str, _File | bool | None]) -> None:
    for path, node in given.items():
        if isinstance(node, bool):
            names.pop(path, None)
        else:
            names[path] = node

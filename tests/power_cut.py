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
from collections.abc import Callable, Iterator, Mapping, Sequence
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


@dataclass(eq=False, slots=True)
class _Folder:
    """A folder, whatever its name: the names in it as programs see them, and those that are certain to be on the disk."""

    names: dict[str, _File | _Folder] = field(default_factory=dict)
    certain: dict[str, _File | _Folder] = field(default_factory=dict)


_Change = tuple[_Folder, str, "_File | _Folder | None"]  # None: the name is gone


class Disk:
    """A folder that was empty, after the records taken so far."""

    def __init__(self) -> None:
        self._root = _Folder()
        self._given: list[list[_Change]] = []  # in order, those that are not certain yet
        self.mapped: set[str] = set()

    def take(self, one: Record) -> None:
        """The next change. Fails for what cannot be replayed."""
        node = self._find(one.path)
        if node is None and one.what not in ("create", "folder"):
            return  # of a file that has no name any more: it is gone with the power
        match node, one.what:
            case _, "create":
                self._name((one.path, _File()))
            case _, "folder":
                self._name((one.path, _Folder()))
            case _, "rename":
                self._name((one.path, None), (one.other, node))
            case _, "link":
                self._name((one.other, node))
            case _, "remove":
                self._name((one.path, None))
            case _Folder(), "sync":
                self._sync_names(node)
            case _File(), "sync":
                node.sync()
            case _File(), "write":
                node.written.append((one.at, one.data))
            case _File(), "truncate":
                node.written.append(one.at)
            case _File(), "extend":
                node.written.append((one.at, b""))
            case _File(), "map":
                self.mapped.add(one.path)
            case _:
                raise AssertionError(f"this cannot be replayed: {one}")

    def _find(self, path: str) -> _File | _Folder | None:
        node: _File | _Folder | None = self._root
        for part in Path(path).parts:
            node = node.names.get(part) if isinstance(node, _Folder) else None
        return node

    def _name(self, *given: tuple[str, _File | _Folder | None]) -> None:
        changes: list[_Change] = []
        for path, node in given:
            folder = self._find(str(Path(path).parent))
            assert isinstance(folder, _Folder), f"from or to elsewhere: {path}"
            changes.append((folder, Path(path).name, node))
            _give(folder.names, Path(path).name, node)
        self._given.append(changes)

    def _sync_names(self, synced: _Folder) -> None:
        """What a rename takes away is certain with what it gives."""
        for changes in self._given:
            if changes[-1][0] is synced:
                for folder, name, node in changes:
                    _give(folder.certain, name, node)
        self._given = [changes for changes in self._given if changes[-1][0] is not synced]

    def live(self) -> dict[str, bytes]:
        """Every file as programs see it now."""
        files = _files(self._root, lambda folder: folder.names)
        return {path: node.left(random.Random(0), 1.0) for path, node in files if isinstance(node, _File)}

    def leave(self, target: Path, chance: random.Random) -> str:
        """Make the folder as a power cut now may leave it; returns in which way.

        "synced": what was synced and nothing else. "journal": names as they were up to some moment, as file systems with a journal keep
        them. "any": each name and each page by chance.
        """
        way = chance.choice(["synced", "journal", "any"])
        share = 0.0 if way == "synced" else chance.choice([0.2, 0.5, 0.9])
        kept = chance.randint(0, len(self._given)) if way == "journal" else 0
        names: dict[_Folder, dict[str, _File | _Folder]] = {}
        for number, changes in enumerate(self._given):
            if number < kept or (way == "any" and chance.random() < share):
                for folder, name, node in changes:
                    _give(names.setdefault(folder, dict(folder.certain)), name, node)
        target.mkdir()
        for path, node in _files(self._root, lambda folder: names.get(folder, folder.certain)):
            if isinstance(node, _Folder):
                (target / path).mkdir()
            elif path in self.mapped:
                (target / path).write_bytes(chance.randbytes(len(node.certain) or PAGE))
            else:
                (target / path).write_bytes(node.left(chance, share))
        return way


def _give(names: dict[str, _File | _Folder], name: str, node: _File | _Folder | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _files(
    folder: _Folder, named: Callable[[_Folder], Mapping[str, _File | _Folder]], within: str = ""
) -> Iterator[tuple[str, _File | _Folder]]:
    """All files and folders below, with their paths, each folder before what is in it."""
    for name, node in sorted(named(folder).items()):
        yield f"{within}{name}", node
        if isinstance(node, _Folder):
            yield from _files(node, named, f"{within}{name}/")

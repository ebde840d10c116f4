"""The folder that holds what was uploaded: which names may be written there, how much, and that a file is whole or absent.

A name comes from somebody else and is never trusted: it is walked one folder at a time, through no link, and cannot leave the folder.
Knows nothing of HTTP and of the index.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index.errors import UsageError
from index.formats.find import is_readable, why_unread

Outcome = Literal["new", "replaced", "same"]
INCOMING = ".incoming"  # hidden, so that nothing indexes what is half there
MAX_PART, MAX_PATH, MAX_DEPTH = 200, 900, 16  # bytes of a name (255 is what disks take), of a path, folders
SPARE = 200_000_000  # bytes of the disk that uploads leave free
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control characters, direction marks, lone surrogates, separators of lines
_JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji are spelt with them
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class UploadRefused(UsageError):
    """A file that is not taken, with the HTTP status that says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def checked_path(path: str) -> tuple[str, ...]:
    """The parts of a path below the folder. Raises `UploadRefused` for one that could mean anything else than a file in it."""
    path = unicodedata.normalize("NFC", path)
    shown = path[:100].encode("utf-8", "replace").decode()
    parts = tuple(path.split("/"))
    if "\\" in path or "\ufffd" in path or any(unicodedata.category(c) in _UNSEEN and c not in _JOINERS for c in path):
        raise UploadRefused(
            f"a file name is UTF-8 without control characters, direction marks and backslashes, got {shown!r}. Rename the file."
        )
    if len(path.encode()) > MAX_PATH or any(len(part.encode()) > MAX_PART for part in parts):
        raise UploadRefused(
            f"a file name has at most {MAX_PART} bytes, with its folders {MAX_PATH}, got {shown!r}... of {len(path.encode())}. Shorten it."
        )
    if len(parts) > MAX_DEPTH:
        raise UploadRefused(f"a file lies at most {MAX_DEPTH - 1} folders deep, got {len(parts) - 1}: {shown!r}. Move it up.")
    for part in parts:
        if not part or part.startswith(".") or part != part.strip() or part.endswith("."):
            raise UploadRefused(
                f"names are not empty and neither begin nor end with a dot or a space, got {shown!r}. Rename the file or its folder."
            )
    return parts


@dataclass(slots=True)
class Folder:
    """The folder at `root`: files of at most `max_bytes`, together at most `quota` bytes. Safe for several threads."""

    root: Path
    max_bytes: int
    quota: int
    _lock: threading.Lock = field(default_factory=threading.Lock)  # of the figures
    _places: threading.Lock = field(default_factory=threading.Lock)  # a folder is not swept away under a file that is about to lie in it
    _used: int = -1
    _reserved: int = 0

    def prepare(self) -> None:
        """Drop what a killed server left half done. The folder is made with its first file. Raises `UsageError` when it is a file."""
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"documents are kept in a folder, {self.root} is a file. Choose another --files.")
        with suppress(OSError):  # not there, or not ours to write in
            for left in (self.root / INCOMING).iterdir():
                left.unlink()

    def count(self) -> int:
        """The bytes in the folder, counted anew."""
        used = 0
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name != INCOMING]
            for name in names:
                with suppress(OSError):  # gone meanwhile
                    used += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118
        with self._lock:
            self._used = used
        return used

    @property
    def used(self) -> int:
        """The bytes in the folder, as far as is known."""
        return self._used if self._used >= 0 else self.count()

    def holds_files(self) -> bool:
        """Whether there is anything to index."""
        return any(is_readable(name) and not name.startswith(".") for _, folders, names in _visible(self.root) for name in names)

    def place(self, path: str) -> Path | None:
        """Where the file of that name lies; None when there is none, or a link in its place."""
        try:
            parts = checked_path(path)
            with self._parent(parts, path, make=False) as parent:
                found = os.stat(parts[-1], dir_fd=parent, follow_symlinks=False)
        except (UploadRefused, OSError):
            return None
        return self.root.joinpath(*parts) if stat.S_ISREG(found.st_mode) else None

    def begin(self, path: str, length: int | None) -> Incoming:
        """Start to take a file of `length` bytes (None: unknown). Raises `UploadRefused` at once for one that cannot be taken."""
        parts = checked_path(path)
        if not is_readable(parts[-1]):
            raise UploadRefused(why_unread(parts[-1]), 415)
        if length is not None and length > self.max_bytes:
            raise self._too_large(path, length)
        reserved = length or 0
        try:
            (self.root / INCOMING).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _trouble(path, error) from error
        self._reserve(path, reserved)
        try:
            with self._parent(parts, path, make=False, check=True):
                pass
            name = self.root / INCOMING / secrets.token_hex(16)
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            self._release(reserved)
            raise _trouble(path, error) from error
        except BaseException:
            self._release(reserved)
            raise
        return Incoming(self, parts, name, handle, reserved)

    def remove(self, path: str) -> None:
        """Delete a file, and folders that it leaves empty. Raises `UploadRefused` when there is no such file."""
        parts = checked_path(path)
        with self._places:
            try:
                with self._parent(parts, path, make=False) as parent:
                    size = os.stat(parts[-1], dir_fd=parent, follow_symlinks=False).st_size
                    os.unlink(parts[-1], dir_fd=parent)
                    os.fsync(parent)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise UploadRefused(f"there is no file {path!r} in the folder of documents.", 404) from error
            except OSError as error:
                raise _trouble(path, error) from error
            for above in list(self.root.joinpath(*parts).parents)[: len(parts) - 1]:
                with suppress(OSError):  # it holds something else
                    above.rmdir()
        with self._lock:
            self._used = max(0, self._used - size)

    @contextmanager
    def _parent(self, parts: tuple[str, ...], path: str, *, make: bool, check: bool = False) -> Iterator[int]:
        """The open folder that a file lies in, reached through no link; with `check`, as far as it is there."""
        now = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in parts[:-1]:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=now)
                        os.fsync(now)
                try:
                    inner = os.open(part, _FOLDER, dir_fd=now)
                except FileNotFoundError:
                    if check:
                        break
                    raise
                except OSError as error:  # a file, or a link
                    raise UploadRefused(
                        f"{part!r} is not a folder here, so {path!r} cannot lie in it. Choose another folder.", 409
                    ) from error
                os.close(now)
                now = inner
            yield now
        finally:
            os.close(now)

    def _reserve(self, path: str, number: int) -> None:
        if self._used < 0:
            self.count()
        with self._lock:
            used = self._used + self._reserved + number
            if used > self.quota:
                raise UploadRefused(
                    f"{path}: the folder of documents holds at most {self.quota / 1e6:g} MB, this would make it {used / 1e6:.0f} MB. "
                    "Remove documents, or raise uploads.quota_mb.",
                    413,
                )
            if shutil.disk_usage(self.root).free - self._reserved - number < SPARE:
                raise UploadRefused(f"{path}: the disk is full. Free space, then send the file again.", 507)
            self._reserved += number

    def _release(self, number: int, kept: int = 0) -> None:
        with self._lock:
            self._reserved -= number
            self._used += kept

    def _too_large(self, path: str, size: int) -> UploadRefused:
        limit, got = self.max_bytes / 1e6, size / 1e6
        return UploadRefused(f"{path}: must be at most {limit:g} MB, got {got:.1f} MB. Split it, or raise index.max_file_mb.", 413)


@dataclass(slots=True)
class Incoming:
    """A file on its way in. It is nowhere to be seen until `commit`; after `discard`, and after any error, nothing is left of it."""

    folder: Folder
    parts: tuple[str, ...]
    name: Path
    handle: int
    reserved: int
    size: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def path(self) -> str:
        """The name it will go by."""
        return "/".join(self.parts)

    def write(self, data: bytes) -> None:
        """Take the next piece. Raises `UploadRefused` when the file has become too large."""
        if self.size + len(data) > self.folder.max_bytes:
            raise self.folder._too_large(self.path, self.size + len(data))
        if self.size + len(data) > self.reserved:
            more = self.size + len(data) - self.reserved
            self.folder._reserve(self.path, more)
            self.reserved += more
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self.handle, rest) :]
        except OSError as error:
            raise _trouble(self.path, error) from error
        self._digest.update(data)
        self.size += len(data)

    def commit(self) -> Outcome:
        """Put the whole file in its place, in one step; a file of the same name and content is left alone."""
        if not self.size:
            self.discard()
            raise UploadRefused(f"{self.path}: must have content, got an empty file. Fill it or leave it out.")
        try:
            os.fsync(self.handle)  # the content before the name: a power cut would leave an empty file of that name
            with self.folder._places, self.folder._parent(self.parts, self.path, make=True) as parent:
                before = _regular(self.parts[-1], parent)
                if before is not None and before.st_size == self.size and self._same(parent):
                    self.discard()
                    return "same"
                os.close(self.handle)
                self.handle = -1
                os.rename(self.name, self.parts[-1], dst_dir_fd=parent)
                os.fsync(parent)
        except OSError as error:
            self.discard()
            if isinstance(error, IsADirectoryError):
                raise UploadRefused(f"{self.path!r} is a folder here. Rename the file.", 409) from error
            raise _trouble(self.path, error) from error
        except BaseException:
            self.discard()
            raise
        self.folder._release(self.reserved, self.size - (before.st_size if before else 0))
        self.reserved = 0
        return "replaced" if before else "new"

    def discard(self) -> None:
        """Leave nothing of it."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1
        self.name.unlink(missing_ok=True)
        self.folder._release(self.reserved)
        self.reserved = 0

    def _same(self, parent: int) -> bool:
        with os.fdopen(os.open(self.parts[-1], os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent), "rb") as there:
            return hashlib.file_digest(there, "sha256").digest() == self._digest.digest()


def _visible(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield folder, folders, names


def _regular(name: str, parent: int) -> os.stat_result | None:
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _trouble(path: str, error: OSError) -> UploadRefused:
    return UploadRefused(f"{path}: cannot be stored: {error.strerror or error}. Check the folder of documents and its disk.", 507)

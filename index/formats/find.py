"""Which files a folder offers: names below the roots, followed through links, without hidden ones. Opens none of them.

What is new, changed or gone among them is decided elsewhere. A watcher is told of single files, so those can be asked for alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from index.errors import UsageError
from index.formats.pdf import ocr
from index.formats.registry import ENDINGS, PICTURES, READERS
from index.text.names import shown_name

_INSTEAD = {
    **dict.fromkeys((".doc", ".dot"), "Save it as .docx."),
    **dict.fromkeys((".xls", ".xlt"), "Save it as .xlsx."),
    **dict.fromkeys((".ppt", ".pps"), "Save it as .pptx."),
    **dict.fromkeys(PICTURES, f"To have text in pictures read, run: {ocr.INSTALL}"),
}


class FoundFile(NamedTuple):
    """A file to index: `source` is its path below `root`, with `/`, as valid Unicode; a file given by itself has its name as source.
    `file` is where to read it, as text: a path object takes longer to make than all else that is asked of a file."""

    source: str
    root: Path
    file: str

    @property
    def path(self) -> Path:
        """Where to read it."""
        return Path(self.file)


@dataclass(frozen=True, slots=True)
class FewFiles:
    """A look at some paths only: the files found there, the `places` (absolute, below the real roots) that were looked at, and what
    nothing reads, by source, with the reason."""

    files: list[FoundFile] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


def discover(paths: Sequence[Path], patterns: Sequence[str] = ()) -> list[FoundFile]:
    """The files to index under `paths`, sorted by source.

    Folders are walked without hidden entries (so without `.footnote`), following links but no loop; only known file endings
    and, when `patterns` are given, sources that match one of them (`*.txt`, `reports/*`) are kept. A file given by itself
    is always kept, so that its trouble is reported. A file reached twice is kept once.

    Raises `UsageError` for a path that does not exist, for a folder without a readable file, and when two roots give the
    same source.
    """
    found: dict[str, FoundFile] = {}
    real = cache(os.path.realpath)
    for path in paths:
        if not path.exists():
            raise UsageError(f"the path to index must exist, got {str(path)!r}. Check the spelling.")
        files, links = _offered(path)
        if patterns:
            files, links = ([f for f in some if _matches(f, patterns)] for some in (files, links))
        if not files and not links:
            endings = " ".join(ENDINGS)
            raise UsageError(f"a folder to index must hold a readable file, found none in {str(path)!r}. Readable: {endings}.")
        files.sort()
        if len(paths) == 1 and not links:  # nothing can be reached twice: the walk enters no folder twice
            return files
        for file in files:
            folder, name = os.path.split(file.file)
            found.setdefault(f"{real(folder or '.')}{os.sep}{name}", file)
        for file in sorted(links):
            found.setdefault(os.path.realpath(file.file), file)
    files = sorted(found.values())
    for a, b in pairwise(files):
        if a.source == b.source and a.root != b.root:
            raise UsageError(
                f"every source needs its own name, but {str(a.path)!r} and {str(b.path)!r} are both {a.source!r}. "
                "Index the folder that holds both, or give each its own --db."
            )
    return files


def look_at(paths: Sequence[Path], changed: Iterable[str]) -> FewFiles | None:
    """What `discover` and `unread` would tell of the `changed` paths (absolute) alone; None where that takes a look at everything:
    a folder or a link is among them or on the way, a root is not a plain folder, or something cannot be looked at.

    Knows nothing of links elsewhere that lead here (see `has_links`).
    """
    found = FewFiles()
    real = cache(os.path.realpath)
    changed = sorted({os.path.abspath(path) for path in changed})  # noqa: PTH100 - `Path.absolute` leaves dots in
    for root in paths:
        if root.is_symlink() or not root.is_dir():
            return None
        above, given, base = _above(root), os.path.abspath(root), real(root)  # noqa: PTH100
        if given in changed:
            return None
        start = given.rstrip(os.sep) + os.sep
        for inside in (path[len(start) :] for path in changed if path.startswith(start)):
            place = f"{base.rstrip(os.sep)}{os.sep}{inside}"
            folder, name = os.path.split(place)
            if real(folder) != folder:
                return None
            found.places.append(place)
            if inside.startswith(".") or f"{os.sep}." in inside:
                continue
            try:
                mode = os.lstat(place).st_mode
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                return None
            if stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
                return None
            source = shown_name(inside)
            if is_readable(name):
                found.files.append(FoundFile(source, root, f"{above}{inside}"))
            else:
                found.unread[source] = why_unread(source)
    return found


def has_links(paths: Sequence[Path]) -> bool:
    """Whether a link lies in one of these folders, so that one file may have several names."""
    waiting = [str(path) for path in paths]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_symlink():
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:  # a file, or closed to us: what cannot be looked into has no names to tell
            continue
    return False


def unread(paths: Sequence[Path]) -> dict[str, str]:
    """Files below the folders among `paths` that no reader knows, by source, with the reason. Hidden ones are passed over."""
    found = {}
    for path in paths:
        for _, file in _walk(path, readable=False) if path.is_dir() else ():
            found[file.source] = why_unread(file.source)
    return found


def why_unread(source: str) -> str:
    """What to tell of a file whose ending no reader knows."""
    ending = PurePosixPath(source).suffix.lower()
    advice = _INSTEAD.get(ending, "To have it found, save it as .pdf, .docx or .txt too.")
    return f"{source}: files {f'ending in {ending}' if ending else 'without an ending'} are not read. {advice}"


def is_readable(name: str) -> bool:
    """Whether the ending of a file name is one of the formats that `load_file` reads."""
    return os.path.splitext(name)[1].lower() in READERS  # noqa: PTH122 - five times as fast as a path object, over many files


def _offered(path: Path) -> tuple[list[FoundFile], list[FoundFile]]:
    """What a folder offers, or a file given by itself: ordinary files and links."""
    if not path.is_dir():
        file = FoundFile(shown_name(path.name), path.parent, str(path))
        return ([], [file]) if path.is_symlink() else ([file], [])
    files: list[FoundFile] = []
    links: list[FoundFile] = []
    for is_link, file in _walk(path):
        (links if is_link else files).append(file)
    return files, links


def _matches(file: FoundFile, patterns: Sequence[str]) -> bool:
    return any(fnmatch(file.source, p) or fnmatch(file.path.name, p) for p in patterns)


def _above(root: Path) -> str:
    """What stands before the names inside a root."""
    return "" if str(root) == "." else str(root).rstrip(os.sep) + os.sep


def _walk(root: Path, readable: bool = True) -> Iterator[tuple[bool, FoundFile]]:
    """Readable files below `root`, or those that are not, and whether each is a link; a directory reached again through a link is not
    entered twice.

    A folder that may not be looked into comes as if it were a file, so that its trouble is reported like one's.
    """
    above = _above(root)
    seen: set[tuple[int, int]] = set()
    closed: list[str] = []
    waiting = [""]  # folders below the root, each with a slash behind it
    while waiting:
        inside = waiting.pop()
        folder = f"{above}{inside}"
        try:
            with os.scandir(folder or ".") as entries:
                here = sorted([(entry.name, entry) for entry in entries if not entry.name.startswith(".")])
            info = os.stat(folder or ".")  # noqa: PTH116
        except OSError:
            closed.append(inside)
            continue
        if (info.st_dev, info.st_ino) in seen:
            continue
        seen.add((info.st_dev, info.st_ino))
        folders = []
        plain = shown_name(inside) == inside
        for name, entry in here:
            # Names of many thousand files: what `is_readable` and `shown_name` do costs more than all else.
            if _is_folder(entry):
                folders.append(entry)
            elif (name[name.rfind(".") :].lower() in READERS) is readable:
                source = inside + name if plain and name.isascii() else shown_name(inside + name)
                yield entry.is_symlink(), FoundFile(source, root, folder + name)
        folders.sort(key=lambda entry: (entry.is_symlink(), entry.name), reverse=True)
        waiting += [f"{inside}{entry.name}/" for entry in folders]
    for inside in closed if readable else ():
        if inside:
            yield False, FoundFile(shown_name(inside[:-1]), root, f"{above}{inside[:-1]}")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False

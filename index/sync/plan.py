"""What a build has to do: which files are new, changed, unchanged or gone, told by size, times and content hash.

Reads the disk and what the catalog remembers of it; changes nothing.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

from index.catalog.inventory import FileRow
from index.errors import UsageError
from index.text.names import shown_name

# A file changed again within this time of being read may keep its size and times: those files are hashed once more.
RACY_NS = 2_000_000_000


class Known(Protocol):
    """The files as they were last indexed (`index.catalog.inventory.KnownFiles`)."""

    def under(self, places: Iterable[str]) -> Mapping[str, FileRow]:
        """Those at these places and below them, by place."""

    def at(self, place: str) -> FileRow | None:
        """The file at this place."""

    def place_of(self, source: str) -> str | None:
        """Where the file that goes by this source is."""

    def has_inside(self, source: str) -> bool:
        """Whether a file goes by the name of a part of this one."""


class FoundFile(Protocol):
    """What `find.discover` tells of a file."""

    @property
    def source(self) -> str:
        """Path below the root, with `/`; valid Unicode, so not always the path itself."""

    @property
    def root(self) -> Path:
        """The folder that was given, or the folder of the file that was given."""

    @property
    def file(self) -> str:
        """Where to read it."""


Discover = Callable[[Sequence[Path]], Sequence[FoundFile]]


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read. `row` is how it looked (hash still empty where it was not needed); `path` where to read it."""

    path: Path
    row: FileRow


@dataclass(slots=True)
class Plan:
    """Files by what is to be done. `touched`: same content, other times; `stale`: same content, to be read anew because the
    loader or the chunking changed; `unknown`: neither readable nor surely gone."""

    new: list[Task] = field(default_factory=list)
    changed: list[Task] = field(default_factory=list)
    stale: list[Task] = field(default_factory=list)
    touched: list[Task] = field(default_factory=list)
    same: list[FileRow] = field(default_factory=list)
    removed: list[FileRow] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def to_read(self) -> list[Task]:
        """All files to be read: those that were shown before come first, to be missing for a short time only."""
        return [*self.changed, *self.new, *self.stale]


def make_plan(paths: Sequence[Path], discover: Discover, known: Known, recipe: str, max_bytes: int) -> Plan:
    """Compare the files under `paths` with the `known` ones.

    Only known files under `paths` can be removed. Raises `UsageError` for a path that does not exist or has nothing to
    index; a folder that has been emptied since is no error.
    """
    rows = known.under(os.path.realpath(path) for path in paths)
    return _compare(_found(paths, discover, rows), rows, known, recipe, max_bytes)


def make_small_plan(found: Sequence[FoundFile], places: Sequence[str], known: Known, recipe: str, max_bytes: int) -> Plan | None:
    """The part of a plan that concerns these `places`, where the files `found` are; None where other files may be concerned too."""
    plan = _compare(found, known.under(places), known, recipe, max_bytes)
    return None if any(known.has_inside(task.row.source) for task in plan.new) else plan


def _compare(found: Iterable[FoundFile], rows: Mapping[str, FileRow], known: Known, recipe: str, max_bytes: int) -> Plan:
    """What became of the `rows` (by place), and what is new, now that just these files are `found` among them.

    Nearly every file is as it was: of many thousand such files only size and times are asked, and nothing is made.
    """
    plan = Plan()
    names = _Names(known)
    met: set[str] = set()
    real, within = cache(os.path.realpath), cache(_within)
    given: Path | None = None
    root, base, length = "", "", 0
    for one in found:
        if one.root is not given:
            given, root = one.root, real(one.root)
            base, length = f"{root.rstrip(os.sep)}{os.sep}", 0 if str(given) == "." else len(str(given).rstrip(os.sep)) + 1
        place = base + one.file[length:]  # the path below its real root: what a file is known by
        if place in met:
            continue
        met.add(place)
        before = rows.get(place) or known.at(place)
        if before is not None and "#" not in before.source and within(root, before.root) and _surely_same(one.file, before, recipe):
            plan.same.append(before)
            continue
        source, above = _name(one.source, root, place, before, names)
        displaced = names.get(source, place)
        if displaced != place and displaced not in rows and (gone := known.at(displaced)):
            plan.removed.append(gone)
        names.take(source, place)
        _judge(plan, Path(one.file), FileRow(place, above, source, 0, 0, 0, 0, "", recipe), before, max_bytes)
    for place in sorted(rows.keys() - met):
        _miss(plan, rows[place])
    return plan


class _Names:
    """Which file goes by a source: as the catalog has it, and as this plan changes it."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._taken: dict[str, str | None] = {}

    def get(self, source: str, default: str = "") -> str:
        """The place of the file that goes by the source, or the default."""
        if source not in self._taken:
            self._taken[source] = self._known.place_of(source)
        return self._taken[source] or default

    def take(self, source: str, place: str) -> None:
        """Give the source to the file at this place."""
        self._taken[source] = place


def look(task: Task, *, digest: bool = True) -> FileRow:
    """The file's row as it is now; what is no ordinary file (a pipe would wait for its writer) has no hash. Raises OSError."""
    seen = time.time_ns()
    info = task.path.stat()
    row, hash = task.row, ""
    if digest and stat.S_ISREG(info.st_mode):
        with task.path.open("rb") as handle:
            hash = file_digest(handle, "sha256").hexdigest()
    return row._replace(size=info.st_size, mtime=info.st_mtime_ns, ctime=info.st_ctime_ns, seen=seen, hash=hash)


def unmoved(a: FileRow, b: FileRow) -> bool:
    """Whether two looks at a file show the same size and times."""
    return (a.size, a.mtime, a.ctime) == (b.size, b.mtime, b.ctime)


def _found(paths: Sequence[Path], discover: Discover, in_scope: Mapping[str, FileRow]) -> Iterable[FoundFile]:
    for path in paths:
        try:
            yield from discover([path])
        except UsageError:
            scope = os.path.realpath(path)
            if not (path.is_dir() and any(_within(place, scope) for place in in_scope)):
                raise


def _within(place: str, scope: str) -> bool:
    return place == scope or place.startswith(scope.rstrip(os.sep) + os.sep)


def _name(told: str, root: str, place: str, before: FileRow | None, names: _Names) -> tuple[str, str]:
    """The source and the root that the file goes by.

    A file that is known from a wider root keeps its name. A name taken by a file of another root gets its root's name in
    front, unless that other file is gone: then the folder has moved and the name goes to the new place. So does a file that is
    called as if it were inside another one: `coll.zip#x.txt` is the name of the member x.txt wherever there is a file coll.zip.
    """
    if before is not None and _within(root, before.root) and not _is_inside(before.source, names):
        return before.source, before.root
    source, n = told, 1
    while ((other := names.get(source, place)) != place and os.path.lexists(other)) or _is_inside(source, names):
        n += 1
        prefix = shown_name(Path(root).name) or "root"
        source = f"{prefix}/{told}" if n == 2 else f"{prefix}~{n - 1}/{told}"
    return source, root


def _is_inside(source: str, names: _Names) -> bool:
    """Whether the source is named as a part of another file's that is there: a member, an attachment, a record."""
    heads = (source[:at] for at, sign in enumerate(source) if sign == "#") if "#" in source else ()
    return any((place := names.get(head)) and os.path.lexists(place) for head in heads)


def _surely_same(file: str, before: FileRow, recipe: str) -> bool:
    """What nearly every file is: as it was read, by the same recipe."""
    if not before.hash or before.recipe != recipe or before.ctime + RACY_NS >= before.seen:
        return False
    try:
        info = os.stat(file)  # noqa: PTH116
    except OSError:
        return False
    return info.st_size == before.size and info.st_mtime_ns == before.mtime and info.st_ctime_ns == before.ctime


def _judge(plan: Plan, path: Path, blank: FileRow, before: FileRow | None, max_bytes: int) -> None:
    task = Task(path, blank)
    now: FileRow | None = None
    try:
        now = look(task, digest=False)
        if before is None:
            plan.new.append(task)
            return
        trusted = unmoved(now, before) and before.ctime + RACY_NS < before.seen
        if not trusted and before.hash and now.size <= max_bytes:
            now = look(task)
        same = trusted or now.hash == before.hash != ""
    except OSError as error:
        if before is None:
            plan.new.append(task)  # reading it will tell the reason
        elif isinstance(error, FileNotFoundError) or (now and (now.size, now.mtime) != (before.size, before.mtime)):
            plan.changed.append(Task(path, blank._replace(id=before.id)))  # what was indexed is no longer what is there
        else:
            plan.unknown[blank.source] = _reason(blank.source, error)
        return
    if not same or not before.hash:
        plan.changed.append(Task(path, now._replace(id=before.id)))
    elif (before.recipe, before.source) != (blank.recipe, blank.source):
        plan.stale.append(Task(path, now._replace(id=before.id)))
    elif not trusted:
        plan.touched.append(Task(path, now._replace(id=before.id)))
    else:
        plan.same.append(before)


def _miss(plan: Plan, row: FileRow) -> None:
    """A known file was not found: gone, or in a folder that cannot be looked into just now."""
    try:
        os.lstat(row.place)  # there, and yet no longer among the files to index: it goes
        plan.removed.append(row)
    except (FileNotFoundError, NotADirectoryError):
        plan.removed.append(row)
    except OSError as error:
        plan.unknown[row.source] = _reason(row.source, error)


def _reason(source: str, error: OSError) -> str:
    return f"{source}: must be readable, got {error.strerror or error}. Its last indexed version stays until it can be read or is gone."

"""What the routes of uploaded documents share: the folder, the indexer behind it, and how many may send at once.

Assembles them from the settings. Knows nothing of HTTP.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from index.catalog.inventory import KnownFiles, read_roots
from index.catalog.tables import connect, open_for_reading
from index.config import IndexConfig
from index.errors import StoreError
from index.sync.apart import build_apart, run_apart
from index.sync.report import ProgressCallback, Report
from qa.config import Settings
from qa.files.folder import Folder
from qa.files.indexer import Indexer, Wish

AT_ONCE = 4  # files that are received side by side; a browser sends as many


@dataclass
class Files:
    """The documents of a server that may be added to and removed from."""

    folder: Folder
    indexer: Indexer
    receiving: int = 0

    def start(self) -> None:
        """Index what lies in the folder: it may have been filled while no server ran."""
        self.indexer.start()
        if self.folder.holds_files():
            self.indexer.want()

    def within(self, place: str) -> str | None:
        """The path in the folder of a file at that place of the disk; None for one that lies elsewhere."""
        root = f"{self._root}{os.sep}"
        return place.removeprefix(root).replace(os.sep, "/") if place.startswith(root) else None

    @cached_property
    def _root(self) -> str:
        return os.path.realpath(self.folder.root)


def open_files(settings: Settings, changed: Callable[[], None]) -> Files:
    """The folder of uploads and its indexer, not started; `changed` is called after each run. Raises `UsageError` for no folder."""
    folder = Folder(settings.files, int(settings.index.max_file_mb * 1_000_000), int(settings.uploads.quota_mb * 1_000_000))

    folder.prepare()

    def run(wish: Wish, progress: ProgressCallback, stop: threading.Event) -> Report:
        places, roots = _known(settings)
        # An empty folder is worth a run only where something of it has to be taken out.
        paths = [folder.root] if folder.holds_files() or any(_inside(place, folder.root) for place in places) else []
        if wish.everywhere:
            paths += [root for root in roots if root.exists() and not _inside(root, folder.root)]
        return run_apart(partial(build_apart, paths, settings, wish.forget), progress, stop)

    def told() -> None:
        folder.count()
        changed()

    return Files(folder, Indexer(run, told))


def _known(settings: IndexConfig) -> tuple[list[Path], list[Path]]:
    """The files of the index, and the folders that it was made from; none where there is no index yet."""
    try:
        path = open_for_reading(settings.store.path)
    except StoreError:
        return [], []
    with closing(connect(path)) as connection:
        return [Path(place) for place in KnownFiles(connection).under(["/"])], [Path(root) for root in read_roots(connection)]


def _inside(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder.resolve())  # the catalog's paths are resolved

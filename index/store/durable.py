"""Seeing that what was written is on the disk before something else counts on it: a power cut takes what is not.

A file's content and its name are two things: the name is kept by the folder, which has to be synced too.
"""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """See that a file's content, or the names in a folder, are on the disk. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """See that all that lies below a folder is on the disk, and the folder's own name. Raises `OSError`."""
    for path in (*folder.rglob("*"), folder, folder.parent):
        sync(path)


def write_whole(path: Path, text: str) -> None:
    """Write a file, all or nothing, also when the power goes in the middle. Raises `OSError`."""
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    sync(partial)
    partial.replace(path)
    sync(path.parent)

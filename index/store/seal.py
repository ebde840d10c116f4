"""Whether the files of the vectors and of the words are those that the last writer left: by size, time, and a look at their bytes.

Damaged files must not be opened to find out: Chroma's library crashes on some and never returns from others. So the writer notes
what it leaves. Chroma's SQLite file is written to even by readers: it is looked into instead. Knows nothing of what the files hold.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import IO

SQLITE = "chroma.sqlite3"
_IDS = "index_metadata.pickle"
_BLOCK = 4096
_BLOCKS = 64  # of each file, spread evenly, first and last among them: 256 kB are read of a large one

_File = tuple[int, int, str]  # size, time of change (ns), digest


def seal_of(folder: Path, state: str) -> str:
    """The files below a folder as they are in this state of the index, but for locks and for what readers write to."""
    files = {name: (info.st_size, info.st_mtime_ns, _digest(path)) for name, path in _files(folder).items() for info in [path.stat()]}
    return json.dumps({"state": state, "files": files})


def is_sealed(folder: Path, state: str, seal: str | None) -> bool:
    """Whether the files are as the seal says. True where it was made in another state (a run was ended before it could) or by
    no version so far. A file that was copied has another time, and the same bytes."""
    told = json.loads(seal) if seal else {}
    if told.get("state") != state:
        return True
    return all(_is_same(folder / name, file) for name, file in told["files"].items())


def holds(folder: Path, vectors: int) -> bool:
    """Whether Chroma's SQLite file in this folder can be read and knows so many vectors."""
    try:
        with closing(sqlite3.connect(f"{(folder / SQLITE).resolve().as_uri()}?mode=ro", uri=True)) as connection:
            written = connection.execute("SELECT count(*) FROM embeddings").fetchone()[0]
            connection.execute("SELECT count(*) FROM segments").fetchone()
    except sqlite3.Error:
        return False
    return int(written) >= vectors


def _files(folder: Path) -> dict[str, Path]:
    """The files that stay as they are. Up to some hundred vectors Chroma keeps in SQLite alone; what lies in a segment's folder then,
    without its list of ids, is made anew by whoever opens it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    kept = (path for path in files if path.suffix != ".lock" and not path.name.startswith(SQLITE))
    return {path.relative_to(folder).as_posix(): path for path in kept if path.suffix != ".bin" or (path.parent / _IDS).exists()}


def _is_same(path: Path, told: _File) -> bool:
    if not path.is_file():
        return False
    info = path.stat()
    return info.st_size == told[0] and (info.st_mtime_ns == told[1] or _digest(path) == told[2])


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return spread_digest(handle)


def spread_digest(handle: IO[bytes], first: int = 0) -> str:
    """The digest of some blocks of a file from the byte `first` on, spread evenly."""
    digest = blake2b(digest_size=16)
    last = max(handle.seek(0, os.SEEK_END) - _BLOCK, first)
    for start in sorted({first + (last - first) * n // (_BLOCKS - 1) for n in range(_BLOCKS)}):
        handle.seek(start)
        digest.update(handle.read(_BLOCK))
    return digest.hexdigest()

"""An environment of its own for each peer, made by uv from the versions pinned in `locks/`.

Everything lies under the folder that the user gives, uv and its cache too: 7 GB, as files are copied, not linked (NLTK,
which LlamaIndex imports, refuses its own files where they are hard links). An environment whose lock has not changed is
used again. This is the one part of the project that reaches a package index while it runs, and only when it is told to
make these environments.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from index.errors import EvalError

LOCKS = Path(__file__).parent / "locks"
# What pip has been told about where packages come from, for uv, which does not read it.
_SAME_SETTING = {"PIP_FIND_LINKS": "UV_FIND_LINKS", "PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX"}


def make_environment(name: str, folder: Path) -> Path:
    """The Python of the environment for `locks/NAME.txt`, below `folder`. Raises `EvalError` with the last lines of what failed."""
    lock = LOCKS / f"{name}.txt"
    home = folder / name
    python, stamp = home / "bin" / "python", home / "lock.sha256"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if python.exists() and stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return python
    shutil.rmtree(home, ignore_errors=True)
    uv, env = _find_uv(folder), uv_settings(os.environ, folder)
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], env)
    _run([uv, "pip", "install", "--quiet", "--python", str(python), "-r", str(lock)], env)
    stamp.write_text(digest, encoding="ascii")
    return python


def uv_settings(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment for uv: its cache below `folder`, and package indexes as pip's variables name them, if uv's do not."""
    found = dict(environ) | {"UV_CACHE_DIR": str(folder / "cache"), "UV_LINK_MODE": "copy"}
    for theirs, ours in _SAME_SETTING.items():
        if theirs in environ and ours not in environ:
            found[ours] = environ[theirs] if ours == "UV_DEFAULT_INDEX" else ",".join(environ[theirs].split())
    return found


def _find_uv(folder: Path) -> str:
    found = shutil.which("uv")
    own = folder / "uv" / "bin" / "uv"
    if found is None and not own.exists():
        _run([sys.executable, "-m", "venv", str(folder / "uv")], os.environ)
        _run([str(folder / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "uv"], os.environ)
    return found or str(own)


def _run(command: list[str], env: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        last = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise EvalError(f"an environment for the bench could not be made: {last}. Command: {' '.join(command)}")

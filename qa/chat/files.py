"""Answers written to files, and originals opened, from a conversation in the terminal. Never overwrites; knows nothing of screens."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from index.errors import UsageError
from qa.schema import Answer


def write_new(name: str, data: bytes, command: str) -> Path:
    """Write a file that is not there yet; `command` is what a message shows. Raises `UsageError`."""
    if not name:
        raise UsageError(f"{command.split()[0]} needs a file name: {command}")
    path = Path(name).expanduser()
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise UsageError(f"{path} exists and is not overwritten. Choose another name.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    return path


def export(name: str, answers: Sequence[Answer]) -> Path:
    """Write the conversation; the ending of the name says how. Raises `UsageError`."""
    from qa.threads.export import FORMATS

    ending = Path(name).suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise UsageError(f"/export needs a file name that ends in .md, .docx or .pdf, got {name!r}: /export talk.docx")
    return write_new(name, FORMATS[ending][1](answers[0].question, answers), "/export talk.docx")


def open_original(path: Path) -> bool:
    """Open a file with the desktop's program for it; False where there is no desktop."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    import typer

    return typer.launch(str(path)) == 0

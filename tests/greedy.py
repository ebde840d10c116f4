"""Readers that take all they can, or break, by what a file says. In a module of their own: the process that reads imports it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from index.errors import LoadError
from index.schema import Document
from tests.fakes import read_plain


def greedy_reader(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
    """Reads text; but a file that says so uses up time or memory, kills its process, waits for ever, or raises."""
    says = path.read_text().split()[0]
    if says == "TIME":
        while True:
            os.getpid()
    if says == "MEMORY":
        hoard = []
        while True:
            hoard.append(bytearray(10_000_000))
    if says == "CRASH":
        os.kill(os.getpid(), signal.SIGSEGV)
    if says == "WAIT":
        time.sleep(600)
    if says == "RAISE":
        raise RuntimeError("the parser broke")
    if says == "VAST":
        return [Document(source, "x" * 250_000_000, "text", "h")]  # fits, a copy beside it to hand it over does not
    if says == "PRINT":
        print("noise among the answers")
    if says == "PART":
        problems.append(LoadError(f"{source}#2: must be sound"))
    return read_plain(path, source, max_bytes=max_bytes, problems=problems)

"""Readers and embedders whose process is killed in the middle of their work. In a module of their own: workers import it."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from index.errors import LoadError
from index.schema import Document
from index.store.vectors import Vectors
from tests.fakes import HashEmbedder, read_plain


def once(mark: Path) -> bool:
    """True for the first of all processes that asks."""
    try:
        mark.open("x").close()
    except FileExistsError:
        return False
    return True


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalEmbedder(HashEmbedder):
    """Its process is killed in the middle of its work: the first time only when `mark` is given, else always."""

    def __init__(self, mark: Path | None, word: str) -> None:
        super().__init__()
        self.mark, self.word = mark, word

    def encode(self, texts: Sequence[str]) -> Vectors:
        if any(self.word in text for text in texts) and (self.mark is None or once(self.mark)):
            die()
        return super().encode(texts)


def mortal_reader(mark: Path, path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
    """Kills its process at the first file that holds MORTAL, and at every one that holds POISON."""
    text = path.read_text(errors="replace")
    if "POISON" in text or ("MORTAL" in text and once(mark)):
        die()
    return read_plain(path, source, max_bytes=max_bytes, problems=problems)

"""The one exception tree. Every error a user can meet is a `FootnoteError`.

FootnoteError            one or two lines: rule, value, fix; exit code 1
├── UsageError           wrong usage (bad option, no such path, bad question); exit code 2
│   └── ConfigError      footnote.toml or a FOOTNOTE_* variable does not fit
├── LoadError            one file cannot be read as a document (reported per file, the run goes on)
│   └── NotRead          a file or a part of one that is left out while the rest is read (reported, no failure)
├── ModelError           a model is missing, damaged or does not fit the index
│   ├── ModelMissing
│   └── ChecksumMismatch
├── StoreError           the index cannot be opened, read or written
│   ├── NoIndex          there is no index at this place
│   ├── IndexMismatch    the index was built with another embedder or layout
│   └── IndexBusy        another process writes to it
├── EngineError          Ray cannot be reached, or its workers cannot do their work
├── LanguageModelError   the writer model failed (answers then fall back to extracts)
└── EvalError            an eval set, run or baseline does not fit
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class FootnoteError(Exception):
    """An error with a message fit for a user: the rule, the value, the fix."""

    exit_code = 1


class UsageError(FootnoteError):
    """The command was used wrongly."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration value breaks a rule."""


class LoadError(FootnoteError):
    """A file cannot be read as a document."""


class Remark(LoadError):
    """Nothing failed: something to know of how a file was read."""


class NotRead(LoadError):
    """Something is left out that footnote does not read: a page without text, a file of an unknown kind."""


def unreadable(source: str, error: OSError) -> LoadError:
    """The error for a file that the system does not let us read, with the fix that fits the reason."""
    fixes = {
        errno.ENOENT: "The file is gone, or a link that leads nowhere: remove it.",
        errno.ELOOP: "The link leads to itself: remove it.",
        errno.EACCES: "Check its permissions.",
        errno.EPERM: "Check its permissions.",
        errno.EISDIR: "A folder is no document: take it out of the list.",
    }
    fix = fixes.get(error.errno or 0, "Check the disk.")
    return LoadError(f"{source}: must be readable, got {error.strerror or error}. {fix}")


class ModelError(FootnoteError):
    """A model cannot be used."""


class ModelMissing(ModelError):
    """A model's files are not installed."""


class ChecksumMismatch(ModelError):
    """A weight file differs from the pinned one."""


class StoreError(FootnoteError):
    """The index cannot be opened, read or written."""


@contextmanager
def as_store_error(explain: Callable[[BaseException], str]) -> Iterator[None]:
    """Turn whatever a library that stores for us raises, a panic of its Rust core too, into a `StoreError` with this message."""
    try:
        yield
    except FootnoteError:
        raise
    except BaseException as error:
        # A panic is no `Exception`; anything else of that rank (Ctrl-C) is not the library's.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise StoreError(explain(error)) from error


def short_reason(error: BaseException) -> str:
    """The first line of what an error says of itself, at most 200 characters; its name where it says nothing."""
    said = str(error).strip()
    return said.splitlines()[0][:200] if said else type(error).__name__


class NoIndex(StoreError):
    """There is no index at this place."""


class IndexMismatch(StoreError):
    """The index was built with another embedder or layout."""


class IndexBusy(StoreError):
    """Another process is writing to the index."""


class EngineError(FootnoteError):
    """The workers that read and embed cannot be reached or keep dying."""


class LanguageModelError(FootnoteError):
    """The language model failed or gave nothing usable."""


class EvalError(FootnoteError):
    """An eval set, run or baseline does not fit."""

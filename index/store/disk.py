"""A full disk, told as such: SQLite, tantivy, Chroma and the copying of files each fail on it in words of their own."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreError

_FULL = 1_000_000  # what fails to be written is larger, as a rule, and some of it was given back
_SAID = re.compile(r"No space left on device|(database or )?disk is full|[Dd]isk quota exceeded")


def is_full(folder: Path) -> bool:
    """Whether the disk of `folder` has no room to speak of."""
    return shutil.disk_usage(folder).free < _FULL


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Raise a `StoreError` that says so when what goes wrong in the block does because the disk of `folder` is full."""
    try:
        yield
    except (StoreError, OSError) as error:
        storing = type(error) is StoreError or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT))
        if storing and (is_full(folder) or any(_SAID.search(str(cause)) for cause in _chain(error))):
            raise StoreError(
                f"the disk under {folder} is full. Free space, then run footnote index again: it goes on where it stopped. "
                "Nothing that was shown before is lost; changes since are not all taken up yet."
            ) from error
        raise


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

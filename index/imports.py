"""Importing a library without a heavy one that it would only look at. Knows no library by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(module: str) -> Iterator[None]:
    """While open, `import module` fails as if it were not installed; one that is imported already stays.

    spaCy imports torch for models that we do not use: 1.6 of its 2.4 seconds (EXPERIMENTS.md). Not for use while other
    threads import `module`.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        yield
    finally:
        if sys.modules.get(module) is None:
            del sys.modules[module]

"""Where results are printed: a terminal wraps at its width, a file or a pipe gets each paragraph on one line.

The variable COLUMNS sets a width for both.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_ENDLESS = 1_000_000  # columns: nothing is wrapped


def result_console() -> Console:
    """The console for stdout."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal or os.environ.get("COLUMNS", "").isdecimal() else Console(highlight=False, width=_ENDLESS)

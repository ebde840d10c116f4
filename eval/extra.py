"""Libraries of the extra `eval`: imported when needed, named with the command that installs them when absent."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from index.errors import UsageError


def needs(module: str) -> ModuleType:
    """The module, imported. Raises `UsageError` when it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(f"this command needs {error.name}, which is not installed. Run: pip install 'footnote[eval]'") from error

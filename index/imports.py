"""Importing a library without heavy parts that it would only look at. Knows no library by name."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any


class _Refuse(MetaPathFinder):
    """Fails the import of one module in one thread; other threads find it as ever."""

    def __init__(self, module: str) -> None:
        self._module, self._thread = module, threading.get_ident()

    def find_spec(self, fullname: str, path: object, target: Any = None) -> None:
        """None: not for this finder to find."""
        if fullname == self._module and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {fullname!r} (hidden)", name=fullname)


@contextmanager
def hidden(module: str) -> Iterator[None]:
    """While open, `import module` fails in this thread as if it were not installed; one that is imported already stays.

    spaCy imports torch for models that we do not use: 1.6 of its 2.4 seconds (docs/experiments.md).
    """
    finder = _Refuse(module)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def stubbed(module: str, **attributes: object) -> Iterator[None]:
    """While open, `module` is an empty one with these attributes; one that is imported already stays.

    `import spacy` imports its command line, with everything that training needs, for one function: a third of its time.
    """
    if module in sys.modules:
        yield
        return
    stub = ModuleType(module)
    vars(stub).update(attributes)
    sys.modules[module] = stub
    try:
        yield
    finally:
        if sys.modules.get(module) is stub:
            del sys.modules[module]


def when_called(module: str, name: str) -> Callable[..., Any]:
    """What stands for `name` of `module` in a stub, and imports it when it is called after all."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **named)

    return call

"""Work in a process of its own, for libraries that cannot be loaded beside others."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def apart(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What a function of a module gives, or raises, in a new process that ends with it.

    uharfbuzz, which fpdf2 uses and fontTools loads where it is installed, is built with another Cython than spaCy and
    xllamacpp: which of them is loaded second fails ("Shared Cython type has the wrong size").
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()

"""What the steps of an answer make, for whoever wants to see it: `with recorded() as made: engine.ask(...)`.

A step hands what it made to `seen`, which gives it back; while nobody records, that is all it does. Knows nothing of the
steps: `qa.chat.trace_steps` reads what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_RECORD: ContextVar[list[object] | None] = ContextVar("record", default=None)


def seen(made: T) -> T:
    """`made` itself, noted when somebody records on this thread."""
    record = _RECORD.get()
    if record is not None:
        record.append(made)
    return made


@contextmanager
def recorded() -> Iterator[list[object]]:
    """Everything that is seen on this thread inside the block, in order; a recording inside another has its own list."""
    record: list[object] = []
    token = _RECORD.set(record)
    try:
        yield record
    finally:
        _RECORD.reset(token)

"""stub"""

from __future__ import annotations

from index.schema import Span


def find_furniture(text: str) -> tuple[Span, ...]:
    """Stub."""
    return ()

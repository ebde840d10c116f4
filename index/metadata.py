"""stub"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.schema import Span


@dataclass(frozen=True, slots=True)
class Heading:
    """What the text says of itself."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None


def find_heading(text: str, furniture: Sequence[Span] = ()) -> Heading:
    """Stub."""
    for line in text.splitlines()[:3]:
        if 10 < len(line.strip()) < 150 and line.strip()[-1] not in ".!":
            return Heading(line.strip())
    return Heading()

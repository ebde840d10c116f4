"""stub"""

from __future__ import annotations

from collections.abc import Mapping


def signature(text: str) -> bytes:
    """Stub."""
    return text[:64].encode()


def cluster(signatures: Mapping[str, bytes]) -> dict[str, int]:
    """Stub."""
    return {s: i for i, s in enumerate(sorted(signatures))}

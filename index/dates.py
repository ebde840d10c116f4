"""stub"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.schema import DateSource, Published, Span


def parse_stamp(value: str, how: DateSource) -> Published | None:
    """Stub."""
    m = re.match(r"\s*(\d{4})-(\d\d)-(\d\d)", value)
    return Published(m.group(0).strip(), "day", how) if m else None


def find_published(text: str, *, furniture: Sequence[Span] = (), source: str = "") -> Published:
    """Stub."""
    m = re.search(r"\d{4}-\d\d-\d\d", text[:200])
    return Published(m.group(0), "day", "dateline") if m else Published()

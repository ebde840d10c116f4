"""What a format reader hands back: text and whatever metadata the format itself states.

The readers (`index.formats_*`) turn bytes into `Extract`s and know nothing of cleaning, dates in prose or languages;
`index.formats.load` completes an `Extract` into a `Document`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from index.schema import Published, Span


@dataclass(frozen=True, slots=True)
class Extract:
    """Text of one document with the metadata stated by its format; None where the format is silent.

    `suffix` is appended to the source (`#row-3`, `#inner/name.txt`). `identity` is what the content hash covers. `byline` are
    lines such as "By A. Person, 3 May 2024" that stand beside the text rather than in it. `prose` is False for records and
    sheets, where titles, by-lines and page boilerplate are not looked for.
    """

    text: str
    format: str
    identity: bytes
    suffix: str = ""
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: Published | None = None
    byline: str = ""
    language: str | None = None
    pages: tuple[Span, ...] = ()
    boilerplate: tuple[Span, ...] = field(default=())
    blocks: tuple[Span, ...] = ()
    prose: bool = True


def digest(data: bytes) -> str:
    """SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()

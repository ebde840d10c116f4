"""What a format reader hands back: text and whatever metadata the format itself states.

The readers (`index.formats_*`) turn bytes into `Extract`s and know nothing of cleaning, dates in prose or languages;
`index.load` completes an `Extract` into a `Document`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.schema import Published, Span


@dataclass(frozen=True, slots=True)
class Extract:
    """Text of one document with the metadata stated by its format; None where the format is silent.

    `suffix` is appended to the source (`#row-3`, `#inner/name.txt`). `identity` is what the content hash covers. `byline` are
    lines such as "By A. Person, 3 May 2024" that stand beside the text rather than in it. `prose` is False for records and
    sheets, where titles, by-lines and page furniture are not looked for.
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
    furniture: tuple[Span, ...] = field(default=())
    blocks: tuple[Span, ...] = ()
    prose: bool = True


_PERIOD = re.compile(r"(?:19|20)\d\d(?:[-/–](?:\d\d|(?:19|20)\d\d))?")


def digest(data: bytes) -> str:
    """SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def table_lines(rows: Sequence[Sequence[str]], header: bool | None = None) -> list[str]:
    """Render a table so that every row can be read alone: `- Year: 2025 | Cars: 30,000`.

    `header` says whether the first row names the columns; None decides: it does when it has at least two filled, distinct cells that
    are no numbers. Years and periods ("2024", "2024/25") may name columns when the first cell is no number either. Without such a row,
    rows of two cells are names and values.
    Rows are trimmed, empty rows are dropped, a line break in a cell becomes a space.
    """
    clean = [[" ".join(cell.split()) for cell in row] for row in rows]
    clean = [row for row in clean if any(row)]
    if not clean:
        return []
    names = clean[0]
    if header is None:
        filled = [cell for cell in names if cell]
        names_columns = not any(c[:1].isdigit() and not _PERIOD.fullmatch(c) for c in filled) and not names[0][:1].isdigit()
        header = len(clean) > 1 and len(filled) > 1 and len(set(filled)) == len(filled) and names_columns
    if not header and len(clean) > 1 and all(len(row) == 2 and all(row) for row in clean):
        return [f"- {name.rstrip(' :')}: {value}" for name, value in clean]
    if not header or len(clean) == 1:
        return ["- " + " | ".join(cell for cell in row if cell) for row in clean]
    lines = []
    for row in clean[1:]:
        named = [(names[i] if i < len(names) else "", cell) for i, cell in enumerate(row) if cell]
        if len(named) == 1 and len(names) > 2:  # a note or a subheading across the columns
            named = [("", named[0][1])]
        lines.append("- " + " | ".join(f"{name}: {cell}" if name else cell for name, cell in named))
    return lines

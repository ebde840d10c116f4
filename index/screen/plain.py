"""Text from documents made safe for a terminal.

A document is untrusted: an escape sequence in it could rewrite the screen, set the window title or reverse the reading
order. Knows nothing of HTML: the web page never renders document text as markup.
"""

from __future__ import annotations

import json
import re
from typing import Any

# C0 and C1 controls except tab and line feed, the marks that override the direction of text around them, and lone surrogates, which no
# output takes.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# A whole escape sequence goes at once, so that its letters do not stay behind as litter; CSI, OSC/DCS strings, two-byte.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]"
)


def for_terminal(text: str) -> str:
    """`text` without escape sequences, control characters and direction overrides; tabs and line ends stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub("", _SEQUENCE.sub("", text))


def json_text(data: Any, indent: int | None = None) -> str:
    """JSON that is readable in every language and safe on a terminal too: what `for_terminal` takes out is written as escapes here."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(data, ensure_ascii=False, indent=indent))


def one_line(text: str, width: int = 0) -> str:
    """`text` on a single safe line, cut with an ellipsis when longer than `width` (0: never)."""
    line = " ".join(for_terminal(text).split())
    return line if not width or len(line) <= width else line[: max(1, width - 1)].rstrip() + "…"


def in_files(documents: int, files: int) -> str:
    """In how many files documents stand, where these are fewer: each row of a table file is a document."""
    return f" in {files} file{'' if files == 1 else 's'}" if 0 < files < documents else ""

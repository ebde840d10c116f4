r"""Names of files that are not UTF-8: how they are shown and how they are kept, as text that every store takes.

Python reads a byte that is none of UTF-8's as a lone surrogate, which neither SQLite nor JSON nor a terminal takes. Shown,
such a byte is written as `ls` does, `caf\xe9.md`; kept, a path is text from which the very bytes can be had again. Other
names stay as they are. Also how a document without a title
is called. Knows nothing of files.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote_to_bytes

_RECORD = re.compile(r"(?:row|message|event)-\d+")
CODED = "bytes//"  # no absolute path begins so


def shown_name(name: str) -> str:
    r"""The name as valid Unicode: `caf\xe9.md` for the bytes `caf\\xe9.md`; a lone surrogate of other origin as `\ud800`."""
    if _is_valid(name):
        return name
    return "".join(_shown(c) for c in name)


def kept_path(path: str) -> str:
    """An absolute path as text to store; `path_kept` gives it back."""
    return path if _is_valid(path) else CODED + quote(os.fsencode(path))


def path_kept(stored: str) -> str:
    """The path that `kept_path` made text of, for the system's calls."""
    return os.fsdecode(unquote_to_bytes(stored.removeprefix(CODED))) if stored.startswith(CODED) else stored


def readable_name(source: str) -> str:
    """A name to show for a document without a title, from its file's: "Pilot rota" for `crew/pilot_rota.csv#row-3`, of an archive's
    member the member's."""
    inside = [part for part in source.split("#") if part and not _RECORD.fullmatch(part)]
    stem = PurePosixPath(inside[-1] if inside else source).stem
    words = " ".join(re.sub(r"_|(?<=[^\W\d])-(?=[^\W\d])", " ", stem).split())
    return words[:1].upper() + words[1:] if words else source


def _shown(c: str) -> str:
    if not "\ud800" <= c <= "\udfff":
        return c
    return f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else f"\\u{ord(c):04x}"


def _is_valid(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

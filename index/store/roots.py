"""The folders that an index was made of, in a small file beside the catalog: when the catalog is lost they tell how to build it anew.

Knows nothing of what is in them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from index.store.durable import write_whole
from index.text.names import path_kept, shown_name

FILE_NAME = "folders.json"


def note_roots(folder: Path, roots: Sequence[str]) -> None:
    """Write what was indexed (as it is kept, see index.text.names) beside the catalog of the index at `folder`, all or nothing."""
    text = json.dumps(list(roots), ensure_ascii=False)
    if _read(folder / FILE_NAME) != list(roots):
        write_whole(folder / FILE_NAME, text)


def noted_roots(folder: Path) -> list[Path]:
    """What the index at `folder` was made of; none where nobody knows."""
    return [Path(path_kept(root)) for root in _read(folder / FILE_NAME) or []]


def how_to_build_anew(folder: Path) -> str:
    """What to do about a catalog that cannot be read, as a sentence."""
    roots = noted_roots(folder)
    if not roots:
        return f"Move {folder} aside and build it anew: footnote index FOLDER --db {folder}"
    what = " ".join(shown_name(str(root)) for root in roots[:3]) + (" ..." if len(roots) > 3 else "")
    return f"Run: footnote doctor --mend --db {folder}, which sets it aside and builds it anew from {what}"


def _read(path: Path) -> list[str] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) and all(isinstance(root, str) for root in found) else None

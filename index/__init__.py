"""Folders of files to a searchable index. The way in for other programs:

from index import IndexConfig, build, load_settings
report = build([Path("minutes")], load_settings(IndexConfig, {"store": {"path": ".footnote"}}))
print(report.documents)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.catalog.library import Library, open_library
    from index.config import IndexConfig, load_settings
    from index.errors import FootnoteError
    from index.schema import Chunk, Document, Span
    from index.sync.build import build, forget

__all__ = ["Chunk", "Document", "FootnoteError", "IndexConfig", "Library", "Span", "build", "forget", "load_settings", "open_library"]

_ROOMS = {
    "Library": "index.catalog.library", "open_library": "index.catalog.library", "IndexConfig": "index.config",
    "load_settings": "index.config", "FootnoteError": "index.errors", "build": "index.sync.build", "forget": "index.sync.build",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a name of the door when it is asked for: `footnote --help` must stay quick."""
    if name not in __all__:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    return getattr(import_module(_ROOMS.get(name, "index.schema")), name)

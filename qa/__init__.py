"""Questions to cited answers. The way in for other programs:

from qa import Answer, Settings, load_settings, open_engine
engine = open_engine(load_settings(Settings, {"store": {"path": ".footnote"}}))
answer: Answer = engine.ask("Which firms are building plants?")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.config import load_settings
    from qa.config import Settings
    from qa.engine import Engine, open_engine
    from qa.schema import Answer, Citation, Claim, Conflict, Turn

__all__ = ["Answer", "Citation", "Claim", "Conflict", "Engine", "Settings", "Turn", "load_settings", "open_engine"]

_ROOMS = {"Settings": "qa.config", "load_settings": "index.config", "Engine": "qa.engine", "open_engine": "qa.engine"}


def __getattr__(name: str) -> Any:
    """Load a name of the door when it is asked for: `import qa.cli` must stay quick."""
    if name not in __all__:
        raise AttributeError(f"module 'qa' has no attribute {name!r}")
    return getattr(import_module(_ROOMS.get(name, "qa.schema")), name)

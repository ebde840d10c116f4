"""Says once, after an answer of extracts, that a language model answers on this machine.

Remembers in the folder of the index that it was said. Looks at the loopback only.
"""

from __future__ import annotations

from contextlib import suppress

from qa.config import Settings

TOLD = "llm-told"


def hint(settings: Settings) -> str:
    """One line about a model at hand; empty when one is in use, when none answers, or when it was said before."""
    told = settings.store.path / TOLD
    if settings.llm.kind != "none" or told.exists() or not settings.store.path.is_dir():
        return ""
    from qa.llm.servers import servers

    found = next(iter(servers()), None)
    if found is None:
        return ""
    with suppress(OSError):  # a folder that may only be read: then it is said again
        told.write_text("", encoding="utf-8")
    return f"{found.program} answers here with {found.models[0]}. To let it read and write: footnote llm use {found.models[0]}"

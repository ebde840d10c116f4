"""Keep every library off the network: no model hub, no telemetry, no update checks.

`go_offline` is called once, before anything heavy is imported: by the console script and by the tests. It only sets
environment variables and blocks one module, so it takes microseconds. What it does not do: it does not stop our own
connections to a Chroma server or to a language model that the user has configured.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

SWITCHES: dict[str, str] = {
    "HF_HUB_OFFLINE": "1",  # huggingface_hub, transformers, sentence-transformers: local files only
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "DO_NOT_TRACK": "1",
}

# OpenVINO's converter reports to Google Analytics through this package when it is importable; when it is not, the
# converter uses a stub of its own. None in sys.modules makes the import fail, so the stub is what runs.
BLOCKED_MODULES = ("openvino_telemetry",)


def go_offline() -> None:
    """Set the switches of every library that would otherwise call out, and point two at caches in their own wheel."""
    os.environ.update(SWITCHES)
    # The tokenizers library warns at every fork unless this is decided; its threads are what makes it fast.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    for name in BLOCKED_MODULES:
        if sys.modules.get(name) is None:
            sys.modules[name] = None  # type: ignore[assignment]  # the documented way to make an import fail
    static = _llama_index_static()
    if static is not None:
        # llama-index ships these files; without the variables tiktoken and nltk would look for them on the web.
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(static / "tiktoken_cache"))
        os.environ.setdefault("NLTK_DATA", str(static / "nltk_cache"))


def telemetry_report() -> dict[str, bool]:
    """Each switch and each blocked module by name, True when it is in force (for `footnote doctor`)."""
    report = {name: os.environ.get(name) == value for name, value in SWITCHES.items()}
    report.update({name: name in sys.modules and sys.modules[name] is None for name in BLOCKED_MODULES})
    return report


def _llama_index_static() -> Path | None:
    spec = importlib.util.find_spec("llama_index")  # a namespace package: found without importing anything
    for place in (spec.submodule_search_locations or []) if spec else []:
        static = Path(place) / "core" / "_static"
        if static.is_dir():
            return static
    return None

"""The language models at hand on this machine: those of the servers that answer, and GGUF files where programs keep them.

Knows names and places; loads nothing and contacts nothing beyond the loopback.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import UsageError
from qa.llm.servers import Server, servers

MOST_FILES = 50
DEEPEST = 5  # folders below one of the places
SMALLEST = 50_000_000  # bytes: smaller GGUF files are vocabularies and adapters
# Where LM Studio, Jan, llama.cpp, GPT4All and the Hugging Face programs keep models, and where people put them.
PLACES = (
    "~/.lmstudio/models", "~/.cache/lm-studio/models", "~/.local/share/Jan/data/llamacpp/models", "~/jan/models", "~/.cache/llama.cpp",
    "~/Library/Caches/llama.cpp", "~/.local/share/nomic.ai/GPT4All", "~/.cache/huggingface/hub", "~/models", "~/.cache/footnote-dev", ".",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A model at hand: its name, and the server that holds it or the file that it is."""

    name: str
    server: Server | None = None
    path: Path | None = None

    @property
    def where(self) -> str:
        """Where it is, for people."""
        return f"{self.server.program}, {self.server.url}" if self.server else str(self.path)

    @property
    def settings(self) -> dict[str, str]:
        """What footnote.toml must say to use it."""
        if self.server is not None:
            return {"kind": "openai", "url": self.server.url, "model": self.name}
        return {"kind": "local", "model": str(self.path)}


def at_hand(places: Sequence[str] = PLACES) -> list[Found]:
    """The models of the servers that answer, then the files."""
    return [*(Found(name, server=server) for server in servers() for name in server.models), *(_file(p) for p in gguf_files(places))]


def _file(path: Path) -> Found:
    return Found(path.stem.casefold(), path=path)


def gguf_files(places: Iterable[str] = PLACES) -> list[Path]:
    """GGUF files of models in these folders, each file once, at most `MOST_FILES`."""
    found: dict[Path, Path] = {}
    for place in places:
        for path in _below(Path(place).expanduser(), 1 if place == "." else DEEPEST):
            found.setdefault(path.resolve(), path.absolute())
            if len(found) >= MOST_FILES:
                return list(found.values())
    return list(found.values())


def _below(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # not there, or not for us
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and depth > 1:
            yield from _below(Path(entry.path), depth - 1)
        elif entry.name.casefold().endswith(".gguf") and entry.is_file() and _is_model(entry):
            yield Path(entry.path)


def _is_model(entry: os.DirEntry[str]) -> bool:
    # Models in several files are named by their first; "mmproj" files hold the eyes of one that sees.
    later = "-of-" in entry.name and "-00001-of-" not in entry.name
    return entry.stat().st_size >= SMALLEST and not later and not entry.name.casefold().startswith("mmproj")


def named(name: str, found: Sequence[Found]) -> Found:
    """The model at hand of that name (or the only one that it begins), or the GGUF file at that path. Raises `UsageError`."""
    path = Path(name).expanduser()
    if path.suffix.casefold() == ".gguf" and path.is_file():
        return _file(path.absolute())
    wanted = name.casefold()
    for matches in ([f for f in found if f.name.casefold() == wanted], [f for f in found if f.name.casefold().startswith(wanted)]):
        if len({f.name for f in matches}) == 1:
            return matches[0]
    known = ", ".join(dict.fromkeys(f.name for f in found)) or "none; start Ollama, LM Studio, Jan, vLLM or llama.cpp, or give a GGUF file"
    raise UsageError(f"llm use takes the name of one model at hand or a path to a GGUF file, got {name!r}. At hand: {known}.")

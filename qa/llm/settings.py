"""The section [llm] of footnote.toml, written anew; every other line of the file stays as it is.

Knows TOML as people write it: a section header and its lines. What it cannot be sure of it refuses.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.config import CONFIG_FILE
from index.errors import ConfigError
from index.store.durable import write_whole

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_]+)\s*=")
# Of another model than the one that is chosen now: they would be sent to it. Kept as comments, for they may be hard to get again.
_OF_THE_OTHER = ("api_key", "import_path", "options")


def write_llm(values: Mapping[str, Any], path: Path = Path(CONFIG_FILE)) -> None:
    """Let [llm] say `values`; its `timeout_s` and `retries` stay, its key, class and options become comments.

    Raises `ConfigError` when the file is not written as expected, and leaves it as it was.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    new = _renewed(text, values)
    try:
        before, after = tomllib.loads(text), tomllib.loads(new)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{CONFIG_FILE} must be valid TOML for [llm] to be written: {error}. Mend that line.") from error
    llm = after.pop("llm", {})
    before.pop("llm", None)
    if after != before or any(llm.get(name) != value for name, value in values.items()) or any(name in llm for name in _OF_THE_OTHER):
        said = ", ".join(f"{name} = {_literal(value)}" for name, value in values.items())
        raise ConfigError(f"[llm] in {CONFIG_FILE} is written in a way that cannot be changed safely. Write there yourself: {said}.")
    write_whole(path, new)


def _renewed(text: str, values: Mapping[str, Any]) -> str:
    kept: list[str] = []
    own: list[str] = []
    section, at = "", None
    for line in text.splitlines():
        header = _HEADER.match(line)
        section = header[1] if header else section
        if section == "llm":
            at = len(kept) if at is None else at
            key = _KEY.match(line)
            if not header and not (key and key[1] in {*values, "kind", "model", "url", "window", "reads"}):
                own.append(f"# {line}" if key and key[1] in _OF_THE_OTHER else line)
        elif section.startswith("llm."):
            own.append(line if line.startswith("#") or not line.strip() else f"# {line}")
        else:
            kept.append(line)
    written = ["[llm]", *(f"{name} = {_literal(value)}" for name, value in values.items()), *own]
    if at is None:
        return "\n".join([*kept, *([""] if kept else []), *written]) + "\n"
    return "\n".join([*kept[:at], *written, *kept[at:]]) + "\n"


def _literal(value: Any) -> str:
    """A text, number or truth value as TOML writes it; TOML's basic strings are JSON's, but for the character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

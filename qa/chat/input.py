"""Lines of a conversation: from the keyboard with editing and history, or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO


def prompted_lines(history: Path, shown: Callable[[], None] = lambda: None, between: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Lines typed at a prompt, remembered in `history` across sessions; Ctrl-D ends them, Ctrl-C raises KeyboardInterrupt.

    Where the history cannot be written the conversation goes on without one. `shown` is called as a prompt appears, `between` before
    each but the first.
    """
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    from qa.chat.terminal import COMMANDS

    memory: History = InMemoryHistory()
    if history.parent.is_dir():
        try:
            history.touch(mode=0o600)
            memory = FileHistory(str(history))
        except OSError as error:
            print(f"no history across sessions: {error}", file=sys.stderr)
    words = WordCompleter([f"/{name}" for name in COMMANDS], sentence=True)
    asked: list[bool] = []
    session: PromptSession[str] = PromptSession("> ", history=memory, completer=words, complete_while_typing=False)

    def read() -> str | None:
        if asked:
            between()
        asked.append(True)
        try:
            return session.prompt(pre_run=shown)
        except EOFError:
            return None

    # Not a generator: that would be finished by the first Ctrl-C that passes through it.
    return iter(read, None)


def piped_lines(stream: TextIO) -> Iterator[str]:
    """The lines of a pipe; bytes that are not UTF-8 are replaced."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
    for line in stream:
        yield line.rstrip("\r\n")

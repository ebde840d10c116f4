"""How fast a language model writes: measured on a text that came piece by piece, never guessed.

Words, not tokens: few servers tell tokens, and each model cuts its own. Knows nothing of models and of what is written.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from qa.schema import Speed

FEWEST = 8  # words after the first piece; fewer say little, and a refusal has about that many


@dataclass(slots=True)
class Stopwatch:
    """Runs from when it is made, while pieces of one text come."""

    _began: float = field(default_factory=lambda: time.perf_counter())
    _first: float = 0.0
    _last: float = 0.0
    _text: list[str] = field(default_factory=list)

    def came(self, piece: str) -> None:
        """A piece of the text has come."""
        self._last = time.perf_counter()
        if not self._text:
            self._first = self._last
        self._text.append(piece)

    def speed(self) -> Speed | None:
        """None where it cannot be told: too few words, or all of them in one piece."""
        words = len("".join(self._text[1:]).split())
        if words < FEWEST or self._last <= self._first:
            return None
        return Speed(round(words / (self._last - self._first), 1), round(self._first - self._began, 2))

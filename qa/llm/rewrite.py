"""A follow-up question made whole by a language model; what is no rewriting is not followed.

Knows the last turns only, no documents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.english.lexicon import content_stems
from qa.llm.cited import without_thought
from qa.llm.client import Writer
from qa.llm.prompts import NO_STANDALONE, follow_up, neutral
from qa.schema import Turn

MAX_QUESTION_CHARS = 400


def rewritten(writer: Writer, question: str, history: Sequence[Turn]) -> str | None:
    """`question` rewritten so that it stands alone, or None when it already does or the model's line is of no use.

    Raises `LanguageModelError` when the model fails.
    """
    if not history:
        return None
    written = without_thought(writer.write(follow_up(question, history), schema=None, max_tokens=120)).strip()
    lines = [line for line in written.splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    line = re.sub(r"^\s*(?:last |standalone )?question:\s*", "", lines[0], flags=re.IGNORECASE)
    line = neutral(line, MAX_QUESTION_CHARS + 1).strip('"“” ')
    if not line or len(line) > MAX_QUESTION_CHARS or NO_STANDALONE in re.findall(r"\w+", line):
        return None
    return line if _is_made_of(line, question, history) and line.casefold() != question.strip().casefold() else None


def _is_made_of(line: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewritten question keeps what was asked and invents nothing: its topic words stand in the conversation, and at
    least half of the question's stand in it. A model that writes something else (JSON, an answer) is not followed."""
    asked, written = set(content_stems(question)), set(content_stems(line))
    known = asked.union(*(content_stems(f"{turn.question} {turn.answer}") for turn in history))
    return not set("{}[]") & set(line) and written <= known and 2 * len(asked & written) >= len(asked)

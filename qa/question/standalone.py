"""A follow-up question made whole from the conversation, without a language model and without grammar.

A question that leans on what was said ("and in 2024?", "how many does she need?") is put behind the last question and the names of its
answer, and the reader reads both together, as conversational question answering does (CoQA, arXiv 1808.07042). A question that
stands by itself is left alone. Knows the last turns only, no documents. English closed-class words; in other languages a follow-up is
told by its shortness alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.schema import Turn

REFUSAL = "Nothing found that answers this."
_LEANS = frozenset(
    "it its itself they them their theirs he him his she her hers this that these those there here one ones else other others same".split()
)
_OPENS = re.compile(r"^(?:and|but|so|also|then|or|what about|how about|what else|who else|anything else)\b", re.IGNORECASE)
# "Is it true that ...", "is there ...", "does it rain": the word points ahead or at nothing.
_AHEAD = re.compile(
    r"\b(?:it\s+(?:true|known|possible|correct|that)|(?:is|are|was|were|be)\s+there|there\s+(?:is|are|was|were|be|a|an|any))\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NAME = re.compile(r"(?<![.!?:\n] )(?<!^)\b[A-Z][\w&'’-]+(?:\s+[A-Z][\w&'’-]+)*")
SHORT = 3  # words; "which firms?" alone says too little to be looked up
MOST_NAMES = 3


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the conversation; unchanged when it needs nothing from it."""
    if not history or not leans(question):
        return question
    last = history[-1]
    asked = standalone(last.question, history[:-1][-1:])
    names = [n for n in _names(last.answer) if n.casefold() not in f"{asked} {question}".casefold()]
    said = f" ({', '.join(names)})" if names else ""
    return f"{asked.rstrip()}{said} {question}"


def leans(question: str) -> bool:
    """Whether a question is not understood without the one before it."""
    words = [w.casefold() for w in _WORD.findall(question)]
    if _OPENS.match(question) or len(words) <= SHORT:
        return True
    return bool(_LEANS & {w.removesuffix("'s").removesuffix("’s") for w in words}) and not _AHEAD.search(question)


def _names(answer: str) -> list[str]:
    """The names in an answer's first sentences; a refusal has none."""
    if answer.startswith(REFUSAL):
        return []
    return list(dict.fromkeys(_NAME.findall(re.sub(r"\[\d+\]", "", answer[:300]))))[:MOST_NAMES]

"""A follow-up question made whole from the conversation, without a language model and without grammar.

A piece of a question ("and in 2024?") is put into the last one (`qa.question.swapped`). Another that leans on what was said ("how many does
she need?") is put behind the last question and the names of its answer, and the reader reads both together, as conversational question
answering does (CoQA, arXiv 1808.07042); where that finds nothing, without the names. A question that stands by itself is left alone,
greetings and thanks are passed over. Knows the last turns only, no documents. English closed-class words; in other languages a follow-up
is told by its shortness alone.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence

from index.dates.words import MONTHS
from index.text.terms import STOP_WORDS
from qa.cite import LESS_SURE
from qa.question.small_talk import is_small_talk
from qa.question.swapped import swapped
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
# "these days", "this summer": a time of the asker's, nothing that was said.
_NOW = re.compile(r"\b(?:this|these)\s+(?:days?|weeks?|weekend|months?|quarter|years?|spring|summer|autumn|fall|winter)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_RUN = r"[A-Z][\w&'’-]+(?:\s+[A-Z][\w&'’-]+)*"
_NAME = re.compile(rf"(?<![.!?:–—-] )(?<!\n)(?<!^)\b{_RUN}(?![\w:])")
_CELL = re.compile(rf"(?:[^:|]+: )?({_RUN})")
_TIMES = frozenset([*MONTHS, *(f"{day.casefold()}{s}" for day in calendar.day_name for s in ("", "s"))])
_APART = re.compile(r"^[^:?]{1,60}: (?=\S)")
SHORT = 3  # words; "which firms?" alone says too little to be looked up
MOST_NAMES = 3
# So many words of its own that carry meaning, a name or a number among them counting twice, and a question is not put behind another though
# it says "it": what that points at stands in itself, or the words find the place.
ENOUGH = 3


def wordings(question: str, history: Sequence[Turn]) -> list[str]:
    """The ways in which the question would be asked without the conversation, likeliest first: itself alone when it needs nothing from it,
    and last where it may need nothing."""
    turns = [turn for turn in history if not is_small_talk(turn.question)]
    if not turns or not leans(question):
        return [question]
    apart = _APART.sub("", question)
    if apart != question and not leans(apart):  # "Something else: who won the cake contest?"
        return [apart]
    opens = _OPENS.match(question) is not None
    words = [word for word in _WORD.findall(question) if word.casefold() not in STOP_WORDS]
    named = any(word[0].isupper() or word[0].isdigit() for word in _WORD.findall(question)[1:])
    if not opens and len(words) + named >= ENOUGH:
        return [question]
    last = turns[-1]
    asked = wordings(last.question, turns[:-1][-1:])[0].rstrip()
    joined = swapped(asked, question)
    if not joined:
        names = [n for n in _names(last.answer) if n.casefold() not in f"{asked} {question}".casefold()]
        joined = [f"{asked} ({', '.join(names)}) {question}"] * bool(names) + [f"{asked} {question}"]
    return joined if opens or not words or _points(question) else [*joined, question]


def leans(question: str) -> bool:
    """Whether a question is not understood without the one before it."""
    words = [w.casefold() for w in _WORD.findall(question)]
    return _OPENS.match(question) is not None or len(words) <= SHORT or _points(question)


def _points(question: str) -> bool:
    """Whether a question has a word that points at something which was said."""
    pointing = {w.casefold().removesuffix("'s").removesuffix("’s") for w in _WORD.findall(_NOW.sub(" ", question))}
    return bool(_LEANS & pointing) and not _AHEAD.search(question)


def _names(answer: str) -> list[str]:
    """The names in an answer's first sentences, no months or days and no names of columns; a refusal has none."""
    if answer.startswith(REFUSAL):
        return []
    found: list[str] = []
    for line in re.sub(r"\[\d+\]", "", answer[:300]).splitlines():
        said = line.removeprefix("- ").removeprefix(LESS_SURE)
        cells = [cell.strip(" .") for cell in said.split(" | ")]
        found += [m[1] for cell in cells if (m := _CELL.fullmatch(cell))] if len(cells) > 1 else _NAME.findall(said)
    return [name for name in dict.fromkeys(found) if name.casefold() not in _TIMES][:MOST_NAMES]

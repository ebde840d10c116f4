"""Composition by a language model: evidence in, drafts out, each draft naming the evidence it rests on.

A large model sees all quotes at once and writes JSON; a small one sees one quote at a time. What is written is not
believed: `verify` checks every draft against its quotes afterwards. Knows nothing of retrieval or verification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.errors import LanguageModelError
from qa.english.lexicon import content_stems
from qa.llm.client import Message, Writer
from qa.schema import Evidence, Turn
from qa.write.prompts import NO_STANDALONE, all_again, all_at_once, all_schema, follow_up, neutral, one_quote, one_schema

MAX_SENTENCE_CHARS = 600
MAX_QUESTION_CHARS = 400
TOKENS_PER_SENTENCE = 90
TOKENS_AT_MOST = 1600
SMALL_TOKENS = 260
KEPT_SHARE = 0.5  # a sentence shorter than half of its quote was a fragment in 6 of 7 cases ("Brazil's crop nearly two-thirds.")

_MARKERS = re.compile(r"\s*\[\s*(\d+(?:\s*[,;]\s*\d+)*)\s*\]")
_MARKED = re.compile(r"(?P<text>[^\[\]]*[^\[\]\s])(?P<marks>(?:\s*\[\s*\d+(?:\s*[,;]\s*\d+)*\s*\])+)(?P<stop>[.!?]?)")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence that a model wrote; `evidence` are indices into the evidence it was given, counted from 0."""

    text: str
    evidence: tuple[int, ...]


def compose(writer: Writer, question: str, evidence: Sequence[Evidence]) -> list[Draft]:
    """Let `writer` answer `question` from `evidence`; an empty list when it finds nothing to say.

    Raises `LanguageModelError` when the model fails or twice writes something that cannot be read.
    """
    if not evidence:
        return []
    if is_small(writer):
        return _merge(_one_at_a_time(writer, evidence))
    return _ask_for_sentences(writer, all_at_once(question, evidence), len(evidence))


def as_written(writer: Writer, question: str, evidence: Sequence[Evidence]) -> Iterator[list[Draft]]:
    """The drafts of `compose` in lists as they come: from a large writer that tells what it writes while it writes (`pieces`),
    sentence by sentence; from any other all in one. A sentence may not come twice. Raises `LanguageModelError` like `compose`."""
    given = 0
    if evidence and not is_small(writer) and hasattr(writer, "pieces"):
        prompt, written = all_at_once(question, evidence), ""
        try:
            for piece in writer.pieces(prompt, schema=all_schema(len(evidence)), max_tokens=_budget(len(evidence))):
                written += piece
                if "}" in piece and (new := _so_far(written, len(evidence))[given:]):
                    given += len(new)
                    yield new
            drafts = parse(written, len(evidence))
        except LanguageModelError:
            if given:
                raise
            drafts = None  # a server that cannot stream may still write
        if drafts is not None:
            yield drafts[given:]
            return
    yield compose(writer, question, evidence)


def _so_far(written: str, count: int) -> list[Draft]:
    """The whole sentences of JSON that is still being written."""
    thought = _THINKING.sub("", written)
    start = thought.find('"sentences"')
    return _drafts([pair for pair in map(_sentence, _whole_objects(thought[start:])) if pair], count) if start >= 0 else []


def retry(writer: Writer, question: str, evidence: Sequence[Evidence], rejected: Sequence[tuple[Draft, str]]) -> list[Draft]:
    """Ask once again for the sentences that verification refused, with the reasons; drafts as `compose` returns them.

    A small model cannot use a reason: it gets none, and the list is empty. Raises `LanguageModelError` like `compose`.
    """
    if not rejected or not evidence or is_small(writer):
        return []
    wrong = [(draft.text, [index + 1 for index in draft.evidence], reason) for draft, reason in rejected]
    return _ask_for_sentences(writer, all_again(question, evidence, wrong), len(evidence))


def standalone(writer: Writer, question: str, history: Sequence[Turn]) -> str | None:
    """`question` rewritten so that it stands alone, or None when it already does or the model's line is of no use.

    Raises `LanguageModelError` when the model fails.
    """
    if not history:
        return None
    written = _THINKING.sub("", writer.write(follow_up(question, history), schema=None, max_tokens=120)).strip()
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


def is_small(writer: Writer) -> bool:
    """True when the writer says that it is small; one that does not say is taken for a large one."""
    return bool(getattr(writer, "small", False))


def _ask_for_sentences(writer: Writer, prompt: Sequence[Message], count: int) -> list[Draft]:
    for _ in range(2):
        drafts = parse(writer.write(prompt, schema=all_schema(count), max_tokens=_budget(count)), count)
        if drafts is not None:
            return drafts
    raise LanguageModelError(f"The language model {writer.name!r} twice wrote neither JSON nor sentences with [n]. Try another model.")


def _budget(count: int) -> int:
    return min(TOKENS_AT_MOST, TOKENS_PER_SENTENCE * (count + 1))


def _one_at_a_time(writer: Writer, evidence: Sequence[Evidence]) -> Iterator[Draft]:
    """Each quote tidied into a sentence; the quote itself where the model's sentence is cut off, leaves out too much of
    it to mean the same, or where the model cannot read the script."""
    for index, item in enumerate(evidence):
        quote, text = _clean(item.quote), ""
        if _is_latin(quote):
            budget = min(SMALL_TOKENS, len(quote) // 3 + 40)
            text = _string(writer.write(one_quote(item), schema=one_schema(item), max_tokens=budget))
        if len(text) < KEPT_SHARE * len(quote):
            text = quote
        if text:
            yield Draft(text, (index,))


def _string(written: str) -> str:
    """The sentence of a JSON string, or of a plain line when the server does not constrain; empty when cut off."""
    line = written.strip()
    if line.startswith('"'):
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            return ""
        line = value if isinstance(value, str) else ""
    line = re.sub(r"(?<!\.)\.\.$", ".", _clean(line))
    return line[:1].upper() + line[1:] if line.endswith((".", "!", "?", "”", '"')) else ""


def _is_latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(c < "ɐ" for c in letters) >= 0.9 * len(letters) > 0


def parse(written: str, count: int) -> list[Draft] | None:
    """Drafts from a model's text: the JSON form, else sentences with [n]; None when it is neither.

    Numbers outside 1..count are dropped, and so is a sentence left without any. JSON that was cut off gives the
    sentences that are whole.
    """
    written = _THINKING.sub("", written)
    found = _from_json(written)
    if found is None:
        found = list(_from_lines(written))
        if not found:
            return None
    return _drafts(found, count)


def _drafts(found: Iterable[tuple[str, list[int]]], count: int) -> list[Draft]:
    drafts = []
    for text, numbers in found:
        marked = [int(n) for marks in _MARKERS.findall(text) for n in re.findall(r"\d+", marks)]
        known = tuple(dict.fromkeys(n - 1 for n in [*numbers, *marked] if 1 <= n <= count))
        text = _clean(text)
        if text and known:
            drafts.append(Draft(text, known))
    return _merge(drafts)


def _from_json(written: str) -> list[tuple[str, list[int]]] | None:
    """(text, numbers) of every whole sentence object; None when there is no such JSON."""
    start = written.find("{")
    if start < 0 or '"sentences"' not in written:
        return None
    try:
        outer, _ = json.JSONDecoder().raw_decode(written, start)
        sentences = outer.get("sentences") if isinstance(outer, dict) else None
    except json.JSONDecodeError:
        sentences = list(_whole_objects(written[written.find('"sentences"') :]))
        if not sentences:
            return None
    if not isinstance(sentences, list):
        return None
    return [pair for pair in map(_sentence, sentences) if pair]


def _whole_objects(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            return
        yield value
        position = text.find("{", end)


def _sentence(value: Any) -> tuple[str, list[int]] | None:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not isinstance(value.get("quotes"), list):
        return None
    return value["text"], [n for n in value["quotes"] if isinstance(n, int) and not isinstance(n, bool)]


def _from_lines(written: str) -> Iterator[tuple[str, list[int]]]:
    for line in written.splitlines():
        for match in _MARKED.finditer(_BULLET.sub("", line)):
            text = match["text"].lstrip(" .;,") + match["stop"]
            yield text, [int(n) for n in re.findall(r"\d+", match["marks"])]


def _clean(text: str) -> str:
    """The sentence as shown: markers and template tokens gone, one line; empty when unusable."""
    line = neutral(_MARKERS.sub("", text), MAX_SENTENCE_CHARS + 1).strip().strip('"“”').strip()
    return line if any(c.isalnum() for c in line) and len(line) <= MAX_SENTENCE_CHARS else ""


def _merge(drafts: Iterable[Draft]) -> list[Draft]:
    """The same sentence written twice becomes one with the evidence of both."""
    merged: dict[str, Draft] = {}
    for draft in drafts:
        key = draft.text.casefold().rstrip(".")
        earlier = merged.get(key)
        merged[key] = Draft(earlier.text, tuple(dict.fromkeys(earlier.evidence + draft.evidence))) if earlier else draft
    return list(merged.values())

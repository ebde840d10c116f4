"""A language model as reader: it is shown the best passages that fit its window and writes sentences that cite them.

What it writes is not believed: `qa.write.llm` looks for the units that support each sentence. Documents are untrusted, so their text
goes into the prompt through `qa.llm.prompts` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from index.errors import LanguageModelError
from index.schema import Unit
from qa.llm.cited import Draft, Endless, drafts
from qa.llm.client import Message, TooSlow, Writer
from qa.llm.prompts import UNIT_CHARS, passage_text, read_again, read_passages
from qa.read.protocol import Readable, Reading
from qa.schema import Passage

WINDOW = 4096  # tokens, of a model that does not tell
LARGE = 8192  # tokens of a window from which a model is shown more
READ_TOKENS = (1500, 6000)  # of passages, at most, below and above: small models run on machines that read 100 tokens a second
ANSWER_TOKENS = 600
RULES_TOKENS = 450  # the rules, the question and what a chat template adds
SURE = 5  # passages that are shown however little the reader makes of them
WORTH = 0.05  # of the best passage's probability, for every further one


def shown(reading: Reading, window: int = WINDOW) -> list[Readable]:
    """The best passages that fit, best first; those of one document that touch are one."""
    room = min(READ_TOKENS[window >= LARGE], window - ANSWER_TOKENS - RULES_TOKENS)
    best: dict[int, float] = {}
    for finding in reading.findings:
        best[finding.passage] = max(best.get(finding.passage, 0.0), finding.answers)
    ranked = sorted(range(len(reading.passages)), key=lambda i: (-best.get(i, 0.0), i))
    floor = WORTH * max(best.values(), default=0.0)
    taken: list[Readable] = []
    for place, i in enumerate(ranked):
        if place >= SURE and best.get(i, 0.0) < floor:
            break
        joined = _joined([*taken, reading.passages[i]])
        if sum(tokens(_prompt_text(1, p)) for p in joined) <= room:
            taken = joined
    return taken


def tokens(text: str) -> int:
    """About how many tokens a text has, rather too many: models differ, and few tell. Other scripts than Latin take more."""
    plain = sum(c.isascii() for c in text)
    return int(plain / 3.3 + (len(text) - plain) * 0.9) + 1


def answer(writer: Writer, question: str, passages: Sequence[Readable]) -> Iterator[Draft]:
    """The sentences that `writer` answers with, each as soon as it is written. Raises `LanguageModelError`."""
    yield from _written(writer, read_passages(question, texts(passages)), len(passages))


def again(writer: Writer, question: str, passages: Sequence[Readable], rejected: Sequence[tuple[Draft, str]]) -> list[Draft]:
    """What `writer` makes of the sentences that were refused, told the reasons. Raises `LanguageModelError`."""
    wrong = [(draft.text, [n + 1 for n in draft.passages], reason) for draft, reason in rejected]
    return list(_written(writer, read_again(question, texts(passages), wrong), len(passages)))


def texts(passages: Sequence[Readable]) -> list[str]:
    """The passages as they stand in the prompt, numbered from 1."""
    return [_prompt_text(n, passage) for n, passage in enumerate(passages, start=1)]


def _written(writer: Writer, prompt: Sequence[Message], count: int) -> Iterator[Draft]:
    """From a writer that tells what it writes while it writes, sentence by sentence; from any other all in one. A stream that
    breaks is asked for once more in one piece, with the writer's own retries."""
    given: set[str] = set()
    with suppress(Endless):  # what came before stands
        if hasattr(writer, "pieces"):
            try:
                for draft in drafts(writer.pieces(prompt, schema=None, max_tokens=ANSWER_TOKENS), count):
                    given.add(draft.text)
                    yield draft
            except TooSlow:
                raise
            except LanguageModelError:
                if not writer_may_repeat(writer):
                    raise
            else:
                if given:
                    return
        whole = writer.write(prompt, schema=None, max_tokens=ANSWER_TOKENS)
        yield from (draft for draft in drafts([whole], count) if draft.text not in given)


def writer_may_repeat(writer: Writer) -> bool:
    """Whether asking again can end otherwise: a model in this process writes the same each time."""
    return getattr(writer, "retries", 1) > 0


def _prompt_text(number: int, passage: Readable) -> str:
    document = passage.document
    context = passage.context.split("\n")
    dated = f" (published {document.published.date})" if document.published.date else ""
    return passage_text(number, f"{context[0] or document.source}{dated}", [*context[1:], *_lines(document.text, passage.units)])


def _lines(text: str, units: Sequence[Unit]) -> list[str]:
    """The units, sentences of one paragraph on one line."""
    lines: list[str] = []
    before: Unit | None = None
    for unit in units:
        said = text[unit.start : unit.end]
        flows = before is not None and before.kind == unit.kind == "sentence" and text[before.end : unit.start].count("\n") < 2
        if flows and len(lines[-1]) + len(said) < UNIT_CHARS:
            lines[-1] += f" {said}"
        else:
            lines.append(said)
        before = unit
    return lines


def _joined(passages: Sequence[Readable]) -> list[Readable]:
    """The passages in the same order; one that touches an earlier one of its document is joined to it."""
    made: list[Readable] = []
    for passage in passages:
        at = next((i for i, other in enumerate(made) if _touch(other, passage)), None)
        if at is None:
            made.append(passage)
            continue
        made[at] = _union(made[at], passage)
    return made if len(made) == len(passages) else _joined(made)


def _touch(one: Readable, other: Readable) -> bool:
    if one.document.source != other.document.source:
        return False
    first, second = sorted((one, other), key=lambda r: r.passage.start)
    return not any(c.isalnum() for c in first.document.text[first.passage.end : second.passage.start])


def _union(one: Readable, other: Readable) -> Readable:
    start, end = min(one.passage.start, other.passage.start), max(one.passage.end, other.passage.end)
    units = tuple(sorted({u.start: u for u in (*one.units, *other.units)}.values(), key=lambda u: u.start))
    first = one if one.passage.start <= other.passage.start else other
    p = one.passage
    passage = Passage(p.chunk_id, p.source, start, end, one.document.text[start:end], p.score, p.title, p.publisher, p.published, p.context)
    glosses = tuple(sorted({g.at: g for g in (*one.glosses, *other.glosses)}.values(), key=lambda g: g.at))
    return Readable(passage, one.document, units, first.context, glosses)

"""What a language model wrote as verified statements: each sentence is held to the passages before anybody sees it.

A sentence that the passages do not support is asked for once again with the reason; then the reader's own evidence from the passages
that it cites stands in for it, or it is dropped and listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from index.errors import LanguageModelError
from qa.check.arithmetic import implied
from qa.check.support import Part, Support, Verifier, find_support
from qa.check.verify import Verdict
from qa.english.lexicon import content_stems, related
from qa.english.names import find_names
from qa.llm.cited import Draft, refuses
from qa.llm.client import Writer
from qa.quote import evidence_of, neighbours
from qa.read import llm as model
from qa.read.choose import folded
from qa.read.protocol import Readable, Span
from qa.schema import Dropped, Evidence
from qa.write.asked import Request, Statement, covered
from qa.write.shown import statement

NO_CITATION = "it names no passage that says it"
BESIDE = "its quotes have nothing to do with the question"
# Probability, as the reader sees it, that the best of a sentence's quotes is evidence for the question, and that a sentence which takes
# but a part of its quotes answers by itself. What a document orders a model to write stands in the document too, but answers nothing.
RELEVANT = 0.05
# ... and beside the best unit that was read. With the reader before this one 58 of 62 questions of three sets had none of their facts
# below a third (the others ask for summaries); this one is surer of itself. A model of 1.5 billion parameters told the steps of another
# procedure, every word supported.
BESIDE_BEST = 1 / 2
# "To find the valve, look behind the stove": what the question asks, said again, with no name or figure; whether the rest answers it is
# the reader's to say.
_ECHO = re.compile(r"^(?:(?i:in order )?(?i:to)|If|When)\s[^,.;:\d]{3,120},\s+(?:then\s+)?(?=\w)")
_PRONOUN = re.compile(r"\b(?:I|you|we|they|he|she|it)['’](?:m|re|ve|s|d|ll)\b", re.IGNORECASE)
WHOLE = 0.75  # share of the quotes' words from which a sentence says what they say


@dataclass(slots=True)
class Written:
    """What came of a model's answer beside its statements."""

    dropped: list[Dropped] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    """Positions of the chosen evidence that a statement cites or that stood in for a sentence."""
    said: set[str] = field(default_factory=set)
    """The supported sentences, folded."""
    last: str = ""
    """The last of them as written."""
    refused: bool = False


def answered(writer: Writer, asked: Request, judge: Verifier, result: Written) -> Iterator[Statement]:
    """The sentences that `writer` answers with, each as soon as it is supported; `result` tells the rest when they end.

    Raises `LanguageModelError` when the model fails; what was said before stands.
    """
    window = getattr(writer, "window", model.WINDOW)
    passages = model.shown(asked.reading, window)
    failed: list[tuple[Draft, str]] = []
    yield from _supported(model.answer(writer, asked.whole, passages), passages, asked, judge, result, failed)
    if not failed:
        return
    still: list[tuple[Draft, str]] = []
    with suppress(LanguageModelError):  # it has answered once; what it was asked to mend is dropped or stood in for
        yield from _supported(model.again(writer, asked.whole, passages, failed), passages, asked, judge, result, still)
    result.refused = False  # it had something to say, though nothing that holds
    result.dropped += [Dropped(text=draft.text, reason=reason) for draft, reason in failed]
    yield from _stand_ins(failed, passages, asked, result)


def _supported(
    drafts: Iterable[Draft], passages: Sequence[Readable], asked: Request, judge: Verifier, result: Written, failed: list[tuple[Draft, str]]
) -> Iterator[Statement]:
    """The supported drafts as statements; the others go to `failed` with the reason."""
    for draft in drafts:
        if refuses(draft.text):
            result.refused = True
            continue
        if folded(draft.text) in result.said:
            continue
        support = _support_of(draft, passages, judge)
        if not support.parts and (rest := without_echo(draft.text, asked.whole)):
            support = _support_of(replace(draft, text=rest), passages, judge)
        if not support.parts and (written_out := implied(draft.text, result.last)):
            draft = replace(draft, text=f"{draft.text.rstrip('.')} ({written_out}).")
            support = _support_of(draft, passages, judge)
        if not support.parts:
            failed.append((draft, support.verdict.reason))
            continue
        evidence = quotes(support.parts, asked)
        if _beside(draft.text, support.parts, evidence, asked):
            result.dropped.append(Dropped(text=draft.text, reason=BESIDE))
            continue
        result.said.add(folded(draft.text))
        result.last = draft.text
        result.told |= covered(asked.chosen, evidence)
        yield Statement(statement(draft.text), evidence, support.verdict.score)


def without_echo(text: str, question: str) -> str:
    """The sentence without its opening where that repeats the question; empty when it has none."""
    opening = _ECHO.match(text)
    if opening is None or find_names(opening[0]):
        return ""
    asked = content_stems(_PRONOUN.sub(" ", question))
    repeats = all(any(related(word, other) for other in asked) for word in content_stems(_PRONOUN.sub(" ", opening[0])))
    return f"{text[opening.end()].upper()}{text[opening.end() + 1 :]}" if repeats else ""


def _beside(text: str, parts: Sequence[Part], evidence: Sequence[Evidence], asked: Request) -> bool:
    """Whether a supported sentence has nothing to do with the question."""
    chosen = any(_within(e, c.evidence) for e in evidence for c in asked.chosen)
    if not chosen and max(e.score for e in evidence) < max(RELEVANT, BESIDE_BEST * asked.reading.answered):
        return True
    said, there = set(content_stems(text)), set(content_stems(" ".join(part.text for part in parts)))
    return len(said & there) < WHOLE * len(there) and asked.answers(text) < RELEVANT


def _within(quote: Evidence, piece: Evidence) -> bool:
    """Whether a quote is part of what is shown without a model too: the last step of a list that is shown whole, for example."""
    return quote.source == piece.source and piece.start <= quote.start and quote.end <= piece.end


def _support_of(draft: Draft, passages: Sequence[Readable], judge: Verifier) -> Support:
    """From the passages that it cites, else from any that the model was shown: a model that finds the fact may miss the number."""
    cited = [passages[n] for n in draft.passages]
    found = find_support(draft.text, cited, judge) if cited else Support((), Verdict("unsupported", 0.0, NO_CITATION))
    if found.parts:
        return found
    others = [p for n, p in enumerate(passages) if n not in draft.passages]
    elsewhere = find_support(draft.text, others, judge) if others else found
    return elsewhere if elsewhere.parts or not cited else found


def _stand_ins(failed: Sequence[tuple[Draft, str]], passages: Sequence[Readable], asked: Request, result: Written) -> Iterator[Statement]:
    """The evidence that the reader chose in the passages that unsupported sentences cite."""
    for draft, _ in failed:
        cited = [passages[n] for n in draft.passages]
        for i, choice in enumerate(asked.chosen):
            if i not in result.told and any(_inside(choice.evidence, p) for p in cited):
                result.told.add(i)
                yield from asked.extract(i)


def _inside(evidence: Evidence, passage: Readable) -> bool:
    return evidence.source == passage.document.source and evidence.start < passage.passage.end and passage.passage.start < evidence.end


def quotes(parts: Sequence[Part], asked: Request) -> list[Evidence]:
    """Units as quotes: neighbours of one document as one, with the reader's short answer where it named one."""
    scores = {(asked.reading.passages[f.passage].document.source, f.unit.start): f for f in reversed(asked.reading.findings)}
    runs: list[list[Part]] = []
    for part in parts:
        last = runs[-1][-1] if runs else None
        same = last is not None and last.passage.document.source == part.passage.document.source
        if last is not None and same and neighbours(part.passage.document.text, last.unit, part.unit):
            runs[-1].append(part)
        else:
            runs.append([part])
    made = []
    for run in runs:
        document = run[0].passage.document
        found = [f for part in run if (f := scores.get((document.source, part.unit.start)))]
        best = max(found, key=lambda f: f.score, default=None)
        short: Span | None = best.short if best and best.score >= asked.floor else None
        made.append(
            evidence_of(
                document, asked.units[document.source], [part.unit for part in run], score=best.score if best else 0.0,
                context=run[0].passage.context, short=short,
            )
        )  # fmt: skip
    return made

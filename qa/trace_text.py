"""The way to an answer as text for a terminal: one section a step, one line a passage, sentence or check.

Text of documents is made safe and cut to the line. Knows the data of `qa.trace_steps`, nothing of how it came about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from index.plain import one_line
from qa.schema import Answer
from qa.trace_steps import CheckStep, Lookup, PassageStep, SentenceStep, Steps

WIDTH = 118
BEST = 8  # sentences that are shown whether or not they were chosen
LEFT_OUT = 3  # sentences shown of those that do not meet a condition


def trace_text(steps: Steps, answer: Answer) -> str:
    """All steps behind `answer`, in the order in which they were taken; every line ends with a line feed."""
    lines = [*_question(steps)]
    for lookup in steps.lookups:
        lines += _lookup(lookup)
    lines += ["", "Statements"]
    lines += [line for text in steps.whole_quotes for line in _cut("  its own quote: ", text)]
    lines += [line for check in steps.checked for line in _check(check)]
    if not steps.whole_quotes and not steps.checked:
        lines.append("  none: no sentence is probable enough")
    lines += _sources(answer)
    lines += ["", f"Confidence {answer.confidence:.2f}"]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _question(steps: Steps) -> Iterator[str]:
    yield "Question"
    yield from _cut("  typed          ", steps.question)
    if steps.standalone_question != steps.question:
        yield from _cut("  understood as  ", steps.standalone_question)
    for text in steps.questions:
        yield from _cut("  to look up     ", text)
    if steps.series:
        yield "  their values belong together as one figure over time"


def _lookup(lookup: Lookup) -> Iterator[str]:
    yield ""
    yield from _cut("Looking up: ", lookup.question)
    asked = f"{lookup.kind}{f' of {lookup.noun!r}' if lookup.noun else ''}{', several' if lookup.several else ''}"
    for name, value in (
        ("asks for", asked),
        ("names", ", ".join(lookup.names)),
        ("times", ", ".join(lookup.times)),
        ("published", lookup.published),
        ("topic words", ", ".join(lookup.topic_words)),
        ("answers tried", lookup.template or ""),
    ):
        if value:
            yield from _cut(f"  {name:<13}  ", value)
    yield from _passages(lookup)
    yield from _sentences(lookup)


def _passages(lookup: Lookup) -> Iterator[str]:
    passages = lookup.passages
    read = [p for p in passages if p.read]
    yield ""
    yield (
        f"  Passages: {lookup.by_vector} near by vector, {lookup.by_bm25} by BM25; the best {len(passages)} of both fused"
        f"{', read again' if any(p.second is not None for p in passages) else ''}; the sentences of {len(read)} are read"
    )
    if not passages:
        return
    before = sorted(passages, key=lambda p: -p.fused)
    yield "   now  was    BM25  cosine   fused  second   score  characters of the document"
    for place, passage in enumerate(read, start=1):
        yield _passage(place, before.index(passage) + 1, passage)


def _passage(now: int, was: int, p: PassageStep) -> str:
    numbers = "".join(f"{_score(value):>8}" for value in (p.bm25, p.cosine, p.fused, p.second, p.score))
    return f"  {now:>4} {was:>4}{numbers}  {one_line(p.source)} {p.start}-{p.end}"


def _sentences(lookup: Lookup) -> Iterator[str]:
    shown = [s for n, s in enumerate(lookup.sentences) if n < BEST or s.chosen or s.repeats]
    total = len(lookup.sentences) + len(lookup.left_out) + lookup.unread
    yield ""
    yield (
        f"  Sentences: {total} in these passages; {len(lookup.left_out)} left out by a condition, {len(lookup.sentences)} scored"
        f"{f', {lookup.unread} not read' if lookup.unread else ''}; the best needs {lookup.floor:.2f}"
    )
    if shown:
        yield "         prob.   alone context   tried   words  sentence (* chosen, + says the same as a chosen one)"
    for sentence in shown:
        yield from _sentence(sentence)
    for reason, number in Counter(left.reason for left in lookup.left_out).most_common(LEFT_OUT):
        example = next(left for left in lookup.left_out if left.reason == reason)
        yield f"       {number} left out: {reason}, as"
        yield _quoted("         ", example.source, example.text)


def _sentence(s: SentenceStep) -> Iterator[str]:
    mark = "*" if s.chosen else "+" if s.repeats else " "
    numbers = "".join(f"{_score(value):>8}" for value in (s.probability, s.alone, s.in_context, s.tried, s.topic_words))
    yield f"    {mark} {numbers}  {one_line(s.source)}{f', tried: {one_line(s.answer, 40)}' if s.answer else ''}"
    yield _quoted("         ", "", s.text)


def _check(check: CheckStep) -> Iterator[str]:
    yield from _cut("  statement: ", check.statement)
    for quote in check.quotes:
        yield from _cut("    beside quote: ", quote)
    yield f"    {', '.join(f'{name}: {one_line(result)}' for name, result in check.checks.items())}"
    graded = f" of {check.floor:.2f} needed" if check.floor is not None else ""
    yield f"    {check.verdict} {check.score:.2f}{graded}: {one_line(check.reason)}"


def _sources(answer: Answer) -> Iterator[str]:
    if answer.claims:
        yield ""
        yield "Sources"
    for claim in answer.claims:
        marks = "".join(f"[{n}]" for n in claim.citations)
        yield f"  {marks} {claim.sources} independent"
    for citation in answer.citations:
        if citation.copies:
            yield f"  [{citation.n}] {one_line(citation.source)} has near-copies: {', '.join(map(one_line, citation.copies))}"
    for conflict in answer.conflicts:
        pairs = ", ".join(f"{one_line(value)} [{n}]" for value, n in zip(conflict.values, conflict.citations, strict=True))
        yield f"  {conflict.kind.replace('_', ' ')}: {pairs}"


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _cut(head: str, text: str) -> Sequence[str]:
    return [head + one_line(text, WIDTH - len(head))]


def _quoted(head: str, source: str, text: str) -> str:
    before = f"{one_line(source)}: " if source else ""
    return f"{head}{before}“{one_line(text, WIDTH - len(head) - len(before) - 2)}”"

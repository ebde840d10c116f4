"""The answering of one question: standalone question -> passages -> evidence -> chosen evidence -> statements -> checked Answer.

Each step is a module; this one joins them, keeps the time and tells what happens while it happens.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from index.dates.versions import later_versions
from index.dates.withdrawn import find_withdrawn
from index.errors import LanguageModelError, UsageError
from index.schema import Unit
from index.text.names import shown_name
from qa.check.conflicts import newest_first, rivals
from qa.cite import check, verbatim
from qa.loaded import Loaded
from qa.overview import Limits, overview
from qa.question.days import limits
from qa.question.german import in_english
from qa.question.small_talk import REPLY, is_small_talk
from qa.question.spelling import meant, mended
from qa.question.standalone import wordings
from qa.read.alone import answers_by, each_answers
from qa.read.choose import Choice, choose
from qa.read.protocol import Reading
from qa.read.summary import NOTE, asks_for_summary, whole_passages
from qa.read.weigh import lowered
from qa.retrieve import dedup
from qa.schema import StreamEvent, Timings, Turn
from qa.trace import seen
from qa.write.asked import Request, Statement
from qa.write.assemble import Draft, assemble, reply
from qa.write.compose import Composition, compose, reads
from qa.write.repeats import less_sure_last, without_repeats, without_strays

MAX_QUESTION = 2000  # characters; what a person types, with room to spare
UNREAD = 0.65  # taken from the logit where a German question is put to documents in English: a probability of .7 is the floor then


def answering(
    loaded: Loaded,
    question: str,
    *,
    history: Sequence[Turn] = (),
    since: str | None = None,
    until: str | None = None,
    sources: Sequence[str] = (),
) -> Generator[StreamEvent, None, None]:
    """The answer as it is made: steps, verified sentences, then the whole. Closing the generator stops the work.

    Raises `UsageError` for a question, dates or sources that cannot be used, `StoreError` when the index cannot be read.
    """
    clock = _Clock()
    question = checked_question(question)
    since, until = limits(since, until)
    loaded.refresh()
    catalog = loaded.catalog
    if is_small_talk(question):
        yield StreamEvent("answer", answer=reply(question, REPLY))
        return
    own = mended(question, loaded.is_word, catalog.nearest_word)  # a question behind one that asked for a summary asks for none itself
    view = overview(loaded, own, (since, until, sources))
    if view is not None:
        whole, reading, summed = own, seen(view.reading), False
    else:
        whole, reading = yield from _read(loaded, _wordings(loaded, question, history), question, (since, until, sources), clock)
        summed = loaded.writer is None and asks_for_summary(own if whole.endswith(own) else whole)
    sure = reading.answered
    if summed:
        reading = whole_passages(reading, loaded.floor)
    units = {p.document.source: loaded.with_units(p.document.source)[1] for p in reading.passages}
    later = find_withdrawn([(loaded.with_units(source)[0], units[source]) for source in units]) | later_versions(catalog)
    chosen = (
        list(view.chosen)
        if view is not None and view.chosen
        else _chosen(loaded, whole, reading, units, later, whole_text=summed or view is not None)
    )
    clock.lap("rerank")
    yield StreamEvent("step", f"read {len(reading.passages)} passages; {len(chosen)} pieces of evidence")
    asked = Request(question, whole, reading, chosen, units, loaded.floor, answers_by(loaded.reader, whole), later)
    composed, draft = Composition(), Draft(chosen)
    for said in compose(loaded.writer, asked, loaded.verdicts, composed):
        yield _tell(loaded, draft, said)
    clock.lap("compose")
    writer = loaded.writer.name if loaded.writer is not None else None
    answer = assemble(asked, composed, draft, catalog, writer)
    hints = answer.abstained and view is None
    notes = _hints(loaded, whole, dated=bool(since or until) and not sources) if hints else _remarks(reading, chosen)
    notes = [*notes, *([NOTE] if summed and not answer.abstained else []), *(view.notes if view is not None else ())]
    answer = answer.model_copy(
        update={"notes": [*answer.notes, *notes]} | ({"confidence": sure} if summed and not answer.abstained else {})
    )
    check(answer, loaded.text)
    clock.lap("verify")
    if answer.dropped:
        yield StreamEvent("step", f"{len(answer.dropped)} statements were not supported and are not shown")
    yield StreamEvent("answer", answer=answer.model_copy(update={"timings_ms": clock.timings()}))


def checked_question(question: str) -> str:
    """The question, stripped. Raises `UsageError` when it is empty or longer than `MAX_QUESTION` characters."""
    question = shown_name(question).strip()
    if not any(c.isalnum() for c in question):
        raise UsageError('a question needs words, this one has none. Ask like: footnote ask "which firms are building plants?"')
    if len(question) > MAX_QUESTION:
        raise UsageError(
            f"a question may have {MAX_QUESTION:,} characters, this one has {len(question):,}. Put long texts into a document."
        )
    return question


def _read(
    loaded: Loaded, wordings: Sequence[str], question: str, limited: Limits, clock: _Clock
) -> Generator[StreamEvent, None, tuple[str, Reading]]:
    """The first wording that something answers, else the one that comes nearest, with what was read for it; `limited` is since when, until
    when and in which sources."""
    since, until, sources = limited
    within = loaded.catalog.chosen(sources, since, until)
    best: tuple[str, Reading] | None = None
    for wording in wordings:
        whole = mended(wording, loaded.is_word, loaded.catalog.nearest_word)
        if whole != question:
            yield StreamEvent("step", f"understood as: {whole}")
        yield StreamEvent("step", f"searching {len(within.ids) if within else loaded.catalog.counts().documents} documents")
        passages = loaded.passages(whole, since, until, sources)
        clock.lap("retrieve")
        reading = loaded.read(whole, passages, within)
        clock.lap("rerank")
        if best is None or reading.answered > best[1].answered:
            best = whole, reading
        if reading.answered >= loaded.floor:
            break
    assert best is not None  # there is always a wording
    if best[1].answered < loaded.floor:
        best = yield from _in_english(loaded, best, limited)
        clock.lap("rerank")
    return best[0], seen(best[1])


def _in_english(loaded: Loaded, best: tuple[str, Reading], limited: Limits) -> Generator[StreamEvent, None, tuple[str, Reading]]:
    """What the documents in English say to a German question, less sure by `UNREAD` since most of its words stay German; else `best`."""
    english = in_english(best[0]) if "en" in loaded.catalog.tally("language") else None
    if english is None:
        return best
    yield StreamEvent("step", f"read as: {english}")
    reading = lowered(loaded.read(english, loaded.passages(english, *limited)), lambda _: UNREAD)
    if reading.answered < loaded.floor:
        return best if reading.answered <= best[1].answered else (best[0], reading)
    return english, reading


def _chosen(
    loaded: Loaded,
    whole: str,
    reading: Reading,
    units: Mapping[str, Sequence[Unit]],
    later: Mapping[str, str],
    *,
    whole_text: bool,
) -> list[Choice]:
    """The pieces that are shown; of a summary (`whole_text`) also those that answer nothing by themselves."""
    found = without_repeats(choose(whole, reading, units, loaded.catalog.clusters(list(units)), floor=loaded.floor))
    published = {p.document.source: p.document.published for p in reading.passages}
    chosen = newest_first(whole, found if whole_text else without_strays(whole, found), published, later)
    if whole_text:
        return chosen
    return less_sure_last(whole, chosen, rivals(whole, chosen, published, later), lambda texts: each_answers(loaded.reader, whole, texts))


def _remarks(reading: Reading, chosen: Sequence[Choice]) -> list[str]:
    """What was compared for the pieces that are shown, each remark once."""
    said = [reading.remarks.get((choice.evidence.source, choice.evidence.start), "") for choice in chosen]
    return [remark for remark in dict.fromkeys(said) if remark]


def _wordings(loaded: Loaded, question: str, history: Sequence[Turn]) -> list[str]:
    """The ways to ask the question without need of the conversation, likeliest first: by a language model that manages, else by rules."""
    if history and loaded.writer is not None and reads(loaded.writer):
        from qa.llm.rewrite import rewritten

        with suppress(LanguageModelError):  # the rules do without; what fails again is noted when the answer is written
            return [made] if (made := rewritten(loaded.writer, question, history)) else wordings(question, history)
    return wordings(question, history)


def _hints(loaded: Loaded, question: str, *, dated: bool) -> list[str]:
    """What may help after a refusal: names that the documents spell otherwise, documents that limits of dates leave out."""
    catalog = loaded.catalog
    names = meant(question, loaded.is_word, catalog.nearest_word)
    hints = [f'The documents do not have "{name}". Did you mean "{right}"?' for name, right in names]
    if dated and (undated := catalog.counts().undated):
        hints.append(
            f"{undated} document{'s' if undated > 1 else ''} without a known date {'are' if undated > 1 else 'is'} left out by the dates."
        )
    return hints


def _tell(loaded: Loaded, draft: Draft, said: Statement) -> StreamEvent:
    """A verified statement, put into the draft, for the reader to see at once: so its quotes are checked here and now."""
    claim = draft.add(said)
    cited = [c for c in draft.notes.citations if c.n in claim.citations]
    verbatim(cited, loaded.text)
    (claim,), cited = dedup.count_sources(loaded.catalog, [claim], cited)
    return StreamEvent("claim", draft.lines[-1], tuple(cited), sources=claim.sources)


@dataclass(slots=True)
class _Clock:
    started: float = field(default_factory=time.perf_counter)
    last: float = field(default_factory=time.perf_counter)
    laps: dict[str, float] = field(default_factory=dict)

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + 1000 * (now - self.last), 1)
        self.last = now

    def timings(self) -> Timings:
        return Timings(**self.laps, total=round(1000 * (time.perf_counter() - self.started), 1))

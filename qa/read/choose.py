"""Which of a reader's findings are shown: the best, what stands with it, what says the same or something else elsewhere.

Neighbouring units become one span, so that a procedure keeps its steps and a list its items; a unit that is not understood without
the sentence before it brings that along.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from index.dates.quoted import said_on
from index.schema import EVIDENCE_KINDS, Document, Unit
from qa.english.lexicon import content_stems
from qa.quote import GAP, day_above, evidence_of, neighbours, section_around
from qa.read.protocol import Finding, Reading
from qa.read.rows.cells import named_row, short_of_row
from qa.read.weigh import of_the_code
from qa.schema import Evidence

# Swept on the sets of `eval/sets` and their like, with what `qa.read.weigh` takes off (docs/decisions.md): right 1, in part .5, refused 0,
# beside the point and answered though unanswerable -1. .55 to .65 score alike.
FLOOR = 0.55
MORE = 0.25  # what a further piece needs
NEXT = 0.2  # ... and a sentence that follows a chosen one in its paragraph (docs/decisions.md)
SHARE = 0.5  # ... beside the best one
MOST = 8
WORDS = 150  # of all pieces but the first
LONGEST_LIST = 15  # items; of a longer list the chosen ones are shown
ITEMS, STEPS = 0.5, 0.25  # the share of a list's items that must be chosen for all to be shown, and of a numbered one's
LONGEST_TABLE, MOST_ROWS = 10, 0.6  # rows; and the share of them that must be chosen for all to be shown
SURER = 1.0  # logits that the short answer of a less probable unit needs to be that of the piece
_SEVERAL = frozenset("and or than versus vs between both each every all compare compared".split())
_STEP = re.compile(r"(?:^|\n)[ \t]*\(?\d{1,2}[.)][ \t]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """One piece of evidence that is shown, with others that say the same; `short` is the short answer in its words.

    `said` is how it is shown when its own words say too little, `names` the line that has the others where the quote does not: the column
    names of a row, the day that an entry stands under. `around` is the section that the quote stands in. `sure` is
    whether it is shown as surely as the best one, None until that is looked at.
    """

    evidence: Evidence
    twins: tuple[Evidence, ...] = ()
    short: str = ""
    said: str = ""
    names: Evidence | None = None
    around: str = ""
    sure: bool | None = None


@dataclass(slots=True)
class _Piece:
    """Neighbouring units of one document that are shown as one; `values` are the figures among their short answers, folded."""

    document: Document
    context: str
    units: list[Unit]
    score: float
    short: tuple[int, int] | None
    sure: bool | None = None
    short_sure: float = 0.0
    values: frozenset[str] = frozenset()


def choose(
    question: str, reading: Reading, units_of: Mapping[str, Sequence[Unit]], clusters: Mapping[str, int], *, floor: float = FLOOR
) -> list[Choice]:
    """The evidence to answer with, best first; empty when the best finding lies below the floor.

    `units_of` gives all units of each document by source, `clusters` the cluster of near-copies that it belongs to.
    """
    if reading.answered < floor:
        return []
    good = of_the_code(question, reading, [f for f in reading.findings if f.score >= max(MORE, SHARE * reading.answered)])
    begun = _pieces(reading, good, units_of)
    follow = _following(begun, reading, units_of)
    pieces = _whole_tables(_asked_rows(question, _whole_lists(begun, units_of), units_of), units_of)
    pieces.sort(key=lambda p: (-p.score, p.document.source, p.units[0].start))
    first: dict[int, Document] = {}  # of near-copies the one that is cited
    chosen: list[Choice] = []
    said = 0
    for piece in pieces:
        cited = first.setdefault(clusters.get(piece.document.source, -1 - len(first)), piece.document)
        whole = replace(piece, units=[*piece.units, *follow.get((piece.document.source, piece.units[-1].end), ())])
        if cited is not piece.document and (moved := _moved(piece, cited, units_of[cited.source])) is not None:
            piece, whole = moved, _moved(whole, cited, units_of[cited.source]) or moved
        choice = _choice(question, piece, units_of[piece.document.source])
        if any(_repeats(c, choice) for c in chosen):
            continue
        same = next((i for i, c in enumerate(chosen) if _same(c, choice, piece.values)), None)
        if same is not None:
            chosen[same] = replace(chosen[same], twins=(*chosen[same].twins, choice.evidence))
            continue
        choice = _choice(question, whole, units_of[whole.document.source])  # what stands behind another is quoted as short as it is
        words = len(choice.evidence.quote.split())
        if chosen and (len(chosen) == MOST or said + words > WORDS):
            continue
        said += words
        chosen.append(choice)
    return _explained(chosen, reading, units_of)


def _explained(chosen: Sequence[Choice], reading: Reading, units_of: Mapping[str, Sequence[Unit]]) -> list[Choice]:
    """The pieces, and behind them the lines that say what the marks in their rows stand for."""
    out = list(chosen)
    for mine in (choice.evidence for choice in chosen):
        passages = (p for p in reading.passages if p.document.source == mine.source)
        for there, unit in ((p, g.unit) for p in passages for g in p.glosses if mine.start < g.at <= mine.end):
            if not any(c.evidence.source == mine.source and c.evidence.start <= unit.start < c.evidence.end for c in out):
                line = evidence_of(there.document, units_of[mine.source], [unit], score=mine.score, context=there.context)
                out.append(Choice(line, sure=True))
    return out


def _pieces(reading: Reading, good: Sequence[Finding], units_of: Mapping[str, Sequence[Unit]]) -> list[_Piece]:
    """The findings in the order of their documents, neighbours joined, but not entries of different days: each is quoted with its own."""
    pieces: list[_Piece] = []
    for finding in sorted(good, key=lambda f: (reading.passages[f.passage].document.source, f.unit.start)):
        there = reading.passages[finding.passage]
        last = pieces[-1] if pieces else None
        if (
            last is not None
            and last.document.source == there.document.source
            and neighbours(there.document.text, last.units[-1], finding.unit)
            and said_on(there.document, last.units[-1].start) == said_on(there.document, finding.unit.start)
        ):
            if finding.unit.start >= last.units[-1].end:
                last.units.append(finding.unit)
            more = SURER if finding.score > last.score else -SURER
            if finding.short is not None and (last.short is None or finding.sure > last.short_sure - more):
                last.short, last.short_sure = finding.short, finding.sure
            last.score, last.values = max(last.score, finding.score), last.values | _figure(there.document.text, finding)
            continue
        piece = _Piece(there.document, there.context, [finding.unit], finding.score, finding.short, short_sure=finding.sure)
        pieces.append(replace(piece, values=_figure(there.document.text, finding)))
    return pieces


def _figure(text: str, finding: Finding) -> frozenset[str]:
    """The short answer of a finding, folded, where it has a figure."""
    said = folded(text[finding.short[0] : finding.short[1]]) if finding.short else ""
    return frozenset({said} if any(c.isdigit() for c in said) else ())


def _following(pieces: Sequence[_Piece], reading: Reading, units_of: Mapping[str, Sequence[Unit]]) -> dict[tuple[str, int], list[Unit]]:
    """The sentences that follow each piece in its paragraph, by its source and end, as long as they may answer too: the other half of a
    reason, the next step. What is a piece of its own stays one."""
    scores = {(reading.passages[f.passage].document.source, f.unit.start): f.score for f in reading.findings}
    taken = {(piece.document.source, unit.start) for piece in pieces for unit in piece.units}
    follow: dict[tuple[str, int], list[Unit]] = {}
    for piece in pieces:
        text, source, run = piece.document.text, piece.document.source, [piece.units[-1]]
        for unit in (u for u in units_of[source] if u.start >= piece.units[-1].end):
            place = (source, unit.start)
            if unit.kind != "sentence" or place in taken or scores.get(place, 0.0) < NEXT or not neighbours(text, run[-1], unit):
                break
            run.append(unit)
        follow[source, piece.units[-1].end] = run[1:]
    return follow


def _whole_lists(pieces: Sequence[_Piece], units_of: Mapping[str, Sequence[Unit]]) -> list[_Piece]:
    """The pieces, with a list of which half was chosen as one whole, a numbered one of which a quarter was: a procedure has all its
    steps, a list all its items. Of fourteen numbered rules two that answer are shown alone."""
    whole: list[_Piece] = []
    for piece in pieces:
        items = _list_around(piece.document.text, piece.units[0], units_of[piece.document.source])
        if len({said_on(piece.document, unit.start) for unit in items}) > 1:  # a timeline: each entry with its own day
            items = ()
        same = [p for p in pieces if p.document.source == piece.document.source]
        chosen = [u for p in same for u in p.units if u in items]
        enough = len(chosen) >= (STEPS if _numbered(piece.document.text, items) else ITEMS) * len(items)
        if 2 <= len(chosen) < len(items) <= LONGEST_LIST and enough:
            best = max((p for p in same if p.units[0] in items), key=lambda p: p.score)
            piece = replace(best, units=list(items)) if all(u in items for u in piece.units) else piece
        whole.append(piece)
    return whole


def _whole_tables(pieces: Sequence[_Piece], units_of: Mapping[str, Sequence[Unit]]) -> list[_Piece]:
    """The pieces, with all rows of a short table of which most were chosen: who asks for the bidders wants the third of three as well."""
    whole = list(pieces)
    for piece in pieces:
        first = piece.units[0]
        rows = [u for u in units_of[piece.document.source] if first.kind == u.kind == "row" and u.hangs == first.hangs is not None]
        have = [p for p in whole if p.document.source == piece.document.source and p.units[0] in rows]
        if 2 <= len(have) <= len(rows) <= LONGEST_TABLE and len(have) >= MOST_ROWS * len(rows):
            least, there = min(p.score for p in have), [p.units[0] for p in have]
            for row in have:
                row.sure = True
            whole += [replace(piece, units=[u], score=least, short=None, sure=True) for u in rows if u not in there]
    return whole


def _asked_rows(question: str, pieces: Sequence[_Piece], units_of: Mapping[str, Sequence[Unit]]) -> list[_Piece]:
    """The pieces without the rows of which a better one has the same words of the question and more: asked for "PN-1007" or a "large
    adult ticket", the other parts and tickets of the table are beside the point. A question that names several things wants them all."""
    if _SEVERAL & set(folded(question).split()):
        return list(pieces)
    wanted = set(content_stems(question))
    said = [wanted & set(content_stems(_row_text(p, units_of))) if p.units[0].kind == "row" else None for p in pieces]

    def beaten(n: int) -> bool:
        mine = said[n]
        return mine is not None and any(
            other is not None and mine < other and pieces[n].score <= pieces[m].score for m, other in enumerate(said)
        )

    return [piece for n, piece in enumerate(pieces) if not beaten(n)]


def _row_text(piece: _Piece, units_of: Mapping[str, Sequence[Unit]]) -> str:
    """A row with what stands above it: its column names, headings and title."""
    units, first = units_of[piece.document.source], piece.units[0]
    above = [units[n] for n in (*first.path, *(() if first.hangs is None else (first.hangs,)))]
    return " ".join([piece.document.title or "", *(piece.document.text[u.start : u.end] for u in (*above, *piece.units))])


def _list_around(text: str, unit: Unit, units: Sequence[Unit]) -> Sequence[Unit]:
    """The items of the list that a unit stands in, in order; none when it stands in no list."""
    if unit.kind != "item":
        return ()
    at = next((i for i, u in enumerate(units) if u.start == unit.start), None)
    if at is None:
        return ()
    first = last = at
    while first > 0 and _next_item(text, units[first - 1], units[first]):
        first -= 1
    while last + 1 < len(units) and _next_item(text, units[last], units[last + 1]):
        last += 1
    return units[first : last + 1]


def _numbered(text: str, items: Sequence[Unit]) -> bool:
    """Whether the items stand behind numbers: steps, which mean little without the others."""
    return all(_STEP.search(text, max(0, u.start - GAP), u.start) or _STEP.match(text, u.start, u.end) for u in items)


def _next_item(text: str, before: Unit, after: Unit) -> bool:
    return before.kind == after.kind == "item" and neighbours(text, before, after)


def _choice(question: str, piece: _Piece, units: Sequence[Unit]) -> Choice:
    document, short, first = piece.document, piece.short, piece.units[0]
    if first.kind == "row":
        short = short_of_row(question, document.text, first, units, short)
    made = evidence_of(document, units, piece.units, score=piece.score, context=piece.context, short=short)
    said = document.text[short[0] : short[1]] if short else ""
    choice = Choice(made, (), said, around=section_around(document.text, units, first), sure=piece.sure)
    above = units[first.hangs] if first.hangs is not None else None
    day = day_above(document, units, first)
    if first.kind == "row" and above is not None and above.kind == "header":
        said = named_row(document.text, first, above)
    elif day is not None:
        above = day
        said = f"{document.text[day.start : day.end]}: {document.text[max(made.start, day.end) : made.end].strip()}"
    else:
        return choice
    names = evidence_of(document, units, [above], score=piece.score, context=piece.context)
    return replace(choice, said=said, names=None if made.start <= above.start else names) if said else choice


def choice_of(question: str, document: Document, units: Sequence[Unit], unit: Unit, score: float) -> Choice:
    """One unit as a piece that is shown, whatever the question; `units` are all of the document's."""
    return _choice(question, _Piece(document, "", [unit], score, None), units)


def _moved(piece: _Piece, document: Document, units: Sequence[Unit]) -> _Piece | None:
    """The same words in a near-copy of their document, None where it does not hold them as they are."""
    start, end = piece.units[0].start, piece.units[-1].end
    at = document.text.find(piece.document.text[start:end])
    inside = [u for u in units if u.kind in EVIDENCE_KINDS and at <= u.start and u.end <= at + end - start] if at >= 0 else []
    if not inside:
        return None
    short = (piece.short[0] + at - start, piece.short[1] + at - start) if piece.short else None
    return replace(piece, document=document, units=inside, short=short)


def _repeats(one: Choice, other: Choice) -> bool:
    """Whether a piece of the same document is shown already as part of a longer one."""
    mine, theirs = one.evidence, other.evidence
    return mine.source == theirs.source and mine.start <= theirs.start and theirs.end <= mine.end


def _same(one: Choice, other: Choice, values: Collection[str]) -> bool:
    """The same words, or the same short answer in another document: the second supports the first and says nothing new, unless there are
    further figures among its short answers, `values`: a correction has the wrong one and the right one."""
    if folded(one.evidence.quote) == folded(other.evidence.quote):
        return True
    short = folded(one.short)
    alike = one.evidence.source != other.evidence.source and bool(short) and short == folded(other.short)
    return alike and not (any(c.isdigit() for c in short) and set(values) - {short})


def folded(text: str) -> str:
    """Letters and digits alone, case folded, one space between words: for telling whether two texts say the same."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())

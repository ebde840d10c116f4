"""A document's units: what can be evidence (sentence, row, item, pair, code) and what only gives context (heading, lead-in, question).

What the format itself marked (`Document.blocks`) goes before what lines look like. Units are derived from the stored text whenever a
document is read: some milliseconds for 10,000 words, less than keeping them in step would cost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, islice
from pathlib import PurePosixPath

from index.dates.words import sole_date
from index.schema import EVIDENCE_KINDS, Document, Span, Unit, UnitKind
from index.structure.cells import cell_texts
from index.structure.line_kinds import STAMP, Kind, Line, lines_of
from index.text.datelines import behind_dateline, only_credits, only_when
from index.text.headers import names_columns
from index.text.sentences import sentence_spans, trim

RECORDS = ("csv", "tsv", "jsonl")
WHOLE_RECORD = 500  # characters up to which a record is one unit: its values mean little without the others
CALLED = 4  # words of a line that calls someone
WHOLE_ITEM = 320  # ... and a list item, however many sentences it has
_LIKE = 50  # rows of a table that tell whether the first of them names its columns
_DEEPEST = 9  # level of a question, below every heading
_LEAD = 20  # words of a paragraph that is no by-line: the first of them opens the text
_BACK = re.compile(
    r"(?:and|but|or|so|this|that|these|those|it|its|they|their|them|he|she|his|her|such|both|there|then|thus|therefore|however|otherwise|"
    r"instead|also|in that case|if not|the latter|the former|until then|after that|for this)\b",
    re.IGNORECASE,
)
_NAMED_CELL = re.compile(r"(?:^|\| )[^|:]{1,60}: ")
_MAIL_HEAD = re.compile(r"(?:Subject|From|To|Cc|Bcc|Date|Sent|Reply-To):", re.IGNORECASE)
_CLAUSE = re.compile(r"\d{1,2}\.\d\d(?![\d.])")  # "4.12": half past four in a list of entries, else a number
_LABELS: dict[str, Kind] = {
    "item": "item",
    "row": "row",
    "header": "row",
    "pair": "pair",
    "code": "code",
    "quote": "quote",
    "caption": "caption",
    "masthead": "masthead",
    "note": "prose",
}


def units_of(document: Document) -> tuple[Unit, ...]:
    """All units in order, never overlapping, trimmed; none in boilerplate. Linear in the length of the text."""
    text = document.text
    if document.format in RECORDS and len(text.strip()) <= WHOLE_RECORD:
        span = trim(text, 0, len(text))
        return (Unit(span.start, span.end, "row"),) if any(c.isalnum() for c in text) else ()
    made = _Units(document)
    lines = _datelines(text, lines_of(text, markdown=document.format == "markdown"))
    lines = _without_boilerplate(document, _marked(document, lines))
    if document.format == "mail":
        lines = made.mail_head(lines)
    elif lines and lines[0].kind == "pair" and " ".join(text[lines[0].start : lines[0].end].split()) == document.title:
        lines = [replace(lines[0], kind="heading", level=1), *lines[1:]]  # "UPDATE: the quay is shut" names and gives nothing
    made.headless = _headless(text, lines)
    for i, line in enumerate(lines):
        made.add(line, lines[i + 1] if i + 1 < len(lines) else None)
    return tuple(made.units)


class _Units:
    """Units as they grow, with the headings that are open and what the next one may hang on."""

    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.language = document.language or "en"
        self.mail = document.format == "mail"
        self.headers = {b.start for b in document.blocks if b.label == "header"}
        self.units: list[Unit] = []
        self.open: list[tuple[int, int]] = []  # (level, position) of the headings above
        self.lead: int | None = None
        self.header: int | None = None
        self.table = -1  # block of the table whose rows are being read
        self.headless: set[int] = set()  # where tables begin whose first row is one like the others
        self.asked: int | None = None
        # whether an article may still open: one that somebody publishes or whose own dateline dates it
        self.opens = document.publisher is not None or document.published.how == "dateline"

    def mail_head(self, lines: Sequence[Line]) -> list[Line]:
        """The header lines of a mail as masthead; returns the lines behind them."""
        n = 0
        while n < len(lines) and lines[n].block == lines[0].block and _MAIL_HEAD.match(self.text, lines[n].start):
            self._put(lines[n].start, lines[n].end, "masthead")
            n += 1
        return list(lines[n:])

    def add(self, line: Line, below: Line | None) -> None:
        """One line: its units, and what they change for those that follow."""
        if line.kind == "heading" and below is not None and below.kind == "masthead" and not self._dates(below):
            # a name below a message, above an older one
            self._put(line.start, line.end, "masthead")
        elif line.kind in ("heading", "question"):
            self._head(line)
        elif line.kind == "row":
            self._row(line, below)
        elif line.kind == "masthead":
            self._put(line.start, line.end, "masthead")
        elif line.kind in ("item", "quote", "pair", "code", "caption", "prose"):
            if line.kind not in ("item", "pair", "code"):
                self.lead = None
            self.header = None
            self._plain(line, below)

    def _put(self, start: int, end: int, kind: UnitKind, hangs: int | None = None) -> None:
        span = trim(self.text, start, end)
        if any(c.isalnum() for c in self.text[span.start : span.end]):
            self.units.append(Unit(span.start, span.end, kind, tuple(n for _, n in self.open), hangs))

    def _head(self, line: Line) -> None:
        level = line.level or _DEEPEST
        self.open = [(deep, n) for deep, n in self.open if deep < level]
        before = len(self.units)
        self._put(line.start, line.end, "question" if line.kind == "question" else "heading")
        self.lead = self.header = self.asked = None
        if len(self.units) > before:
            self.open.append((level, before))
            self.asked = before if line.kind == "question" else None

    def _row(self, line: Line, below: Line | None) -> None:
        named = _NAMED_CELL.search(self.text, line.start, line.end) is not None
        first = line.block != self.table
        self.table = line.block
        if first:
            self.header = None
        under = below is not None and below.block == line.block and below.kind in ("delimiter", "row")
        if line.start in self.headers or (first and not named and under and line.start not in self.headless):
            self._put(line.start, line.end, "header")
            self.header = len(self.units) - 1
        else:
            self._put(line.start, line.end, "row", self.header if self.header is not None else self.lead)

    def _plain(self, line: Line, below: Line | None) -> None:
        entry = line.kind == "item" and STAMP.match(self.text, line.start) is not None
        opens = below is not None and below.kind in ("item", "row", "pair", "code", "fence", *(("quote",) if self.mail else ()))
        if line.kind in ("item", "pair", "code", "caption") and (
            (line.end - line.start <= WHOLE_ITEM and not entry) or line.kind == "code"
        ):
            # "Steps:" above a list is a lead-in, also when it stands in a list itself.
            kind: UnitKind = "lead" if opens and self.text[line.end - 1] == ":" else line.kind
            self._put(line.start, line.end, kind, self.lead)
            self.lead = len(self.units) - 1 if kind == "lead" else self.lead
            return
        self._sentences(line, opens)

    def _sentences(self, line: Line, opens: bool) -> None:
        start = self._begun(line) if line.kind == "prose" else line.start
        spans = sentence_spans(self.text, start, line.end, self.language)
        first = len(self.units)
        entry = STAMP.match(self.text, line.start) is not None and (line.kind == "item" or not _CLAUSE.match(self.text, line.start))
        for n, span in enumerate(spans):
            kind: UnitKind = "item" if line.kind == "item" else "sentence"
            if kind == "sentence" and (self._says_nothing(span) or (len(spans) == 1 and self._calls(span))):
                kind = "masthead"
            elif kind == "sentence" and self.text[span.end - 1] == "?":
                kind = "question"
            elif opens and n == len(spans) - 1 and self.text[span.end - 1] == ":":
                kind = "lead"
            hangs = self.lead if line.kind == "item" else self.asked
            if entry and len(self.units) > first:  # of a log: its day or time stands at its start
                hangs = first
            elif len(self.units) > first and (self.units[-1].kind == "question" or _BACK.match(self.text, span.start)):
                hangs = len(self.units) - 1
            self._put(span.start, span.end, kind, hangs)
            if kind == "lead":
                self.lead = len(self.units) - 1

    def _begun(self, line: Line) -> int:
        """Where a paragraph's words begin: behind its dateline, which says when it was written, not what it tells."""
        start = behind_dateline(self.text, line.start, line.end, opens=self.opens)
        self.opens = self.opens and start == line.start and len(self.text[line.start : line.end].split()) < _LEAD
        return start

    def _says_nothing(self, span: Span) -> bool:
        """Whether a sentence only says where, when and by whom it was written."""
        return only_when(self.text, span.start, span.end) or only_credits(self.text, span.start, span.end)

    def _dates(self, line: Line) -> bool:
        return sole_date(self.text[line.start : line.end]) is not None

    def _calls(self, line: Span) -> bool:
        """Whether a line only calls someone or signs: "Dear all,", "Kind regards,", "Ann"."""
        words = self.text[line.start : line.end].split()
        last = words[-1][-1]
        return (last == "," and len(words) <= CALLED) or (len(words) == 1 and last.isalpha() and self.mail)


def _headless(text: str, lines: Sequence[Line]) -> set[int]:
    """Where the tables begin that nothing but the look of their first row could give column names, and whose first row gives none."""
    found = set()
    for _, group in groupby((line for line in lines if line.kind in ("row", "delimiter")), key=lambda line: line.block):
        table = list(islice(group, _LIKE))
        if len(table) > 1 and table[1].kind == "row":
            rows = [cell_texts(text, line.start, line.end) for line in table]
            alike = [row for row in rows[1:] if len(row) == len(rows[0])]
            if alike and not names_columns([rows[0], *alike]):
                found.add(table[0].start)
    return found


def _datelines(text: str, lines: Sequence[Line]) -> list[Line]:
    """The lines, of which one that looks like a heading and is nothing but a date is none, unless there are more: then each stands above
    what was noted that day."""
    dates = [i for i, line in enumerate(lines) if line.kind == "heading" and sole_date(text[line.start : line.end])]
    lone = dates[0] if len(dates) == 1 and not text[: lines[dates[0]].start].rstrip(" \t").endswith("#") else None
    return [replace(line, kind="masthead", level=0) if i == lone else line for i, line in enumerate(lines)]


def _without_boilerplate(document: Document, lines: Sequence[Line]) -> list[Line]:
    """The lines that do not begin in boilerplate."""
    marks = sorted(document.boilerplate, key=lambda s: s.start)
    starts = [m.start for m in marks]
    kept = []
    for line in lines:
        n = bisect_right(starts, line.start) - 1
        if n < 0 or marks[n].end <= line.start:
            kept.append(line)
    return kept


def _marked(document: Document, lines: Sequence[Line]) -> list[Line]:
    """The lines with the kinds that the format gave them."""
    if not document.blocks:
        return list(lines)
    blocks = sorted(document.blocks, key=lambda s: s.start)
    starts = [b.start for b in blocks]
    made = []
    for line in lines:
        n = bisect_right(starts, line.end - 1) - 1
        label = blocks[n].label if n >= 0 and blocks[n].end > line.start else ""
        if label.startswith("heading"):
            asks = document.text[line.start : line.end].rstrip().endswith("?")
            made.append(Line(line.start, line.end, "question" if asks else "heading", int(label[-1]), line.alone, line.block))
        elif label in _LABELS:
            made.append(Line(line.start, line.end, _LABELS[label], 0, line.alone, line.block))
        else:
            made.append(line)
    return made


def headings_of(document: Document, units: Sequence[Unit], unit: Unit) -> list[str]:
    """The headings above a unit, outermost first; the document's own title is not repeated."""
    names = [" ".join(document.text[units[n].start : units[n].end].strip("*_ ").split()) for n in unit.path]
    return [name for name in names if name.casefold() != (document.title or "").casefold()]


def _file_name(source: str) -> str:
    """What the name of a document's file says: "a/gear hire_2025.csv#row-2" as "gear hire 2025"."""
    return PurePosixPath(source.split("#")[0]).stem.replace("_", " ").replace("-", " ")


def context_of(document: Document, units: Sequence[Unit], start: int, end: int) -> str:
    """What a span is not understood without: "title > heading > heading", and the column names or the lead-in that its first unit
    hangs on when they stand outside of it. A document without a title goes by its file's name."""
    first = next((u for u in units if u.end > start and u.start < end and u.kind in EVIDENCE_KINDS), None)
    path = [document.title or _file_name(document.source), *(headings_of(document, units, first) if first else [])]
    lines = [" > ".join(part for part in path if part)]
    above = units[first.hangs] if first and first.hangs is not None else None
    if above is not None and above.kind in ("header", "lead") and above.end <= start:
        lines.append(" ".join(document.text[above.start : above.end].split()))
    return "\n".join(line for line in lines if line)

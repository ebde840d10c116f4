"""What a reader is: a question and passages in, evidence out.

Everything behind it (choosing, composing, conflicts, chat, API) uses only these types. A reader needs no grammar of the question;
it says how sure it is that a unit answers, where in the unit the short answer stands, and how sure that anything answers at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from index.schema import EVIDENCE_KINDS, Document, Unit
from index.screen.dates import in_words
from index.structure.cells import Gloss, glosses_of
from index.structure.context import letter_of
from index.structure.units import context_of
from qa.english.lexicon import fold
from qa.schema import Passage

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Readable:
    """A passage with the units that lie in it. `context` is "title > heading > heading" and, of some mails, who wrote to whom: what a
    reader is told before the text; `glosses`
    are what the letters and signs in its tables stand for, `day` is the date of its document in words, where the question names one."""

    passage: Passage
    document: Document
    units: tuple[Unit, ...]
    context: str = ""
    glosses: tuple[Gloss, ...] = ()
    day: str = ""

    @property
    def text(self) -> str:
        """The passage's text, verbatim."""
        return self.passage.text

    def meaning(self, unit: Unit) -> str:
        """What the marks in a unit stand for, in words, and the names of their columns."""
        return " ".join(f"{gloss.column} {gloss.text}" for gloss in self.glosses if unit.start < gloss.at <= unit.end)


@dataclass(frozen=True, slots=True)
class Finding:
    """A unit that may answer: `document.text[start:end]` of `passages[passage]`.

    `score` is the probability, 0 to 1, that it is evidence for the question; `answers` that its passage answers. `short` is the span
    of the short answer in the document's text, None where the reader names none; `sure` is how sure it is of that span beside those of
    other units of the same passages, in logits.
    """

    passage: int
    unit: Unit
    score: float
    answers: float
    short: Span | None = None
    sure: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in the passages it was given: all units of evidence kinds, best first. `remarks` are what is said beside a unit
    when it is shown, by the source of its document and where it begins."""

    passages: tuple[Readable, ...]
    findings: tuple[Finding, ...] = field(default=())
    remarks: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def answered(self) -> float:
        """The probability that something answers: that of the best finding, 0 when there is none."""
        return self.findings[0].score if self.findings else 0.0


class Reader(Protocol):
    """Finds evidence for a question in passages."""

    def read(self, question: str, passages: Sequence[Readable]) -> Reading:
        """Every unit of the passages that can be evidence, with its probability, best first; ties by passage and place.

        Raises `ModelError` when the model cannot run.
        """
        ...


def readable(passage: Passage, document: Document, units: Sequence[Unit], *, dated: bool = False, names: Sequence[str] = ()) -> Readable:
    """A passage with the units of its document that overlap it, and the document's date where it is `dated`. Headings and lead-ins stay
    in: they are read, never shown. Of a mail that somebody among the `names` (folded) wrote or got, it is read who wrote to whom."""
    inside = tuple(u for u in units if u.start < passage.end and passage.start < u.end)
    glosses = glosses_of(document.text, units, inside)
    day = in_words(document.published) if dated else ""
    letter = letter_of(document, units)
    named = letter.start <= passage.start < letter.end and any(name in fold(letter.label) for name in names)
    context = context_of(document, units, passage.start, passage.end)
    return Readable(passage, document, inside, f"{context}\n{letter.label}" if named else context, glosses, day)


def evidence_units(readable: Readable) -> list[Unit]:
    """The units of a passage that can be evidence."""
    return [u for u in readable.units if u.kind in EVIDENCE_KINDS]

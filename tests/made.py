"""Documents, readings and choices made by hand, for tests of the answering modules."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from index.schema import Document, Published, Span
from index.structure.units import units_of
from qa.read.choose import Choice
from qa.read.protocol import Finding, Reading, evidence_units, readable
from qa.schema import Evidence, Passage


def document(text: str, source: str = "a.txt", published: str | None = "2024-06-12", **fields: Any) -> Document:
    """A stored text; `boilerplate` may be given as strings of the text."""
    boilerplate = fields.pop("boilerplate", ())
    marks = [m if isinstance(m, Span) else Span(text.index(m), text.index(m) + len(m), "menu") for m in boilerplate]
    when = Published(published, fields.pop("precision", "day"), "dateline") if published else Published()
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(
        source,
        text,
        fields.pop("format", "text"),
        digest,
        published=when,
        boilerplate=tuple(sorted(marks, key=lambda m: m.start)),
        **fields,
    )


def choice(quote: str, inside: Document | None = None, *, short: str = "", score: float = 0.9) -> Choice:
    """A quote as chosen evidence, its short answer marked."""
    made = evidence(quote, inside, score)
    at = made.start + quote.index(short) if short else 0
    return Choice(replace(made, highlight=(at, at + len(short))) if short else made, (), short)


def reading(question: str, *documents: Document, scores: Mapping[str, float], short: Mapping[str, str] | None = None) -> Reading:
    """What a reader would find: `scores` gives units by a part of their text, all others .01; `short` their short answers."""
    passages, findings = [], []
    for n, home in enumerate(documents):
        passage = Passage(f"c{n}", home.source, 0, len(home.text), home.text, 1.0 / (n + 1), home.title)
        passages.append(readable(passage, home, units_of(home)))
        for unit in evidence_units(passages[-1]):
            text = home.text[unit.start : unit.end]
            score = next((value for part, value in scores.items() if part in text), 0.01)
            said = next((s for part, s in (short or {}).items() if part in text), None)
            at = unit.start + text.index(said) if said else 0
            findings.append(Finding(n, unit, score, score, (at, at + len(said)) if said else None))
    findings.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
    return Reading(tuple(passages), tuple(findings))


def evidence(quote: str, inside: Document | None = None, score: float = 0.9, **fields: Any) -> Evidence:
    """The evidence that a quote gives, with true offsets."""
    home = inside or document(quote)
    start = home.text.index(quote)
    about = {"title": home.title, "published": home.published.date} | fields
    return Evidence(home.source, start, start + len(quote), quote, score, **about)

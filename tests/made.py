"""Documents, candidates, choices and queries made by hand, for tests of the answering modules."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from qa.candidates import Candidate, lead_of
from qa.expect import numbers_for
from qa.query import Query, QueryName
from qa.select import Choice

from index.schema import Document, Published, Span
from index.sentences import sentence_spans
from qa.schema import Evidence


def document(text: str, source: str = "a.txt", published: str | None = "2024-06-12", **fields: Any) -> Document:
    """A stored text; `furniture` may be given as strings of the text."""
    furniture = fields.pop("furniture", ())
    marks = [m if isinstance(m, Span) else Span(text.index(m), text.index(m) + len(m), "menu") for m in furniture]
    when = Published(published, fields.pop("precision", "day"), "dateline") if published else Published()
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(source, text, "text", digest, published=when, furniture=tuple(sorted(marks, key=lambda m: m.start)), **fields)


def candidate(sentence: str, inside: Document | str | None = None, **scores: Any) -> Candidate:
    """The sentence as it stands in a document (by default a document of this sentence alone)."""
    home = inside if isinstance(inside, Document) else document(inside or sentence)
    start = home.text.index(sentence)
    spans = [s for s in sentence_spans(home.text) if s.end <= start]
    before = tuple(home.text[s.start : s.end] for s in spans[-2:])
    lead = lead_of(home)
    made = Candidate(home, start, start + len(sentence), sentence, before, lead if lead != sentence else "", scores.pop("rank", 0))
    made.score = scores.pop("score", 0.9)
    made.likely = scores.pop("likely", made.score)
    for name, value in scores.items():
        setattr(made, name, value)
    return made


def query(text: str, kind: str = "thing", *, names: Sequence[QueryName | str] = (), years: Sequence[int] = (), **fields: Any) -> Query:
    """A question as if it had been read; names given as strings are plain ones."""
    made = tuple(n if isinstance(n, QueryName) else QueryName(n) for n in names)
    defaults: dict[str, Any] = {"noun": None, "plural": False, "stems": (), "template": None}
    return Query(text=text, kind=kind, names=made, years=tuple(years), **{**defaults, **fields})  # type: ignore[arg-type]


def choice(sentence: str, asked: Query, inside: Document | str | None = None, **scores: Any) -> Choice:
    """A chosen sentence with the first quantity in it that answers."""
    found = candidate(sentence, inside, **scores)
    return Choice(found, next(iter(numbers_for(asked, sentence)), None))


def evidence(quote: str, inside: Document | None = None, score: float = 0.9, **fields: Any) -> Evidence:
    """The evidence that a quote gives, with true offsets."""
    home = inside or document(quote)
    start = home.text.index(quote)
    about = {"title": home.title, "published": home.published.date} | fields
    return Evidence(home.source, start, start + len(quote), quote, score, **about)

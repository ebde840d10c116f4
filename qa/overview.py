"""A question about a document as a whole: a summary of one that is named by its kind or date, or what changed between two versions of one.

No model reads for it: which document is meant stands in the catalog, and what it says first, or otherwise, in its text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.catalog.rows import DocumentInfo
from index.dates.versions import later_versions
from index.schema import Document, Unit
from index.screen.dates import date_text
from qa.loaded import Loaded
from qa.read.changes import asks_for_changes, changes
from qa.read.choose import Choice, choice_of
from qa.read.protocol import Readable, Reading, readable
from qa.read.summary import NOTE, opening, subject_of, whole_document
from qa.retrieve.hybrid import to_passages
from qa.retrieve.named import documents_named

Limits = tuple[str | None, str | None, Sequence[str]]

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
SURE = 0.9  # where one document fits; of several the newest is a guess
CHANGES = 6  # that are shown
SHOWN = 5  # sources that a note names


@dataclass(frozen=True, slots=True)
class Overview:
    """What is shown of a document: a reading whose findings are its evidence, choices where they are made already, what must be said."""

    reading: Reading
    notes: tuple[str, ...]
    chosen: tuple[Choice, ...] | None = None


def overview(loaded: Loaded, question: str, limited: Limits) -> Overview | None:
    """The overview that a question asks for, None where it asks for none or names no document; `limited` is since when, until when and in
    which sources."""
    if asks_for_changes(question):
        return _changes(loaded, question, limited) if loaded.writer is None else None
    subject = subject_of(question)
    if subject is None:
        return None
    named = documents_named(subject, _documents(loaded, limited))
    if named.of_other_times:
        return Overview(Reading(()), (f"No such document is of {named.time}. There are: {_listed(loaded, named.of_other_times)}.",))
    if not named.sources:
        return None
    source, *others = named.sources
    document, units = loaded.with_units(source)
    chosen = opening(units, document.text)
    notes = [f"Several documents fit; this is {source}, the newest. The others: {_listed(loaded, others)}."] if others else []
    if loaded.writer is None:
        notes.append(NOTE)
    sure = max(loaded.floor, SURE / len(named.sources))
    return Overview(whole_document(_readables(loaded, source, chosen), [(source, unit) for unit in chosen], sure), tuple(notes))


def _changes(loaded: Loaded, question: str, limited: Limits) -> Overview | None:
    """The units in which two versions of the document that a question names differ, the later one's first; None without two versions."""
    pair = _versions(loaded, question, limited)
    if pair is None:
        return None
    new, old = (loaded.with_units(source) for source in pair)
    names = _labels(new[0], old[0])
    found = changes(new, old)
    told = [zip((new, old), names, (change.new, change.old), strict=True) for change in found[:CHANGES]]
    sides = [(side, name, unit) for both in told for side, name, unit in both if unit]
    units = [(side[0].source, unit) for side, _, unit in sides]
    passages = [p for source in pair for p in _readables(loaded, source, [unit for home, unit in units if home == source])]
    reading = whole_document(passages, units, SURE)
    chosen = tuple(_labelled(choice_of(question, *side, unit, SURE), name) for side, name, unit in sides)
    more = f"; {len(found) - CHANGES} more are not shown" if len(found) > CHANGES else ""
    note = f"Without a language model nothing is compared: these are the places where {pair[0]} reads otherwise than {pair[1]}{more}."
    return Overview(reading, (note,), chosen) if chosen else None


def _versions(loaded: Loaded, question: str, limited: Limits) -> tuple[str, str] | None:
    """The later and the earlier version that a question names: those of its years, else the newest and the one before."""
    sources = documents_named(_YEAR.sub(" ", question), _documents(loaded, limited)).sources
    later = later_versions(loaded.catalog)
    latest = next((later.get(source, source) for source in sources), None)
    family = [source for source in sources if later.get(source, source) == latest]
    if len(family) < 2:
        return None
    years = _YEAR.findall(question)
    of_years = [source for source in family if any(year in source or year in _label(loaded, source) for year in years)]
    if len(of_years) >= 2:
        return of_years[0], of_years[-1]
    new = min(family.index(of_years[0]), len(family) - 2) if of_years else 0
    return family[new], family[new + 1]


def _documents(loaded: Loaded, limited: Limits) -> Sequence[DocumentInfo]:
    since, until, sources = limited
    dated = ("*",) if since or until else ()
    return loaded.catalog.documents(loaded.catalog.chosen(sources or dated, since, until))


def _readables(loaded: Loaded, source: str, units: Sequence[Unit]) -> list[Readable]:
    """The passages of a document in which these units begin."""
    chunks = [c for c in loaded.catalog.chunks_of(source) if any(c.start <= unit.start < c.end for unit in units)]
    return [readable(p, *loaded.with_units(source)) for p in to_passages(loaded.catalog, [(chunk.id, 1.0) for chunk in chunks])]


def _labels(new: Document, old: Document) -> tuple[str, str]:
    """What tells two versions apart before their words: their dates, or their names where those are the same or not known."""
    dates = date_text(new.published) or "", date_text(old.published) or ""
    return dates if all(dates) and dates[0] != dates[1] else (new.source, old.source)


def _labelled(choice: Choice, name: str) -> Choice:
    return replace(choice, said=f"{name}: {choice.said or choice.evidence.quote}")


def _label(loaded: Loaded, source: str) -> str:
    document = loaded.with_units(source)[0]
    return f"{document.title or ''} {date_text(document.published) or ''}"


def _listed(loaded: Loaded, sources: Sequence[str]) -> str:
    """Sources with their dates, not too many of them."""
    infos = loaded.catalog.infos(sources[:SHOWN])
    dates = {source: date_text(info.published) for source, info in infos.items()}
    said = [f"{source} ({dates[source]})" if dates.get(source) else source for source in sources[:SHOWN]]
    return ", ".join(said) + (f" and {len(sources) - SHOWN} more" if len(sources) > SHOWN else "")

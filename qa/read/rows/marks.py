"""Tables of marks (rotas, lists of crosses): the rows that have the mark that a question asks for, under the column that it names.

"Who has the night shift on Tuesday?" asks for rows with "N" under "Tue" where "N = night shift". That is looked up; a reader of sentences
compares such rows badly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.schema import Unit
from index.structure.cells import Gloss
from qa.english.lexicon import abbreviates, content_stems
from qa.read.protocol import Finding, Readable, Reading
from qa.read.weigh import lowered

# Added to the logit of a row with the mark that is asked for, taken from that of the table's other rows; not swept (docs/decisions.md).
FOUND, OTHER = 3.0, 2.0


def by_marks(question: str, reading: Reading) -> Reading:
    """The reading with rows raised that have, under the column that the question names or in the row that it names, the mark whose
    meaning it names, and the other rows of their table lowered; as it is where the question names no meaning."""
    asked = {n: _hits(question, passage) for n, passage in enumerate(reading.passages) if passage.glosses}
    if not any(asked.values()):
        return reading

    def less(finding: Finding) -> float:
        hits = asked.get(finding.passage)
        if not hits or finding.unit.kind != "row":
            return 0.0
        return -FOUND if finding.unit in hits else OTHER

    def answered(finding: Finding) -> Finding:
        hit = asked.get(finding.passage, {}).get(finding.unit)
        return finding if hit is None else replace(finding, short=(hit.start, hit.at))

    return lowered(Reading(reading.passages, tuple(map(answered, reading.findings))), less)


def _hits(question: str, passage: Readable) -> dict[Unit, Gloss]:
    """The rows of a passage that have what is asked for, with the first mark that says so."""
    words = set(content_stems(question))
    meant = _meant(words, passage.glosses)
    if not meant:
        return {}
    text = passage.document.text
    rows = [unit for unit in passage.units if unit.kind == "row"]
    own = {unit: [gloss for gloss in passage.glosses if unit.start < gloss.at <= unit.end] for unit in rows}
    columns = {gloss.column for gloss in passage.glosses if names(question, gloss.column)}
    labelled = [unit for unit in rows if own[unit] and set(content_stems(_label(text, unit))) & words]
    among = labelled or (rows if columns else [])
    hits = [(unit, g) for unit in among for g in own[unit] if g.text in meant and (not columns or g.column in columns)]
    return dict(reversed(hits))


def _meant(words: set[str], glosses: Sequence[Gloss]) -> set[str]:
    """The meanings of which the question has a word that no other meaning has ("night", not "shift")."""
    stems = {gloss.text: set(content_stems(gloss.text)) for gloss in glosses}
    return {
        meaning for meaning, own in stems.items()
        if words & own - {stem for other, theirs in stems.items() if other != meaning for stem in theirs}
    }  # fmt: skip


def _label(text: str, row: Unit) -> str:
    """What a row is about: its first cell, as far as it can be told without the others."""
    return text[row.start : row.end].split("|")[0].split("   ")[0].rpartition(": ")[2]


def names(question: str, column: str) -> bool:
    """Whether a question names a column, also one that abbreviates a word of it ("Tue")."""
    stems = content_stems(column)
    return bool(set(stems) & set(content_stems(question))) or any(abbreviates(column, word) for word in question.split())

"""Documents that withdraw or correct what an earlier one says: "the decision of 10 February is withdrawn", "I correct my mail of 3 May".

The sentence must say so and name the earlier document by its day, or by its title. Looked for among the few documents that are read for a
question; knows nothing of which of an earlier document's statements are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.dates.words import ALL_MONTHS, MONTHS
from index.schema import EVIDENCE_KINDS, Document, Unit

_WITHDRAWS = re.compile(
    r"(?i)\b(?:withdr[ae]w\w*|revok\w+|rescind\w*|cancel\w*|annul\w*|repeal\w*|supersed\w+|replac\w+|correct(?:s|ed|ing|ions?)?|overrul\w+"
    r"|no longer (?:valid|applies|apply|holds?|in force)|null and void|instead of)\b"
)
_DAY = re.compile(
    rf"(?i)\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<m>{ALL_MONTHS})|(?P<m2>{ALL_MONTHS})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)\b"
    r"(?:,?\s+(?P<y>(?:19|20)\d\d))?|(?P<iso>(?:19|20)\d\d-\d\d-\d\d)"
)
# A day, a mark and the text of an entry ("**3 May**: ...", "3 May | ..."): the day that the entry is of, not what a document is named by.
_OPENS, _RUNS_IN = re.compile(r"[\s#*_>|•–—-]*"), re.compile(r"[*_]*\s*(?:[:.|–—]|-\s)|\s*[*_]{2}")
_LONGEST = 500  # characters of a sentence
_WORDS = 3  # of a title that names a document


def find_withdrawn(documents: Sequence[tuple[Document, Sequence[Unit]]]) -> dict[str, str]:
    """The document that withdraws or corrects something of an earlier one, by the earlier one's source; of several the latest."""
    found: dict[str, tuple[str, str]] = {}
    for new, units in documents:
        sentences = list(_sentences(new, units))
        for old, _ in documents if sentences else ():
            if _is_earlier(old, new) and any(_names(sentence, old) for sentence in sentences):
                found[old.source] = max(found.get(old.source, ("", "")), (new.published.date or "", new.source))
    return {old: new for old, (_, new) in found.items()}


def _sentences(document: Document, units: Sequence[Unit]) -> Iterator[str]:
    """The sentences that withdraw or correct something."""
    for unit in units:
        text = document.text[unit.start : unit.end] if unit.kind in EVIDENCE_KINDS and unit.end - unit.start <= _LONGEST else ""
        if _WITHDRAWS.search(text):
            yield text


def _is_earlier(old: Document, new: Document) -> bool:
    known = old.published.date and new.published.date and old.published.precision == new.published.precision == "day"
    return bool(known) and old.source != new.source and str(old.published.date) < str(new.published.date)


def _names(sentence: str, old: Document) -> bool:
    """Whether a sentence names an earlier document: by the day that it is of, or by its title."""
    title = " ".join((old.title or "").casefold().split())
    if len(title.split()) >= _WORDS and title in " ".join(sentence.casefold().split()):
        return True
    year, month, day = (int(part) for part in str(old.published.date).split("-"))
    for match in _DAY.finditer(sentence):
        if _OPENS.fullmatch(sentence, 0, match.start()) and _RUNS_IN.match(sentence, match.end()):
            continue
        if match["iso"]:
            if match["iso"] == old.published.date:
                return True
        elif (MONTHS[(match["m"] or match["m2"]).lower()], int(match["d"] or match["d2"])) == (month, day):
            return match["y"] is None or int(match["y"]) == year
    return False

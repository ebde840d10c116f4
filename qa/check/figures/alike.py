"""Whether two short answers can be values of one thing: told alike, of one time, of what the question asks for.

Reads English surface forms only: no parse tree, no irony, no events that are named otherwise in the two texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from index.dates.events import EventDate, find_event_dates
from index.schema import Published
from qa.check.figures.stated import Stated, counted, figures
from qa.check.figures.values import AMOUNTS, Value, is_counted
from qa.english.lexicon import content_stems, related
from qa.english.names import find_names
from qa.english.quantities import Quantity, find_quantities
from qa.read.choose import Choice

LITTLE = 3  # words that a sentence has to have, besides its figures, to say by itself what they are of
Mood = Literal["told", "foreseen", "asked"]
Range = tuple[date, date]
_PERIOD = timedelta(days=26)  # shorter times are days on which something was said or done
_BREAK = re.compile(r"[;—]|,?\s\b(?:but|while|whereas|although|though|because|after|before)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_APART = re.compile(r"[,;]|\band\b")
_ASKED = re.compile(
    r"\b(?:want(?:s|ed|ing)?|demand(?:s|ed|ing)?|(?:ask|call|press|sue)(?:s|ed|ing)? for|seeks?|seeking|sought|offer(?:s|ed|ing)?|"
    r"propos(?:es?|ed|ing|als?)|suggest(?:s|ed|ing)?|bids?)\b",
    re.IGNORECASE,
)
_FORESEEN = re.compile(
    r"\b(?:expect(?:s|ed|ing|ations?)?|forecast(?:s|ed|ing)?|predict(?:s|ed|ing|ions?)?|foresees?|foresaw|projected|projections?|"
    r"anticipat(?:es?|ed|ing)|outlook|(?:see|sees|saw) (?:it|them|\w+(?: \w+)?) at)\b",
    re.IGNORECASE,
)
_COMING = re.compile(r"\b(?:will|would|shall|plan(?:s|ned)?|targets?|aims?|(?:is|are|was|were|set|due) to)\b", re.IGNORECASE)


def mood(told: Stated) -> Mood:
    """Whether the value of a sentence is told, foreseen ("expects 20") or only asked for ("wants 20", "offered 20")."""
    breaks = [b.end() for b in _BREAK.finditer(told.text, told.cell or 0, told.start)]
    before = told.text[breaks[-1] if breaks else told.cell or 0 : told.start]
    return "asked" if _ASKED.search(before) else "foreseen" if _FORESEEN.search(before) else "told"


def same_count(question: str, one: tuple[Value, Stated], other: tuple[Value, Stated]) -> bool:
    """Whether neither value is the bare number of a cell whose column ("Helpers: 8") names something else than what the other one counts
    ("eleven minutes") or the question asks for."""
    for (bare, cell), (counting, _) in ((one, other), (other, one)):
        if cell.cell is not None and not bare.unit and is_counted(counting.unit):
            column = content_stems(cell.text[cell.cell : cell.start])
            if column and not set(column) & {*content_stems(question), *content_stems(counting.unit)}:
                return False
    return True


def period(told: Stated, published: Published) -> Range | None:
    """The time that a value is of, a month at least: the next one that its sentence names with no other amount between; None without."""
    events = [
        e for e in find_event_dates(told.text, published) if e.first and e.last and e.last - e.first >= _PERIOD and not _meets(e, told)
    ]
    others = [q for q in find_quantities(told.text) if q.kind in AMOUNTS and not _meets(q, told) and not any(_meets(q, e) for e in events)]
    after = [e for e in events if e.start >= told.end and not _APART.search(told.text, told.end, e.start)][:1]
    day = date.fromisoformat(published.date) if published.date else date.max
    before = [e for e in events if e.end <= told.start and e.first and e.first <= day][-1:]
    near = [e for e in after if not any(told.end <= q.start < e.start for q in others)]
    near += [e for e in before if not any(e.end <= q.start < told.start for q in others)]
    return (near[0].first, near[0].last) if near and near[0].first and near[0].last else None


def quarters(choice: Choice, told: Stated) -> set[int]:
    """The quarters of a year that a value is of: those that its sentence names, else those of its title."""
    for text in (told.text, choice.evidence.title or ""):
        named = {int(q.value) for q in find_quantities(text) if q.kind == "ordinal" and q.unit == "quarter"}
        if named:
            return named
    return set()


def same_mood(question: str, one: Stated, other: Stated) -> bool:
    """Whether two values are meant alike: what is asked for contradicts nothing, what was foreseen nothing that came."""
    moods = {mood(one), mood(other)}
    if "asked" in moods:
        return moods == {"asked"} and bool(_ASKED.search(question))
    if moods == {"told", "foreseen"}:
        came = one if mood(one) == "told" else other
        return bool(_COMING.search(came.text[: came.start]))
    return True


def same_time(question: str, one: Range | None, other: Range | None, years: tuple[int | None, int | None]) -> bool:
    """Whether two values are of one time; one that its sentence does not tell is of the year of its document, `years`. Times that the
    question names itself are to be compared."""
    asked = [(date(int(year), 1, 1), date(int(year), 12, 31)) for year in _YEAR.findall(question)]
    if asked and all(span and any(_overlap(span, time) for time in asked) for span in (one, other)):
        return True
    if one and other:
        return _overlap(one, other)
    span, own, year = (one, years[0], years[1]) if one else (other, years[1], years[0])
    if span is None or year is None or (own is not None and span[0].year <= own <= span[1].year):
        return True
    return span[0].year <= year <= span[1].year


def kin(question: str, best: Stated, rival: Stated, heading: str, *, all_words: bool = False) -> bool:
    """Whether two statements speak of one thing: the rival's has a word of the question that the best one's has, or one names what the
    other counts. Where the best one's has none of the question's words, any of them will do. Names say who, not what; the `heading` above
    the rival counts where that says little itself. Two of several years that the question names are what it compares. With `all_words` the
    rival's has all of those words: a date is one of many things."""
    named = {word for text in (question, best.text, rival.text) for name in find_names(text) for word in content_stems(name.text)}
    asked, mine, theirs = ([word for word in content_stems(text) if word not in named] for text in (question, best.text, rival.text))
    if len(set(theirs) - figures(rival)) < LITTLE:
        theirs += content_stems(heading)
    years = set(_YEAR.findall(question))
    if len(years) > 1 and all(years & set(_YEAR.findall(one.text)) for one in (best, rival)):
        return True
    wanted = [word for word in asked if _has(mine, word)]
    if all_words:
        return bool(wanted) and all(_has(theirs, word) for word in wanted)
    if any(_has(theirs, word) for word in [*wanted, *counted(best)]) or any(_has(mine, word) for word in counted(rival)):
        return True
    return not wanted and any(_has(theirs, word) for word in asked)


def _has(stems: Iterable[str], word: str) -> bool:
    return any(word == other or related(word, other) for other in stems)


def _meets(one: EventDate | Quantity | Stated, other: EventDate | Quantity | Stated) -> bool:
    return one.start < other.end and other.start < one.end


def _overlap(one: Range, other: Range) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]

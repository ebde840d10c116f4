"""Short answers as values that can be compared: a number with its unit and scale, or a date.

Deliberately few forms: what is not surely a value is None, and two values of different units are never compared. Knows nothing of
questions or documents beyond a publication date that relative dates count from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from index.dates.events import find_event_dates
from index.schema import Published
from qa.english.quantities import find_quantities

_NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:[,’'\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?(?![\w]*\d)")
_SCALES = {"thousand": 3, "k": 3, "million": 6, "mn": 6, "m": 6, "billion": 9, "bn": 9, "b": 9, "trillion": 12}
_CURRENCIES = {
    "$": "usd", "us$": "usd", "usd": "usd", "dollar": "usd", "dollars": "usd", "€": "eur", "eur": "eur", "euro": "eur", "euros": "eur",
    "£": "gbp", "gbp": "gbp", "pounds": "gbp", "pound": "gbp", "₩": "krw", "krw": "krw", "won": "krw",
    **{form: word for word in "crown franc peso dinar rupee ruble rouble lira yen yuan".split() for form in (word, f"{word}s")},
    "%": "%", "percent": "%", "cent": "%",
}  # fmt: skip
_SKIPPED = frozenset(
    "about around some over nearly almost roughly approximately more less than at least most up to only just exactly the a an per of in "
    "total".split()
)
_BESIDE = re.compile(r"\s*\(|,?\s(?:not|instead of|rather than|(?:up |down )?from)\s|,?\sof\s(?:its |the |some |about )*(?=\d)")
NEAR = 4
AMOUNTS = frozenset({"money", "share", "count", "measure"})
_SMALL = 10
_WORD = re.compile(r"us\$|[$€£₩%]|[^\W\d_]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Value:
    """`kind` "number": an amount of `unit` (a currency code, "%", a counted noun's stem, or ""); "date": `first` to `last`."""

    kind: Literal["number", "date"]
    amount: Decimal = Decimal(0)
    unit: str = ""
    first: date | None = None
    last: date | None = None
    about: bool = False
    """A rounded number ("about 1,200"), which others that round to it do not contradict."""
    small: bool = False
    """A number of at most ten in words, which is said of many things: compared with the same unit only, and bare with its like."""


def own_part(short: str) -> str:
    """A short answer without what its number is set against ("20, not 30", "20 from 30"), is part of ("20 of the 30") or comes to in other
    money ("20 crowns ($3)")."""
    beside = _BESIDE.search(short)
    own = short[: beside.start()] if beside else ""
    return own if any(c.isdigit() for c in own) and any(c.isdigit() for c in short[len(own) :]) else short


def value_of(short: str, published: Published) -> Value | None:
    """The one value that a short answer states; None when it states none, or several."""
    dates = [d for d in find_event_dates(short, published) if d.first is not None]
    if len(dates) == 1 and len(dates[0].phrase) >= len(short.strip(" .,;:")) - 6:
        return Value("date", first=dates[0].first, last=dates[0].last)
    numbers = list(_NUMBER.finditer(short))
    if dates or len(numbers) > 1:
        return None
    if not numbers:
        return _in_words(short)
    amount = Decimal(re.sub(r"[^\d.]", "", numbers[0].group()))
    return _with_unit(amount, short[: numbers[0].start()] + " " + short[numbers[0].end() :])


def names(text: str, value: Value) -> bool:
    """Whether the amount of a number stands in a text, in digits or in words, whatever its unit."""
    return value.kind == "number" and any(q.kind in AMOUNTS and q.value == value.amount for q in find_quantities(text))


def amounts(text: str) -> set[Decimal]:
    """The amounts that a text names, in digits or in words, both ends of a range; no dates, ranks and times."""
    found = (q for q in find_quantities(text) if q.kind in AMOUNTS)
    return {amount for q in found for amount in (q.value, q.high) if amount is not None}


def _in_words(short: str) -> Value | None:
    """The value of a short answer in words ("two hundred and twelve homes"); None when it has none, or several."""
    found = [q for q in find_quantities(short) if q.kind in AMOUNTS]
    if len(found) != 1 or found[0].high is not None or found[0].value == 1:
        return None
    value = _with_unit(found[0].value, " ".join((short[: found[0].start], found[0].unit, short[found[0].end :])))
    return replace(value, small=value.amount <= _SMALL)


def _with_unit(amount: Decimal, around: str) -> Value:
    """The amount with the scale and unit that the words around it give."""
    words = [w.casefold() for w in _WORD.findall(around)]
    scale = next((_SCALES[w] for w in words if w in _SCALES), 0)
    money = next((_CURRENCIES[w] for w in words if w in _CURRENCIES), "")
    rest = [w for w in words if w not in _SCALES and w not in _CURRENCIES and w not in _SKIPPED]
    return Value("number", amount * 10**scale, money or (rest[0].rstrip("s") if rest else ""))


def differ(one: Value, other: Value, *, sure: bool = False) -> bool:
    """Whether two values for one thing cannot both be meant. A day inside a month is the same date, said more exactly.

    Numbers are of one thing when their units are alike or one has none (a table cell), and when one is at most `NEAR` times the other;
    small ones in words only when their units are alike, unless one thing is `sure`.
    """
    if one.kind != other.kind:
        return False
    if one.kind == "number":
        low, high = sorted((one.amount, other.amount))
        if (one.small or other.small) and not sure:
            alike = one.unit == other.unit and (bool(one.unit) or one.small == other.small)
        else:
            alike = one.unit == other.unit or not one.unit or not other.unit
        rounded = any(v.about and abs(one.amount - other.amount) * 2 <= _step(v.amount) for v in (one, other))
        return alike and low < high <= NEAR * low and not rounded
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return False
    return one.last < other.first or other.last < one.first


def _step(amount: Decimal) -> Decimal:
    """What a rounded amount is rounded to: 100 for 1,200."""
    return Decimal(1).scaleb(int(amount.normalize().as_tuple().exponent))


def is_counted(unit: str) -> bool:
    """Whether a unit is that of something counted or measured, not of money or a share."""
    return bool(unit) and unit not in _CURRENCIES.values()


def currencies(text: str) -> list[str]:
    """The currencies that a text names, as codes, and "%" for percent."""
    return [_CURRENCIES[word] for word in (match.group().casefold() for match in _WORD.finditer(text)) if word in _CURRENCIES]

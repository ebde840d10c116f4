"""Numbers in running text: value, unit, bound, what is counted; and whether one statement's number agrees with another's.

Reads money, shares, counts, measures, ordinals, ranks, years, dates, clock times and fiscal quarters, in digits and in
English words, and says where they stand (`text[q.start:q.end] == q.text`). Does not know which event a number belongs to,
converts no currencies and reads no roman numerals; a number glued to letters ("G7", "COVID-19") is part of a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from qa.english import quantity_patterns as patterns
from qa.english.number_words import BIG, DATE_PATTERNS, FRACTIONS, ORDINALS, WEEKDAYS, CalendarDate, digits_value, match_date, words_value
from qa.english.quantity_patterns import Bound, Kind


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number with its meaning: `value` (to `high` for a range) in plain units ("4.7 thousand" is 4700).

    `unit` is "" for plain counts; a share is in percent. `noun` is the head noun of a count as written ("companies").
    The span covers bound, currency, number, scale and unit.
    """

    start: int
    end: int
    text: str
    value: Decimal
    unit: str
    bound: Bound
    kind: Kind
    high: Decimal | None = None
    noun: str | None = None
    date: CalendarDate | None = None


def find_quantities(text: str) -> list[Quantity]:
    """Every number in `text`, in order of position, spans not overlapping."""
    return list(_find(text))


@lru_cache(maxsize=4096)
def _find(text: str) -> tuple[Quantity, ...]:
    found: list[Quantity] = []
    taken = bytearray(len(text))

    def add(quantity: Quantity | None) -> None:
        if quantity and not any(taken[quantity.start : quantity.end]):
            found.append(quantity)
            taken[quantity.start : quantity.end] = b"\1" * (quantity.end - quantity.start)

    for finder in (_dates, _clock, _fractions, _numbers, _ordinals, _others):
        for quantity in finder(text):
            add(quantity)
    return tuple(sorted(found, key=lambda q: q.start))


def _make(text: str, start: int, end: int, value: Decimal | int, unit: str, kind: Kind, bound: Bound = "exact", **more: object) -> Quantity:
    return Quantity(start, end, text[start:end], Decimal(value), unit, bound, kind, **more)  # type: ignore[arg-type]


def _dates(text: str) -> list[Quantity]:
    found = []
    for pattern in DATE_PATTERNS:
        for match in pattern.finditer(text):
            start, end, date = match_date(match)
            if date.day is None and not text[match.start("month")].isupper() and not text[match.start("month")].isdigit():
                continue  # "may", "march" as verbs
            if (
                date.day is None
                and date.year is None
                and text[match.start("month") : match.end("month")] in ("May", "March")
                and start == 0
            ):
                continue
            found.append(_make(text, start, end, date.day or date.month or 0, "", "date", date=date))
    return found


def _clock(text: str) -> list[Quantity]:
    found = []
    for match in patterns.CLOCK.finditer(text):
        hour, minute = int(match["h"] or match["h2"]), int(match["m"] or match["m2"] or 0)
        half = (match["ap"] or "").lower()
        hour = hour % 12 + 12 if half == "p" else (hour % 12 if half == "a" else hour)
        found.append(_make(text, *match.span(), 60 * hour + minute, "clock", "time"))
    for match in patterns.FISCAL_QUARTER.finditer(text):
        found.append(_make(text, *match.span(), int(match["q"]), "quarter", "ordinal"))
    for match in patterns.WEEKDAY.finditer(text):
        found.append(_make(text, *match.span(), WEEKDAYS[match["day"].lower()], "weekday", "date"))
    return found


def _fractions(text: str) -> list[Quantity]:
    found = []
    for match in patterns.FRACTION.finditer(text):
        den, num = match["den"].lower(), (match["num"] or "").lower()
        rest = text[match.end() :]
        before = text[: match.start()]
        if den == "half":
            scaled = re.match(r"\s+(?:an?\s+)(million|billion|trillion|dozen)\b", rest, re.IGNORECASE)
            if scaled:
                end = match.end() + scaled.end()
                found.append(_finish_number(text, match.start(), end, Decimal({**BIG, "dozen": 12}[scaled[1].lower()]) / 2, None))
                continue
            if re.search(r"\b(?:first|second|other|latter|last|this|that|and an?|and)\s$", before, re.IGNORECASE) or re.match(r"-", rest):
                continue
        elif not num or (num in ("a", "an", "one") and not _is_fraction(before, rest)):
            continue  # an ordinal: "the third", "a fifth meeting"
        elif den in ("quarter", "quarters") and not re.match(r"\s+of\b", rest):
            continue
        top = {"": 1, "a": 1, "an": 1}.get(num) or int(words_value(num) or 1)
        start, bound = _bound_before(text, match.start())
        found.append(_make(text, start, match.end(), Decimal(100 * top) / FRACTIONS[den], "percent", "share", bound))
    return found


def _is_fraction(before: str, rest: str) -> bool:
    if re.search(r"\b(?:over|than|about|by|nearly|almost|around|roughly|least|approximately|under)\s+$", before, re.IGNORECASE):
        return True
    return bool(re.match(r"\s+of\b|\s*(?:[.,;:)]|$)", rest))


def _numbers(text: str) -> list[Quantity]:
    found = []
    for match in patterns.CORE.finditer(text):
        token = match[0]
        value = digits_value(token) if match["digits"] else words_value(token)
        if value is None:
            continue
        before, after = text[: match.start()], text[match.end() : match.end() + 1]
        if patterns.LETTER_HYPHEN.search(before) and not patterns.DATE_PREFIX.search(before):
            continue
        if match["words"] and token.lower() == "one" and not _counts_one(text, match.start(), match.end()):
            continue
        if match["digits"] and (after.isalpha() and not _glued_unit(text, match.end())):
            continue
        found.append(_finish_number(text, match.start(), match.end(), value, match))
    return found


def _counts_one(text: str, start: int, end: int) -> bool:
    """Whether "one" counts something ("one plant") and is no pronoun ("one of the", "no one", "one another")."""
    if re.search(r"\b(?:no|any|every|some|this|that|each|which)\s$|-$", text[:start], re.IGNORECASE):
        return False
    following = re.match(r"\s+([A-Za-z][\w-]*)", text[end:])
    return following is not None and not re.match(
        r"(?:of|another|day|by|who|that|which|is|was|has|can|could|might|may|must|should|would|will|in|on|and|or|to|side|thing)$",
        following[1],
        re.IGNORECASE,
    )


def _glued_unit(text: str, end: int) -> bool:
    tail = text[end : end + 12]
    return bool(
        patterns.SCALE.match(tail)
        or any(p.match(tail) for _, p in patterns.UNIT_AFTER)
        or any(p.match(tail) for _, p in patterns.CURRENCY_AFTER)
    )


def _finish_number(text: str, start: int, end: int, value: Decimal, match: re.Match[str] | None) -> Quantity:
    """Add range, scale, currency, unit, bound and counted noun to the bare number at `start:end`."""
    core_end, digits_only = end, bool(match and match["digits"])
    money = text[max(0, start - 5) : start]
    scale, end = _scale(text, end, money)
    ranged = _range_end(text, start, end, value, scale, money)
    high, scale, end = ranged if ranged else (None, scale, end)
    value *= scale
    unit, kind, left, end = _unit(text, start, end, scale != 1)
    if kind == "count" and scale == 1 and digits_only and _is_year(text, start, core_end, value):
        return _make(text, start, end, value, "", "year", high=high, date=CalendarDate(year=int(value)))
    top = patterns.TOP.search(text[:left])
    if top:
        return _make(text, top.start(), end, value, "", "rank")
    left, bound = _bound_before(text, left)
    if bound == "exact":
        for name, pattern in patterns.BOUND_AFTER:
            suffix = pattern.match(text, end)
            if suffix:
                bound, end = name, suffix.end()
                break
    noun = _noun(text, end, value) if kind == "count" or unit == "person" else None
    if kind == "count" and unit == "person":
        unit_match = re.match(r".*?(people|persons?)$", text[:end], re.IGNORECASE | re.DOTALL)
        noun = unit_match[1] if unit_match else noun
    return _make(text, left, end, value, unit, kind, bound, high=high, noun=noun)


def _range_end(text: str, start: int, end: int, value: Decimal, scale: int, money: str) -> tuple[Decimal, int, int] | None:
    """The upper end of a range that starts at `start`, the scale of its lower end, and where it ends; None when it is no range.

    "rose from 700 to 740" is no range but two numbers.
    """
    match = patterns.RANGE.match(text, end)
    before = text[max(0, start - 40) : start]
    if not match or (match["joint"].strip().isalpha() and patterns.CHANGE.search(before)):
        return None
    if match["joint"].strip() == "and" and not re.search(r"\bbetween\s+(?:[$€£₩]|USD\s)?$", before, re.IGNORECASE):
        return None
    high = digits_value(match["high"]) if match["high"][0].isdigit() else words_value(match["high"])
    if high is None or (match["percent"] and not re.match(r"\s?(?:%|per ?cent)", text[match.end() :])):
        return None
    high_scale, tail = _scale(text, match.end(), money)
    low_scale = scale if scale != 1 else high_scale
    # "2023-24", not "from 1.84 in 2023 to 2.18 in 2026".
    years = 1500 <= value <= 2100 and high < 100 and high == int(high) and high_scale == 1 and not match["joint"].strip().isalpha()
    if high * high_scale <= value * low_scale and not years:
        return None
    return high * high_scale, low_scale, tail


def _scale(text: str, end: int, before: str) -> tuple[int, int]:
    match = patterns.SCALE.match(text, end)
    if not match:
        return 1, end
    word = (match["abbr"] or match["letter"] or match["word"]).lower()
    if match["letter"] and word != "k" and not re.search(r"[$€£¥₩₽₸]|(?:USD|EUR|GBP|KRW)\s?$", before):
        return 1, end  # "5m" is metres unless it is money
    return patterns.SCALES[word], match.end()


def _unit(text: str, start: int, end: int, scaled: bool) -> tuple[str, Kind, int, int]:
    for currency, pattern in reversed(patterns.CURRENCY_BEFORE):
        match = pattern.search(text[max(0, start - 14) : start])
        if match and match[0].strip():
            return currency, "money", start - len(match[0]), end
    for currency, pattern in patterns.CURRENCY_AFTER:
        match = pattern.match(text, end)
        if match and not match[0].strip().startswith("$"):
            return currency, "money", start, match.end()
    best: tuple[int, str] | None = None
    for unit, pattern in patterns.UNIT_AFTER:
        match = pattern.match(text, end)
        if match and (best is None or match.end() > best[0]) and not (scaled and match[0].strip() in ("m", "g")):
            best = (match.end(), unit)
    if best is None:
        return "", "count", start, end
    kinds: dict[str, Kind] = {"percent": "share", "point": "share", "basis point": "share", "person": "count"}
    return best[1], kinds.get(best[1], "measure"), start, best[0]


def _is_year(text: str, start: int, end: int, value: Decimal) -> bool:
    if not re.fullmatch(r"(?:1[5-9]|20)\d\d", text[start:end]) or value > 2100:
        return False
    if _bound_before(text, start)[1] in ("over", "up to", "about") and not re.match(r"\s*(?:[.,;:)]|$|levels?)", text[end:]):
        return False
    dated = re.search(
        r"\b(?:in|since|by|until|from|to|during|before|after|early|late|mid|year|fiscal|of|through|on)[\s-]+$", text[:start], re.IGNORECASE
    )
    return bool(dated) or value >= 1900


def _bound_before(text: str, start: int) -> tuple[int, Bound]:
    window = text[max(0, start - 32) : start]
    offset = start - len(window)
    for bound, pattern in patterns.BOUND_BEFORE:
        match = pattern.search(window)
        if match:
            denied = re.search(r"\b(?:no|not)\s+$", window[: match.start()], re.IGNORECASE) if bound == "over" else None
            return (offset + denied.start(), "up to") if denied else (offset + match.start(), bound)
    return start, "exact"


def _noun(text: str, end: int, value: Decimal) -> str | None:
    """The head noun after a count: the last of the first run of plural words within six words, the third word at most for "one"."""
    words: list[str] = []
    position = end
    while len(words) < 6:
        match = re.compile(r"[\s-]+(?=[A-Za-z])([A-Za-z][\w’'&-]*)").match(text, position)
        if not match or patterns.NOUN_STOP.match(match[1]):
            break
        words.append(match[1])
        position = match.end()
    plural = [i for i, word in enumerate(words) if _is_plural(word)]
    if plural:
        last = plural[0]
        while last + 1 in plural:
            last += 1
        return words[last]
    return words[min(len(words), 3) - 1] if value == 1 and words else None


def _is_plural(word: str) -> bool:
    lower = word.lower()
    return lower in patterns.IRREGULAR_PLURALS or (
        lower.endswith("s") and len(lower) > 3 and not lower.endswith(("ss", "us", "is", "’s", "'s"))
    )


def _ordinals(text: str) -> list[Quantity]:
    found = []
    for match in patterns.ORDINAL.finditer(text):
        value = int(match["n"]) if match["n"] else ORDINALS[match["w"].lower()]
        if re.match(r"\s*,", text[match.end() :]) and (match.start() == 0 or text[: match.start()].rstrip().endswith((".", ";", "\n"))):
            continue  # "First, ..." orders the text, it counts nothing
        quarter = re.match(r"[\s-]+(?:fiscal[\s-]+)?quarter\b", text[match.end() :], re.IGNORECASE)
        if quarter:
            found.append(_make(text, match.start(), match.end() + quarter.end(), value, "quarter", "ordinal"))
        elif match["w"] is None or match["w"].lower() != "second" or not text[: match.start()].rstrip().lower().endswith((" a", " per")):
            found.append(_make(text, *match.span(), value, "", "ordinal"))
    return found


def _others(text: str) -> list[Quantity]:
    found = []
    for match in patterns.DECADE.finditer(text):
        found.append(_make(text, *match.span(), int(match["d"]), "decade", "year"))
    for match in patterns.VAGUE.finditer(text):
        value = {**BIG, "dozen": 12}[match["w"].lower().removesuffix("s")]
        found.append(_make(text, *match.span(), value, "", "count", "about"))
    for match in patterns.MULTIPLE.finditer(text):
        word = (match["v"] or match["t"] or f"{match['g']}e").lower()
        found.append(_make(text, *match.span(), patterns.VERBAL[word], "times", "measure"))
    return found


def agree(claim: Quantity, quote: Quantity) -> bool:
    """Whether the quote's number supports the claim's: same value and unit, and a bound that the quote implies.

    The claim may not be stronger than the quote. "700", "about 700" and "up to 700" do not follow from "more than 700".
    From an exact "740" follow "740", "about 740", and the roundings "over 700" and "nearly 750"; from a range its ends with
    the right bound. A claimed date may leave parts out, never add or change one. Nouns are not compared (`qa.check.verify` does).
    """
    if claim.date and quote.date:
        if claim.high is not None and (quote.high is None or claim.high % 100 != quote.high % 100):
            return False
        return claim.date.within(quote.date)
    if claim.date or quote.date or "weekday" in (claim.unit, quote.unit):
        return claim.unit == quote.unit and claim.value == quote.value and not (claim.date and claim.kind == "date")
    (cv, ch, cu), (qv, qh, qu) = _base(claim), _base(quote)
    if cu != qu or (claim.kind != quote.kind and {claim.kind, quote.kind} & {"ordinal", "rank"}):
        return False
    if ch is not None or qh is not None:
        return _ranges_agree(claim, quote, cv, ch, qv, qh)
    if _same_value(claim, quote, cv, qv):
        return claim.bound == quote.bound or (claim.bound == "about" and quote.bound == "exact")
    return quote.bound == "exact" and _is_rounding(claim.bound, cv, qv)


def _base(quantity: Quantity) -> tuple[Decimal, Decimal | None, str]:
    unit, factor = patterns.TO_BASE.get(quantity.unit, (quantity.unit, 1))
    return quantity.value * factor, None if quantity.high is None else quantity.high * factor, unit


def _same_value(claim: Quantity, quote: Quantity, cv: Decimal, qv: Decimal) -> bool:
    if claim.unit == "percent" and any(not re.search(r"\d", q.text) for q in (claim, quote)):
        return abs(cv - qv) < Decimal("0.5")  # "a third" and "33%"
    return cv == qv


def _ranges_agree(claim: Quantity, quote: Quantity, cv: Decimal, ch: Decimal | None, qv: Decimal, qh: Decimal | None) -> bool:
    if ch is not None:
        return qh is not None and (cv, ch) == (qv, qh) and claim.bound in (quote.bound, "about")
    return (claim.bound == "up to" and cv == qh) or (claim.bound == "over" and cv == qv)


def _is_rounding(bound: Bound, claimed: Decimal, exact: Decimal) -> bool:
    """Whether `claimed` is `exact` rounded to fewer digits in the direction that `bound` says, and within a tenth of it."""
    if exact == 0 or abs(claimed - exact) * 10 > abs(exact):
        return False
    if len(claimed.normalize().as_tuple().digits) >= len(exact.normalize().as_tuple().digits):
        return False
    step = Decimal(1).scaleb(int(claimed.normalize().as_tuple().exponent))
    if bound == "over":
        return 0 < exact - claimed < step
    if bound == "under":
        return 0 < claimed - exact < step
    return bound == "about" and abs(claimed - exact) <= step

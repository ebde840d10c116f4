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
from typing import Literal

from qa.number_words import (
    BIG,
    DATE_PATTERNS,
    DIGITS,
    FRACTIONS,
    ORDINALS,
    WEEKDAYS,
    WORD_NUMBER,
    CalendarDate,
    digits_value,
    match_date,
    words_value,
)

Bound = Literal["exact", "over", "under", "about", "up to"]
Kind = Literal["money", "count", "share", "date", "year", "ordinal", "rank", "measure", "time"]


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


_SCALES = {
    "thousand": 10**3, "k": 10**3, "ths": 10**3, "million": 10**6, "millions": 10**6, "mln": 10**6, "mn": 10**6, "mio": 10**6, "m": 10**6,
    "billion": 10**9, "billions": 10**9, "bln": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12, "trn": 10**12, "tn": 10**12,
    "hundred": 100, "dozen": 12,
}  # fmt: skip
_SIGNS = {
    "usd": r"US\$|U\.S\. ?\$|USD|\$", "eur": "€|EUR", "gbp": "£|GBP", "jpy": "¥|JPY", "krw": "₩|KRW", "rub": "₽|RUB", "kzt": "₸|KZT", "cny": "CNY|RMB",
    "inr": "₹|INR|Rs", "aud": r"A\$|AUD", "cad": r"C\$|CAD", "hkd": r"HK\$|HKD", "chf": "CHF",
}  # fmt: skip
_CURRENCY_WORDS = {
    "usd": r"(?:US |U\.S\. )?dollars?", "eur": "euros?", "gbp": "pounds sterling|(?:British )?pounds?", "jpy": "(?:Japanese )?yen", "krw": "(?:South )?(?:Korean )?won",
    "rub": "rubles?|roubles?", "kzt": "(?:Kazakh )?tenge", "cny": "yuan|renminbi", "inr": "rupees?", "chf": "Swiss francs?", "try": "(?:Turkish )?liras?",
}  # fmt: skip
_UNITS = {
    "percent": r"%|per ?cent|pct", "point": r"(?:percentage|basis) points?|pp|bps", "tonne": r"(?:metric )?(?:tons?|tonnes?)|t", "kilogram": r"kg|kilos?|kilograms?",
    "gram": r"g|grams?", "kilometre": r"km|kilomet(?:er|re)s?", "metre": r"m|met(?:er|re)s?", "centimetre": r"cm|centimet(?:er|re)s?", "mile": r"miles?",
    "foot": r"ft|feet|foot", "inch": r"inch(?:es)?", "hectare": r"ha|hectares?", "acre": r"acres?", "barrel": r"barrels?|bpd", "litre": r"lit(?:er|re)s?",
    "gigawatt": r"GW|gigawatts?", "megawatt": r"MW|megawatts?", "kilowatt": r"kW|kilowatts?", "gigawatt hour": r"GWh", "megawatt hour": r"MWh",
    "kilowatt hour": r"kWh", "degree": r"°\s?[CF]?|degrees?", "year": r"years?(?:[- ]old)?|yrs?", "month": r"months?", "week": r"weeks?", "day": r"days?",
    "hour": r"hours?|hrs?", "minute": r"minutes?|mins?", "second": r"seconds?|secs?", "decade": r"decades?", "century": r"centur(?:y|ies)",
    "times": r"times|-?fold", "person": r"people|persons?", "cent": r"cents?", "cubic metre": r"cubic met(?:er|re)s?|m3|m³", "square kilometre": r"square kilomet(?:er|re)s?|km²",
    "square metre": r"square met(?:er|re)s?|m²", "quarter": r"quarters?(?! of)",
}  # fmt: skip
_TO_BASE = {
    "kilogram": ("gram", 1000), "tonne": ("gram", 10**6), "kilometre": ("metre", 1000), "centimetre": ("metre", Decimal("0.01")),
    "gigawatt": ("kilowatt", 10**6), "megawatt": ("kilowatt", 1000), "gigawatt hour": ("kilowatt hour", 10**6),
    "megawatt hour": ("kilowatt hour", 1000), "decade": ("year", 10), "century": ("year", 100), "person": ("", 1),
}  # fmt: skip
_BOUNDS: list[tuple[Bound, str]] = [
    ("over", r"over|more than|above|exceed(?:s|ed|ing)?|at least|no (?:fewer|less) than|not less than|upwards? of|greater than|higher than|in excess of|beyond|(?:sur)?pass(?:es|ed|ing)?(?: the)?|topp(?:ed|ing)|a minimum of|minimum of"),
    ("up to", r"up to|at most|no more than|not more than|a maximum of|maximum of"),
    ("under", r"less than|fewer than|under|below|lower than|just under"),
    ("about", r"about|around|approximately|approx\.?|roughly|some|circa|nearly|almost|close to|an estimated|estimated|~|more or less"),
]  # fmt: skip
_AFTER: list[tuple[Bound, str]] = [("over", r"\s?\+|-?\s?plus\b|\s+or (?:more|above|over)\b|\s+and (?:above|over)\b"), ("under", r"\s+or (?:less|fewer)\b"), ("about", r"\s+or so\b")]  # fmt: skip
_VERBAL = {"double": 2, "triple": 3, "quadruple": 4, "halve": Decimal("0.5"), "twice": 2, "thrice": 3}

_I = re.IGNORECASE
_CORE = re.compile(rf"(?<![\w.,])(?<![A-Za-z]-)(?:(?P<digits>{DIGITS})|(?P<words>{WORD_NUMBER})(?!\w))", _I)
_PREFIXED = re.compile(r"\b(?:mid|pre|post|early|late|non|since)-$", _I)
_LETTER_HYPHEN = re.compile(r"[A-Za-z]-$")
_SCALE = re.compile(
    r"(?:[\s-]?(?P<abbr>mln|mn|mio|bln|bn|trn|tn|ths)|(?P<letter>[kKmMbB])|[\s-](?P<word>hundred|thousand|millions?|billions?|trillion|dozen))(?![\w²³])",
    _I,
)
_RANGE = re.compile(rf"\s?(?:[-–—]|\bto\b|\band\b)\s?(?:[$€£₩]|USD\s)?(?P<high>{DIGITS}|(?:{WORD_NUMBER})(?!\w))", _I)
_CURRENCY_BEFORE = [(c, re.compile(rf"(?<![\w$])(?:{p})\s?$")) for c, p in _SIGNS.items()]
_CURRENCY_AFTER = [(c, re.compile(rf"[\s-]?(?:{p})(?!\w)")) for c, p in _SIGNS.items() if c != "inr"]
_CURRENCY_AFTER += [(c, re.compile(rf"[\s-](?:{p})(?!\w)", _I)) for c, p in _CURRENCY_WORDS.items()]
_UNIT_AFTER = [(u, re.compile(rf"[\s-]?(?:{p})(?![\w²³])", _I)) for u, p in _UNITS.items()]
_BOUND_BEFORE = [(b, re.compile(rf"(?<![\w-])(?:{p})\s+(?:a\s+(?=\d))?$|(?:~|≈)\s?$", _I) if b == "about" else re.compile(rf"(?<![\w-])(?:{p})\s+(?:a\s+total\s+of\s+|the\s+)?$", _I)) for b, p in _BOUNDS]  # fmt: skip
_SIGN_BOUND = [("over", re.compile(r"(?:>|≥)\s?$")), ("under", re.compile(r"(?:<|≤)\s?$"))]
_BOUND_AFTER = [(b, re.compile(p, _I)) for b, p in _AFTER]
_ORDINAL = re.compile(rf"(?<![\w.,])(?:(?P<n>\d{{1,4}})(?:st|nd|rd|th)|(?P<w>{'|'.join(ORDINALS)}))(?=-\w|\b)", _I)
_FRACTION = re.compile(
    rf"(?<![\w-])(?:(?P<num>an?|one|two|three|four|five)[\s-]+)?(?P<den>{'|'.join(sorted(FRACTIONS, key=len, reverse=True))})\b(?!-(?:time|hour|year))",
    _I,
)
_QUARTER = re.compile(r"\bQ(?P<q>[1-4])\b")
_TIME = re.compile(r"(?<![\d:.,])(?P<h>[01]?\d|2[0-3])(?::(?P<m>[0-5]\d))?(?:\s?(?P<ap>[ap])\.?m\b\.?)(?!\w)|(?<![\d:.])(?P<h2>[01]?\d|2[0-3]):(?P<m2>[0-5]\d)(?!\d|:\d)", _I)  # fmt: skip
_WEEKDAY = re.compile(rf"\b(?P<day>{'|'.join(WEEKDAYS)})s?\b", _I)
_VAGUE = re.compile(r"\b(?P<w>dozens|hundreds|thousands|millions|billions|trillions)\b(?=\s+of\b|\s+\w)", _I)
_VERB = re.compile(r"\b(?:(?P<v>double|triple|quadruple|halve)(?:d|s)?|doubling|tripling|(?P<t>twice|thrice))\b", _I)
_DECADE = re.compile(r"\b(?P<d>(?:1[5-9]|20)\d0)s\b")
_RANK = re.compile(r"\btop[\s-]+$", _I)
_NOUN_STOP = re.compile(
    r"(?:of|in|at|on|to|for|from|with|by|and|or|but|as|than|that|which|who|were|was|is|are|has|have|had|will|would|can|could|worth|including|per|"
    r"during|since|after|before|between|into|under|over|through|when|while|where|a|an|the|this|its|their|more|each|ago|later|such|signed|involving|operating|operate)$",
    _I,
)
_IRREGULAR = {"people", "men", "women", "children", "staff", "personnel", "percent", "memoranda", "media"}


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
    for match in _TIME.finditer(text):
        hour, minute = int(match["h"] or match["h2"]), int(match["m"] or match["m2"] or 0)
        half = (match["ap"] or "").lower()
        hour = hour % 12 + 12 if half == "p" else (hour % 12 if half == "a" else hour)
        found.append(_make(text, *match.span(), 60 * hour + minute, "clock", "time"))
    for match in _QUARTER.finditer(text):
        found.append(_make(text, *match.span(), int(match["q"]), "quarter", "ordinal"))
    for match in _WEEKDAY.finditer(text):
        found.append(_make(text, *match.span(), WEEKDAYS[match["day"].lower()], "weekday", "date"))
    return found


def _fractions(text: str) -> list[Quantity]:
    found = []
    for match in _FRACTION.finditer(text):
        den, num = match["den"].lower(), (match["num"] or "").lower()
        rest = text[match.end() :]
        before = text[: match.start()]
        if den == "half":
            scaled = re.match(r"\s+(?:an?\s+)(million|billion|trillion|dozen)\b", rest, _I)
            if scaled:
                end = match.end() + scaled.end()
                found.append(_finish_number(text, match.start(), end, Decimal({**BIG, "dozen": 12}[scaled[1].lower()]) / 2, None))
                continue
            if re.search(r"\b(?:first|second|other|latter|last|this|that|and an?|and)\s$", before, _I) or re.match(r"-", rest):
                continue
        elif den in ("quarter", "quarters") and not (num and re.match(r"\s+of\b", rest)):
            continue
        elif not num or (num in ("a", "an", "one") and not _is_fraction(before, rest)) or (num == "an" and den not in ("eighth",)):
            continue
        top = {"": 1, "a": 1, "an": 1}.get(num) or int(words_value(num) or 1)
        start, bound = _bound_before(text, match.start())
        found.append(_make(text, start, match.end(), Decimal(100 * top) / FRACTIONS[den], "percent", "share", bound))
    return found


def _is_fraction(before: str, rest: str) -> bool:
    if re.search(r"\b(?:over|than|about|by|nearly|almost|around|roughly|least|approximately|under)\s+$", before, _I):
        return True
    return bool(re.match(r"\s+of\b|\s*(?:[.,;:)]|$)", rest))


def _numbers(text: str) -> list[Quantity]:
    found = []
    for match in _CORE.finditer(text):
        token = match[0]
        value = digits_value(token) if match["digits"] else words_value(token)
        if value is None:
            continue
        before, after = text[: match.start()], text[match.end() : match.end() + 1]
        if _LETTER_HYPHEN.search(before) and not _PREFIXED.search(before):
            continue
        if match["words"] and token.lower() == "one" and not _counts_one(text, match.start(), match.end()):
            continue
        if match["digits"] and (after.isalpha() and not _glued_unit(text, match.end())):
            continue
        found.append(_finish_number(text, match.start(), match.end(), value, match))
    return found


def _counts_one(text: str, start: int, end: int) -> bool:
    """Whether "one" counts something ("one plant") and is no pronoun ("one of the", "no one", "one another")."""
    if re.search(r"\b(?:no|any|every|some|this|that|each|which)\s$|-$", text[:start], _I):
        return False
    following = re.match(r"\s+([A-Za-z][\w-]*)", text[end:])
    return bool(following) and not re.match(
        r"(?:of|another|day|by|who|that|which|is|was|has|can|could|might|may|must|should|would|will|in|on|and|or|to|side|thing)$",
        following[1],
        _I,
    )


def _glued_unit(text: str, end: int) -> bool:
    tail = text[end : end + 12]
    return bool(_SCALE.match(tail) or any(p.match(tail) for _, p in _UNIT_AFTER) or any(p.match(tail) for _, p in _CURRENCY_AFTER))


def _finish_number(text: str, start: int, end: int, value: Decimal, match: re.Match[str] | None) -> Quantity:
    """Add range, scale, currency, unit, bound and counted noun to the bare number at `start:end`."""
    core_end, high, digits_only = end, None, bool(match and match["digits"])
    ranged = _RANGE.match(text, end)
    between = bool(re.search(r"\b(?:between|from)\s+(?:[$€£₩]|USD\s)?$", text[:start], _I))
    first_scale, end = _scale(text, end, text[max(0, start - 5) : start])
    ranged = _RANGE.match(text, end) if first_scale != 1 else ranged
    if ranged and (between or re.match(r"\s?[-–—]", ranged[0])) or (ranged and re.match(r"\s?to\b", ranged[0])):
        high = digits_value(ranged["high"]) if ranged["high"][0].isdigit() else words_value(ranged["high"])
        if high is not None and ranged:
            scale, tail = _scale(text, ranged.end(), text[max(0, start - 5) : start])
            high, end = high * scale, tail
            first_scale = first_scale if first_scale != 1 else scale
    value *= first_scale
    if high is not None and high <= value and not (1500 <= value <= 2100 and high < 100):
        high, end = None, (core_end if first_scale == 1 else end)
    unit, kind, left, end = _unit(text, start, end, first_scale != 1)
    if kind == "count" and first_scale == 1 and digits_only and _is_year(text, start, core_end, value):
        return _make(text, start, end, value, "", "year", high=high, date=CalendarDate(year=int(value)))
    if _RANK.search(text[:left]):
        left = left - len(_RANK.search(text[:left])[0])  # type: ignore[index]
        return _make(text, left, end, value, "", "rank")
    left, bound = _bound_before(text, left)
    if bound == "exact":
        for name, pattern in _BOUND_AFTER:
            suffix = pattern.match(text, end)
            if suffix:
                bound, end = name, suffix.end()
                break
    noun = _noun(text, end, value) if kind == "count" or unit == "person" else None
    if kind == "count" and unit == "person":
        unit_match = re.match(r".*?(people|persons?)$", text[:end], _I | re.DOTALL)
        noun = unit_match[1] if unit_match else noun
    return _make(text, left, end, value, unit, kind, bound, high=high, noun=noun)


def _scale(text: str, end: int, before: str) -> tuple[int, int]:
    match = _SCALE.match(text, end)
    if not match:
        return 1, end
    word = (match["abbr"] or match["letter"] or match["word"]).lower()
    if match["letter"] and word != "k" and not re.search(r"[$€£¥₩₽₸]|(?:USD|EUR|GBP|KRW)\s?$", before):
        if not (word in "mb" and re.match(r"\s+[a-z]{4,}", text[match.end() :]) and word == "b"):
            return 1, end  # "5m" is metres unless it is money
    return _SCALES[word], match.end()


def _unit(text: str, start: int, end: int, scaled: bool) -> tuple[str, Kind, int, int]:
    for currency, pattern in reversed(_CURRENCY_BEFORE):
        match = pattern.search(text[max(0, start - 14) : start])
        if match and match[0].strip():
            return currency, "money", start - len(match[0]), end
    for currency, pattern in _CURRENCY_AFTER:
        match = pattern.match(text, end)
        if match and not match[0].strip().startswith("$"):
            return currency, "money", start, match.end()
    best: tuple[int, str] | None = None
    for unit, pattern in _UNIT_AFTER:
        match = pattern.match(text, end)
        if (
            match
            and (best is None or match.end() > best[0])
            and not (len(match[0].strip()) == 1 and match[0].strip().isalpha() and scaled and match[0].strip() != "t")
        ):
            best = (match.end(), unit)
    if best is None:
        return "", "count", start, end
    kind: Kind = "share" if best[1] in ("percent", "point") else ("count" if best[1] == "person" else "measure")
    return best[1], kind, start, best[0]


def _is_year(text: str, start: int, end: int, value: Decimal) -> bool:
    if not re.fullmatch(r"(?:1[5-9]|20)\d\d", text[start:end]) or value > 2100:
        return False
    if _bound_before(text, start)[1] in ("over", "up to", "about") and not re.match(r"\s*(?:[.,;:)]|$|levels?)", text[end:]):
        return False
    dated = re.search(
        r"\b(?:in|since|by|until|from|to|during|before|after|early|late|mid|year|fiscal|of|through|on)[\s-]+$", text[:start], _I
    )
    return bool(dated) or value >= 1900


def _bound_before(text: str, start: int) -> tuple[int, Bound]:
    window = text[max(0, start - 32) : start]
    offset = start - len(window)
    for bound, pattern in [*_BOUND_BEFORE, *_SIGN_BOUND]:
        match = pattern.search(window)
        if match:
            if bound == "over" and re.search(r"\b(?:no|not)\s+$", window[: match.start()], _I):
                return offset + re.search(r"\b(?:no|not)\s+$", window[: match.start()], _I).start(), "up to"  # type: ignore[union-attr]
            return offset + match.start(), bound  # type: ignore[return-value]
    return start, "exact"


def _noun(text: str, end: int, value: Decimal) -> str | None:
    """The head noun after a count: the last of the first run of plural words within six words, the third word at most for "one"."""
    words: list[str] = []
    position = end
    while len(words) < 6:
        match = re.compile(r"[\s-]+(?=[A-Za-z])([A-Za-z][\w’'&-]*)").match(text, position)
        if not match or _NOUN_STOP.match(match[1]):
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
    return lower in _IRREGULAR or (lower.endswith("s") and len(lower) > 3 and not lower.endswith(("ss", "us", "is", "’s", "'s")))


def _ordinals(text: str) -> list[Quantity]:
    found = []
    for match in _ORDINAL.finditer(text):
        value = int(match["n"]) if match["n"] else ORDINALS[match["w"].lower()]
        if re.match(r"\s*,", text[match.end() :]) and (match.start() == 0 or text[: match.start()].rstrip().endswith((".", ";", "\n"))):
            continue  # "First, ..." orders the text, it counts nothing
        quarter = re.match(r"[\s-]+(?:fiscal[\s-]+)?quarter\b", text[match.end() :], _I)
        if quarter:
            found.append(_make(text, match.start(), match.end() + quarter.end(), value, "quarter", "ordinal"))
        elif match["w"] is None or match["w"].lower() != "second" or not text[: match.start()].rstrip().lower().endswith((" a", " per")):
            found.append(_make(text, *match.span(), value, "", "ordinal"))
    return found


def _others(text: str) -> list[Quantity]:
    found = []
    for match in _DECADE.finditer(text):
        found.append(_make(text, *match.span(), int(match["d"]), "decade", "year"))
    for match in _VAGUE.finditer(text):
        value = {**BIG, "dozen": 12}[match["w"].lower().removesuffix("s")]
        found.append(_make(text, *match.span(), value, "", "count", "about"))
    for match in _VERB.finditer(text):
        stem = (match["v"] or match["t"] or match[0].lower().replace("ing", "e")).lower()
        found.append(_make(text, *match.span(), _VERBAL[stem], "times", "measure"))
    return found


def agree(claim: Quantity, quote: Quantity) -> bool:
    """Whether the quote's number supports the claim's: same value and unit, and a bound that the quote implies.

    The claim may not be stronger than the quote. "700", "about 700" and "up to 700" do not follow from "more than 700".
    From an exact "740" follow "740", "about 740", and the roundings "over 700" and "nearly 750"; from a range its ends with
    the right bound. A claimed date may leave parts out, never add or change one. Nouns are not compared (`qa.verify` does).
    """
    if claim.date and quote.date:
        if claim.high is not None and (quote.high is None or claim.high % 100 != quote.high % 100):
            return False
        return claim.date.within(quote.date)
    if claim.date or quote.date or "weekday" in (claim.unit, quote.unit):
        return claim.unit == quote.unit and claim.value == quote.value and not (claim.date and claim.kind == "date")
    (cv, ch, cu), (qv, qh, qu) = _base(claim), _base(quote)
    if cu != qu or {claim.kind, quote.kind} & {"ordinal", "rank"} and claim.kind != quote.kind:
        return False
    if ch is not None or qh is not None:
        return _ranges_agree(claim, quote, cv, ch, qv, qh)
    if _same_value(claim, quote, cv, qv):
        return claim.bound == quote.bound or (claim.bound == "about" and quote.bound == "exact")
    return quote.bound == "exact" and _is_rounding(claim.bound, cv, qv)


def _base(quantity: Quantity) -> tuple[Decimal, Decimal | None, str]:
    unit, factor = _TO_BASE.get(quantity.unit, (quantity.unit, 1))
    return quantity.value * factor, None if quantity.high is None else quantity.high * factor, unit


def _same_value(claim: Quantity, quote: Quantity, cv: Decimal, qv: Decimal) -> bool:
    if claim.unit == "percent" and claim.text[-1:].isalpha() != quote.text[-1:].isalpha():
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

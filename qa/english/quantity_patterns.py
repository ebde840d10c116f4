"""The words and patterns of `qa.english.quantities`: currencies, units, bounds, scales, and what can stand around a number.

Tables of facts; knows nothing of values.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from qa.english.number_words import DIGITS, FRACTIONS, ORDINALS, WEEKDAYS, WORD_NUMBER

Bound = Literal["exact", "over", "under", "about", "up to"]
Kind = Literal["money", "count", "share", "date", "year", "ordinal", "rank", "measure", "time"]

_I = re.IGNORECASE


def _table(text: str) -> dict[str, str]:
    """Lines of "name = pattern"."""
    return {name.strip(): pattern.strip() for name, pattern in (line.split(" = ") for line in text.strip().splitlines())}


SCALES = {
    **{"thousand": 10**3, "k": 10**3, "ths": 10**3, "hundred": 100, "dozen": 12},
    **dict.fromkeys(("million", "millions", "mln", "mn", "mio", "m"), 10**6),
    **dict.fromkeys(("billion", "billions", "bln", "bn", "b"), 10**9),
    **dict.fromkeys(("trillion", "trn", "tn"), 10**12),
}
_SIGNS = _table(r"""
usd = US\$|U\.S\. ?\$|USD|\$
eur = €|EUR
gbp = £|GBP
jpy = ¥|JPY
krw = ₩|KRW
rub = ₽|RUB
kzt = ₸|KZT
cny = CNY|RMB
inr = ₹|INR|Rs
aud = A\$|AUD
cad = C\$|CAD
hkd = HK\$|HKD
chf = CHF
""")
_CURRENCY_WORDS = _table(r"""
usd = (?:US |U\.S\. )?dollars?
eur = euros?
gbp = pounds sterling|(?:British )?pounds?
jpy = (?:Japanese )?yen
krw = (?:South )?(?:Korean )?won
rub = rubles?|roubles?
kzt = (?:Kazakh )?tenge
cny = yuan|renminbi
inr = rupees?
chf = Swiss francs?
try = (?:Turkish )?liras?
""")
_UNITS = _table(r"""
percent = %|per ?cent|pct
point = percentage points?|pp
basis point = basis points?|bps
tonne = (?:metric )?(?:tons?|tonnes?)|t
kilogram = kg|kilos?|kilograms?
gram = g|grams?
kilometre = km|kilomet(?:er|re)s?
metre = m|met(?:er|re)s?
centimetre = cm|centimet(?:er|re)s?
mile = miles?
foot = ft|feet|foot
inch = inch(?:es)?
hectare = ha|hectares?
acre = acres?
barrel = barrels?|bpd
litre = lit(?:er|re)s?
gigawatt = GW|gigawatts?
megawatt = MW|megawatts?
kilowatt = kW|kilowatts?
gigawatt hour = GWh
megawatt hour = MWh
kilowatt hour = kWh
degree = °\s?[CF]?|degrees?
year = years?(?:[- ]old)?|yrs?
month = months?
week = weeks?
day = days?
hour = hours?|hrs?
minute = minutes?|mins?
second = seconds?|secs?
decade = decades?
century = centur(?:y|ies)
times = times|-?fold
person = people|persons?
cent = cents?
cubic metre = cubic met(?:er|re)s?|m3|m³
square kilometre = square kilomet(?:er|re)s?|km²
square metre = square met(?:er|re)s?|m²
quarter = quarters?(?! of)
""")
TO_BASE: dict[str, tuple[str, Decimal]] = {
    "kilogram": ("gram", Decimal(1000)),
    "tonne": ("gram", Decimal(10**6)),
    "kilometre": ("metre", Decimal(1000)),
    "centimetre": ("metre", Decimal("0.01")),
    "gigawatt": ("kilowatt", Decimal(10**6)),
    "megawatt": ("kilowatt", Decimal(1000)),
    "gigawatt hour": ("kilowatt hour", Decimal(10**6)),
    "megawatt hour": ("kilowatt hour", Decimal(1000)),
    "basis point": ("point", Decimal("0.01")),
    "decade": ("year", Decimal(10)),
    "century": ("year", Decimal(100)),
    "person": ("", Decimal(1)),
}
_BOUNDS: list[tuple[Bound, str]] = [
    (
        "over",
        "over|more than|above|exceed(?:s|ed|ing)?|at least|no (?:fewer|less) than|not less than|upwards? of|greater than|higher than|"
        "in excess of|beyond|(?:sur)?pass(?:es|ed|ing)?(?: the)?|topp(?:ed|ing)|(?:a )?minimum of",
    ),
    ("up to", "up to|at most|no more than|not more than|(?:a )?maximum of"),
    ("under", "less than|fewer than|(?:just )?under|below|lower than"),
    ("about", r"about|around|approximately|approx\.?|roughly|some|circa|nearly|almost|close to|(?:an )?estimated|more or less"),
]
VERBAL = {
    "double": Decimal(2),
    "triple": Decimal(3),
    "quadruple": Decimal(4),
    "halve": Decimal("0.5"),
    "twice": Decimal(2),
    "thrice": Decimal(3),
}

CORE = re.compile(rf"(?<![\w.,])(?:(?P<digits>{DIGITS})|(?P<words>{WORD_NUMBER})(?!\w))", _I)
DATE_PREFIX = re.compile(r"\b(?:mid|pre|post|early|late|non|since)-$", _I)
LETTER_HYPHEN = re.compile(r"[A-Za-z]-$")
SCALE = re.compile(
    r"(?:[\s-]?(?P<abbr>mln|mn|mio|bln|bn|trn|tn|ths)|(?P<letter>[kKmMbB])|[\s-](?P<word>hundred|thousand|millions?|billions?|trillion|dozen))(?![\w²³])",
    _I,
)
RANGE = re.compile(
    rf"(?P<percent>\s?%)?(?P<joint>\s?[-–—]\s?|\s(?:to|and)\s)(?:[$€£₩]|USD\s)?(?P<high>{DIGITS}|(?:{WORD_NUMBER})(?!\w))(?!-?(?:st|nd|rd|th)\b)",
    _I,
)
CHANGE = re.compile(
    r"\b(?:rose|risen|rising|rises?|increas\w+|grew|grown|grow\w*|fell|fallen|falls?|declin\w+|dropp?\w*|up|down|jump\w*|climb\w*|expand\w*|rais\w+|"
    r"cut|reduc\w+|went|gone|chang\w+|doubl\w+|soar\w*|slipp?\w*|improv\w+|mov\w+)\b[^.;]*$",
    _I,
)
CURRENCY_BEFORE = [(c, re.compile(rf"(?<![\w$])(?:{p})\s?$")) for c, p in _SIGNS.items()]
CURRENCY_AFTER = [(c, re.compile(rf"[\s-]?(?:{p})(?!\w)")) for c, p in _SIGNS.items() if c != "inr"]
CURRENCY_AFTER += [(c, re.compile(rf"[\s-](?:{p})(?!\w)", _I)) for c, p in _CURRENCY_WORDS.items()]
UNIT_AFTER = [(u, re.compile(rf"[\s-]?(?:{p})(?![\w²³])", _I)) for u, p in _UNITS.items()]
BOUND_BEFORE: list[tuple[Bound, re.Pattern[str]]] = [
    *((b, re.compile(rf"(?<![\w-])(?:{p})\s+(?:a\s+total\s+of\s+|the\s+|a\s+(?=\d))?$", _I)) for b, p in _BOUNDS),
    ("about", re.compile(r"[~≈]\s?$")),
    ("over", re.compile(r"[>≥]\s?$")),
    ("under", re.compile(r"[<≤]\s?$")),
]
BOUND_AFTER: list[tuple[Bound, re.Pattern[str]]] = [
    ("over", re.compile(r"\s?\+|-?\s?plus\b|\s+(?:or|and) (?:more|above|over)\b", _I)),
    ("under", re.compile(r"\s+or (?:less|fewer)\b", _I)),
    ("about", re.compile(r"\s+or so\b", _I)),
]
ORDINAL = re.compile(rf"(?<![\w.,])(?:(?P<n>\d{{1,4}})(?:st|nd|rd|th)|(?P<w>{'|'.join(ORDINALS)}))(?=-\w|\b)", _I)
FRACTION = re.compile(
    rf"(?<![\w-])(?:(?P<num>an?|one|two|three|four|five)[\s-]+)?"
    rf"(?P<den>{'|'.join(sorted(FRACTIONS, key=len, reverse=True))})\b(?!-(?:time|hour|year))",
    _I,
)
FISCAL_QUARTER = re.compile(r"\bQ(?P<q>[1-4])\b")
CLOCK = re.compile(
    r"(?<![\d:.,])(?P<h>[01]?\d|2[0-3])(?::(?P<m>[0-5]\d))?(?:\s?(?P<ap>[ap])\.?m\b\.?)(?!\w)"
    r"|(?<![\d:.])(?P<h2>[01]?\d|2[0-3]):(?P<m2>[0-5]\d)(?!\d|:\d)",
    _I,
)
WEEKDAY = re.compile(rf"\b(?P<day>{'|'.join(WEEKDAYS)})s?\b", _I)
VAGUE = re.compile(r"\b(?P<w>dozens|hundreds|thousands|millions|billions|trillions)\b(?=\s+of\b|\s+\w)", _I)
MULTIPLE = re.compile(r"\b(?:(?P<v>double|triple|quadruple|halve)(?:d|s)?|(?P<g>doubl|tripl)ing|(?P<t>twice|thrice))\b", _I)
DECADE = re.compile(r"\b(?P<d>(?:1[5-9]|20)\d0)s\b")
TOP = re.compile(r"\btop[\s-]+$", _I)
NOUN_STOP = re.compile(
    r"(?:of|in|at|on|to|for|from|with|by|and|or|but|as|than|that|which|who|were|was|is|are|has|have|had|will|would|can|could|worth|including|per|"
    r"during|since|after|before|between|into|under|over|through|when|while|where|a|an|the|this|its|their|more|each|ago|later|such|signed|involving|"
    r"operating|operate)$",
    _I,
)
IRREGULAR_PLURALS = frozenset({"people", "men", "women", "children", "staff", "personnel", "memoranda", "media"})

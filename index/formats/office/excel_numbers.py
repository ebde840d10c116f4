"""Numbers and dates of a spreadsheet as its cells show them: `€4,750.00`, `12.5%`, `31.12.2026`.

Understands the number formats that offices use; where a format says more (fractions, conditions), the bare number is given.
Thousands are parted by commas whatever the machine's country.
"""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

_PARTS = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|([0#?][0#?,.]*)|(.)', re.DOTALL)
_DATE_PARTS = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|(AM/PM|am/pm|A/P)|(y+|m+|d+|h+|s+)|(.)', re.IGNORECASE | re.DOTALL)
_PLAIN = ("General", "@", "", "general")
_COUNTRY_DATES = ("mm-dd-yy", "m/d/yy", "m/d/yyyy", "mm/dd/yy", "m/d/yy h:mm")  # shown as the reader's own country writes them


def shown_number(value: float, number_format: str) -> str:
    """A number as its format shows it."""
    if number_format in _PLAIN:
        return _bare(value)
    sections = number_format.split(";")
    negative = value < 0
    section = sections[1] if negative and len(sections) > 1 and sections[1] else sections[0]
    pattern = _pattern(section)
    if pattern is None:
        return _bare(value)
    before, digits, after = pattern
    scaled = abs(value) * (100 if "%" in before + after else 1)
    number = _digits(scaled, digits)
    sign = "-" if negative and (len(sections) < 2 or not sections[1]) else ""
    return f"{before}{sign}{number}{after}".strip() if not sign else f"{sign}{before}{number}{after}".strip()


def shown_date(value: datetime.datetime | datetime.date | datetime.time, number_format: str) -> str:
    """A date as its format shows it; ISO where the format leaves that to the reader's country."""
    if isinstance(value, datetime.time):
        return value.isoformat("minutes")
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
    pattern = number_format.split(";")[0]
    if pattern.lower() in _COUNTRY_DATES or not re.search(r"(?i)[yd]", pattern):
        return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat(" ", "minutes")
    out = ""
    hours = False
    half = re.search(r"(?i)AM/PM|A/P", pattern) is not None
    for match in _DATE_PARTS.finditer(pattern):
        quoted, escaped, period, field, other = match.groups()
        if quoted is not None or escaped is not None:
            out += quoted if quoted is not None else escaped
        elif period:
            out += "AM" if moment.hour < 12 else "PM"
        elif field:
            minutes = field[0].lower() == "m" and len(field) < 3 and (hours or pattern[match.end() :].lstrip(":.").lower().startswith("s"))
            hours = field[0].lower() == "h" or (hours and field[0].lower() == "s")
            out += _date_field(moment, "n" * len(field) if minutes else field.lower(), half)
        else:
            out += other or ""
    return out.strip()


def _date_field(moment: datetime.datetime, field: str, half: bool) -> str:
    count = len(field)
    match field[0]:
        case "y":
            return f"{moment.year:04}" if count > 2 else f"{moment.year % 100:02}"
        case "m" if count > 2:
            return moment.strftime("%B" if count == 4 else "%b")
        case "d" if count > 2:
            return moment.strftime("%A" if count == 4 else "%a")
        case "h":
            number = (moment.hour % 12 or 12) if half else moment.hour
        case "n":
            number = moment.minute
        case "s":
            number = moment.second
        case "m":
            number = moment.month
        case _:
            number = moment.day
    return f"{number:02}" if count > 1 else str(number)


@lru_cache(maxsize=512)
def _pattern(section: str) -> tuple[str, str, str] | None:
    """Text before, pattern of the digits, text after; None for a format that is more than that."""
    if re.search(r"(?i)E[+-]|[#0?]\s*/|@", section):
        return None
    before, digits, after = "", "", ""
    for quoted, escaped, money, number, other in _PARTS.findall(section):
        if number and digits:
            return None
        if number:
            digits = number
            continue
        text = quoted or escaped or money or other
        if digits:
            after += text
        else:
            before += text
    return (before, digits, after) if digits else None


def _digits(value: float, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    thousands = len(pattern) - len(pattern.rstrip(","))
    places = sum(sign in "0#?" for sign in fraction)
    try:
        number = (Decimal(repr(value)) / (Decimal(1000) ** thousands)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except (InvalidOperation, OverflowError):
        return _bare(value)
    grouped = "," in whole.rstrip(",")
    text = f"{number:,f}" if grouped else f"{number:f}"
    needed = fraction.count("0")
    if places > needed and "." in text:
        head, _, tail = text.partition(".")
        tail = tail[:needed] + tail[needed:].rstrip("0")
        text = f"{head}.{tail}" if tail else head
    head, dot, tail = text.partition(".")
    return head.rjust(whole.count("0"), "0") + dot + tail


def _bare(value: float) -> str:
    number = round(value, 10)
    return str(int(number)) if number == int(number) else repr(number)

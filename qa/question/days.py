"""Dates as people type and say them."""

from __future__ import annotations

import calendar
import re
from datetime import date

from index.errors import UsageError

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)


def day(text: str, *, last: bool = False) -> str:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD` as a day `YYYY-MM-DD`; `last` takes the last day of a year or month.

    Raises `UsageError` for anything else.
    """
    match = _DATE.fullmatch(text.strip())
    if match:
        year, month, number = (int(part) if part else None for part in match.groups())
        month = (12 if last else 1) if month is None else month
        if year and 1 <= month <= 12:
            days = calendar.monthrange(year, month)[1]
            number = (days if last else 1) if number is None else number
            if 1 <= number <= days:
                return f"{year:04}-{month:02}-{number:02}"
    raise UsageError(f"a date must be YYYY, YYYY-MM or YYYY-MM-DD, got {text!r}. Write it like 2024-06-13.")


def _named(flag: str, text: str | None) -> str | None:
    try:
        return day(text, last=flag == "--until") if text else None
    except UsageError as error:
        raise UsageError(f"{flag}: {error}") from error


def limits(since: str | None, until: str | None) -> tuple[str | None, str | None]:
    """Limits of publication as days, both inclusive. Raises `UsageError` for a date that is none and for limits that exclude all."""
    first, last = _named("--since", since), _named("--until", until)
    if first and last and first > last:
        raise UsageError(f"--since must not be later than --until: {first} is after {last}. Exchange them.")
    return first, last


def spoken_date(iso: str | None) -> str:
    """ "2023-06-04" as "4 June 2023"; "" for None."""
    if iso is None:
        return ""
    known = date.fromisoformat(iso)
    return f"{known.day} {known:%B} {known.year}"

"""A document's date for people: as far as it is known, and how it is known where the document does not simply state it.

Knows nothing of how a date was found (`index.dates`).
"""

from __future__ import annotations

from calendar import month_name

from index.schema import DateSource, Published

_OWN = "as the document says"
_KNOWN: dict[DateSource, str] = {
    "markup": _OWN,
    "dateline": _OWN,
    "byline": _OWN,
    "end of text": _OWN,
    "text": _OWN,
    "record": _OWN,
    "file name": "from the file name",
    "updated": "when it was last changed or approved",
    "valid from": "from when it is valid",
}


def date_text(published: Published) -> str | None:
    """The date as far as it is known: 2024-06-13, 2024-06 or 2024."""
    if published.date is None:
        return None
    return {"day": published.date, "month": published.date[:7], "year": published.date[:4]}[published.precision or "day"]


def in_words(published: Published) -> str:
    """The date as far as it is known, as English text writes it: "13 June 2024", "June 2024" or "2024"; empty where there is none."""
    parts = (date_text(published) or "").split("-")
    return " ".join([*(str(int(day)) for day in parts[2:]), *(month_name[int(month)] for month in parts[1:2]), parts[0]])


def date_known(published: Published) -> str:
    """How the date is known, in words."""
    if published.date is None:
        return "the document does not say when it was published"
    return _KNOWN[published.how] if published.how else "as recorded"


def dated(published: Published) -> str | None:
    """The date with what a reader must know of it: `2024-06-13`, `as of 2024-06`, `valid from 2024-06-13`, `2024 (from the file name)`."""
    date = date_text(published)
    if date is None:
        return None
    if published.how == "updated":
        return f"as of {date}"
    if published.how == "valid from":
        return f"valid from {date}"
    return f"{date} ({_KNOWN['file name']})" if published.how == "file name" else date


def dated_quote(date: str | None, published: Published | None) -> str | None:
    """The date of a quote, as ISO `YYYY-MM-DD`, as screens show it: said like the document's where it is that one."""
    return dated(published) if published is not None and published.date == date else date
